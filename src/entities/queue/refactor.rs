//! Refactors in the queue: proposed, approved, taken back, pushed; begun, ended, cancelled.

use sea_orm::DbErr;
use serde_json::{Value, json};

use super::{Achieved, End, mirror_key};
use crate::{
    clock::Timestamp,
    domain::{
        caller::Caller,
        event::EventKind,
        job::{JobState, Next, Outcome, Task},
        refactor::{PushStatus, RefactorStatus},
        trace::Trace,
    },
    entities::{
        Txn,
        events::{self, NewEvent},
        jobs::{self, NewJob},
        pushes,
        refactors::{self, Fault, Left, Model},
    },
    ids::{JobId, ProjectId, PushId, RefactorId},
};

pub use crate::entities::refactors::{NewCommit as Changed, NewProposal as Proposed};

const ATTEMPTS: i32 = 5;

/// What a refactor's run came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refactored {
    /// There is a proposal.
    Proposed(Proposed),
    /// What was approved is a commit, and the head.
    Applied(Changed),
    /// What takes it back is.
    Reverted(Changed),
    /// The remote has the branch.
    Pushed,
}

/// What somebody wants done about a proposal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Approval {
    /// Apply or revert.
    pub task: Task,
    /// Where the refactor goes meanwhile.
    pub to: RefactorStatus,
    /// JSON: which edits, where some are chosen.
    pub chosen: Option<String>,
}

/// Wants a refactor computed.
pub async fn propose(
    txn: &Txn,
    project: ProjectId,
    by: &Caller,
    asked: String,
    now: Timestamp,
) -> Result<Model, DbErr> {
    let row = refactors::insert(txn, project, by.user, asked, now).await?;
    enqueue(txn, Task::Compute, project, row.id.0, by, now).await?;
    said(txn, &row, by, EventKind::RefactorAsked, json!({}), now).await?;
    Ok(row)
}

/// Wants a proposal applied, or an applied one taken back. `false`: it does not stand where it was read any more.
pub async fn approve(txn: &Txn, row: &Model, by: &Caller, approval: Approval, now: Timestamp) -> Result<bool, DbErr> {
    let Approval { task, to, chosen } = approval;
    if !refactors::advance(txn, row.id, row.status, to, now).await? {
        return Ok(false);
    }
    refactors::approve(txn, row.id, by.user, chosen, now).await?;
    enqueue(txn, task, row.project_id, row.id.0, by, now).await?;
    let kind = if task == Task::Apply { EventKind::RefactorApproved } else { EventKind::RefactorRevertAsked };
    said(txn, row, by, kind, json!({ "status": to }), now).await?;
    Ok(true)
}

/// Wants the applied commit of a refactor pushed; the same push that waits or succeeded is returned instead.
pub async fn request_push(
    txn: &Txn,
    row: &Model,
    by: &Caller,
    branch: &str,
    commit: &str,
    now: Timestamp,
) -> Result<pushes::Model, DbErr> {
    if let Some(same) = pushes::same(txn, row.id, branch, commit).await? {
        return Ok(same);
    }
    let push = pushes::insert(txn, row.id, by.user, branch, commit, now).await?;
    enqueue(txn, Task::Push, row.project_id, push.id.0, by, now).await?;
    said(txn, row, by, EventKind::RefactorPushAsked, json!({ "push_id": push.id }), now).await?;
    Ok(push)
}

async fn enqueue(
    txn: &Txn,
    kind: Task,
    project: ProjectId,
    subject: uuid::Uuid,
    by: &Caller,
    now: Timestamp,
) -> Result<Option<JobId>, DbErr> {
    let job = NewJob {
        kind,
        tenant: project,
        key: mirror_key(project),
        unique_key: Some(format!("refactor:{subject}")),
        subject,
        max_attempts: ATTEMPTS,
        request_id: Some(by.request_id.clone()),
    };
    jobs::enqueue(txn, job, now).await
}

/// Notes the trace of the request that wanted it.
pub async fn trace_refactor(txn: &Txn, subject: uuid::Uuid, trace: Option<Trace>) -> Result<(), DbErr> {
    match trace {
        Some(trace) => jobs::set_trace(txn, subject, trace.to_string()).await,
        None => Ok(()),
    }
}

/// A run begins.
pub(super) async fn start(txn: &Txn, job: &jobs::Model, now: Timestamp) -> Result<(), DbErr> {
    let id = RefactorId(job.subject);
    let Some(row) = refactors::find(txn, id).await? else { return Ok(()) };
    refactors::start(txn, id, row.status.begun(job.kind), now).await
}

