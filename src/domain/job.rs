//! A job's life: its states, what a run may come to, and when the next attempt is due.

use std::time::Duration;

use sea_orm::DeriveValueType;

/// Where a job stands. `Done`, `Failed`, `Cancelled` and `Dead` are ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, DeriveValueType, strum::Display, strum::EnumString)]
#[strum(serialize_all = "lowercase")]
#[sea_orm(value_type = "String")]
pub enum JobState {
    /// Waits for its time and a worker.
    Queued,
    /// An instance works on it.
    Running,
    /// It came to what it was for.
    Done,
    /// It cannot come to it.
    Failed,
    /// Somebody ended it.
    Cancelled,
    /// Its worker crashed too often.
    Dead,
}

/// The queues, one dispatcher each.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, DeriveValueType, strum::Display, strum::EnumString, strum::EnumIter,
)]
#[strum(serialize_all = "snake_case")]
#[sea_orm(value_type = "String")]
pub enum Queue {
    /// Synchronisations of mirrors.
    RepoSync,
}

/// What a run says of itself when it is over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome<T> {
    /// The work is done.
    Done(T),
    /// It failed in a way that may pass; burns an attempt.
    Retry {
        /// Why.
        error: JobError,
        /// Not before this time, when the other side asked for one.
        after: Option<Duration>,
    },
    /// It could not begin, or the service stops; burns no attempt.
    Snooze(Duration),
    /// Somebody asked for the end.
    Cancelled,
    /// It failed in a way that will not pass.
    Fatal(JobError),
    /// Its worker died over it.
    Crashed,
}

/// Failed work's own error, as clients see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JobError {
    /// One of the contract's codes for failed work.
    pub code: &'static str,
    /// What happened and what to do, without secrets.
    pub message: String,
}

/// A worker may die over a job so many times; then it is dead until somebody requeues it.
pub const MOST_CRASHES: i32 = 3;

const FIRST_DELAY: Duration = Duration::from_secs(5);
const LONGEST_DELAY: Duration = Duration::from_hours(1);

/// How long to wait after failed attempt number `attempt` (from 1): min(1 h, 5 s · 2^attempt) ± 20 %,
/// and never less than what the other side asked for.
///
/// `spread` is a random number from 0 to 1.
pub fn retry_delay(attempt: i32, asked: Option<Duration>, spread: f64) -> Duration {
    let doublings = u32::try_from(attempt.clamp(1, 20)).unwrap_or(1);
    let delay = FIRST_DELAY.saturating_mul(2_u32.saturating_pow(doublings)).min(LONGEST_DELAY);
    let jittered = delay.mul_f64(0.8 + 0.4 * spread.clamp(0.0, 1.0));
    jittered.max(asked.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn delays_double_up_to_an_hour() {
        assert_eq!(retry_delay(1, None, 0.5), Duration::from_secs(10));
        assert_eq!(retry_delay(2, None, 0.5), Duration::from_secs(20));
        assert_eq!(retry_delay(50, None, 0.5), LONGEST_DELAY);
    }

    #[test]
    fn delays_are_spread_by_a_fifth_and_honour_what_was_asked() {
        assert_eq!(retry_delay(1, None, 0.0), Duration::from_secs(8));
        assert_eq!(retry_delay(1, None, 1.0), Duration::from_secs(12));
        let asked = Some(Duration::from_secs(90));
        assert_eq!(retry_delay(1, asked, 0.5), Duration::from_secs(90));
    }
}
