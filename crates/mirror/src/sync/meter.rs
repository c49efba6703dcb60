//! What a fetch says, turned into progress for the caller and into signs of life for the limits.

use std::time::{Duration, Instant};

use crate::{
    git::Watch,
    progress::{Progress, Splitter, Stage},
};

/// Least time between two reports.
const INTERVAL: Duration = Duration::from_millis(250);

/// Reports progress, at most once an interval, and counts what arrives.
pub(crate) struct Meter {
    report: Box<dyn FnMut(Progress) + Send>,
    max_bytes: Option<u64>,
    max_refs: usize,
    splitter: Splitter,
    reported: Option<Instant>,
    /// Not reported yet, because it came too soon after the last.
    waiting: Option<Progress>,
    received: u64,
    /// A pack was met, with all the checks that are made of one.
    met_pack: bool,
    /// Branches and tags that the fetch is about to make.
    new_refs: usize,
    /// The last object has arrived: what follows is work of this machine.
    complete: bool,
}

impl Meter {
    pub(crate) fn new(report: Box<dyn FnMut(Progress) + Send>, max_bytes: Option<u64>, max_refs: usize) -> Self {
        Self {
            report,
            max_bytes,
            max_refs,
            splitter: Splitter::default(),
            reported: None,
            waiting: None,
            received: 0,
            met_pack: false,
            new_refs: 0,
            complete: false,
        }
    }

    /// Bytes received so far.
    pub(super) fn received(&self) -> u64 {
        self.received
    }

    /// Whether objects came in a pack.
    pub(super) fn has_met_a_pack(&self) -> bool {
        self.met_pack
    }

    /// Whether there are more new branches and tags than allowed, which stops the fetch.
    pub(super) fn has_too_many_refs(&self) -> bool {
        self.new_refs > self.max_refs
    }

    /// A stage that this crate, not Git, begins.
    pub(crate) fn enter(&mut self, stage: Stage) {
        self.show(Progress::at(stage));
    }

    fn note(&mut self, progress: Progress) {
        self.received = self.received.max(progress.bytes.unwrap_or(0));
        self.met_pack |= progress.stage >= Stage::Receiving;
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
            } else if line.starts_with(b" * [new branch]") || line.starts_with(b" * [new tag]") {
                // Git tells of each new ref before it writes the first: a million of them would be a million files.
                self.new_refs += 1;
            }
        });
        self.splitter = splitter;
        self.max_bytes.is_none_or(|max| self.received <= max) && !self.has_too_many_refs()
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
