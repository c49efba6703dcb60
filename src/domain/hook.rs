//! Push hooks of GitHub, GitLab and Gitea: what proves that one is genuine, and what of it matters here.
//!
//! Facts: the hosts' manuals ("Validating webhook deliveries", "Webhook events", "Webhooks").

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit, Mac};
use percent_encoding::percent_decode_str;
use secrecy::{ExposeSecret, SecretSlice, SecretString};
use serde::Deserialize;
use sha2::Sha256;

use super::failure::Failure;

const BRANCHES: &str = "refs/heads/";
/// Hosts that were not told otherwise send the JSON as the one field of a form.
const FORM_FIELD: &[u8] = b"payload=";
const LEAST_SECRET: usize = 16;
const MOST_SECRET: usize = 256;
const MOST_DELIVERY: usize = 128;

/// The secret that a Git host shares with a project.
#[derive(Debug, Clone)]
pub struct HookSecret(SecretString);

impl HookSecret {
    /// 16 to 256 visible ASCII characters: it must fit into a header.
    pub fn parse(field: &str, text: SecretString) -> Result<Self, Failure> {
        let secret = text.expose_secret();
        let fits = (LEAST_SECRET..=MOST_SECRET).contains(&secret.len()) && secret.bytes().all(|b| b.is_ascii_graphic());
        if fits {
            return Ok(Self(text));
        }
        let rule = format!("must be {LEAST_SECRET} to {MOST_SECRET} visible ASCII characters; leave it out to get one");
        Err(Failure::invalid(field, rule))
    }

    /// The secret of these bytes, which come from the system's generator.
    pub fn of(bytes: [u8; 32]) -> Self {
        Self(BASE64_URL_SAFE_NO_PAD.encode(bytes).into())
    }

    /// The text, for the owner and for the vault.
    pub fn reveal(&self) -> &str {
        self.0.expose_secret()
    }
}

/// What shows that a delivery comes from somebody who knows the secret.
#[derive(Debug, Clone)]
enum Proof {
    /// HMAC-SHA-256 of the body (GitHub, Gitea).
    Signature(Vec<u8>),
    /// The secret itself (GitLab).
    Token(SecretString),
}

/// A delivery's headers, read; nothing of them is believed before [`Self::is_genuine`].
#[derive(Debug, Clone)]
pub struct Delivery {
    proof: Proof,
    /// Whether it is about a push: not a ping, nor anything else.
    pub is_push: bool,
    /// What the host calls it; the same when it is sent again.
    pub id: Option<String>,
}

impl Delivery {
    /// Reads the headers that `header` finds by their names in lower case. `None`: nothing in them proves anything.
    pub fn read<'h>(header: impl Fn(&str) -> Option<&'h str>) -> Option<Self> {
        // Gitea sends GitHub's headers too, so its own come first.
        let (proof, event, push, id) = if let Some(signature) = header("x-gitea-signature") {
            (Proof::Signature(bytes(signature)?), "x-gitea-event", "push", header("x-gitea-delivery"))
        } else if let Some(signature) = header("x-hub-signature-256") {
            let signature = bytes(signature.strip_prefix("sha256=")?)?;
            (Proof::Signature(signature), "x-github-event", "push", header("x-github-delivery"))
        } else {
            let id = header("idempotency-key").or_else(|| header("x-gitlab-event-uuid"));
            (Proof::Token(header("x-gitlab-token")?.into()), "x-gitlab-event", "Push Hook", id)
        };
        let id = id.filter(|id| (1..=MOST_DELIVERY).contains(&id.len())).map(str::to_owned);
        Some(Self { proof, is_push: header(event) == Some(push), id })
    }

    /// Whether whoever sent `body` knew `secret`. Takes a time that does not depend on where the two differ.
    pub fn is_genuine(&self, secret: &SecretSlice<u8>, body: &[u8]) -> bool {
        let secret = secret.expose_secret();
        match &self.proof {
            Proof::Signature(signature) => mac(secret, body).verify_slice(signature).is_ok(),
            // The MACs of both under the secret are compared: their length tells nothing of the secret's.
            Proof::Token(token) => {
                let expected = mac(secret, secret).finalize().into_bytes();
                mac(secret, token.expose_secret().as_bytes()).verify_slice(&expected).is_ok()
            }
        }
    }
}

