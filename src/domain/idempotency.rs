//! A request that says it may come twice (draft-ietf-httpapi-idempotency-key-header): what its key is, under which
//! name it is remembered, and how its answer is sealed. Only who has the key can open what is kept under it.

use std::time::Duration;

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use chacha20poly1305::{
    KeyInit, XChaCha20Poly1305, XNonce,
    aead::{Aead, Payload},
};
use hkdf::Hkdf;
use hmac::{Hmac, Mac};
use secrecy::{ExposeSecret, SecretSlice, SecretString};
use sha2::Sha256;
use uuid::Uuid;

use super::{
    failure::Failure,
    keys::{DerivedKey, KeyRing, Purpose},
};
use crate::{
    clock::Timestamp,
    ids::{AccessTokenId, UserId},
};

/// An answer is given again for so long.
pub const LIFE: Duration = Duration::from_hours(24);
const MOST_CHARACTERS: usize = 255;
const SECRET_BYTES: usize = 32;
const NONCE_BYTES: usize = 24;

/// What a client calls a request, so that it is done once however often it is sent.
#[derive(Debug, Clone)]
pub struct IdempotencyKey(SecretString);

/// Where a key counts: the same key of another person, of a program of theirs, or for another route, is another key.
#[derive(Debug, Clone)]
pub struct Scope {
    /// Whose it is.
    pub user: UserId,
    /// The personal token that it was sent with. What its owner was answered in person is not for it.
    pub token: Option<AccessTokenId>,
    /// The method and the pattern of the address.
    pub route: String,
}

/// What one master key makes of a key in its scope.
pub struct Seal {
    /// What the row is called; tells nothing of the key.
    pub name: String,
    cipher: SecretSlice<u8>,
    print: SecretSlice<u8>,
}

/// What is remembered of a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Memory {
    /// Whether it is of the same request.
    pub same_request: bool,
    /// Whether there is an answer to it.
    pub answered: bool,
    /// Until then the one who works on it is waited for.
    pub locked_until: Timestamp,
    /// When it was first seen.
    pub since: Timestamp,
}

/// What becomes of a request whose key was seen before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// It is done, as if the key were new.
    Work,
    /// It gets the answer that is kept.
    Replay,
    /// It is being worked on, for so long at most.
    Running(Duration),
    /// The key belongs to another request.
    Mismatch,
}

impl IdempotencyKey {
    /// Reads 1 to 255 visible ASCII characters, alone or as a string in quotes, which both name the same key.
    pub fn parse(text: &str) -> Result<Self, Failure> {
        let text = text.trim();
        let quoted = text.strip_prefix('"').and_then(|text| text.strip_suffix('"'));
        let key = quoted.map_or_else(|| text.to_owned(), |inside| inside.replace("\\\"", "\"").replace("\\\\", "\\"));
        let visible = key.bytes().all(|byte| byte.is_ascii_graphic());
        if visible && (1..=MOST_CHARACTERS).contains(&key.len()) {
            Ok(Self(key.into()))
        } else {
            Err(Failure::invalid("Idempotency-Key", format!("must be 1 to {MOST_CHARACTERS} visible ASCII characters")))
        }
    }

    /// What each key of the ring makes of it, the current one first.
    pub fn seals(&self, keys: &KeyRing, scope: &Scope) -> Vec<Seal> {
        keys.all(Purpose::IdempotencyKeys).map(|key| self.seal(&key, scope)).collect()
    }

    fn seal(&self, key: &DerivedKey, scope: &Scope) -> Seal {
        let hkdf = Hkdf::<Sha256>::new(Some(key.secret.expose_secret()), self.0.expose_secret().as_bytes());
        let secret = |label: &str| {
            let mut secret = vec![0; SECRET_BYTES];
            let token = scope.token.map_or(Uuid::nil(), |token| token.0);
            // The ids have a fixed length and the label no NUL, so no two uses share a secret.
            let ids = [scope.user.0.into_bytes(), token.into_bytes()].concat();
            let info = [label.as_bytes(), b"\0", &ids, scope.route.as_bytes()].concat();
            let expanded = hkdf.expand(&info, &mut secret);
            debug_assert!(expanded.is_ok(), "32 bytes are fewer than HKDF-SHA-256 can give");
            secret
        };
        let name = BASE64_URL_SAFE_NO_PAD.encode(secret("name"));
        Seal { name, cipher: secret("cipher").into(), print: secret("print").into() }
    }
}

impl Seal {
    /// A fingerprint of a request: of its whole address and its body.
    pub fn fingerprint(&self, address: &str, body: &[u8]) -> String {
        BASE64_URL_SAFE_NO_PAD.encode(self.mac(address, body).finalize().into_bytes())
    }

    #[allow(clippy::expect_used, reason = "HMAC takes keys of any length")]
    fn mac(&self, address: &str, body: &[u8]) -> Hmac<Sha256> {
        let mut mac = Hmac::<Sha256>::new_from_slice(self.print.expose_secret()).expect("any length is a key");
        // An address holds no NUL.
        mac.update(address.as_bytes());
        mac.update(b"\0");
        mac.update(body);
        mac
    }

    /// Closes an answer. `nonce` is random; `None` only for answers larger than the cipher takes (256 GiB).
    pub fn close(&self, answer: &[u8], nonce: [u8; NONCE_BYTES]) -> Option<Vec<u8>> {
        let payload = Payload { msg: answer, aad: self.name.as_bytes() };
        let closed = self.aead()?.encrypt(&XNonce::from(nonce), payload).ok()?;
        Some([nonce.as_slice(), &closed].concat())
    }

