//! The queue as a whole: a job's row, the domain row it is about and the event of it move together.
//!
//! `claim → perform → settle`: a claim counts the attempt and owns the mirror; `settle` is fenced by both.

use sea_orm::DbErr;
use serde_json::json;
use uuid::Uuid;

use super::{
    Db, Txn, db,
    events::{self, NewEvent},
    jobs::{self, Held, Move, NewJob},
    mirror_owners::{self, Ownership},
    projects, syncs,
};
use crate::{
    clock::Timestamp,
    domain::{
        event::EventKind,
        job::{JobError, JobState, MOST_CRASHES, Outcome, Queue, retry_delay},
        sync::SyncStatus,
    },
    ids::{InstanceId, SyncId, UserId},
};

const SYNC_ATTEMPTS: i32 = 5;

/// A job that this instance runs, on a mirror that it owns.
#[derive(Debug, Clone)]
pub struct Claim {
    /// The row, as it was taken.
    pub job: jobs::Model,
    /// What fences the end of the run.
    pub held: Held,
    /// What fences its publishing.
    pub ownership: Ownership,
}

/// What a synchronisation came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Synced {
    /// The mirror stands where the remote stood.
    Success {
        /// Where it stood.
        before: Option<String>,
        /// Where it stands.
        after: Option<String>,
    },
    /// It would delete `deleted` of `total` branches, and waits for somebody's word.
    Held {
        /// Branches that are gone at the remote.
        deleted: u64,
        /// Branches that the mirror has.
        total: u64,
    },
}

/// Wants a synchronisation of a linked project; one of the same repository and branch that waits or runs already is
/// returned instead of doubled.
pub async fn request_sync(
    txn: &Txn,
    project: &projects::Model,
    user: Option<UserId>,
    request_id: Option<String>,
    now: Timestamp,
) -> Result<syncs::Model, DbErr> {
    if let Some(job) = jobs::active(txn, &sync_key(project)).await?
        && let Some(sync) = syncs::find(txn, SyncId(job.subject)).await?
    {
        return Ok(sync);
    }
    let sync = syncs::insert(txn, project.id, user, now).await?;
    enqueue_sync(txn, project, &sync, request_id, now).await?;
    Ok(sync)
}

/// Puts a released synchronisation into the queue again.
pub async fn release_sync(
    txn: &Txn,
    project: &projects::Model,
    sync: &syncs::Model,
    request_id: Option<String>,
    now: Timestamp,
) -> Result<(), DbErr> {
    syncs::release(txn, sync.id, now).await?;
    enqueue_sync(txn, project, sync, request_id, now).await
}

async fn enqueue_sync(
    txn: &Txn,
    project: &projects::Model,
    sync: &syncs::Model,
    request_id: Option<String>,
    now: Timestamp,
) -> Result<(), DbErr> {
    let job = NewJob {
        queue: Queue::RepoSync,
        tenant: project.id,
        key: format!("mirror:{}", project.id),
        unique_key: Some(sync_key(project)),
        subject: sync.id.0,
        max_attempts: SYNC_ATTEMPTS,
        request_id,
    };
    jobs::enqueue(txn, job, now).await?;
    Ok(())
}

/// The same repository and branch is the same work; after a link to another one it is not.
fn sync_key(project: &projects::Model) -> String {
    let text = format!("{:?} {:?}", project.repo_url, project.branch);
    format!("sync:{}:{}", project.id, Uuid::new_v5(&project.id.0, text.as_bytes()))
}

/// Takes the job whose turn it is, with its mirror; `None` when there is nothing that `me` may do now.
pub async fn claim(db: &Db, queue: Queue, me: InstanceId, now: Timestamp) -> Result<Option<Claim>, DbErr> {
    let txn = db.begin().await?;
    let database_now = db::now(&txn).await?;
    let Some(job) = jobs::next_due(&txn, queue, me, now, database_now).await? else { return Ok(None) };
    let Some(ownership) = mirror_owners::acquire(&txn, job.tenant, me).await? else { return Ok(None) };
    if !jobs::take(&txn, &job, me, now).await? {
        return Ok(None);
    }
    let held = Held { job: job.id, attempt: job.attempt.saturating_add(1), owner: me };
    start(&txn, &job, now).await?;
    txn.commit().await?;
    Ok(Some(Claim { job, held, ownership }))
}

async fn start(txn: &Txn, job: &jobs::Model, now: Timestamp) -> Result<(), DbErr> {
    match job.queue {
        Queue::RepoSync => {
            let sync = SyncId(job.subject);
            syncs::start(txn, sync, now).await?;
            if job.attempt == 0 {
                tell(txn, job, EventKind::RepoSyncStarted, SyncStatus::Running, None, now).await?;
            }
        }
    }
    Ok(())
}

