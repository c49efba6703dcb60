//! The context that supervised actors run in: `type Context = supervise::Context<Self>`.

use std::cell::RefCell;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::task::Poll;

use actix::dev::{
    AsyncContextParts, ContextFut, ContextParts, Envelope, EnvelopeProxy, Mailbox, OneshotSender, ToEnvelope,
};
use actix::fut::ActorFuture;
use actix::{Actor, ActorContext, ActorState, Addr, AsyncContext, Handler, Message, SpawnHandle};

use crate::exit::Exit;
use crate::isolate::{Panicked, isolate};
use crate::life::Life;
use crate::line::{Inbox, handle};
use crate::task::Stop;

/// What actix's own context offers, measured, and with ways to end that a supervisor understands.
///
/// It differs from actix's in three things. An actor does not end because nobody holds its address. `terminate` ends
/// it at once: neither `stopping` nor `stopped` is called, and `state` does not show it any more. Messages by
/// [`Slot`](crate::Slot) have their own line; those by [`address`](AsyncContext::address), meant for the actor's own
/// futures and streams, are timed and counted as handled, but not in the mailbox's depth.
pub struct Context<A: Actor<Context = Context<A>>> {
    parts: ContextParts<A>,
    life: Arc<Life>,
    ending: Option<Exit>,
    /// Its door was shut because it is about to end.
    leaving: bool,
}

impl<A: Actor<Context = Context<A>>> Context<A> {
    /// Ends this life as [`Exit::Failed`], at once; `stopping` and `stopped` are not called.
    pub fn fail(&mut self, reason: impl Into<String>) {
        self.end(Exit::Failed(reason.into()));
    }

    /// Ends this life normally if no message is in line or in work; otherwise answers `false` and changes nothing.
    ///
    /// No message can come in between: one that is sent from now on waits for the next life or is refused, so
    /// that an idle actor can go without losing a question. Called while a message is handled it is always `false`.
    pub fn retire(&mut self) -> bool {
        let retires = self.life.load.shut_if_idle();
        if retires {
            self.stop();
        }
        retires
    }

    /// Which life of the child this is, from 1.
    pub fn generation(&self) -> u64 {
        self.life.generation
    }

    /// Where in the tree the actor is: `root/infra/keeper`.
    pub fn path(&self) -> &Arc<str> {
        &self.life.path
    }

    /// Tells work that runs apart from the actor that this life was asked to end. It is not told by `ctx.stop()`.
    pub fn stop_signal(&self) -> Stop {
        Stop::new(self.life.stop.child_token())
    }

    /// [`isolate`](crate::isolate), with the panic counted in the child's report.
    pub fn isolate<F: Future>(&self, work: F) -> impl Future<Output = Result<F::Output, Panicked>> + use<A, F> {
        let meter = Arc::clone(&self.life.meter);
        async move {
            let outcome = isolate(work).await;
            if outcome.is_err() {
                meter.isolated_one();
            }
            outcome
        }
    }

    /// Makes a context and the future that runs `actor` in it, fed from `inbox`.
    pub(crate) fn run(actor: A, life: Arc<Life>, inbox: Rc<RefCell<Inbox<A>>>) -> ContextFut<A, Self> {
        let mailbox = Mailbox::default();
        let mut parts = ContextParts::new(mailbox.sender_producer());
        parts.spawn(Ears { life: Arc::clone(&life), inbox });
        let context = Self { parts, life, ending: None, leaving: false };
        ContextFut::new(context, actor, mailbox)
    }

    pub(crate) fn life(&self) -> &Arc<Life> {
        &self.life
    }

    pub(crate) fn take_ending(&mut self) -> Option<Exit> {
        self.ending.take()
    }

    /// An actor whose `stopping` said no takes messages again.
    pub(crate) fn stay(&mut self) {
        if self.leaving && self.parts.state() == ActorState::Running {
            self.leaving = false;
            self.life.load.reopen();
        }
    }

