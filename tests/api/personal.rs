//! `/auth/tokens`: personal tokens, and what they open of what their owner may.

use std::{fs, path::Path, time::Duration};

use hivesync::clock::Clock;
use reqwest::Method;
use serde_json::{Value, json};

use super::support::{Answer, Client, PASSWORD, TestApp, wait_until};

async fn make(client: &Client, scopes: &[&str]) -> Answer {
    client.post("/auth/tokens", json!({ "name": "build server", "scopes": scopes })).await
}

/// `client` with a personal token of its own with these scopes.
async fn with(client: &Client, scopes: &[&str]) -> Client {
    client.with_token(make(client, scopes).await.expect(201)["token"].as_str().unwrap())
}

async fn reason(client: &Client) -> Value {
    client.get("/auth/me").await.refused(401, "UNAUTHENTICATED")["reason"].clone()
}

fn after(time: Duration) -> String {
    Clock::system().now().plus(time).to_string()
}

#[tokio::test]
async fn a_token_is_shown_once_and_only_its_hash_is_kept() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let made = make(&admin, &["read", "admin", "read"]).await.expect(201);
    let token = made["token"].as_str().unwrap();
    assert!(token.starts_with("hsp_") && token.len() == 40, "{token}");
    assert_eq!(made.header("cache-control"), "no-store");
    assert_eq!(made["scopes"], json!(["read", "admin"]));
    let list = admin.get("/auth/tokens").await.expect(200);
    let mut kept = made.json.clone();
    kept.as_object_mut().unwrap().remove("token");
    assert_eq!(list["items"], json!([kept]));
    let rows =
        format!("{:?}{:?}", app.rows("SELECT * FROM access_tokens").await, app.rows("SELECT * FROM events").await);
    assert!(!rows.contains(&token[4..34]), "{rows}");
    assert!(!app.log().contains(&token[4..34]));
}

#[tokio::test]
async fn a_token_acts_for_its_owner_and_its_use_is_noted() {
    let app = TestApp::start().await;
    let (admin, bob) = (app.admin().await, app.user("bob").await);
    let program = with(&bob, &["read", "write"]).await;
    assert_eq!(program.get("/auth/me").await.expect(200)["email"], "bob@example.org");
    let project = program.project("compiler").await;
    bob.get(&format!("/projects/{project}")).await.expect(200);
    admin.get(&format!("/projects/{project}")).await.refused(404, "PROJECT_NOT_FOUND");
    wait_until("its use is noted", Duration::from_secs(10), async || {
        let list = bob.get("/auth/tokens").await.expect(200);
        list["items"][0]["last_used_at"].is_string().then_some(())
    })
    .await;
}

#[tokio::test]
async fn a_token_that_may_only_read_changes_nothing_at_any_address() {
    let app = TestApp::start().await;
    let program = with(&app.admin().await, &["read", "preview", "admin"]).await;
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("openapi.json");
    let description: Value = serde_json::from_slice(&fs::read(file).unwrap()).unwrap();
    let mut walked = 0;
    for (path, item) in description["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            if method == "get" || operation["security"].is_array() {
                continue;
            }
            let id = "019a0000-0000-7000-8000-000000000000";
            let parts: Vec<_> = path.split('/').map(|part| if part.starts_with('{') { id } else { part }).collect();
            let method = Method::from_bytes(method.to_uppercase().as_bytes()).unwrap();
            for body in ["{}", "not json"] {
                let request = program.request(method.clone(), &parts.join("/")).body(body);
                program.send(request.header("content-type", "application/json")).await.refused(403, "FORBIDDEN");
            }
            walked += 1;
        }
    }
    assert!(walked >= 15, "{walked}");
    program.get("/projects").await.expect(200);
}

#[tokio::test]
async fn a_token_that_may_only_write_reads_nothing() {
    let app = TestApp::start().await;
    let program = with(&app.admin().await, &["write"]).await;
    program.get("/projects").await.refused(403, "FORBIDDEN");
    program.send(program.request(Method::HEAD, "/projects")).await.expect(403);
    program.project("compiler").await;
}

#[tokio::test]
async fn administrators_addresses_need_the_scope_and_an_administrator() {
    let app = TestApp::start().await;
    let (admin, bob) = (app.admin().await, app.user("bob").await);
    let plain = with(&admin, &["read", "write"]).await;
    for path in ["/admin/users", "/health/actors", "/health/workers"] {
        plain.get(path).await.refused(403, "FORBIDDEN");
    }
    let brief = plain.get("/health/deep").await.expect(200);
    assert_eq!(brief["checks"]["database"], "ok");
    let whole = with(&admin, &["read", "admin"]).await;
    whole.get("/admin/users").await.expect(200);
    whole.get("/health/actors").await.expect(200);
    let details = make(&bob, &["admin"]).await.refused(422, "INVALID_INPUT");
    assert_eq!(details["fields"][0]["path"], "scopes");
}

