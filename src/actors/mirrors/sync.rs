//! A synchronisation: load, fetch, make the manifest, publish.

use std::sync::Arc;

use mirror::{CommitId, SyncError, SyncOptions};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use super::{
    publish::{self, NotPublished},
    restore::{contained, is_there, restore},
    task::Gauge,
    trouble::Trouble,
};
use crate::{
    actors::{World, world::breakpoint},
    domain::sync::{Progress, Stage},
    entities::{projects, queue::Claim, syncs},
    ids::{RefactorId, SyncId},
};

/// What was fetched, to be published.
pub struct Fetched {
    /// The address that it came from; the project may have been linked to another one since.
    pub repo_url: String,
    /// The branch that was asked for, likewise.
    pub wanted_branch: Option<String>,
    /// What Git says of it.
    pub synced: mirror::Synced,
    /// A commit of ours that stays the head, since the remote stands where it stood.
    pub own: Option<CommitId>,
    /// Applied refactors that the remote has, where the head goes with it.
    pub contained: Vec<RefactorId>,
}

/// Fetches, makes the manifest, publishes.
pub async fn attempt(
    world: &World,
    claim: &Claim,
    stop: &CancellationToken,
    gauge: &Arc<watch::Sender<Gauge>>,
) -> Result<(), Trouble> {
    breakpoint("sync-task");
    let mut fetched = fetch(world, claim, stop, gauge).await?;
    restore(world, claim.job.tenant, stop).await?;
    fetched.own = own_head(world, claim, &fetched).await?;
    if fetched.own.is_none()
        && let Some(upstream) = fetched.synced.head
    {
        fetched.contained = contained(world, claim.job.tenant, upstream).await?;
    }
    let made = match fetched.own.or(fetched.synced.head) {
        Some(head) => publish::manifest(world, claim, head, stop, gauge).await?,
        None => None,
    };
    gauge.send_replace(Gauge::at(Stage::Finalizing));
    publish::publish(world, claim, fetched, made).await
}

/// The head that was applied on top of where the remote stands still, if there is one.
async fn own_head(world: &World, claim: &Claim, fetched: &Fetched) -> Result<Option<CommitId>, Trouble> {
    let project = projects::find(world.db.read(), claim.job.tenant).await?.ok_or(Trouble::Gone)?;
    let upstream = fetched.synced.head.map(|commit| commit.to_string());
    if upstream.is_none() || project.upstream_commit != upstream || project.head_commit == upstream {
        return Ok(None);
    }
    let Some(own) = project.head_commit else { return Ok(None) };
    if !is_there(world, claim.job.tenant, &own).await? {
        tracing::warn!(project = %project.id, own, "the head was lost with the mirror; the remote's takes its place");
        return Ok(None);
    }
    Ok(Some(own.parse().map_err(NotPublished::unreadable)?))
}

async fn fetch(
    world: &World,
    claim: &Claim,
    stop: &CancellationToken,
    gauge: &Arc<watch::Sender<Gauge>>,
) -> Result<Fetched, Trouble> {
    gauge.send_replace(Gauge::at(Stage::Running));
    let db = world.db.read();
    let project = projects::find(db, claim.job.tenant).await?.ok_or(Trouble::Gone)?;
    let sync = syncs::find(db, SyncId(claim.job.subject)).await?.ok_or(Trouble::Gone)?;
    let repo_url = project.repo_url.ok_or(Trouble::Gone)?;
    let remote = world.opened(project.id, world.remote(&repo_url).map_err(SyncError::from)?).await?;
    let options = SyncOptions {
        branch: project.branch.clone(),
        no_progress_limit: world.config.sync.stall_limit(),
        hard_deadline: world.config.sync.time_limit(),
        allow_mass_deletion: sync.released,
        least_free_bytes: world.config.storage.reserve_bytes(),
        max_received_bytes: world.config.sync.most_repo_bytes(),
        max_disk_bytes: world.config.sync.most_repo_bytes(),
        // Somebody who read it last time found damage that a fetch alone would not see.
        suspected: claim.job.error.as_deref() == Some("MIRROR_CORRUPT"),
        ..SyncOptions::default()
    };
    let mirror = world.mirror(claim.job.tenant);
    publish::forget_other_remote(world, claim.job.tenant, &repo_url).await?;
    let shown = Arc::clone(gauge);
    let show = move |seen: mirror::Progress| {
        let progress =
            Progress { percent: percent(seen), bytes: seen.bytes.unwrap_or(0), objects: seen.objects.unwrap_or(0) };
        shown.send_replace(Gauge { stage: Stage::Running, progress });
    };
    breakpoint("fetch");
    let synced = mirror.sync(remote, options, show, stop.clone()).await?;
    breakpoint("fetched");
    if let Some(repair) = &synced.repaired {
        tracing::warn!(project = %project.id, ?repair, "a damaged mirror was repaired");
    }
    Ok(Fetched { repo_url, wanted_branch: project.branch, synced, own: None, contained: Vec::new() })
}

/// How far the talk with the remote is. Git counts each of its stages from 0 to 100; these are their shares of it all.
pub fn percent(seen: mirror::Progress) -> u8 {
    let (from, to) = match seen.stage {
        // Only a push sends.
        mirror::Stage::Connecting | mirror::Stage::Sending => (0, 0),
        mirror::Stage::Counting => (0, 5),
        mirror::Stage::Compressing => (5, 10),
        mirror::Stage::Receiving => (10, 80),
        mirror::Stage::Resolving => (80, 95),
        mirror::Stage::Checking => (95, 99),
        mirror::Stage::Publishing => (99, 100),
    };
    let within = u16::from(seen.percent.unwrap_or(0).min(100)) * (to - from) / 100;
    u8::try_from(from + within).unwrap_or(100)
}
