//! An applied refactor onto a new branch of the remote: what was written down is done, and what came of it written down.

use std::sync::Arc;

use mirror::{BranchName, SyncError};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use super::{publish::NotPublished, sync::percent, task::Gauge, trouble::Trouble};
use crate::{
    actors::{World, world::breakpoint},
    domain::{
        job::Outcome,
        sync::{Progress, Stage},
    },
    entities::{
        mirror_owners, projects, pushes,
        queue::{self, Achieved, Claim, Refactored},
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