#[tokio::test]
async fn an_administrators_token_loses_what_its_owner_loses() {
    let app = TestApp::start().await;
    let (admin, bob) = (app.admin().await, app.user("bob").await);
    let bobs = format!("/admin/users/{}", bob.get("/auth/me").await.expect(200)["id"].as_str().unwrap());
    admin.patch(&bobs, json!({ "is_admin": true, "reason": "stands in" })).await.expect(200);
    let program = with(&bob, &["read", "admin"]).await;
    program.get("/admin/users").await.expect(200);
    admin.patch(&bobs, json!({ "is_admin": false, "reason": "back again" })).await.expect(200);
    program.get("/admin/users").await.refused(403, "FORBIDDEN");
    program.get("/projects").await.expect(200);
}

#[tokio::test]
async fn tokens_manage_no_sessions_tokens_or_passwords() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let program = with(&admin, &["read", "write", "preview", "admin"]).await;
    let id = admin.get("/auth/tokens").await.expect(200)["items"][0]["id"].as_str().unwrap().to_owned();
    for path in ["/auth/sessions", "/auth/tokens", "/auth/me/export"] {
        program.get(path).await.refused(403, "FORBIDDEN");
    }
    make(&program, &["read"]).await.refused(403, "FORBIDDEN");
    program.delete(&format!("/auth/tokens/{id}")).await.refused(403, "FORBIDDEN");
    program.delete(&format!("/auth/sessions/{id}")).await.refused(403, "FORBIDDEN");
    program.post_nothing("/auth/logout?all=true").await.refused(403, "FORBIDDEN");
    program.patch("/auth/me", json!({ "display_name": "Eve" })).await.refused(403, "FORBIDDEN");
    program.delete_with("/auth/me", json!({ "password": PASSWORD })).await.refused(403, "FORBIDDEN");
    admin.get("/auth/sessions").await.expect(200);
}

#[tokio::test]
async fn a_token_ends_at_once_when_its_owner_ends_it() {
    let app = TestApp::start().await;
    let (admin, bob) = (app.admin().await, app.user("bob").await);
    let made = make(&admin, &["read"]).await.expect(201);
    let program = admin.with_token(made["token"].as_str().unwrap());
    program.get("/auth/me").await.expect(200);
    let path = format!("/auth/tokens/{}", made["id"].as_str().unwrap());
    bob.delete(&path).await.refused(404, "TOKEN_NOT_FOUND");
    admin.delete(&path).await.expect(204);
    assert_eq!(reason(&program).await, "revoked");
    admin.delete(&path).await.refused(404, "TOKEN_NOT_FOUND");
    assert_eq!(admin.get("/auth/tokens").await.expect(200)["items"], json!([]));
    for kind in ["access_token_created", "access_token_ended"] {
        assert_eq!(app.rows(&format!("SELECT id FROM events WHERE kind = '{kind}'")).await.len(), 1, "{kind}");
    }
}

#[tokio::test]
async fn a_token_ends_with_its_time() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let year = Duration::from_hours(365 * 24);
    let made = json!({ "name": "x", "scopes": ["read"], "expires_at": after(year) });
    let made = admin.post("/auth/tokens", made).await.expect(201);
    let program = admin.with_token(made["token"].as_str().unwrap());
    app.alter("UPDATE access_tokens SET expires_at = created_at + 1").await;
    assert_eq!(reason(&program).await, "expired");
    let past = "2020-01-01T00:00:00Z".to_owned();
    for time in [past, after(2 * year), "tomorrow".to_owned(), "2026-13-01T00:00:00Z".to_owned()] {
        let body = json!({ "name": "x", "scopes": ["read"], "expires_at": time });
        let details = admin.post("/auth/tokens", body).await.refused(422, "INVALID_INPUT");
        assert_eq!(details["fields"][0]["path"], "expires_at", "{time}");
    }
}

#[tokio::test]
async fn cut_mistyped_and_unknown_tokens_are_invalid() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let made = make(&admin, &["read"]).await.expect(201);
    let token = made["token"].as_str().unwrap();
    let unknown = hivesync::domain::personal::PersonalToken::from_random([7, 7]).into_secret();
    let unknown = secrecy::ExposeSecret::expose_secret(&unknown).to_owned();
    let mistyped = format!("{}{}", &token[..39], if token.ends_with('0') { '1' } else { '0' });
    for text in ["hsp_", &token[..39], &token[4..], &mistyped, &format!("{token}0"), &unknown] {
        assert_eq!(reason(&admin.with_token(text)).await, "invalid", "{text}");
    }
}

#[tokio::test]
async fn odd_wishes_are_refused_by_field_and_there_is_a_most() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    for (body, path) in [
        (json!({ "name": "", "scopes": ["read"] }), "name"),
        (json!({ "name": "x", "scopes": [] }), "scopes"),
        (json!({ "name": "x", "scopes": ["all"] }), "scopes[0]"),
        (json!({ "name": "x", "scopes": ["read"], "life": 1 }), "life"),
    ] {
        let details = admin.post("/auth/tokens", body).await.refused(422, "INVALID_INPUT");
        assert_eq!(details["fields"][0]["path"], path);
    }
    for _ in 0..100 {
        make(&admin, &["read"]).await.expect(201);
    }
    make(&admin, &["read"]).await.refused(409, "CONFLICT");
}
