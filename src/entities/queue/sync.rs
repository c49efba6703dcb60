//! Synchronisations in the queue: wanted, begun, ended, cancelled.

use sea_orm::DbErr;
use serde_json::json;
use uuid::Uuid;

use super::{Achieved, End, Note, mirror_key};
use crate::{
    clock::Timestamp,
    domain::{
        caller::Caller,
        event::EventKind,
        job::{JobState, Next, Outcome, Task},
        schedule::{self, News},
        sync::{Cause, SyncStatus},
        trace::Trace,
    },
    entities::{
        Txn,
        events::{self, NewEvent},
        jobs::{self, NewJob},
        projects, syncs, triggers,
    },
    ids::{JobId, SyncId, UserId},
};

const SYNC_ATTEMPTS: i32 = 5;
/// How often somebody else may come first, and be done again, while a synchronisation is asked for.
const RACES: usize = 3;

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

impl Synced {
    /// What people are told of it besides its state.
    pub(super) fn remark(&self) -> Option<String> {
        match self {
            // It is no failure: it waits for a word.
            Self::Held { deleted, total } => Some(format!(
                "{deleted} of {total} branches are gone at the remote; \
                 release the sync to delete them here too, or cancel it"
            )),
            Self::Success { .. } => None,
        }
    }
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
pub(in crate::entities) async fn active(txn: &Txn, project: &projects::Model) -> Result<Option<jobs::Model>, DbErr> {
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
        kind: Task::Sync,
        tenant: project.id,
        key: mirror_key(project.id),
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

/// A run begins; the first one is told.
pub(super) async fn start(txn: &Txn, job: &jobs::Model, now: Timestamp) -> Result<(), DbErr> {
    syncs::start(txn, SyncId(job.subject), now).await?;
    if job.attempt == 0 {
        tell(txn, job, SyncStatus::Running, None, News::Began, now).await?;
    }
    Ok(())
}

/// A run is over.
pub(super) async fn settled(txn: &Txn, end: &End<'_>) -> Result<(), DbErr> {
    let End { job, outcome, note, now, .. } = end;
    let sync = SyncId(job.subject);
    let commits = if let Outcome::Done(Achieved::Synced(Synced::Success { before, after })) = outcome {
        Some((before, after))
    } else {
        None
    };
    if let Some((before, after)) = commits {
        syncs::set_commits(txn, sync, before.clone(), after.clone()).await?;
    }
    let status = status(end);
    syncs::set_status(txn, sync, status, note.code, note.message.as_deref(), *now).await?;
    let news = match (status, commits) {
        (SyncStatus::Pending | SyncStatus::Running, _) => return Ok(()),
        (SyncStatus::Success, Some((before, after))) => {
            triggers::ended(txn, job.tenant, true, *now).await?;
            News::Succeeded { changed: before != after }
        }
        (SyncStatus::Failed, _) => News::Failed { in_a_row: triggers::ended(txn, job.tenant, false, *now).await? },
        (SyncStatus::Success | SyncStatus::Cancelled | SyncStatus::Held, _) => News::Decided,
    };
    tell(txn, job, status, note.code, news, *now).await
}

fn status(end: &End<'_>) -> SyncStatus {
    match (end.next, end.outcome) {
        (Next::Again(_) | Next::End(JobState::Queued | JobState::Running), _) => SyncStatus::Pending,
        (Next::End(JobState::Done), Outcome::Done(Achieved::Synced(Synced::Held { .. }))) => SyncStatus::Held,
        (Next::End(JobState::Done), _) => SyncStatus::Success,
        (Next::End(JobState::Cancelled), _) => SyncStatus::Cancelled,
        (Next::End(JobState::Failed | JobState::Dead), _) => SyncStatus::Failed,
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
