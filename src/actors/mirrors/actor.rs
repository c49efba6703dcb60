//! A mirror's actor owns the order of work on one mirror: one task at a time. It never works itself, so status and
//! cancel are answered while a clone runs.

use std::{collections::VecDeque, sync::Arc, time::Instant};

use actix::{Actor, AsyncContext, Handler, Message, MessageResult, ResponseFuture, WrapFuture, fut::ActorFutureExt};
use supervise::{AskError, Context};
use tokio::sync::{oneshot, watch};
use tokio_util::sync::CancellationToken;

use super::{
    task::{self, Gauge},
    tend::tend,
};
use crate::{
    actors::World,
    domain::job::Outcome,
    entities::queue::{Achieved, Claim},
    ids::{JobId, ProjectId},
};

/// Owns the order of work on one mirror.
pub struct MirrorActor {
    world: World,
    project: ProjectId,
    running: Option<Running>,
    tending: Option<Tending>,
    waiting: VecDeque<Waiting>,
    idle_since: Instant,
}

struct Running {
    job: JobId,
    stop: CancellationToken,
    gauge: watch::Receiver<Gauge>,
}

/// An actor that dies takes its work with it.
impl Drop for Running {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

/// Housekeeping that goes on; it, too, ends with the actor.
struct Tending(CancellationToken);

impl Drop for Tending {
    fn drop(&mut self) {
        self.0.cancel();
    }
}

struct Waiting {
    order: Perform,
    reply: oneshot::Sender<Done>,
}

/// How an order was carried out.
type Done = Result<Option<Outcome<Achieved>>, Unfinished>;

/// Does what a job is for, after all that was ordered before. The answer comes when it is over: `None` when it was
/// settled with what it published, otherwise what is to be settled.
#[derive(Message)]
#[rtype(result = "Result<Option<Outcome<Achieved>>, Unfinished>")]
pub struct Perform {
    /// The job.
    pub claim: Claim,
    /// Ends it early; whether somebody wanted that or the service stops, its row says.
    pub stop: CancellationToken,
}

/// Why nothing is known of how a task went.
#[derive(Debug, thiserror::Error)]
pub enum Unfinished {
    /// It panicked; the actor lives on.
    #[error("the task panicked")]
    Panicked,
    /// The actor did not take it, or died over it.
    #[error(transparent)]
    Unasked(#[from] AskError),
}

/// Ends the task of this job, if it runs here; answers whether it does.
#[derive(Message)]
#[rtype(result = "bool")]
pub struct Cancel(pub JobId);

/// How far the task of this job is; `None` when it does not run here.
#[derive(Message)]
#[rtype(result = "Option<Gauge>")]
pub struct Status(pub JobId);

impl MirrorActor {
    /// An actor without work.
    pub fn new(world: World, project: ProjectId) -> Self {
        Self { world, project, running: None, tending: None, waiting: VecDeque::new(), idle_since: Instant::now() }
    }

    fn start_next(&mut self, ctx: &mut Context<Self>) {
        if self.running.is_some() {
            return;
        }
        if let Some(tending) = self.tending.as_ref().filter(|_| !self.waiting.is_empty()) {
            // Its end is followed by the next start.
            tending.0.cancel();
            return;
        }
        let Some(Waiting { order, reply }) = self.waiting.pop_front() else {
            self.idle_since = Instant::now();
            return;
        };
        let (gauge, seen) = watch::channel(Gauge::default());
        self.running = Some(Running { job: order.claim.job.id, stop: order.stop.clone(), gauge: seen });
        let work = self.world.work.run(task::run(self.world.clone(), order.claim, order.stop, Arc::new(gauge)));
        let work = work.into_actor(self).map(|outcome, actor, ctx| {
            actor.running = None;
            let published = matches!(outcome, Ok(None));
            // Nobody listens any more when the dispatcher is gone; the sweeper then settles.
            drop(reply.send(outcome.map_err(|_panic| Unfinished::Panicked)));
            actor.start_next(ctx);
            if published {
                actor.tend(ctx);
            }
        });
        ctx.spawn(work);
    }

    /// Uses the time until the next order.
    fn tend(&mut self, ctx: &mut Context<Self>) {
        if self.running.is_some() || self.tending.is_some() {
            return;
        }
        let stop = CancellationToken::new();
        self.tending = Some(Tending(stop.clone()));
        let work = self.world.work.run(tend(self.world.clone(), self.project, stop));
        let work = work.into_actor(self).map(|_, actor, ctx| {
            actor.tending = None;
            actor.start_next(ctx);
        });
        ctx.spawn(work);
    }

    fn running(&self, job: JobId) -> Option<&Running> {
        self.running.as_ref().filter(|running| running.job == job)
    }
}

impl Actor for MirrorActor {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Self::Context) {
        let idle = self.world.config.sync.idle();
        ctx.run_interval(idle, move |actor, ctx| {
            let has_work = actor.running.is_some() || actor.tending.is_some() || !actor.waiting.is_empty();
            if !has_work && actor.idle_since.elapsed() >= idle && ctx.retire() {
                tracing::debug!(project = %actor.project, "mirror's actor retires");
            }
        });
    }
}

impl Handler<Perform> for MirrorActor {
    type Result = ResponseFuture<Done>;

    fn handle(&mut self, order: Perform, ctx: &mut Self::Context) -> Self::Result {
        fail::fail_point!("mirror-actor-sync");
        let (reply, outcome) = oneshot::channel();
        self.waiting.push_back(Waiting { order, reply });
        self.start_next(ctx);
        Box::pin(async move { outcome.await.unwrap_or(Err(Unfinished::Panicked)) })
    }
}

impl Handler<Cancel> for MirrorActor {
    type Result = MessageResult<Cancel>;

    fn handle(&mut self, Cancel(job): Cancel, _: &mut Self::Context) -> Self::Result {
        let running = self.running(job);
        if let Some(running) = running {
            running.stop.cancel();
        }
        MessageResult(running.is_some())
    }
}

impl Handler<Status> for MirrorActor {
    type Result = MessageResult<Status>;

    fn handle(&mut self, Status(job): Status, _: &mut Self::Context) -> Self::Result {
        fail::fail_point!("mirror-actor-status");
        MessageResult(self.running(job).map(|running| *running.gauge.borrow()))
    }
}
