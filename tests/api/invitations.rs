//! Invitations: one person each, for a while, never down.

use serde_json::{Value, json};

use super::support::{Answer, Client, PASSWORD, TestApp};

/// Invites; answers with the invitation's id and token.
async fn invited(owner: &Client, project: &str, wish: Value) -> (String, String) {
    let made = owner.post(&format!("/projects/{project}/invitations"), wish).await.expect(201);
    assert_eq!(made.header("cache-control"), "no-store");
    let text = |name: &str| made[name].as_str().unwrap().to_owned();
    (text("id"), text("token"))
}

async fn accepted(client: &Client, token: &str) -> Answer {
    client.post_nothing(&format!("/invitations/{token}/accept")).await
}

async fn statuses(owner: &Client, project: &str) -> Vec<Value> {
    let list = owner.get(&format!("/projects/{project}/invitations")).await.expect(200);
    list["items"].as_array().unwrap().iter().map(|item| item["status"].clone()).collect()
}

#[tokio::test]
async fn an_invitation_lets_one_person_in() {
    let app = TestApp::start().await;
    let (ada, bob, eve) = (app.user("ada").await, app.user("bob").await, app.user("eve").await);
    let project = ada.project("compiler").await;
    let (id, token) = invited(&ada, &project, json!({ "role": "maintainer" })).await;
    accepted(&app.anonymous(), &token).await.refused(401, "UNAUTHENTICATED");

    let joined = accepted(&bob, &token).await.expect(200);
    assert_eq!(joined.json, json!({ "project_id": project, "role": "maintainer" }));
    assert_eq!(bob.get(&format!("/projects/{project}")).await.expect(200)["role"], "maintainer");
    // The answer may have been lost.
    assert_eq!(accepted(&bob, &token).await.expect(200).json, joined.json);
    accepted(&eve, &token).await.refused(409, "CONFLICT");

    let list = ada.get(&format!("/projects/{project}/invitations")).await.expect(200);
    let shown = &list["items"][0];
    assert_eq!((&shown["id"], &shown["status"]), (&json!(id), &json!("ACCEPTED")));
    assert_eq!((&shown["created_by"], &shown["accepted_by"]), (&json!(ada.user_id()), &json!(bob.user_id())));
    assert!(!list.text().contains(&token));
    ada.delete(&format!("/projects/{project}/invitations/{id}")).await.refused(409, "CONFLICT");
    // Who was let go does not come back by it.
    ada.delete(&format!("/projects/{project}/members/{}", bob.user_id())).await.expect(204);
    accepted(&bob, &token).await.refused(409, "CONFLICT");
}

#[tokio::test]
async fn an_invitation_never_makes_anybody_less() {
    let app = TestApp::start().await;
    let (ada, bob) = (app.user("ada").await, app.user("bob").await);
    let project = ada.project("compiler").await;
    let (_, token) = invited(&ada, &project, json!({ "role": "viewer" })).await;
    assert_eq!(accepted(&ada, &token).await.expect(200)["role"], "owner");
    assert_eq!(statuses(&ada, &project).await, ["PENDING"], "it still waits for somebody else");
    assert_eq!(accepted(&bob, &token).await.expect(200)["role"], "viewer");
    let (_, more) = invited(&ada, &project, json!({ "role": "owner" })).await;
    assert_eq!(accepted(&bob, &more).await.expect(200)["role"], "owner");
    assert_eq!(accepted(&bob, &token).await.expect(200)["role"], "owner");
}

#[tokio::test]
async fn an_invitation_for_an_address_is_for_that_account_only() {
    let app = TestApp::start().await;
    let (ada, bob, eve) = (app.user("ada").await, app.user("bob").await, app.user("eve").await);
    let project = ada.project("compiler").await;
    let wish = json!({ "role": "viewer", "email": " Bob@Example.ORG " });
    let (_, token) = invited(&ada, &project, wish).await;
    accepted(&eve, &token).await.refused(403, "FORBIDDEN");
    assert_eq!(accepted(&bob, &token).await.expect(200)["role"], "viewer");
    let bad = json!({ "role": "viewer", "email": "bob" });
    let details = ada.post(&format!("/projects/{project}/invitations"), bad).await.refused(422, "INVALID_INPUT");
    assert_eq!(details["fields"][0]["path"], "email");
}

#[tokio::test]
async fn what_was_taken_back_has_expired_or_never_was_lets_nobody_in() {
    let app = TestApp::start().await;
    let (ada, bob) = (app.user("ada").await, app.user("bob").await);
    let project = ada.project("compiler").await;
    let (id, revoked) = invited(&ada, &project, json!({ "role": "viewer" })).await;
    let path = format!("/projects/{project}/invitations/{id}");
    ada.delete(&path).await.expect(204);
    ada.delete(&path).await.expect(204);
    accepted(&bob, &revoked).await.refused(409, "CONFLICT");
    let other = ada.project("linker").await;
    ada.delete(&path.replace(&project, &other)).await.refused(404, "INVITATION_NOT_FOUND");

    let (_, late) = invited(&ada, &project, json!({ "role": "viewer" })).await;
    app.alter("UPDATE invitations SET expires_at = 1 WHERE revoked_at IS NULL").await;
    let refusal = accepted(&bob, &late).await;
    assert!(refusal.text().contains("expired"), "{}", refusal.text());
    refusal.refused(409, "CONFLICT");
    assert_eq!(statuses(&ada, &project).await, ["EXPIRED", "REVOKED"]);

    for token in ["hsi_AAAAAAAAAAAAAAAAAAAAAA", "x", &late[4..], &format!("{late}A"), "%00"] {
        accepted(&bob, token).await.refused(404, "INVITATION_NOT_FOUND");
    }
    bob.get(&format!("/projects/{project}")).await.refused(404, "PROJECT_NOT_FOUND");
}