    /// Opens what [`close`](Self::close) made; `None` for everything else.
    pub fn open(&self, closed: &[u8]) -> Option<Vec<u8>> {
        let (nonce, closed) = closed.split_first_chunk::<NONCE_BYTES>()?;
        let payload = Payload { msg: closed, aad: self.name.as_bytes() };
        self.aead()?.decrypt(&XNonce::from(*nonce), payload).ok()
    }

    fn aead(&self) -> Option<XChaCha20Poly1305> {
        XChaCha20Poly1305::new_from_slice(self.cipher.expose_secret()).ok()
    }
}

impl Memory {
    /// What becomes of a request with the same key that comes `now`.
    pub fn verdict(self, now: Timestamp) -> Verdict {
        if self.since.plus(LIFE) <= now {
            Verdict::Work
        } else if !self.same_request {
            Verdict::Mismatch
        } else if self.answered {
            Verdict::Replay
        } else if self.locked_until > now {
            Verdict::Running(self.locked_until.since(now))
        } else {
            // Whoever worked on it is gone, and nobody knows how far it came.
            Verdict::Work
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

    use proptest::prelude::*;

    use super::*;

    const A: &str = "a:1f3d5a7c9b0e2d4f6a8c1e3b5d7f9a0c2e4b6d8f1a3c5e7b9d0f2a4c6e8b0d1f";
    const B: &str = "b:9f3d5a7c9b0e2d4f6a8c1e3b5d7f9a0c2e4b6d8f1a3c5e7b9d0f2a4c6e8b0d1e";

    fn seals(ring: &str, key: &str, user: UserId, route: &str) -> Vec<Seal> {
        let keys = KeyRing::parse(&ring.into()).unwrap();
        IdempotencyKey::parse(key).unwrap().seals(&keys, &Scope { user, token: None, route: route.into() })
    }

    #[test]
    fn a_key_is_one_to_255_visible_characters_quoted_or_not() {
        let key = |text: &str| IdempotencyKey::parse(text).map(|key| key.0.expose_secret().to_owned());
        assert_eq!(key("a-1").unwrap(), "a-1");
        assert_eq!(key(" \"a-1\" ").unwrap(), "a-1");
        assert_eq!(key(r#""a\"b\\""#).unwrap(), r#"a"b\"#);
        assert_eq!(key(&"x".repeat(255)).unwrap().len(), 255);
        for text in ["", "\"\"", "a b", "é", "a\tb", &"x".repeat(256)] {
            assert!(key(text).is_err(), "{text:?}");
        }
    }

    #[test]
    fn who_has_the_key_opens_the_answer_and_nobody_else() {
        let user = UserId::new();
        let seal = |key: &str| seals(A, key, user, "POST /x").remove(0);
        let closed = seal("k1").close(b"a token", [7; NONCE_BYTES]).unwrap();
        assert!(!closed.windows(7).any(|window| window == b"a token"));
        assert_eq!(seal("k1").open(&closed).unwrap(), b"a token");
        assert_eq!(seal("k2").open(&closed), None);
        assert_eq!(seal("k1").open(&[0; 10]), None);
    }

    #[test]
    fn another_person_route_or_master_key_gives_another_name() {
        let (ada, bob) = (UserId::new(), UserId::new());
        let name = |ring: &str, user, route: &str| seals(ring, "k", user, route).remove(0).name;
        let first = name(A, ada, "POST /x");
        assert_eq!(first, name(A, ada, "POST /x"));
        assert_ne!(first, name(A, bob, "POST /x"));
        assert_ne!(first, name(A, ada, "POST /y"));
        assert_ne!(first, name(B, ada, "POST /x"));
        let both: Vec<_> = seals(&format!("{B},{A}"), "k", ada, "POST /x").into_iter().map(|seal| seal.name).collect();
        assert_eq!(both, [name(B, ada, "POST /x"), first]);
    }

    #[test]
    fn a_key_that_a_program_uses_is_another_than_its_owner_s() {
        let (user, keys) = (UserId::new(), KeyRing::parse(&A.into()).unwrap());
        let name = |token| {
            let scope = Scope { user, token, route: "POST /x".into() };
            IdempotencyKey::parse("k").unwrap().seals(&keys, &scope).remove(0).name
        };
        let (one, other) = (Some(AccessTokenId::new()), Some(AccessTokenId::new()));
        assert_eq!(name(one), name(one));
        assert_ne!(name(one), name(other));
        assert_ne!(name(one), name(None));
    }

    #[test]
    fn a_fingerprint_is_of_the_address_and_the_body() {
        let seal = seals(A, "k", UserId::new(), "POST /x").remove(0);
        let print = seal.fingerprint("/x", b"1");
        assert_eq!(print, seal.fingerprint("/x", b"1"));
        assert_ne!(print, seal.fingerprint("/x", b"2"));
        assert_ne!(print, seal.fingerprint("/x?a", b"1"));
    }

    #[test]
    fn a_known_key_is_replayed_waited_for_refused_or_worked_on_anew() {
        let now = Timestamp(1_000_000_000_000);
        let memory = Memory { same_request: true, answered: true, locked_until: now, since: now };
        assert_eq!(memory.verdict(now), Verdict::Replay);
        assert_eq!(Memory { same_request: false, ..memory }.verdict(now), Verdict::Mismatch);
        let second = Duration::from_secs(1);
        let working = Memory { answered: false, locked_until: now.plus(second), ..memory };
        assert_eq!(working.verdict(now), Verdict::Running(second));
        assert_eq!(working.verdict(now.plus(second)), Verdict::Work);
        let old = Memory { same_request: false, ..memory };
        assert_eq!(old.verdict(now.plus(LIFE)), Verdict::Work);
    }

    proptest! {
        #[test]
        fn any_text_is_a_key_or_a_clear_refusal(text: String) {
            let _ = IdempotencyKey::parse(&text);
        }
    }
}
