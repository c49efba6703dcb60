//! What a caller may rely on.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that cannot go on should stop")]

mod stage;

use std::time::{Duration, Instant};

use actix::prelude::*;
use futures::future::join_all;
use stage::{Diary, Do, Puppet, Wrong, puppet, quick, until};
use supervise::{AskError, Backoff, Limits, Policy, Slot, Spec, Strategy, Supervisor, Tree};

const SOON: Duration = Duration::from_secs(5);
const MS: Duration = Duration::from_millis(1);

fn limits(in_flight: usize, time: Duration) -> Limits {
    Limits { in_flight, time, ..Limits::default() }
}

async fn plant(spec: Spec, policy: Policy) -> Tree {
    Supervisor::new("root", policy).child(spec).start().await.unwrap()
}

fn policy() -> Policy {
    quick(Strategy::OneForOne, 10)
}

#[actix::test]
async fn an_actors_own_error_and_the_slots_come_as_one_family() {
    let slot = Slot::new();
    let tree = plant(puppet("a", &slot, &Diary::default()), policy()).await;
    assert_eq!(slot.ask(Do::Generation).await, Ok(1));
    assert_eq!(slot.ask(Do::Refuse).await, Err(Wrong::No));
    assert_eq!(slot.ask(Do::Panic).await, Err(Wrong::Ask(AskError::Lost)));
    assert_eq!(slot.send(Do::Generation).await, Ok(Ok(2)));
    tree.stop(SOON).await;
    assert_eq!(slot.ask(Do::Generation).await, Err(Wrong::Ask(AskError::Down)));
    assert_eq!(slot.tell(Do::Generation), Err(AskError::Down));
}

#[actix::test]
async fn questions_above_the_bound_are_refused_and_places_come_free_again() {
    let slot = Slot::with(limits(3, SOON));
    let tree = plant(puppet("a", &slot, &Diary::default()), policy()).await;
    let answers = join_all((0..5).map(|_| slot.ask(Do::Wait(20 * MS)))).await;
    let refused = answers.iter().filter(|answer| **answer == Err(Wrong::Ask(AskError::Overloaded)));
    assert_eq!(refused.count(), 2);
    assert_eq!(slot.ask(Do::Generation).await, Ok(1));
    assert_eq!(tree.report().children[0].in_flight, 0);
    assert_eq!(tree.report().children[0].mailbox_high_water, 3);
    tree.stop(SOON).await;
}

#[actix::test]
async fn work_counts_until_it_ends_even_when_its_caller_has_gone() {
    let slot = Slot::with(limits(1, 10 * MS));
    let tree = plant(puppet("a", &slot, &Diary::default()), policy()).await;
    assert_eq!(slot.ask(Do::Wait(100 * MS)).await, Err(Wrong::Ask(AskError::Timeout)));
    assert_eq!(slot.tell(Do::Generation), Err(AskError::Overloaded));
    until("the work has ended", || tree.report().children[0].in_flight == 0).await;
    assert_eq!(slot.ask(Do::Generation).await, Ok(1));
    tree.stop(SOON).await;
}

#[actix::test]
async fn a_question_that_is_not_answered_costs_its_time_limit_and_not_more() {
    let slot = Slot::new();
    let tree = plant(puppet("a", &slot, &Diary::default()), policy()).await;
    let begun = Instant::now();
    let answer = slot.ask_within(Do::Forget, 50 * MS).await;
    assert_eq!(answer, Err(Wrong::Ask(AskError::Timeout)));
    assert!(begun.elapsed() >= 50 * MS && begun.elapsed() < SOON);
    tree.stop(SOON).await;
}

#[actix::test]
async fn a_question_whose_caller_has_gone_is_not_read() {
    let diary = Diary::default();
    let slot = Slot::new();
    let tree = plant(puppet("a", &slot, &diary), policy()).await;
    slot.ask(Do::Freeze(50 * MS)).await.unwrap();
    assert_eq!(slot.ask_within(Do::Panic, 5 * MS).await, Err(Wrong::Ask(AskError::Timeout)));
    assert_eq!(slot.ask(Do::Generation).await, Ok(1), "the panic was never read");
    tree.stop(SOON).await;
}

