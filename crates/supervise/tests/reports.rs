//! What an operator is told is what is.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that cannot go on should stop")]

mod stage;

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use futures::future::join_all;
use stage::{Diary, Do, puppet, quick, until};
use supervise::{Dynamic, DynamicPolicy, Kind, Report, Slot, Spec, State, Strategy, Supervisor};

const SOON: Duration = Duration::from_secs(5);

fn now_us() -> u64 {
    u64::try_from(SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_micros()).unwrap()
}

#[actix::test]
async fn a_report_shows_every_child_where_it_stands() {
    let diary = Diary::default();
    let slot = Slot::new();
    let children: Dynamic<u32, stage::Puppet> = Dynamic::new(DynamicPolicy::default());
    let notes = diary.clone();
    let inner = Supervisor::new("infra", quick(Strategy::RestForOne, 3)).child(puppet("a", &slot, &diary)).child(
        Spec::task("t", |stop| async move {
            stop.requested().await;
            Ok(())
        }),
    );
    let dynamic = Spec::dynamic("many", &children, move |_| {
        let puppet = stage::Puppet::new("one", &notes);
        async move { Ok(puppet) }
    });
    let begun = now_us();
    let root = Supervisor::new("root", quick(Strategy::OneForOne, 3));
    let tree = root.child(Spec::supervisor(inner)).child(dynamic).start().await.unwrap();
    children.ask(&7, Do::Generation).await.unwrap();

    let report = tree.report();
    let kinds = |report: &Report| report.children.iter().map(|it| (it.path.clone(), it.kind)).collect::<Vec<_>>();
    let expected = [("root/infra".into(), Kind::Supervisor), ("root/many".into(), Kind::Dynamic)];
    assert_eq!(kinds(&report), expected);
    let expected = [("root/infra/a".into(), Kind::Actor), ("root/infra/t".into(), Kind::Task)];
    assert_eq!(kinds(&report.children[0]), expected);
    assert_eq!(kinds(&report.children[1]), [("root/many/7".into(), Kind::Actor)]);
    let child = report.find("root/infra/a").unwrap();
    assert!((begun..=now_us()).contains(&child.since_us));
    let json = serde_json::to_value(child).unwrap();
    assert_eq!((&json["kind"], &json["state"], &json["last_exit"]), (&"actor".into(), &"running".into(), &().into()));
    tree.stop(SOON).await;
    let states = |report: &Report| report.children.iter().all(|it| it.state == State::Stopped);
    assert!(states(&tree.report()));
}

#[actix::test]
async fn depth_flight_and_times_are_those_of_the_messages() {
    let slot = Slot::new();
    let tree = Supervisor::new("root", quick(Strategy::OneForOne, 3))
        .child(puppet("a", &slot, &Diary::default()).own_thread())
        .start()
        .await
        .unwrap();
    let child = || tree.report().children[0].clone();
    slot.tell(Do::Block(Duration::from_millis(60))).unwrap();
    until("it is taken", || child().mailbox_depth == 0).await;
    let asks = actix::spawn({
        let slot = slot.clone();
        async move { join_all((0..5).map(|_| slot.ask(Do::Generation))).await }
    });
    until("five stand in line", || child().mailbox_depth == 5).await;
    assert_eq!(child().in_flight, 6);
    asks.await.unwrap();
    let after = child();
    assert_eq!((after.mailbox_depth, after.in_flight, after.mailbox_high_water, after.handled), (0, 0, 5, 6));
    assert!(after.handle_p50_us.unwrap() < 20_000, "{after:?}");
    assert!((50_000..200_000).contains(&after.handle_p99_us.unwrap()), "{after:?}");

    slot.ask(Do::Fail).await.unwrap();
    slot.ask(Do::Generation).await.unwrap();
    let after = child();
    let exit = after.last_exit.unwrap();
    assert_eq!(
        (after.generation, after.restarts, exit.kind, exit.message.unwrap().as_str()),
        (2, 1, "failed", "told to fail")
    );
    assert!(exit.at_us <= after.since_us && after.since_us <= now_us());
    tree.stop(SOON).await;
}