/// Ends a run: queue row, domain row and event, all or nothing. `false`: the claim was lost, so nothing was
/// written, and the caller must roll back what it meant to publish.
pub async fn settle(txn: &Txn, held: Held, outcome: &Outcome<Synced>, now: Timestamp) -> Result<bool, DbErr> {
    // Read again: somebody may have asked for its end since it was claimed.
    let Some(job) = jobs::find(txn, held.job).await? else { return Ok(false) };
    let ending = ending(&job, held, outcome, now);
    if !jobs::leave(txn, held, &ending.job, now).await? {
        return Ok(false);
    }
    let sync = SyncId(job.subject);
    if let Outcome::Done(Synced::Success { before, after }) = outcome {
        syncs::set_commits(txn, sync, before.clone(), after.clone()).await?;
    }
    syncs::set_status(txn, sync, ending.sync, ending.error.as_ref(), now).await?;
    match ending.sync {
        SyncStatus::Success => tell(txn, &job, EventKind::RepoSyncSuccess, ending.sync, None, now).await?,
        SyncStatus::Failed | SyncStatus::Cancelled | SyncStatus::Held => {
            let code = ending.error.map(|error| error.code);
            tell(txn, &job, EventKind::RepoSyncFailed, ending.sync, code, now).await?;
        }
        SyncStatus::Pending | SyncStatus::Running => {}
    }
    Ok(true)
}

struct Ending {
    job: Move,
    sync: SyncStatus,
    error: Option<JobError>,
}

/// Where a run's outcome leads, by the job's history and wishes.
fn ending(job: &jobs::Model, held: Held, outcome: &Outcome<Synced>, now: Timestamp) -> Ending {
    let unwanted = job.cancel_requested_at.is_some();
    let crashed = job.crashes.saturating_add(1);
    let again = |attempts, crashes, after| Move {
        state: JobState::Queued,
        run_at: now.plus(after),
        attempts,
        crashes,
        error: None,
    };
    let end = |state, crashes| Move { state, run_at: now, attempts: 0, crashes, error: None };
    let (mut job, sync, error) = match outcome {
        Outcome::Done(Synced::Success { .. }) => (end(JobState::Done, 0), SyncStatus::Success, None),
        Outcome::Done(Synced::Held { deleted, total }) => {
            (end(JobState::Done, 0), SyncStatus::Held, Some(held_error(*deleted, *total)))
        }
        Outcome::Cancelled => (end(JobState::Cancelled, 0), SyncStatus::Cancelled, Some(cancelled())),
        Outcome::Fatal(error) => (end(JobState::Failed, 0), SyncStatus::Failed, Some(error.clone())),
        Outcome::Crashed if crashed >= MOST_CRASHES => (end(JobState::Dead, 1), SyncStatus::Failed, Some(crash())),
        _ if unwanted => (end(JobState::Cancelled, 0), SyncStatus::Cancelled, Some(cancelled())),
        Outcome::Crashed => (again(0, 1, retry_delay(crashed, None, spread())), SyncStatus::Pending, Some(crash())),
        Outcome::Snooze(time) => (again(-1, 0, *time), SyncStatus::Pending, None),
        Outcome::Retry { error, .. } if held.attempt >= job.max_attempts => {
            (end(JobState::Failed, 0), SyncStatus::Failed, Some(error.clone()))
        }
        Outcome::Retry { error, after } => {
            (again(0, 0, retry_delay(held.attempt, *after, spread())), SyncStatus::Pending, Some(error.clone()))
        }
    };
    job.error = error.as_ref().map(|error| format!("{}: {}", error.code, error.message));
    Ending { job, sync, error }
}

fn spread() -> f64 {
    rand::random()
}

fn held_error(deleted: u64, total: u64) -> JobError {
    let message = format!(
        "{deleted} of {total} branches are gone at the remote; release the sync to delete them here too, or cancel it"
    );
    JobError { code: "HELD", message }
}

fn cancelled() -> JobError {
    JobError { code: "CANCELLED", message: "the synchronisation was cancelled".into() }
}

fn crash() -> JobError {
    JobError { code: "WORKER_CRASHED", message: "the worker died over the job; it is tried again a few times".into() }
}

async fn tell(
    txn: &Txn,
    job: &jobs::Model,
    kind: EventKind,
    status: SyncStatus,
    code: Option<&'static str>,
    now: Timestamp,
) -> Result<(), DbErr> {
    let event = NewEvent {
        kind,
        user: None,
        project: Some(job.tenant),
        job: Some(job.id),
        payload: json!({ "sync_id": job.subject, "status": status, "error": code }),
        request_id: job.request_id.clone(),
    };
    events::record(txn, event, now).await
}

/// Asks for the end of a synchronisation. At once when nobody runs it; otherwise its worker is asked.
/// Returns its job when a worker has it.
pub async fn cancel_sync(txn: &Txn, sync: &syncs::Model, now: Timestamp) -> Result<Option<jobs::Model>, DbErr> {
    let job = jobs::active_of(txn, sync.id.0).await?;
    if let Some(job) = job {
        if !jobs::cancel_queued(txn, job.id, now).await? {
            jobs::request_cancel(txn, job.id, now).await?;
            return Ok(Some(job));
        }
        tell(txn, &job, EventKind::RepoSyncFailed, SyncStatus::Cancelled, Some("CANCELLED"), now).await?;
    }
    syncs::set_status(txn, sync.id, SyncStatus::Cancelled, Some(&cancelled()), now).await?;
    Ok(None)
}

/// Gives back what dead instances held. Returns how many jobs that were.
pub async fn rescue(db: &Db, now: Timestamp) -> Result<usize, DbErr> {
    let txn = db.begin().await?;
    let database_now = db::now(&txn).await?;
    let orphans = jobs::orphans(&txn, database_now).await?;
    for job in &orphans {
        let Some(owner) = job.owner else { continue };
        let held = Held { job: job.id, attempt: job.attempt, owner };
        settle(&txn, held, &Outcome::Crashed, now).await?;
    }
    txn.commit().await?;
    Ok(orphans.len())
}
