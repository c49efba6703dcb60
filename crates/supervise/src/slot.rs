//! A stable address: it outlives the restarts of the actor behind it.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use actix::{Actor, Handler, Message};
use tokio::sync::{oneshot, watch};
use tokio::time::{Instant, timeout_at};

use crate::context::Context;
use crate::line::{Line, Refusal};
use crate::meter::Refused;
use crate::roster::{Pick, Roster, Vacancy};

/// Why a question or a piece of news was not answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AskError {
    /// Nobody is there, nor comes soon. It was not delivered: asking again later is safe.
    #[error("actor is down")]
    Down,
    /// As many messages as are allowed are in hand already. It was not delivered: asking again later is safe.
    #[error("actor is overloaded")]
    Overloaded,
    /// The time limit is over. A question still in line is dropped unread; one already taken is worked on to its end.
    #[error("actor did not answer in time")]
    Timeout,
    /// The actor went away with the question, or dropped it. It may have been acted upon or not.
    #[error("actor was lost with the question")]
    Lost,
    /// It failed too often and is left alone. It was not delivered.
    #[error("actor is quarantined")]
    Quarantined {
        /// When it is tried again.
        retry_in: Duration,
    },
}

/// What a slot allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Messages accepted and not yet answered, queued ones included; for each actor behind the slot, in each life.
    /// The place of a question is free again when its work has ended, not when its caller has gone.
    pub in_flight: usize,
    /// For [`Slot::ask`] from the call to the answer, the wait for an actor included.
    pub time: Duration,
    /// How long a question may wait for an actor that is starting or restarting. Within this time a restart is not
    /// seen by callers; a longer outage should be, so that they can do something else.
    pub patience: Duration,
}

impl Default for Limits {
    /// 256 in flight, 5 s to answer, 1 s of them for a restart.
    fn default() -> Self {
        Self { in_flight: 256, time: Duration::from_secs(5), patience: Duration::from_secs(1) }
    }
}

/// The address of an actor, or of a pool of them, whichever life it is in. Cloned freely, usable from any thread.
///
/// A question is delivered at most once, and its caller never waits longer than its limit.
pub struct Slot<A: Actor<Context = Context<A>>>(Arc<Inner<A>>);

struct Inner<A: Actor<Context = Context<A>>> {
    roster: watch::Sender<Roster<A>>,
    limits: Limits,
    waiting: AtomicUsize,
    turn: AtomicUsize,
}

impl<A: Actor<Context = Context<A>>> Slot<A> {
    /// A slot with the default limits. Nobody is behind it until a supervisor starts a child that was given it.
    pub fn new() -> Self {
        Self::with(Limits::default())
    }

    /// A slot with limits of its own.
    pub fn with(limits: Limits) -> Self {
        Self(Arc::new(Inner {
            roster: watch::Sender::new(Roster::default()),
            limits,
            waiting: AtomicUsize::new(0),
            turn: AtomicUsize::new(0),
        }))
    }

    /// Asks a question whose answer is a result of its own, within the slot's time limit.
    ///
    /// A caller that goes away takes its question with it as long as it stands in line.
    ///
    /// # Errors
    /// The actor's own, and every [`AskError`] as one of them.
    pub async fn ask<M, T, E>(&self, question: M) -> Result<T, E>
    where
        A: Handler<M>,
        M: Message<Result = Result<T, E>> + Send + 'static,
        T: Send + 'static,
        E: From<AskError> + Send + 'static,
    {
        self.ask_within(question, self.0.limits.time).await
    }

    /// [`ask`](Self::ask) with another time limit.
    pub async fn ask_within<M, T, E>(&self, question: M, limit: Duration) -> Result<T, E>
    where
        A: Handler<M>,
        M: Message<Result = Result<T, E>> + Send + 'static,
        T: Send + 'static,
        E: From<AskError> + Send + 'static,
    {
        self.send_within(question, limit).await?
    }

    /// Asks a question with any kind of answer, within the slot's time limit.
    ///
    /// # Errors
    /// [`AskError`], each variant.
    pub async fn send<M>(&self, question: M) -> Result<M::Result, AskError>
    where
        A: Handler<M>,
        M: Message + Send + 'static,
        M::Result: Send,
    {
        self.send_within(question, self.0.limits.time).await
    }

    /// [`send`](Self::send) with another time limit.
    pub async fn send_within<M>(&self, question: M, limit: Duration) -> Result<M::Result, AskError>
    where
        A: Handler<M>,
        M: Message + Send + 'static,
        M::Result: Send,
    {
        let until = Instant::now() + limit;
        let outcome = self.deliver(question, until).await;
        let Sent { line, answer } = outcome.map_err(|Undelivered { why, .. }| why)?;
        line.answer(answer, until).await
    }

    /// Tells news: no answer, no wait.
    ///
    /// # Errors
    /// [`AskError::Down`], [`AskError::Overloaded`], [`AskError::Quarantined`]. Unlike a question it does not wait
    /// for a restart. Whether it was acted upon is never known.
    pub fn tell<M>(&self, news: M) -> Result<(), AskError>
    where
        A: Handler<M>,
        M: Message + Send + 'static,
        M::Result: Send,
    {
        match self.pick() {
            Pick::Line(line) => line.post(news, None, self.0.limits.in_flight).map_err(|refusal| refusal.why.into()),
            Pick::Nobody(vacancy) => Err(vacancy.into()),
        }
    }

