//! How a life ends, and what a factory or a task says when it gives up.

use std::any::Any;
use std::error::Error;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// How one life of a child ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Exit {
    /// It ended of itself and had nothing to complain of.
    Normal,
    /// It ended because its supervisor asked it to, within its grace.
    Shutdown,
    /// It, or its start, gave up with this reason.
    Failed(String),
    /// It, or its start, panicked with this message.
    Panicked(String),
    /// It was ended from outside, without a word of its own.
    Killed(Kill),
}

/// Why a life was ended from outside.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kill {
    /// It missed its beats: it hangs, or blocks its thread.
    Deaf,
    /// It did not stop within its grace.
    Grace,
    /// It did not start within its time.
    Start,
    /// Its whole tree was ended at once, the time for a stop being over.
    Deadline,
    /// Its thread ended, or was blocked by somebody else; not its own fault.
    Thread,
}

impl Exit {
    /// Whether a [`Transient`](crate::Restart::Transient) child is started again after this.
    pub fn is_failure(&self) -> bool {
        match self {
            Self::Normal | Self::Shutdown => false,
            Self::Failed(_) | Self::Panicked(_) | Self::Killed(_) => true,
        }
    }

    /// `normal`, `shutdown`, `failed`, `panicked` or `killed`: for labels and reports.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Normal => "normal",
            Self::Shutdown => "shutdown",
            Self::Failed(_) => "failed",
            Self::Panicked(_) => "panicked",
            Self::Killed(_) => "killed",
        }
    }

    /// The reason, where there is one.
    pub fn message(&self) -> Option<&str> {
        match self {
            Self::Normal | Self::Shutdown => None,
            Self::Failed(message) | Self::Panicked(message) => Some(message),
            Self::Killed(kill) => Some(kill.as_str()),
        }
    }
}

impl fmt::Display for Exit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.message() {
            Some(message) => write!(f, "{}: {message}", self.kind()),
            None => f.write_str(self.kind()),
        }
    }
}

impl Kill {
    fn as_str(self) -> &'static str {
        match self {
            Self::Deaf => "missed its beats",
            Self::Grace => "did not stop within its grace",
            Self::Start => "did not start in time",
            Self::Deadline => "the time for the stop was over",
            Self::Thread => "its thread was blocked by another or ended",
        }
    }
}

/// Why a factory could not build its actor, or why a task gave up.
///
/// Any error converts with `?`; the messages of its sources are kept. Like the error boxes of other crates it is
/// therefore no [`Error`] itself.
pub struct Failure(String);

impl Failure {
    /// A failure with a reason of its own.
    pub fn new(reason: impl Into<String>) -> Self {
        Self(reason.into())
    }
}

impl<E: Error> From<E> for Failure {
    fn from(error: E) -> Self {
        let mut reason = error.to_string();
        let mut source = error.source();
        while let Some(cause) = source {
            reason.push_str(": ");
            reason.push_str(&cause.to_string());
            source = cause.source();
        }
        Self(reason)
    }
}

impl From<Failure> for Exit {
    fn from(failure: Failure) -> Self {
        Self::Failed(failure.0)
    }
}

impl fmt::Debug for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Failure").field(&self.0).finish()
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Runs `f`; a panic comes back as its message.
///
/// The state that `f` may leave half changed is thrown away by every caller, hence the assertion.
pub(crate) fn caught<T>(f: impl FnOnce() -> T) -> Result<T, String> {
    catch_unwind(AssertUnwindSafe(f)).map_err(message_of)
}

fn message_of(payload: Box<dyn Any + Send>) -> String {
    let message = payload
        .downcast_ref::<&str>()
        .map(ToString::to_string)
        .or_else(|| payload.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "a panic without a message".to_owned());
    // A payload may panic when dropped, and so may the payload of that panic: this one is left alone.
    if let Err(again) = catch_unwind(AssertUnwindSafe(|| drop(payload))) {
        std::mem::forget(again);
    }
    message
}

#[cfg(test)]
mod tests {
    #![allow(clippy::panic, reason = "panics are the subject")]

    use super::*;

    #[test]
    fn a_caught_panic_keeps_its_message() {
        assert_eq!(caught(|| panic!("boom {}", 1)), Err::<(), _>("boom 1".to_owned()));
        assert_eq!(caught(|| panic!("plain")), Err::<(), _>("plain".to_owned()));
    }

    #[test]
    fn a_payload_that_panics_when_dropped_is_survived() {
        struct Bomb;
        impl Drop for Bomb {
            fn drop(&mut self) {
                panic!("in drop");
            }
        }
        let result = caught(|| std::panic::panic_any(Bomb));
        assert_eq!(result, Err("a panic without a message".to_owned()));
    }

    #[test]
    fn a_failure_keeps_the_messages_of_its_sources() {
        let error = std::io::Error::other(std::io::Error::other("disk is away"));
        assert!(Failure::from(error).to_string().contains("disk is away"));
    }
}
