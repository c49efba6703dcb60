//! Actors that come and go by key: started when they are wanted, gone when idle, judged one by one.

use std::collections::HashMap;
use std::fmt;
use std::hash::Hash;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use actix::{Actor, ArbiterHandle, Handler, Message};
use futures::future::LocalBoxFuture;
use tokio::sync::{mpsc, oneshot};
use tokio::time::Instant;

use crate::brood::tend;
use crate::context::Context;
use crate::exit::{Exit, Failure};
use crate::life::Birth;
use crate::policy::{Backoff, Liveness};
use crate::report::{Kind, lock};
use crate::roster::Vacancy;
use crate::slot::{AskError, Limits, Sent, Slot, Undelivered};
use crate::start::Start;

/// Orders that may wait for the supervisor's attention.
const ORDERS: usize = 1024;

/// How often a question is brought anew to an actor that went away before taking it.
const DELIVERIES: usize = 3;

/// How children that come and go are treated.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct DynamicPolicy {
    /// Children at one time, the quarantined ones included; more are [`AskError::Overloaded`].
    pub max_children: usize,
    /// The limits of each child's slot.
    pub limits: Limits,
    /// Threads that the children share in turn; 0 puts them on the tree's own thread.
    pub threads: usize,
    /// How long a child may take to start.
    pub start: Duration,
    /// How long a child may take to stop.
    pub grace: Duration,
    /// How often a child must show that it is not hung.
    pub liveness: Option<Liveness>,
    /// Crashes of one child within `window` after which it is quarantined.
    pub crashes: u32,
    /// See `crashes`. A child that lives this long after a quarantine has recovered.
    pub window: Duration,
    /// The wait before a child's next life.
    pub backoff: Backoff,
    /// The wait before a trial in quarantine, from one failed trial to the next.
    pub quarantine: Backoff,
    /// The share of children, quarantined or on trial, from which on the fault is not theirs: all are ended, and the
    /// supervisor above decides.
    pub escalate_share: f64,
    /// As long as fewer than this many are quarantined or on trial, it is theirs.
    pub escalate_least: usize,
}

impl Default for DynamicPolicy {
    /// 1024 children on one thread; three crashes within a minute are followed by a quarantine of one minute,
    /// doubling up to a quarter of an hour; half of the children, and at least four, escalate.
    fn default() -> Self {
        Self {
            max_children: 1024,
            limits: Limits::default(),
            threads: 1,
            start: Duration::from_secs(30),
            grace: Duration::from_secs(5),
            liveness: Some(Liveness::default()),
            crashes: 3,
            window: Duration::from_mins(1),
            backoff: Backoff::default(),
            quarantine: Backoff { min: Duration::from_mins(1), max: Duration::from_mins(15), factor: 2.0, jitter: 0.2 },
            escalate_share: 0.5,
            escalate_least: 4,
        }
    }
}

/// A child was quarantined.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alert<K> {
    /// Which.
    pub key: K,
    /// How its last life ended.
    pub exit: Exit,
    /// Quarantines in a row, this one included.
    pub round: u32,
    /// When it is tried again.
    pub retry_in: Duration,
}

/// The way to actors that come and go by key. Cloned freely, usable from any thread.
///
/// It works as long as the child that [`Spec::dynamic`](crate::Spec::dynamic) made of it runs; before and after,
/// everything is [`AskError::Down`]. A key is shown in paths, so its `Display` should be short and without secrets.
pub struct Dynamic<K, A: Actor<Context = Context<A>>>(Arc<Inner<K, A>>);

type Hook<K> = Box<dyn Fn(&Alert<K>) + Send + Sync>;

struct Inner<K, A: Actor<Context = Context<A>>> {
    policy: DynamicPolicy,
    alert: Option<Hook<K>>,
    register: Mutex<Register<K, A>>,
}

/// Who is there; the supervisor takes from it only what has ended.
pub(crate) struct Register<K, A: Actor<Context = Context<A>>> {
    pub(crate) orders: Option<mpsc::Sender<Order<K, A>>>,
    pub(crate) slots: HashMap<K, Slot<A>>,
}

/// What is asked of the supervisor.
pub(crate) enum Order<K, A: Actor<Context = Context<A>>> {
    Start(K, Slot<A>),
    Retire(K, oneshot::Sender<()>),
}

