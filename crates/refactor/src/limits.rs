//! What one question may cost: time, and sizes that hostile sources cannot pass.

use std::{
    sync::atomic::{AtomicBool, Ordering},
    time::{Duration, Instant},
};

/// Bytes of the largest file that is parsed; larger ones that hold the name are reported as unparsed.
pub const MOST_FILE_BYTES: usize = 8 << 20;
/// Levels of nesting that a parser or a walk goes down.
pub const MOST_DEPTH: usize = 400;
/// Tokens of the old name that are classed; a name that is written more often is refused.
pub const MOST_CANDIDATES: usize = 200_000;

/// The question was given up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Stopped {
    /// It took longer than it was given.
    #[error("the time limit is over")]
    TimedOut,
    /// Somebody did not want the answer any more.
    #[error("cancelled")]
    Cancelled,
}

/// The time that is left for a question. Looked at between two files, so the largest file is what it may be late by.
#[derive(Debug)]
pub struct Budget<'c> {
    until: Option<Instant>,
    cancelled: Option<&'c AtomicBool>,
}

impl<'c> Budget<'c> {
    /// So much from now, or until the flag is set.
    pub fn new(time: Duration, cancelled: &'c AtomicBool) -> Self {
        Self { until: Instant::now().checked_add(time), cancelled: Some(cancelled) }
    }

    /// As long as it takes.
    pub fn unlimited() -> Self {
        Self { until: None, cancelled: None }
    }

    /// Whether to go on.
    pub fn check(&self) -> Result<(), Stopped> {
        if self.cancelled.is_some_and(|flag| flag.load(Ordering::Relaxed)) {
            return Err(Stopped::Cancelled);
        }
        match self.until {
            Some(until) if Instant::now() >= until => Err(Stopped::TimedOut),
            _ => Ok(()),
        }
    }
}
