//! What a fetch says, turned into progress for the caller and into signs of life for the limits.

use std::time::{Duration, Instant};

use crate::{
    git::Watch,
    progress::{Progress, Splitter, Stage},
};

/// Least time between two reports.
const INTERVAL: Duration = Duration::from_millis(250);

/// Reports progress, at most once an interval, and counts what arrives.
pub(super) struct Meter {
    report: Box<dyn FnMut(Progress) + Send>,
    max_bytes: Option<u64>,
    splitter: Splitter,
    reported: Option<Instant>,
    /// Not reported yet, because it came too soon after the last.
    waiting: Option<Progress>,
    received: u64,
    /// The last object has arrived: what follows is work of this machine.
    complete: bool,
}

impl Meter {
    pub(super) fn new(report: Box<dyn FnMut(Progress) + Send>, max_bytes: Option<u64>) -> Self {
        Self {
            report,
            max_bytes,
            splitter: Splitter::default(),
            reported: None,
            waiting: None,
            received: 0,
            complete: false,
        }
    }

    /// Bytes received so far.
    pub(super) fn received(&self) -> u64 {
        self.received
    }

    /// A stage that this crate, not Git, begins.
    pub(super) fn enter(&mut self, stage: Stage) {
        self.show(Progress::at(stage));
    }

    fn note(&mut self, progress: Progress) {
        self.received = self.received.max(progress.bytes.unwrap_or(0));
        let all_there = progress.objects.is_some() && progress.objects == progress.total_objects;
        self.complete |= progress.stage > Stage::Receiving || (progress.stage == Stage::Receiving && all_there);
        self.show(progress);
    }

    fn show(&mut self, progress: Progress) {
        if self.reported.is_none_or(|at| at.elapsed() >= INTERVAL) {
            self.reported = Some(Instant::now());
            self.waiting = None;
            (self.report)(progress);
        } else {
            self.waiting = Some(progress);
        }
    }
}

impl Watch for Meter {
    fn hear(&mut self, bytes: &[u8]) -> bool {
        let mut splitter = std::mem::take(&mut self.splitter);
        splitter.feed(bytes, &mut |line| {
            if let Some(progress) = Progress::parse(line) {
                self.note(progress);
            }
        });
        self.splitter = splitter;
        self.max_bytes.is_none_or(|max| self.received <= max)
    }

    fn waits_for_remote(&self) -> bool {
        !self.complete
    }
}

impl Drop for Meter {
    /// The last thing that happened is told, however soon after the one before.
    fn drop(&mut self) {
        if let Some(progress) = self.waiting.take()
            && !std::thread::panicking()
        {
            (self.report)(progress);
        }
    }
}
