//! Bringing a mirror up to date: lock, check the address, fetch into staging, compare, publish; and caring for it.

mod check;
mod classify;
mod create;
mod error;
mod fetch;
mod layout;
mod lock;
mod mend;
mod meter;
mod probe;
mod publish;
mod refs;
mod remove;
mod renew;
mod repair;
mod room;
mod salvage;
mod session;
mod tend;
mod unchecked;
mod update;

use std::time::Duration;

use serde::{Deserialize, Serialize};
use tokio::{task::spawn_blocking, time::Instant};
use tokio_util::sync::CancellationToken;

pub(crate) use self::{
    classify::{failure, says, stopped},
    layout::{area, is_present, sync_folder},
    meter::Meter,
    publish::{breakpoint, move_refs},
    refs::Move,
    remove::remove,
    room::Room,
    session::{Session, Silent, finish},
    tend::{due, tend},
    update::open,
};
pub use self::{
    error::{Damaged, HostKeyFault, SyncError, TimeLimit},
    probe::{Found, Probed, probe},
    repair::Repair,
    tend::{Repack, TendOptions, Tended},
};
use crate::{
    git::{Area, Git, Limits},
    id::CommitId,
    progress::{Progress, Stage},
    remote::{Remote, Route, Trust},
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
    /// Most bytes that the mirror's objects may take on the disk: looked at before the fetch, while it runs and after.
    pub max_disk_bytes: Option<u64>,
    /// Bytes that must stay free on the mirror's disk, before the fetch and while it runs; 0 does not look.
    pub least_free_bytes: u64,
    /// Most branches and tags together.
    pub max_refs: usize,
    /// Somebody who read the mirror found damage: every object is checked, and repaired where need be, before anything
    /// else. It takes about as long as reading the whole mirror.
    pub suspected: bool,
}

impl Default for SyncOptions {
    /// The remote's default branch; 60 s of silence; 30 min in all; no mass deletion; no limit of size but that 256 MiB
    /// stay free on the disk; 200,000 branches and tags; no suspicion.
    fn default() -> Self {
        Self {
            branch: None,
            no_progress_limit: Duration::from_mins(1),
            hard_deadline: Duration::from_mins(30),
            allow_mass_deletion: false,
            max_received_bytes: None,
            max_disk_bytes: None,
            least_free_bytes: 256 << 20,
            max_refs: 200_000,
            suspected: false,
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
    /// The address that worked, where it is not the one given: the remote redirects what does not end in `.git`.
    pub address: Option<String>,
    /// What had to be done because the mirror was damaged.
    #[serde(default)]
    pub repaired: Option<Repair>,
}

/// One sync, described.
pub(crate) struct Task {
    pub(crate) git: Git,
    pub(crate) area: Area,
    pub(crate) remote: Remote,
    pub(crate) options: SyncOptions,
    pub(crate) progress: Box<dyn FnMut(Progress) + Send>,
}

/// Brings the mirror up to date, as the holder of its lock.
pub(crate) async fn sync(task: Task, cancel: &CancellationToken) -> Result<Synced, SyncError> {
    let area = task.area.clone();
    exclusively(area.clone(), cancel, |cancel| async move {
        let synced = run(task, cancel).await?;
        if !matches!(synced.repaired, Some(Repair::Cloned { .. })) {
            let forgotten = blocking(move || layout::forget_damaged(&area)).await;
            forgotten.unwrap_or_else(|error| tracing::warn!(%error, "a damaged mirror is left behind"));
        }
        Ok(synced)
    })
    .await
}

/// Takes the mirror's lock for the work, and cleans up after it, [`detached`].
pub(crate) async fn exclusively<T, E, F>(
    area: Area,
    cancel: &CancellationToken,
    work: impl FnOnce(CancellationToken) -> F + Send + 'static,
) -> Result<T, E>
where
    T: Send + 'static,
    E: From<SyncError> + Send + 'static,
    F: Future<Output = Result<T, E>> + Send,
{
    let held = |cancel| async move {
        let locked = area.clone();
        let lock = blocking(move || layout::acquire(&locked)).await?;
        let outcome = work(cancel).await;
        let failed = outcome.is_err();
        if let Err(error) = blocking(move || layout::tidy(&area, failed)).await {
            // The next holder of the lock tries again.
            tracing::warn!(%error, "what a holder of the mirror's lock worked in is left behind");
        }
        drop(lock);
        outcome
    };
    detached(cancel, held).await
}

/// Runs the work as a task of its own, so that a caller who goes away cannot leave the lock free while processes
/// still write: dropping this future only cancels, and the task cleans up.
async fn detached<T, E, W>(cancel: &CancellationToken, work: impl FnOnce(CancellationToken) -> W) -> Result<T, E>
where
    T: Send + 'static,
    E: From<SyncError> + Send + 'static,
    W: Future<Output = Result<T, E>> + Send + 'static,
{
    let cancel = cancel.child_token();
    let _cancels_when_dropped = cancel.clone().drop_guard();
    match tokio::spawn(work(cancel.clone())).await {
        Ok(outcome) => outcome,
        Err(error) => match error.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            // The runtime is going down.
            Err(_) => Err(SyncError::Cancelled.into()),
        },
    }
}

async fn run(task: Task, cancel: CancellationToken) -> Result<Synced, SyncError> {
    let Task { git, area, remote, options, progress } = task;
    let limits =
        Limits { no_progress: options.no_progress_limit, deadline: Instant::now() + options.hard_deadline, cancel };
    let mut meter = Meter::new(progress, options.max_received_bytes, options.max_refs);
    meter.enter(Stage::Connecting);
    let route = Route::open(remote, git.resolver(), &area.scratch, Trust::Pinned, &limits.cancel).await?;
    let mut session = Session { git, area, route, options, limits };
    let outcome = once(&session, &mut meter).await;
    if session.takes_suffix(&outcome) {
        let (synced, address) = session.after_suffix(once(&session, &mut meter).await)?;
        return Ok(Synced { address, ..synced });
    }
    outcome
}

async fn once(session: &Session, meter: &mut Meter) -> Result<Synced, SyncError> {
    if layout::exists(&session.area) {
        repair::update(session, meter).await
    } else {
        create::create(session, meter).await
    }
}

/// Runs what blocks on a thread where that is allowed.
pub(crate) async fn blocking<T: Send + 'static>(
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
