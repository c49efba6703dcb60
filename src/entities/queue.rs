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
    projects, syncs, triggers,
};
use crate::{
    clock::Timestamp,
    domain::{
        caller::Caller,
        event::EventKind,
        job::{History, JobState, Next, Outcome, Queue},
        schedule::{self, News},
        sync::{Cause, SyncStatus},
        trace::Trace,
    },
    ids::{InstanceId, JobId, SyncId, UserId},
};

const SYNC_ATTEMPTS: i32 = 5;
/// How often somebody else may come first, and be done again, while a synchronisation is asked for.
const RACES: usize = 3;

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

/// Who or what wants a synchronisation.
#[derive(Debug, Clone)]
pub struct Wish {
    /// What.
    pub cause: Cause,
    /// Who, when it is a person.
    pub user: Option<UserId>,
    /// The request that led to it, if one did.
    pub request_id: Option<String>,
}

impl Wish {
    /// Somebody's.
    pub fn of(by: &Caller) -> Self {
        Self { cause: Cause::Person, user: Some(by.user), request_id: Some(by.request_id.clone()) }
    }
}

/// Wants a synchronisation of a linked project, whose row the caller has locked; one of the same repository and branch
/// that waits, runs or is held already is returned instead of doubled.
pub async fn request_sync(
    txn: &Txn,
    project: &projects::Model,
    wish: Wish,
    now: Timestamp,
) -> Result<syncs::Model, DbErr> {
    if let Some(held) = syncs::held(txn, project.id).await? {
        return Ok(held);
    }
    for _ in 0..RACES {
        if let Some(job) = active(txn, project).await?
            && let Some(sync) = syncs::find(txn, SyncId(job.subject)).await?
        {
            return Ok(sync);
        }
        let id = SyncId::new();
        // The job goes first: its uniqueness decides who of several that ask at once makes the row.
        if enqueue_sync(txn, project, id, wish.request_id.clone(), now).await?.is_some() {
            return syncs::insert(txn, id, project.id, wish.cause, wish.user, now).await;
        }
    }
    Err(DbErr::RecordNotInserted)
}

/// The job of a synchronisation of the project, linked as it is, that waits or runs.
pub(super) async fn active(txn: &Txn, project: &projects::Model) -> Result<Option<jobs::Model>, DbErr> {
    jobs::active(txn, &sync_key(project)).await
}

/// Notes the trace of the request that wanted a synchronisation; one that was wanted before keeps its own.
pub async fn trace_sync(txn: &Txn, sync: &syncs::Model, trace: Option<Trace>) -> Result<(), DbErr> {
    match trace {
        Some(trace) => jobs::set_trace(txn, sync.id.0, trace.to_string()).await,
        None => Ok(()),
    }
}

/// Puts a released synchronisation into the queue again; says whether it could, which it cannot beside another one.
pub async fn release_sync(
    txn: &Txn,
    project: &projects::Model,
    sync: &syncs::Model,
    request_id: Option<String>,
    now: Timestamp,
) -> Result<bool, DbErr> {
    syncs::release(txn, sync.id, now).await?;
    Ok(enqueue_sync(txn, project, sync.id, request_id, now).await?.is_some())
}

async fn enqueue_sync(
    txn: &Txn,
    project: &projects::Model,
    sync: SyncId,
    request_id: Option<String>,
    now: Timestamp,
) -> Result<Option<JobId>, DbErr> {
    let job = NewJob {
        queue: Queue::RepoSync,
        tenant: project.id,
        key: format!("mirror:{}", project.id),
        unique_key: Some(sync_key(project)),
        subject: sync.0,
        max_attempts: SYNC_ATTEMPTS,
        request_id,
    };
    jobs::enqueue(txn, job, now).await
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
    // The project's row before all others, here and everywhere: so nobody waits for one another in a circle.
    if projects::find_for_update(&txn, job.tenant).await?.is_none() {
        // Its project is gone. Nothing makes such a job any more; one that is there must not hold up all others.
        tracing::error!(job = %job.id, project = %job.tenant, "a job of no project was removed");
        jobs::delete_of(&txn, job.tenant).await?;
        txn.commit().await?;
        return Ok(None);
    }
    let Some(ownership) = mirror_owners::acquire(&txn, job.tenant, me).await? else { return Ok(None) };
    triggers::began(&txn, job.tenant).await?;
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
                tell(txn, job, SyncStatus::Running, None, News::Began, now).await?;
            }
        }
    }
    Ok(())
}

/// Ends a run: queue row, domain row and event, all or nothing. `false`: the claim was lost, so nothing was
/// written, and the caller must roll back what it meant to publish.
pub async fn settle(txn: &Txn, held: Held, outcome: &Outcome<Synced>, now: Timestamp) -> Result<bool, DbErr> {
    let Some(job) = jobs::find(txn, held.job).await? else { return Ok(false) };
    projects::find_for_update(txn, job.tenant).await?;
    // Read again: somebody may have asked for its end since it was claimed, and must not do so between this look and
    // the move, where the wish would be lost.
    let Some(job) = jobs::find_for_update(txn, held.job).await? else { return Ok(false) };
    let history = History {
        attempt: held.attempt,
        max_attempts: job.max_attempts,
        crashes: job.crashes,
        unwanted: job.cancel_requested_at.is_some(),
    };
    let next = history.next(outcome, rand::random());
    let note = Note::of(next, outcome);
    if !jobs::leave(txn, held, &step(next, outcome, &note, now), now).await? {
        return Ok(false);
    }
    let sync = SyncId(job.subject);
    if let Outcome::Done(Synced::Success { before, after }) = outcome {
        syncs::set_commits(txn, sync, before.clone(), after.clone()).await?;
    }
    let status = status(next, outcome);
    syncs::set_status(txn, sync, status, note.code, note.message.as_deref(), now).await?;
    let news = match (status, outcome) {
        (SyncStatus::Pending | SyncStatus::Running, _) => return Ok(true),
        (SyncStatus::Success, Outcome::Done(Synced::Success { before, after })) => {
            triggers::ended(txn, job.tenant, true, now).await?;
            News::Succeeded { changed: before != after }
        }
        (SyncStatus::Failed, _) => News::Failed { in_a_row: triggers::ended(txn, job.tenant, false, now).await? },
        (SyncStatus::Success | SyncStatus::Cancelled | SyncStatus::Held, _) => News::Decided,
    };
    tell(txn, &job, status, note.code, news, now).await?;
    Ok(true)
}