    /// Not by `ContextParts::terminate`: called together with `cancel_future` it can spin in actix for ever. A wait
    /// that never ends makes the context return at once, and the life's future then sees why.
    fn end(&mut self, exit: Exit) {
        self.life.load.shut();
        self.ending.get_or_insert(exit);
        self.parts.wait(actix::fut::wrap_future(std::future::pending()));
    }
}

impl<A: Actor<Context = Context<A>>> ActorContext for Context<A> {
    /// From now on messages wait for the next life, or are refused; those that stand in line are lost.
    fn stop(&mut self) {
        self.leaving = true;
        self.life.load.shut();
        self.parts.stop();
    }

    fn terminate(&mut self) {
        self.end(Exit::Normal);
    }

    fn state(&self) -> ActorState {
        self.parts.state()
    }
}

impl<A: Actor<Context = Context<A>>> AsyncContext<A> for Context<A> {
    fn address(&self) -> Addr<A> {
        self.parts.address()
    }

    fn spawn<F>(&mut self, future: F) -> SpawnHandle
    where
        F: ActorFuture<A, Output = ()> + 'static,
    {
        self.parts.spawn(future)
    }

    fn wait<F>(&mut self, future: F)
    where
        F: ActorFuture<A, Output = ()> + 'static,
    {
        self.parts.wait(future);
    }

    fn waiting(&self) -> bool {
        self.ending.is_some() || self.parts.waiting()
    }

    fn cancel_future(&mut self, handle: SpawnHandle) -> bool {
        self.parts.cancel_future(handle)
    }
}

impl<A: Actor<Context = Context<A>>> AsyncContextParts<A> for Context<A> {
    fn parts(&mut self) -> &mut ContextParts<A> {
        &mut self.parts
    }
}

impl<A: Actor<Context = Context<A>>> fmt::Debug for Context<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Context")
            .field("path", &self.life.path)
            .field("generation", &self.life.generation)
            .finish_non_exhaustive()
    }
}

impl<A, M> ToEnvelope<A, M> for Context<A>
where
    A: Actor<Context = Context<A>> + Handler<M>,
    M: Message + Send + 'static,
    M::Result: Send,
{
    fn pack(message: M, reply: Option<OneshotSender<M::Result>>) -> Envelope<A> {
        Envelope::with_proxy(Box::new(Direct { message: Some(message), reply }))
    }
}

/// A message by actix's own address.
struct Direct<M: Message> {
    message: Option<M>,
    reply: Option<OneshotSender<M::Result>>,
}

impl<A, M> EnvelopeProxy<A> for Direct<M>
where
    A: Actor<Context = Context<A>> + Handler<M>,
    M: Message + Send + 'static,
    M::Result: Send,
{
    fn handle(&mut self, actor: &mut A, ctx: &mut Context<A>) {
        if let Some(message) = self.message.take() {
            handle(actor, ctx, message, self.reply.take(), None);
        }
    }
}

/// Hears letters and heart questions. It never ends, so that the context never runs dry.
struct Ears<A: Actor<Context = Context<A>>> {
    life: Arc<Life>,
    inbox: Rc<RefCell<Inbox<A>>>,
}

impl<A: Actor<Context = Context<A>>> ActorFuture<A> for Ears<A> {
    type Output = ();

    fn poll(self: Pin<&mut Self>, actor: &mut A, ctx: &mut Context<A>, cx: &mut std::task::Context<'_>) -> Poll<()> {
        self.life.heart.beat(cx.waker());
        while !ctx.waiting() {
            // Tokio's budget ends this after some hundred letters, so that a flood does not hold the thread.
            let next = self.inbox.borrow_mut().poll_recv(cx);
            let Poll::Ready(Some(letter)) = next else {
                break;
            };
            letter.open(actor, ctx);
        }
        Poll::Pending
    }
}
