//! `/notifications`: who is told what of a synchronisation.

use std::time::Duration;

use serde_json::{Value, json};

use super::support::{Client, Repo, TestApp, wait_until};

/// Waits until there are so many, newest first.
async fn told(client: &Client, query: &str, count: usize) -> Vec<Value> {
    wait_until("the notifications", Duration::from_secs(10), async || {
        let list = client.get(&format!("/notifications{query}")).await.expect(200);
        let items = list["items"].as_array().expect("a list");
        (items.len() == count).then(|| items.clone())
    })
    .await
}

async fn synced_project(client: &Client) -> (String, Value) {
    let project = client.project("compiler").await;
    let sync = client.synced(&project, &Repo::of(&[("a.txt", "a\n")])).await;
    (project, sync)
}

#[tokio::test]
async fn a_synchronisation_is_told_from_its_start_to_its_success() {
    let app = TestApp::start().await;
    let ada = app.user("ada").await;
    let (project, sync) = synced_project(&ada).await;
    let told = told(&ada, "", 2).await;
    let types: Vec<_> = told.iter().map(|item| item["type"].as_str().unwrap()).collect();
    assert_eq!(types, ["repo_sync_success", "repo_sync_started"]);
    for (item, status) in told.iter().zip(["SUCCESS", "RUNNING"]) {
        assert_eq!(item["project_id"], project);
        assert_eq!(item["payload"], json!({ "sync_id": sync["id"], "status": status, "error": null }));
        assert_eq!(item["read_at"], Value::Null);
        assert!(item["job_id"].is_string() && item["created_at"].is_string(), "{item}");
    }
}

#[tokio::test]
async fn a_failed_synchronisation_is_told_with_its_code() {
    let app = TestApp::start().await;
    let ada = app.user("ada").await;
    let project = ada.project("compiler").await;
    let repo = Repo::of(&[("a.txt", "a\n")]);
    let link = json!({ "repo_url": repo.url(), "branch": "nowhere" });
    let sync = ada.post(&format!("/projects/{project}/link-repo"), link).await.expect(202)["sync_id"].clone();
    ada.sync_until(&project, sync.as_str().unwrap(), &["FAILED"]).await;
    let told = told(&ada, "", 2).await;
    assert_eq!(told[0]["type"], "repo_sync_failed");
    assert_eq!(told[0]["payload"], json!({ "sync_id": sync, "status": "FAILED", "error": "BRANCH_NOT_FOUND" }));
}

#[tokio::test]
async fn what_was_read_is_not_listed_as_unread() {
    let app = TestApp::start().await;
    let ada = app.user("ada").await;
    synced_project(&ada).await;
    let all = told(&ada, "?unread=true", 2).await;
    let newest = all[0]["id"].as_str().unwrap();
    let read = ada.post_nothing(&format!("/notifications/{newest}/read")).await.expect(200);
    assert_eq!(read.json, json!({ "status": "ok" }));
    let first_time = told(&ada, "", 2).await[0]["read_at"].clone();
    assert!(first_time.is_string());
    ada.post_nothing(&format!("/notifications/{newest}/read")).await.expect(200);
    assert_eq!(told(&ada, "", 2).await[0]["read_at"], first_time, "it was read when it was read first");
    assert_eq!(told(&ada, "?unread=true", 1).await[0]["id"], all[1]["id"]);
    ada.post_nothing("/notifications/read-all").await.expect(200);
    told(&ada, "?unread=true", 0).await;
    told(&ada, "", 2).await;
}

#[tokio::test]
async fn a_list_can_be_of_one_project_and_comes_in_pages() {
    let app = TestApp::start().await;
    let ada = app.user("ada").await;
    let (first, _) = synced_project(&ada).await;
    let (second, _) = synced_project(&ada).await;
    told(&ada, "", 4).await;
    for project in [&first, &second] {
        let of_project = told(&ada, &format!("?project_id={project}"), 2).await;
        assert!(of_project.iter().all(|item| item["project_id"] == *project));
    }
    let page = ada.get("/notifications?limit=3").await.expect(200);
    let cursor = page["next_cursor"].as_str().unwrap();
    let rest = ada.get(&format!("/notifications?limit=3&cursor={cursor}")).await.expect(200);
    assert_eq!(rest["items"].as_array().unwrap().len(), 1);
    assert_eq!(rest["next_cursor"], Value::Null);
}

#[tokio::test]
async fn other_peoples_notifications_are_not_there() {
    let app = TestApp::start().await;
    let (ada, bob, admin) = (app.user("ada").await, app.user("bob").await, app.admin().await);
    let (project, _) = synced_project(&ada).await;
    let newest = told(&ada, "", 2).await[0]["id"].as_str().unwrap().to_owned();
    for stranger in [&bob, &admin] {
        told(stranger, "", 0).await;
        told(stranger, &format!("?project_id={project}"), 0).await;
        let read = stranger.post_nothing(&format!("/notifications/{newest}/read")).await;
        read.refused(404, "NOTIFICATION_NOT_FOUND");
        stranger.post_nothing("/notifications/read-all").await.expect(200);
    }
    told(&ada, "?unread=true", 2).await;
    ada.post_nothing("/notifications/not-an-id/read").await.refused(404, "NOT_FOUND");
    app.anonymous().get("/notifications").await.refused(401, "UNAUTHENTICATED");
}

#[tokio::test]
async fn each_persons_notifications_are_numbered_without_gaps() {
    let app = TestApp::start().await;
    let (ada, bob) = (app.user("ada").await, app.user("bob").await);
    for client in [&ada, &bob, &ada] {
        synced_project(client).await;
    }
    told(&ada, "", 4).await;
    told(&bob, "", 2).await;
    let rows = app.rows("SELECT number FROM notifications ORDER BY number").await;
    let numbers: Vec<_> = rows.iter().map(|row| row["number"].as_i64().unwrap()).collect();
    assert_eq!(numbers, [1, 1, 2, 2, 3, 4]);
}
