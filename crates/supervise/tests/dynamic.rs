//! Children that come and go, judged one by one.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test that cannot go on should stop")]

mod stage;

use std::collections::HashSet;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use futures::future::join_all;
use stage::{Diary, Do, Puppet, Wrong, puppet, quick, until};
use supervise::{
    Alert, AskError, Backoff, Dynamic, DynamicPolicy, Exit, Failure, Limits, Liveness, Slot, Spec, State, Strategy,
    Supervisor, Tree,
};

const SOON: Duration = Duration::from_secs(5);
const MS: Duration = Duration::from_millis(1);

fn backoff(min: Duration) -> Backoff {
    Backoff { min, max: min * 4, factor: 2.0, jitter: 0.0 }
}

fn policy() -> DynamicPolicy {
    DynamicPolicy {
        backoff: backoff(MS),
        quarantine: backoff(100 * MS),
        window: 150 * MS,
        threads: 0,
        ..DynamicPolicy::default()
    }
}

type Puppets = Dynamic<String, Puppet>;
/// Keys whose factory fails, for as long as they are in here.
type Broken = Arc<Mutex<HashSet<String>>>;

fn children(puppets: &Puppets, diary: &Diary, broken: &Broken) -> Spec {
    let (diary, broken) = (diary.clone(), Arc::clone(broken));
    Spec::dynamic("puppets", puppets, move |key: String| {
        diary.note(format!("make {key}"));
        let fails = broken.lock().unwrap().contains(&key);
        let puppet = Puppet::new("it", &diary);
        async move {
            if fails {
                return Err(Failure::new("broken"));
            }
            Ok(puppet)
        }
    })
}

async fn plant(puppets: &Puppets, diary: &Diary, broken: &Broken) -> Tree {
    let spec = children(puppets, diary, broken);
    let events = diary.clone();
    let root = Supervisor::new("root", quick(Strategy::OneForOne, 1)).child(spec);
    let root = root.on_event(move |event| events.note(format!("{} {:?}", event.path, event.what)));
    root.start().await.unwrap()
}

fn key(name: &str) -> String {
    name.to_owned()
}

#[actix::test]
async fn a_child_is_started_once_when_it_is_first_asked_and_found_afterwards() {
    let (diary, puppets) = (Diary::default(), Puppets::new(policy()));
    assert_eq!(puppets.get(&key("a")).unwrap_err(), AskError::Down, "nothing runs yet");
    let tree = plant(&puppets, &diary, &Broken::default()).await;
    assert!(puppets.existing(&key("a")).is_none());
    let a = key("a");
    let answers = join_all((0..10).map(|_| puppets.ask(&a, Do::Generation))).await;
    assert!(answers.iter().all(|answer| *answer == Ok(1)));
    assert_eq!(diary.count("make a"), 1);
    assert!(puppets.existing(&a).is_some());
    assert_eq!(puppets.count(), 1);
    assert_eq!(tree.report().find("root/puppets/a").unwrap().state, State::Running);

    assert_eq!(tree.stop(SOON).await, Exit::Shutdown);
    assert_eq!(diary.count("it Stopped"), 1);
    assert_eq!(puppets.get(&a).unwrap_err(), AskError::Down);
    assert_eq!(puppets.count(), 0);
}

#[actix::test]
async fn more_children_than_allowed_are_refused_until_one_goes() {
    let puppets = Puppets::new(DynamicPolicy { max_children: 2, ..policy() });
    let tree = plant(&puppets, &Diary::default(), &Broken::default()).await;
    puppets.get(&key("a")).unwrap();
    puppets.get(&key("b")).unwrap();
    assert_eq!(puppets.get(&key("c")).unwrap_err(), AskError::Overloaded);
    puppets.retire(&key("a")).await;
    assert_eq!(puppets.ask(&key("c"), Do::Generation).await, Ok(1));
    puppets.retire(&key("nobody")).await;
    tree.stop(SOON).await;
}