    /// An address for one kind of message only, whoever receives it.
    pub fn recipient<M>(&self) -> Recipient<M>
    where
        A: Handler<M>,
        M: Message + Send + 'static,
        M::Result: Send,
    {
        Recipient(Arc::new(self.clone()))
    }

    /// Whether an actor is there to take messages now.
    pub fn is_up(&self) -> bool {
        matches!(self.pick(), Pick::Line(_))
    }

    /// What the slot allows.
    pub fn limits(&self) -> Limits {
        self.0.limits
    }

    /// Brings the question to an actor, waiting for one if one is to come; gives it back if it could not.
    pub(crate) async fn deliver<M>(&self, mut question: M, until: Instant) -> Result<Sent<A, M>, Undelivered<M>>
    where
        A: Handler<M>,
        M: Message + Send + 'static,
        M::Result: Send,
    {
        let patience = until.min(Instant::now() + self.0.limits.patience);
        let mut waiting = None;
        loop {
            match self.pick() {
                Pick::Line(line) => {
                    let (reply, answer) = oneshot::channel();
                    match line.post(question, Some(reply), self.0.limits.in_flight) {
                        Ok(()) => return Ok(Sent { line, answer }),
                        Err(Refusal { why: Refused::Full, message }) => {
                            return Err(Undelivered::new(AskError::Overloaded, message));
                        }
                        Err(Refusal { why: Refused::Shut, message }) => question = message,
                    }
                }
                Pick::Nobody(vacancy) if !vacancy.may_end_by(patience) => {
                    let closed = vacancy == Vacancy::Closed;
                    return Err(Undelivered { why: vacancy.into(), question, closed });
                }
                Pick::Nobody(_) => {}
            }
            let Some((_, changes)) = &mut waiting else {
                let Some(place) = Waiting::take(&self.0) else {
                    return Err(Undelivered::new(AskError::Overloaded, question));
                };
                // Interest is registered before the next look, so that a change in between is not missed.
                waiting = Some((place, self.0.roster.subscribe()));
                continue;
            };
            if !matches!(timeout_at(patience, changes.changed()).await, Ok(Ok(()))) {
                return Err(Undelivered::new(AskError::Down, question));
            }
        }
    }

    /// Whether somebody waits for an actor to come.
    pub(crate) fn is_awaited(&self) -> bool {
        self.0.waiting.load(Ordering::Acquire) > 0
    }

    pub(crate) fn vacancy(&self) -> Option<Vacancy> {
        match self.pick() {
            Pick::Line(_) => None,
            Pick::Nobody(vacancy) => Some(vacancy),
        }
    }

    pub(crate) fn change(&self, change: impl FnOnce(&mut Roster<A>) -> bool) {
        self.0.roster.send_if_modified(change);
    }

    fn pick(&self) -> Pick<A> {
        let turn = self.0.turn.fetch_add(1, Ordering::Relaxed);
        self.0.roster.borrow().pick(turn)
    }
}

/// A question on its way.
pub(crate) struct Sent<A: Actor<Context = Context<A>>, M: Message> {
    pub(crate) line: Arc<Line<A>>,
    pub(crate) answer: oneshot::Receiver<M::Result>,
}

/// A question that came back unread.
pub(crate) struct Undelivered<M> {
    pub(crate) why: AskError,
    pub(crate) question: M,
    /// Nobody will ever be behind this slot again.
    pub(crate) closed: bool,
}

impl<M> Undelivered<M> {
    fn new(why: AskError, question: M) -> Self {
        Self { why, question, closed: false }
    }
}

/// A place among those who wait for an actor; there are as many as may be in flight.
struct Waiting<'a>(&'a AtomicUsize);

impl<'a> Waiting<'a> {
    fn take<A: Actor<Context = Context<A>>>(slot: &'a Inner<A>) -> Option<Self> {
        let place = Self(&slot.waiting);
        let before = slot.waiting.fetch_add(1, Ordering::AcqRel);
        (before < slot.limits.in_flight).then_some(place)
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::AcqRel);
    }
}

impl<A: Actor<Context = Context<A>>> Clone for Slot<A> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<A: Actor<Context = Context<A>>> Default for Slot<A> {
    fn default() -> Self {
        Self::new()
    }
}

impl<A: Actor<Context = Context<A>>> fmt::Debug for Slot<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Slot").field("up", &self.is_up()).finish_non_exhaustive()
    }
}

/// The address of whoever takes messages of type `M`. It outlives restarts, as the [`Slot`] it came from.
pub struct Recipient<M>(Arc<dyn Tell<M>>);

impl<M> Recipient<M> {
    /// As [`Slot::tell`].
    pub fn tell(&self, news: M) -> Result<(), AskError> {
        self.0.tell(news)
    }
}

impl<M> Clone for Recipient<M> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<M> fmt::Debug for Recipient<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Recipient")
    }
}

trait Tell<M>: Send + Sync {
    fn tell(&self, news: M) -> Result<(), AskError>;
}

impl<A, M> Tell<M> for Slot<A>
where
    A: Actor<Context = Context<A>> + Handler<M>,
    M: Message + Send + 'static,
    M::Result: Send,
{
    fn tell(&self, news: M) -> Result<(), AskError> {
        Slot::tell(self, news)
    }
}
