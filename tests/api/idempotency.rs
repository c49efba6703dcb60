//! A POST with an `Idempotency-Key` is done once, and answered alike each time it comes.

use futures::future::join_all;
use reqwest::Method;
use serde_json::{Value, json};

use super::support::{Answer, Client, PASSWORD, Repo, TestApp};

async fn post(client: &Client, path: &str, key: &str, body: Value) -> Answer {
    client.send(client.request(Method::POST, path).header("idempotency-key", key).json(&body)).await
}

async fn projects(client: &Client) -> usize {
    client.get("/projects").await.expect(200)["items"].as_array().unwrap().len()
}

#[tokio::test]
async fn the_same_request_is_done_once_and_answered_alike() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let first = post(&admin, "/projects", "key-1", json!({ "name": "a" })).await.expect(201);
    assert_eq!(first.header("idempotency-replayed"), "");
    // In quotes, as the draft has it, it is the same key.
    for key in ["key-1", "\"key-1\""] {
        let again = post(&admin, "/projects", key, json!({ "name": "a" })).await.expect(201);
        assert_eq!(again.body, first.body);
        assert_eq!(again.header("idempotency-replayed"), "true");
        assert_eq!(again.header("etag"), first.header("etag"));
        assert_eq!(again.header("content-type"), "application/json");
        assert_ne!(again.header("x-request-id"), first.header("x-request-id"));
    }
    assert_eq!(projects(&admin).await, 1);
    post(&admin, "/projects", "key-2", json!({ "name": "a" })).await.expect(201);
    admin.post("/projects", json!({ "name": "a" })).await.expect(201);
    assert_eq!(projects(&admin).await, 3);
}

#[tokio::test]
async fn the_place_of_what_was_begun_is_told_again() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let (id, repo) = (admin.project("p").await, Repo::of(&[("a.txt", "a\n")]));
    let path = format!("/projects/{id}/link-repo");
    let first = post(&admin, &path, "k", json!({ "repo_url": repo.url() })).await.expect(202);
    let again = post(&admin, &path, "k", json!({ "repo_url": repo.url() })).await.expect(202);
    assert!(!first.header("location").is_empty());
    assert_eq!(again.header("location"), first.header("location"));
    admin.sync_until(&id, first["sync_id"].as_str().unwrap(), &["SUCCESS"]).await;
    let synced =
        admin.send(admin.request(Method::POST, &format!("/projects/{id}/sync-repo")).header("idempotency-key", "k"));
    let sync = synced.await.expect(202)["sync_id"].clone();
    admin.sync_until(&id, sync.as_str().unwrap(), &["SUCCESS"]).await;
}

#[tokio::test]
async fn another_body_or_address_under_the_same_key_is_refused() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let (one, two) = (admin.project("one").await, admin.project("two").await);
    post(&admin, "/projects", "k", json!({ "name": "a" })).await.expect(201);
    let other = post(&admin, "/projects", "k", json!({ "name": "b" })).await;
    assert_eq!(other.refused(422, "INVALID_INPUT")["fields"][0]["path"], "Idempotency-Key");
    post(&admin, &format!("/projects/{one}/sync-repo"), "k", json!({})).await.refused(409, "REPO_NOT_LINKED");
    post(&admin, &format!("/projects/{two}/sync-repo"), "k", json!({})).await.refused(422, "INVALID_INPUT");
    assert_eq!(projects(&admin).await, 3);
}

#[tokio::test]
async fn a_key_is_its_owner_s_and_its_route_s() {
    let app = TestApp::start().await;
    let (admin, ada) = (app.admin().await, app.user("ada").await);
    post(&admin, "/projects", "k", json!({ "name": "a" })).await.expect(201);
    let hers = post(&ada, "/projects", "k", json!({ "name": "b" })).await.expect(201);
    assert_eq!(hers["name"], "b");
    // On another device it is the same person's key.
    let device = app.anonymous().sign_in("ada@example.org", PASSWORD).await;
    assert_eq!(post(&device, "/projects", "k", json!({ "name": "b" })).await.expect(201).body, hers.body);
    post(&ada, "/notifications/read-all", "k", json!(null)).await.expect(200);
}

#[tokio::test]
async fn a_refusal_is_answered_alike_though_it_would_be_granted_now() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let (id, repo) = (admin.project("p").await, Repo::of(&[("a.txt", "a\n")]));
    let path = format!("/projects/{id}/sync-repo");
    post(&admin, &path, "early", json!({})).await.refused(409, "REPO_NOT_LINKED");
    admin.synced(&id, &repo).await;
    let again = post(&admin, &path, "early", json!({})).await;
    assert_eq!(again.header("idempotency-replayed"), "true");
    again.refused(409, "REPO_NOT_LINKED");
    let missing = post(&admin, "/projects", "bad", json!({})).await;
    let again = post(&admin, "/projects", "bad", json!({})).await;
    assert_eq!(again.header("idempotency-replayed"), "true");
    let (before, after) = (missing.refused(422, "MISSING_FIELD"), again.refused(422, "MISSING_FIELD"));
    assert_eq!(before["fields"], after["fields"]);
}

