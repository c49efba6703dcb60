//! `/admin/users` and the commands for operators: making, disabling, unlocking accounts.

use std::time::Duration;

use serde_json::{Value, json};

use super::support::{Client, PASSWORD, TestApp, wait_until};

const NEW: &str = "copper-lantern-otter-4";

async fn path_of(client: &Client) -> String {
    format!("/admin/users/{}", client.get("/auth/me").await.expect(200)["id"].as_str().unwrap())
}

async fn login(client: &Client, email: &str, password: &str) -> super::support::Answer {
    client.post("/auth/login", json!({ "email": email, "password": password })).await
}

async fn is_refused_soon(client: &Client) {
    wait_until("it is not believed any more", Duration::from_secs(6), async || {
        (client.get("/auth/me").await.status == 401).then_some(())
    })
    .await;
}

#[tokio::test]
async fn administrators_see_everybody_and_others_nobody() {
    let app = TestApp::start().await;
    let (admin, bob) = (app.admin().await, app.user("bob").await);
    let list = admin.get("/admin/users").await.expect(200);
    let emails: Vec<_> = list["items"].as_array().unwrap().iter().map(|user| &user["email"]).collect();
    assert_eq!(emails, ["bob@example.org", "admin@example.org"]);
    let members: Vec<_> = list["items"][0].as_object().unwrap().keys().collect();
    let expected = ["created_at", "disabled_at", "display_name", "email", "id", "is_admin", "updated_at"];
    assert_eq!(members, expected);
    let one = admin.get("/admin/users?email=BOB@example.org").await.expect(200);
    assert_eq!(one["items"], json!([list["items"][0]]));
    let first = admin.get("/admin/users?limit=1").await.expect(200);
    let cursor = first["next_cursor"].as_str().unwrap();
    let second = admin.get(&format!("/admin/users?limit=1&cursor={cursor}")).await.expect(200);
    assert_eq!(second["items"][0], list["items"][1]);
    assert_eq!(admin.get(&path_of(&bob).await).await.expect(200).json, list["items"][0]);
    admin.get("/admin/users/019a0000-0000-7000-8000-000000000000").await.refused(404, "USER_NOT_FOUND");
    bob.get("/admin/users").await.refused(403, "FORBIDDEN");
    bob.get(&path_of(&bob).await).await.refused(403, "FORBIDDEN");
    bob.patch(&path_of(&bob).await, json!({ "is_admin": true, "reason": "x" })).await.refused(403, "FORBIDDEN");
}

#[tokio::test]
async fn administrators_make_accounts_with_and_without_a_password() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let bob = json!({ "email": "bob@example.org", "password": PASSWORD, "display_name": "Bob", "reason": "new here" });
    let made = admin.post("/admin/users", bob.clone()).await.expect(201);
    assert_eq!((&made["is_admin"], &made["display_name"]), (&json!(false), &json!("Bob")));
    admin.post("/admin/users", bob).await.refused(409, "EMAIL_TAKEN");
    app.anonymous().sign_in("bob@example.org", PASSWORD).await;
    let ada = json!({ "email": "ada@example.org", "is_admin": true, "reason": "operator" });
    admin.post("/admin/users", ada).await.expect(201);
    for password in ["", PASSWORD] {
        login(&app.anonymous(), "ada@example.org", password).await.refused(401, "UNAUTHENTICATED");
    }
    let reset = ["admin", "reset-password", "--email", "ada@example.org", "--password-stdin"];
    app.run_with(&reset, NEW).await.succeeded();
    app.anonymous().sign_in("ada@example.org", NEW).await.get("/admin/users").await.expect(200);
    let weak = json!({ "email": "eve@example.org", "password": "eve", "reason": "x" });
    admin.post("/admin/users", weak).await.refused(422, "INVALID_INPUT");
    admin.post("/admin/users", json!({ "email": "eve@example.org" })).await.refused(422, "MISSING_FIELD");
    let made =
        app.rows("SELECT payload FROM events WHERE kind = 'user_registered' AND payload LIKE '%new here%'").await;
    assert_eq!(made.len(), 1);
}

#[tokio::test]
async fn a_disabled_account_is_out_at_once_and_an_enabled_one_may_sign_in_again() {
    let app = TestApp::start().await;
    let (admin, bob) = (app.admin().await, app.user("bob").await);
    let path = path_of(&bob).await;
    let token = bob.post("/auth/tokens", json!({ "name": "x", "scopes": ["read"] })).await.expect(201);
    let program = bob.with_token(token["token"].as_str().unwrap());
    program.get("/auth/me").await.expect(200);
    let disabled = admin.patch(&path, json!({ "disabled": true, "reason": "left the team" })).await.expect(200);
    assert!(disabled["disabled_at"].is_string());
    for client in [&bob, &program] {
        assert_eq!(client.get("/auth/me").await.refused(401, "UNAUTHENTICATED")["reason"], "revoked");
    }
    let refresh = json!({ "refresh_token": bob.refresh_token() });
    bob.post("/auth/refresh", refresh).await.refused(401, "UNAUTHENTICATED");
    login(&app.anonymous(), "bob@example.org", "not the password").await.refused(401, "UNAUTHENTICATED");
    login(&app.anonymous(), "bob@example.org", PASSWORD).await.refused(403, "FORBIDDEN");
    let again = admin.patch(&path, json!({ "disabled": true, "reason": "still" })).await.expect(200);
    assert_eq!(again["disabled_at"], disabled["disabled_at"]);
    let enabled = admin.patch(&path, json!({ "disabled": false, "reason": "came back" })).await.expect(200);
    assert_eq!(enabled["disabled_at"], Value::Null);
    app.anonymous().sign_in("bob@example.org", PASSWORD).await.get("/auth/me").await.expect(200);
    assert_eq!(bob.get("/auth/me").await.refused(401, "UNAUTHENTICATED")["reason"], "revoked");
    assert_eq!(program.get("/auth/me").await.refused(401, "UNAUTHENTICATED")["reason"], "revoked");
    for (kind, reason) in [("user_disabled", "left the team"), ("user_enabled", "came back")] {
        let rows = app.rows(&format!("SELECT payload FROM events WHERE kind = '{kind}'")).await;
        assert_eq!(rows.len(), 1, "{kind}");
        assert!(rows[0]["payload"].as_str().unwrap().contains(reason), "{rows:?}");
    }
}

