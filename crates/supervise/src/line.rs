//! The line in front of one life of an actor, and the letters that stand in it.

use std::sync::Arc;
use std::time::Instant as Clock;

use actix::dev::{MessageResponse, OneshotSender};
use actix::{Actor, Handler, Message};
use tokio::sync::{mpsc, oneshot};
use tokio::time::{Instant, timeout_at};
use tracing::Span;

use crate::context::Context;
use crate::life::Life;
use crate::meter::{Permit, Refused};
use crate::slot::AskError;

/// The way to one life of an actor. The queue needs no bound of its own: each letter in it holds a permit.
pub(crate) struct Line<A: Actor<Context = Context<A>>> {
    pub(crate) life: Arc<Life>,
    queue: mpsc::UnboundedSender<Letter<A>>,
}

pub(crate) type Inbox<A> = mpsc::UnboundedReceiver<Letter<A>>;

/// A message that was not let in, given back.
pub(crate) struct Refusal<M> {
    pub(crate) why: Refused,
    pub(crate) message: M,
}

impl From<Refused> for AskError {
    fn from(refused: Refused) -> Self {
        match refused {
            Refused::Full => Self::Overloaded,
            Refused::Shut => Self::Down,
        }
    }
}

impl<A: Actor<Context = Context<A>>> Line<A> {
    pub(crate) fn new(life: Arc<Life>) -> (Arc<Self>, Inbox<A>) {
        let (queue, inbox) = mpsc::unbounded_channel();
        (Arc::new(Self { life, queue }), inbox)
    }

    /// Puts a message in line, if fewer than `bound` are in hand.
    pub(crate) fn post<M>(
        &self,
        message: M,
        reply: Option<oneshot::Sender<M::Result>>,
        bound: usize,
    ) -> Result<(), Refusal<M>>
    where
        A: Handler<M>,
        M: Message + Send + 'static,
        M::Result: Send,
    {
        let permit = match Permit::take(&self.life, bound) {
            Ok(permit) => permit,
            Err(why) => return Err(Refusal { why, message }),
        };
        let letter = Letter::new(permit, message, reply);
        // A life that ended since the permit was given drops the letter, and with it the reply: the caller is told.
        let _ = self.queue.send(letter);
        Ok(())
    }

    /// Waits for an answer; a life that was given up does not give one.
    pub(crate) async fn answer<T>(&self, mut answer: oneshot::Receiver<T>, until: Instant) -> Result<T, AskError> {
        let reply = async {
            tokio::select! {
                biased;
                reply = &mut answer => reply.ok(),
                () = self.life.abandoned.cancelled() => None,
            }
        };
        match timeout_at(until, reply).await {
            Ok(reply) => reply.ok_or(AskError::Lost),
            Err(_late) => Err(AskError::Timeout),
        }
    }
}

/// A message on its way to an actor, whatever its type.
pub(crate) struct Letter<A: Actor<Context = Context<A>>> {
    content: Box<dyn Open<A> + Send>,
    queued: Queued,
}

/// Counts a letter in its queue until it is taken out or thrown away.
struct Queued(Arc<Life>);

impl Drop for Queued {
    fn drop(&mut self) {
        self.0.load.unqueue();
    }
}

impl<A: Actor<Context = Context<A>>> Letter<A> {
    fn new<M>(permit: Permit, message: M, reply: Option<oneshot::Sender<M::Result>>) -> Self
    where
        A: Handler<M>,
        M: Message + Send + 'static,
        M::Result: Send,
    {
        let life = Arc::clone(permit.life());
        life.meter.saw_depth(life.load.queue());
        let content = Content { message, reply, permit, span: Span::current() };
        Self { content: Box::new(content), queued: Queued(life) }
    }

    /// Hands the message to the actor.
    pub(crate) fn open(self, actor: &mut A, ctx: &mut Context<A>) {
        drop(self.queued);
        self.content.open(actor, ctx);
    }
}

trait Open<A: Actor<Context = Context<A>>> {
    fn open(self: Box<Self>, actor: &mut A, ctx: &mut Context<A>);
}

struct Content<M: Message> {
    message: M,
    reply: Option<oneshot::Sender<M::Result>>,
    permit: Permit,
    /// The sender's: what the actor logs over the message says in whose name.
    span: Span,
}

impl<A, M> Open<A> for Content<M>
where
    A: Actor<Context = Context<A>> + Handler<M>,
    M: Message + Send + 'static,
    M::Result: Send,
{
    fn open(self: Box<Self>, actor: &mut A, ctx: &mut Context<A>) {
        let Self { message, reply, permit, span } = *self;
        span.in_scope(|| handle(actor, ctx, message, reply, Some(permit)));
    }
}

/// Shuts the door of a life that panics.
struct ShutOnPanic(Arc<Life>);

impl Drop for ShutOnPanic {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.0.load.shut();
        }
    }
}

/// Has the message handled, and its work counted and timed until it is answered.
///
/// Work that is not done when the handler returns is awaited by a task of its own, so that it keeps its permit
/// even when its caller has gone.
pub(crate) fn handle<A, M>(
    actor: &mut A,
    ctx: &mut Context<A>,
    message: M,
    reply: Option<OneshotSender<M::Result>>,
    permit: Option<Permit>,
) where
    A: Actor<Context = Context<A>> + Handler<M>,
    M: Message + 'static,
{
    if reply.as_ref().is_some_and(oneshot::Sender::is_closed) {
        return;
    }
    // Dropped before the reply is: who hears of the panic shall not run into the dying actor once more.
    let _last_words = ShutOnPanic(Arc::clone(ctx.life()));
    let meter = Arc::clone(&ctx.life().meter);
    let begun = Clock::now();
    let (answer, mut answered) = oneshot::channel();
    actor.handle(message, ctx).handle(ctx, Some(answer));
    let finish = move |result| {
        meter.record(begun.elapsed());
        drop(permit);
        if let Some(reply) = reply {
            // A caller that has gone does not want it any more.
            let _ = reply.send(result);
        }
    };
    match answered.try_recv() {
        Ok(result) => finish(result),
        Err(oneshot::error::TryRecvError::Closed) => {}
        Err(oneshot::error::TryRecvError::Empty) => {
            actix::spawn(async move {
                if let Ok(result) = answered.await {
                    finish(result);
                }
            });
        }
    }
}
