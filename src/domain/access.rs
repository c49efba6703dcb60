//! Access tokens: JSON Web Tokens (RFC 7519), HS256, short-lived, checked without a database.

use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation, decode, decode_header, encode};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};

use super::{
    failure::TokenFault,
    keys::{KeyRing, Purpose},
};
use crate::{
    clock::Timestamp,
    ids::{SessionId, UserId},
};

const AUDIENCE: &str = "hivesync";
const TYPE: &str = "access";

/// What a token says, once it was checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Access {
    /// Who.
    pub user: UserId,
    /// On which device.
    pub session: SessionId,
    /// Which refresh of that session it came with, so that its use confirms that refresh.
    pub generation: i32,
}

#[derive(Serialize, Deserialize)]
struct Claims {
    sub: UserId,
    sid: SessionId,
    /// The refresh token's counter when this was issued.
    #[serde(rename = "gen")]
    generation: i32,
    iat: i64,
    exp: i64,
    aud: String,
    typ: String,
}

/// Signs a token with the current key.
///
/// # Errors
/// Only when the signing library does.
pub fn issue(
    keys: &KeyRing,
    access: Access,
    now: Timestamp,
    expires: Timestamp,
) -> Result<String, jsonwebtoken::errors::Error> {
    let key = keys.current(Purpose::AccessTokens);
    let header = Header { kid: Some(key.kid), ..Header::new(Algorithm::HS256) };
    let claims = Claims {
        sub: access.user,
        sid: access.session,
        generation: access.generation,
        iat: now.seconds(),
        exp: expires.seconds(),
        aud: AUDIENCE.to_owned(),
        typ: TYPE.to_owned(),
    };
    encode(&header, &claims, &EncodingKey::from_secret(key.secret.expose_secret()))
}

/// Checks signature, algorithm, key id, audience, type and time.
///
/// # Errors
/// `Expired` only for a token that is genuine in everything else.
pub fn verify(keys: &KeyRing, token: &SecretString, now: Timestamp) -> Result<Access, TokenFault> {
    let token = token.expose_secret();
    let kid = decode_header(token).ok().and_then(|header| header.kid).ok_or(TokenFault::Invalid)?;
    let key = keys.all(Purpose::AccessTokens).find(|key| key.kid == kid).ok_or(TokenFault::Invalid)?;
    let mut rules = Validation::new(Algorithm::HS256);
    rules.set_audience(&[AUDIENCE]);
    rules.set_required_spec_claims(&["exp", "aud", "sub"]);
    // Compared with the clock that was handed in, below.
    rules.validate_exp = false;
    let key = DecodingKey::from_secret(key.secret.expose_secret());
    let Ok(token) = decode::<Claims>(token, &key, &rules) else { return Err(TokenFault::Invalid) };
    let claims = token.claims;
    if claims.typ != TYPE {
        return Err(TokenFault::Invalid);
    }
    if claims.exp <= now.seconds() {
        return Err(TokenFault::Expired);
    }
    Ok(Access { user: claims.sub, session: claims.sid, generation: claims.generation })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

    use proptest::prelude::*;

    use super::*;

    fn ring(digit: &str) -> KeyRing {
        let hex = format!("{digit}f3d5a7c9b0e2d4f6a8c1e3b5d7f9a0c2e4b6d8f1a3c5e7b9d0f2a4c6e8b0d1f");
        KeyRing::parse(&format!("k{digit}:{hex}").into()).unwrap()
    }

    fn access() -> Access {
        Access { user: UserId::new(), session: SessionId::new(), generation: 3 }
    }

    const NOW: Timestamp = Timestamp(1_000_000_000_000_000);
    const LATER: Timestamp = Timestamp(1_000_000_900_000_000);

    #[test]
    fn a_token_says_what_was_signed() {
        let (keys, access) = (ring("1"), access());
        let token = issue(&keys, access, NOW, LATER).unwrap();
        assert_eq!(verify(&keys, &token.clone().into(), NOW), Ok(access));
    }

    #[test]
    fn a_token_ends_with_its_time() {
        let keys = ring("1");
        let token = issue(&keys, access(), NOW, LATER).unwrap();
        assert_eq!(verify(&keys, &token.clone().into(), LATER), Err(TokenFault::Expired));
    }

    #[test]
    fn tokens_of_other_keys_and_altered_tokens_are_invalid() {
        let token = issue(&ring("1"), access(), NOW, LATER).unwrap();
        assert_eq!(verify(&ring("2"), &token.clone().into(), NOW), Err(TokenFault::Invalid));
        let mut altered = token.clone();
        altered.replace_range(30..31, if token.as_bytes().get(30) == Some(&b'A') { "B" } else { "A" });
        assert_eq!(verify(&ring("1"), &altered.clone().into(), NOW), Err(TokenFault::Invalid));
        assert_eq!(verify(&ring("1"), &"".into(), NOW), Err(TokenFault::Invalid));
    }

    #[test]
    fn a_token_without_signature_is_invalid() {
        let keys = ring("1");
        let token = issue(&keys, access(), NOW, LATER).unwrap();
        let claims = token.split('.').nth(1).unwrap();
        // {"alg":"none","kid":"k1"}
        let forged = format!("eyJhbGciOiJub25lIiwia2lkIjoiazEifQ.{claims}.");
        assert_eq!(verify(&keys, &forged.clone().into(), NOW), Err(TokenFault::Invalid));
    }

    proptest! {
        #[test]
        fn no_made_up_text_is_a_token(text: String, parts in "[A-Za-z0-9_-]{0,40}(\\.[A-Za-z0-9_-]{0,40}){2}") {
            for text in [text, parts] {
                prop_assert_eq!(verify(&ring("1"), &text.into(), NOW), Err(TokenFault::Invalid));
            }
        }
    }
}
