//! Measures what the README claims: `cargo run --release -p supervise --example measure`.

#![allow(clippy::print_stdout, clippy::unwrap_used, reason = "a measurement prints, and stops when it cannot go on")]

use std::time::{Duration, Instant};

use actix::prelude::*;
use futures::future::join_all;
use supervise::{AskError, Policy, Slot, Spec, Supervisor, Tree};

const RECOVERIES: usize = 200;
const QUESTIONS: u32 = 100_000;

/// Owns nothing: only the way to it is measured.
struct Echo;

impl Actor for Echo {
    type Context = supervise::Context<Self>;
}

#[derive(Message)]
#[rtype(result = "Result<(), AskError>")]
struct Ask {
    breaks: bool,
}

impl Handler<Ask> for Echo {
    type Result = Result<(), AskError>;

    fn handle(&mut self, ask: Ask, _: &mut Self::Context) -> Self::Result {
        assert!(!ask.breaks, "as asked");
        Ok(())
    }
}

async fn plant(slot: &Slot<Echo>, own_thread: bool) -> Tree {
    let echo = Spec::actor("echo", slot, || async { Ok(Echo) });
    let echo = if own_thread { echo.own_thread() } else { echo };
    Supervisor::new("root", Policy::default()).child(echo).start().await.unwrap()
}

/// From the question that breaks the actor to the answer of its next life.
async fn recovery(own_thread: bool) -> Duration {
    let slot = Slot::new();
    let tree = plant(&slot, own_thread).await;
    let begun = Instant::now();
    slot.ask(Ask { breaks: true }).await.unwrap_err();
    slot.ask(Ask { breaks: false }).await.unwrap();
    let took = begun.elapsed();
    tree.stop(Duration::from_secs(1)).await;
    took
}

#[actix::main]
async fn main() {
    std::panic::set_hook(Box::new(|_| {}));
    for own_thread in [false, true] {
        let mut times = Vec::with_capacity(RECOVERIES);
        for _ in 0..RECOVERIES {
            times.push(recovery(own_thread).await);
        }
        times.sort();
        let (median, worst) = (times.get(RECOVERIES / 2).unwrap(), times.last().unwrap());
        println!("own thread {own_thread}: recovered in {median:?}, at worst {worst:?}");

        let slot = Slot::new();
        let tree = plant(&slot, own_thread).await;
        let begun = Instant::now();
        for _ in 0..QUESTIONS {
            slot.ask(Ask { breaks: false }).await.unwrap();
        }
        println!("own thread {own_thread}: {:?} a question, one by one", begun.elapsed() / QUESTIONS);
        let begun = Instant::now();
        for _ in 0..QUESTIONS / 100 {
            join_all((0..100).map(|_| slot.ask(Ask { breaks: false }))).await;
        }
        println!("own thread {own_thread}: {:?} a question, a hundred at a time", begun.elapsed() / QUESTIONS);
        tree.stop(Duration::from_secs(1)).await;
    }
}
