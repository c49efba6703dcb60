//! Claim, perform, settle: each claimed job is seen to its end here, also when its mirror's actor dies over it.

use std::{sync::Arc, time::Duration};

use strum::IntoEnumIterator;
use supervise::{AskError, Stop};
use tokio::{
    sync::Semaphore,
    task::JoinSet,
    time::{sleep, timeout},
};
use tokio_util::sync::CancellationToken;
use tracing::Instrument;

use super::Pulses;
use crate::{
    actors::{
        World,
        infra::keeper::{Life, Membership},
        mirrors::{
            Mirrors,
            actor::{Perform, Unfinished},
        },
    },
    domain::{
        job::{JobError, Outcome, Queue, Task},
        trace::Trace,
    },
    entities::queue::{self, Achieved, Claim},
    storage::transport::Topic,
};

/// Looks without a hint this often.
const SECOND_LOOK: Duration = Duration::from_secs(2);
/// Between two attempts to write down how a job ended.
const SETTLE_AGAIN: Duration = Duration::from_secs(1);
/// What the limits of a job's parts leave for the rest of it.
const MARGIN: Duration = Duration::from_mins(1);

/// Owns the budget of one queue on this instance.
#[derive(Clone)]
pub struct Dispatcher {
    /// Rows and threads.
    pub world: World,
    /// Which queue.
    pub queue: Queue,
    /// In whose name jobs are claimed.
    pub membership: Membership,
    /// Who performs them.
    pub mirrors: Mirrors,
    /// Where it shows that it is alive.
    pub pulses: Pulses,
}

impl Dispatcher {
    /// Takes jobs until it is told to stop; then lets those under way end, and gives back what does not in time.
    pub async fn run(self, stop: Stop) {
        let permits = Arc::new(Semaphore::new(self.permits()));
        let mut running = JoinSet::new();
        let hurry = CancellationToken::new();
        while !stop.is_requested() {
            while running.try_join_next().is_some() {}
            let permit = tokio::select! {
                permit = Arc::clone(&permits).acquire_owned() => permit,
                () = stop.requested() => break,
            };
            let (Ok(permit), Some(claim)) = (permit, self.next(&stop).await) else { continue };
            let job = self.clone().see_through(claim, hurry.child_token());
            running.spawn(
                async move {
                    job.await;
                    drop(permit);
                }
                .in_current_span(),
            );
        }
        self.drain(running, &hurry).await;
    }

    /// How many jobs of the queue run at the same time here.
    fn permits(&self) -> usize {
        let config = &self.world.config;
        match self.queue {
            Queue::RepoSync => config.sync.concurrent.get(),
            Queue::Refactor => config.refactor.concurrent.get(),
        }
    }

    /// What a job's parts may take together, each of which has a limit of its own.
    fn limit(&self, task: Task) -> Duration {
        let (sync, engine) = (self.world.config.sync.time_limit(), self.world.config.engine.time_limit());
        let refactor = self.world.config.refactor.time_limit();
        MARGIN
            + match task {
                Task::Sync => sync + engine,
                Task::Apply | Task::Revert => refactor + engine,
                Task::Compute | Task::Push => refactor,
            }
    }

    async fn drain(&self, mut running: JoinSet<()>, hurry: &CancellationToken) {
        let grace = self.world.config.http.shutdown_grace();
        let all = async { while running.join_next().await.is_some() {} };
        if timeout(grace, all).await.is_err() {
            tracing::info!(jobs = running.len(), "jobs under way are given back");
            hurry.cancel();
            while running.join_next().await.is_some() {}
        }
    }

