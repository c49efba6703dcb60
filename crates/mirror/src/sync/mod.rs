//! Bringing a mirror up to date: lock, check the address, fetch into staging, compare, publish.

mod classify;
mod create;
mod error;
mod layout;
mod meter;
mod publish;
mod refs;
mod session;
mod update;

use std::time::Duration;

use serde::{Deserialize, Serialize};
use tokio::{task::spawn_blocking, time::Instant};
use tokio_util::sync::CancellationToken;

pub use self::error::{Damaged, SyncError, TimeLimit};
pub(crate) use self::layout::{area, is_present};
use self::{meter::Meter, session::Session};
use crate::{
    git::{Area, Git, Limits},
    id::CommitId,
    progress::{Progress, Stage},
    remote::{RemoteUrl, pin},
};

/// How one sync goes.
#[derive(Debug, Clone)]
pub struct SyncOptions {
    /// The branch to follow; none follows the remote's default branch.
    pub branch: Option<String>,
    /// Longest silence of the remote.
    pub no_progress_limit: Duration,
    /// Most time for the whole sync.
    pub hard_deadline: Duration,
    /// Publish even if most or all branches go: the answer to [`SyncError::Held`].
    pub allow_mass_deletion: bool,
    /// Most bytes that this sync may receive, as Git reports them (once a second, rounded); none is no limit.
    pub max_received_bytes: Option<u64>,
}

impl Default for SyncOptions {
    /// The remote's default branch; 60 s of silence; 30 min in all; no mass deletion; no limit of size.
    fn default() -> Self {
        Self {
            branch: None,
            no_progress_limit: Duration::from_mins(1),
            hard_deadline: Duration::from_mins(30),
            allow_mass_deletion: false,
            max_received_bytes: None,
        }
    }
}

/// What a sync did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Synced {
    /// The followed branch's commit now; none if the repository is empty.
    pub head: Option<CommitId>,
    /// The followed branch, lossily where it is not UTF-8; none if the repository is empty.
    pub branch: Option<String>,
    /// The followed branch's commit before; none at first, or if the repository was empty.
    pub before: Option<CommitId>,
    /// Branches and tags made, moved and deleted.
    pub refs_changed: usize,
    /// Tips kept under `refs/hivesync/backup/` because a force-push or a deletion would have lost them.
    pub backed_up: usize,
    /// Bytes received, as Git reports them, rounded.
    pub received_bytes: u64,
}

/// One sync, described.
pub(crate) struct Task {
    pub(crate) git: Git,
    pub(crate) area: Area,
    pub(crate) remote: RemoteUrl,
    pub(crate) options: SyncOptions,
    pub(crate) progress: Box<dyn FnMut(Progress) + Send>,
}

/// Runs the sync as a task of its own, so that a caller who goes away cannot leave the lock free while processes
/// still write: dropping this future only cancels, and the task cleans up.
pub(crate) async fn detached(task: Task, cancel: &CancellationToken) -> Result<Synced, SyncError> {
    let cancel = cancel.child_token();
    let _cancels_when_dropped = cancel.clone().drop_guard();
    match tokio::spawn(locked(task, cancel)).await {
        Ok(outcome) => outcome,
        Err(error) => match error.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            // The runtime is going down.
            Err(_) => Err(SyncError::Cancelled),
        },
    }
}

async fn locked(task: Task, cancel: CancellationToken) -> Result<Synced, SyncError> {
    let area = task.area.clone();
    let lock = blocking(move || layout::acquire(&area)).await?;
    let scratch = task.area.scratch.clone();
    let outcome = run(task, cancel).await;
    let cleared = blocking(move || layout::clear(&scratch).map_err(SyncError::local("clear the scratch folder"))).await;
    if let Err(error) = cleared {
        // The next holder of the lock tries again.
        tracing::warn!(%error, "the scratch folder is left behind");
    }
    drop(lock);
    outcome
}

async fn run(task: Task, cancel: CancellationToken) -> Result<Synced, SyncError> {
    let Task { git, area, remote, options, progress } = task;
    let limits =
        Limits { no_progress: options.no_progress_limit, deadline: Instant::now() + options.hard_deadline, cancel };
    let mut meter = Meter::new(progress, options.max_received_bytes);
    meter.enter(Stage::Connecting);
    let pinned = tokio::select! {
        pinned = pin(&remote) => pinned?,
        () = limits.cancel.cancelled() => return Err(SyncError::Cancelled),
    };
    let session = Session { git, area, remote, pinned, options, limits };
    if is_present(&session.area) {
        update::update(&session, &mut meter).await
    } else {
        create::create(&session, &mut meter).await
    }
}

/// Runs what blocks on a thread where that is allowed.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, SyncError> + Send + 'static,
) -> Result<T, SyncError> {
    match spawn_blocking(work).await {
        Ok(outcome) => outcome,
        Err(error) => match error.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            Err(_) => Err(SyncError::Cancelled),
        },
    }
}
