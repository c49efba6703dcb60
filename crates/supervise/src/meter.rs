//! What a child is measured by: messages handled, how long they took, how many stand in line.

use std::sync::atomic::Ordering::{AcqRel, Acquire, Relaxed};
use std::sync::atomic::{AtomicU32, AtomicU64, AtomicUsize};
use std::sync::{Arc, LazyLock};
use std::time::{Duration, Instant};

use crate::life::Life;

/// Four steps to each doubling of the time, 1 µs to about an hour: a quantile is right to an eighth.
const BUCKETS: usize = 128;

/// After this long the weight of what was measured halves.
const HALF_LIFE: Duration = Duration::from_mins(1);

static EPOCH: LazyLock<Instant> = LazyLock::new(Instant::now);

/// Counters of one child, over all its lives. Recording takes no lock and no memory.
#[derive(Debug)]
pub(crate) struct Meter {
    handled: AtomicU64,
    isolated: AtomicU64,
    high_water: AtomicUsize,
    buckets: [AtomicU32; BUCKETS],
    /// Half lives since the epoch at which the buckets were last halved.
    halved: AtomicU64,
}

impl Default for Meter {
    fn default() -> Self {
        Self {
            handled: AtomicU64::new(0),
            isolated: AtomicU64::new(0),
            high_water: AtomicUsize::new(0),
            buckets: std::array::from_fn(|_| AtomicU32::new(0)),
            halved: AtomicU64::new(half_lives()),
        }
    }
}

impl Meter {
    /// One message was answered after `took`.
    pub(crate) fn record(&self, took: Duration) {
        self.fade();
        self.handled.fetch_add(1, Relaxed);
        if let Some(bucket) = self.buckets.get(bucket_of(took)) {
            bucket.fetch_add(1, Relaxed);
        }
    }

    pub(crate) fn isolated_one(&self) {
        self.isolated.fetch_add(1, Relaxed);
    }

    pub(crate) fn saw_depth(&self, depth: usize) {
        self.high_water.fetch_max(depth, Relaxed);
    }

    pub(crate) fn handled(&self) -> u64 {
        self.handled.load(Relaxed)
    }

    pub(crate) fn isolated(&self) -> u64 {
        self.isolated.load(Relaxed)
    }

    pub(crate) fn high_water(&self) -> usize {
        self.high_water.load(Relaxed)
    }

    /// The time, in microseconds, within which `percent` of the recent messages were answered.
    pub(crate) fn quantile(&self, percent: u64) -> Option<u64> {
        self.fade();
        let counts = self.buckets.each_ref().map(|bucket| u64::from(bucket.load(Relaxed)));
        let total: u64 = counts.iter().sum();
        let rank = (total * percent).div_ceil(100).max(1);
        let mut seen = 0;
        for (index, count) in counts.iter().enumerate() {
            seen += count;
            if seen >= rank {
                return Some(middle_of(index));
            }
        }
        None
    }

    /// Halves the buckets once for each half life gone by. Subtracting loses nothing that is added meanwhile.
    fn fade(&self) {
        let now = half_lives();
        let before = self.halved.load(Relaxed);
        if now <= before || self.halved.compare_exchange(before, now, Relaxed, Relaxed).is_err() {
            return;
        }
        let halvings = u32::try_from(now - before).unwrap_or(u32::MAX);
        for bucket in &self.buckets {
            let count = bucket.load(Relaxed);
            bucket.fetch_sub(count - count.checked_shr(halvings).unwrap_or(0), Relaxed);
        }
    }
}

fn half_lives() -> u64 {
    EPOCH.elapsed().as_secs() / HALF_LIFE.as_secs()
}

fn bucket_of(took: Duration) -> usize {
    let micros = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
    if micros < 4 {
        return usize::try_from(micros).unwrap_or(0);
    }
    let octave = micros.ilog2();
    let quarter = (micros >> (octave - 2)) & 3;
    let index = u64::from(octave - 1) * 4 + quarter;
    usize::try_from(index).unwrap_or(BUCKETS).min(BUCKETS - 1)
}

