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
    /// Renames computed, applied, taken back, pushed.
    Refactor,
}

/// What is to be done about a job's subject.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, DeriveValueType, strum::Display, strum::EnumString)]
#[strum(serialize_all = "snake_case")]
#[sea_orm(value_type = "String")]
pub enum Task {
    /// Bring the mirror to where its remote stands.
    Sync,
    /// Compute what a refactor would change.
    Compute,
    /// Commit what somebody approved of a refactor.
    Apply,
    /// Commit what takes an applied refactor back.
    Revert,
    /// Push an applied refactor to a new branch of the remote.
    Push,
}

impl Task {
    /// The queue that it waits in.
    pub fn queue(self) -> Queue {
        match self {
            Self::Sync => Queue::RepoSync,
            Self::Compute | Self::Apply | Self::Revert | Self::Push => Queue::Refactor,
        }
    }
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

/// What counts when a run is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct History {
    /// The number of the run, from 1.
    pub attempt: i32,
    /// So many are allowed.
    pub max_attempts: i32,
    /// Workers that died over it before this run.
    pub crashes: i32,
    /// Whether somebody asked for its end.
    pub unwanted: bool,
}

/// What becomes of a job after a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    /// It is over, in this state.
    End(JobState),
    /// It waits this long for another run.
    Again(Duration),
}

impl History {
    /// What becomes of the job. A wish for its end is granted wherever it would go on; what is done stays done.
    ///
    /// `spread` is a random number from 0 to 1.
    pub fn next<T>(self, outcome: &Outcome<T>, spread: f64) -> Next {
        let crashes = self.crashes.saturating_add(1);
        match outcome {
            Outcome::Done(_) => Next::End(JobState::Done),
            Outcome::Fatal(_) => Next::End(JobState::Failed),
            Outcome::Crashed if crashes >= MOST_CRASHES => Next::End(JobState::Dead),
            Outcome::Cancelled => Next::End(JobState::Cancelled),
            _ if self.unwanted => Next::End(JobState::Cancelled),
            // Most often it was the process that died, and not of this job; a second time it may have been.
            Outcome::Crashed if crashes == 1 => Next::Again(Duration::ZERO),
            Outcome::Crashed => Next::Again(retry_delay(crashes, None, spread)),
            Outcome::Snooze(time) => Next::Again(*time),
            Outcome::Retry { .. } if self.attempt >= self.max_attempts => Next::End(JobState::Failed),
            Outcome::Retry { after, .. } => Next::Again(retry_delay(self.attempt, *after, spread)),
        }
    }
}

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

    const FRESH: History = History { attempt: 1, max_attempts: 5, crashes: 0, unwanted: false };

    fn retry() -> Outcome<()> {
        Outcome::Retry { error: JobError { code: "X", message: String::new() }, after: None }
    }

    #[test]
    fn a_passing_failure_is_tried_again_until_the_attempts_are_used_up() {
        assert_eq!(FRESH.next(&retry(), 0.5), Next::Again(Duration::from_secs(10)));
        let last = History { attempt: 5, ..FRESH };
        assert_eq!(last.next(&retry(), 0.5), Next::End(JobState::Failed));
    }

    #[test]
    fn the_third_crash_is_the_last() {
        let crashed: Outcome<()> = Outcome::Crashed;
        assert_eq!(FRESH.next(&crashed, 0.5), Next::Again(Duration::ZERO));
        assert_eq!(History { crashes: 1, ..FRESH }.next(&crashed, 0.5), Next::Again(Duration::from_secs(20)));
        assert_eq!(History { crashes: 2, ..FRESH }.next(&crashed, 0.5), Next::End(JobState::Dead));
    }

    #[test]
    fn an_unwanted_job_ends_where_it_would_go_on_and_stays_done_where_it_is_done() {
        let unwanted = History { unwanted: true, ..FRESH };
        for outcome in [retry(), Outcome::Crashed, Outcome::Snooze(Duration::ZERO)] {
            assert_eq!(unwanted.next(&outcome, 0.5), Next::End(JobState::Cancelled));
        }
        assert_eq!(unwanted.next(&Outcome::Done(()), 0.5), Next::End(JobState::Done));
    }

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
