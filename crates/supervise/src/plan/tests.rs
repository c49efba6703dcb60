//! Whatever happens to the children, the plan keeps its order and comes to an end.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that cannot go on should stop")]

use std::time::Duration;

use proptest::prelude::{Just, ProptestConfig, any, prop, prop_assert, prop_oneof, proptest};
use proptest::strategy::Strategy as Draw;
use tokio::time::Instant;

use super::*;

/// Something that may happen to a child, if it is in a state for it.
#[derive(Debug, Clone)]
enum Fate {
    Started(usize),
    Dies(usize),
    EndsWell(usize),
    OperatorRestarts(usize),
    TimePasses(u64),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Life {
    None,
    Starting,
    Up,
    Stopping,
}

fn fate() -> impl Draw<Value = Fate> {
    prop_oneof![
        6 => (0..4usize).prop_map(Fate::Started),
        2 => (0..4usize).prop_map(Fate::Dies),
        1 => (0..4usize).prop_map(Fate::EndsWell),
        1 => (0..4usize).prop_map(Fate::OperatorRestarts),
        3 => (0..2000u64).prop_map(Fate::TimePasses),
    ]
}

/// The children as the world sees them.
struct World {
    plan: Plan,
    lives: Vec<Life>,
    now: Instant,
    ordered: bool,
}

impl World {
    fn new(strategy: Strategy, restarts: &[Restart], max: u32) -> Self {
        let now = Instant::now();
        let policy = Policy { strategy, max_restarts: max, ..Policy::default() };
        Self {
            plan: Plan::new(policy, restarts.iter().copied(), now),
            lives: vec![Life::None; restarts.len()],
            now,
            ordered: strategy != Strategy::OneForOne,
        }
    }

    /// Carries out all steps and checks each.
    fn advance(&mut self) {
        for _ in 0..100 {
            let Some(step) = self.plan.next(self.now) else {
                let wake = self.plan.wake_at();
                assert!(wake.is_none_or(|at| at > self.now), "it would spin");
                return;
            };
            self.take(step);
        }
        panic_because("steps without an end");
    }

    fn take(&mut self, step: Step) {
        match step {
            Step::Start(index) => {
                assert_eq!(self.lives[index], Life::None, "one life at a time");
                assert!(!self.plan.is_ending(), "nobody starts on the way out");
                let busy = |life: &Life| matches!(life, Life::Starting | Life::Stopping);
                if self.ordered {
                    assert!(!self.lives.iter().any(busy), "one at a time");
                } else if !self.plan.is_up() {
                    // One that was up already may come back while a later one starts for the first time.
                    assert!(!self.lives[..index].iter().any(busy), "the first ones first");
                }
                self.lives[index] = Life::Starting;
            }
            Step::Stop(index) => {
                assert!(matches!(self.lives[index], Life::Starting | Life::Up));
                if self.plan.is_ending() {
                    let above = &self.lives[index + 1..];
                    assert!(above.iter().all(|life| *life == Life::None), "the last one stops first");
                }
                self.lives[index] = Life::Stopping;
            }
        }
    }

    fn suffer(&mut self, fate: &Fate) {
        let count = self.lives.len();
        match *fate {
            Fate::Started(index) if self.lives[index % count] == Life::Starting => {
                self.lives[index % count] = Life::Up;
                self.plan.started(index % count, self.now);
            }
            Fate::Dies(index) => self.end(index % count, &Exit::Panicked("so".into())),
            Fate::EndsWell(index) => self.end(index % count, &Exit::Normal),
            Fate::OperatorRestarts(index) => self.plan.restart(index % count, self.now),
            Fate::TimePasses(ms) => self.now += Duration::from_millis(ms),
            Fate::Started(_) => {}
        }
    }

    fn end(&mut self, index: usize, exit: &Exit) {
        if self.lives[index] == Life::None {
            return;
        }
        self.lives[index] = Life::None;
        if self.plan.ended(index, exit, self.now) == Verdict::TooMuch {
            self.plan.end(Exit::Failed("too much".into()));
        }
    }

    /// From now on nothing fails: all who are wanted come up.
    fn calm_down(&mut self) {
        for _ in 0..200 {
            self.advance();
            for index in 0..self.lives.len() {
                match self.lives[index] {
                    Life::Starting => self.suffer(&Fate::Started(index)),
                    Life::Stopping => self.end(index, &Exit::Shutdown),
                    Life::None | Life::Up => {}
                }
            }
            self.now += Duration::from_secs(1);
        }
    }
}

fn panic_because(reason: &str) {
    assert!(reason.is_empty(), "{reason}");
}

fn restarts() -> impl Draw<Value = Vec<Restart>> {
    let one = prop_oneof![4 => Just(Restart::Permanent), 1 => Just(Restart::Transient), 1 => Just(Restart::Temporary)];
    prop::collection::vec(one, 1..5)
}

fn strategies() -> impl Draw<Value = Strategy> {
    prop_oneof![Just(Strategy::OneForOne), Just(Strategy::OneForAll), Just(Strategy::RestForOne)]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn after_any_trouble_all_permanent_children_live_or_all_are_stopped(
        strategy in strategies(),
        restarts in restarts(),
        fates in prop::collection::vec(fate(), 0..60),
        max in 0..20u32,
        stops in any::<bool>(),
    ) {
        let mut world = World::new(strategy, &restarts, max);
        for fate in &fates {
            world.advance();
            world.suffer(fate);
        }
        if stops {
            world.plan.end(Exit::Shutdown);
        }
        world.calm_down();
        if world.plan.is_ending() {
            prop_assert!(world.plan.finished().is_some());
            prop_assert!(world.lives.iter().all(|life| *life == Life::None));
        } else {
            prop_assert!(world.plan.is_up());
            for (life, restart) in world.lives.iter().zip(&restarts) {
                prop_assert!(*restart != Restart::Permanent || *life == Life::Up, "{:?}", world.plan);
            }
        }
    }
}

#[test]
fn restarts_in_a_row_wait_longer_each_time_until_one_life_lasts() {
    let mut world = World::new(Strategy::OneForOne, &[Restart::Permanent], 10);
    let mut delays = Vec::new();
    for lived in [1, 1, 1, 100] {
        world.advance();
        world.suffer(&Fate::Started(0));
        world.now += Duration::from_secs(lived);
        world.lives[0] = Life::None;
        let verdict = world.plan.ended(0, &Exit::Panicked("so".into()), world.now);
        let Verdict::Back(due) = verdict else {
            return panic_because("it has to come back");
        };
        delays.push((due - world.now).as_secs_f64() * 1000.0);
        world.now = due;
    }
    for (delay, middle) in delays.iter().zip([10.0, 20.0, 40.0, 10.0]) {
        assert!((middle * 0.79..=middle * 1.21).contains(delay), "{delay} for {middle}");
    }
}