impl<K, A> Dynamic<K, A>
where
    K: Clone + Eq + Hash + fmt::Display + Send + Sync + 'static,
    A: Actor<Context = Context<A>>,
{
    /// A way to nobody yet.
    pub fn new(policy: DynamicPolicy) -> Self {
        Self::with(policy, None)
    }

    /// The same, with a call for each quarantine. It is called on the tree's thread and should count, tell and go.
    pub fn with_alert(policy: DynamicPolicy, alert: impl Fn(&Alert<K>) + Send + Sync + 'static) -> Self {
        Self::with(policy, Some(Box::new(alert)))
    }

    fn with(policy: DynamicPolicy, alert: Option<Hook<K>>) -> Self {
        let register = Mutex::new(Register { orders: None, slots: HashMap::new() });
        Self(Arc::new(Inner { policy, alert, register }))
    }

    /// The slot of the actor of `key`, which is started if it is not there. Does not wait for its start; a question
    /// does. When the actor ends of itself its slot is closed for good: keep the key, not the slot.
    ///
    /// # Errors
    /// [`AskError::Down`], [`AskError::Overloaded`], [`AskError::Quarantined`].
    pub fn get(&self, key: &K) -> Result<Slot<A>, AskError> {
        let mut register = lock(&self.0.register);
        if let Some(slot) = register.slots.get(key) {
            return match slot.vacancy() {
                Some(vacancy @ Vacancy::Quarantined(_)) => Err(vacancy.into()),
                Some(_) | None => Ok(slot.clone()),
            };
        }
        let orders = register.orders.as_ref().ok_or(AskError::Down)?;
        if register.slots.len() >= self.0.policy.max_children {
            return Err(AskError::Overloaded);
        }
        let slot = Slot::with(self.0.policy.limits);
        orders.try_send(Order::Start(key.clone(), slot.clone())).map_err(|error| match error {
            mpsc::error::TrySendError::Full(_) => AskError::Overloaded,
            mpsc::error::TrySendError::Closed(_) => AskError::Down,
        })?;
        register.slots.insert(key.clone(), slot.clone());
        Ok(slot)
    }

    /// The slot of the actor of `key` if it is there, in whatever state.
    pub fn existing(&self, key: &K) -> Option<Slot<A>> {
        lock(&self.0.register).slots.get(key).cloned()
    }

    /// How many children there are, in whatever state.
    pub fn count(&self) -> usize {
        lock(&self.0.register).slots.len()
    }

    /// Asks the actor of `key`, which is started if it is not there. A question that meets one just going idle is
    /// brought to its successor.
    ///
    /// # Errors
    /// As [`get`](Self::get) and [`Slot::ask`].
    pub async fn ask<M, T, E>(&self, key: &K, mut question: M) -> Result<T, E>
    where
        A: Handler<M>,
        M: Message<Result = Result<T, E>> + Send + 'static,
        T: Send + 'static,
        E: From<AskError> + Send + 'static,
    {
        let until = Instant::now() + self.0.policy.limits.time;
        for _ in 0..DELIVERIES {
            match self.get(key)?.deliver(question, until).await {
                Ok(Sent { line, answer }) => return line.answer(answer, until).await?,
                Err(Undelivered { why: AskError::Down, question: back, closed: true }) => question = back,
                Err(Undelivered { why, .. }) => return Err(why.into()),
            }
        }
        Err(AskError::Down.into())
    }

    /// Stops the actor of `key` and forgets it, quarantined or not. Returns when it is gone: after its grace at the
    /// latest. A [`get`](Self::get) after that starts a new one.
    pub async fn retire(&self, key: &K) {
        let orders = lock(&self.0.register).orders.clone();
        let Some(orders) = orders else {
            return;
        };
        let (done, gone) = oneshot::channel();
        if orders.send(Order::Retire(key.clone(), done)).await.is_ok() {
            // An error says that the supervisor itself is gone, and all its children with it.
            drop(gone.await);
        }
    }

    pub(crate) fn policy(&self) -> &DynamicPolicy {
        &self.0.policy
    }

    pub(crate) fn register(&self) -> std::sync::MutexGuard<'_, Register<K, A>> {
        lock(&self.0.register)
    }

    pub(crate) fn alert(&self, alert: &Alert<K>) {
        let Some(hook) = &self.0.alert else {
            return;
        };
        if let Err(message) = crate::exit::caught(|| hook(alert)) {
            tracing::error!(%message, "the hook for quarantine alerts panicked");
        }
    }
}

impl<K, A: Actor<Context = Context<A>>> Clone for Dynamic<K, A> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<K, A: Actor<Context = Context<A>>> fmt::Debug for Dynamic<K, A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Dynamic").field("policy", &self.0.policy).finish_non_exhaustive()
    }
}

pub(crate) type KeyFactory<K, A> = dyn Fn(K) -> LocalBoxFuture<'static, Result<A, Failure>> + Send + Sync;

/// Starts the supervisor of children that come and go.
pub(crate) struct DynamicStart<K, A: Actor<Context = Context<A>>> {
    dynamic: Dynamic<K, A>,
    factory: Arc<KeyFactory<K, A>>,
}

impl<K, A: Actor<Context = Context<A>>> DynamicStart<K, A> {
    pub(crate) fn new(dynamic: Dynamic<K, A>, factory: Arc<KeyFactory<K, A>>) -> Self {
        Self { dynamic, factory }
    }
}

impl<K, A> Start for DynamicStart<K, A>
where
    K: Clone + Eq + Hash + fmt::Display + Send + Sync + 'static,
    A: Actor<Context = Context<A>>,
{
    fn kind(&self) -> Kind {
        Kind::Dynamic
    }

    fn launch(&self, birth: Birth, arbiter: &ArbiterHandle) -> bool {
        let (orders, inbox) = mpsc::channel(ORDERS);
        self.dynamic.register().orders = Some(orders);
        let (dynamic, factory) = (self.dynamic.clone(), Arc::clone(&self.factory));
        arbiter.spawn_fn(move || {
            actix::spawn(tend(dynamic, factory, inbox, birth));
        })
    }

    /// Each child has a slot of its own, closed when it goes.
    fn vacate(&self, _: Vacancy) {}
}
