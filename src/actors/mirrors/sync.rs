//! A synchronisation, from the claimed job to what it came to: load, fetch, make the manifest, publish.

use std::{sync::Arc, time::Duration};

use mirror::{Damaged, SyncError, SyncOptions};
use sea_orm::DbErr;
use serde::{Deserialize, Serialize};
use tokio::{
    sync::watch,
    time::{Instant, sleep},
};
use tokio_util::sync::CancellationToken;

use super::publish::{self, NotPublished};
use crate::{
    actors::{World, world::breakpoint},
    domain::{
        job::{JobError, Outcome},
        sync::{Progress, Stage},
    },
    engine::EngineError,
    entities::{
        jobs, projects,
        queue::{Claim, Synced},
        syncs,
    },
    ids::SyncId,
    storage::objects::StorageError,
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

/// Why a synchronisation did not come to its end.
#[derive(Debug, thiserror::Error)]
pub enum Trouble {
    /// Git's part failed.
    #[error(transparent)]
    Git(#[from] SyncError),
    /// The manifest's part failed.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// What was made could not be published.
    #[error(transparent)]
    Publish(#[from] NotPublished),
    /// The project was deleted or linked elsewhere.
    #[error("the project is gone")]
    Gone,
}

impl From<DbErr> for Trouble {
    fn from(error: DbErr) -> Self {
        Self::Publish(error.into())
    }
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
    let remote = world.remote(&repo_url).map_err(SyncError::from)?;
    let options = SyncOptions {
        branch: project.branch.clone(),
        no_progress_limit: world.config.sync.stall_limit(),
        hard_deadline: world.config.sync.time_limit(),
        allow_mass_deletion: sync.released,
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
    let synced = mirror.sync(&remote, options, show, stop.clone()).await?;
    Ok(Fetched { repo_url, wanted_branch: project.branch, synced })
}

/// How far the talk with the remote is. Git counts each of its stages from 0 to 100; these are their shares of it all.
fn percent(seen: mirror::Progress) -> u8 {
    let (from, to) = match seen.stage {
        mirror::Stage::Connecting => (0, 0),
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

/// Which failures may pass, which do not, and what clients are told.
impl From<Trouble> for Outcome<Synced> {
    fn from(trouble: Trouble) -> Self {
        let message = trouble.to_string();
        let fatal = |code| Self::Fatal(JobError { code, message: message.clone() });
        let retry = |code| Self::Retry { error: JobError { code, message: message.clone() }, after: None };
        match trouble {
            Trouble::Git(error) => of_git(&error, fatal, retry),
            Trouble::Engine(error) => match error {
                // Whether somebody wanted the end or the service stops, the job's row says.
                EngineError::Cancelled => Self::Snooze(Duration::ZERO),
                EngineError::TimedOut => fatal("TIMEOUT"),
                EngineError::Corrupt(_) => retry("MIRROR_CORRUPT"),
                EngineError::Failed(_) => fatal("INTERNAL_ERROR"),
                EngineError::Died(_) => Self::Crashed,
                EngineError::Io(_) => retry("INTERNAL_ERROR"),
            },
            Trouble::Publish(NotPublished::Lost) => Self::Snooze(Duration::ZERO),
            Trouble::Publish(NotPublished::Storage(StorageError::Full)) => retry("STORAGE_FULL"),
            Trouble::Publish(NotPublished::Storage(_)) => retry("DEPENDENCY_FAILURE"),
            Trouble::Publish(NotPublished::Database(_)) => retry("DEPENDENCY_FAILURE"),
            Trouble::Gone => Self::Cancelled,
        }
    }
}

fn of_git(
    error: &SyncError,
    fatal: impl Fn(&'static str) -> Outcome<Synced>,
    retry: impl Fn(&'static str) -> Outcome<Synced>,
) -> Outcome<Synced> {
    match error {
        SyncError::AuthFailed => fatal("REPO_AUTH_FAILED"),
        SyncError::Unreachable(_) | SyncError::TimedOut(_) => retry("REPO_UNREACHABLE"),
        SyncError::NotFound | SyncError::UnsupportedObjectFormat => fatal("REPO_NOT_FOUND"),
        SyncError::UrlRefused(_) => fatal("REPO_URL_REFUSED"),
        SyncError::BranchNotFound(_) => fatal("BRANCH_NOT_FOUND"),
        SyncError::TooLarge(_) => fatal("REPO_TOO_LARGE"),
        SyncError::Corrupt { damaged: Damaged::Remote, .. } => fatal("MIRROR_CORRUPT"),
        SyncError::Corrupt { damaged: Damaged::Mirror, .. } => retry("MIRROR_CORRUPT"),
        SyncError::StorageFull => retry("STORAGE_FULL"),
        SyncError::Held { deleted, total } => Outcome::Done(Synced::Held {
            deleted: u64::try_from(*deleted).unwrap_or(u64::MAX),
            total: u64::try_from(*total).unwrap_or(u64::MAX),
        }),
        SyncError::Cancelled => Outcome::Snooze(Duration::ZERO),
        // Another process of this machine still writes it: a former life of ours that is on its way out.
        SyncError::Locked => Outcome::Snooze(Duration::from_secs(2)),
        SyncError::Local { .. } | SyncError::Git { .. } => retry("INTERNAL_ERROR"),
    }
}
