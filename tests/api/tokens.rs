//! Access tokens: what is believed, and why the rest is not.

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use hivesync::{
    clock::{Clock, Timestamp},
    domain::{
        access::{self, Access},
        keys::{KeyRing, Purpose},
    },
    ids::{SessionId, UserId},
};
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use reqwest::{Method, header::AUTHORIZATION};
use secrecy::ExposeSecret;
use serde_json::{Value, json};

use super::support::{Client, KEYS, TestApp};

fn ring(text: &str) -> KeyRing {
    KeyRing::parse(&text.into()).unwrap()
}

fn claims(token: &str) -> Value {
    let payload = token.split('.').nth(1).unwrap();
    serde_json::from_slice(&BASE64_URL_SAFE_NO_PAD.decode(payload).unwrap()).unwrap()
}

/// Who `client` is, as its token says.
fn access(client: &Client) -> Access {
    let claims = claims(client.access_token());
    let id = |name: &str| claims[name].as_str().unwrap();
    let generation = i32::try_from(claims["gen"].as_i64().unwrap()).unwrap();
    Access { user: id("sub").parse().unwrap(), session: id("sid").parse().unwrap(), generation }
}

/// `client`'s claims with one of them changed, signed as the service signs.
fn forged(client: &Client, name: &str, value: Value, algorithm: Algorithm, kid: &str) -> String {
    let mut claims = claims(client.access_token());
    claims[name] = value;
    let key = ring(KEYS).current(Purpose::AccessTokens);
    let header = Header { kid: Some(kid.to_owned()), ..Header::new(algorithm) };
    encode(&header, &claims, &EncodingKey::from_secret(key.secret.expose_secret())).unwrap()
}

fn soon() -> Timestamp {
    Clock::system().now().plus(std::time::Duration::from_mins(5))
}

async fn reason(client: &Client) -> Value {
    let answer = client.get("/auth/me").await;
    assert_eq!(answer.header("www-authenticate"), "Bearer");
    answer.refused(401, "UNAUTHENTICATED")["reason"].clone()
}

#[tokio::test]
async fn a_request_without_a_bearer_token_is_told_that_it_is_missing() {
    let app = TestApp::start().await;
    let nobody = app.anonymous();
    assert_eq!(reason(&nobody).await, "missing");
    for value in ["Basic YWRhOnB3", "Bearer", "bearer", "token"] {
        let request = nobody.request(Method::GET, "/auth/me").header(AUTHORIZATION, value);
        assert_eq!(nobody.send(request).await.refused(401, "UNAUTHENTICATED")["reason"], "missing", "{value}");
    }
}

#[tokio::test]
async fn the_word_bearer_may_be_written_in_any_case() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let nobody = app.anonymous();
    let value = format!("bEARER {}", admin.access_token());
    nobody.send(nobody.request(Method::GET, "/auth/me").header(AUTHORIZATION, value)).await.expect(200);
}

#[tokio::test]
async fn malformed_foreign_and_altered_tokens_are_invalid() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let token = admin.access_token();
    let foreign = KEYS.replace("4be7150f", "0f51b74e");
    let other_key = access::issue(&ring(&foreign), access(&admin), Clock::system().now(), soon()).unwrap();
    let unknown_kid = access::issue(&ring(&foreign.replace("t1:", "t2:")), access(&admin), soon(), soon()).unwrap();
    let unsigned = format!("{}.{}.", BASE64_URL_SAFE_NO_PAD.encode(r#"{"alg":"none","kid":"t1"}"#), &token[37..]);
    let invalid = [
        "x".to_owned(),
        "a.b.c".to_owned(),
        "x".repeat(5_000),
        admin.refresh_token().to_owned(),
        token[..token.len() - 2].to_owned(),
        token.rsplit_once('.').unwrap().0.to_owned() + ".",
        other_key,
        unknown_kid,
        unsigned,
        forged(&admin, "aud", json!("somebody-else"), Algorithm::HS256, "t1"),
        forged(&admin, "typ", json!("refresh"), Algorithm::HS256, "t1"),
        forged(&admin, "sub", json!("ada"), Algorithm::HS256, "t1"),
        forged(&admin, "exp", json!("never"), Algorithm::HS256, "t1"),
        forged(&admin, "gen", json!(1), Algorithm::HS512, "t1"),
        forged(&admin, "gen", json!(1), Algorithm::HS256, "t2"),
    ];
    for token in invalid {
        assert_eq!(reason(&admin.with_token(&token)).await, "invalid", "{token}");
    }
}

#[tokio::test]
async fn a_token_without_signature_is_invalid_whatever_its_header_says() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let payload = admin.access_token().split('.').nth(1).unwrap();
    for algorithm in ["none", "None", "NONE", ""] {
        let header = json!({ "alg": algorithm, "typ": "JWT", "kid": "t1" }).to_string();
        let header = BASE64_URL_SAFE_NO_PAD.encode(header);
        for token in [format!("{header}.{payload}."), format!("{header}.{payload}")] {
            assert_eq!(reason(&admin.with_token(&token)).await, "invalid", "{token}");
        }
    }
}

#[tokio::test]
async fn a_genuine_token_ends_with_its_time() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let now = Clock::system().now();
    let past = Timestamp(now.0 - 1_000_000);
    let expired = access::issue(&ring(KEYS), access(&admin), past, past).unwrap();
    assert_eq!(reason(&admin.with_token(&expired)).await, "expired");
    let fresh = access::issue(&ring(KEYS), access(&admin), now, soon()).unwrap();
    admin.with_token(&fresh).get("/auth/me").await.expect(200);
}

#[tokio::test]
async fn an_expired_token_of_a_foreign_key_is_invalid_rather_than_expired() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let past = Timestamp(Clock::system().now().0 - 1_000_000);
    let foreign = ring(&KEYS.replace("4be7150f", "0f51b74e"));
    let token = access::issue(&foreign, access(&admin), past, past).unwrap();
    assert_eq!(reason(&admin.with_token(&token)).await, "invalid");
}

#[tokio::test]
async fn a_signed_token_of_no_session_or_of_somebody_elses_is_revoked() {
    let app = TestApp::start().await;
    let (admin, bob) = (app.admin().await, app.user("bob").await);
    let now = Clock::system().now();
    let of = |access| access::issue(&ring(KEYS), access, now, soon()).unwrap();
    let no_session = Access { session: SessionId::new(), ..access(&admin) };
    let no_user = Access { user: UserId::new(), ..access(&admin) };
    let crossed = Access { user: access(&admin).user, ..access(&bob) };
    for access in [no_session, no_user, crossed] {
        assert_eq!(reason(&admin.with_token(&of(access))).await, "revoked", "{access:?}");
    }
}

#[tokio::test]
async fn a_former_key_still_opens_what_it_signed() {
    let mut app = TestApp::start().await;
    let admin = app.admin().await;
    let newer = "t2:9d31c2b85f70e64a1bd8932c6e0f47a5d21c84f39be7506a8d4f172ec35b90e6";
    app.restart_with("HIVESYNC_SECRETS__KEYS", &format!("{newer},{KEYS}")).await;
    admin.get("/auth/me").await.expect(200);
    let refreshed = admin.post("/auth/refresh", json!({ "refresh_token": admin.refresh_token() })).await.expect(200);
    admin.holding(refreshed.json).get("/auth/me").await.expect(200);
    app.restart_with("HIVESYNC_SECRETS__KEYS", newer).await;
    assert_eq!(reason(&admin).await, "invalid");
}
