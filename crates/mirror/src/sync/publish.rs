//! Moving the mirror's refs: deletions, then updates, each all or none.

use std::{ffi::OsStr, os::unix::ffi::OsStrExt, time::Duration};

use gix::ObjectId;
use tokio::{task::spawn_blocking, time::Instant};
use tokio_util::sync::CancellationToken;

use super::{
    Damaged, SyncError, SyncOptions, TimeLimit,
    refs::{Branch, Move, Plan, upstream_branch},
    session::{Session, Silent, finish},
};
use crate::{
    git::{Area, Git, Limits, redact},
    id::CommitId,
};

/// How long moving refs may take. Cancelling does not shorten it: half of a publication is worse than a late one.
const PUBLISH_LIMIT: Duration = Duration::from_mins(2);

impl Session {
    /// Makes the moves in two transactions, each checked against the values that it replaces. One that is empty costs
    /// no process; killed between them, the next sync makes the rest.
    pub(super) async fn publish(&self, plan: &Plan) -> Result<(), SyncError> {
        self.check_stop()?;
        if plan.is_empty() {
            return Ok(());
        }
        for moves in [&plan.deletions, &plan.updates].into_iter().filter(|moves| !moves.is_empty()) {
            move_refs(&self.git, &self.area, moves).await?;
            breakpoint("refs-moved").await;
        }
        Ok(())
    }

    /// Makes the mirror's HEAD name a published branch.
    pub(super) async fn follow(&self, branch: &Branch) -> Result<(), SyncError> {
        let target = upstream_branch(branch);
        let command = self.git.local(&self.area).args(["symbolic-ref"]);
        let command = command.operands([OsStr::new("HEAD"), OsStr::from_bytes(&target)]);
        self.local(command, None, &uninterrupted()).await
    }

    /// The last moment at which a sync can be stopped.
    pub(super) fn check_stop(&self) -> Result<(), SyncError> {
        if self.limits.cancel.is_cancelled() {
            return Err(SyncError::Cancelled);
        }
        if Instant::now() >= self.limits.deadline {
            return Err(SyncError::TimedOut(TimeLimit::Deadline(self.options.hard_deadline)));
        }
        Ok(())
    }
}

/// Makes the moves, each checked against the value that it replaces, all or none. The lock's holder calls it; nothing
/// stops it but its own limit.
pub(crate) async fn move_refs(git: &Git, area: &Area, moves: &[Move]) -> Result<(), SyncError> {
    let command = git.local(area).args(["update-ref", "--no-deref", "--stdin"]);
    // Only for what a message says of the limit.
    let options = SyncOptions { hard_deadline: PUBLISH_LIMIT, ..SyncOptions::default() };
    finish(command, Some(script(moves)), &uninterrupted(), &options, &mut Silent { remote: false }).await.map(drop)
}

fn uninterrupted() -> Limits {
    Limits { no_progress: PUBLISH_LIMIT, deadline: Instant::now() + PUBLISH_LIMIT, cancel: CancellationToken::new() }
}

/// Where a test may stop what has begun to publish. Without the feature of that name it is nothing at all.
pub(crate) async fn breakpoint(name: &'static str) {
    if fail::has_failpoints() && fail::list().iter().any(|(set, _)| set == name) {
        tracing::info!(breakpoint = name, "come to a breakpoint");
        // It may stay there: on a thread that nobody else needs.
        drop(spawn_blocking(move || fail::fail_point!(name)).await);
    }
}

/// The input of `git update-ref --stdin`. Names are as Git checked them: without spaces and newlines.
fn script(moves: &[Move]) -> Vec<u8> {
    let lines = moves.iter().map(line).collect::<Vec<_>>().concat();
    [b"start\n".as_slice(), &lines, b"commit\n"].concat()
}

fn line(one: &Move) -> Vec<u8> {
    let none = ObjectId::null(gix::hash::Kind::Sha1);
    let from = one.from.unwrap_or(none);
    match one.to {
        Some(to) => [b"update ", one.name.as_slice(), format!(" {to} {from}\n").as_bytes()].concat(),
        None => [b"delete ", one.name.as_slice(), format!(" {from}\n").as_bytes()].concat(),
    }
}

/// The light check: the branch's commit and its tree can be read. Git has checked all that a fetch brought.
pub(super) fn check_tip(repo: &gix::Repository, tip: ObjectId) -> Result<CommitId, SyncError> {
    let damaged =
        |error: gix::Error| SyncError::Corrupt { damaged: Damaged::Mirror, detail: redact(&error.to_string()) };
    let object = repo.find_object(tip).map_err(damaged)?;
    let Ok(commit) = object.peel_to_commit() else {
        let detail = "the branch does not lead to a commit".to_owned();
        return Err(SyncError::Corrupt { damaged: Damaged::Remote, detail });
    };
    commit.tree().map_err(damaged)?;
    Ok(commit.id.into())
}

/// Whether a ref's old value leads to a commit that neither its new value nor the followed branch's tip leads to.
pub(super) fn is_lost(repo: &gix::Repository, from: ObjectId, to: Option<ObjectId>, tip: Option<ObjectId>) -> bool {
    let commit = |id: ObjectId| repo.find_object(id).ok()?.peel_to_commit().ok().map(|it| it.id);
    let Some(from) = commit(from) else { return false };
    let reaches = |id: ObjectId| {
        commit(id).is_some_and(|id| repo.merge_base(from, id).is_ok_and(|base| base.is_some_and(|it| it == from)))
    };
    !to.is_some_and(reaches) && !tip.is_some_and(reaches)
}