/// What a push says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Push {
    /// `None`: it was no branch that was pushed.
    branch: Option<String>,
    /// The remote's default branch, where the host says it.
    default_branch: Option<String>,
}

#[derive(Deserialize)]
struct Payload {
    #[serde(rename = "ref")]
    reference: String,
    /// GitHub, Gitea.
    repository: Option<Repository>,
    /// GitLab.
    project: Option<Repository>,
}

#[derive(Deserialize)]
struct Repository {
    default_branch: Option<String>,
}

impl Push {
    /// Reads the body of a push event, JSON or a form.
    pub fn parse(body: &[u8]) -> Result<Self, Failure> {
        let payload: Option<Payload> = match body.strip_prefix(FORM_FIELD) {
            Some(form) => form_value(form).and_then(|json| serde_json::from_slice(&json).ok()),
            None => serde_json::from_slice(body).ok(),
        };
        let payload = payload.ok_or_else(|| Failure::invalid("body", "must be the JSON of a push event"))?;
        let default_of = |repository: Option<Repository>| repository.and_then(|repository| repository.default_branch);
        Ok(Self {
            branch: payload.reference.strip_prefix(BRANCHES).map(str::to_owned),
            default_branch: default_of(payload.project).or_else(|| default_of(payload.repository)),
        })
    }

    /// Whether it touches the branch that a project follows: the one asked for, else the remote's default, which is
    /// `known` from the last synchronisation when the host does not say it.
    pub fn concerns(&self, asked_for: Option<&str>, known: Option<&str>) -> bool {
        let followed = asked_for.or(self.default_branch.as_deref()).or(known);
        self.branch.as_deref().is_some_and(|pushed| followed.is_none_or(|followed| followed == pushed))
    }
}

/// The first field's value, as HTML forms write it.
fn form_value(form: &[u8]) -> Option<Vec<u8>> {
    let value = std::str::from_utf8(form.split(|byte| *byte == b'&').next()?).ok()?;
    Some(percent_decode_str(&value.replace('+', " ")).collect())
}

fn bytes(hex: &str) -> Option<Vec<u8>> {
    // 32 bytes; whatever is longer is no such signature.
    if hex.len() != 64 || !hex.is_ascii() {
        return None;
    }
    let digits = hex.as_bytes().chunks(2);
    digits.map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()).collect()
}

