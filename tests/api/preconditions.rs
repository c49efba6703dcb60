//! `If-Match` and `If-None-Match`: who changes a thing may say which version they mean, who reads it which they have.

use std::time::Duration;

use futures::future::join_all;
use reqwest::Method;
use serde_json::{Value, json};

use super::support::{Answer, Client, Repo, TestApp, wait_until};

async fn patch(client: &Client, id: &str, tag: &str, name: &str) -> Answer {
    let request = client.request(Method::PATCH, &format!("/projects/{id}")).header("if-match", tag);
    client.send(request.json(&json!({ "name": name }))).await
}

async fn get(client: &Client, path: &str, tag: &str) -> Answer {
    client.send(client.request(Method::GET, path).header("if-none-match", tag)).await
}

#[tokio::test]
async fn a_change_is_made_to_the_version_that_was_read_and_to_no_other() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let made = admin.post("/projects", json!({ "name": "a" })).await.expect(201);
    let id = made["id"].as_str().unwrap().to_owned();
    let path = format!("/projects/{id}");
    let first = admin.get(&path).await.expect(200).header("etag").to_owned();
    assert_eq!(first, made.header("etag"));
    assert!(first.starts_with('"'), "{first}");
    let second = patch(&admin, &id, &first, "b").await.expect(200).header("etag").to_owned();
    assert_ne!(first, second);
    patch(&admin, &id, &first, "c").await.refused(412, "PRECONDITION_FAILED");
    patch(&admin, &id, &format!("W/{second}"), "c").await.refused(412, "PRECONDITION_FAILED");
    assert_eq!(admin.get(&path).await.expect(200)["name"], "b");
    patch(&admin, &id, &format!("\"x\", {second}"), "c").await.expect(200);
    patch(&admin, &id, "*", "d").await.expect(200);
    patch(&admin, &id, "nonsense", "e").await.refused(422, "INVALID_INPUT");
    let delete = admin.request(Method::DELETE, &path).header("if-match", &second);
    admin.send(delete).await.refused(412, "PRECONDITION_FAILED");
    let newest = admin.get(&path).await.expect(200).header("etag").to_owned();
    admin.send(admin.request(Method::DELETE, &path).header("if-match", newest)).await.expect(204);
    patch(&admin, &id, "*", "f").await.refused(404, "PROJECT_NOT_FOUND");
}

#[tokio::test]
async fn of_many_who_change_the_same_version_one_does() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let id = admin.project("a").await;
    let tag = admin.get(&format!("/projects/{id}")).await.expect(200).header("etag").to_owned();
    let names: Vec<_> = (0..6).map(|number| format!("name {number}")).collect();
    let answers = join_all(names.iter().map(|name| patch(&admin, &id, &tag, name))).await;
    let made: Vec<_> = answers.iter().filter(|answer| answer.status == 200).collect();
    assert_eq!(made.len(), 1, "{answers:#?}");
    assert!(answers.iter().all(|answer| answer.status == 200 || answer.status == 412));
    assert_eq!(admin.get(&format!("/projects/{id}")).await.expect(200)["name"], made[0]["name"]);
}

#[tokio::test]
async fn a_project_s_tag_changes_with_what_a_sync_makes_of_it() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let (id, repo) = (admin.project("a").await, Repo::of(&[("a.txt", "a\n")]));
    let path = format!("/projects/{id}");
    let before = admin.get(&path).await.expect(200).header("etag").to_owned();
    let known = get(&admin, &path, &before).await.expect(304);
    assert_eq!((known.body.len(), known.header("etag")), (0, before.as_str()));
    admin.synced(&id, &repo).await;
    let after = get(&admin, &path, &before).await.expect(200);
    assert_eq!(after["manifest_version"], 1);
    get(&admin, &path, after.header("etag")).await.expect(304);
}

#[tokio::test]
async fn who_polls_notifications_is_answered_with_news_only_and_told_how_often_to_ask() {
    let app = TestApp::with(&[("HIVESYNC_HTTP__POLL_INTERVAL_S", "7")]).await;
    let admin = app.admin().await;
    let empty = admin.get("/notifications").await.expect(200);
    assert_eq!(empty.header("x-poll-interval"), "7");
    let known = get(&admin, "/notifications", empty.header("etag")).await.expect(304);
    assert_eq!((known.header("x-poll-interval"), known.header("etag")), ("7", empty.header("etag")));

    let (id, repo) = (admin.project("a").await, Repo::of(&[("a.txt", "a\n")]));
    admin.synced(&id, &repo).await;
    wait_until("both are told", Duration::from_secs(10), async || {
        let list = admin.get("/notifications").await.expect(200);
        (list["items"].as_array().unwrap().len() == 2).then_some(())
    })
    .await;
    // The tag is taken before the list, so what came in between is told once more.
    let told = admin.get("/notifications").await.expect(200);
    assert_ne!(told.header("etag"), empty.header("etag"));
    let unread = get(&admin, "/notifications", told.header("etag")).await.expect(304);
    let one = told["items"][0]["id"].as_str().unwrap();
    admin.post_nothing(&format!("/notifications/{one}/read")).await.expect(200);
    let read = get(&admin, "/notifications", unread.header("etag")).await.expect(200);
    assert!(read["items"].as_array().unwrap().iter().any(|item| item["read_at"] != Value::Null));
    get(&admin, "/notifications", read.header("etag")).await.expect(304);
    admin.post_nothing("/notifications/read-all").await.expect(200);
    get(&admin, "/notifications", read.header("etag")).await.expect(200);
}
