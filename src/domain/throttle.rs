//! How long those must wait who guess passwords: delays that grow, and never a lock that a stranger can close.
//!
//! Failures are counted under three keys. Those of one account from one address hold back that pair alone. Those of an
//! address, whatever the account, hold it back only where it is not known to the account. Those of an account, from
//! wherever, hold back nobody by themselves: an account that is attacked gives strange addresses one free attempt each
//! instead of five. So whoever comes from an address that they signed in from before is held back by nothing but
//! failures of their own from there.

use std::time::Duration;

use code::hash::Digest;

use crate::clock::Timestamp;

/// The limit, in the words of the `RateLimit-Policy` header.
pub const POLICY: &str = "\"login\";q=5;w=3600";

/// What one account and one address may get wrong before they wait.
const FREE: u32 = 5;
/// The same for a strange address and an account that is attacked.
const FREE_UNDER_ATTACK: u32 = 1;
/// So many failures, from wherever, are an attack on an account.
const ATTACK: u32 = 20;
/// What one address may get wrong over all accounts: a whole office may stand behind it.
const FREE_OF_ADDRESS: u32 = 50;
const FIRST_DELAY: Duration = Duration::from_secs(1);
const LONGEST_DELAY: Duration = Duration::from_mins(15);
const LONGEST_OF_ADDRESS: Duration = Duration::from_mins(1);
/// Failures are forgotten when none was added for so long.
pub const MEMORY: Duration = Duration::from_hours(1);

/// Names what failures are counted under; no address or email can be read off it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Key([u8; 32]);

/// The keys of one attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Keys {
    /// The account from this address.
    pub pair: Key,
    /// The account from wherever.
    pub account: Key,
    /// The address, whatever the account.
    pub address: Key,
}

/// The failures under one key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tally {
    /// How many in a row.
    pub failures: u32,
    /// When the last one was.
    pub last: Timestamp,
}

/// The failures under each of an attempt's keys.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tallies {
    /// Of the account from this address.
    pub pair: Option<Tally>,
    /// Of the account.
    pub account: Option<Tally>,
    /// Of the address.
    pub address: Option<Tally>,
}

/// What else is known of an attempt.
#[derive(Debug, Clone, Copy)]
pub struct Attempt {
    /// Whether somebody signed in to this account from this address before.
    pub known: bool,
    /// Failures until then are forgiven.
    pub pardoned: Option<Timestamp>,
    /// When it is made.
    pub now: Timestamp,
}

impl Keys {
    /// For an account, by its email, and an address, by its network.
    pub fn of(account: &str, network: &str) -> Self {
        let key = |kind: &str, name: &str| Key(Digest::of(format!("{kind}\n{name}").as_bytes()).0);
        Self {
            pair: key("pair", &format!("{account}\n{network}")),
            account: key("account", account),
            address: key("address", network),
        }
    }
}

impl Tally {
    /// One failure more than before.
    #[must_use]
    pub fn and_one(before: Option<Self>, attempt: Attempt) -> Self {
        let failures = before.filter(|tally| attempt.counts(*tally)).map_or(0, |tally| tally.failures);
        Self { failures: failures.saturating_add(1), last: attempt.now }
    }

    /// One failure less, which was none; `None` when nothing is left.
    #[must_use]
    pub fn less_one(self) -> Option<Self> {
        let failures = self.failures.saturating_sub(1);
        (failures > 0).then_some(Self { failures, ..self })
    }
}

impl Attempt {
    /// How long it must wait, if it must.
    pub fn wait(self, tallies: Tallies) -> Option<Duration> {
        let counted = |tally: Option<Tally>| tally.filter(|tally| self.counts(*tally));
        let attacked = !self.known && counted(tallies.account).is_some_and(|tally| tally.failures >= ATTACK);
        let free = if attacked { FREE_UNDER_ATTACK } else { FREE };
        let rest = |tally: Tally, free, longest| {
            let until = tally.last.plus(delay(tally.failures, free, longest));
            until.since(self.now)
        };
        let of_pair = counted(tallies.pair).map(|tally| rest(tally, free, LONGEST_DELAY));
        let strange = tallies.address.filter(|_| !self.known);
        let of_address = counted(strange).map(|tally| rest(tally, FREE_OF_ADDRESS, LONGEST_OF_ADDRESS));
        of_pair.max(of_address).filter(|wait| !wait.is_zero())
    }

    fn counts(self, tally: Tally) -> bool {
        self.now.since(tally.last) < MEMORY && self.pardoned.is_none_or(|until| until < tally.last)
    }
}

