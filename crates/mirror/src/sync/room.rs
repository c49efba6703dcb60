//! The room that a mirror may take: its own quota, and what has to stay free on the disk.

use std::{
    fs, io,
    path::{Path, PathBuf},
    time::Duration,
};

use super::{SyncError, blocking};

/// Time between two looks at the disk while something writes to it.
const EVERY: Duration = Duration::from_millis(200);

/// What one repository's objects may take, and what they must leave.
#[derive(Debug, Clone)]
pub(crate) struct Room {
    objects: PathBuf,
    max_bytes: Option<u64>,
    least_free: u64,
}

impl Room {
    pub(crate) fn of(git_dir: &Path, max_bytes: Option<u64>, least_free: u64) -> Self {
        Self { objects: git_dir.join("objects"), max_bytes, least_free }
    }

    /// Fails if the objects are over the quota, or the disk is nearly full.
    pub(super) async fn check(&self) -> Result<(), SyncError> {
        let room = self.clone();
        blocking(move || {
            room.look_at_quota()?;
            room.look_at_disk(0)
        })
        .await
    }

    /// Fails if so many bytes more would be too many for the disk.
    pub(crate) async fn check_for(&self, bytes: u64) -> Result<(), SyncError> {
        let room = self.clone();
        blocking(move || room.look_at_disk(bytes)).await
    }

    /// Fails if the objects are over the quota.
    pub(super) async fn check_quota(&self) -> Result<(), SyncError> {
        let room = self.clone();
        blocking(move || room.look_at_quota()).await
    }

    /// Waits until there is no room any more, and says why. Ends only then: the work that it watches is what ends first.
    pub(super) async fn watch(&self) -> SyncError {
        loop {
            tokio::time::sleep(EVERY).await;
            if let Err(error) = self.check().await {
                return error;
            }
        }
    }

    /// Awaits the work, and stops it when there is no room any more; `stop` must make it end soon.
    pub(super) async fn hold<T>(
        &self,
        work: impl Future<Output = Result<T, SyncError>>,
        stop: &tokio_util::sync::CancellationToken,
    ) -> Result<T, SyncError> {
        let mut work = std::pin::pin!(work);
        tokio::select! {
            biased;
            done = &mut work => done,
            error = self.watch() => {
                stop.cancel();
                // What it had started is dead before anybody goes on.
                let _ = work.await;
                Err(error)
            }
        }
    }

    fn look_at_quota(&self) -> Result<(), SyncError> {
        let Some(max) = self.max_bytes else { return Ok(()) };
        let taken = bytes_below(&self.objects, 1).map_err(SyncError::local("measure the mirror"))?;
        if taken > max {
            return Err(SyncError::TooLarge(format!("more than {max} bytes on the disk")));
        }
        Ok(())
    }

    fn look_at_disk(&self, more: u64) -> Result<(), SyncError> {
        if self.least_free == 0 && more == 0 {
            return Ok(());
        }
        let free = free_bytes(&self.objects).map_err(SyncError::local("measure the disk"))?;
        if free < self.least_free.saturating_add(more) { Err(SyncError::StorageFull) } else { Ok(()) }
    }
}

/// Bytes of the files in a folder and in folders so many levels below it, unfinished ones among them. Objects are two
/// levels deep at most; there are few files, since nearly all of them are in packs.
pub(super) fn bytes_below(folder: &Path, levels: usize) -> io::Result<u64> {
    let entries = match fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(0),
        entries => entries?,
    };
    let mut bytes = 0;
    for entry in entries {
        let entry = entry?;
        bytes += match entry.metadata() {
            Ok(it) if it.is_dir() && levels > 0 => bytes_below(&entry.path(), levels - 1)?,
            Ok(it) => it.len(),
            // It has gone meanwhile.
            Err(_) => 0,
        };
    }
    Ok(bytes)
}

/// Bytes that may still be written where the folder is, or would be.
fn free_bytes(folder: &Path) -> io::Result<u64> {
    let standing = folder.ancestors().find(|it| it.exists()).unwrap_or(folder);
    let disk = rustix::fs::statvfs(standing)?;
    Ok(disk.f_bavail.saturating_mul(disk.f_frsize))
}
