//! When a supervisor gives up, and what its parent does then.

#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    clippy::disallowed_types,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test that cannot go on should stop"
)]

mod stage;

use std::process::Command;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use stage::{Diary, Do, puppet, quick, until};
use supervise::{Backoff, Event, Exit, Failure, Policy, Slot, Spec, State, Strategy, Supervisor, What};

const SOON: Duration = Duration::from_secs(5);

#[actix::test]
async fn one_restart_too_many_ends_the_root_after_its_other_children() {
    let diary = Diary::default();
    let (a, b) = (Slot::new(), Slot::new());
    let tree = Supervisor::new("root", quick(Strategy::OneForOne, 2))
        .child(puppet("a", &a, &diary))
        .child(puppet("b", &b, &diary))
        .start()
        .await
        .unwrap();
    for _ in 0..3 {
        b.ask(Do::Panic).await.unwrap_err();
    }
    assert_eq!(tree.wait().await, Exit::Failed("root/b: panicked: told to".into()));
    assert_eq!(diary.count("a Stopped"), 1);
    assert_eq!(diary.count("b Started"), 3);
    let report = tree.report();
    assert_eq!(report.state, State::Stopped);
    assert_eq!(report.last_exit.unwrap().kind, "failed");
    assert_eq!(tree.stop(SOON).await.kind(), "failed", "a stop after the end tells how it ended");
}

#[actix::test]
async fn a_supervisor_that_gave_up_is_started_anew_by_its_parent_until_that_one_gives_up() {
    let slot = Slot::new();
    let inner = Supervisor::new("inner", quick(Strategy::OneForOne, 1)).child(puppet("a", &slot, &Diary::default()));
    let tree =
        Supervisor::new("root", quick(Strategy::OneForOne, 1)).child(Spec::supervisor(inner)).start().await.unwrap();
    for generation in 2..5 {
        slot.ask(Do::Panic).await.unwrap_err();
        if generation < 4 {
            assert_eq!(slot.ask(Do::Generation).await, Ok(generation));
        }
    }
    // The third life died in the second life of `inner`, which bears one restart.
    assert_eq!(slot.ask(Do::Generation).await, Ok(4));
    slot.ask(Do::Panic).await.unwrap_err();
    let message = "root/inner: failed: root/inner/a: panicked: told to";
    assert_eq!(tree.wait().await, Exit::Failed(message.into()));
}

#[actix::test]
async fn a_restart_that_fails_counts_like_a_crash() {
    let slot = Slot::new();
    let lives = Diary::default();
    let notes = lives.clone();
    let tree = Supervisor::new("root", quick(Strategy::OneForOne, 3))
        .child(Spec::actor("a", &slot, move || {
            notes.note("life");
            let first = notes.count("life") == 1;
            let notes = notes.clone();
            async move { if first { Ok(stage::Puppet::new("a", &notes)) } else { Err(Failure::new("no database")) } }
        }))
        .start()
        .await
        .unwrap();
    slot.ask(Do::Panic).await.unwrap_err();
    assert_eq!(tree.wait().await, Exit::Failed("root/a: failed: no database".into()));
    assert_eq!(lives.count("life"), 4);
}

#[actix::test]
async fn delays_grow_within_their_jitter() {
    let events: Arc<Mutex<Vec<Event>>> = Arc::default();
    let heard = Arc::clone(&events);
    let backoff = Backoff { min: Duration::from_millis(4), max: Duration::from_millis(32), factor: 2.0, jitter: 0.25 };
    let policy = Policy::default().intensity(5, SOON * 12).backoff(backoff);
    let task = Spec::task("t", |_| async { Err(Failure::new("no")) });
    let tree = Supervisor::new("root", policy)
        .child(task)
        .on_event(move |event| {
            heard.lock().unwrap().push(event.clone());
            assert!(event.generation < 1000, "a listener may panic as well");
        })
        .launch()
        .unwrap();
    assert_eq!(tree.wait().await, Exit::Failed("root/t: failed: no".into()));
    let events = events.lock().unwrap();
    let mut delays = Vec::new();
    for event in events.iter() {
        if let What::BackingOff(delay) = event.what {
            delays.push(delay.as_secs_f64() * 1000.0);
        }
    }
    assert_eq!(delays.len(), 5);
    for (delay, middle) in delays.iter().zip([4.0, 8.0, 16.0, 32.0, 32.0]) {
        assert!((middle * 0.7..=middle * 1.26).contains(delay), "{delay} for {middle}");
    }
    let gives_up = |event: &Event| matches!(event.what, What::Escalated(_)) && &*event.path == "root";
    assert!(events.iter().any(gives_up));
}

#[actix::test]
async fn a_panic_is_over_in_milliseconds() {
    let slot = Slot::new();
    let tree = Supervisor::new("root", Policy::default())
        .child(puppet("a", &slot, &Diary::default()).own_thread())
        .start()
        .await
        .unwrap();
    let begun = Instant::now();
    slot.ask(Do::Panic).await.unwrap_err();
    assert_eq!(slot.ask(Do::Generation).await, Ok(2));
    assert!(begun.elapsed() < Duration::from_millis(500));
    tree.stop(SOON).await;
}

#[actix::test]
async fn a_normal_end_of_a_permanent_child_is_followed_by_a_new_life() {
    let slot = Slot::new();
    let tree = Supervisor::new("root", quick(Strategy::OneForOne, 3))
        .child(puppet("a", &slot, &Diary::default()))
        .start()
        .await
        .unwrap();
    for end in [Do::Quit, Do::Terminate] {
        let before = tree.report().children[0].generation;
        slot.ask(end).await.unwrap();
        until("it lives again", || slot.is_up() && tree.report().children[0].generation > before).await;
    }
    tree.stop(SOON).await;
}

#[test]
fn a_process_whose_tree_gave_up_exits_with_an_error() {
    // Built beside the tests; a test that built it would build all below it with other features.
    let tests = std::env::current_exe().unwrap();
    let program = tests.ancestors().nth(2).unwrap().join("examples/crashing");
    assert!(program.is_file(), "run `cargo build --package supervise --examples` first");
    let example = |arguments: &[&str]| Command::new(&program).args(arguments).output().unwrap();
    let recovers = example(&["2"]);
    assert_eq!(recovers.status.code(), Some(0), "{}", String::from_utf8_lossy(&recovers.stderr));
    let gives_up = example(&["100"]);
    assert_eq!(gives_up.status.code(), Some(1), "{}", String::from_utf8_lossy(&gives_up.stderr));
    assert!(String::from_utf8_lossy(&gives_up.stderr).contains("root/clock: panicked"));
}
