//! `/projects/{id}/members`: who belongs to a project, and as what.

use serde_json::{Value, json};

use super::support::{Client, TestApp};

const NOBODY: &str = "019a0000-0000-7000-8000-000000000000";

fn of(project: &str, member: &Client) -> String {
    format!("/projects/{project}/members/{}", member.user_id())
}

async fn roles(client: &Client, project: &str) -> Vec<(String, String)> {
    let list = client.get(&format!("/projects/{project}/members")).await.expect(200);
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    list["items"].as_array().unwrap().iter().map(|member| (text(&member["id"]), text(&member["role"]))).collect()
}

#[tokio::test]
async fn somebody_is_taken_in_raised_lowered_and_let_go() {
    let app = TestApp::start().await;
    let (ada, bob) = (app.user("ada").await, app.user("bob").await);
    let project = ada.project("compiler").await;
    let path = of(&project, &bob);
    bob.get(&format!("/projects/{project}")).await.refused(404, "PROJECT_NOT_FOUND");

    let made = ada.put(&path, json!({ "role": "viewer" })).await.expect(201);
    assert_eq!((&made["id"], &made["role"]), (&json!(bob.user_id()), &json!("viewer")));
    assert_eq!(bob.get(&format!("/projects/{project}")).await.expect(200)["role"], "viewer");
    for role in ["maintainer", "owner", "owner", "viewer"] {
        assert_eq!(ada.put(&path, json!({ "role": role })).await.expect(200)["role"], role);
        assert_eq!(bob.get("/projects").await.expect(200)["items"][0]["role"], role);
    }
    assert_eq!(ada.get(&path).await.expect(200)["created_at"], made["created_at"]);
    let expected = [(bob.user_id().to_owned(), "viewer".to_owned()), (ada.user_id().to_owned(), "owner".to_owned())];
    assert_eq!(roles(&bob, &project).await, expected);

    ada.delete(&path).await.expect(204);
    ada.get(&path).await.refused(404, "MEMBER_NOT_FOUND");
    ada.delete(&path).await.refused(404, "MEMBER_NOT_FOUND");
    bob.get(&format!("/projects/{project}")).await.refused(404, "PROJECT_NOT_FOUND");
    let events = app.rows("SELECT kind FROM events WHERE kind LIKE 'member%' ORDER BY id").await;
    let kinds: Vec<_> = events.iter().map(|event| event["kind"].as_str().unwrap()).collect();
    let changed = "member_role_changed";
    assert_eq!(kinds, ["member_added", changed, changed, changed, "member_removed"]);
}

#[tokio::test]
async fn addresses_are_shown_to_owners_and_to_oneself() {
    let app = TestApp::start().await;
    let (ada, bob) = (app.user("ada").await, app.user("bob").await);
    let project = ada.project("compiler").await;
    ada.put(&of(&project, &bob), json!({ "role": "maintainer" })).await.expect(201);
    let seen = async |by: &Client| {
        let list = by.get(&format!("/projects/{project}/members")).await.expect(200);
        list["items"].as_array().unwrap().iter().map(|member| member["email"].clone()).collect::<Vec<_>>()
    };
    assert_eq!(seen(&ada).await, ["bob@example.org", "ada@example.org"]);
    assert_eq!(seen(&bob).await, [json!("bob@example.org"), Value::Null]);
    assert_eq!(bob.get(&of(&project, &ada)).await.expect(200)["email"], Value::Null);
    assert_eq!(ada.get(&of(&project, &bob)).await.expect(200)["email"], "bob@example.org");
}

#[tokio::test]
async fn the_last_owner_neither_leaves_nor_becomes_less() {
    let app = TestApp::start().await;
    let (ada, bob) = (app.user("ada").await, app.user("bob").await);
    let project = ada.project("compiler").await;
    ada.delete(&of(&project, &ada)).await.refused(409, "CONFLICT");
    ada.put(&of(&project, &ada), json!({ "role": "maintainer" })).await.refused(409, "CONFLICT");
    ada.put(&of(&project, &ada), json!({ "role": "owner" })).await.expect(200);
    ada.put(&of(&project, &bob), json!({ "role": "owner" })).await.expect(201);
    assert_eq!(ada.put(&of(&project, &ada), json!({ "role": "viewer" })).await.expect(200)["role"], "viewer");
    ada.delete(&of(&project, &bob)).await.refused(403, "FORBIDDEN");
    bob.delete(&of(&project, &bob)).await.refused(409, "CONFLICT");
    ada.delete(&of(&project, &ada)).await.expect(204);
    assert_eq!(roles(&bob, &project).await.len(), 1);
}

#[tokio::test]
async fn of_two_owners_who_leave_at_once_one_stays() {
    let app = TestApp::start().await;
    let (ada, bob) = (app.user("ada").await, app.user("bob").await);
    for _ in 0..5 {
        let project = ada.project("compiler").await;
        ada.put(&of(&project, &bob), json!({ "role": "owner" })).await.expect(201);
        let (ada_path, bob_path) = (of(&project, &ada), of(&project, &bob));
        let (first, second) = tokio::join!(ada.delete(&ada_path), bob.delete(&bob_path));
        let stays = if first.status == 409 { &ada } else { &bob };
        assert_eq!(first.status.as_u16() + second.status.as_u16(), 204 + 409);
        assert_eq!(roles(stays, &project).await, [(stays.user_id().to_owned(), "owner".to_owned())]);
    }
}

#[tokio::test]
async fn unknown_people_and_roles_are_refused() {
    let app = TestApp::start().await;
    let ada = app.user("ada").await;
    let project = ada.project("compiler").await;
    let path = format!("/projects/{project}/members/{NOBODY}");
    ada.put(&path, json!({ "role": "viewer" })).await.refused(404, "MEMBER_NOT_FOUND");
    ada.put(&format!("/projects/{project}/members/me"), json!({ "role": "viewer" })).await.refused(404, "NOT_FOUND");
    for (body, code, field) in [
        (json!({}), "MISSING_FIELD", "role"),
        (json!({ "role": "admin" }), "INVALID_INPUT", "role"),
        (json!({ "role": "Owner" }), "INVALID_INPUT", "role"),
        (json!({ "role": "viewer", "since": 1 }), "INVALID_INPUT", "since"),
    ] {
        let details = ada.put(&path, body).await.refused(422, code);
        assert_eq!(details["fields"][0]["path"], field);
    }
}

#[tokio::test]
async fn members_come_in_pages_those_who_came_last_first() {
    let app = TestApp::start().await;
    let (ada, bob, eve) = (app.user("ada").await, app.user("bob").await, app.user("eve").await);
    let project = ada.project("compiler").await;
    for member in [&bob, &eve] {
        ada.put(&of(&project, member), json!({ "role": "viewer" })).await.expect(201);
    }
    let first = ada.get(&format!("/projects/{project}/members?limit=2")).await.expect(200);
    let cursor = first["next_cursor"].as_str().unwrap();
    let second = ada.get(&format!("/projects/{project}/members?limit=2&cursor={cursor}")).await.expect(200);
    let ids = |page: &Value| -> Vec<String> {
        page["items"].as_array().unwrap().iter().map(|item| item["id"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(ids(&first.json), [eve.user_id(), bob.user_id()]);
    assert_eq!((ids(&second.json), &second["next_cursor"]), (vec![ada.user_id().to_owned()], &Value::Null));
}