/// A run is over.
pub(super) async fn settled(txn: &Txn, end: &End<'_>) -> Result<(), DbErr> {
    let Some(row) = refactors::find(txn, RefactorId(end.job.subject)).await? else { return Ok(()) };
    let status = row.status.settled(end.job.kind, end.state());
    let left = left(end.outcome);
    refactors::settle(txn, row.id, status, &left, &fault(end), end.now).await?;
    let verdict = if let Left::Proposal(made) = &left { Some(made.verdict.as_str()) } else { None };
    let kind = match (end.state(), end.job.kind) {
        (JobState::Queued | JobState::Running, _) => return Ok(()),
        (JobState::Done, Task::Apply) => EventKind::RefactorApplied,
        (JobState::Done, Task::Revert) => EventKind::RefactorReverted,
        (JobState::Done, Task::Compute | Task::Sync | Task::Push) => EventKind::RefactorReady,
        (JobState::Cancelled, _) => EventKind::RefactorCancelled,
        (JobState::Failed | JobState::Dead, _) => EventKind::RefactorFailed,
    };
    let payload = json!({ "status": status, "error": end.note.code, "verdict": verdict });
    tell(txn, &row, end.job, kind, payload, end.now).await
}

/// A push is over.
pub(super) async fn pushed(txn: &Txn, end: &End<'_>) -> Result<(), DbErr> {
    let Some(push) = pushes::find(txn, PushId(end.job.subject)).await? else { return Ok(()) };
    let Some(row) = refactors::find(txn, push.refactor_id).await? else { return Ok(()) };
    let status = PushStatus::settled(end.state());
    let (code, message) = (end.note.code, end.note.message.as_deref());
    pushes::settle(txn, push.id, status, code, message, end.now).await?;
    let kind = match status {
        PushStatus::Pending => return Ok(()),
        PushStatus::Success => EventKind::RefactorPushed,
        PushStatus::Failed => EventKind::RefactorFailed,
    };
    let payload = json!({ "push_id": push.id, "status": status, "error": code });
    tell(txn, &row, end.job, kind, payload, end.now).await
}

fn left(outcome: &Outcome<Achieved>) -> Left {
    let Outcome::Done(Achieved::Refactored(refactored)) = outcome else { return Left::Nothing };
    match refactored.clone() {
        Refactored::Proposed(made) => Left::Proposal(made),
        Refactored::Applied(made) => Left::Applied(made),
        Refactored::Reverted(made) => Left::Reverted(made),
        Refactored::Pushed => Left::Nothing,
    }
}

fn fault(end: &End<'_>) -> Fault {
    let passes = matches!(end.outcome, Outcome::Retry { .. } | Outcome::Crashed);
    let is_cancelled = matches!(end.next, Next::End(JobState::Cancelled));
    Fault {
        code: end.note.code.map(str::to_owned),
        message: end.note.message.clone(),
        retryable: passes && !is_cancelled,
    }
}

/// Asks for the end of a refactor's work. At once when nobody runs it; otherwise its worker is asked. Returns its job
/// when a worker has it.
pub async fn cancel_refactor(
    txn: &Txn,
    row: &Model,
    by: &Caller,
    now: Timestamp,
) -> Result<Option<jobs::Model>, DbErr> {
    let Some(job) = jobs::active_of(txn, row.id.0).await? else { return Ok(None) };
    if !jobs::cancel_queued(txn, job.id, now).await? {
        jobs::request_cancel(txn, job.id, now).await?;
        return Ok(Some(job));
    }
    let status = row.status.settled(job.kind, JobState::Cancelled);
    let (code, message) = ("CANCELLED".to_owned(), "it was cancelled".to_owned());
    let fault = Fault { code: Some(code), message: Some(message), retryable: false };
    refactors::settle(txn, row.id, status, &Left::Nothing, &fault, now).await?;
    said(txn, row, by, EventKind::RefactorCancelled, json!({ "status": status }), now).await?;
    Ok(None)
}

/// Records what somebody wanted.
async fn said(
    txn: &Txn,
    row: &Model,
    by: &Caller,
    kind: EventKind,
    payload: Value,
    now: Timestamp,
) -> Result<(), DbErr> {
    let event = NewEvent {
        kind,
        user: Some(by.user),
        project: Some(row.project_id),
        job: Some(JobId(row.id.0)),
        payload: with_id(row.id, payload),
        request_id: Some(by.request_id.clone()),
    };
    events::record(txn, event, now).await
}

/// Records what came of it. To clients the refactor itself is the job.
async fn tell(
    txn: &Txn,
    row: &Model,
    job: &jobs::Model,
    kind: EventKind,
    payload: Value,
    now: Timestamp,
) -> Result<(), DbErr> {
    let event = NewEvent {
        kind,
        user: None,
        project: Some(row.project_id),
        job: Some(JobId(row.id.0)),
        payload: with_id(row.id, payload),
        request_id: job.request_id.clone(),
    };
    events::record(txn, event, now).await
}

fn with_id(id: RefactorId, mut payload: Value) -> Value {
    if let Value::Object(members) = &mut payload {
        members.insert("refactor_id".into(), json!(id));
        members.retain(|_, value| !value.is_null());
    }
    payload
}
