//! Actors to break, a diary of what they went through, and a way to wait for what must come.

#![allow(
    dead_code,
    unreachable_pub,
    clippy::unwrap_used,
    clippy::panic,
    reason = "shared by several test programs; a test that cannot go on should stop"
)]

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use actix::prelude::*;
use supervise::{AskError, Backoff, Failure, Policy, Slot, Spec, Strategy};

/// Waits until `condition` holds, at most ten seconds.
pub async fn until(what: &str, condition: impl Fn() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(10);
    while !condition() {
        assert!(Instant::now() < deadline, "waited in vain until {what}");
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
}

/// What happened, in order.
#[derive(Clone, Default)]
pub struct Diary(Arc<Mutex<Vec<String>>>);

impl Diary {
    pub fn note(&self, line: impl Into<String>) {
        self.0.lock().unwrap().push(line.into());
    }

    pub fn lines(&self) -> Vec<String> {
        self.0.lock().unwrap().clone()
    }

    pub fn take(&self) -> Vec<String> {
        std::mem::take(&mut self.0.lock().unwrap())
    }

    pub fn count(&self, line: &str) -> usize {
        self.0.lock().unwrap().iter().filter(|it| *it == line).count()
    }
}

/// An actor that does what it is told, and breaks where it is told.
pub struct Puppet {
    pub name: &'static str,
    pub diary: Diary,
    pub panics_in: &'static [Place],
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Place {
    Started,
    Stopping,
    Stopped,
    Drop,
}

impl Puppet {
    pub fn new(name: &'static str, diary: &Diary) -> Self {
        Self { name, diary: diary.clone(), panics_in: &[] }
    }

    fn pass(&self, place: Place) {
        self.diary.note(format!("{} {place:?}", self.name));
        assert!(!self.panics_in.contains(&place), "panic in {place:?}");
    }
}

impl Actor for Puppet {
    type Context = supervise::Context<Self>;

    fn started(&mut self, _: &mut Self::Context) {
        self.pass(Place::Started);
    }

    fn stopping(&mut self, _: &mut Self::Context) -> Running {
        self.pass(Place::Stopping);
        Running::Stop
    }

    fn stopped(&mut self, _: &mut Self::Context) {
        self.pass(Place::Stopped);
    }
}

impl Drop for Puppet {
    fn drop(&mut self) {
        assert!(!self.panics_in.contains(&Place::Drop), "panic in Drop");
    }
}

#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum Wrong {
    #[error(transparent)]
    Ask(#[from] AskError),
    #[error("no")]
    No,
}

/// What a puppet can be told to do.
pub enum Do {
    Generation,
    Refuse,
    Panic,
    PanicInFuture,
    PanicInResponse,
    Fail,
    Quit,
    Terminate,
    /// Drop the question.
    Forget,
    /// Answer after a while, from the context.
    Wait(Duration),
    /// Hold the context for a while.
    Freeze(Duration),
    /// Hold the thread for a while.
    Block(Duration),
    Retire,
}

impl Message for Do {
    type Result = Result<u64, Wrong>;
}

impl Handler<Do> for Puppet {
    type Result = ActorResponse<Self, Result<u64, Wrong>>;

    fn handle(&mut self, what: Do, ctx: &mut Self::Context) -> Self::Result {
        let generation = ctx.generation();
        match what {
            Do::Generation => {}
            Do::Refuse => return ActorResponse::reply(Err(Wrong::No)),
            Do::Panic => panic!("told to"),
            Do::PanicInFuture => {
                ctx.run_later(Duration::ZERO, |_, _| panic!("told to, later"));
            }
            Do::PanicInResponse => {
                return ActorResponse::r#async(async { panic!("told to, in the answer") }.into_actor(self));
            }
            Do::Fail => ctx.fail("told to fail"),
            Do::Quit => ctx.stop(),
            Do::Terminate => {
                // Both in one go once spun for ever in actix.
                let handle = ctx.run_later(Duration::from_mins(1), |_, _| {});
                ctx.run_later(Duration::ZERO, move |_, ctx| {
                    ctx.cancel_future(handle);
                    ctx.terminate();
                });
            }
            Do::Forget => {
                return ActorResponse::r#async(std::future::pending().into_actor(self));
            }
            Do::Wait(time) => {
                let wait = async move {
                    tokio::time::sleep(time).await;
                    Ok(generation)
                };
                return ActorResponse::r#async(wait.into_actor(self));
            }
            Do::Freeze(time) => {
                ctx.wait(async move { tokio::time::sleep(time).await }.into_actor(self));
            }
            Do::Block(time) => block(time),
            Do::Retire => {
                ctx.run_later(Duration::ZERO, |puppet: &mut Self, ctx| {
                    let retires = ctx.retire();
                    puppet.diary.note(format!("{} retires: {retires}", puppet.name));
                });
            }
        }
        ActorResponse::reply(Ok(generation))
    }
}

/// Holds the present thread.
pub fn block(time: Duration) {
    let deadline = Instant::now() + time;
    while let Some(left) = deadline.checked_duration_since(Instant::now()) {
        std::thread::park_timeout(left);
    }
}

/// A spec for a puppet without faults.
pub fn puppet(name: &'static str, slot: &Slot<Puppet>, diary: &Diary) -> Spec {
    broken(name, slot, diary, &[])
}

/// A spec for a puppet that panics at some places.
pub fn broken(name: &'static str, slot: &Slot<Puppet>, diary: &Diary, panics_in: &'static [Place]) -> Spec {
    let diary = diary.clone();
    Spec::actor(name, slot, move || {
        let mut puppet = Puppet::new(name, &diary);
        puppet.panics_in = panics_in;
        async move { Ok::<_, Failure>(puppet) }
    })
}

/// A policy quick enough for tests.
pub fn quick(strategy: Strategy, max_restarts: u32) -> Policy {
    let backoff = Backoff { min: Duration::from_millis(1), max: Duration::from_millis(20), factor: 2.0, jitter: 0.2 };
    Policy { strategy, ..Policy::default() }.intensity(max_restarts, Duration::from_mins(1)).backoff(backoff)
}

/// News of which the actor dies.
#[derive(Message)]
#[rtype(result = "()")]
pub struct Perish;

impl Handler<Perish> for Puppet {
    type Result = ();

    fn handle(&mut self, _: Perish, _: &mut Self::Context) {
        panic!("perished");
    }
}