#[actix::test]
async fn a_child_that_ends_of_itself_is_forgotten_and_its_slot_closed() {
    let (diary, puppets) = (Diary::default(), Puppets::new(policy()));
    let tree = plant(&puppets, &diary, &Broken::default()).await;
    let slot = puppets.get(&key("a")).unwrap();
    slot.ask(Do::Quit).await.unwrap();
    until("it is forgotten", || puppets.count() == 0).await;
    assert!(tree.report().find("root/puppets/a").is_none());
    assert_eq!(slot.ask(Do::Generation).await, Err(Wrong::Ask(AskError::Down)));
    assert_eq!(puppets.ask(&key("a"), Do::Generation).await, Ok(1), "another one, of its own");
    assert_eq!(diary.count("make a"), 2);
    tree.stop(SOON).await;
}

#[actix::test]
async fn no_question_is_lost_to_an_actor_that_retires_when_idle() {
    let (diary, puppets) = (Diary::default(), Puppets::new(DynamicPolicy { threads: 2, ..policy() }));
    let tree = plant(&puppets, &diary, &Broken::default()).await;
    let a = key("a");
    let deadline = Instant::now() + SOON;
    while diary.count("it retires: true") < 10 {
        assert!(Instant::now() < deadline, "it never found itself idle");
        // Each of these has the actor try to go while the others come in.
        let asks = (0..4).map(|n| puppets.ask(&a, if n == 0 { Do::Retire } else { Do::Generation }));
        let answers = join_all(asks).await;
        assert!(answers.iter().all(Result::is_ok), "{answers:?}");
    }
    assert!(diary.count("make a") > 1, "it went and came back");
    tree.stop(SOON).await;
}

#[actix::test]
async fn a_child_that_keeps_failing_is_quarantined_alone_and_recovers() {
    let alerts: Arc<Mutex<Vec<Alert<String>>>> = Arc::default();
    let told = Arc::clone(&alerts);
    let puppets = Puppets::with_alert(policy(), move |alert| {
        told.lock().unwrap().push(alert.clone());
        panic!("a hook may panic as well");
    });
    let broken = Broken::default();
    let diary = Diary::default();
    let tree = plant(&puppets, &diary, &broken).await;
    let good = puppets.get(&key("good")).unwrap();
    assert_eq!(good.ask(Do::Generation).await, Ok(1));

    broken.lock().unwrap().insert(key("bad"));
    let bad = puppets.get(&key("bad")).unwrap();
    let state = || tree.report().find("root/puppets/bad").map(|it| it.state);
    until("it is quarantined", || state() == Some(State::Quarantined)).await;
    let refused = bad.ask(Do::Generation).await.unwrap_err();
    assert!(matches!(refused, Wrong::Ask(AskError::Quarantined { retry_in }) if retry_in <= 400 * MS));
    assert!(matches!(puppets.get(&key("bad")), Err(AskError::Quarantined { .. })));
    assert_eq!(good.ask(Do::Generation).await, Ok(1));
    {
        let alerts = alerts.lock().unwrap();
        let expected = Exit::Failed("broken".into());
        assert_eq!((&*alerts[0].key, &alerts[0].exit, alerts[0].round), ("bad", &expected, 1));
        assert_eq!(alerts[0].retry_in, 100 * MS);
    }

    until("a trial has failed", || alerts.lock().unwrap().len() == 2).await;
    assert_eq!(alerts.lock().unwrap()[1].retry_in, 200 * MS, "the next one is later");
    broken.lock().unwrap().clear();
    until("it lives", || bad.is_up()).await;
    assert_eq!(bad.ask(Do::Generation).await, Ok(5), "three crashes, one trial failed, one passed");
    until("it has recovered", || diary.count("root/puppets/bad Recovered") == 1).await;
    bad.ask(Do::Panic).await.unwrap_err();
    assert_eq!(bad.ask(Do::Generation).await, Ok(6), "one crash is one crash again");
    tree.stop(SOON).await;
}

#[actix::test]
async fn a_quarantined_child_can_be_tried_at_once_or_forgotten() {
    let puppets = Puppets::new(DynamicPolicy { quarantine: backoff(SOON * 100), ..policy() });
    let broken: Broken = Arc::new(Mutex::new(HashSet::from([key("bad")])));
    let tree = plant(&puppets, &Diary::default(), &broken).await;
    let bad = puppets.get(&key("bad")).unwrap();
    let quarantined = || tree.report().find("root/puppets/bad").is_some_and(|it| it.state == State::Quarantined);
    until("it is quarantined", quarantined).await;
    tree.restart("root/puppets/bad").unwrap();
    until("it was tried", || tree.report().find("root/puppets/bad").unwrap().generation == 4).await;
    until("it is quarantined again", quarantined).await;
    puppets.retire(&key("bad")).await;
    assert_eq!(puppets.count(), 0);
    assert_eq!(bad.ask(Do::Generation).await, Err(Wrong::Ask(AskError::Down)));
    tree.stop(SOON).await;
}

