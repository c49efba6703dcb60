//! Personal access tokens: `hsp_`, 30 characters that nobody can guess, and a checksum of them, so that a mistyped or
//! cut token is refused without a look at the database, and scanners know a real one by its form.

use std::fmt;

use code::hash::Digest;
use crc32fast::hash as crc32;
use secrecy::{ExposeSecret, SecretString};

const PREFIX: &str = "hsp_";
const SECRET_CHARACTERS: usize = 30;
const CHECKSUM_CHARACTERS: usize = 6;
const DIGITS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// A token of the right form; whether it was ever given is for the database to say.
pub struct PersonalToken(SecretString);

/// What is stored of a token: its SHA-256. The token itself is too long to be guessed from that.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct TokenHash(String);

impl PersonalToken {
    /// The token that these random numbers make; some 178 bits of them count.
    pub fn from_random([high, low]: [u128; 2]) -> Self {
        let half = SECRET_CHARACTERS / 2;
        let secret = format!("{}{}", base62(high, half), base62(low, half));
        Self(format!("{PREFIX}{secret}{}", checksum(&secret)).into())
    }

    /// Whether a text claims to be one.
    pub fn is_meant(text: &SecretString) -> bool {
        text.expose_secret().starts_with(PREFIX)
    }

    /// Reads a text whose form and checksum are right; `None` for everything else.
    pub fn parse(text: &SecretString) -> Option<Self> {
        let rest = text.expose_secret().strip_prefix(PREFIX)?;
        let (secret, sum) = rest.split_at_checked(SECRET_CHARACTERS)?;
        let plain = secret.bytes().all(|byte| byte.is_ascii_alphanumeric());
        (plain && sum == checksum(secret)).then(|| Self(text.clone()))
    }

    /// What the database knows it by.
    pub fn hash(&self) -> TokenHash {
        TokenHash(Digest::of(self.0.expose_secret().as_bytes()).to_string())
    }

    /// The token itself, for the one answer that shows it.
    pub fn into_secret(self) -> SecretString {
        self.0
    }
}

impl TokenHash {
    /// 64 hexadecimal digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for PersonalToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("hsp_…")
    }
}

/// CRC-32 (ISO-HDLC) as six digits.
fn checksum(secret: &str) -> String {
    base62(crc32(secret.as_bytes()).into(), CHECKSUM_CHARACTERS)
}

/// The last `length` digits of a number to the base of 62.
fn base62(mut number: u128, length: usize) -> String {
    let mut digits = Vec::with_capacity(length);
    for _ in 0..length {
        let digit = usize::try_from(number % 62).ok().and_then(|at| DIGITS.get(at));
        digits.push(char::from(digit.copied().unwrap_or(b'0')));
        number /= 62;
    }
    digits.into_iter().rev().collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

    use proptest::prelude::*;

    use super::*;

    fn text(random: [u128; 2]) -> String {
        PersonalToken::from_random(random).into_secret().expose_secret().to_owned()
    }

    proptest! {
        #[test]
        fn a_made_token_is_read_back_and_has_one_hash(random: [u128; 2]) {
            let token = text(random);
            prop_assert_eq!(token.len(), 40);
            let read = PersonalToken::parse(&token.clone().into()).unwrap();
            prop_assert_eq!(read.hash(), PersonalToken::from_random(random).hash());
            prop_assert_eq!(read.hash().as_str().len(), 64);
        }

        #[test]
        fn a_token_with_one_character_changed_or_cut_off_is_none(random: [u128; 2], at in 4_usize..40, to in "[0-9A-Za-z]") {
            let token = text(random);
            let mut changed = token.clone();
            changed.replace_range(at..=at, &to);
            prop_assume!(changed != token);
            prop_assert!(PersonalToken::parse(&changed.into()).is_none());
            prop_assert!(PersonalToken::parse(&token.get(..at).unwrap().into()).is_none());
            let longer = format!("{token}{to}");
            prop_assert!(PersonalToken::parse(&longer.into()).is_none());
        }

        #[test]
        fn any_text_is_a_token_or_none(rest: String) {
            let _ = PersonalToken::parse(&rest.clone().into());
            let _ = PersonalToken::parse(&format!("hsp_{rest}").into());
        }
    }

    #[test]
    fn the_smallest_token_shows_the_form() {
        assert_eq!(text([0, 61]), format!("hsp_{}z{}", "0".repeat(29), checksum(&format!("{}z", "0".repeat(29)))));
        assert_eq!(base62(62 * 62 + 1, 4), "0101");
        assert_eq!(base62(u32::MAX.into(), 6), "4gfFC3");
    }
}
