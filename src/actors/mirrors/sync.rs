//! A synchronisation, from the claimed job to what it came to: load, fetch, make the manifest, publish.

use std::{sync::Arc, time::Duration};

use mirror::{SyncError, SyncOptions};
use sea_orm::DbErr;
use serde::{Deserialize, Serialize};
use tokio::{
    sync::watch,
    time::{Instant, sleep},
};
use tokio_util::sync::CancellationToken;

use super::{publish, trouble::Trouble};
use crate::{
    actors::{World, world::breakpoint},
    domain::{
        job::Outcome,
        sync::{Progress, Stage},
    },
    entities::{
        jobs, projects,
        queue::{Claim, Synced},
        syncs,
    },
    ids::SyncId,
};

const REPORT_EVERY: Duration = Duration::from_secs(1);

/// How far a synchronisation is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Gauge {
    /// What it does.
    pub stage: Stage,
    /// How far that is.
    pub progress: Progress,
}

impl Gauge {
    /// All of it is done.
    pub const FULL: Self = Self { stage: Stage::Finalizing, progress: Progress { percent: 100, bytes: 0, objects: 0 } };

    /// At the beginning of `stage`.
    pub fn at(stage: Stage) -> Self {
        Self { stage, progress: Progress::default() }
    }
}

/// What was fetched, to be published.
pub struct Fetched {
    /// The address that it came from; the project may have been linked to another one since.
    pub repo_url: String,
    /// The branch that was asked for, likewise.
    pub wanted_branch: Option<String>,
    /// What Git says of it.
    pub synced: mirror::Synced,
}

/// Runs it. `None`: it was settled in the transaction that published it.
pub async fn run(
    world: World,
    claim: Claim,
    stop: CancellationToken,
    gauge: Arc<watch::Sender<Gauge>>,
) -> Option<Outcome<Synced>> {
    let started = Instant::now();
    let attempt = async {
        tokio::select! {
            done = attempt(&world, &claim, &stop, &gauge) => done,
            never = report(&world, &claim, &stop, gauge.subscribe()) => match never {},
        }
    };
    let outcome = attempt.await;
    let (project, milliseconds) = (claim.job.tenant, started.elapsed().as_secs_f64() * 1e3);
    match outcome {
        Ok(()) => {
            tracing::info!(%project, milliseconds, "synchronised");
            None
        }
        Err(trouble) => {
            // Where it stopped is what people look at next.
            let last = *gauge.borrow();
            if let Err(error) = write(&world, &claim, last).await {
                tracing::warn!(%error, "progress could not be written");
            }
            let error: &dyn std::error::Error = &trouble;
            tracing::warn!(%project, milliseconds, error, "synchronisation did not succeed");
            Some(trouble.into())
        }
    }
}

async fn attempt(
    world: &World,
    claim: &Claim,
    stop: &CancellationToken,
    gauge: &Arc<watch::Sender<Gauge>>,
) -> Result<(), Trouble> {
    breakpoint("sync-task");
    let fetched = fetch(world, claim, stop, gauge).await?;
    let made = match &fetched.synced.head {
        Some(head) => publish::manifest(world, claim, *head, stop, gauge).await?,
        None => None,
    };
    gauge.send_replace(Gauge::at(Stage::Finalizing));
    publish::publish(world, claim, fetched, made).await
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
    Ok(Fetched { repo_url, wanted_branch: project.branch, synced })
}

/// How far the talk with the remote is. Git counts each of its stages from 0 to 100; these are their shares of it all.
fn percent(seen: mirror::Progress) -> u8 {
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

/// Writes the gauge to the job's row at most once a second, and learns there that somebody wants the end.
async fn report(
    world: &World,
    claim: &Claim,
    stop: &CancellationToken,
    mut gauge: watch::Receiver<Gauge>,
) -> std::convert::Infallible {
    loop {
        sleep(REPORT_EVERY).await;
        let seen = *gauge.borrow_and_update();
        match write(world, claim, seen).await {
            Ok(true) => stop.cancel(),
            Ok(false) => {}
            Err(error) => tracing::warn!(%error, "progress could not be written"),
        }
    }
}

async fn write(world: &World, claim: &Claim, gauge: Gauge) -> Result<bool, DbErr> {
    let text = serde_json::to_string(&gauge).unwrap_or_default();
    let txn = world.db.begin().await?;
    let unwanted = jobs::report(&txn, claim.held, text, world.clock.now()).await?;
    txn.commit().await?;
    Ok(unwanted)
}
