//! The life of one actor on its thread, from its factory to its burial.

use std::cell::RefCell;
use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::sync::Arc;
use std::task::Poll;

use actix::dev::{AsyncContextParts, ContextFut};
use actix::{Actor, ActorContext, ArbiterHandle};
use futures::future::LocalBoxFuture;
use tokio::sync::oneshot;

use crate::context::Context;
use crate::exit::{Exit, Failure, Kill, caught};
use crate::isolate::isolate;
use crate::life::{Birth, Life};
use crate::line::{Inbox, Line};
use crate::report::Kind;
use crate::roster::{Chair, Vacancy};
use crate::start::Start;
use crate::task::beating;

pub(crate) type Factory<A> = dyn Fn() -> LocalBoxFuture<'static, Result<A, Failure>> + Send + Sync;

/// Starts an actor over and over, each time with fresh state.
pub(crate) struct ActorStart<A: Actor<Context = Context<A>>> {
    chair: Chair<A>,
    factory: Arc<Factory<A>>,
}

impl<A: Actor<Context = Context<A>>> ActorStart<A> {
    pub(crate) fn new(chair: Chair<A>, factory: Arc<Factory<A>>) -> Self {
        Self { chair, factory }
    }
}

impl<A: Actor<Context = Context<A>>> Start for ActorStart<A> {
    fn kind(&self) -> Kind {
        Kind::Actor
    }

    fn launch(&self, birth: Birth, arbiter: &ArbiterHandle) -> bool {
        self.chair.expect(birth.life.generation);
        let chair = self.chair.clone();
        let factory = Arc::clone(&self.factory);
        arbiter.spawn_fn(move || {
            actix::spawn(live(chair, factory, birth));
        })
    }

    fn vacate(&self, vacancy: Vacancy) {
        self.chair.vacate(vacancy);
    }
}

async fn live<A: Actor<Context = Context<A>>>(chair: Chair<A>, factory: Arc<Factory<A>>, birth: Birth) {
    let Birth { life, ready, done, .. } = birth;
    let exit = match create(&factory, &life).await {
        Ok(actor) => Body::new(actor, &life).run(chair, ready).await,
        Err(exit) => exit,
    };
    let _ = done.send(exit);
}

async fn create<A>(factory: &Arc<Factory<A>>, life: &Life) -> Result<A, Exit> {
    let factory = Arc::clone(factory);
    // Called within the future, so that a panic of the closure itself is caught as well.
    let work = isolate(async move { factory().await });
    tokio::select! {
        biased;
        () = life.kill.cancelled() => Err(Exit::Killed(Kill::Deadline)),
        () = life.stop.cancelled() => Err(Exit::Shutdown),
        made = beating(life, work) => match made {
            Ok(made) => made.map_err(Exit::from),
            Err(panicked) => Err(Exit::Panicked(panicked.message)),
        },
    }
}

/// A living actor. However it goes, it is buried once, and nothing of it is run again after a panic.
struct Body<A: Actor<Context = Context<A>>> {
    life: Arc<Life>,
    line: Arc<Line<A>>,
    inbox: Rc<RefCell<Inbox<A>>>,
    future: Option<ContextFut<A, Context<A>>>,
}

impl<A: Actor<Context = Context<A>>> Body<A> {
    fn new(actor: A, life: &Arc<Life>) -> Self {
        let (to_it, inbox) = Line::new(Arc::clone(life));
        let inbox = Rc::new(RefCell::new(inbox));
        let future = Context::run(actor, Arc::clone(life), Rc::clone(&inbox));
        Self { life: Arc::clone(life), line: to_it, inbox, future: Some(future) }
    }

    async fn run(mut self, chair: Chair<A>, ready: oneshot::Sender<()>) -> Exit {
        let life = Arc::clone(&self.life);
        let (mut kill, mut stop) = (pin!(life.kill.cancelled()), pin!(life.stop.cancelled()));
        let mut asked = false;
        let mut newborn = Some((chair, ready));
        let exit = poll_fn(|cx| {
            if kill.as_mut().poll(cx).is_ready() {
                return Poll::Ready(Exit::Killed(Kill::Deadline));
            }
            if !asked && stop.as_mut().poll(cx).is_ready() {
                asked = true;
                self.ask_to_stop();
            }
            let polled = life.turn.hold(|| self.poll(cx, asked));
            if let (Poll::Pending, Some((chair, ready))) = (&polled, newborn.take()) {
                // Started: from here on it takes messages. On a failed start the sender is dropped unsent.
                chair.take(Arc::clone(&self.line));
                let _ = ready.send(());
            }
            polled
        })
        .await;
        match (exit, self.bury()) {
            (exit @ (Exit::Normal | Exit::Shutdown), Err(message)) => {
                tracing::debug!(path = %life.path, %exit, "panicked while it was dropped");
                Exit::Panicked(message)
            }
            (exit, _) => exit,
        }
    }

    fn ask_to_stop(&mut self) {
        if let Some(future) = &mut self.future {
            future.ctx().stop();
        }
    }

    fn poll(&mut self, cx: &mut std::task::Context<'_>, asked: bool) -> Poll<Exit> {
        let Some(future) = &mut self.future else {
            return Poll::Ready(Exit::Killed(Kill::Deadline));
        };
        let polled = match caught(|| Pin::new(&mut *future).poll(cx)) {
            Ok(polled) => polled,
            Err(message) => return Poll::Ready(Exit::Panicked(message)),
        };
        let ending = future.ctx().take_ending();
        let of_itself = if asked { Exit::Shutdown } else { Exit::Normal };
        match (polled, ending) {
            (_, Some(exit @ Exit::Failed(_))) => Poll::Ready(exit),
            (Poll::Ready(()), _) | (Poll::Pending, Some(_)) => Poll::Ready(of_itself),
            (Poll::Pending, None) => {
                future.ctx().stay();
                Poll::Pending
            }
        }
    }

    /// Drops the actor and what stands in line for it.
    ///
    /// Terminated first: actix would otherwise poll a dropped context once more, and so call `stopping` on an actor
    /// that a panic left half changed.
    fn bury(&mut self) -> Result<(), String> {
        self.life.load.shut();
        let dropped = match self.future.take() {
            Some(mut future) => caught(move || {
                future.ctx().parts().terminate();
                drop(future);
            }),
            None => Ok(()),
        };
        // One by one: the destructor of a message may panic too, and two at once would abort the process.
        let mut inbox = self.inbox.borrow_mut();
        inbox.close();
        while let Ok(letter) = inbox.try_recv() {
            if let Err(message) = caught(|| drop(letter)) {
                tracing::debug!(path = %self.life.path, %message, "a message panicked while it was dropped");
            }
        }
        dropped
    }
}

impl<A: Actor<Context = Context<A>>> Drop for Body<A> {
    fn drop(&mut self) {
        // Already done, unless the thread ended under it.
        drop(self.bury());
    }
}
