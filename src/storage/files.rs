//! Objects as files: a temporary name, fsync, rename, fsync of the directory; 0700 and 0600.

use std::{
    fs::{self, DirBuilder, File, OpenOptions, Permissions},
    io,
    ops::Range,
    os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt},
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use async_trait::async_trait;
use futures::StreamExt;
use tokio::io::{AsyncReadExt, AsyncSeekExt, AsyncWriteExt};
use tokio_util::io::ReaderStream;
use uuid::Uuid;

use super::objects::{ByteStream, Key, ListPage, Objects, Stat, StorageError};
use crate::clock::Timestamp;

const TEMPORARY: &str = ".incomplete";
const CHUNK: usize = 64 * 1024;

/// A directory of objects.
pub struct Files {
    root: PathBuf,
    /// Held while a name is given or taken away: one process at a time has the directory.
    names: Arc<Mutex<()>>,
}

impl Files {
    /// Opens the directory, and makes it where it is missing.
    pub fn open(root: PathBuf) -> io::Result<Self> {
        let mut builder = DirBuilder::new();
        builder.recursive(true).mode(0o700).create(root.join(TEMPORARY))?;
        fs::set_permissions(&root, Permissions::from_mode(0o700))?;
        Ok(Self { root, names: Arc::default() })
    }

    fn path(&self, key: &Key) -> PathBuf {
        self.root.join(key.as_str())
    }
}

/// A file that goes with its last owner unless it is kept.
struct Temporary {
    path: PathBuf,
    kept: bool,
}

impl Temporary {
    fn keep_as(mut self, target: &Path) -> io::Result<()> {
        fs::rename(&self.path, target)?;
        self.kept = true;
        Ok(())
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        if !self.kept
            && let Err(error) = fs::remove_file(&self.path)
        {
            tracing::warn!(%error, "an incomplete object is left for the sweep");
        }
    }
}

#[async_trait]
impl Objects for Files {
    async fn put_stream(&self, key: &Key, mut bytes: ByteStream, most: u64) -> Result<u64, StorageError> {
        let temporary = Temporary { path: self.root.join(TEMPORARY).join(Uuid::new_v4().to_string()), kept: false };
        let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&temporary.path)?;
        let mut file = tokio::fs::File::from_std(file);
        let mut size = 0_u64;
        while let Some(chunk) = bytes.next().await {
            let chunk = chunk.map_err(StorageError::Interrupted)?;
            size = size.saturating_add(u64::try_from(chunk.len()).unwrap_or(u64::MAX));
            if size > most {
                return Err(StorageError::TooLarge);
            }
            file.write_all(&chunk).await?;
        }
        file.flush().await?;
        file.sync_all().await?;
        let (target, names) = (self.path(key), Arc::clone(&self.names));
        blocking(move || {
            let parent = target.parent().unwrap_or(Path::new("/"));
            DirBuilder::new().recursive(true).mode(0o700).create(parent)?;
            {
                let _held = names.lock().unwrap_or_else(PoisonError::into_inner);
                temporary.keep_as(&target)?;
            }
            // The rename lasts only once the directory does.
            File::open(parent)?.sync_all()
        })
        .await?;
        Ok(size)
    }

    async fn get_range(&self, key: &Key, range: Option<Range<u64>>) -> Result<ByteStream, StorageError> {
        let mut file = tokio::fs::File::open(self.path(key)).await?;
        let range = range.unwrap_or(0..u64::MAX);
        if range.start > 0 {
            file.seek(io::SeekFrom::Start(range.start)).await?;
        }
        let rest = file.take(range.end.saturating_sub(range.start));
        Ok(ReaderStream::with_capacity(rest, CHUNK).boxed())
    }

    async fn head(&self, key: &Key) -> Result<Stat, StorageError> {
        Ok(stat(key.clone(), &tokio::fs::metadata(self.path(key)).await?))
    }

    async fn delete(&self, key: &Key) -> Result<(), StorageError> {
        match tokio::fs::remove_file(self.path(key)).await {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error.into()),
            _ => Ok(()),
        }
    }

    async fn delete_older(&self, key: &Key, moment: Timestamp) -> Result<bool, StorageError> {
        let (key, path, names) = (key.clone(), self.path(key), Arc::clone(&self.names));
        let deleted = blocking(move || {
            let _held = names.lock().unwrap_or_else(PoisonError::into_inner);
            match fs::metadata(&path) {
                Ok(metadata) if stat(key, &metadata).put_at < moment => fs::remove_file(&path).map(|()| true),
                Ok(_) => Ok(false),
                Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
                Err(error) => Err(error),
            }
        });
        Ok(deleted.await?)
    }

    async fn list_page(&self, prefix: &str, after: Option<&Key>, limit: usize) -> Result<ListPage, StorageError> {
        let (root, prefix, after) = (self.root.clone(), prefix.to_owned(), after.cloned());
        blocking(move || page(&root, &prefix, after.as_ref(), limit)).await.map_err(Into::into)
    }

    async fn presign_get(&self, _: &Key, _: Duration) -> Result<Option<String>, StorageError> {
        Ok(None)
    }

    async fn sweep_incomplete(&self, age: Duration) -> Result<usize, StorageError> {
        let temporary = self.root.join(TEMPORARY);
        let swept = blocking(move || {
            let mut swept = 0;
            for entry in fs::read_dir(temporary)? {
                let entry = entry?;
                let modified = entry.metadata()?.modified()?;
                if modified.elapsed().is_ok_and(|elapsed| elapsed >= age) {
                    fs::remove_file(entry.path())?;
                    swept += 1;
                }
            }
            Ok(swept)
        });
        Ok(swept.await?)
    }
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> io::Result<T> + Send + 'static) -> io::Result<T> {
    tokio::task::spawn_blocking(work).await.map_err(io::Error::other)?
}

fn stat(key: Key, metadata: &fs::Metadata) -> Stat {
    let modified = metadata.modified().unwrap_or(SystemTime::UNIX_EPOCH);
    let micros = modified.duration_since(UNIX_EPOCH).unwrap_or_default().as_micros();
    Stat { key, size: metadata.len(), put_at: Timestamp(i64::try_from(micros).unwrap_or(i64::MAX)) }
}

fn page(root: &Path, prefix: &str, after: Option<&Key>, limit: usize) -> io::Result<ListPage> {
    let mut found = Vec::new();
    // Only directories that can hold such keys are entered.
    let mut open = vec![root.to_path_buf()];
    while let Some(directory) = open.pop() {
        for entry in fs::read_dir(directory)? {
            let entry = entry?;
            let path = entry.path();
            let Some(key) = path.strip_prefix(root).ok().and_then(Path::to_str).and_then(Key::parse) else { continue };
            let metadata = entry.metadata()?;
            let text = key.as_str();
            if metadata.is_dir() && (text.starts_with(prefix) || prefix.starts_with(text)) {
                open.push(path);
            } else if metadata.is_file() && text.starts_with(prefix) && after.is_none_or(|after| key > *after) {
                found.push(stat(key, &metadata));
            }
        }
    }
    found.sort_by(|a, b| a.key.cmp(&b.key));
    let more = found.len() > limit;
    found.truncate(limit);
    let next = found.last().filter(|_| more).map(|stat| stat.key.clone());
    Ok(ListPage { objects: found, next })
}