#[tokio::test]
async fn of_many_at_once_one_is_done() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let answers = join_all((0..8).map(|_| post(&admin, "/projects", "k", json!({ "name": "a" })))).await;
    for answer in answers {
        if answer.status == 409 {
            assert!(!answer.header("retry-after").is_empty());
            answer.refused(409, "CONFLICT");
        } else {
            answer.expect(201);
        }
    }
    assert_eq!(projects(&admin).await, 1);
}

#[tokio::test]
async fn a_key_that_is_none_is_refused_and_one_where_nobody_signs_in_is_not_read() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    for key in ["", "\"\"", "a b", &"x".repeat(256)] {
        let refused = post(&admin, "/projects", key, json!({ "name": "a" })).await.refused(422, "INVALID_INPUT");
        assert_eq!(refused["fields"][0]["path"], "Idempotency-Key");
    }
    let twice = admin.request(Method::POST, "/projects").header("idempotency-key", "a").header("idempotency-key", "b");
    admin.send(twice.json(&json!({ "name": "a" }))).await.refused(422, "INVALID_INPUT");
    assert_eq!(projects(&admin).await, 0);
    let credentials = json!({ "email": "admin@example.org", "password": PASSWORD });
    for _ in 0..2 {
        let answer = post(&admin, "/auth/login", "k", credentials.clone()).await.expect(200);
        assert_eq!(answer.header("idempotency-replayed"), "");
    }
    post(&app.anonymous(), "/projects", "k", json!({ "name": "a" })).await.refused(401, "UNAUTHENTICATED");
    assert_eq!(app.rows("SELECT name FROM idempotency_keys").await, Vec::<Value>::new());
}

#[tokio::test]
async fn what_is_kept_shows_neither_the_key_nor_the_answer() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    post(&admin, "/projects", "tell-nobody", json!({ "name": "hidden" })).await.expect(201);
    let rows = app.rows("SELECT * FROM idempotency_keys").await;
    assert_eq!(rows.len(), 1);
    let text = format!("{rows:?}");
    assert!(!text.contains("tell-nobody") && !text.contains("hidden"), "{text}");
}

#[tokio::test]
async fn who_dies_before_the_answer_is_kept_locks_the_key_for_a_while_only() {
    let settings = [("FAILPOINTS", "answer:unkept=1*panic"), ("HIVESYNC_HTTP__REQUEST_TIMEOUT_S", "1")];
    let mut app = TestApp::with(&settings).await;
    app.expects_panics();
    let admin = app.admin().await;
    post(&admin, "/projects", "k", json!({ "name": "a" })).await.refused(500, "INTERNAL_ERROR");
    let locked = post(&admin, "/projects", "k", json!({ "name": "a" })).await;
    let left: u64 = locked.header("retry-after").parse().unwrap();
    assert!((1..=6).contains(&left), "{left}");
    locked.refused(409, "CONFLICT");
    // Nobody knows whether the deed was done, so it is done again once its time is over; here it had been.
    app.alter("UPDATE idempotency_keys SET locked_until = 0").await;
    post(&admin, "/projects", "k", json!({ "name": "a" })).await.expect(201);
    assert_eq!(projects(&admin).await, 2);
    let again = post(&admin, "/projects", "k", json!({ "name": "a" })).await.expect(201);
    assert_eq!(again.header("idempotency-replayed"), "true");
}

#[tokio::test]
async fn after_a_day_a_key_is_new_again() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    post(&admin, "/projects", "k", json!({ "name": "a" })).await.expect(201);
    app.alter("UPDATE idempotency_keys SET created_at = created_at - 86400000001").await;
    let other = post(&admin, "/projects", "k", json!({ "name": "b" })).await.expect(201);
    assert_eq!(other["name"], "b");
    assert_eq!(projects(&admin).await, 2);
}

#[tokio::test]
async fn what_somebody_was_answered_in_person_is_not_told_to_their_programs() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let wish = json!({ "name": "build server", "scopes": ["write"] });
    let made = post(&admin, "/auth/tokens", "k", wish.clone()).await.expect(201);
    let program = admin.with_token(made["token"].as_str().unwrap());
    post(&program, "/auth/tokens", "k", wish.clone()).await.refused(403, "FORBIDDEN");
    let again = post(&admin, "/auth/tokens", "k", wish).await.expect(201);
    assert_eq!(again.header("idempotency-replayed"), "true");
    assert_eq!(again["token"], made["token"]);
}