    /// The next claim, or `None` after a while without one.
    async fn next(&self, stop: &Stop) -> Option<(Claim, Life)> {
        let now = self.world.clock.now();
        self.pulses.beat(self.queue, |pulse| pulse.heartbeat = Some(now));
        let life = tokio::select! {
            life = self.membership.life() => life,
            () = stop.requested() => return None,
        };
        // Without room it would only fail; it waits in the queue until there is some.
        if !self.world.room.is_short() {
            match queue::claim(&self.world.db, self.queue, life.id, now).await {
                Ok(Some(claim)) => return Some((claim, life)),
                Ok(None) => {}
                Err(error) => tracing::warn!(queue = %self.queue, %error, "no job could be claimed"),
            }
        }
        tokio::select! {
            _ = timeout(SECOND_LOOK, self.world.db.transport().nudged(Topic::Queue(self.queue))) => {}
            () = stop.requested() => {}
        }
        None
    }

    async fn see_through(self, (claim, life): (Claim, Life), stop: CancellationToken) {
        let job = &claim.job;
        let trace = job.trace.as_deref().and_then(Trace::parse).map(Trace::id);
        let span = tracing::info_span!(
            "job", job = %job.id, queue = %job.queue, project = %job.tenant, attempt = claim.held.attempt,
            request_id = job.request_id.as_deref(), trace_id = trace,
        );
        let run = async {
            self.pulses.beat(self.queue, |pulse| pulse.running = pulse.running.saturating_add(1));
            let outcome = self.perform(claim.clone(), &life, stop).await;
            let succeeded = outcome.is_none() && !life.over.is_cancelled();
            if let Some(outcome) = outcome {
                self.settle(&claim, outcome, &life).await;
            }
            // What waited for this mirror, in whichever queue, may begin.
            for queue in Queue::iter() {
                self.world.db.transport().nudge(Topic::Queue(queue));
            }
            let now = self.world.clock.now();
            self.pulses.beat(self.queue, |pulse| {
                pulse.running = pulse.running.saturating_sub(1);
                *(if succeeded { &mut pulse.last_success } else { &mut pulse.last_failure }) = Some(now);
            });
        };
        run.instrument(span).await;
    }

    /// What the job came to; `None` when that is settled already.
    async fn perform(&self, claim: Claim, life: &Life, stop: CancellationToken) -> Option<Outcome<Achieved>> {
        let limit = self.limit(claim.job.kind);
        let order = Perform { claim: claim.clone(), stop: stop.clone() };
        let ask = async { self.mirrors.get(&claim.job.tenant)?.ask_within(order, limit).await };
        let answer = tokio::select! {
            answer = ask => answer,
            () = life.over.cancelled() => {
                // Another instance may have it by now; there is nothing to settle any more.
                stop.cancel();
                return None;
            }
        };
        match answer {
            Ok(outcome) => outcome,
            Err(Unfinished::Panicked | Unfinished::Unasked(AskError::Lost)) => Some(Outcome::Crashed),
            Err(Unfinished::Unasked(AskError::Timeout)) => {
                stop.cancel();
                let message = "the job did not come to an end in its time".to_owned();
                Some(Outcome::Retry { error: JobError { code: "TIMEOUT", message }, after: None })
            }
            Err(Unfinished::Unasked(AskError::Down | AskError::Overloaded)) => {
                Some(Outcome::Snooze(Duration::from_secs(1)))
            }
            Err(Unfinished::Unasked(AskError::Quarantined { retry_in })) => Some(Outcome::Snooze(retry_in)),
        }
    }

    /// Writes down how it ended, however often it takes; only the end of this life, or another's claim, ends that.
    async fn settle(&self, claim: &Claim, outcome: Outcome<Achieved>, life: &Life) {
        while !life.over.is_cancelled() {
            match self.try_settle(claim, &outcome).await {
                Ok(true) => return,
                Ok(false) => return tracing::info!("the claim was lost; the job is deleted or somebody else's"),
                Err(error) => tracing::warn!(%error, "the job's end could not be written; trying again"),
            }
            sleep(SETTLE_AGAIN).await;
        }
    }

    async fn try_settle(&self, claim: &Claim, outcome: &Outcome<Achieved>) -> Result<bool, sea_orm::DbErr> {
        let txn = self.world.db.begin().await?;
        let settled = queue::settle(&txn, claim.held, outcome, self.world.clock.now()).await?;
        txn.commit().await?;
        Ok(settled)
    }
}