#[allow(clippy::expect_used, reason = "HMAC takes keys of any length")]
fn mac(secret: &[u8], message: &[u8]) -> Hmac<Sha256> {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret).expect("any length is a key");
    mac.update(message);
    mac
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

    use proptest::prelude::*;

    use super::*;

    /// GitHub's own example: this secret, the body `Hello, World!`.
    const SECRET: &[u8] = b"It's a Secret to Everybody";
    const BODY: &[u8] = b"Hello, World!";
    const SIGNATURE: &str = "757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17";

    fn delivery(headers: &[(&str, &str)]) -> Option<Delivery> {
        Delivery::read(|name| headers.iter().find(|(other, _)| *other == name).map(|(_, value)| *value))
    }

    fn secret(bytes: &[u8]) -> SecretSlice<u8> {
        bytes.to_vec().into()
    }

    #[test]
    fn a_delivery_is_genuine_when_its_sender_knew_the_secret() {
        let github = format!("sha256={SIGNATURE}");
        for headers in [
            [("x-hub-signature-256", github.as_str()), ("x-github-event", "push")],
            [("x-gitea-signature", SIGNATURE), ("x-gitea-event", "push")],
            [("x-gitlab-token", "It's a Secret to Everybody"), ("x-gitlab-event", "Push Hook")],
        ] {
            let delivery = delivery(&headers).unwrap();
            assert!(delivery.is_push, "{headers:?}");
            assert!(delivery.is_genuine(&secret(SECRET), BODY), "{headers:?}");
            assert!(!delivery.is_genuine(&secret(b"another"), BODY), "{headers:?}");
        }
        let signed = delivery(&[("x-gitea-signature", SIGNATURE)]).unwrap();
        assert!(!signed.is_genuine(&secret(SECRET), b"Hello, World?"));
    }

    #[test]
    fn without_a_well_formed_proof_there_is_no_delivery() {
        let long = format!("sha256={SIGNATURE}00");
        for value in ["", "sha256=", "sha256=zz", SIGNATURE, &long] {
            assert!(delivery(&[("x-hub-signature-256", value), ("x-github-event", "push")]).is_none(), "{value}");
        }
        assert!(delivery(&[("x-github-event", "push")]).is_none());
        // The old signature is not enough.
        assert!(delivery(&[("x-hub-signature", "sha1=01d0bb3ca0d1e0a5f8ad1c5b6c1d6ed5bf0e2a86")]).is_none());
    }

    #[test]
    fn what_is_no_push_is_known_by_its_event() {
        for event in ["ping", "issues", "Push Hook", ""] {
            let delivery = delivery(&[("x-gitea-signature", SIGNATURE), ("x-gitea-event", event)]).unwrap();
            assert!(!delivery.is_push, "{event}");
        }
    }

    #[test]
    fn a_push_concerns_the_branch_that_is_followed() {
        let push = |json: &str| Push::parse(json.as_bytes()).unwrap();
        let main = push(r#"{"ref":"refs/heads/main","repository":{"default_branch":"main"}}"#);
        assert!(main.concerns(None, None) && main.concerns(Some("main"), None) && main.concerns(None, Some("old")));
        assert!(!main.concerns(Some("release"), Some("main")));
        let topic = push(r#"{"ref":"refs/heads/team/topic","project":{"default_branch":"main"},"repository":{}}"#);
        assert!(topic.concerns(Some("team/topic"), None) && !topic.concerns(None, Some("team/topic")));
        let silent = push(r#"{"ref":"refs/heads/main"}"#);
        assert!(
            silent.concerns(None, None) && silent.concerns(None, Some("main")) && !silent.concerns(None, Some("x"))
        );
        assert!(!push(r#"{"ref":"refs/tags/main"}"#).concerns(None, None));
    }

    #[test]
    fn a_form_carries_the_same_json() {
        let form = b"payload=%7B%22ref%22%3A+%22refs%2Fheads%2Fa%2Bb%22%7D&other=1";
        assert_eq!(Push::parse(form).unwrap().branch.as_deref(), Some("a+b"));
        for body in [&b""[..], b"payload=", b"payload=%7B", b"[]", b"{}", b"null", b"\xff"] {
            assert!(Push::parse(body).is_err(), "{body:?}");
        }
    }

    #[test]
    fn secrets_are_long_enough_and_fit_into_a_header() {
        let parse = |text: &str| HookSecret::parse("secret", text.to_owned().into());
        assert!(parse(&"x".repeat(16)).is_ok() && parse(&"x".repeat(256)).is_ok());
        for text in ["", "fifteen-letters", "sixteen letters!", "sixteen\u{e9}letters", &"x".repeat(257)] {
            assert!(parse(text).is_err(), "{text:?}");
        }
        assert!(parse(HookSecret::of([9; 32]).reveal()).is_ok());
    }

    proptest! {
        #[test]
        fn any_body_is_a_push_or_a_clear_refusal(body: Vec<u8>) {
            let _ = Push::parse(&body);
            let _ = Push::parse(&[FORM_FIELD, &body].concat());
        }

        #[test]
        fn any_signature_is_refused_but_the_right_one(value in "[0-9a-f]{64}") {
            prop_assume!(value != SIGNATURE);
            let delivery = delivery(&[("x-gitea-signature", &value)]).unwrap();
            prop_assert!(!delivery.is_genuine(&secret(SECRET), BODY));
        }
    }
}
