//! Invitations into a project: a token that is shown once, kept as a keyed hash, and good for one person.

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit, Mac};
use sea_orm::DeriveValueType;
use secrecy::{ExposeSecret, SecretString};
use serde::Serialize;
use sha2::Sha256;
use utoipa::ToSchema;

use super::keys::{DerivedKey, KeyRing, Purpose};
use crate::clock::Timestamp;

const PREFIX: &str = "hsi_";
const BYTES: usize = 16;

/// 128 bits that let one person into a project.
#[derive(Debug, Clone)]
pub struct InvitationToken(SecretString);

/// What is kept of a token. Without the key ring it says nothing of it.
#[derive(Debug, Clone, PartialEq, Eq, DeriveValueType)]
pub struct TokenHash(String);

/// Where an invitation stands. All but `PENDING` are ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "UPPERCASE")]
pub enum InvitationStatus {
    /// It waits for somebody.
    Pending,
    /// Somebody came in by it.
    Accepted,
    /// It was taken back.
    Revoked,
    /// Nobody came in time.
    Expired,
}

/// The times that an invitation's status follows from.
#[derive(Debug, Clone, Copy)]
pub struct Course {
    /// From here on it opens nothing.
    pub expires_at: Timestamp,
    /// When somebody came in by it.
    pub accepted_at: Option<Timestamp>,
    /// When it was taken back.
    pub revoked_at: Option<Timestamp>,
}

impl Course {
    /// Where it stands at `now`. What happened to it first counts.
    pub fn status(self, now: Timestamp) -> InvitationStatus {
        if self.accepted_at.is_some() {
            InvitationStatus::Accepted
        } else if self.revoked_at.is_some() {
            InvitationStatus::Revoked
        } else if self.expires_at <= now {
            InvitationStatus::Expired
        } else {
            InvitationStatus::Pending
        }
    }
}

impl InvitationToken {
    /// The token of these bytes, which come from the system's generator.
    pub fn of(bytes: [u8; BYTES]) -> Self {
        Self(format!("{PREFIX}{}", BASE64_URL_SAFE_NO_PAD.encode(bytes)).into())
    }

    /// Reads what [`Self::of`] wrote; `None` for everything else.
    pub fn parse(text: &SecretString) -> Option<Self> {
        let bytes = BASE64_URL_SAFE_NO_PAD.decode(text.expose_secret().strip_prefix(PREFIX)?).ok()?;
        (bytes.len() == BYTES).then(|| Self(text.clone()))
    }

    /// The text, for the one who invites.
    pub fn reveal(&self) -> &str {
        self.0.expose_secret()
    }

    /// What is kept of it from now on.
    pub fn hash(&self, keys: &KeyRing) -> TokenHash {
        self.hash_with(&keys.current(Purpose::Invitations))
    }

    /// What may have been kept of it, under any key of the ring.
    pub fn hashes(&self, keys: &KeyRing) -> Vec<TokenHash> {
        keys.all(Purpose::Invitations).map(|key| self.hash_with(&key)).collect()
    }

    #[allow(clippy::expect_used, reason = "HMAC takes keys of any length")]
    fn hash_with(&self, key: &DerivedKey) -> TokenHash {
        let mut mac = Hmac::<Sha256>::new_from_slice(key.secret.expose_secret()).expect("any length is a key");
        mac.update(self.reveal().as_bytes());
        TokenHash(BASE64_URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes()))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

    use proptest::prelude::*;

    use super::*;

    const A: &str = "a:1f3d5a7c9b0e2d4f6a8c1e3b5d7f9a0c2e4b6d8f1a3c5e7b9d0f2a4c6e8b0d1f";
    const B: &str = "b:9f3d5a7c9b0e2d4f6a8c1e3b5d7f9a0c2e4b6d8f1a3c5e7b9d0f2a4c6e8b0d1e";

    fn ring(text: &str) -> KeyRing {
        KeyRing::parse(&text.into()).unwrap()
    }

    #[test]
    fn what_one_key_hashed_is_found_again_as_long_as_the_ring_has_that_key() {
        let token = InvitationToken::of([7; BYTES]);
        let kept = token.hash(&ring(A));
        assert!(token.hashes(&ring(&format!("{B},{A}"))).contains(&kept));
        assert!(!token.hashes(&ring(B)).contains(&kept));
        assert_ne!(InvitationToken::of([8; BYTES]).hash(&ring(A)), kept);
        assert!(!token.reveal().contains(&kept.0));
    }

    #[test]
    fn an_invitation_stands_where_its_times_say() {
        let (then, now, later) = (Some(Timestamp(1)), Timestamp(2), Timestamp(3));
        let course = |expires_at, accepted_at, revoked_at| Course { expires_at, accepted_at, revoked_at }.status(now);
        assert_eq!(course(later, None, None), InvitationStatus::Pending);
        assert_eq!(course(now, None, None), InvitationStatus::Expired);
        assert_eq!(course(later, None, then), InvitationStatus::Revoked);
        assert_eq!(course(now, then, None), InvitationStatus::Accepted);
    }

    proptest! {
        #[test]
        fn a_token_is_read_as_it_was_written(bytes: [u8; BYTES]) {
            let token = InvitationToken::of(bytes);
            let read = InvitationToken::parse(&token.reveal().into()).unwrap();
            prop_assert_eq!(read.reveal(), token.reveal());
        }

        #[test]
        fn any_other_text_is_no_token(text: String) {
            prop_assert!(InvitationToken::parse(&text.into()).is_none());
        }
    }
}
