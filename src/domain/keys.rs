//! The master key ring, and every other key derived from it by HKDF (RFC 5869) with a label.

use hkdf::Hkdf;
use secrecy::{ExposeSecret, SecretSlice, SecretString};
use sha2::Sha256;

const KEY_BYTES: usize = 32;

/// Why the ring cannot be used; the message says what to write instead.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum KeyFault {
    /// Nothing was given.
    #[error("secrets.keys is empty; write `kid:64 hexadecimal digits`")]
    Empty,
    /// An entry is not `kid:hex`.
    #[error("secrets.keys: entry {0} is not `kid:64 hexadecimal digits`")]
    Malformed(usize),
    /// Two entries carry one name.
    #[error("secrets.keys: the key id {0:?} appears twice")]
    Repeated(String),
    /// A key that anybody would try first.
    #[error("secrets.keys: the key {0:?} is not random; make one with `openssl rand -hex 32`")]
    Guessable(String),
}

/// What a derived key is for; no two purposes share one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// Signs access tokens.
    AccessTokens,
    /// Authenticates refresh tokens.
    RefreshTokens,
    /// Makes the setup token.
    Setup,
    /// Authenticates invitations.
    Invitations,
    /// Seals what is stored and must be read again: credentials, secrets of hooks.
    SecretsAtRest,
    /// Names and seals what is kept under an idempotency key.
    IdempotencyKeys,
}

impl Purpose {
    fn label(self) -> &'static [u8] {
        match self {
            Self::AccessTokens => b"hivesync/access-tokens/1",
            Self::RefreshTokens => b"hivesync/refresh-tokens/1",
            Self::Setup => b"hivesync/setup/1",
            Self::Invitations => b"hivesync/invitations/1",
            Self::SecretsAtRest => b"hivesync/secrets-at-rest/1",
            Self::IdempotencyKeys => b"hivesync/idempotency-keys/1",
        }
    }
}

/// The master keys, the current one first; never empty, never shown.
#[derive(Clone)]
pub struct KeyRing {
    current: MasterKey,
    former: Vec<MasterKey>,
}

#[derive(Clone)]
struct MasterKey {
    kid: String,
    secret: SecretSlice<u8>,
}

/// A key for one purpose.
pub struct DerivedKey {
    /// The master key's name, as it goes into a token's header.
    pub kid: String,
    /// 32 bytes.
    pub secret: SecretSlice<u8>,
}

impl KeyRing {
    /// Reads `kid:64 hex digits`, comma-separated, current first.
    pub fn parse(text: &SecretString) -> Result<Self, KeyFault> {
        let text = text.expose_secret();
        let mut keys: Vec<MasterKey> = Vec::new();
        for (index, entry) in text.split(',').map(str::trim).filter(|entry| !entry.is_empty()).enumerate() {
            let key = MasterKey::parse(entry).ok_or(KeyFault::Malformed(index + 1))?;
            if keys.iter().any(|other| other.kid == key.kid) {
                return Err(KeyFault::Repeated(key.kid));
            }
            if key.is_guessable() {
                return Err(KeyFault::Guessable(key.kid));
            }
            keys.push(key);
        }
        let mut keys = keys.into_iter();
        let current = keys.next().ok_or(KeyFault::Empty)?;
        Ok(Self { current, former: keys.collect() })
    }

    /// The names of all, the current one first.
    pub fn kids(&self) -> impl Iterator<Item = &str> {
        std::iter::once(&self.current).chain(&self.former).map(|key| key.kid.as_str())
    }

    /// A name for one more key, unlike all of these: the next number behind `k`.
    pub fn next_kid(&self) -> String {
        let numbers = self.kids().filter_map(|kid| kid.strip_prefix('k')?.parse::<u32>().ok());
        format!("k{}", numbers.max().unwrap_or(0).saturating_add(1))
    }

    /// The key that signs from now on.
    pub fn current(&self, purpose: Purpose) -> DerivedKey {
        self.current.derive(purpose)
    }

