//! Passwords: which are good enough (zxcvbn), and how they are hashed (Argon2id, RFC 9106).

use std::sync::OnceLock;

use argon2::{
    Params,
    password_hash::{Error as HashError, PasswordHasher, PasswordVerifier, phc::PasswordHash},
};
use secrecy::{ExposeSecret, SecretString};
use zxcvbn::{Score, zxcvbn};

use super::{argon::Argon, failure::Failure};
use crate::config::HashCost;

const LEAST_BYTES: usize = 8;
const MOST_BYTES: usize = 1_024;
/// zxcvbn's time grows with the square of the length, and a longer password is strong by its length.
const JUDGED_BYTES: usize = 100;

/// Whether `password` is good enough for somebody known by `context` (email, name).
pub fn check(password: &SecretString, context: &[&str]) -> Result<(), Failure> {
    let text = password.expose_secret();
    if !(LEAST_BYTES..=MOST_BYTES).contains(&text.len()) {
        return Err(Failure::invalid("password", format!("must have {LEAST_BYTES} to {MOST_BYTES} bytes")));
    }
    let judged = text.char_indices().take_while(|(at, _)| *at < JUDGED_BYTES).map(|(_, c)| c).collect::<String>();
    if zxcvbn(&judged, context).score() < Score::Three {
        let advice = "is too easy to guess; use several unrelated words";
        return Err(Failure::invalid("password", advice));
    }
    Ok(())
}

/// Hashes at one cost. Each hash takes that much memory and some 20 ms: not for an arbiter's thread.
pub struct Hasher {
    argon: Argon,
    /// What an unknown account's password is compared with, so that it costs the same.
    dummy: OnceLock<String>,
}

/// What a comparison found.
#[derive(Debug, PartialEq, Eq)]
pub struct Verdict {
    /// Whether the password made the hash.
    pub right: bool,
    /// The password's hash at today's cost, when it is right and its hash was made at a lesser one.
    pub renewed: Option<String>,
}

impl Hasher {
    /// At this cost.
    ///
    /// # Errors
    /// Argon2 cannot work at it; the configuration refuses such a cost before.
    pub fn new(cost: HashCost) -> Result<Self, argon2::Error> {
        let params = Params::new(cost.memory_kib, cost.passes, cost.lanes, None)?;
        Ok(Self { argon: Argon::new(params), dummy: OnceLock::new() })
    }

    /// Makes the hash for unknown accounts now rather than at the first login, which would be told by its time.
    pub fn warm_up(&self) {
        self.dummy();
    }

    /// A PHC string with a salt of its own.
    pub fn hash(&self, password: &SecretString) -> Result<String, HashError> {
        Ok(self.argon.hash_password(password.expose_secret().as_bytes())?.to_string())
    }

    /// Whether `password` made `hash`. Without a hash, or with an unreadable one, the same work is done and the answer
    /// is no.
    pub fn verify(&self, password: &SecretString, hash: Option<&str>) -> Verdict {
        let parsed = hash.and_then(|text| PasswordHash::new(text).ok());
        let known = parsed.is_some();
        let outdated = parsed.as_ref().is_some_and(|hash| self.is_lesser(hash));
        let against = parsed.or_else(|| PasswordHash::new(self.dummy()).ok());
        let bytes = password.expose_secret().as_bytes();
        let matches = against.is_some_and(|hash| self.argon.verify_password(bytes, &hash).is_ok());
        let right = known && matches;
        let renewed = (right && outdated).then(|| self.hash(password).ok()).flatten();
        Verdict { right, renewed }
    }

    /// Whether a hash was made with less memory or fewer passes.
    fn is_lesser(&self, hash: &PasswordHash) -> bool {
        let today = self.argon.params();
        Params::try_from(&hash.params)
            .is_ok_and(|then| then.m_cost() < today.m_cost() || then.t_cost() < today.t_cost())
    }

    fn dummy(&self) -> &str {
        self.dummy.get_or_init(|| self.hash(&"nobody has this password".into()).unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

    use super::*;

    const USUAL: HashCost = HashCost { memory_kib: 19_456, passes: 2, lanes: 1 };

    fn hasher(cost: HashCost) -> Hasher {
        Hasher::new(cost).unwrap()
    }

    #[test]
    fn a_password_matches_its_own_hash_only() {
        let hasher = hasher(USUAL);
        let hash = hasher.hash(&"orchid-tram-velvet-9".into()).unwrap();
        assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"));
        let verdict = hasher.verify(&"orchid-tram-velvet-9".into(), Some(&hash));
        assert_eq!(verdict, Verdict { right: true, renewed: None });
        assert!(!hasher.verify(&"orchid-tram-velvet-8".into(), Some(&hash)).right);
    }

    #[test]
    fn nobody_enters_without_a_hash() {
        let hasher = hasher(USUAL);
        assert!(!hasher.verify(&"nobody has this password".into(), None).right);
        assert!(!hasher.verify(&"".into(), None).right);
        for hash in ["", "x", "not a hash", "$argon2id$v=19$m=19456,t=2,p=1$", hasher.dummy()] {
            assert!(!hasher.verify(&"x".into(), Some(hash)).right, "{hash}");
        }
    }

    #[test]
    fn the_hash_for_unknown_accounts_costs_what_a_new_hash_costs() {
        let hasher = hasher(HashCost { memory_kib: 20_000, passes: 3, lanes: 1 });
        assert!(hasher.dummy().starts_with("$argon2id$v=19$m=20000,t=3,p=1$"), "{}", hasher.dummy());
    }

    #[test]
    fn a_right_password_with_a_lesser_hash_is_hashed_again_and_a_wrong_one_is_not() {
        let old = hasher(HashCost { memory_kib: 12_288, ..USUAL }).hash(&"orchid-tram-velvet-9".into()).unwrap();
        let hasher = hasher(USUAL);
        let verdict = hasher.verify(&"orchid-tram-velvet-9".into(), Some(&old));
        let renewed = verdict.renewed.unwrap();
        assert!(verdict.right && renewed.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"));
        assert_eq!(hasher.verify(&"x".into(), Some(&old)), Verdict { right: false, renewed: None });
        let stronger = super::Hasher::new(HashCost { passes: 4, ..USUAL }).unwrap();
        let strong = stronger.hash(&"orchid-tram-velvet-9".into()).unwrap();
        assert_eq!(hasher.verify(&"orchid-tram-velvet-9".into(), Some(&strong)).renewed, None);
    }

    #[test]
    fn short_long_and_guessable_passwords_are_refused() {
        for text in ["", "x9#kq2", "password1", "ada@example.org", &"x".repeat(1_025)] {
            assert!(check(&text.into(), &["ada@example.org"]).is_err(), "{text}");
        }
        assert!(check(&"orchid-tram-velvet-9".into(), &[]).is_ok());
        assert!(check(&"é".repeat(300).into(), &[]).is_err(), "a long repetition is still guessable");
    }
}
