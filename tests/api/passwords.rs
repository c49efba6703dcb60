//! `PATCH /auth/me`: another name, another password.

use serde_json::json;

use super::support::{Answer, Client, PASSWORD, TestApp};

const NEW: &str = "copper-lantern-otter-4";

async fn change(client: &Client, current: &str, new: &str) -> Answer {
    client.patch("/auth/me", json!({ "current_password": current, "password": new })).await
}

#[tokio::test]
async fn a_name_is_changed_and_taken_away() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let named = admin.patch("/auth/me", json!({ "display_name": " Ada " })).await.expect(200);
    assert_eq!(named["display_name"], "Ada");
    assert_eq!(admin.get("/auth/me").await.expect(200).json, named.json);
    let unnamed = admin.patch("/auth/me", json!({ "display_name": null })).await.expect(200);
    assert_eq!(unnamed["display_name"], json!(null));
    admin.patch("/auth/me", json!({})).await.refused(422, "INVALID_INPUT");
    admin.patch("/auth/me", json!({ "display_name": "" })).await.refused(422, "INVALID_INPUT");
    admin.patch("/auth/me", json!({ "email": "eve@example.org" })).await.refused(422, "INVALID_INPUT");
    admin.get("/auth/sessions").await.expect(200);
    assert_eq!(app.rows("SELECT id FROM events WHERE kind = 'profile_changed'").await.len(), 2);
}

#[tokio::test]
async fn another_password_needs_the_present_one_and_must_be_good() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let missing = admin.patch("/auth/me", json!({ "password": NEW })).await.refused(422, "MISSING_FIELD");
    assert_eq!(missing["fields"][0]["path"], "current_password");
    let missing = admin.patch("/auth/me", json!({ "current_password": PASSWORD })).await.refused(422, "MISSING_FIELD");
    assert_eq!(missing["fields"][0]["path"], "password");
    let wrong = change(&admin, NEW, NEW).await.refused(422, "INVALID_INPUT");
    assert_eq!(wrong["fields"][0]["path"], "current_password");
    let weak = change(&admin, PASSWORD, "admin@example.org").await.refused(422, "INVALID_INPUT");
    assert_eq!(weak["fields"][0]["path"], "password");
    app.anonymous().sign_in("admin@example.org", PASSWORD).await;
    assert!(app.rows("SELECT id FROM events WHERE kind = 'password_changed'").await.is_empty());
}

#[tokio::test]
async fn another_password_signs_out_every_other_device_of_this_person() {
    let app = TestApp::start().await;
    let (phone, laptop, bob) = (app.admin().await, app.admin().await, app.user("bob").await);
    phone.get("/auth/me").await.expect(200);
    change(&laptop, PASSWORD, NEW).await.expect(200);
    laptop.get("/auth/me").await.expect(200);
    bob.get("/auth/me").await.expect(200);
    assert_eq!(phone.get("/auth/me").await.refused(401, "UNAUTHENTICATED")["reason"], "revoked");
    let nobody = app.anonymous();
    let old = json!({ "email": "admin@example.org", "password": PASSWORD });
    nobody.post("/auth/login", old).await.refused(401, "UNAUTHENTICATED");
    nobody.sign_in("admin@example.org", NEW).await.get("/auth/me").await.expect(200);
    let payload = app.rows("SELECT payload FROM events WHERE kind = 'password_changed'").await;
    assert!(payload[0]["payload"].as_str().unwrap().contains(r#""sessions_ended":1"#), "{payload:?}");
}

#[tokio::test]
async fn two_changes_at_once_do_not_both_succeed() {
    let app = TestApp::start().await;
    let (phone, laptop) = (app.admin().await, app.admin().await);
    let (one, two) = tokio::join!(change(&phone, PASSWORD, NEW), change(&laptop, PASSWORD, "marble-kettle-fjord-7"));
    let statuses = [one.status.as_u16(), two.status.as_u16()];
    assert!(statuses.contains(&200), "{statuses:?}");
    assert_eq!(statuses.iter().filter(|status| **status == 200).count(), 1, "{statuses:?}");
}