#[actix::test]
async fn a_large_share_of_failing_children_is_their_supervisors_failure() {
    let puppets = Puppets::new(DynamicPolicy {
        escalate_least: 3,
        escalate_share: 0.6,
        quarantine: backoff(SOON * 100),
        ..policy()
    });
    let broken = Broken::default();
    let diary = Diary::default();
    let tree = plant(&puppets, &diary, &broken).await;
    puppets.ask(&key("good"), Do::Generation).await.unwrap();
    for bad in ["x", "y", "z"] {
        assert_eq!(tree.report().find("root/puppets").unwrap().generation, 1, "a few are their own affair");
        broken.lock().unwrap().insert(key(bad));
        puppets.get(&key(bad)).unwrap();
        let name = format!("root/puppets/{bad}");
        until("it is quarantined", || tree.report().find(&name).is_none_or(|it| it.state == State::Quarantined)).await;
    }
    until("the supervisor was started anew", || {
        let report = tree.report().find("root/puppets").unwrap().clone();
        report.generation == 2 && report.state == State::Running
    })
    .await;
    let last = tree.report().find("root/puppets").unwrap().last_exit.clone().unwrap();
    assert_eq!(last.message.unwrap(), "3 of 4 children failing, last: failed: broken");
    assert_eq!(diary.count("it Stopped"), 1, "the good one was stopped well");
    assert_eq!(puppets.count(), 0);
    assert_eq!(puppets.ask(&key("good"), Do::Generation).await, Ok(1));
    tree.stop(SOON).await;
}

#[actix::test]
async fn one_that_blocks_a_shared_thread_is_blamed_and_its_neighbours_are_not() {
    let puppets = Puppets::new(DynamicPolicy {
        threads: 1,
        crashes: 1,
        window: SOON * 10,
        quarantine: backoff(SOON * 100),
        liveness: Some(Liveness { every: 50 * MS, misses: 3 }),
        limits: Limits { patience: SOON, ..Limits::default() },
        ..policy()
    });
    let tree = plant(&puppets, &Diary::default(), &Broken::default()).await;
    let (guilty, innocent) = (key("guilty"), key("innocent"));
    puppets.ask(&innocent, Do::Generation).await.unwrap();
    let blocked = puppets.ask(&guilty, Do::Block(1500 * MS)).await;
    assert_eq!(blocked, Err(Wrong::Ask(AskError::Lost)));
    assert_eq!(puppets.ask(&innocent, Do::Generation).await, Ok(2), "on a new thread");
    let state = |name: &str| tree.report().find(name).unwrap().state;
    until("the one is quarantined", || state("root/puppets/guilty") == State::Quarantined).await;
    until("the other one lives", || state("root/puppets/innocent") == State::Running).await;
    tree.stop(SOON).await;
}

#[actix::test]
async fn children_stop_together_and_before_those_they_lean_on() {
    let diary = Diary::default();
    let (base, puppets) = (Slot::new(), Puppets::new(policy()));
    let tree = Supervisor::new("root", quick(Strategy::RestForOne, 1))
        .child(puppet("base", &base, &diary))
        .child(children(&puppets, &diary, &Broken::default()))
        .start()
        .await
        .unwrap();
    for name in ["a", "b", "c/d"] {
        puppets.ask(&key(name), Do::Generation).await.unwrap();
    }
    assert!(tree.restart("root/puppets/c/d").is_ok(), "a key may have a slash in it");
    until("it lives again", || tree.report().find("root/puppets/c/d").unwrap().generation == 2).await;
    tree.stop(SOON).await;
    let lines = diary.take();
    let last: Vec<&str> = lines.iter().rev().take(2).map(String::as_str).collect();
    assert_eq!(last, ["base Stopped", "base Stopping"]);
    assert_eq!(lines.iter().filter(|line| *line == "it Stopped").count(), 4);
}
