//! Leases go by the database's clock and by nobody else's: rows that say otherwise decide.

use std::time::Duration;

use serde_json::{Value, json};

use super::support::{Gate, Repo, TestApp, wait_until};

const SOON: Duration = Duration::from_secs(45);

fn repo() -> Repo {
    Repo::of(&[("a.rs", "fn main() {}\n")])
}

#[tokio::test]
async fn a_job_of_the_instance_that_died_over_this_data_directory_is_taken_up_at_once() {
    let mut app = TestApp::start().await;
    let (admin, repo) = (app.admin().await, repo());
    let gate = Gate::before(&repo, 600).await;
    let id = admin.project("p").await;
    let sync = admin.link(&id, &gate.url()).await;
    gate.holds_somebody().await;
    app.kill().await;
    gate.open();

    app.restart().await;

    // The lease itself would have lasted 15 s from its last renewal.
    wait_until("the job was taken up again", Duration::from_secs(10), async || {
        app.rows("SELECT id FROM jobs WHERE state = 'running' AND attempt = 1").await.is_empty().then_some(())
    })
    .await;
    admin.sync_until(&id, &sync, &["SUCCESS"]).await;
}

#[tokio::test]
async fn a_dead_instance_whose_lease_is_over_by_the_databases_clock_is_replaced_at_once() {
    let mut app = TestApp::start().await;
    let (admin, repo) = (app.admin().await, repo());
    let gate = Gate::before(&repo, 600).await;
    let id = admin.project("p").await;
    let sync = admin.link(&id, &gate.url()).await;
    gate.holds_somebody().await;
    app.kill().await;
    gate.open();

    std::fs::remove_file(app.data_dir().join("life")).unwrap();
    app.alter("UPDATE instances SET lease_until = 1").await;
    app.restart().await;

    // The lease itself would have lasted 15 s from its last renewal.
    wait_until("the job was given back", Duration::from_secs(8), async || {
        app.rows("SELECT id FROM jobs WHERE state = 'running' AND attempt = 1").await.is_empty().then_some(())
    })
    .await;
    admin.sync_until(&id, &sync, &["SUCCESS"]).await;
}

#[tokio::test]
async fn a_dead_instance_whose_lease_lasts_by_the_databases_clock_keeps_its_job() {
    let mut app = TestApp::start().await;
    let (admin, repo) = (app.admin().await, repo());
    let gate = Gate::before(&repo, 600).await;
    let id = admin.project("p").await;
    let sync = admin.link(&id, &gate.url()).await;
    gate.holds_somebody().await;
    app.kill().await;
    gate.open();
    // As if it had died on another machine: what is left of it here would tell that it is dead.
    std::fs::remove_file(app.data_dir().join("life")).unwrap();

    // As if the clock had been put back by a year: whoever judged by another one would take the job.
    app.alter("UPDATE instances SET lease_until = lease_until + 31536000000000").await;
    app.restart().await;
    wait_until("the second instance sweeps and works", SOON, async || {
        let seen = admin.get("/health/workers").await.expect(200);
        (seen["instances"].as_array().unwrap().len() == 2).then_some(())
    })
    .await;
    let other = admin.project("q").await;
    admin.synced(&other, &repo).await;
    admin.synced_again(&other).await;
    assert_eq!(admin.sync_state(&id, &sync).await["status"], "RUNNING");

    app.alter("UPDATE instances SET lease_until = 1 WHERE lease_until > 31536000000000 + created_at").await;

    admin.sync_until(&id, &sync, &["SUCCESS"]).await;
}

#[tokio::test]
async fn an_instance_whose_lease_ends_under_it_stops_its_work_and_begins_a_new_life() {
    let app = TestApp::start().await;
    let (admin, repo) = (app.admin().await, repo());
    let gate = Gate::before(&repo, 600).await;
    let id = admin.project("p").await;
    let sync = admin.link(&id, &gate.url()).await;
    gate.holds_somebody().await;
    let life = |seen: &Value| seen["instances"].as_array().unwrap().iter().find(|it| it["this"] == true).cloned();
    let before = life(&admin.get("/health/workers").await.expect(200).json).unwrap();

    // As if the database's clock had jumped ahead.
    app.alter("UPDATE instances SET lease_until = 1").await;

    let after = wait_until("a new life has begun", SOON, async || {
        let seen = admin.get("/health/workers").await.expect(200).json;
        life(&seen).filter(|life| life["id"] != before["id"])
    });
    let after = after.await;
    assert!(after["lease_until"].as_str() > before["last_heartbeat"].as_str(), "{after}");
    gate.open();
    admin.sync_until(&id, &sync, &["SUCCESS"]).await;
    assert_eq!(app.rows("SELECT version FROM project_manifests").await, [json!({ "version": 1 })]);
    let epochs = app.rows("SELECT epoch FROM mirror_owners").await;
    assert!(epochs[0]["epoch"].as_i64() >= Some(2), "another life owns the mirror: {epochs:?}");
}
