//! No panic of an actor ends more than the actor, and no caller waits for one that is gone.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "panics are the subject; a test that cannot go on should stop"
)]

mod stage;

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use actix::prelude::*;
use stage::{Diary, Do, Place, Puppet, Wrong, broken, puppet, quick, until};
use supervise::{AskError, Exit, Failure, Panicked, Slot, Spec, Strategy, Supervisor, Tree};

const SOON: Duration = Duration::from_secs(5);
const LOST: Result<u64, Wrong> = Err(Wrong::Ask(AskError::Lost));

async fn plant(spec: Spec) -> Tree {
    Supervisor::new("root", quick(Strategy::OneForOne, 10)).child(spec).start().await.unwrap()
}

fn last_exit(tree: &Tree) -> String {
    let report = tree.report();
    let exit = report.children[0].last_exit.clone().unwrap();
    format!("{}: {}", exit.kind, exit.message.unwrap_or_default())
}

#[actix::test]
async fn a_panic_in_a_handler_a_future_or_an_answer_is_followed_by_a_new_life() {
    let slot = Slot::new();
    let tree = plant(puppet("a", &slot, &Diary::default())).await;
    assert_eq!(slot.ask(Do::Panic).await, LOST);
    assert_eq!(slot.ask(Do::Generation).await, Ok(2));
    assert_eq!(last_exit(&tree), "panicked: told to");

    slot.ask(Do::PanicInFuture).await.unwrap();
    until("it died of it", || tree.report().children[0].generation == 3).await;
    assert_eq!(last_exit(&tree), "panicked: told to, later");

    assert_eq!(slot.ask(Do::PanicInResponse).await, LOST);
    assert_eq!(slot.ask(Do::Generation).await, Ok(4));
    tree.stop(SOON).await;
}

#[actix::test]
async fn a_panic_after_which_everything_else_would_panic_too_is_one_panic() {
    let diary = Diary::default();
    let slot = Slot::new();
    let faults = &[Place::Stopping, Place::Stopped, Place::Drop];
    let tree = plant(broken("a", &slot, &diary, faults)).await;
    assert_eq!(slot.ask(Do::Panic).await, LOST);
    assert_eq!(slot.ask(Do::Generation).await, Ok(2));
    assert_eq!(last_exit(&tree), "panicked: told to");
    assert_eq!(diary.take(), ["a Started", "a Started"], "nothing of a broken actor is run again");
    tree.stop(SOON).await;
}

#[actix::test]
async fn a_panic_on_the_way_out_is_reported_and_survived() {
    for (faults, message) in [
        (&[Place::Stopping] as &[_], "panicked: panic in Stopping"),
        (&[Place::Stopped], "panicked: panic in Stopped"),
        (&[Place::Drop], "panicked: panic in Drop"),
        (&[Place::Stopped, Place::Drop], "panicked: panic in Stopped"),
    ] {
        let slot = Slot::new();
        let tree = plant(broken("a", &slot, &Diary::default(), faults)).await;
        slot.ask(Do::Quit).await.unwrap();
        assert_eq!(slot.ask(Do::Generation).await, Ok(2));
        assert_eq!(last_exit(&tree), message);
        assert_eq!(tree.stop(SOON).await, Exit::Shutdown);
    }
}

#[actix::test]
async fn a_child_that_panics_in_its_first_start_ends_the_start_of_the_tree() {
    let diary = Diary::default();
    let (a, b) = (Slot::new(), Slot::new());
    let failed = Supervisor::new("root", quick(Strategy::OneForOne, 10))
        .child(puppet("a", &a, &diary))
        .child(broken("b", &b, &diary, &[Place::Started]))
        .start()
        .await;
    let message = failed.unwrap_err().to_string();
    assert_eq!(message, "tree did not start: failed: root/b: panicked: panic in Started");
    assert_eq!(diary.take(), ["a Started", "b Started", "a Stopping", "a Stopped"]);
    assert_eq!(a.ask(Do::Generation).await, Err(Wrong::Ask(AskError::Down)));
}

