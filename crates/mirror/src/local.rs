//! Somebody's own repository, looked at and never written: its tracked files as they are on disk.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use gix::{bstr::ByteSlice, index::entry::Mode, objs::Kind as ObjectKind};

use crate::{id::ObjectId, read::Kind};

/// Bytes of all files together; they are held in memory.
const MOST_BYTES: u64 = 2 << 30;

/// A file that Git knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrackedFile {
    /// From the repository's root, raw.
    pub path: Vec<u8>,
    /// What it is; never a folder.
    pub kind: Kind,
    /// What Git would call these bytes; of a submodule, its commit.
    pub id: ObjectId,
    /// As they are on disk; of a symbolic link, its target; of a submodule, none.
    pub bytes: Vec<u8>,
}

/// Why somebody's repository cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum LocalError {
    /// There is none, or it is damaged.
    #[error("{0} is no Git repository that can be read")]
    NoRepository(PathBuf, #[source] Box<dyn std::error::Error + Send + Sync>),
    /// A file cannot be read.
    #[error("{0} cannot be read")]
    Unreadable(PathBuf, #[source] io::Error),
    /// Its files are larger than what is read.
    #[error("the tracked files have more than {} MiB", MOST_BYTES >> 20)]
    TooLarge,
}

/// The tracked files of the work tree that `path` is in, sorted by path; without a work tree, those of `HEAD`. A file
/// that was deleted and not committed is left out.
pub fn tracked_files(path: &Path) -> Result<Vec<TrackedFile>, LocalError> {
    let unusable = |error: Box<dyn std::error::Error + Send + Sync>| LocalError::NoRepository(path.to_owned(), error);
    let repo = gix::discover(path).map_err(|error| unusable(error.into()))?;
    let index = repo.index_or_load_from_head().map_err(|error| unusable(error.into()))?;
    let (mut files, mut total) = (Vec::new(), 0_u64);
    for entry in index.entries() {
        let path = entry.path(&index);
        let Some(kind) = kind_of(entry.mode) else { continue };
        let found = match repo.workdir() {
            Some(root) => on_disk(&root.join(path.to_path_lossy()), kind)?,
            None if kind == Kind::Submodule => Some(Vec::new()),
            None => Some(repo.find_object(entry.id).map_err(|error| unusable(error.into()))?.detach().data),
        };
        let Some(bytes) = found else { continue };
        total = total.saturating_add(bytes.len() as u64);
        if total > MOST_BYTES {
            return Err(LocalError::TooLarge);
        }
        let id = match kind {
            Kind::Submodule => entry.id,
            Kind::File | Kind::Executable | Kind::Symlink | Kind::Directory => {
                gix::objs::compute_hash(repo.object_hash(), ObjectKind::Blob, &bytes)
                    .map_err(|error| unusable(error.into()))?
            }
        };
        files.push(TrackedFile { path: path.to_vec(), kind, id: id.into(), bytes });
    }
    files.sort_by(|a, b| a.path.cmp(&b.path));
    // A file that two branches disagree about stands there once for each of them.
    files.dedup_by(|a, b| a.path == b.path);
    Ok(files)
}

/// `None` for what is no file, such as a folder that is not checked out.
fn kind_of(mode: Mode) -> Option<Kind> {
    if mode == Mode::FILE {
        Some(Kind::File)
    } else if mode == Mode::FILE_EXECUTABLE {
        Some(Kind::Executable)
    } else if mode == Mode::SYMLINK {
        Some(Kind::Symlink)
    } else if mode == Mode::COMMIT {
        Some(Kind::Submodule)
    } else {
        None
    }
}

/// What is on disk where Git knows of something; `None` if it is gone, or something else by now.
fn on_disk(path: &Path, kind: Kind) -> Result<Option<Vec<u8>>, LocalError> {
    let read = match kind {
        Kind::Submodule | Kind::Directory => return Ok(Some(Vec::new())),
        Kind::Symlink => fs::read_link(path).map(|target| target.into_os_string().into_encoded_bytes()),
        Kind::File | Kind::Executable => fs::read(path),
    };
    match read {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error)
            if matches!(
                error.kind(),
                io::ErrorKind::NotFound
                    | io::ErrorKind::NotADirectory
                    | io::ErrorKind::IsADirectory
                    | io::ErrorKind::InvalidInput
            ) =>
        {
            Ok(None)
        }
        Err(error) => Err(LocalError::Unreadable(path.to_owned(), error)),
    }
}
