//! An applied refactor onto a new branch of the remote: what was written down is done, and what came of it written down.

use std::sync::Arc;

use mirror::{BranchName, CommitError, SyncError};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use super::{
    publish::NotPublished,
    restore::{again, is_there},
    sync::percent,
    task::Gauge,
    trouble::Trouble,
};
use crate::{
    actors::{World, world::breakpoint},
    domain::{
        job::Outcome,
        sync::{Progress, Stage},
    },
    entities::{
        mirror_owners, projects, pushes,
        queue::{self, Achieved, Claim, Refactored},
        refactors,
    },
    ids::PushId,
};

/// Pushes. Done again after a crash, it finds the branch where it is to be, which is success.
pub async fn attempt(
    world: &World,
    claim: &Claim,
    stop: &CancellationToken,
    gauge: &Arc<watch::Sender<Gauge>>,
) -> Result<(), Trouble> {
    breakpoint("push-task");
    gauge.send_replace(Gauge::at(Stage::Running));
    let db = world.db.read();
    let push = pushes::find(db, PushId(claim.job.subject)).await?.ok_or(Trouble::Gone)?;
    at_hand(world, claim, &push, stop).await?;
    let project = projects::find(db, claim.job.tenant).await?.ok_or(Trouble::Gone)?;
    let repo_url = project.repo_url.ok_or(Trouble::Gone)?;
    let remote = world.opened(project.id, world.remote(&repo_url).map_err(SyncError::from)?).await?;
    let branch = BranchName::parse(&push.branch).map_err(NotPublished::unreadable)?;
    let commit = push.commit.parse().map_err(NotPublished::unreadable)?;
    let wanted = mirror::Push {
        no_progress_limit: world.config.sync.stall_limit(),
        hard_deadline: world.config.refactor.time_limit(),
        ..mirror::Push::new(commit, branch)
    };
    let shown = Arc::clone(gauge);
    let show = move |seen: mirror::Progress| {
        let (bytes, objects) = (seen.bytes.unwrap_or(0), seen.objects.unwrap_or(0));
        let progress = Progress { percent: percent(seen), bytes, objects };
        shown.send_replace(Gauge { stage: Stage::Running, progress });
    };
    let pushed = world.mirror(project.id).push(remote, wanted, show, stop.clone()).await?;
    tracing::info!(project = %project.id, push = %push.id, ?pushed, "pushed");
    breakpoint("pushed");
    confirm(world, claim).await
}

/// Goes on if the mirror has the commit, made again if it was lost with the mirror.
async fn at_hand(world: &World, claim: &Claim, push: &pushes::Model, stop: &CancellationToken) -> Result<(), Trouble> {
    let project = claim.job.tenant;
    if !world.mirror(project).is_present() {
        return Err(Trouble::NotSynced);
    }
    if is_there(world, project, &push.commit).await? {
        return Ok(());
    }
    let row = refactors::find(world.db.read(), push.refactor_id).await?.ok_or(Trouble::Gone)?;
    match again(world, project, row.applied_recipe.as_deref().ok_or(Trouble::Lost)?, stop).await {
        Ok(made) if made == push.commit => Ok(()),
        Ok(_) | Err(Trouble::Commit(CommitError::NoSuchCommit(_))) => Err(Trouble::Lost),
        Err(trouble) => Err(trouble),
    }
}

async fn confirm(world: &World, claim: &Claim) -> Result<(), Trouble> {
    let txn = world.db.begin().await?;
    // The project's row first, as everywhere.
    projects::find_for_update(&txn, claim.job.tenant).await?.ok_or(Trouble::Gone)?;
    if mirror_owners::fenced(&txn, &claim.ownership).await?.is_none() {
        return Err(NotPublished::Lost.into());
    }
    let outcome = Outcome::Done(Achieved::Refactored(Refactored::Pushed));
    if !queue::settle(&txn, claim.held, &outcome, world.clock.now()).await? {
        return Err(NotPublished::Lost.into());
    }
    txn.commit().await?;
    Ok(())
}
