//! Passwords: which are good enough (zxcvbn), and Argon2id (RFC 9106) with OWASP's parameters.

use std::sync::LazyLock;

use argon2::{
    Algorithm, Argon2, Params, Version,
    password_hash::{Error as HashError, PasswordHasher, PasswordVerifier, phc::PasswordHash},
};
use secrecy::{ExposeSecret, SecretString};
use zxcvbn::{Score, zxcvbn};

use super::failure::Failure;

const LEAST_BYTES: usize = 8;
const MOST_BYTES: usize = 1_024;
/// zxcvbn's time grows with the square of the length, and a longer password is strong by its length.
const JUDGED_BYTES: usize = 100;

/// OWASP's first choice: 19 MiB, two passes, one lane.
static ARGON2: LazyLock<Argon2<'static>> =
    LazyLock::new(|| Argon2::new(Algorithm::Argon2id, Version::V0x13, Params::default()));

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

/// A PHC string with a salt of its own. Takes some 20 ms and 19 MiB: not for an arbiter's thread.
pub fn hash(password: &SecretString) -> Result<String, HashError> {
    Ok(ARGON2.hash_password(password.expose_secret().as_bytes())?.to_string())
}

/// Whether `password` made `hash`. Without a hash, or with an unreadable one, the same work is done and the answer is no.
pub fn verify(password: &SecretString, hash: Option<&str>) -> bool {
    let parsed = hash.and_then(|text| PasswordHash::new(text).ok());
    let known = parsed.is_some();
    let against = parsed.or_else(|| PasswordHash::new(&DUMMY).ok());
    let matches =
        against.is_some_and(|hash| ARGON2.verify_password(password.expose_secret().as_bytes(), &hash).is_ok());
    known && matches
}

/// What an unknown account's password is compared with, so that it costs the same.
static DUMMY: LazyLock<String> =
    LazyLock::new(|| hash(&SecretString::from("nobody has this password")).unwrap_or_default());

/// Makes the hash for unknown accounts now rather than at the first login, which would be told by its time.
pub fn warm_up() {
    LazyLock::force(&DUMMY);
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

    use super::*;

    #[test]
    fn a_password_matches_its_own_hash_only() {
        let hash = hash(&"orchid-tram-velvet-9".into()).unwrap();
        assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"));
        assert!(verify(&"orchid-tram-velvet-9".into(), Some(&hash)));
        assert!(!verify(&"orchid-tram-velvet-8".into(), Some(&hash)));
    }

    #[test]
    fn nobody_enters_without_a_hash() {
        assert!(!verify(&"nobody has this password".into(), None));
        assert!(!verify(&"".into(), None));
        assert!(!verify(&"x".into(), Some("not a hash")));
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
