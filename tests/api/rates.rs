//! How often somebody may ask: budgets by address, by person, by project, told in the contract's headers.

use reqwest::Method;
use serde_json::json;

use super::support::{Answer, Client, PASSWORD, Repo, TestApp};

const NEVER: &str = "no-such-password-1";

async fn login_from(client: &Client, address: &str, password: &str) -> Answer {
    let credentials = json!({ "email": "admin@example.org", "password": password });
    let request = client.request(Method::POST, "/auth/login").header("x-forwarded-for", address);
    client.send(request.json(&credentials)).await
}

fn limits(answer: &Answer) -> (&str, &str) {
    (answer.header("ratelimit-policy"), answer.header("ratelimit"))
}

#[track_caller]
fn refused_for_now(answer: Answer, policy: &str) {
    let after: u64 = answer.header("retry-after").parse().expect("seconds");
    assert!((1..=60).contains(&after), "{after}");
    let name = policy.split(';').next().unwrap();
    assert_eq!(limits(&answer), (policy, format!("{name};r=0;t={after}").as_str()));
    answer.refused(429, "RATE_LIMIT_EXCEEDED");
}

#[tokio::test]
async fn sign_ins_are_counted_by_the_client_s_address() {
    let settings =
        [("HIVESYNC_LIMITS__AUTH_PER_MINUTE", "3"), ("HIVESYNC_HTTP__TRUSTED_PROXIES", "10.0.0.0/8,127.0.0.1")];
    let app = TestApp::with(&settings).await;
    app.admin().await;
    let client = app.anonymous();
    for left in [2, 1, 0] {
        let answer = login_from(&client, "203.0.113.7", NEVER).await;
        assert_eq!(limits(&answer).0, "\"auth\";q=3;w=60");
        assert!(limits(&answer).1.starts_with(&format!("\"auth\";r={left};t=")), "{:?}", limits(&answer));
        answer.refused(401, "UNAUTHENTICATED");
    }
    refused_for_now(login_from(&client, "203.0.113.7", PASSWORD).await, "\"auth\";q=3;w=60");
    // What a client writes before its proxy's word, or in the other header, makes it nobody else.
    refused_for_now(login_from(&client, "198.51.100.1, 203.0.113.7, 10.1.1.1", PASSWORD).await, "\"auth\";q=3;w=60");
    let request = client.request(Method::POST, "/auth/%6Cogin").header("x-forwarded-for", "203.0.113.7");
    refused_for_now(client.send(request.header("forwarded", "for=1.2.3.4")).await, "\"auth\";q=3;w=60");
    login_from(&client, "203.0.113.8", PASSWORD).await.expect(200);
}

#[tokio::test]
async fn of_ipv6_a_network_is_one_address() {
    let settings = [("HIVESYNC_LIMITS__AUTH_PER_MINUTE", "2"), ("HIVESYNC_HTTP__TRUSTED_PROXIES", "127.0.0.1")];
    let app = TestApp::with(&settings).await;
    app.admin().await;
    let client = app.anonymous();
    login_from(&client, "2001:db8:1:2::1", PASSWORD).await.expect(200);
    login_from(&client, "2001:db8:1:2:aaaa::2", PASSWORD).await.expect(200);
    refused_for_now(login_from(&client, "2001:db8:1:2:bbbb::3", PASSWORD).await, "\"auth\";q=2;w=60");
    login_from(&client, "2001:db8:1:3::1", PASSWORD).await.expect(200);
}

#[tokio::test]
async fn without_trusted_proxies_nobody_speaks_for_another() {
    let app = TestApp::with(&[("HIVESYNC_LIMITS__AUTH_PER_MINUTE", "2")]).await;
    // Registers and signs in.
    app.admin().await;
    refused_for_now(login_from(&app.anonymous(), "203.0.113.8", PASSWORD).await, "\"auth\";q=2;w=60");
}

#[tokio::test]
async fn reading_and_changing_have_budgets_of_their_own_for_each_person() {
    let settings = [("HIVESYNC_LIMITS__READ_PER_MINUTE", "3"), ("HIVESYNC_LIMITS__WRITE_PER_MINUTE", "2")];
    let app = TestApp::with(&settings).await;
    let (admin, ada) = (app.admin().await, app.user("ada").await);
    for left in [2, 1, 0] {
        let answer = admin.get("/projects").await.expect(200);
        assert!(limits(&answer).1.starts_with(&format!("\"read\";r={left};t=")), "{:?}", limits(&answer));
    }
    refused_for_now(admin.get("/auth/me").await, "\"read\";q=3;w=60");
    // Another device is the same person; another person is not.
    let device = app.anonymous().sign_in("admin@example.org", PASSWORD).await;
    refused_for_now(device.get("/projects").await, "\"read\";q=3;w=60");
    ada.get("/projects").await.expect(200);
    admin.project("a").await;
    let refused = admin.post("/projects", json!({})).await;
    assert!(limits(&refused).1.starts_with("\"write\";r=0;t="), "{:?}", limits(&refused));
    refused.refused(422, "MISSING_FIELD");
    refused_for_now(admin.post("/projects", json!({ "name": "b" })).await, "\"write\";q=2;w=60");
    admin.get("/health").await.expect(200);
}

#[tokio::test]
async fn who_brings_no_valid_token_uses_the_budget_of_the_address() {
    let app = TestApp::with(&[("HIVESYNC_LIMITS__READ_PER_MINUTE", "2")]).await;
    let (admin, stranger) = (app.admin().await, app.anonymous());
    stranger.get("/projects").await.refused(401, "UNAUTHENTICATED");
    stranger.with_token("eyJ0eXAiOiJKV1QifQ.e30.x").get("/projects").await.refused(401, "UNAUTHENTICATED");
    refused_for_now(stranger.get("/projects").await, "\"read\";q=2;w=60");
    admin.get("/projects").await.expect(200);
}

#[tokio::test]
async fn a_project_is_synchronised_so_often_whoever_forces_it() {
    let app = TestApp::with(&[("HIVESYNC_LIMITS__SYNC_PER_MINUTE", "2")]).await;
    let admin = app.admin().await;
    let (one, two, repo) = (admin.project("one").await, admin.project("two").await, Repo::of(&[("a.txt", "a\n")]));
    admin.synced(&one, &repo).await;
    let path = format!("/projects/{one}/sync-repo");
    let sync = admin.post(&path, json!({ "force": true })).await.expect(202)["sync_id"].clone();
    refused_for_now(admin.post(&path, json!({ "force": true })).await, "\"sync\";q=2;w=60");
    admin.sync_until(&one, sync.as_str().unwrap(), &["SUCCESS"]).await;
    admin.synced(&two, &repo).await;
}

#[tokio::test]
async fn with_limits_lifted_nothing_is_counted() {
    let settings = [("HIVESYNC_LIMITS__ENABLED", "false"), ("HIVESYNC_LIMITS__READ_PER_MINUTE", "1")];
    let app = TestApp::with(&settings).await;
    let admin = app.admin().await;
    for _ in 0..3 {
        assert_eq!(limits(&admin.get("/projects").await.expect(200)), ("", ""));
    }
}
