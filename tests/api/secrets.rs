//! What is told in confidence is told nobody else: above all not the log.
//!
//! Every test's log is looked through when its service ends; here each secret there is goes through one that tells all.

use reqwest::Method;
use serde_json::json;

use super::support::{PASSWORD, Repo, TestApp};

#[tokio::test]
async fn a_log_that_tells_all_tells_no_secret() {
    let mut app = TestApp::with(&[("HIVESYNC_LOG", "trace"), ("HIVESYNC_AUTH__REGISTRATION", "open")]).await;
    let admin = app.admin().await;
    let account = json!({ "email": "grace@example.org", "password": "lantern-copper-moss-4" });
    app.anonymous().post("/auth/register", account.clone()).await.expect(201);
    app.anonymous().post("/auth/register", account).await.refused(409, "EMAIL_TAKEN");
    let grace = app.anonymous().sign_in("grace@example.org", "lantern-copper-moss-4").await;
    let wrong = json!({ "email": "grace@example.org", "password": "not-her-password-at-all" });
    app.anonymous().post("/auth/login", wrong).await.refused(401, "UNAUTHENTICATED");
    let refreshed = grace.post("/auth/refresh", json!({ "refresh_token": grace.refresh_token() })).await.expect(200);
    let grace = grace.holding(refreshed.json);
    grace.get("/auth/me").await.expect(200);
    grace
        .post("/auth/refresh", json!({ "refresh_token": "hsr_made-up-by-somebody" }))
        .await
        .refused(401, "UNAUTHENTICATED");
    grace.with_token("eyJ0eXAiOiJKV1QifQ.made-up.by-somebody").get("/auth/me").await.refused(401, "UNAUTHENTICATED");
    let misplaced = json!({ "email": "grace@example.org", "password": PASSWORD, "unknown": 1 });
    grace.post("/auth/login", misplaced).await.refused(422, "INVALID_INPUT");

    let (id, repo) = (admin.project("p").await, Repo::of(&[("a.txt", "a\n")]));
    admin.synced(&id, &repo).await;
    let keyed = admin.request(Method::POST, "/projects").header("idempotency-key", "my-own-secret-key");
    admin.send(keyed.json(&json!({ "name": "b" }))).await.expect(201);
    let url = "https://git:a-token-in-the-url@git.example.org/x.git";
    admin.post(&format!("/projects/{id}/link-repo"), json!({ "repo_url": url })).await.refused(422, "INVALID_INPUT");
    admin.get(&format!("/projects/{id}/search?q=what-i-look-for")).await.expect(200);

    let made = grace.post("/auth/tokens", json!({ "name": "build server", "scopes": ["read"] })).await.expect(201);
    grace.with_token(made["token"].as_str().unwrap()).get("/projects").await.expect(200);
    admin.put(&format!("/projects/{id}/hook-secret"), json!({})).await.expect(200);
    let invitation = admin.post(&format!("/projects/{id}/invitations"), json!({ "role": "viewer" })).await.expect(201);
    let token = invitation["token"].as_str().unwrap();
    for place in ["invitations", "%69nvitations"] {
        grace.post_nothing(&format!("/{place}/{token}/accept")).await;
    }

    let log = app.log();
    assert!(log.contains("\"TRACE\"") && log.contains("answered"), "it tells little");
    for secret in ["my-own-secret-key", "a-token-in-the-url", "made-up", "what-i-look-for", &app.setup_token().await] {
        let told = log.lines().find(|line| line.contains(secret));
        assert!(told.is_none(), "{secret:?}: {}", told.unwrap_or_default());
    }
    // The rest is looked for when it has ended.
    app.terminate().await;
}