#[tokio::test]
async fn what_another_instance_ended_is_refused_within_five_seconds() {
    let app = TestApp::start().await;
    let (admin, bob) = (app.admin().await, app.user("bob").await);
    let token = bob.post("/auth/tokens", json!({ "name": "x", "scopes": ["read"] })).await.expect(201);
    let program = bob.with_token(token["token"].as_str().unwrap());
    for client in [&bob, &program] {
        client.get("/auth/me").await.expect(200);
    }
    app.alter("UPDATE users SET disabled_at = created_at WHERE email = 'bob@example.org'").await;
    is_refused_soon(&bob).await;
    is_refused_soon(&program).await;
    admin.get("/auth/me").await.expect(200);
}

#[tokio::test]
async fn the_last_administrator_cannot_stop_to_be_one() {
    let app = TestApp::start().await;
    let (admin, bob) = (app.admin().await, app.user("bob").await);
    let (admins, bobs) = (path_of(&admin).await, path_of(&bob).await);
    for change in [json!({ "is_admin": false, "reason": "x" }), json!({ "disabled": true, "reason": "x" })] {
        admin.patch(&admins, change).await.refused(409, "CONFLICT");
    }
    admin.patch(&admins, json!({ "reason": "x" })).await.refused(422, "INVALID_INPUT");
    admin.patch(&admins, json!({ "is_admin": true })).await.refused(422, "MISSING_FIELD");
    admin.patch(&bobs, json!({ "is_admin": true, "reason": "second" })).await.expect(200);
    let down = json!({ "is_admin": false, "reason": "at once" });
    let (one, two) = tokio::join!(admin.patch(&bobs, down.clone()), bob.patch(&admins, down.clone()));
    let statuses = [one.status.as_u16(), two.status.as_u16()];
    assert!(statuses.iter().filter(|status| **status == 200).count() == 1, "{statuses:?}");
    assert_eq!(app.rows("SELECT id FROM users WHERE is_admin").await.len(), 1);
}

#[tokio::test]
async fn an_operator_gives_another_password_while_the_service_runs() {
    let app = TestApp::start().await;
    let bob = app.user("bob").await;
    let token = bob.post("/auth/tokens", json!({ "name": "x", "scopes": ["read"] })).await.expect(201);
    let program = bob.with_token(token["token"].as_str().unwrap());
    program.get("/auth/me").await.expect(200);
    let reset = ["admin", "reset-password", "--email", "BOB@example.org", "--password-stdin"];
    let ran = app.run_with(&reset, NEW).await.succeeded();
    assert!(ran.stdout.starts_with("bob@example.org has another password"), "{}", ran.stdout);
    is_refused_soon(&bob).await;
    is_refused_soon(&program).await;
    login(&app.anonymous(), "bob@example.org", PASSWORD).await.refused(401, "UNAUTHENTICATED");
    app.anonymous().sign_in("bob@example.org", NEW).await;
    let weak = app.run_with(&reset, "bob").await.ended_with(1);
    assert!(weak.stderr.starts_with("hivesync: the password "), "{}", weak.stderr);
    let unknown = ["admin", "reset-password", "--email", "eve@example.org", "--password-stdin"];
    let unknown = app.run_with(&unknown, NEW).await.ended_with(1);
    assert!(unknown.stderr.contains("user not found"), "{}", unknown.stderr);
    assert_eq!(app.rows("SELECT id FROM events WHERE kind = 'password_reset'").await.len(), 1);
}

#[tokio::test]
async fn an_operator_gives_another_password_while_the_service_is_down() {
    let mut app = TestApp::start().await;
    app.admin().await;
    app.terminate().await;
    let reset = ["admin", "reset-password", "--email", "admin@example.org", "--password-stdin"];
    app.run_with(&reset, NEW).await.succeeded();
    app.restart().await;
    app.anonymous().sign_in("admin@example.org", NEW).await;
}

#[tokio::test]
async fn an_operator_enables_an_account_and_forgives_its_failed_attempts() {
    let app = TestApp::start().await;
    let (admin, bob) = (app.admin().await, app.user("bob").await);
    admin.patch(&path_of(&bob).await, json!({ "disabled": true, "reason": "by mistake" })).await.expect(200);
    let nobody = app.anonymous();
    for _ in 0..5 {
        login(&nobody, "bob@example.org", "not the password").await.refused(401, "UNAUTHENTICATED");
    }
    login(&nobody, "bob@example.org", PASSWORD).await.refused(429, "RATE_LIMIT_EXCEEDED");
    let ran = app.run(&["admin", "unlock", "--email", "bob@example.org"]).await.succeeded();
    assert_eq!(ran.stdout, "bob@example.org may sign in again\n");
    nobody.sign_in("bob@example.org", PASSWORD).await;
    app.run(&["admin", "unlock", "--email", "eve@example.org"]).await.ended_with(1);
    assert_eq!(app.rows("SELECT id FROM events WHERE kind = 'user_unlocked'").await.len(), 1);
}
