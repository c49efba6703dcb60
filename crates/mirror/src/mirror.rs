//! One bare repository on disk, brought up to date from its remote and read by anybody.

use std::path::{Path, PathBuf};

use tokio_util::sync::CancellationToken;

use crate::{
    git::{Area, Git},
    progress::Progress,
    read::{ReadError, Reader},
    remote::RemoteUrl,
    sync::{self, SyncError, SyncOptions, Synced},
};

/// A mirror at a path, whether or not it has been cloned yet. Cheap to clone; holds nothing open and no lock.
///
/// Beside the repository `<dir>` it uses `<dir>.lock` and `<dir>.scratch`. What upstream has is kept under
/// `refs/hivesync/upstream/{heads,tags}/`, and `HEAD` names the branch that the mirror follows.
#[derive(Debug, Clone)]
pub struct Mirror {
    git: Git,
    area: Area,
}

impl Mirror {
    /// The mirror at this absolute path. Touches nothing.
    pub fn new(git: Git, dir: impl Into<PathBuf>) -> Self {
        Self { git, area: sync::area(&dir.into()) }
    }

    /// The repository's folder.
    pub fn dir(&self) -> &Path {
        &self.area.git_dir
    }

    /// Whether it has been cloned. A clone in progress, or one that failed, does not count.
    pub fn is_present(&self) -> bool {
        sync::is_present(&self.area)
    }

    /// Opens it for reading. Does not wait for a sync and does not hold one up.
    pub fn reader(&self) -> Result<Reader, ReadError> {
        Reader::open(self.git.clone(), self.area.clone())
    }

    /// Makes the mirror what its remote is: clones it the first time, fetches what is new later.
    ///
    /// Either everything of a sync is published or nothing. Dropping the future cancels the sync, as does the token;
    /// the lock is kept, in the background, until every process of it is dead and its leftovers are gone. Once the
    /// refs are being moved (milliseconds, at the very end), neither stops it.
    ///
    /// `progress` is called at most four times a second, on a thread of the runtime: it must not block.
    ///
    /// # Panics
    ///
    /// Only if `progress` does.
    pub async fn sync(
        &self,
        remote: &RemoteUrl,
        options: SyncOptions,
        progress: impl FnMut(Progress) + Send + 'static,
        cancel: CancellationToken,
    ) -> Result<Synced, SyncError> {
        let task = sync::Task {
            git: self.git.clone(),
            area: self.area.clone(),
            remote: remote.clone(),
            options,
            progress: Box::new(progress),
        };
        sync::detached(task, &cancel).await
    }
}
