//! Who is started, stopped and started again, and in which order.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that cannot go on should stop")]

mod stage;

use std::time::Duration;

use stage::{Diary, Do, Puppet, Wrong, puppet, quick, until};
use supervise::{AskError, Exit, Restart, Slot, State, Strategy, Supervisor, Tree};

const SOON: Duration = Duration::from_secs(5);

/// Three puppets `a`, `b`, `c`, all up.
async fn trio(strategy: Strategy, diary: &Diary) -> (Tree, [Slot<Puppet>; 3]) {
    let slots = [Slot::new(), Slot::new(), Slot::new()];
    let [a, b, c] = &slots;
    let tree = Supervisor::new("root", quick(strategy, 10))
        .child(puppet("a", a, diary))
        .child(puppet("b", b, diary))
        .child(puppet("c", c, diary))
        .start()
        .await
        .unwrap();
    assert_eq!(diary.take(), ["a Started", "b Started", "c Started"]);
    (tree, slots)
}

async fn generations(slots: &[Slot<Puppet>; 3]) -> Vec<u64> {
    let mut generations = Vec::new();
    for slot in slots {
        generations.push(slot.ask(Do::Generation).await.unwrap());
    }
    generations
}

#[actix::test]
async fn children_start_in_order_and_stop_in_reverse() {
    let diary = Diary::default();
    let (tree, _slots) = trio(Strategy::OneForOne, &diary).await;
    assert_eq!(tree.stop(SOON).await, Exit::Shutdown);
    let expected = ["c Stopping", "c Stopped", "b Stopping", "b Stopped", "a Stopping", "a Stopped"];
    assert_eq!(diary.take(), expected);
}

#[actix::test]
async fn one_for_one_restarts_only_the_one_that_died() {
    let diary = Diary::default();
    let (tree, slots) = trio(Strategy::OneForOne, &diary).await;
    assert_eq!(slots[1].ask(Do::Panic).await, Err(Wrong::Ask(AskError::Lost)));
    assert_eq!(generations(&slots).await, [1, 2, 1]);
    assert_eq!(diary.take(), ["b Started"]);
    tree.stop(SOON).await;
}

#[actix::test]
async fn rest_for_one_restarts_the_one_that_died_and_those_after_it() {
    let diary = Diary::default();
    let (tree, slots) = trio(Strategy::RestForOne, &diary).await;
    slots[1].ask(Do::Panic).await.unwrap_err();
    until("c lives again", || diary.count("c Started") == 1).await;
    assert_eq!(generations(&slots).await, [1, 2, 2]);
    assert_eq!(diary.take(), ["c Stopping", "c Stopped", "b Started", "c Started"]);
    tree.stop(SOON).await;
}

#[actix::test]
async fn one_for_all_stops_all_in_reverse_and_starts_all_in_order() {
    let diary = Diary::default();
    let (tree, slots) = trio(Strategy::OneForAll, &diary).await;
    slots[1].ask(Do::Panic).await.unwrap_err();
    until("c lives again", || diary.count("c Started") == 1).await;
    assert_eq!(generations(&slots).await, [2, 2, 2]);
    let stops = ["c Stopping", "c Stopped", "a Stopping", "a Stopped"];
    let starts = ["a Started", "b Started", "c Started"];
    assert_eq!(diary.take(), [&stops[..], &starts[..]].concat());
    tree.stop(SOON).await;
}

#[actix::test]
async fn a_restart_on_demand_takes_those_along_who_lean_on_the_child() {
    let diary = Diary::default();
    let (tree, slots) = trio(Strategy::RestForOne, &diary).await;
    tree.restart("root/b").unwrap();
    until("c lives again", || diary.count("c Started") == 1).await;
    assert_eq!(generations(&slots).await, [1, 2, 2]);
    assert!(tree.restart("root/x").is_err());
    assert!(tree.restart("root").is_err());
    tree.stop(SOON).await;
    assert!(tree.restart("root/b").is_err());
}

#[actix::test]
async fn a_transient_child_comes_back_after_a_failure_and_not_after_a_normal_end() {
    let diary = Diary::default();
    let slot = Slot::new();
    let child = puppet("a", &slot, &diary).restart(Restart::Transient);
    let tree = Supervisor::new("root", quick(Strategy::OneForOne, 10)).child(child).start().await.unwrap();

    slot.ask(Do::Fail).await.unwrap();
    assert_eq!(slot.ask(Do::Generation).await, Ok(2));
    slot.ask(Do::Quit).await.unwrap();
    until("it is over", || tree.report().children[0].state == State::Stopped).await;
    assert_eq!(slot.ask(Do::Generation).await, Err(Wrong::Ask(AskError::Down)));
    assert_eq!(tree.report().children[0].last_exit.as_ref().unwrap().kind, "normal");

    tree.restart("root/a").unwrap();
    until("an operator has it back", || slot.is_up()).await;
    assert_eq!(slot.ask(Do::Generation).await, Ok(3));
    tree.stop(SOON).await;
}

#[actix::test]
async fn a_temporary_child_never_comes_back() {
    let diary = Diary::default();
    let (stays, goes) = (Slot::new(), Slot::new());
    let tree = Supervisor::new("root", quick(Strategy::OneForAll, 10))
        .child(puppet("stays", &stays, &diary))
        .child(puppet("goes", &goes, &diary).restart(Restart::Temporary))
        .start()
        .await
        .unwrap();
    stays.ask(Do::Panic).await.unwrap_err();
    assert_eq!(stays.ask(Do::Generation).await, Ok(2));
    assert_eq!(goes.ask(Do::Generation).await, Err(Wrong::Ask(AskError::Down)));
    tree.stop(SOON).await;
}
