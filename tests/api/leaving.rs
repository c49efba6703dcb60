//! Taking out what is kept, and ending an account.

use serde_json::{Value, json};

use super::support::{Client, PASSWORD, Repo, TestApp};

async fn leave(client: &Client, password: &str) -> super::support::Answer {
    client.delete_with("/auth/me", json!({ "password": password })).await
}

#[tokio::test]
async fn an_account_ends_with_all_that_belongs_to_it_alone() {
    let app = TestApp::start().await;
    let (admin, bob) = (app.admin().await, app.user("bob").await);
    let token = bob.post("/auth/tokens", json!({ "name": "x", "scopes": ["read"] })).await.expect(201);
    let program = bob.with_token(token["token"].as_str().unwrap());
    program.get("/auth/me").await.expect(200);
    let wrong = leave(&bob, "not the password").await.refused(422, "INVALID_INPUT");
    assert_eq!(wrong["fields"][0]["path"], "password");
    leave(&bob, PASSWORD).await.expect(204);
    for client in [&bob, &program] {
        client.get("/auth/me").await.refused(401, "UNAUTHENTICATED");
    }
    let login = json!({ "email": "bob@example.org", "password": PASSWORD });
    app.anonymous().post("/auth/login", login).await.refused(401, "UNAUTHENTICATED");
    for table in ["users", "sessions"] {
        let rows = app.rows(&format!("SELECT * FROM {table}")).await;
        assert!(!rows.is_empty() && !format!("{rows:?}").contains("bob"), "{rows:?}");
    }
    assert!(app.rows("SELECT id FROM access_tokens").await.is_empty());
    assert_eq!(app.rows("SELECT id FROM events WHERE kind = 'account_ended'").await.len(), 1);
    admin.get("/auth/me").await.expect(200);
    // The address is free again, and opens nothing of the former account's.
    app.user("bob").await.get("/projects").await.expect(200);
}

#[tokio::test]
async fn nobody_leaves_a_project_without_an_owner() {
    let app = TestApp::start().await;
    let (admin, bob) = (app.admin().await, app.user("bob").await);
    let (alone, shared) = (bob.project("alone").await, bob.project("shared").await);
    // As the project's owners make another one.
    app.alter(
        "INSERT INTO project_members (project_id, user_id, role, created_at, updated_at) \
         SELECT p.id, u.id, 'owner', 0, 0 FROM projects p, users u \
         WHERE p.name = 'shared' AND u.email = 'admin@example.org'",
    )
    .await;
    let details = leave(&bob, PASSWORD).await.refused(409, "CONFLICT");
    assert_eq!(details["projects"], json!([{ "id": alone, "name": "alone" }]));
    bob.get("/auth/me").await.expect(200);
    bob.delete(&format!("/projects/{alone}")).await.expect(204);
    leave(&bob, PASSWORD).await.expect(204);
    assert_eq!(admin.get(&format!("/projects/{shared}")).await.expect(200)["role"], "owner");
}

#[tokio::test]
async fn the_last_administrator_stays() {
    let app = TestApp::start().await;
    let (admin, bob) = (app.admin().await, app.user("bob").await);
    leave(&admin, PASSWORD).await.refused(409, "CONFLICT");
    let bobs = format!("/admin/users/{}", bob.get("/auth/me").await.expect(200)["id"].as_str().unwrap());
    admin.patch(&bobs, json!({ "is_admin": true, "reason": "takes over" })).await.expect(200);
    leave(&admin, PASSWORD).await.expect(204);
    bob.get("/admin/users").await.expect(200);
}

#[tokio::test]
async fn everything_that_is_kept_can_be_taken_out_and_no_secret_with_it() {
    let app = TestApp::start().await;
    let bob = app.user("bob").await;
    let project = bob.project("compiler").await;
    bob.synced(&project, &Repo::of(&[("a.txt", "a\n")])).await;
    let token = bob.post("/auth/tokens", json!({ "name": "ended", "scopes": ["read"] })).await.expect(201);
    bob.delete(&format!("/auth/tokens/{}", token["id"].as_str().unwrap())).await.expect(204);
    app.anonymous().sign_in("bob@example.org", PASSWORD).await.post_nothing("/auth/logout").await.expect(204);
    for round in 0..105 {
        bob.patch("/auth/me", json!({ "display_name": format!("Bob {round}") })).await.expect(200);
    }
    let export = bob.get("/auth/me/export").await.expect(200);
    assert_eq!(export.header("content-disposition"), "attachment; filename=\"hivesync-account.json\"");
    assert_eq!(export["account"], bob.get("/auth/me").await.expect(200).json);
    let numbers = |name: &str| export[name].as_array().unwrap().len();
    assert_eq!((numbers("sessions"), numbers("tokens"), numbers("projects")), (2, 1, 1));
    let sql = "SELECT e.id FROM events e JOIN users u ON u.id = e.user_id WHERE u.email = 'bob@example.org'";
    assert_eq!(numbers("events"), app.rows(sql).await.len());
    assert!(numbers("events") > 105);
    assert_eq!(export["projects"][0]["role"], "owner");
    assert!(export["notifications"].is_array());
    let text = export.text();
    let hash = app.rows("SELECT password_hash FROM users WHERE email = 'bob@example.org'").await;
    let stored = app.rows("SELECT hash FROM access_tokens").await;
    for secret in [&hash[0]["password_hash"], &stored[0]["hash"], &token["token"]].map(Value::as_str) {
        assert!(!text.contains(secret.unwrap()));
    }
    let times: Vec<_> = export["events"].as_array().unwrap().iter().map(|event| event["created_at"].as_str()).collect();
    assert!(times.is_sorted_by(|a, b| a >= b), "newest first");
}
