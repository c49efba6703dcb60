//! The setup token: what the first account needs. It is derived, not stored, so every instance knows
//! it, and it opens nothing any more once an account exists.

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use secrecy::{ExposeSecret, SecretString};

use super::keys::{KeyRing, Purpose};

/// The token that the operator reads from the log or from `hivesync admin setup-token`.
pub fn token(keys: &KeyRing) -> SecretString {
    let key = keys.current(Purpose::Setup);
    BASE64_URL_SAFE_NO_PAD.encode(key.secret.expose_secret()).into()
}

/// Compares in a time that does not depend on where the two differ.
pub fn matches(keys: &KeyRing, given: &SecretString) -> bool {
    let (ours, theirs) = (token(keys), given.expose_secret().as_bytes());
    let ours = ours.expose_secret().as_bytes();
    let differences = ours.iter().zip(theirs).fold(0, |found, (a, b)| found | (a ^ b));
    ours.len() == theirs.len() && differences == 0
}