/// Nothing for the first `free` failures, then one second, two, four …
fn delay(failures: u32, free: u32, longest: Duration) -> Duration {
    match failures.checked_sub(free) {
        None => Duration::ZERO,
        Some(steps) => FIRST_DELAY.saturating_mul(2_u32.saturating_pow(steps)).min(longest),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const NOW: Timestamp = Timestamp(1_000_000_000_000_000);
    const STRANGER: Attempt = Attempt { known: false, pardoned: None, now: NOW };
    const FRIEND: Attempt = Attempt { known: true, ..STRANGER };

    fn of(failures: u32) -> Tally {
        Tally { failures, last: NOW }
    }

    fn seconds(attempt: Attempt, tallies: Tallies) -> u64 {
        attempt.wait(tallies).map_or(0, |wait| wait.as_secs())
    }

    #[test]
    fn delays_of_a_pair_double_up_to_a_quarter_of_an_hour() {
        let after = |failures| seconds(FRIEND, Tallies { pair: Some(of(failures)), ..Tallies::default() });
        assert_eq!([4, 5, 6, 7, 8].map(after), [0, 1, 2, 4, 8]);
        assert_eq!([14, 15, 40, u32::MAX].map(after), [512, 900, 900, 900]);
    }

    #[test]
    fn a_wait_ends_with_its_time_and_failures_are_forgotten_after_an_hour() {
        let tallies = Tallies { pair: Some(of(8)), ..Tallies::default() };
        let later = |seconds| Attempt { now: NOW.plus(Duration::from_secs(seconds)), ..STRANGER };
        assert_eq!(seconds(later(3), tallies), 5);
        assert_eq!(later(8).wait(tallies), None);
        let hour = later(3_600);
        assert_eq!(Tally::and_one(Some(of(8)), hour), Tally { failures: 1, last: hour.now });
        assert_eq!(Tally::and_one(Some(of(8)), STRANGER).failures, 9);
    }

    #[test]
    fn a_pardon_forgives_what_was_before_it() {
        let tallies = Tallies { pair: Some(of(9)), account: Some(of(90)), address: Some(of(90)) };
        let pardoned = |at| Attempt { pardoned: Some(at), ..STRANGER };
        assert_eq!(pardoned(NOW).wait(tallies), None);
        assert!(pardoned(Timestamp(NOW.0 - 1)).wait(tallies).is_some());
    }

    #[test]
    fn an_attacked_account_gives_strange_addresses_one_free_attempt() {
        let of_pair = |failures| Tallies { pair: Some(of(failures)), account: Some(of(20)), address: None };
        assert_eq!(STRANGER.wait(Tallies { pair: None, ..of_pair(0) }), None);
        assert_eq!(seconds(STRANGER, of_pair(1)), 1);
        assert_eq!(seconds(FRIEND, of_pair(4)), 0);
    }

    #[test]
    fn an_address_that_fails_everywhere_waits_where_it_is_strange() {
        let of_address = |failures| Tallies { address: Some(of(failures)), ..Tallies::default() };
        assert_eq!([49, 50, 51, 90].map(|failures| seconds(STRANGER, of_address(failures))), [0, 1, 2, 60]);
        assert_eq!(FRIEND.wait(of_address(90)), None);
    }

    #[test]
    fn a_failure_that_was_none_is_taken_back() {
        assert_eq!(of(2).less_one(), Some(of(1)));
        assert_eq!(of(1).less_one(), None);
    }

    #[test]
    fn keys_differ_by_account_address_and_kind() {
        let keys = Keys::of("ada@example.org", "192.0.2.1");
        let other = Keys::of("ada@example.org", "192.0.2.2");
        assert_eq!(keys.account, other.account);
        assert_ne!(keys.pair, other.pair);
        assert_ne!(keys.address, other.address);
        assert_ne!(keys.pair, keys.account);
    }

    proptest! {
        #[test]
        fn nobody_else_can_hold_back_a_known_address(account: u32, address: u32, failures in 0_u32..5) {
            let tallies = Tallies { pair: Some(of(failures)), account: Some(of(account)), address: Some(of(address)) };
            prop_assert_eq!(FRIEND.wait(tallies), None);
        }

        #[test]
        fn no_wait_is_longer_than_a_quarter_of_an_hour(pair: u32, account: u32, address: u32, known: bool) {
            let tallies = Tallies { pair: Some(of(pair)), account: Some(of(account)), address: Some(of(address)) };
            let wait = Attempt { known, ..STRANGER }.wait(tallies).unwrap_or_default();
            prop_assert!(wait <= LONGEST_DELAY);
        }
    }
}
