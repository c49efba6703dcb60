//! A hung child is given up; a busy one is not.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that cannot go on should stop")]

mod stage;

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use actix::prelude::*;
use stage::{Diary, Do, Puppet, Wrong, puppet, quick, until};
use supervise::{AskError, Limits, Liveness, Slot, Spec, State, Strategy, Supervisor, Tree};

const SOON: Duration = Duration::from_secs(5);
const MS: Duration = Duration::from_millis(1);

/// Quick, and yet patient enough for a machine that is busy with other tests.
const BEATS: Liveness = Liveness { every: Duration::from_millis(50), misses: 3 };

async fn plant(spec: Spec) -> Tree {
    let policy = quick(Strategy::OneForOne, 10);
    Supervisor::new("root", policy).child(spec.liveness(Some(BEATS))).start().await.unwrap()
}

#[actix::test]
async fn an_actor_that_waits_for_ever_is_killed_and_its_thread_is_kept() {
    let slot = Slot::new();
    let tree = plant(puppet("a", &slot, &Diary::default()).own_thread()).await;
    slot.ask(Do::Freeze(SOON * 100)).await.unwrap();
    assert_eq!(slot.ask(Do::Generation).await, Err(Wrong::Ask(AskError::Lost)));
    assert_eq!(slot.ask(Do::Generation).await, Ok(2));
    let child = tree.report().children[0].clone();
    assert_eq!(child.last_exit.unwrap().message.unwrap(), "missed its beats");
    assert_eq!(child.threads_abandoned, 0);
    tree.stop(SOON).await;
}

#[actix::test]
async fn an_actor_that_blocks_its_thread_is_replaced_on_a_new_one_and_its_late_end_is_ignored() {
    let diary = Diary::default();
    let slot = Slot::with(Limits { patience: SOON, ..Limits::default() });
    let tree = plant(puppet("a", &slot, &diary).own_thread()).await;
    let begun = Instant::now();
    assert_eq!(slot.ask(Do::Block(1200 * MS)).await, Err(Wrong::Ask(AskError::Lost)));
    assert_eq!(slot.ask(Do::Generation).await, Ok(2));
    assert!(begun.elapsed() < 1200 * MS, "nobody waited for the blocked thread");
    assert_eq!(tree.report().children[0].threads_abandoned, 1);

    until("the old thread woke up and ended", || begun.elapsed() > 1400 * MS).await;
    assert_eq!(slot.ask(Do::Generation).await, Ok(2));
    assert_eq!(diary.count("a Started"), 2);
    assert_eq!(diary.count("a Stopped"), 0);
    tree.stop(SOON).await;
}

#[derive(Message)]
#[rtype(result = "()")]
struct Again(Instant);

impl Handler<Again> for Puppet {
    type Result = ();

    fn handle(&mut self, again: Again, ctx: &mut Self::Context) {
        // Half of each turn is work, and the next turn is always there already.
        let turn = Instant::now();
        while turn.elapsed() < MS {
            std::hint::spin_loop();
        }
        if again.0.elapsed() < 600 * MS {
            ctx.notify_later(again, Duration::ZERO);
        } else {
            self.diary.note("done");
        }
    }
}

#[actix::test]
async fn an_actor_that_is_busy_and_yields_is_left_alone() {
    let diary = Diary::default();
    let slot = Slot::with(Limits { in_flight: 10_000, ..Limits::default() });
    let tree = plant(puppet("a", &slot, &diary).own_thread()).await;
    slot.tell(Again(Instant::now())).unwrap();
    let deadline = Instant::now() + 600 * MS;
    while Instant::now() < deadline {
        // A line that never gets empty.
        for _ in 0..100 {
            let _ = slot.tell(Do::Generation);
        }
        tokio::task::yield_now().await;
    }
    until("it is done", || diary.count("done") == 1).await;
    let child = tree.report().children[0].clone();
    assert_eq!((child.generation, child.state), (1, State::Running));
    tree.stop(SOON).await;
}

#[actix::test]
async fn a_task_that_blocks_its_thread_is_replaced() {
    let lives = Arc::new(AtomicU32::new(0));
    let count = Arc::clone(&lives);
    let tree = plant(
        Spec::task("t", move |stop| {
            let life = count.fetch_add(1, Ordering::Relaxed);
            async move {
                tokio::time::sleep(MS).await;
                if life == 0 {
                    stage::block(1000 * MS);
                }
                stop.requested().await;
                Ok(())
            }
        })
        .own_thread(),
    )
    .await;
    until("the second life is up", || lives.load(Ordering::Relaxed) == 2).await;
    assert_eq!(tree.report().children[0].threads_abandoned, 1);
    until("idle beats pass", || tree.report().children[0].state == State::Running).await;
    tree.stop(SOON).await;
}