fn step(next: Next, outcome: &Outcome<Synced>, note: &Note, now: Timestamp) -> Move {
    let (state, run_at) = match next {
        Next::End(state) => (state, now),
        Next::Again(after) => (JobState::Queued, now.plus(after)),
    };
    Move {
        state,
        run_at,
        attempts: if matches!((next, outcome), (Next::Again(_), Outcome::Snooze(_))) { -1 } else { 0 },
        crashes: i32::from(matches!(outcome, Outcome::Crashed)),
        error: note.code.map(str::to_owned),
    }
}

fn status(next: Next, outcome: &Outcome<Synced>) -> SyncStatus {
    match (next, outcome) {
        (Next::Again(_) | Next::End(JobState::Queued | JobState::Running), _) => SyncStatus::Pending,
        (Next::End(JobState::Done), Outcome::Done(Synced::Held { .. })) => SyncStatus::Held,
        (Next::End(JobState::Done), _) => SyncStatus::Success,
        (Next::End(JobState::Cancelled), _) => SyncStatus::Cancelled,
        (Next::End(JobState::Failed | JobState::Dead), _) => SyncStatus::Failed,
    }
}

/// What people and programs are told of a run that did not simply succeed.
struct Note {
    code: Option<&'static str>,
    message: Option<String>,
}

impl Note {
    fn of(next: Next, outcome: &Outcome<Synced>) -> Self {
        if next == Next::End(JobState::Cancelled) {
            return Self::cancelled();
        }
        match outcome {
            Outcome::Done(Synced::Held { deleted, total }) => Self {
                // It is no failure: it waits for a word.
                code: None,
                message: Some(format!(
                    "{deleted} of {total} branches are gone at the remote; \
                     release the sync to delete them here too, or cancel it"
                )),
            },
            Outcome::Retry { error, .. } | Outcome::Fatal(error) => {
                Self { code: Some(error.code), message: Some(error.message.clone()) }
            }
            Outcome::Crashed => Self {
                code: Some("WORKER_CRASHED"),
                message: Some("the worker died over the job; after three times it is given up".into()),
            },
            Outcome::Done(Synced::Success { .. }) | Outcome::Snooze(_) | Outcome::Cancelled => {
                Self { code: None, message: None }
            }
        }
    }

    fn cancelled() -> Self {
        Self { code: Some("CANCELLED"), message: Some("the synchronisation was cancelled".into()) }
    }
}

async fn tell(
    txn: &Txn,
    job: &jobs::Model,
    status: SyncStatus,
    code: Option<&'static str>,
    news: News,
    now: Timestamp,
) -> Result<(), DbErr> {
    let kind = match news {
        News::Began => EventKind::RepoSyncStarted,
        News::Succeeded { .. } => EventKind::RepoSyncSuccess,
        News::Failed { .. } | News::Decided => EventKind::RepoSyncFailed,
    };
    let sync = syncs::find(txn, SyncId(job.subject)).await?;
    let is_told = sync.is_none_or(|sync| schedule::is_told(sync.cause, news));
    let event = NewEvent {
        kind,
        user: None,
        project: Some(job.tenant),
        job: Some(job.id),
        payload: json!({ "sync_id": job.subject, "status": status, "error": code }),
        request_id: job.request_id.clone(),
    };
    if is_told { events::record(txn, event, now).await } else { events::record_quietly(txn, event, now).await }
}

/// Asks for the end of a synchronisation that has not ended, as read under its project's lock. At once when nobody runs
/// it; otherwise its worker is asked. Returns its job when a worker has it.
pub async fn cancel_sync(txn: &Txn, sync: &syncs::Model, now: Timestamp) -> Result<Option<jobs::Model>, DbErr> {
    let job = jobs::active_of(txn, sync.id.0).await?;
    if let Some(job) = job {
        if !jobs::cancel_queued(txn, job.id, now).await? {
            jobs::request_cancel(txn, job.id, now).await?;
            return Ok(Some(job));
        }
        tell(txn, &job, SyncStatus::Cancelled, Some("CANCELLED"), News::Decided, now).await?;
    }
    let Note { code, message } = Note::cancelled();
    syncs::set_status(txn, sync.id, SyncStatus::Cancelled, code, message.as_deref(), now).await?;
    Ok(None)
}

/// Asks for the end of what was wanted of a project before it was linked as it is now: nobody waits for that any more.
pub async fn cancel_superseded(txn: &Txn, project: &projects::Model, now: Timestamp) -> Result<(), DbErr> {
    let wanted = sync_key(project);
    for job in jobs::active_of_tenant(txn, project.id).await? {
        let superseded = job.unique_key.is_some_and(|key| key != wanted);
        if superseded && let Some(sync) = syncs::find(txn, SyncId(job.subject)).await? {
            cancel_sync(txn, &sync, now).await?;
        }
    }
    if let Some(held) = syncs::held(txn, project.id).await? {
        cancel_sync(txn, &held, now).await?;
    }
    Ok(())
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
