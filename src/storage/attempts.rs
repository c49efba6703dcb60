//! Attempts to prove a password, counted, so that those who guess wait longer and longer (`domain::throttle` has the
//! rule). The counts are worth an hour; an instance that loses them has forgiven everybody, no more.

use std::{
    sync::{Mutex, PoisonError},
    time::Duration,
};

use async_trait::async_trait;
use moka::{policy::EvictionPolicy, sync::Cache};

use crate::domain::throttle::{Attempt, Key, Keys, MEMORY, Tallies, Tally};

/// A few MiB; beyond that those that were looked at longest ago are forgotten first.
const MOST_KEYS: u64 = 50_000;

/// Counts attempts where every part of the service that proves passwords sees the same counts.
#[async_trait]
pub trait Attempts: Send + Sync {
    /// Counts an attempt as failed before it is judged, so that a hundred at once are not judged as one; or says how
    /// long it must wait, and counts nothing.
    async fn begin(&self, keys: Keys, attempt: Attempt) -> Result<(), Duration>;

    /// The attempt was right: its pair has a clean slate.
    async fn succeeded(&self, keys: Keys);

    /// The attempt was not judged after all.
    async fn withdrawn(&self, keys: Keys);
}

/// Within one process.
pub struct Local {
    tallies: Cache<Key, Tally>,
    /// Held while the keys of one attempt are looked at and written.
    turn: Mutex<()>,
}

impl Default for Local {
    fn default() -> Self {
        let tallies = Cache::builder()
            .max_capacity(MOST_KEYS)
            .eviction_policy(EvictionPolicy::lru())
            .time_to_live(MEMORY)
            .build();
        Self { tallies, turn: Mutex::default() }
    }
}

impl Local {
    fn change(&self, key: Key, change: impl FnOnce(Tally) -> Option<Tally>) {
        match self.tallies.get(&key).and_then(change) {
            Some(tally) => self.tallies.insert(key, tally),
            None => self.tallies.invalidate(&key),
        }
    }
}

#[async_trait]
impl Attempts for Local {
    async fn begin(&self, keys: Keys, attempt: Attempt) -> Result<(), Duration> {
        let _turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
        let tally = |key| self.tallies.get(&key);
        let tallies = Tallies { pair: tally(keys.pair), account: tally(keys.account), address: tally(keys.address) };
        if let Some(wait) = attempt.wait(tallies) {
            return Err(wait);
        }
        for key in [keys.pair, keys.account, keys.address] {
            self.tallies.insert(key, Tally::and_one(tally(key), attempt));
        }
        Ok(())
    }

    async fn succeeded(&self, keys: Keys) {
        let _turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
        self.tallies.invalidate(&keys.pair);
        for key in [keys.account, keys.address] {
            self.change(key, Tally::less_one);
        }
    }

    async fn withdrawn(&self, keys: Keys) {
        let _turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
        for key in [keys.pair, keys.account, keys.address] {
            self.change(key, Tally::less_one);
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

    use super::*;
    use crate::clock::Timestamp;

    const FRIEND: Attempt = Attempt { known: true, pardoned: None, now: Timestamp(1_000_000_000_000_000) };

    async fn fail(local: &Local, keys: Keys, times: usize) {
        for _ in 0..times {
            local.begin(keys, FRIEND).await.unwrap();
        }
    }

    #[tokio::test]
    async fn attempts_under_way_count_until_they_are_judged() {
        let (local, keys) = (Local::default(), Keys::of("ada@example.org", "192.0.2.1"));
        fail(&local, keys, 5).await;
        assert_eq!(local.begin(keys, FRIEND).await, Err(Duration::from_secs(1)));
        local.withdrawn(keys).await;
        fail(&local, keys, 1).await;
        assert!(local.begin(keys, FRIEND).await.is_err());
    }

    #[tokio::test]
    async fn a_success_clears_its_pair_and_no_other() {
        let local = Local::default();
        let (here, there) = (Keys::of("ada@example.org", "192.0.2.1"), Keys::of("ada@example.org", "192.0.2.2"));
        fail(&local, here, 5).await;
        fail(&local, there, 5).await;
        local.succeeded(there).await;
        fail(&local, there, 5).await;
        assert!(local.begin(here, FRIEND).await.is_err());
    }

    #[tokio::test]
    async fn what_waits_is_not_counted() {
        let (local, keys) = (Local::default(), Keys::of("ada@example.org", "192.0.2.1"));
        fail(&local, keys, 5).await;
        for _ in 0..20 {
            assert_eq!(local.begin(keys, FRIEND).await, Err(Duration::from_secs(1)));
        }
    }
}