#[actix::test]
async fn a_factory_that_panics_or_fails_later_is_tried_again() {
    let slot = Slot::new();
    let lives = Arc::new(AtomicU32::new(0));
    let count = Arc::clone(&lives);
    let tree = plant(Spec::actor("a", &slot, move || {
        let life = count.fetch_add(1, Ordering::Relaxed);
        assert!(life != 1, "not yet");
        async move {
            tokio::task::yield_now().await;
            assert!(life != 2, "not quite");
            if life == 3 {
                return Err(Failure::new("no state"));
            }
            Ok(Puppet::new("a", &Diary::default()))
        }
    }))
    .await;
    slot.ask(Do::Panic).await.unwrap_err();
    assert_eq!(slot.ask(Do::Generation).await, Ok(5));
    assert_eq!(last_exit(&tree), "failed: no state");
    tree.stop(SOON).await;
}

#[actix::test]
async fn a_thread_survives_its_actors_panics() {
    let slot = Slot::new();
    let tree = plant(puppet("a", &slot, &Diary::default()).own_thread()).await;
    for generation in 2..5 {
        assert_eq!(slot.ask(Do::Panic).await, LOST);
        assert_eq!(slot.ask(Do::Generation).await, Ok(generation));
    }
    assert_eq!(tree.report().children[0].threads_abandoned, 0);
    tree.stop(SOON).await;
}

/// News that cannot even be thrown away in peace.
#[derive(Message)]
#[rtype(result = "()")]
struct Sour;

impl Drop for Sour {
    fn drop(&mut self) {
        panic!("sour news");
    }
}

impl Handler<Sour> for Puppet {
    type Result = ();

    fn handle(&mut self, sour: Sour, _: &mut Self::Context) {
        std::mem::forget(sour);
    }
}

#[actix::test]
async fn messages_that_panic_when_thrown_away_are_survived() {
    let slot = Slot::new();
    let tree = plant(puppet("a", &slot, &Diary::default())).await;
    // This thread is the actor's as well: all of these stand in line before the first is taken.
    slot.tell(stage::Perish).unwrap();
    for _ in 0..3 {
        slot.tell(Sour).unwrap();
    }
    until("it lives again", || tree.report().children[0].generation == 2 && slot.is_up()).await;
    assert_eq!(tree.report().children[0].in_flight, 0);
    tree.stop(SOON).await;
}

#[derive(Message)]
#[rtype(result = "Result<(), Panicked>")]
struct Risk;

impl Handler<Risk> for Puppet {
    type Result = ResponseFuture<Result<(), Panicked>>;

    fn handle(&mut self, _: Risk, ctx: &mut Self::Context) -> Self::Result {
        Box::pin(ctx.isolate(async { panic!("work went wrong") }))
    }
}

#[actix::test]
async fn isolated_work_that_panics_costs_its_caller_an_error_and_the_actor_nothing() {
    let slot = Slot::new();
    let tree = plant(puppet("a", &slot, &Diary::default())).await;
    let answer = slot.send(Risk).await.unwrap();
    assert_eq!(answer.unwrap_err().to_string(), "panicked: work went wrong");
    let report = tree.report();
    assert_eq!((report.children[0].generation, report.children[0].panics_isolated), (1, 1));
    tree.stop(SOON).await;
}

#[actix::test]
async fn tasks_that_panic_come_back_too() {
    let lives = Arc::new(AtomicU32::new(0));
    let count = Arc::clone(&lives);
    let tree = plant(Spec::task("t", move |stop| {
        let life = count.fetch_add(1, Ordering::Relaxed);
        assert!(life != 1, "at once");
        async move {
            assert!(life != 0, "later");
            stop.requested().await;
            Ok(())
        }
    }))
    .await;
    until("the third life is up", || lives.load(Ordering::Relaxed) == 3).await;
    assert_eq!(last_exit(&tree), "panicked: at once");
    assert_eq!(tree.stop(SOON).await, Exit::Shutdown);
}
