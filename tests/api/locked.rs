//! Somebody else writes to the embedded database: others wait or are told to come again, reads go on, nothing is lost.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tokio::time::timeout;

use super::support::{Repo, TestApp, wait_until};

const SOON: Duration = Duration::from_secs(30);

#[tokio::test]
async fn a_write_waits_for_another_writer_and_is_done() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    admin.get("/auth/me").await.expect(200);
    let Some(other) = app.other_writer().await else { return };

    let creating = admin.post("/projects", json!({ "name": "p" }));
    tokio::pin!(creating);
    assert!(timeout(Duration::from_millis(500), &mut creating).await.is_err(), "it waits");
    admin.get("/projects").await.expect(200);
    other.ends().await;

    creating.await.expect(201);
}

#[tokio::test]
async fn a_writer_who_stays_too_long_is_not_waited_for_and_nothing_is_lost_by_it() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let repo = Repo::of(&[("a.rs", "fn main() {}\n")]);
    let id = admin.project("p").await;
    admin.synced(&id, &repo).await;
    repo.write("b.rs", "fn more() {}\n");
    let head = repo.commit("second");
    let sync = admin.sync(&id).await;
    let Some(other) = app.other_writer().await else { return };

    let asked = Instant::now();
    let answers = futures::future::join_all((0..3).map(|_| admin.post("/projects", json!({ "name": "q" })))).await;
    for answer in answers {
        assert!(answer.header("retry-after").parse::<u32>().is_ok(), "{}", answer.text());
        answer.refused(503, "OVERLOADED");
    }
    assert!(asked.elapsed() < Duration::from_secs(25), "{:?}", asked.elapsed());
    for path in ["", "/manifest", "/files/a.rs", "/search?q=main"] {
        admin.get(&format!("/projects/{id}{path}")).await.expect(200);
    }
    assert_eq!(app.rows("SELECT id FROM projects").await.len(), 1, "what was refused was not done");
    other.ends().await;

    wait_until("writes are taken again", SOON, async || {
        (admin.post("/projects", json!({ "name": "q" })).await.status == 201).then_some(())
    })
    .await;
    assert_eq!(admin.sync_until(&id, &sync, &["SUCCESS"]).await["commit_after"], head);
    let versions: Vec<Value> = app.rows("SELECT version FROM project_manifests ORDER BY version").await;
    assert_eq!(versions, [json!({ "version": 1 }), json!({ "version": 2 })]);
    assert_eq!(app.rows("SELECT id FROM projects").await.len(), 2);
}
