//! A stop always comes to its end, whenever it is asked.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that cannot go on should stop")]

mod stage;

use std::time::{Duration, Instant};

use actix::prelude::*;
use stage::{Diary, Do, Puppet, Wrong, puppet, quick, until};
use supervise::{AskError, Backoff, Exit, Kill, Slot, Spec, State, Strategy, Supervisor, TreeError};

const SOON: Duration = Duration::from_secs(5);
const MS: Duration = Duration::from_millis(1);

fn root(strategy: Strategy) -> Supervisor {
    Supervisor::new("root", quick(strategy, 10))
}

#[actix::test]
async fn a_stop_during_a_back_off_does_not_wait_for_it() {
    let diary = Diary::default();
    let (a, b) = (Slot::new(), Slot::new());
    let backoff = Backoff { min: SOON * 10, max: SOON * 10, ..Backoff::default() };
    let tree = Supervisor::new("root", quick(Strategy::OneForAll, 10).backoff(backoff))
        .child(puppet("a", &a, &diary))
        .child(puppet("b", &b, &diary))
        .start()
        .await
        .unwrap();
    b.ask(Do::Panic).await.unwrap_err();
    until("all wait", || tree.report().children.iter().all(|it| it.state == State::BackingOff)).await;
    assert!(tree.report().children[0].retry_at_us.is_some());
    let begun = Instant::now();
    assert_eq!(tree.stop(SOON).await, Exit::Shutdown);
    assert!(begun.elapsed() < SOON);
    assert_eq!(a.ask(Do::Generation).await, Err(Wrong::Ask(AskError::Down)));
    assert!(tree.report().children.iter().all(|it| it.state == State::Stopped));
}

/// A puppet whose factory takes its time.
fn slow(name: &'static str, slot: &Slot<Puppet>, diary: &Diary, time: Duration) -> Spec {
    let diary = diary.clone();
    Spec::actor(name, slot, move || {
        let puppet = Puppet::new(name, &diary);
        async move {
            tokio::time::sleep(time).await;
            Ok(puppet)
        }
    })
}

#[actix::test]
async fn a_stop_before_the_tree_is_up_ends_the_start() {
    let diary = Diary::default();
    let (a, b) = (Slot::new(), Slot::new());
    let tree = root(Strategy::OneForOne)
        .child(puppet("a", &a, &diary))
        .child(slow("b", &b, &diary, SOON * 10))
        .launch()
        .unwrap();
    until("a is up", || a.is_up()).await;
    let begun = Instant::now();
    assert_eq!(tree.stop(SOON).await, Exit::Shutdown);
    assert!(begun.elapsed() < SOON);
    assert_eq!(tree.ready().await, Err(TreeError::NotStarted { exit: Exit::Shutdown }));
    assert_eq!(diary.take(), ["a Started", "a Stopping", "a Stopped"]);
}

#[actix::test]
async fn a_start_that_nobody_waits_for_any_more_is_undone() {
    let diary = Diary::default();
    let (a, b) = (Slot::new(), Slot::new());
    let start =
        root(Strategy::OneForOne).child(puppet("a", &a, &diary)).child(slow("b", &b, &diary, SOON * 10)).start();
    assert!(tokio::time::timeout(50 * MS, start).await.is_err());
    until("a has stopped", || diary.count("a Stopped") == 1).await;
    assert_eq!(a.ask(Do::Generation).await, Err(Wrong::Ask(AskError::Down)));
}

#[actix::test]
async fn a_stop_during_a_restart_stops_what_had_come_back() {
    let diary = Diary::default();
    let (a, b) = (Slot::new(), Slot::new());
    let notes = diary.clone();
    let late = Spec::actor("b", &b, move || {
        notes.note("b made");
        let first = notes.count("b made") == 1;
        let puppet = Puppet::new("b", &notes);
        async move {
            if !first {
                std::future::pending::<()>().await;
            }
            Ok(puppet)
        }
    });
    let tree = root(Strategy::OneForAll).child(puppet("a", &a, &diary)).child(late).start().await.unwrap();
    a.ask(Do::Panic).await.unwrap_err();
    until("b is being made again", || diary.count("b made") == 2).await;
    assert_eq!(tree.stop(SOON).await, Exit::Shutdown);
    assert_eq!(diary.count("a Started"), 2);
    assert_eq!(diary.count("a Stopped"), 1);
}

