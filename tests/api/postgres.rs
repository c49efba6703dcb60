//! `PostgreSQL` gone and back while the service works: callers are told, and it goes on without a restart of its own.

use std::time::Duration;

use serde_json::{Value, json};

use super::support::{Cluster, Gate, Repo, TestApp, wait_until};

const SOON: Duration = Duration::from_mins(1);

#[tokio::test]
async fn a_database_that_crashes_in_the_middle_of_work_is_waited_for_and_nothing_is_lost() {
    let Some(cluster) = Cluster::start() else { return };
    let app = TestApp::on_server(&cluster.url(), &[]).await;
    let admin = app.admin().await;
    let quick = Repo::of(&[("a.rs", "fn main() {}\n")]);
    let synced = admin.project("synced").await;
    admin.synced(&synced, &quick).await;
    let gate = Gate::before(&quick, 600).await;
    let cloning = admin.project("cloning").await;
    let sync = admin.link(&cloning, &gate.url()).await;
    gate.holds_somebody().await;

    cluster.crash();
    let answer = admin.post("/projects", json!({ "name": "lost" })).await;
    let code = answer.json["error"]["code"].as_str().unwrap_or_default().to_owned();
    assert!(["OVERLOADED", "DEPENDENCY_FAILURE", "TIMEOUT"].contains(&code.as_str()), "{}", answer.text());
    let status = answer.status.as_u16();
    answer.refused(status, &code);
    app.anonymous().get("/health").await.expect(200);
    app.anonymous().get("/health/ready").await.expect(200);
    cluster.recover();

    let made = wait_until("writes are taken again", SOON, async || {
        let answer = admin.post("/projects", json!({ "name": "kept" })).await;
        (answer.status == 201).then_some(answer)
    });
    made.await;
    assert_eq!(app.rows("SELECT id FROM projects WHERE name = 'lost'").await.len(), 0);
    gate.open();
    let done = admin.sync_until(&cloning, &sync, &["SUCCESS"]).await;
    assert_eq!(done["commit_after"], quick.head());
    admin.synced_again(&synced).await;
    let versions: Vec<Value> = app.rows("SELECT version FROM project_manifests").await;
    assert_eq!(versions, [json!({ "version": 1 }), json!({ "version": 1 })], "one of each project");
}

#[tokio::test]
async fn a_database_that_is_away_for_longer_than_the_lease_stops_the_work_and_starts_it_again() {
    let Some(cluster) = Cluster::start() else { return };
    let app = TestApp::on_server(&cluster.url(), &[]).await;
    let admin = app.admin().await;
    let repo = Repo::of(&[("a.rs", "fn main() {}\n")]);
    let gate = Gate::before(&repo, 600).await;
    let id = admin.project("p").await;
    let sync = admin.link(&id, &gate.url()).await;
    gate.holds_somebody().await;

    cluster.crash();
    wait_until("the lease is given up", SOON, async || app.log().contains("lease lost").then_some(())).await;
    wait_until("what was claimed is stopped", SOON, async || app.workers().is_empty().then_some(())).await;
    cluster.recover();
    gate.open();

    wait_until("the service answers again", SOON, async || {
        (admin.get(&format!("/projects/{id}")).await.status == 200).then_some(())
    })
    .await;
    admin.sync_until(&id, &sync, &["SUCCESS"]).await;
    assert_eq!(app.rows("SELECT id FROM project_manifests").await.len(), 1);
}
