//! `/auth/sessions`: the devices that somebody is signed in on, and how each is signed out, by hand or by time.

use std::time::Duration;

use hivesync::clock::{Clock, Timestamp};
use reqwest::{Method, header::USER_AGENT};
use serde_json::{Value, json};

use super::support::{Client, PASSWORD, TestApp, wait_until};

const DAY: Duration = Duration::from_hours(24);

async fn sessions(client: &Client) -> Vec<Value> {
    client.get("/auth/sessions").await.expect(200)["items"].as_array().unwrap().clone()
}

/// The id of the session that `client` has.
async fn own(client: &Client) -> String {
    let sessions = sessions(client).await;
    let current: Vec<_> = sessions.iter().filter(|session| session["current"] == true).collect();
    assert_eq!(current.len(), 1, "{sessions:?}");
    current[0]["id"].as_str().unwrap().to_owned()
}

fn ago(time: Duration) -> i64 {
    Clock::system().now().minus(time).0
}

async fn reason(client: &Client) -> Value {
    client.get("/auth/me").await.refused(401, "UNAUTHENTICATED")["reason"].clone()
}

async fn refusal(client: &Client) -> Value {
    let answer = client.post("/auth/refresh", json!({ "refresh_token": client.refresh_token() })).await;
    answer.refused(401, "UNAUTHENTICATED")["reason"].clone()
}

#[tokio::test]
async fn devices_are_listed_by_what_they_said_and_where_they_were() {
    let app = TestApp::start().await;
    let laptop = app.admin().await;
    let nobody = app.anonymous().from("127.0.0.7");
    let credentials = json!({ "email": "admin@example.org", "password": PASSWORD });
    let agent = format!("HiveSync/1.0 ({})", "x".repeat(500));
    let login = nobody.request(Method::POST, "/auth/login").json(&credentials).header(USER_AGENT, &agent);
    let phone = nobody.holding(nobody.send(login).await.expect(200).json);
    let seen = sessions(&phone).await;
    assert_eq!(seen.len(), 2);
    let members: Vec<_> = seen[0].as_object().unwrap().keys().collect();
    assert_eq!(members, ["address", "created_at", "current", "id", "last_used_at", "user_agent"]);
    assert_eq!((&seen[0]["current"], &seen[0]["address"]), (&json!(true), &json!("127.0.0.7")));
    assert_eq!(seen[0]["user_agent"], agent[..200]);
    assert_eq!((&seen[1]["current"], &seen[1]["address"]), (&json!(false), &json!("127.0.0.1")));
    assert_eq!(sessions(&laptop).await.len(), 2);
    let page = laptop.get("/auth/sessions?limit=1").await.expect(200);
    assert!(page["next_cursor"].is_string());
}

#[tokio::test]
async fn a_device_is_signed_out_from_another_one_at_once_and_no_other_with_it() {
    let app = TestApp::start().await;
    let (phone, laptop, bob) = (app.admin().await, app.admin().await, app.user("bob").await);
    let path = format!("/auth/sessions/{}", own(&phone).await);
    bob.delete(&path).await.refused(404, "SESSION_NOT_FOUND");
    laptop.delete(&path).await.expect(204);
    assert_eq!((reason(&phone).await, refusal(&phone).await), (json!("revoked"), json!("revoked")));
    laptop.delete(&path).await.refused(404, "SESSION_NOT_FOUND");
    laptop.delete("/auth/sessions/x").await.expect(404);
    assert_eq!(sessions(&laptop).await.len(), 1);
    bob.get("/auth/me").await.expect(200);
    let ended = app.rows("SELECT payload FROM events WHERE kind = 'session_ended'").await;
    assert_eq!(ended.len(), 1);
    assert_eq!(app.rows("SELECT id FROM events WHERE kind = 'session_started'").await.len(), 3);
}

#[tokio::test]
async fn a_device_may_sign_itself_out_by_its_id() {
    let app = TestApp::start().await;
    let phone = app.admin().await;
    phone.delete(&format!("/auth/sessions/{}", own(&phone).await)).await.expect(204);
    assert_eq!(reason(&phone).await, "revoked");
}

#[tokio::test]
async fn a_session_ends_when_it_was_not_refreshed_for_too_long() {
    let app = TestApp::start().await;
    let phone = app.admin().await;
    app.alter(&format!("UPDATE sessions SET refreshed_at = {}", ago(31 * DAY))).await;
    assert_eq!((reason(&phone).await, refusal(&phone).await), (json!("expired"), json!("expired")));
    let other = app.admin().await;
    assert_eq!(sessions(&other).await.len(), 1, "what is over is not listed");
}

#[tokio::test]
async fn a_session_ends_by_its_age_however_often_it_is_refreshed() {
    let app = TestApp::start().await;
    let phone = app.admin().await;
    app.alter(&format!("UPDATE sessions SET created_at = {}", ago(89 * DAY))).await;
    let refreshed = phone.post("/auth/refresh", json!({ "refresh_token": phone.refresh_token() })).await.expect(200);
    let phone = phone.holding(refreshed.json);
    phone.get("/auth/me").await.expect(200);
    app.alter(&format!("UPDATE sessions SET created_at = {}", ago(91 * DAY))).await;
    assert_eq!(refusal(&phone).await, "expired");
    let told = wait_until("the session is not believed", Duration::from_secs(10), async || {
        let answer = phone.get("/auth/me").await;
        (answer.status == 401).then(|| answer.refused(401, "UNAUTHENTICATED")["reason"].clone())
    });
    assert_eq!(told.await, "expired");
}

#[tokio::test]
async fn the_last_use_is_noted_to_the_minute() {
    let app = TestApp::start().await;
    let phone = app.admin().await;
    phone.get("/auth/me").await.expect(200);
    let used = async || app.rows("SELECT used_at FROM sessions").await[0]["used_at"].as_i64();
    assert_eq!(used().await, None, "it signed in just now");
    let phone = app.admin().await;
    let before = ago(Duration::from_mins(2));
    app.alter(&format!("UPDATE sessions SET refreshed_at = {before}")).await;
    phone.get("/auth/me").await.expect(200);
    let sql = "SELECT used_at FROM sessions WHERE used_at IS NOT NULL";
    let noted = wait_until("the use is noted", Duration::from_secs(10), async || app.rows(sql).await.pop()).await;
    assert!(Timestamp(noted["used_at"].as_i64().unwrap()) > Timestamp(before));
    let seen = sessions(&phone).await;
    assert_eq!(seen[0]["last_used_at"], Timestamp(noted["used_at"].as_i64().unwrap()).to_string());
}