    /// Every key that may have signed, the current one first.
    pub fn all(&self, purpose: Purpose) -> impl Iterator<Item = DerivedKey> + '_ {
        std::iter::once(&self.current).chain(&self.former).map(move |key| key.derive(purpose))
    }
}

impl MasterKey {
    fn parse(entry: &str) -> Option<Self> {
        let (kid, digits) = entry.split_once(':')?;
        let plain = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
        if kid.is_empty() || kid.len() > 32 || !kid.chars().all(plain) || digits.len() != KEY_BYTES * 2 {
            return None;
        }
        let secret: Vec<u8> = digits
            .as_bytes()
            .chunks(2)
            .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok())
            .collect::<Option<_>>()?;
        Some(Self { kid: kid.to_owned(), secret: secret.into() })
    }

    /// Whether the key has so few different bytes that no random generator made it (chance below 2⁻¹⁰⁰).
    fn is_guessable(&self) -> bool {
        let mut bytes = self.secret.expose_secret().to_vec();
        let steps = bytes.windows(2).all(|pair| matches!(pair, [a, b] if a.wrapping_add(1) == *b));
        bytes.sort_unstable();
        bytes.dedup();
        steps || bytes.len() < KEY_BYTES / 3
    }

    fn derive(&self, purpose: Purpose) -> DerivedKey {
        let mut secret = vec![0; KEY_BYTES];
        let hkdf = Hkdf::<Sha256>::new(None, self.secret.expose_secret());
        let expanded = hkdf.expand(purpose.label(), &mut secret);
        debug_assert!(expanded.is_ok(), "32 bytes are fewer than HKDF-SHA-256 can give");
        DerivedKey { kid: self.kid.clone(), secret: secret.into() }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

    use super::*;

    const A: &str = "a:1f3d5a7c9b0e2d4f6a8c1e3b5d7f9a0c2e4b6d8f1a3c5e7b9d0f2a4c6e8b0d1f";
    const B: &str = "b:9f3d5a7c9b0e2d4f6a8c1e3b5d7f9a0c2e4b6d8f1a3c5e7b9d0f2a4c6e8b0d1e";

    fn ring(text: &str) -> Result<KeyRing, KeyFault> {
        KeyRing::parse(&text.into())
    }

    #[test]
    fn the_first_key_is_current_and_all_are_kept() {
        let ring = ring(&format!("{A},{B}")).unwrap();
        assert_eq!(ring.current(Purpose::Setup).kid, "a");
        let kids: Vec<_> = ring.all(Purpose::Setup).map(|key| key.kid).collect();
        assert_eq!(kids, ["a", "b"]);
    }

    #[test]
    fn the_next_key_is_named_unlike_all_others() {
        assert_eq!(ring(A).unwrap().next_kid(), "k1");
        let numbered = ring(&format!("{},{}", A.replacen('a', "k7", 1), B.replacen('b', "k2", 1))).unwrap();
        assert_eq!(numbered.next_kid(), "k8");
    }

    #[test]
    fn each_purpose_has_its_own_key() {
        let ring = ring(A).unwrap();
        let setup = ring.current(Purpose::Setup).secret;
        let access = ring.current(Purpose::AccessTokens).secret;
        assert_ne!(setup.expose_secret(), access.expose_secret());
        assert_eq!(setup.expose_secret().len(), KEY_BYTES);
    }

    #[test]
    fn missing_short_repeated_and_well_known_keys_are_refused() {
        assert_eq!(ring(" ").err(), Some(KeyFault::Empty));
        assert_eq!(ring("a:1234").err(), Some(KeyFault::Malformed(1)));
        assert_eq!(ring(&format!("{A},{A}")).err(), Some(KeyFault::Repeated("a".into())));
        let zeros = format!("k:{}", "0".repeat(64));
        assert_eq!(ring(&zeros).err(), Some(KeyFault::Guessable("k".into())));
        let counting = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";
        assert_eq!(ring(&format!("k:{counting}")).err(), Some(KeyFault::Guessable("k".into())));
    }
}
