//! One child of a [`Dynamic`](crate::Dynamic), and what its failures are worth.

use std::sync::Arc;
use std::time::Duration;

use actix::Actor;
use tokio::sync::{Notify, oneshot};
use tokio::time::Instant;

use crate::actor::{ActorStart, Factory};
use crate::charge::{Blueprint, Charge, Starting, Station};
use crate::context::Context;
use crate::dynamic::DynamicPolicy;
use crate::event::{Events, What};
use crate::exit::{Exit, Kill};
use crate::life::{Care, End};
use crate::policy::{Restart, Tally};
use crate::report::{Kind, Node, State};
use crate::roster::{Chair, Vacancy};
use crate::slot::Slot;

pub(crate) struct Ward<A: Actor<Context = Context<A>>> {
    pub(crate) charge: Charge,
    pub(crate) station: usize,
    slot: Slot<A>,
    phase: Phase,
    up_since: Option<Instant>,
    crashes: Tally,
    streak: u32,
    /// Quarantines in a row.
    rounds: u32,
    waits: u64,
    retired: Vec<oneshot::Sender<()>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    Alive,
    /// Asked to end, in order to be forgotten.
    Leaving,
    /// Asked to end, in order to be started again.
    Restarting,
    /// Waiting for its next life, or down for a moment.
    Waiting,
}

/// What follows from the end of a life.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Next {
    Leave,
    Launch,
    Wait(Duration),
    Quarantine { round: u32, pause: Duration },
}

impl<A: Actor<Context = Context<A>>> Ward<A> {
    pub(crate) fn new(
        path: String,
        slot: Slot<A>,
        factory: Arc<Factory<A>>,
        station: usize,
        policy: &DynamicPolicy,
        bell: &Arc<Notify>,
        events: &Events,
    ) -> Self {
        let chair = Chair { slot: slot.clone(), index: 0 };
        let care = Care { start: policy.start, grace: policy.grace, liveness: policy.liveness };
        let blueprint = Blueprint {
            node: Node::new(path, Kind::Actor, Arc::clone(bell)),
            start: Arc::new(ActorStart::new(chair, factory)),
            restart: Restart::Transient,
            care,
            own_thread: policy.threads > 0,
            events: events.clone(),
        };
        Self {
            charge: Charge::new(Arc::new(blueprint)),
            station,
            slot,
            phase: Phase::Waiting,
            up_since: None,
            crashes: Tally::default(),
            streak: 0,
            rounds: 0,
            waits: 0,
            retired: Vec::new(),
        }
    }

    /// Closes a slot whose child was never taken in.
    pub(crate) fn refuse(slot: &Slot<A>) {
        let slot = slot.clone();
        Chair { slot, index: 0 }.vacate(Vacancy::Closed);
    }

    pub(crate) fn launch(&mut self, station: &mut Station) -> Starting {
        self.phase = Phase::Alive;
        let (_, start) = self.charge.launch(station);
        start
    }

    pub(crate) fn started(&mut self) {
        self.up_since = Some(Instant::now());
        self.charge.started();
        if self.phase != Phase::Alive {
            // Asked to end while it was starting.
            self.charge.node().enter(State::Stopping);
        }
    }

    /// Notes the end of a life and says what comes next.
    pub(crate) fn ended(&mut self, end: &End, station: &mut Station, policy: &DynamicPolicy) -> Next {
        self.charge.ended(end, station);
        let lived = self.up_since.take().map(|since| since.elapsed());
        if lived.is_some_and(|lived| lived >= policy.window) {
            self.streak = 0;
        }
        match std::mem::replace(&mut self.phase, Phase::Waiting) {
            Phase::Leaving => {
                self.phase = Phase::Leaving;
                Next::Leave
            }
            Phase::Restarting => Next::Launch,
            Phase::Alive | Phase::Waiting => self.judge(&end.exit, policy),
        }
    }

    fn judge(&mut self, exit: &Exit, policy: &DynamicPolicy) -> Next {
        if !exit.is_failure() {
            return Next::Leave;
        }
        // Who was ended for the sake of another on the same thread has done nothing.
        let guilty = !matches!(exit, Exit::Killed(Kill::Thread));
        let crashes = if guilty { self.crashes.add(Instant::now(), policy.window) } else { 0 };
        let many = crashes >= usize::try_from(policy.crashes.max(1)).unwrap_or(usize::MAX);
        if guilty && (many || self.is_on_trial()) {
            self.rounds = self.rounds.saturating_add(1);
            let pause = policy.quarantine.draw(self.rounds);
            self.charge.quarantine(pause);
            return Next::Quarantine { round: self.rounds, pause };
        }
        Next::Wait(self.back_off(policy))
    }

    fn back_off(&mut self, policy: &DynamicPolicy) -> Duration {
        self.streak = self.streak.saturating_add(1);
        let delay = policy.backoff.draw(self.streak);
        self.charge.back_off(Instant::now() + delay);
        delay
    }

    /// Begins a wait and answers its number.
    pub(crate) fn wait(&mut self) -> u64 {
        self.waits += 1;
        self.waits
    }

    pub(crate) fn waits_for(&self, wait: u64) -> bool {
        self.phase == Phase::Waiting && self.waits == wait
    }

    /// Whether it is quarantined, or has not yet lived long enough since.
    pub(crate) fn is_on_trial(&self) -> bool {
        self.rounds > 0
    }

    /// The life `generation` has lived through its trial, if it is still the present one.
    pub(crate) fn prove(&mut self, generation: u64) {
        let present = self.up_since.is_some() && self.charge.node().generation() == generation;
        if present && self.is_on_trial() {
            self.rounds = 0;
            self.streak = 0;
            self.crashes.clear();
            self.charge.emit(What::Recovered);
        }
    }

    /// Whether somebody waits for a child that ended of itself, and how long until its next life then.
    ///
    /// With a back-off, so that one which ends as soon as it starts does not spin.
    pub(crate) fn is_wanted_again(&mut self, policy: &DynamicPolicy) -> Option<Duration> {
        let wanted = self.phase != Phase::Leaving && self.slot.is_awaited();
        wanted.then(|| self.back_off(policy))
    }

    /// Has it end and be forgotten; `true` if it can be forgotten at once.
    pub(crate) fn retire(&mut self, done: Option<oneshot::Sender<()>>) -> bool {
        self.retired.extend(done);
        let idle = self.phase == Phase::Waiting;
        self.phase = Phase::Leaving;
        if !idle {
            self.charge.stop();
        }
        idle
    }

    /// An operator wants a new life for it; `true` if it can be launched at once.
    pub(crate) fn restart(&mut self) -> bool {
        self.charge.emit(What::RestartAsked);
        self.streak = 0;
        match self.phase {
            Phase::Waiting => true,
            Phase::Leaving | Phase::Restarting => false,
            Phase::Alive => {
                self.phase = Phase::Restarting;
                self.charge.stop();
                false
            }
        }
    }

    /// It is gone; those who wait for that are told.
    pub(crate) fn farewell(self) {
        drop(self.charge);
        for done in self.retired {
            let _ = done.send(());
        }
    }
}
