//! One child in the care of a supervisor: its place, its thread, its present life.

use std::io;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use actix::{Arbiter, ArbiterHandle};
use futures::FutureExt;
use futures::future::LocalBoxFuture;
use tokio::sync::oneshot;
use tokio::time::Instant;

use crate::event::{Events, What};
use crate::exit::Exit;
use crate::life::{Birth, Care, End, Life, Turn, Watch};
use crate::policy::Restart;
use crate::report::{Node, State};
use crate::roster::Vacancy;
use crate::start::Start;

/// The outcome of a start: a life to watch, or its end.
pub(crate) type Starting = LocalBoxFuture<'static, Result<Watch, End>>;

/// What does not change from one life of a child to the next.
pub(crate) struct Blueprint {
    pub(crate) node: Arc<Node>,
    pub(crate) start: Arc<dyn Start>,
    pub(crate) restart: Restart,
    pub(crate) care: Care,
    pub(crate) own_thread: bool,
    pub(crate) events: Events,
}

/// A thread for lives: the one we are on, or one of our own that is replaced when it does not answer.
pub(crate) struct Station {
    own: bool,
    arbiter: Option<Arbiter>,
    turn: Turn,
    /// How often the thread was replaced.
    round: u64,
}

impl Station {
    pub(crate) fn new(own: bool) -> Self {
        Self { own, arbiter: None, turn: Turn::default(), round: 0 }
    }

    pub(crate) fn round(&self) -> u64 {
        self.round
    }

    fn arbiter(&mut self) -> io::Result<ArbiterHandle> {
        if !self.own {
            return Arbiter::try_current().ok_or_else(|| io::Error::other("not on an actix system"));
        }
        // One that an actor has stopped is of no use any more.
        if let Some(arbiter) = self.arbiter.as_ref().filter(|arbiter| arbiter.alive()) {
            return Ok(arbiter.handle());
        }
        let arbiter = Arbiter::try_new()?;
        let handle = arbiter.handle();
        self.arbiter = Some(arbiter);
        Ok(handle)
    }

    /// Leaves the thread of `round` behind; it ends when it wakes up. Another one is made when it is needed.
    pub(crate) fn abandon(&mut self, round: u64) {
        if self.round == round {
            self.release();
            self.turn = Turn::default();
            self.round += 1;
        }
    }

    pub(crate) fn release(&mut self) {
        if let Some(arbiter) = self.arbiter.take() {
            arbiter.stop();
        }
    }
}

impl Drop for Station {
    fn drop(&mut self) {
        self.release();
    }
}

/// A child with at most one life. Dropped, it kills the life and tells the slot that nobody comes any more.
pub(crate) struct Charge {
    pub(crate) blueprint: Arc<Blueprint>,
    life: Option<Arc<Life>>,
    round: u64,
}

impl Charge {
    pub(crate) fn new(blueprint: Arc<Blueprint>) -> Self {
        Self { blueprint, life: None, round: 0 }
    }

    pub(crate) fn node(&self) -> &Arc<Node> {
        &self.blueprint.node
    }

    /// Begins a life. The future says when it has started, or that it has not.
    pub(crate) fn launch(&mut self, station: &mut Station) -> (Arc<Life>, Starting) {
        let node = self.node();
        let generation = node.next_generation();
        let arbiter = station.arbiter();
        let life = Life::new(node, generation, station.turn.another());
        node.live(&life);
        let (birth, watch) = self.birth(&life);
        self.round = station.round();
        self.life = Some(Arc::clone(&life));
        let start = match arbiter {
            Ok(arbiter) => {
                // A thread that has ended drops the birth, which the watch sees as the end of the life.
                self.blueprint.start.launch(birth, &arbiter);
                watch.until_started().boxed_local()
            }
            Err(error) => {
                let exit = Exit::Failed(format!("no thread for it: {error}"));
                async move { Err(exit.into()) }.boxed_local()
            }
        };
        (life, start)
    }

    fn birth(&self, life: &Arc<Life>) -> (Birth, Watch) {
        let (ready, is_ready) = oneshot::channel();
        let (done, is_done) = oneshot::channel();
        let birth = Birth {
            life: Arc::clone(life),
            node: Arc::clone(self.node()),
            events: self.blueprint.events.clone(),
            ready,
            done,
        };
        let watch = Watch { life: Arc::clone(life), ready: is_ready, done: is_done, care: self.blueprint.care };
        (birth, watch)
    }

    pub(crate) fn started(&self) {
        self.node().enter(State::Running);
        self.emit(What::Started);
    }

    pub(crate) fn stop(&self) {
        if let Some(life) = &self.life {
            self.node().enter(State::Stopping);
            life.stop.cancel();
        }
    }

    /// Notes the end of the present life.
    pub(crate) fn ended(&mut self, end: &End, station: &mut Station) {
        self.life = None;
        self.node().ended(&end.exit, end.abandoned);
        self.blueprint.start.vacate(Vacancy::Starting);
        self.emit(What::Exited(end.exit.clone()));
        if end.abandoned {
            station.abandon(self.round);
            self.emit(What::ThreadAbandoned);
        }
    }

    /// It comes back in its turn, from `due` on.
    pub(crate) fn await_turn(&self, due: Instant) {
        let delay = due.saturating_duration_since(Instant::now());
        self.node().wait(State::BackingOff, SystemTime::now() + delay);
        self.blueprint.start.vacate(Vacancy::Until(due));
    }

    /// Nobody comes any more.
    pub(crate) fn close(&self) {
        self.blueprint.start.vacate(Vacancy::Closed);
    }

    /// The next life starts at `due`.
    pub(crate) fn back_off(&self, due: Instant) {
        self.await_turn(due);
        self.emit(What::BackingOff(due.saturating_duration_since(Instant::now())));
    }

    /// The next life starts after a long `pause`.
    pub(crate) fn quarantine(&self, pause: Duration) {
        self.node().wait(State::Quarantined, SystemTime::now() + pause);
        self.blueprint.start.vacate(Vacancy::Quarantined(Instant::now() + pause));
        self.emit(What::Quarantined(pause));
    }

    pub(crate) fn emit(&self, what: What) {
        let node = self.node();
        self.blueprint.events.emit(&node.path, node.generation(), what);
    }
}

impl Drop for Charge {
    fn drop(&mut self) {
        if let Some(life) = &self.life {
            life.kill.cancel();
            life.load.shut();
        }
        self.node().enter(State::Stopped);
        self.close();
    }
}
