//! Secrets at rest: sealed by XChaCha20-Poly1305 (RFC 8439, with draft-irtf-cfrg-xchacha's nonce of 192 bits) under a
//! key of the ring, and bound to the column and row that they stand in: copied elsewhere they open nothing.

use std::fmt;

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use chacha20poly1305::{
    KeyInit, XChaCha20Poly1305, XNonce,
    aead::{Aead, Payload},
};
use sea_orm::DeriveValueType;
use secrecy::{ExposeSecret, SecretSlice};
use uuid::Uuid;

use super::keys::{DerivedKey, KeyRing, Purpose};

/// The form below. A later one gets another number, and both are opened.
const FORM: &str = "v1";
const NONCE_BYTES: usize = 24;

/// Where a secret stands. It opens nowhere else.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// The table's name.
    pub table: &'static str,
    /// The column's name.
    pub column: &'static str,
    /// The row's id.
    pub row: Uuid,
}

/// 24 bytes from the system's generator, never used twice; by their number chance sees to that.
pub struct Nonce(pub [u8; NONCE_BYTES]);

/// A sealed secret as its row keeps it: `v1.kid.` and, in base64url, nonce, ciphertext and tag.
#[derive(Clone, PartialEq, Eq, DeriveValueType)]
pub struct Sealed(String);

/// Why a secret could not be sealed or opened.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum VaultFault {
    /// It is larger than the cipher takes (256 GiB).
    #[error("the secret is too large to be sealed")]
    TooLarge,
    /// What stands in the row was not sealed here.
    #[error("what should be a sealed secret is none")]
    NotSealed,
    /// The ring lacks the key.
    #[error("a secret was sealed with the key {0:?}, which is not in secrets.keys; add it again behind the others")]
    UnknownKey(String),
    /// It was altered, or moved here from another row.
    #[error("a sealed secret was altered or moved")]
    Broken,
}

/// Seals and opens with the keys of a ring.
#[derive(Clone, Copy)]
pub struct Vault<'a> {
    keys: &'a KeyRing,
}

impl Nonce {
    fn spend(self) -> [u8; NONCE_BYTES] {
        self.0
    }
}

impl Sealed {
    /// The name of the master key that it was sealed with.
    pub fn kid(&self) -> Option<&str> {
        self.parts().map(|(kid, _)| kid)
    }

    fn parts(&self) -> Option<(&str, &str)> {
        // No key's name holds a dot.
        self.0.strip_prefix(FORM)?.strip_prefix('.')?.split_once('.')
    }
}

/// The key's name only.
impl fmt::Debug for Sealed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Sealed({:?})", self.kid())
    }
}

impl<'a> Vault<'a> {
    /// A vault whose new secrets are sealed with the ring's current key.
    pub fn new(keys: &'a KeyRing) -> Self {
        Self { keys }
    }

    /// Seals `secret` for `place`.
    ///
    /// # Errors
    /// [`VaultFault::TooLarge`].
    pub fn seal(self, place: Place, secret: &[u8], nonce: Nonce) -> Result<Sealed, VaultFault> {
        let key = self.keys.current(Purpose::SecretsAtRest);
        let binding = binding(&key.kid, place);
        let payload = Payload { msg: secret, aad: &binding };
        let nonce = nonce.spend();
        let closed = cipher(&key).and_then(|cipher| cipher.encrypt(&XNonce::from(nonce), payload).ok());
        let mut bytes = nonce.to_vec();
        bytes.extend(closed.ok_or(VaultFault::TooLarge)?);
        Ok(Sealed(format!("{FORM}.{}.{}", key.kid, BASE64_URL_SAFE_NO_PAD.encode(bytes))))
    }

    /// Opens what any key of the ring sealed for `place`.
    ///
    /// # Errors
    /// All of [`VaultFault`] but `TooLarge`.
    pub fn open(self, place: Place, sealed: &Sealed) -> Result<SecretSlice<u8>, VaultFault> {
        let (kid, text) = sealed.parts().ok_or(VaultFault::NotSealed)?;
        let bytes = BASE64_URL_SAFE_NO_PAD.decode(text).ok().ok_or(VaultFault::NotSealed)?;
        let (nonce, closed) = bytes.split_first_chunk::<NONCE_BYTES>().ok_or(VaultFault::NotSealed)?;
        let key = self.keys.all(Purpose::SecretsAtRest).find(|key| key.kid == kid);
        let key = key.ok_or_else(|| VaultFault::UnknownKey(kid.to_owned()))?;
        let binding = binding(kid, place);
        let payload = Payload { msg: closed, aad: &binding };
        let secret = cipher(&key).and_then(|cipher| cipher.decrypt(&XNonce::from(*nonce), payload).ok());
        Ok(secret.ok_or(VaultFault::Broken)?.into())
    }
}

