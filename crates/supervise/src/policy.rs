//! When a child is started again, with whom, how soon, and when its supervisor gives up.

use std::collections::VecDeque;
use std::time::Duration;

use tokio::time::Instant;

use crate::exit::Exit;

/// Which exits of a child are followed by a new life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Restart {
    /// Every one.
    #[default]
    Permanent,
    /// Failures, panics and kills; not a normal end.
    Transient,
    /// None. It also does not come back when a sibling's exit takes it down.
    Temporary,
}

impl Restart {
    pub(crate) fn follows(self, exit: &Exit) -> bool {
        match self {
            Self::Permanent => true,
            Self::Transient => exit.is_failure(),
            Self::Temporary => false,
        }
    }
}

/// Who is started again with a child that ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Strategy {
    /// Only itself.
    #[default]
    OneForOne,
    /// All children: stopped in reverse order, started in order.
    OneForAll,
    /// Itself and those that were added after it.
    RestForOne,
}

/// How long to wait before the next life: `min · factor^(n-1)`, at most `max`, then spread by `jitter`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Backoff {
    /// Before the first restart in a row.
    pub min: Duration,
    /// Never longer than this (before the jitter).
    pub max: Duration,
    /// Growth from one restart in a row to the next; at least 1.
    pub factor: f64,
    /// Share of the delay by which chance may lengthen or shorten it, 0 to 1.
    pub jitter: f64,
}

impl Default for Backoff {
    /// 10 ms doubling up to 5 s, ± 20 %: a single panic is over in milliseconds, a lasting fault does not spin.
    fn default() -> Self {
        Self { min: Duration::from_millis(10), max: Duration::from_secs(5), factor: 2.0, jitter: 0.2 }
    }
}

impl Backoff {
    /// The delay before the restart number `streak` in a row (from 1), with a `chance` in `0..1`.
    pub fn delay(&self, streak: u32, chance: f64) -> Duration {
        let exponent = f64::from(streak.saturating_sub(1).min(64));
        let max = self.max.as_secs_f64();
        let grown = self.min.as_secs_f64() * self.factor.max(1.0).powf(exponent);
        let spread = 1.0 + self.jitter.clamp(0.0, 1.0) * (2.0 * chance - 1.0);
        Duration::try_from_secs_f64(grown.min(max) * spread).unwrap_or(self.max)
    }

    pub(crate) fn draw(&self, streak: u32) -> Duration {
        self.delay(streak, fastrand::f64())
    }
}

/// What a supervisor does about the ends of its children.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Policy {
    /// Who is started again together.
    pub strategy: Strategy,
    /// Restarts within `window` that are borne; one more ends the supervisor itself.
    pub max_restarts: u32,
    /// The time over which restarts are counted. A child that lived this long begins its back-off anew.
    pub window: Duration,
    /// The wait before a restart.
    pub backoff: Backoff,
}

impl Default for Policy {
    /// One for one, ten restarts a minute.
    fn default() -> Self {
        Self {
            strategy: Strategy::OneForOne,
            max_restarts: 10,
            window: Duration::from_mins(1),
            backoff: Backoff::default(),
        }
    }
}

impl Policy {
    /// The default with [`Strategy::OneForAll`].
    pub fn one_for_all() -> Self {
        Self { strategy: Strategy::OneForAll, ..Self::default() }
    }

    /// The default with [`Strategy::RestForOne`].
    pub fn rest_for_one() -> Self {
        Self { strategy: Strategy::RestForOne, ..Self::default() }
    }

    /// Bears `max` restarts within `window`.
    #[must_use]
    pub fn intensity(mut self, max: u32, window: Duration) -> Self {
        self.max_restarts = max;
        self.window = window;
        self
    }

    /// Waits so between restarts.
    #[must_use]
    pub fn backoff(mut self, backoff: Backoff) -> Self {
        self.backoff = backoff;
        self
    }
}

/// How often a child has to show that it is not hung.
///
/// An actor beats whenever its context is polled and does not stand in `ctx.wait`; a task whenever it is polled.
/// Both are woken for it, so that an idle one beats too, and a busy one that yields does as well.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Liveness {
    /// Time between two beats.
    pub every: Duration,
    /// Beats missed in a row after which the child is given up; at least 1.
    pub misses: u32,
}

impl Default for Liveness {
    /// Three beats of five seconds.
    fn default() -> Self {
        Self { every: Duration::from_secs(5), misses: 3 }
    }
}

/// Counts what happened within a window that moves.
#[derive(Debug, Default)]
pub(crate) struct Tally(VecDeque<Instant>);

impl Tally {
    /// Adds one and answers how many there were within `window`, this one included.
    pub(crate) fn add(&mut self, now: Instant, window: Duration) -> usize {
        self.0.push_back(now);
        while self.0.front().is_some_and(|&at| now.duration_since(at) > window) {
            self.0.pop_front();
        }
        self.0.len()
    }

    pub(crate) fn clear(&mut self) {
        self.0.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn a_delay_stays_within_its_jitter_and_never_shrinks_on_average(
            streak in 1u32..2000, chance in 0.0f64..1.0, jitter in 0.0f64..1.0,
        ) {
            let backoff = Backoff { jitter, ..Backoff::default() };
            let middle = backoff.delay(streak, 0.5);
            let drawn = backoff.delay(streak, chance).as_secs_f64();
            prop_assert!(middle <= backoff.max);
            prop_assert!(drawn >= middle.as_secs_f64() * (1.0 - jitter) - 1e-6);
            prop_assert!(drawn <= middle.as_secs_f64() * (1.0 + jitter) + 1e-6);
            prop_assert!(backoff.delay(streak + 1, 0.5) >= middle);
        }
    }

    #[test]
    fn a_tally_forgets_what_left_its_window() {
        let mut tally = Tally::default();
        let start = Instant::now();
        let window = Duration::from_secs(10);
        assert_eq!(tally.add(start, window), 1);
        assert_eq!(tally.add(start + Duration::from_secs(10), window), 2);
        assert_eq!(tally.add(start + Duration::from_secs(15), window), 2);
    }
}