#[tokio::test]
async fn an_owner_who_is_none_any_more_invited_nobody() {
    let app = TestApp::start().await;
    let (ada, bob, eve) = (app.user("ada").await, app.user("bob").await, app.user("eve").await);
    let project = ada.project("compiler").await;
    let path = format!("/projects/{project}/members/{}", bob.user_id());
    let owner = json!({ "role": "owner" });
    ada.put(&path, owner.clone()).await.expect(201);
    let (_, first) = invited(&bob, &project, owner.clone()).await;
    ada.put(&path, json!({ "role": "maintainer" })).await.expect(200);
    ada.put(&path, owner.clone()).await.expect(200);
    let (_, second) = invited(&bob, &project, owner).await;
    ada.delete(&path).await.expect(204);
    for token in [first, second] {
        for somebody in [&eve, &bob] {
            accepted(somebody, &token).await.refused(409, "CONFLICT");
        }
    }
    assert_eq!(statuses(&ada, &project).await, ["REVOKED", "REVOKED"]);
}

#[tokio::test]
async fn of_many_who_accept_at_once_one_comes_in() {
    let app = TestApp::start().await;
    let (ada, bob, eve) = (app.user("ada").await, app.user("bob").await, app.user("eve").await);
    let project = ada.project("compiler").await;
    let (_, token) = invited(&ada, &project, json!({ "role": "viewer" })).await;
    let (first, second) = tokio::join!(accepted(&bob, &token), accepted(&eve, &token));
    let mut statuses = [first.status.as_u16(), second.status.as_u16()];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 409]);
}

#[tokio::test]
async fn where_the_policy_is_invite_an_invitation_lets_one_person_make_an_account() {
    let app = TestApp::with(&[("HIVESYNC_AUTH__REGISTRATION", "invite")]).await;
    let (ada, nobody) = (app.user("ada").await, app.anonymous());
    let project = ada.project("compiler").await;
    let (_, token) = invited(&ada, &project, json!({ "role": "viewer" })).await;
    let (_, bound) = invited(&ada, &project, json!({ "role": "viewer", "email": "eve@example.org" })).await;
    let account = |name: &str, token: &str| json!({ "email": format!("{name}@example.org"), "password": PASSWORD, "invitation": token });
    let register = async |name: &str, token: &str| nobody.post("/auth/register", account(name, token)).await;

    let without = json!({ "email": "bob@example.org", "password": PASSWORD });
    let details = nobody.post("/auth/register", without).await.refused(422, "MISSING_FIELD");
    assert_eq!(details["fields"][0]["path"], "invitation");
    register("bob", "hsi_AAAAAAAAAAAAAAAAAAAAAA").await.refused(403, "FORBIDDEN");
    register("bob", &bound).await.refused(403, "FORBIDDEN");
    register("ada", &token).await.refused(409, "EMAIL_TAKEN");
    register("bob", &token).await.expect(201);
    register("max", &token).await.refused(403, "FORBIDDEN");
    register("eve", &bound).await.expect(201);

    let bob = nobody.sign_in("bob@example.org", PASSWORD).await;
    assert_eq!(accepted(&bob, &token).await.expect(200)["role"], "viewer");
    register("max", &token).await.refused(403, "FORBIDDEN");
}

#[tokio::test]
async fn an_invitation_makes_no_account_where_registration_is_closed() {
    let app = TestApp::start().await;
    let ada = app.user("ada").await;
    let project = ada.project("compiler").await;
    let (_, token) = invited(&ada, &project, json!({ "role": "viewer" })).await;
    let account = json!({ "email": "bob@example.org", "password": PASSWORD, "invitation": token });
    app.anonymous().post("/auth/register", account).await.refused(403, "FORBIDDEN");
}

#[tokio::test]
async fn a_token_is_kept_nowhere() {
    let app = TestApp::start().await;
    let (ada, bob) = (app.user("ada").await, app.user("bob").await);
    let project = ada.project("compiler").await;
    let (_, token) = invited(&ada, &project, json!({ "role": "viewer" })).await;
    accepted(&bob, &token).await.expect(200);
    accepted(&bob, &format!("{token}x")).await.expect(404);
    for table in ["invitations", "events"] {
        let rows = json!(app.rows(&format!("SELECT * FROM {table}")).await).to_string();
        assert!(!rows.contains(&token[4..]), "{table}: {rows}");
    }
    assert!(app.log().contains("/invitations/…/accept"), "the log shows the address");
    assert!(!app.log().contains(&token[4..]));
}