/// Derived keys have the length that the cipher wants, so there always is one.
fn cipher(key: &DerivedKey) -> Option<XChaCha20Poly1305> {
    XChaCha20Poly1305::new_from_slice(key.secret.expose_secret()).ok()
}

/// The associated data. The names hold no NUL and the id has a fixed length, so no two places give the same.
fn binding(kid: &str, place: Place) -> Vec<u8> {
    let mut bytes = format!("{FORM}\0{kid}\0{}\0{}\0", place.table, place.column).into_bytes();
    bytes.extend_from_slice(place.row.as_bytes());
    bytes
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

    use proptest::prelude::*;

    use super::*;

    const A: &str = "a:1f3d5a7c9b0e2d4f6a8c1e3b5d7f9a0c2e4b6d8f1a3c5e7b9d0f2a4c6e8b0d1f";
    const B: &str = "b:9f3d5a7c9b0e2d4f6a8c1e3b5d7f9a0c2e4b6d8f1a3c5e7b9d0f2a4c6e8b0d1e";
    /// Another key under A's name.
    const FALSE_A: &str = "a:9f3d5a7c9b0e2d4f6a8c1e3b5d7f9a0c2e4b6d8f1a3c5e7b9d0f2a4c6e8b0d1e";
    const HERE: Place = Place { table: "projects", column: "hook_secret", row: Uuid::from_u128(7) };

    fn ring(text: &str) -> KeyRing {
        KeyRing::parse(&text.into()).unwrap()
    }

    fn sealed(secret: &[u8]) -> Sealed {
        Vault::new(&ring(A)).seal(HERE, secret, Nonce([5; NONCE_BYTES])).unwrap()
    }

    fn opened(keys: &str, place: Place, sealed: &Sealed) -> Result<Vec<u8>, VaultFault> {
        Vault::new(&ring(keys)).open(place, sealed).map(|secret| secret.expose_secret().to_vec())
    }

    #[test]
    fn what_a_key_sealed_opens_as_long_as_the_ring_has_that_key() {
        let sealed = sealed(b"open sesame");
        assert_eq!(sealed.kid(), Some("a"));
        assert_eq!(opened(A, HERE, &sealed), Ok(b"open sesame".to_vec()));
        assert_eq!(opened(&format!("{B},{A}"), HERE, &sealed), Ok(b"open sesame".to_vec()));
        assert_eq!(opened(B, HERE, &sealed), Err(VaultFault::UnknownKey("a".into())));
        assert_eq!(opened(FALSE_A, HERE, &sealed), Err(VaultFault::Broken));
    }

    #[test]
    fn a_secret_opens_in_its_own_row_and_column_only() {
        let sealed = sealed(b"open sesame");
        for elsewhere in [
            Place { table: "webhooks", ..HERE },
            Place { column: "name", ..HERE },
            Place { row: Uuid::from_u128(8), ..HERE },
        ] {
            assert_eq!(opened(A, elsewhere, &sealed), Err(VaultFault::Broken), "{elsewhere:?}");
        }
    }

    #[test]
    fn the_sealed_form_shows_nothing_of_the_secret() {
        let sealed = sealed(b"open sesame");
        assert!(sealed.0.starts_with("v1.a."));
        assert!(!format!("{sealed:?}").contains(&sealed.0));
        let bytes = BASE64_URL_SAFE_NO_PAD.decode(sealed.parts().unwrap().1).unwrap();
        assert_eq!(bytes.len(), NONCE_BYTES + b"open sesame".len() + 16);
        assert!(!bytes.windows(4).any(|window| window == b"open"));
    }

    proptest! {
        #[test]
        fn any_secret_comes_back_as_it_was(secret: Vec<u8>, nonce: [u8; NONCE_BYTES], row: u128) {
            let (keys, place) = (ring(A), Place { row: Uuid::from_u128(row), ..HERE });
            let sealed = Vault::new(&keys).seal(place, &secret, Nonce(nonce)).unwrap();
            prop_assert_eq!(opened(A, place, &sealed), Ok(secret));
        }

        #[test]
        fn no_altered_text_opens(at: prop::sample::Index, with in "[A-Za-z0-9._-]") {
            let before = sealed(b"open sesame");
            let mut text: Vec<char> = before.0.chars().collect();
            let at = at.index(text.len());
            text.splice(at..=at, with.chars());
            let after = Sealed(text.into_iter().collect());
            prop_assume!(after != before);
            prop_assert!(opened(A, HERE, &after).is_err());
        }

        #[test]
        fn any_text_is_opened_or_refused(text: String) {
            prop_assert!(opened(A, HERE, &Sealed(text)).is_err());
        }
    }
}
