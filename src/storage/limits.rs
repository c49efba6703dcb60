//! Rates: how often somebody may ask, by the generic cell rate algorithm (ITU-T I.371), in this process's memory.

use std::{
    fmt,
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
    num::NonZeroU32,
    sync::Arc,
    time::Duration,
};

use governor::{
    Quota, RateLimiter,
    clock::{Clock, MonotonicClock},
    middleware::StateInformationMiddleware,
    nanos::Nanos,
    state::{InMemoryState, NotKeyed, StateStore},
};
use moka::sync::Cache;

use crate::{
    config::Limits,
    domain::failure::Failure,
    ids::{ProjectId, UserId},
};

/// So many are remembered of each class, the least used forgotten first: some 10 MB at the very most.
const MOST_KEYS: u64 = 50_000;
const WINDOW: Duration = Duration::from_mins(1);
/// What was not asked for so long has its whole budget again, and need not be remembered.
const IDLE: Duration = Duration::from_mins(2);

/// What is asked for; each class has a policy of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Class {
    /// Signing in and registering.
    Auth,
    /// Looking.
    Read,
    /// Changing.
    Write,
    /// Synchronising.
    Sync,
}

/// Whose budget is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Key {
    /// Of those at an address; of IPv6 the network of 64 bits, since whoever has one address has all of it.
    Address(IpAddr),
    /// Of a person, on all their devices.
    User(UserId),
    /// Of a project, whoever asks.
    Project(ProjectId),
}

/// So many in a minute, at once or spread. Shown as an item of `RateLimit-Policy`
/// (draft-ietf-httpapi-ratelimit-headers).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Policy {
    name: &'static str,
    quota: NonZeroU32,
}

/// What is left of a policy. Shown as an item of `RateLimit`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Budget {
    /// Of which policy.
    pub policy: Policy,
    left: u32,
}

/// Counts for each key of each class.
pub struct Limiter {
    enabled: bool,
    auth: Gauge,
    read: Gauge,
    write: Gauge,
    sync: Gauge,
}

type Rates = RateLimiter<Key, Memory, MonotonicClock, StateInformationMiddleware>;

struct Gauge {
    policy: Policy,
    rates: Rates,
}

/// A bounded store: what is pushed out of it begins with its whole budget again.
struct Memory(Cache<Key, Arc<InMemoryState>>);

impl Key {
    /// The budget that an address shares.
    pub fn address(address: IpAddr) -> Self {
        match address.to_canonical() {
            IpAddr::V4(address) => Self::Address(address.into()),
            IpAddr::V6(address) => {
                let network = u128::from(address) & !u128::from(u64::MAX);
                Self::Address(Ipv6Addr::from(network).into())
            }
        }
    }

    /// The budget of those whose address nobody knows.
    pub fn unknown() -> Self {
        Self::Address(Ipv4Addr::UNSPECIFIED.into())
    }
}

impl fmt::Display for Policy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"{}\";q={};w={}", self.name, self.quota, WINDOW.as_secs())
    }
}

impl fmt::Display for Budget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"{}\";r={};t={}", self.policy.name, self.left, self.whole_in().as_secs())
    }
}

impl Budget {
    /// The time until all of it is there again, if nobody asks; whole seconds, rounded up.
    fn whole_in(&self) -> Duration {
        let used = u64::from(self.policy.quota.get().saturating_sub(self.left));
        let quota = u64::from(self.policy.quota.get());
        Duration::from_secs((used * WINDOW.as_secs()).div_ceil(quota))
    }
}

impl Limiter {
    /// Counts by the configured rates, from nothing.
    pub fn new(limits: &Limits) -> Self {
        Self {
            enabled: limits.enabled,
            auth: Gauge::new("auth", limits.auth_per_minute),
            read: Gauge::new("read", limits.read_per_minute),
            write: Gauge::new("write", limits.write_per_minute),
            sync: Gauge::new("sync", limits.sync_per_minute),
        }
    }

    /// Takes one from the budget of `key`; says what is left, or when there is one again. `None`: nothing is limited.
    ///
    /// # Errors
    /// [`Failure::RateLimited`].
    pub fn take(&self, class: Class, key: Key) -> Result<Option<Budget>, Failure> {
        if !self.enabled {
            return Ok(None);
        }
        let gauge = match class {
            Class::Auth => &self.auth,
            Class::Read => &self.read,
            Class::Write => &self.write,
            Class::Sync => &self.sync,
        };
        gauge.take(key).map(Some)
    }
}

impl Gauge {
    fn new(name: &'static str, per_minute: NonZeroU32) -> Self {
        let memory = Memory(Cache::builder().max_capacity(MOST_KEYS).time_to_idle(IDLE).build());
        let rates: Rates = RateLimiter::new(Quota::per_minute(per_minute), memory, MonotonicClock);
        Self { policy: Policy { name, quota: per_minute }, rates }
    }

    fn take(&self, key: Key) -> Result<Budget, Failure> {
        match self.rates.check_key(&key) {
            Ok(state) => Ok(Budget { policy: self.policy, left: state.remaining_burst_capacity() }),
            Err(until) => Err(Failure::RateLimited {
                retry_in: until.wait_time_from(self.rates.clock().now()),
                policy: self.policy.to_string(),
            }),
        }
    }
}

impl StateStore for Memory {
    type Key = Key;

    fn measure_and_replace<T, F, E>(&self, key: &Key, measure: F) -> Result<T, E>
    where
        F: Fn(Option<Nanos>) -> Result<(T, Nanos), E>,
    {
        let state = self.0.get_with(*key, Arc::default);
        state.measure_and_replace(&NotKeyed::NonKey, measure)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on should stop")]

    use super::*;

    fn gauge(per_minute: u32) -> Gauge {
        Gauge::new("read", NonZeroU32::new(per_minute).unwrap())
    }

    fn address(text: &str) -> Key {
        Key::address(text.parse().unwrap())
    }

    #[test]
    fn a_budget_is_spent_one_by_one_then_refused_with_a_time() {
        let gauge = gauge(2);
        let key = Key::User(UserId::new());
        assert_eq!(gauge.take(key).unwrap().to_string(), "\"read\";r=1;t=30");
        assert_eq!(gauge.take(key).unwrap().to_string(), "\"read\";r=0;t=60");
        let Err(Failure::RateLimited { retry_in, policy }) = gauge.take(key) else { panic!("it is spent") };
        assert_eq!(policy, "\"read\";q=2;w=60");
        assert!(retry_in > Duration::from_secs(29) && retry_in <= Duration::from_secs(30), "{retry_in:?}");
        assert!(gauge.take(Key::User(UserId::new())).is_ok());
    }

    #[test]
    fn an_ipv6_network_and_a_mapped_address_are_one_key() {
        assert_eq!(address("2001:db8:1:2::1"), address("2001:db8:1:2:ffff::9"));
        assert_ne!(address("2001:db8:1:2::1"), address("2001:db8:1:3::1"));
        assert_eq!(address("::ffff:192.0.2.1"), address("192.0.2.1"));
        assert_ne!(address("192.0.2.1"), address("192.0.2.2"));
    }

    #[test]
    fn many_strangers_do_not_fill_the_memory() {
        let gauge = gauge(1);
        for number in 0..200_000_u32 {
            drop(gauge.take(Key::address(Ipv4Addr::from(number).into())));
        }
        let memory = gauge.rates.into_state_store().0;
        memory.run_pending_tasks();
        assert!(memory.entry_count() <= MOST_KEYS, "{}", memory.entry_count());
    }
}
