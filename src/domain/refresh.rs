//! Refresh tokens: a session, a counter and a MAC over both, so a lost answer can be given again
//! without the service keeping any token.

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit, Mac};
use secrecy::{ExposeSecret, SecretString};
use sha2::Sha256;
use uuid::Uuid;

use super::keys::{DerivedKey, KeyRing, Purpose};
use crate::ids::SessionId;

const PREFIX: &str = "hsr_";
const MESSAGE_BYTES: usize = 20;

/// A refresh token that carries our MAC: the `counter`th of its session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RefreshToken {
    /// Whose it is.
    pub session: SessionId,
    /// 1 at login, one more with each rotation.
    pub counter: i32,
}

/// What the holder of a refresh token gets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rotation {
    /// The next token, with this counter.
    Next(i32),
    /// The newest token once more: its answer was lost on the way.
    Again(i32),
    /// Nothing: an old token came back after a newer one was used, so somebody copied it.
    Stolen,
}

impl RefreshToken {
    /// The text that the client keeps. The same token always gives the same text, as long as the current key stands.
    pub fn seal(self, keys: &KeyRing) -> SecretString {
        let message = self.message();
        let mut bytes = message.to_vec();
        bytes.extend_from_slice(&mac(&keys.current(Purpose::RefreshTokens), &message).finalize().into_bytes());
        format!("{PREFIX}{}", BASE64_URL_SAFE_NO_PAD.encode(bytes)).into()
    }

    /// Reads a text that `seal` made with any key of the ring; `None` for everything else.
    pub fn open(keys: &KeyRing, text: &SecretString) -> Option<Self> {
        let bytes = BASE64_URL_SAFE_NO_PAD.decode(text.expose_secret().strip_prefix(PREFIX)?).ok()?;
        let (message, tag) = bytes.split_first_chunk::<MESSAGE_BYTES>()?;
        let genuine = keys.all(Purpose::RefreshTokens).any(|key| mac(&key, message).verify_slice(tag).is_ok());
        let (session, counter) = message.split_first_chunk::<16>()?;
        let counter = i32::from_be_bytes(counter.try_into().ok()?);
        genuine.then_some(Self { session: SessionId(Uuid::from_bytes(*session)), counter })
    }

    /// What its holder gets from a session that stands at `newest`, which was `confirmed` by use or not.
    pub fn rotate(self, newest: i32, confirmed: bool) -> Rotation {
        if self.counter == newest {
            Rotation::Next(newest.saturating_add(1))
        } else if self.counter.saturating_add(1) == newest && !confirmed {
            Rotation::Again(newest)
        } else {
            Rotation::Stolen
        }
    }

    fn message(self) -> [u8; MESSAGE_BYTES] {
        let mut message = [0; MESSAGE_BYTES];
        let (session, counter) = message.split_at_mut(16);
        session.copy_from_slice(self.session.0.as_bytes());
        counter.copy_from_slice(&self.counter.to_be_bytes());
        message
    }
}

#[allow(clippy::expect_used, reason = "HMAC takes keys of any length")]
fn mac(key: &DerivedKey, message: &[u8]) -> Hmac<Sha256> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key.secret.expose_secret()).expect("any length is a key");
    mac.update(message);
    mac
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

    use proptest::prelude::*;

    use super::*;

    fn ring(text: &str) -> KeyRing {
        KeyRing::parse(&text.into()).unwrap()
    }

    const A: &str = "a:1f3d5a7c9b0e2d4f6a8c1e3b5d7f9a0c2e4b6d8f1a3c5e7b9d0f2a4c6e8b0d1f";
    const B: &str = "b:9f3d5a7c9b0e2d4f6a8c1e3b5d7f9a0c2e4b6d8f1a3c5e7b9d0f2a4c6e8b0d1e";

    #[test]
    fn a_sealed_token_opens_with_every_key_of_the_ring_and_no_other() {
        let token = RefreshToken { session: SessionId::new(), counter: 7 };
        let text = token.seal(&ring(A));
        let text = &text;
        assert_eq!(RefreshToken::open(&ring(A), text), Some(token));
        assert_eq!(RefreshToken::open(&ring(&format!("{B},{A}")), text), Some(token));
        assert_eq!(RefreshToken::open(&ring(B), text), None);
    }

    #[test]
    fn a_token_is_sealed_alike_each_time() {
        let token = RefreshToken { session: SessionId::new(), counter: 1 };
        assert_eq!(token.seal(&ring(A)).expose_secret(), token.seal(&ring(A)).expose_secret());
    }

    #[test]
    fn one_step_behind_is_a_lost_answer_until_the_newer_token_was_used() {
        let token = |counter| RefreshToken { session: SessionId::new(), counter };
        assert_eq!(token(5).rotate(5, false), Rotation::Next(6));
        assert_eq!(token(5).rotate(5, true), Rotation::Next(6));
        assert_eq!(token(4).rotate(5, false), Rotation::Again(5));
        assert_eq!(token(4).rotate(5, true), Rotation::Stolen);
        assert_eq!(token(3).rotate(5, false), Rotation::Stolen);
        assert_eq!(token(6).rotate(5, false), Rotation::Stolen);
    }

    #[test]
    fn garbage_is_no_token() {
        for text in ["", "hsr_", "hsr_AAAA", "hsr_!!", "eyJhbGciOiJIUzI1NiJ9.e30.x"] {
            assert_eq!(RefreshToken::open(&ring(A), &text.into()), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn no_made_up_text_is_a_token(text: String, bytes: [u8; 52]) {
            let made_up = format!("{PREFIX}{}", BASE64_URL_SAFE_NO_PAD.encode(bytes));
            for text in [text, made_up] {
                prop_assert_eq!(RefreshToken::open(&ring(A), &text.into()), None);
            }
        }
    }
}