#[actix::test]
async fn all_who_stand_in_line_when_the_actor_dies_are_told_at_once() {
    let slot = Slot::new();
    let tree = plant(puppet("a", &slot, &Diary::default()), policy()).await;
    let waiting = join_all((0..20).map(|_| slot.ask(Do::Forget)));
    let killer = slot.ask(Do::Panic);
    let begun = Instant::now();
    let (answers, _) = futures::join!(waiting, killer);
    assert!(answers.iter().all(|answer| *answer == Err(Wrong::Ask(AskError::Lost))));
    assert!(begun.elapsed() < Duration::from_secs(1));
    tree.stop(SOON).await;
}

#[actix::test]
async fn a_question_waits_through_a_short_restart_and_not_through_a_long_one() {
    let backoff = |ms| Backoff { min: ms * MS, jitter: 0.0, ..Backoff::default() };
    for (delay, expected) in [(60, Ok(2)), (3000, Err(Wrong::Ask(AskError::Down)))] {
        let slot = Slot::new();
        let tree = plant(puppet("a", &slot, &Diary::default()), policy().backoff(backoff(delay))).await;
        slot.ask(Do::Panic).await.unwrap_err();
        until("its end is known", || !slot.is_up()).await;
        let begun = Instant::now();
        assert_eq!(slot.ask(Do::Generation).await, expected);
        assert!(begun.elapsed() < Duration::from_millis(900), "it is known that nobody comes in time");
        tree.stop(SOON).await;
    }
}

#[actix::test]
async fn a_question_before_the_start_waits_for_it() {
    let slot = Slot::new();
    let early = actix::spawn({
        let slot = slot.clone();
        async move { slot.ask(Do::Generation).await }
    });
    tokio::task::yield_now().await;
    let tree = plant(puppet("a", &slot, &Diary::default()), policy()).await;
    assert_eq!(early.await.unwrap(), Ok(1));
    tree.stop(SOON).await;
}

#[derive(Message)]
#[rtype(result = "()")]
struct News(&'static str);

impl Handler<News> for Puppet {
    type Result = ();

    fn handle(&mut self, news: News, _: &mut Self::Context) {
        self.diary.note(news.0);
    }
}

#[actix::test]
async fn a_recipient_reaches_every_life() {
    let diary = Diary::default();
    let slot = Slot::new();
    let tree = plant(puppet("a", &slot, &diary), policy()).await;
    let listener = slot.recipient::<News>();
    listener.tell(News("first")).unwrap();
    until("it is heard", || diary.count("first") == 1).await;
    slot.ask(Do::Panic).await.unwrap_err();
    until("it lives again", || slot.is_up()).await;
    listener.clone().tell(News("second")).unwrap();
    until("it is heard", || diary.count("second") == 1).await;
    tree.stop(SOON).await;
}

#[actix::test]
async fn a_pool_shares_its_load_and_survives_the_death_of_a_member() {
    let slot = Slot::with(limits(2, SOON));
    let diary = Diary::default();
    let notes = diary.clone();
    let pool = Spec::pool("pool", &slot, 2, move || {
        let puppet = Puppet::new("a", &notes);
        async move { Ok(puppet) }
    });
    let tree = plant(pool, policy()).await;
    let answers = join_all((0..4).map(|_| slot.ask(Do::Wait(30 * MS)))).await;
    assert!(answers.iter().all(Result::is_ok), "two in each member");

    slot.ask(Do::Panic).await.unwrap_err();
    assert!(slot.is_up(), "the other one is there");
    for _ in 0..20 {
        slot.ask(Do::Generation).await.unwrap();
    }
    until("both are there again", || diary.count("a Started") == 3).await;
    let pool = tree.report().find("root/pool").unwrap().clone();
    assert_eq!(pool.children.len(), 2);
    assert_eq!(pool.children.iter().map(|member| member.restarts).sum::<u64>(), 1);
    tree.stop(SOON).await;
}
