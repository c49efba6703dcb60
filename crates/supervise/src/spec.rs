//! What a child is and how it is treated.

use std::fmt;
use std::future::Future;
use std::hash::Hash;
use std::sync::Arc;
use std::time::Duration;

use actix::Actor;
use futures::FutureExt;

use crate::actor::ActorStart;
use crate::context::Context;
use crate::dynamic::{Dynamic, DynamicStart};
use crate::exit::Failure;
use crate::policy::{Liveness, Policy, Restart};
use crate::roster::Chair;
use crate::slot::Slot;
use crate::start::Start;
use crate::supervisor::Supervisor;
use crate::task::{Stop, TaskStart};

/// The time for a start and for a stop, where a spec does not say otherwise.
const DEFAULT_START: Duration = Duration::from_secs(30);
const DEFAULT_GRACE: Duration = Duration::from_secs(5);

/// What a supervisor adds to the sum of its children's times.
const MARGIN: Duration = Duration::from_secs(1);

/// A child: what it is, when it is started again, how long it may take to start and to stop, where it runs.
pub struct Spec {
    pub(crate) id: String,
    pub(crate) what: Child,
    pub(crate) restart: Restart,
    pub(crate) own_thread: bool,
    pub(crate) liveness: Option<Liveness>,
    start: Option<Duration>,
    grace: Option<Duration>,
    is_pool: bool,
}

pub(crate) enum Child {
    Single(Arc<dyn Start>),
    Team(Supervisor),
}

impl Spec {
    /// An actor behind `slot`. The factory builds it anew for each life, on the thread on which it will run.
    pub fn actor<A, F, Fut>(id: impl Into<String>, slot: &Slot<A>, factory: F) -> Self
    where
        A: Actor<Context = Context<A>>,
        F: Fn() -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<A, Failure>> + 'static,
    {
        Self::seat(id, slot, 0, Arc::new(move || factory().boxed_local()))
    }

    /// `size` actors behind one slot, each on a thread of its own; at least one. A message goes to the one with the
    /// least in hand. The pool is a supervisor of its own, one for one: it survives as long as its policy bears it.
    pub fn pool<A, F, Fut>(id: impl Into<String>, slot: &Slot<A>, size: usize, factory: F) -> Self
    where
        A: Actor<Context = Context<A>>,
        F: Fn() -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<A, Failure>> + 'static,
    {
        let factory: Arc<crate::actor::Factory<A>> = Arc::new(move || factory().boxed_local());
        let member = |index: usize| Self::seat(index.to_string(), slot, index, Arc::clone(&factory)).own_thread();
        let pool = Supervisor::new(id, Policy::default());
        let mut spec = Self::supervisor((0..size.max(1)).map(member).fold(pool, Supervisor::child));
        spec.is_pool = true;
        spec
    }

    /// A future that lives long. It gets a [`Stop`] to listen to, and is dropped when it does not within its grace.
    pub fn task<F, Fut>(id: impl Into<String>, task: F) -> Self
    where
        F: Fn(Stop) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<(), Failure>> + 'static,
    {
        Self::single(id, Arc::new(TaskStart::new(task)))
    }

    /// A supervisor below this one. By default it has as much time as its children have together.
    pub fn supervisor(supervisor: Supervisor) -> Self {
        let mut spec = Self::of(supervisor.id.clone(), Child::Team(supervisor));
        spec.liveness = None;
        spec
    }

    /// Actors that come and go by key; see [`Dynamic`]. The factory builds the actor of a key, anew for each life.
    pub fn dynamic<K, A, F, Fut>(id: impl Into<String>, dynamic: &Dynamic<K, A>, factory: F) -> Self
    where
        K: Clone + Eq + Hash + fmt::Display + Send + Sync + 'static,
        A: Actor<Context = Context<A>>,
        F: Fn(K) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<A, Failure>> + 'static,
    {
        let grace = dynamic.policy().grace + MARGIN;
        let factory = Arc::new(move |key| factory(key).boxed_local());
        let mut spec = Self::single(id, Arc::new(DynamicStart::new(dynamic.clone(), factory)));
        spec.liveness = None;
        spec.grace(grace)
    }

    /// Which exits are followed by a new life; [`Restart::Permanent`] by default.
    #[must_use]
    pub fn restart(mut self, restart: Restart) -> Self {
        self.restart = restart;
        self
    }

    /// How long it may take to stop before it is killed; 5 s by default. In a pool: each member.
    #[must_use]
    pub fn grace(self, grace: Duration) -> Self {
        self.set(|spec| spec.grace = Some(grace))
    }

    /// How long it may take to start before it is killed; 30 s by default. In a pool: each member.
    #[must_use]
    pub fn within(self, start: Duration) -> Self {
        self.set(|spec| spec.start = Some(start))
    }

    /// How often it must show that it is not hung, or `None`: never. In a pool: each member. Has no effect on other
    /// supervisors.
    #[must_use]
    pub fn liveness(self, liveness: Option<Liveness>) -> Self {
        self.set(|spec| spec.liveness = liveness)
    }

    /// Runs it on a thread that it shares with nobody, so that it neither holds others up nor is held up, and so that
    /// it can be replaced when it blocks. Has no effect on supervisors, which run on the tree's thread.
    #[must_use]
    pub fn own_thread(mut self) -> Self {
        self.own_thread = true;
        self
    }

    pub(crate) fn start_time(&self) -> Duration {
        self.time(self.start, DEFAULT_START, Self::start_time)
    }

    pub(crate) fn grace_time(&self) -> Duration {
        self.time(self.grace, DEFAULT_GRACE, Self::grace_time)
    }

    fn time(&self, own: Option<Duration>, default: Duration, of_child: fn(&Self) -> Duration) -> Duration {
        own.unwrap_or_else(|| match &self.what {
            Child::Single(_) => default,
            Child::Team(team) => team.children.iter().map(of_child).sum::<Duration>() + MARGIN,
        })
    }

    fn set(mut self, change: impl Fn(&mut Self)) -> Self {
        match &mut self.what {
            Child::Team(pool) if self.is_pool => pool.children.iter_mut().for_each(change),
            Child::Team(_) | Child::Single(_) => change(&mut self),
        }
        self
    }

    fn seat<A>(id: impl Into<String>, slot: &Slot<A>, index: usize, factory: Arc<crate::actor::Factory<A>>) -> Self
    where
        A: Actor<Context = Context<A>>,
    {
        let slot = slot.clone();
        Self::single(id, Arc::new(ActorStart::new(Chair { slot, index }, factory)))
    }

    fn single(id: impl Into<String>, start: Arc<dyn Start>) -> Self {
        Self::of(id.into(), Child::Single(start))
    }

    fn of(id: String, what: Child) -> Self {
        Self {
            id,
            what,
            restart: Restart::default(),
            own_thread: false,
            liveness: Some(Liveness::default()),
            start: None,
            grace: None,
            is_pool: false,
        }
    }
}

impl fmt::Debug for Spec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Spec").field("id", &self.id).field("restart", &self.restart).finish_non_exhaustive()
    }
}
