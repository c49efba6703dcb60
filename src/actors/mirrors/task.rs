//! A task on a mirror, from the claimed job to what it came to: performed, with its progress shown, and settled.

use std::{sync::Arc, time::Duration};

use sea_orm::DbErr;
use serde::{Deserialize, Serialize};
use tokio::{
    sync::watch,
    time::{Instant, sleep},
};
use tokio_util::sync::CancellationToken;

use super::{commit, compute, push, sync, trouble::Trouble};
use crate::{
    actors::World,
    domain::{
        job::{Outcome, Task},
        sync::{Progress, Stage},
    },
    entities::{
        jobs,
        queue::{Achieved, Claim},
    },
};

const REPORT_EVERY: Duration = Duration::from_secs(1);

/// How far a task is.
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

/// Runs it. `None`: it was settled in the transaction that published it.
pub async fn run(
    world: World,
    claim: Claim,
    stop: CancellationToken,
    gauge: Arc<watch::Sender<Gauge>>,
) -> Option<Outcome<Achieved>> {
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
            tracing::info!(%project, task = %claim.job.kind, milliseconds, "done");
            None
        }
        Err(trouble) => {
            // Where it stopped is what people look at next.
            let last = *gauge.borrow();
            if let Err(error) = write(&world, &claim, last).await {
                tracing::warn!(%error, "progress could not be written");
            }
            let error: &dyn std::error::Error = &trouble;
            tracing::warn!(%project, task = %claim.job.kind, milliseconds, error, "a task did not succeed");
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
    match claim.job.kind {
        Task::Sync => sync::attempt(world, claim, stop, gauge).await,
        Task::Compute => compute::attempt(world, claim, stop, gauge).await,
        Task::Apply | Task::Revert => commit::attempt(world, claim, stop, gauge).await,
        Task::Push => push::attempt(world, claim, stop, gauge).await,
    }
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
