//! The right to write one mirror, in this process and among processes: a lock on a file beside it.

use std::{
    fs::{self, File, TryLockError},
    io,
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
};

use super::SyncError;

/// How often the file may have been removed by somebody else just before it was locked here.
const MAX_TRIES: usize = 8;

/// Ends when dropped.
#[derive(Debug)]
pub(super) struct Lock {
    file: File,
    path: PathBuf,
}

impl Lock {
    /// Takes the lock, or fails with [`SyncError::Locked`]. Makes the file if there is none.
    pub(super) fn take(path: PathBuf) -> Result<Self, SyncError> {
        let failed = || SyncError::local("lock the mirror");
        for _ in 0..MAX_TRIES {
            let file = File::create(&path).map_err(failed())?;
            match file.try_lock() {
                Ok(()) => {}
                Err(TryLockError::WouldBlock) => break,
                Err(TryLockError::Error(error)) => return Err(failed()(error)),
            }
            // A holder that removed the mirror also removed this file; its name may be another file's by now.
            if is_named(&file, &path).map_err(failed())? {
                return Ok(Self { file, path });
            }
        }
        Err(SyncError::Locked)
    }

    /// Removes the file, and ends the lock after: whoever waits for it finds that it is no longer the one to hold.
    pub(super) fn remove(self) -> io::Result<()> {
        match fs::remove_file(&self.path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }
}

impl Drop for Lock {
    /// Closing the file is not enough: a process that is being started at this moment holds a copy of it until it runs
    /// its program.
    fn drop(&mut self) {
        if let Err(error) = self.file.unlock() {
            tracing::warn!(%error, "a mirror's lock is not released");
        }
    }
}

/// Whether the path still leads to this very file.
fn is_named(file: &File, path: &Path) -> io::Result<bool> {
    let held = file.metadata()?;
    match fs::symlink_metadata(path) {
        Ok(named) => Ok((named.dev(), named.ino()) == (held.dev(), held.ino())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}