#[actix::test]
async fn two_stops_at_once_and_one_after_the_end_agree() {
    let slot = Slot::new();
    let tree = root(Strategy::OneForOne).child(puppet("a", &slot, &Diary::default())).start().await.unwrap();
    let (first, second) = futures::join!(tree.stop(SOON), tree.stop(SOON));
    assert_eq!((first, second, tree.stop(SOON).await), (Exit::Shutdown, Exit::Shutdown, Exit::Shutdown));
}

/// Says no to every stop.
struct Stubborn;

impl Actor for Stubborn {
    type Context = supervise::Context<Self>;

    fn stopping(&mut self, _: &mut Self::Context) -> Running {
        Running::Continue
    }
}

impl Handler<Do> for Stubborn {
    type Result = Result<u64, Wrong>;

    fn handle(&mut self, what: Do, ctx: &mut Self::Context) -> Self::Result {
        if matches!(what, Do::Quit) {
            ctx.stop();
        }
        Ok(ctx.generation())
    }
}

#[actix::test]
async fn an_actor_that_says_no_to_its_stop_takes_messages_again() {
    let slot = Slot::new();
    let stubborn = Spec::actor("a", &slot, || async { Ok(Stubborn) }).grace(30 * MS).own_thread();
    let tree = root(Strategy::OneForOne).child(stubborn).start().await.unwrap();
    slot.ask(Do::Quit).await.unwrap();
    until("its door is open again", || slot.is_up()).await;
    assert_eq!(slot.ask(Do::Generation).await, Ok(1));
    assert_eq!(tree.stop(SOON).await, Exit::Shutdown);
}

#[actix::test]
async fn a_child_that_does_not_stop_within_its_grace_is_killed_and_the_others_stop_well() {
    let diary = Diary::default();
    let (a, b) = (Slot::new(), Slot::new());
    let tree = root(Strategy::OneForOne)
        .child(puppet("a", &a, &diary))
        .child(Spec::actor("b", &b, || async { Ok(Stubborn) }).grace(30 * MS))
        .child(Spec::task("t", |_| async { std::future::pending().await }).grace(30 * MS))
        .start()
        .await
        .unwrap();
    assert_eq!(tree.stop(SOON).await, Exit::Shutdown);
    let report = tree.report();
    for killed in ["root/b", "root/t"] {
        let exit = report.find(killed).unwrap().last_exit.clone().unwrap();
        assert_eq!(exit.message.unwrap(), "did not stop within its grace");
    }
    assert_eq!(diary.count("a Stopped"), 1);
}

#[actix::test]
async fn a_deadline_that_passes_ends_all_that_is_left() {
    let diary = Diary::default();
    let (a, b) = (Slot::new(), Slot::new());
    let inner = root(Strategy::OneForOne).child(Spec::actor("b", &b, || async { Ok(Stubborn) }).grace(SOON * 10));
    let tree =
        root(Strategy::OneForOne).child(puppet("a", &a, &diary)).child(Spec::supervisor(inner)).start().await.unwrap();
    assert_eq!(tree.stop(50 * MS).await, Exit::Killed(Kill::Deadline));
    assert!(!a.is_up() && !b.is_up());
    assert_eq!(diary.count("a Stopped"), 0, "there was no time for it");
}

#[actix::test]
async fn a_start_that_takes_too_long_fails() {
    let slot = Slot::new();
    let child = slow("a", &slot, &Diary::default(), SOON * 10).within(20 * MS);
    let error = root(Strategy::OneForOne).child(child).start().await.unwrap_err();
    assert_eq!(error.to_string(), "tree did not start: failed: root/a: killed: did not start in time");
}

#[actix::test]
async fn two_children_of_one_name_are_refused() {
    let slot = Slot::new();
    let diary = Diary::default();
    let twins = root(Strategy::OneForOne).child(puppet("a", &slot, &diary)).child(puppet("a", &slot, &diary));
    let path = "root/a".to_owned();
    assert_eq!(twins.start().await.unwrap_err(), TreeError::DuplicateId { path });
}

#[test]
fn a_tree_needs_an_actix_system() {
    let root = root(Strategy::OneForOne);
    assert_eq!(root.launch().unwrap_err(), TreeError::NoSystem);
}
