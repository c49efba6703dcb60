//! One bare repository on disk, brought up to date from its remote and read by anybody.

use std::path::{Path, PathBuf};

use tokio_util::sync::CancellationToken;

use crate::{
    git::{Area, Git},
    progress::Progress,
    read::{ReadError, Reader},
    remote::Remote,
    sync::{self, SyncError, SyncOptions, Synced, TendOptions, Tended},
    write::{self, ChangeName, CommitError, CommitLimits, Committed, NewCommit, Push, PushError, Pushed},
};

/// A mirror at a path, whether or not it has been cloned yet. Cheap to clone; holds nothing open and no lock.
///
/// Beside the repository `<dir>` it uses `<dir>.lock`, `<dir>.scratch` and `<dir>.damaged`. What upstream has is kept under
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
    /// The remote is a [`RemoteUrl`](crate::RemoteUrl), or a [`Remote`] with what opens it. Its host is looked up and
    /// checked anew; a deploy key is on disk, or in memory's file system, no longer than this call.
    ///
    /// `progress` is called at most four times a second, on a thread of the runtime: it must not block.
    ///
    /// # Panics
    ///
    /// Only if `progress` does.
    pub async fn sync(
        &self,
        remote: impl Into<Remote>,
        options: SyncOptions,
        progress: impl FnMut(Progress) + Send + 'static,
        cancel: CancellationToken,
    ) -> Result<Synced, SyncError> {
        let task = sync::Task {
            git: self.git.clone(),
            area: self.area.clone(),
            remote: remote.into(),
            options,
            progress: Box::new(progress),
        };
        sync::sync(task, &cancel).await
    }

    /// Makes a commit in the object database, without a working tree, and keeps it under
    /// `refs/hivesync/changes/<name>`: no sync and no housekeeping loses it, until [`Self::forget_changes`]. No branch
    /// moves. To take a change back, make a commit of its [inverses](crate::ChangedFile::inverse) on top of whatever is
    /// the head by then.
    ///
    /// It takes every change or none. Its id is decided by `new` alone: the same call again, also after this one was
    /// killed, gives the same commit. It holds the mirror's lock, so that it is [`SyncError::Locked`] while a sync runs.
    ///
    /// Dropping the future cancels it, as does the token, until the ref is moved (milliseconds, at the very end).
    pub async fn commit(
        &self,
        new: NewCommit,
        limits: CommitLimits,
        cancel: CancellationToken,
    ) -> Result<Committed, CommitError> {
        write::commit(self.git.clone(), self.area.clone(), new, limits, &cancel).await
    }

    /// Drops the refs of these changes, all or none, and says how many there were. What only they led to goes when
    /// [`Self::tend`] next repacks everything and its time has come.
    pub async fn forget_changes(
        &self,
        names: Vec<ChangeName>,
        cancel: CancellationToken,
    ) -> Result<usize, CommitError> {
        write::forget(self.git.clone(), self.area.clone(), names, &cancel).await
    }

    /// Pushes one commit to a new branch of the remote, which may be another than the one that is synced from. Nothing
    /// is ever forced: a branch that exists is [`PushError::BranchTaken`], unless it is at this very commit, which is
    /// success. So a push that was cut off is simply made again. Tags and submodules stay here; no hook of this side runs.
    ///
    /// The remote is reached as [`Self::sync`] reaches it, under the same checks. It holds the mirror's lock. Dropping
    /// the future cancels it, as does the token; what the remote has taken by then, it keeps.
    ///
    /// `progress` is called at most four times a second, on a thread of the runtime: it must not block.
    ///
    /// # Panics
    ///
    /// Only if `progress` does.
    pub async fn push(
        &self,
        remote: impl Into<Remote>,
        push: Push,
        progress: impl FnMut(Progress) + Send + 'static,
        cancel: CancellationToken,
    ) -> Result<Pushed, PushError> {
        write::push(self.git.clone(), self.area.clone(), remote.into(), push, Box::new(progress), &cancel).await
    }

    /// Whether [`Self::tend`] would find something to do: a count of files, cheap enough to ask after every sync. Blocks
    /// for microseconds.
    pub fn needs_tending(&self, options: &TendOptions) -> bool {
        self.is_present() && sync::due(self.dir(), options).is_ok_and(|due| due.is_some())
    }

    /// Does the housekeeping that is due: rolls packs together, sets aside and in time drops what no ref leads to, and
    /// writes the commit-graph.
    ///
    /// It holds the mirror's lock, so a sync that comes meanwhile is [`SyncError::Locked`]: cancel first. Readers go on,
    /// also those that were opened before. However it ends, no object is lost that a ref leads to.
    ///
    /// [`SyncError::Corrupt`] of the mirror, or [`SyncError::Git`], means that objects may be damaged: the next sync
    /// should be `suspected`.
    pub async fn tend(&self, options: TendOptions, cancel: CancellationToken) -> Result<Tended, SyncError> {
        sync::tend(self.git.clone(), self.area.clone(), options, &cancel).await
    }

    /// Removes the mirror and all that stands beside it. Fails with [`SyncError::Locked`] while somebody writes it.
    ///
    /// There being none is success. Whoever reads it fails from now on; a later sync starts anew. Once begun, it goes on
    /// to its end even if the future is dropped.
    pub async fn remove(&self) -> Result<(), SyncError> {
        sync::remove(self.area.clone()).await
    }
}
