//! A clock that panics as often as it is told, and the tree that bears with it, up to a point.
//!
//! `cargo run -p supervise --example crashing -- 2` recovers and exits with 0; with 100 the tree gives up: 1.

#![allow(clippy::print_stderr, reason = "an example may speak")]

use std::process::ExitCode;
use std::time::Duration;

use actix::prelude::*;
use supervise::{AskError, Exit, Policy, Slot, Spec, Supervisor};

/// Owns the count of its ticks.
#[derive(Default)]
struct Clock {
    ticks: u32,
}

impl Actor for Clock {
    type Context = supervise::Context<Self>;
}

#[derive(Message)]
#[rtype(result = "Result<u32, AskError>")]
struct Tick {
    breaks: bool,
}

impl Handler<Tick> for Clock {
    type Result = Result<u32, AskError>;

    fn handle(&mut self, tick: Tick, _: &mut Self::Context) -> Self::Result {
        assert!(!tick.breaks, "a spring broke");
        self.ticks += 1;
        Ok(self.ticks)
    }
}

#[actix::main]
async fn main() -> ExitCode {
    let crashes = std::env::args().nth(1).and_then(|count| count.parse().ok()).unwrap_or(2);
    let clock = Slot::new();
    let policy = Policy::default().intensity(5, Duration::from_mins(1));
    let root = Supervisor::new("root", policy)
        .child(Spec::actor("clock", &clock, || async { Ok(Clock::default()) }))
        .on_event(|event| eprintln!("{} (life {}): {:?}", event.path, event.generation, event.what));
    let tree = match root.start().await {
        Ok(tree) => tree,
        Err(error) => {
            eprintln!("{error}");
            return ExitCode::FAILURE;
        }
    };
    for _ in 0..crashes {
        // Each question waits for the next life by itself; it is answered with `Lost` when the clock breaks.
        if let Err(AskError::Down) = clock.ask(Tick { breaks: true }).await {
            break;
        }
    }
    let ended = tokio::select! {
        ended = tree.wait() => ended,
        _ = clock.ask(Tick { breaks: false }) => tree.stop(Duration::from_secs(5)).await,
    };
    eprintln!("the tree ended: {ended}");
    if ended == Exit::Shutdown { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