fn middle_of(bucket: usize) -> u64 {
    let bucket = bucket as u64;
    if bucket < 4 {
        return bucket;
    }
    let octave = bucket / 4 + 1;
    let width = 1u64 << (octave - 2);
    (4 + bucket % 4) * width + width / 2
}

/// What one life has in hand: a count of the messages accepted and not yet answered, with a door that can be shut.
#[derive(Debug, Default)]
pub(crate) struct Load {
    /// The highest bit: shut. The rest: in flight.
    gate: AtomicUsize,
    queued: AtomicUsize,
}

const SHUT: usize = 1 << (usize::BITS - 1);

/// Why a message was not let in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refused {
    Full,
    Shut,
}

impl Load {
    /// Lets one in unless `bound` are in already.
    pub(crate) fn enter(&self, bound: usize) -> Result<(), Refused> {
        let mut seen = self.gate.load(Acquire);
        loop {
            if seen & SHUT != 0 {
                return Err(Refused::Shut);
            }
            if seen >= bound {
                return Err(Refused::Full);
            }
            match self.gate.compare_exchange_weak(seen, seen + 1, AcqRel, Acquire) {
                Ok(_) => return Ok(()),
                Err(now) => seen = now,
            }
        }
    }

    fn leave(&self) {
        self.gate.fetch_sub(1, AcqRel);
    }

    /// Lets nobody in any more.
    pub(crate) fn shut(&self) {
        self.gate.fetch_or(SHUT, AcqRel);
    }

    /// Shuts the door if nobody is in; nobody can slip in between.
    pub(crate) fn shut_if_idle(&self) -> bool {
        self.gate.compare_exchange(0, SHUT, AcqRel, Acquire).is_ok()
    }

    pub(crate) fn reopen(&self) {
        self.gate.fetch_and(!SHUT, AcqRel);
    }

    pub(crate) fn is_shut(&self) -> bool {
        self.gate.load(Acquire) & SHUT != 0
    }

    pub(crate) fn in_flight(&self) -> usize {
        self.gate.load(Relaxed) & !SHUT
    }

    pub(crate) fn queued(&self) -> usize {
        self.queued.load(Relaxed)
    }

    /// One more stands in line; answers how many do.
    pub(crate) fn queue(&self) -> usize {
        self.queued.fetch_add(1, Relaxed) + 1
    }

    pub(crate) fn unqueue(&self) {
        self.queued.fetch_sub(1, Relaxed);
    }
}

/// The right of one message to be in; given back when dropped.
#[derive(Debug)]
pub(crate) struct Permit(Arc<Life>);

impl Permit {
    pub(crate) fn take(life: &Arc<Life>, bound: usize) -> Result<Self, Refused> {
        life.load.enter(bound)?;
        Ok(Self(Arc::clone(life)))
    }

    pub(crate) fn life(&self) -> &Arc<Life> {
        &self.0
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        self.0.load.leave();
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

    use super::*;
    use proptest::prelude::*;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(128))]

        #[test]
        fn a_bucket_stands_for_its_times_to_an_eighth(micros in 1u64..2_000_000_000) {
            let middle = middle_of(bucket_of(Duration::from_micros(micros)));
            prop_assert!(middle.abs_diff(micros) * 8 <= micros.max(8));
        }
    }

    #[test]
    fn quantiles_of_a_thousand_times_are_right() {
        let meter = Meter::default();
        (1..=1000).for_each(|ms| meter.record(Duration::from_millis(ms)));
        let (p50, p99) = (meter.quantile(50).unwrap(), meter.quantile(99).unwrap());
        assert!(p50.abs_diff(500_000) < 70_000, "{p50}");
        assert!(p99.abs_diff(990_000) < 130_000, "{p99}");
    }

    #[test]
    fn a_door_shuts_only_when_nobody_is_in() {
        let load = Load::default();
        load.enter(1).unwrap();
        assert_eq!(load.enter(1), Err(Refused::Full));
        assert!(!load.shut_if_idle());
        load.leave();
        assert!(load.shut_if_idle());
        assert_eq!(load.enter(1), Err(Refused::Shut));
    }
}
