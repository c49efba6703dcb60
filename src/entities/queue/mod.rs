//! The queue as a whole: a job's row, the domain row it is about and the event of it move together.
//!
//! `claim → perform → settle`: a claim counts the attempt and owns the mirror; `settle` is fenced by both.

mod refactor;
mod sync;

use sea_orm::DbErr;

pub use self::{
    refactor::{
        Approval, Changed, Proposed, Refactored, approve, cancel_refactor, propose, request_push, trace_refactor,
    },
    sync::{Synced, Wish, cancel_superseded, cancel_sync, release_sync, request_sync, trace_sync},
};
pub(super) use sync::active;

use super::{
    Db, Txn, db,
    jobs::{self, Held, Move},
    mirror_owners::{self, Ownership},
    projects, triggers,
};
use crate::{
    clock::Timestamp,
    domain::job::{History, JobState, Next, Outcome, Queue, Task},
    ids::{InstanceId, ProjectId},
};

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

/// What a run came to, by what it was for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Achieved {
    /// A synchronisation.
    Synced(Synced),
    /// A refactor, or the push of one.
    Refactored(Refactored),
}

/// The key that one job of a mirror runs under at a time, whatever its queue.
fn mirror_key(project: ProjectId) -> String {
    format!("mirror:{project}")
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
    if job.kind == Task::Sync {
        triggers::began(&txn, job.tenant).await?;
    }
    if !jobs::take(&txn, &job, me, now).await? {
        return Ok(None);
    }
    let held = Held { job: job.id, attempt: job.attempt.saturating_add(1), owner: me };
    match job.kind {
        Task::Sync => sync::start(&txn, &job, now).await?,
        Task::Compute | Task::Apply | Task::Revert => refactor::start(&txn, &job, now).await?,
        Task::Push => {}
    }
    txn.commit().await?;
    Ok(Some(Claim { job, held, ownership }))
}

/// Ends a run: queue row, domain row and event, all or nothing. `false`: the claim was lost, so nothing was
/// written, and the caller must roll back what it meant to publish.
pub async fn settle(txn: &Txn, held: Held, outcome: &Outcome<Achieved>, now: Timestamp) -> Result<bool, DbErr> {
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
    let end = End { job: &job, next, outcome, note, now };
    match job.kind {
        Task::Sync => sync::settled(txn, &end).await?,
        Task::Compute | Task::Apply | Task::Revert => refactor::settled(txn, &end).await?,
        Task::Push => refactor::pushed(txn, &end).await?,
    }
    Ok(true)
}

/// A run that is over, for the domain row that it is about.
struct End<'e> {
    job: &'e jobs::Model,
    next: Next,
    outcome: &'e Outcome<Achieved>,
    note: Note,
    now: Timestamp,
}

impl End<'_> {
    /// Where the job went.
    fn state(&self) -> JobState {
        match self.next {
            Next::Again(_) => JobState::Queued,
            Next::End(state) => state,
        }
    }
}

fn step(next: Next, outcome: &Outcome<Achieved>, note: &Note, now: Timestamp) -> Move {
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

/// What people and programs are told of a run that did not simply succeed.
struct Note {
    code: Option<&'static str>,
    message: Option<String>,
}

impl Note {
    fn of(next: Next, outcome: &Outcome<Achieved>) -> Self {
        if next == Next::End(JobState::Cancelled) {
            return Self::cancelled();
        }
        match outcome {
            Outcome::Done(Achieved::Synced(synced)) => Self { code: None, message: synced.remark() },
            Outcome::Retry { error, .. } | Outcome::Fatal(error) => {
                Self { code: Some(error.code), message: Some(error.message.clone()) }
            }
            Outcome::Crashed => Self {
                code: Some("WORKER_CRASHED"),
                message: Some("the worker died over the job; after three times it is given up".into()),
            },
            Outcome::Done(Achieved::Refactored(_)) | Outcome::Snooze(_) | Outcome::Cancelled => {
                Self { code: None, message: None }
            }
        }
    }

    fn cancelled() -> Self {
        Self { code: Some("CANCELLED"), message: Some("it was cancelled".into()) }
    }
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
