//! Synchronisations by the clock: how often, how much more rarely while the remote is dead, and who is told of them.

use std::time::Duration;

use sea_orm::DeriveValueType;
use serde::Serialize;
use utoipa::ToSchema;

use super::{failure::Failure, sync::Cause};

const LEAST: i32 = 300;
const MOST: i32 = 30 * 24 * 3_600;
/// A dead remote is tried again after this time at the latest, unless the interval itself is longer.
const LONGEST_PAUSE: Duration = Duration::from_hours(24);
/// Whoever watches a project is told of scheduled failures once, when there were so many in a row.
const TOLD_AT: i32 = 3;

/// The time between two scheduled synchronisations, in seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema, DeriveValueType)]
#[serde(transparent)]
pub struct SyncInterval(i32);

impl SyncInterval {
    /// Five minutes to thirty days.
    pub fn parse(field: &str, seconds: i64) -> Result<Self, Failure> {
        let seconds = i32::try_from(seconds).ok().filter(|seconds| (LEAST..=MOST).contains(seconds));
        seconds.map(Self).ok_or_else(|| {
            Failure::invalid(field, format!("must be {LEAST} to {MOST} seconds, or null for no scheduled syncs"))
        })
    }

    /// From the end of one to the next, after so many failures in a row: each doubles it, up to a day.
    pub fn pause(self, failures: i32) -> Duration {
        let interval = Duration::from_secs(self.0.unsigned_abs().into());
        let doublings = failures.clamp(0, 16).unsigned_abs();
        let longest = interval.max(LONGEST_PAUSE);
        interval.saturating_mul(2_u32.saturating_pow(doublings)).min(longest)
    }
}

/// What became of a synchronisation, as far as it is news.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum News {
    /// It began.
    Began,
    /// It ended well; something is new, or nothing.
    Succeeded {
        /// Whether the mirror stands elsewhere now.
        changed: bool,
    },
    /// It failed, and so many before it did without a success between.
    Failed {
        /// This one included.
        in_a_row: i32,
    },
    /// Somebody ended it, or must decide.
    Decided,
}

/// Whether a project's members are told. What the clock wanted is told when it matters: a change, and once that the
/// remote seems dead.
pub fn is_told(cause: Cause, news: News) -> bool {
    match (cause, news) {
        (Cause::Person | Cause::Push, _) | (Cause::Schedule, News::Decided) => true,
        (Cause::Schedule, News::Began) => false,
        (Cause::Schedule, News::Succeeded { changed }) => changed,
        (Cause::Schedule, News::Failed { in_a_row }) => in_a_row == TOLD_AT,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

    use super::*;

    fn pauses(seconds: i64, failures: &[i32]) -> Vec<u64> {
        let interval = SyncInterval::parse("sync_interval_s", seconds).unwrap();
        failures.iter().map(|failures| interval.pause(*failures).as_secs()).collect()
    }

    #[test]
    fn intervals_are_five_minutes_to_thirty_days() {
        for seconds in [300, 86_400, 2_592_000] {
            assert!(SyncInterval::parse("sync_interval_s", seconds).is_ok(), "{seconds}");
        }
        for seconds in [i64::MIN, -1, 0, 299, 2_592_001, i64::MAX] {
            assert!(SyncInterval::parse("sync_interval_s", seconds).is_err(), "{seconds}");
        }
    }

    #[test]
    fn each_failure_doubles_the_pause_up_to_a_day() {
        assert_eq!(pauses(300, &[0, 1, 2, 3, 8, 9, 1_000_000]), [300, 600, 1_200, 2_400, 76_800, 86_400, 86_400]);
        assert_eq!(pauses(172_800, &[0, 1, 5]), [172_800, 172_800, 172_800]);
    }

    #[test]
    fn what_the_clock_wanted_is_told_when_it_matters() {
        let told = |news| is_told(Cause::Schedule, news);
        assert!(!told(News::Began) && !told(News::Succeeded { changed: false }));
        assert!(told(News::Succeeded { changed: true }) && told(News::Decided));
        let failures: Vec<_> = (1..=6).filter(|in_a_row| told(News::Failed { in_a_row: *in_a_row })).collect();
        assert_eq!(failures, [3]);
        assert!(is_told(Cause::Person, News::Began) && is_told(Cause::Push, News::Failed { in_a_row: 9 }));
    }
}
