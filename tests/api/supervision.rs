//! What breaks inside, seen from outside: that caller hears of it, the next one is served, operators see what happened.

use std::time::Duration;

use serde_json::{Value, json};

use super::support::{Client, Gate, Repo, TestApp, kin::Relative, wait_until};

const SOON: Duration = Duration::from_secs(20);

fn repo() -> Repo {
    Repo::of(&[("a.rs", "fn main() {}\n")])
}

/// The part of the supervision tree at `path`.
async fn actor(admin: &Client, path: &str) -> Option<Value> {
    fn find(report: &Value, path: &str) -> Option<Value> {
        let children = || report["children"].as_array().into_iter().flatten();
        if report["path"] == path { Some(report.clone()) } else { children().find_map(|child| find(child, path)) }
    }
    find(&admin.get("/health/actors").await.expect(200).json, path)
}

/// The sync, once it waits for another attempt: the first crash is made up for at once, the second after a while.
async fn failed_twice(client: &Client, project: &str, sync: &str) -> Value {
    wait_until("the sync waits for its next attempt", SOON, async || {
        let state = client.sync_state(project, sync).await;
        (state["next_attempt_at"].is_string() && state["attempts"] == 2).then_some(state)
    })
    .await
}

async fn cancelled(client: &Client, project: &str, sync: &str) {
    let answer = client.post_nothing(&format!("/projects/{project}/syncs/{sync}/cancel")).await.expect(200);
    assert_eq!(answer["status"], "CANCELLED");
}

#[tokio::test]
async fn a_panic_in_a_mirrors_task_costs_an_attempt_and_not_its_actor() {
    let mut app = TestApp::with(&[("FAILPOINTS", "sync-task=2*panic->off")]).await;
    app.expects_panics();
    let admin = app.admin().await;
    let (id, repo) = (admin.project("p").await, repo());
    let sync = admin.link(&id, &repo.url()).await;

    let waiting = failed_twice(&admin, &id, &sync).await;
    assert_eq!((&waiting["status"], &waiting["error"]), (&json!("PENDING"), &json!("WORKER_CRASHED")));
    assert!(!waiting["error_message"].as_str().unwrap().contains("panic"), "{waiting}");
    // Only the task died: its actor is still in its first life.
    assert_eq!(actor(&admin, &format!("root/mirrors/{id}")).await.unwrap()["restarts"], 0);
    let other = admin.project("other").await;
    admin.synced(&other, &repo).await;
    cancelled(&admin, &id, &sync).await;
}

#[tokio::test]
async fn a_panic_in_a_mirrors_actor_is_one_callers_503() {
    let mut app = TestApp::with(&[("FAILPOINTS", "mirror-actor-status=1*panic->off")]).await;
    app.expects_panics();
    let admin = app.admin().await;
    let (id, repo) = (admin.project("p").await, repo());
    let gate = Gate::before(&repo, 0).await;
    let sync = admin.link(&id, &gate.url()).await;
    gate.holds_somebody().await;

    let answer = admin.get(&format!("/projects/{id}/syncs/{sync}")).await;
    assert!(answer.header("retry-after").parse::<u64>().unwrap() >= 1);
    answer.refused(503, "OVERLOADED");
    admin.sync_state(&id, &sync).await;

    let report = wait_until("the actor lives again", SOON, async || {
        let report = actor(&admin, &format!("root/mirrors/{id}")).await?;
        (report["state"] == "running").then_some(report)
    });
    let report = report.await;
    assert_eq!((&report["restarts"], &report["last_exit"]["kind"]), (&json!(1), &json!("panicked")));
    assert!(report["last_exit"]["message"].as_str().unwrap().contains("mirror-actor-status"), "{report}");
    // The clone went with its actor, and is done again.
    gate.open();
    assert_eq!(admin.sync_until(&id, &sync, &["SUCCESS"]).await["attempts"], 2);
    assert!(app.workers().is_empty(), "{:?}", app.workers());
}

#[tokio::test]
async fn an_actor_that_keeps_dying_is_quarantined_and_its_job_given_up() {
    let mut app = TestApp::with(&[("FAILPOINTS", "mirror-actor-sync=3*panic->off")]).await;
    app.expects_panics();
    let admin = app.admin().await;
    let (id, repo) = (admin.project("p").await, repo());
    let sync = admin.link(&id, &repo.url()).await;

    // Whoever asks at the moment of a death is told to ask again; nobody hangs.
    let failed = wait_until("the sync is given up", Duration::from_mins(1), async || {
        let answer = admin.get(&format!("/projects/{id}/syncs/{sync}")).await;
        if answer.status == 503 {
            answer.refused(503, "OVERLOADED");
            return None;
        }
        let seen = answer.expect(200).json;
        (seen["status"] == "FAILED").then_some(seen)
    });
    let failed = failed.await;
    assert_eq!((&failed["error"], &failed["attempts"]), (&json!("WORKER_CRASHED"), &json!(3)));
    assert_eq!(app.rows("SELECT state FROM jobs").await, [json!({ "state": "dead" })]);
    let report = actor(&admin, &format!("root/mirrors/{id}")).await.unwrap();
    assert_eq!((&report["state"], &report["last_exit"]["kind"]), (&json!("quarantined"), &json!("panicked")));
    assert!(report["retry_at_us"].as_u64() > report["since_us"].as_u64(), "{report}");
    assert_eq!(actor(&admin, "root/mirrors").await.unwrap()["state"], "running");

    // The others are not touched, and what is asked of this one waits without hanging anybody.
    let other = admin.project("other").await;
    admin.synced(&other, &repo).await;
    let again = admin.sync(&id).await;
    admin.post_nothing(&format!("/projects/{id}/syncs/{again}/cancel")).await.expect(200);
    admin.sync_until(&id, &again, &["CANCELLED"]).await;
}

#[tokio::test]
async fn an_engine_child_that_is_killed_costs_one_attempt() {
    let app = TestApp::with(&[("FAILPOINTS", "engine-child=sleep(1500)")]).await;
    let admin = app.admin().await;
    let (id, repo) = (admin.project("p").await, repo());
    let sync = admin.link(&id, &repo.url()).await;
    let child = async || app.children().into_iter().find(Relative::is_engine);
    let child = wait_until("the engine child runs", SOON, child).await;
    assert_eq!(admin.sync_state(&id, &sync).await["status"], "RUNNING");

    child.kill();

    let done = admin.sync_until(&id, &sync, &["SUCCESS"]).await;
    assert_eq!((&done["attempts"], &done["error"], &done["error_message"]), (&json!(2), &Value::Null, &Value::Null));
}

#[tokio::test]
async fn an_engine_child_that_always_dies_fails_its_sync_and_nothing_else() {
    let app = TestApp::with(&[("FAILPOINTS", "engine-child=panic")]).await;
    let admin = app.admin().await;
    let (id, repo) = (admin.project("p").await, repo());
    let sync = admin.link(&id, &repo.url()).await;

    let failed = admin.sync_until(&id, &sync, &["FAILED"]).await;

    assert_eq!((&failed["error"], &failed["attempts"]), (&json!("WORKER_CRASHED"), &json!(3)));
    assert_eq!(actor(&admin, &format!("root/mirrors/{id}")).await.unwrap()["restarts"], 0);
    admin.get(&format!("/projects/{id}/manifest")).await.refused(409, "REPO_NOT_SYNCED");
    admin.get("/health/ready").await.expect(200);
}

#[tokio::test]
async fn an_engine_child_that_takes_too_long_is_ended() {
    let settings = [("FAILPOINTS", "engine-child=sleep(60000)"), ("HIVESYNC_ENGINE__TIME_LIMIT_S", "1")];
    let app = TestApp::with(&settings).await;
    let admin = app.admin().await;
    let (id, repo) = (admin.project("p").await, repo());
    let sync = admin.link(&id, &repo.url()).await;

    let failed = admin.sync_until(&id, &sync, &["FAILED"]).await;

    assert_eq!((&failed["error"], &failed["attempts"]), (&json!("TIMEOUT"), &json!(1)));
    wait_until("the child is gone", SOON, async || app.children().is_empty().then_some(())).await;
}

#[tokio::test]
async fn an_engine_child_that_wants_too_much_memory_dies_alone() {
    let app = TestApp::with(&[("HIVESYNC_ENGINE__MEMORY_MB", "1")]).await;
    let admin = app.admin().await;
    let (id, repo) = (admin.project("p").await, repo());
    let sync = admin.link(&id, &repo.url()).await;

    let waiting = failed_twice(&admin, &id, &sync).await;

    assert_eq!((&waiting["status"], &waiting["error"]), (&json!("PENDING"), &json!("WORKER_CRASHED")));
    cancelled(&admin, &id, &sync).await;
    admin.get("/health/ready").await.expect(200);
}

#[tokio::test]
async fn a_cancelled_sync_ends_its_engine_child() {
    let app = TestApp::with(&[("FAILPOINTS", "engine-child=sleep(60000)")]).await;
    let admin = app.admin().await;
    let (id, repo) = (admin.project("p").await, repo());
    let sync = admin.link(&id, &repo.url()).await;
    wait_until("the engine child runs", SOON, async || app.children().iter().any(Relative::is_engine).then_some(()))
        .await;
    assert_eq!(admin.sync_state(&id, &sync).await["status"], "RUNNING");

    admin.post_nothing(&format!("/projects/{id}/syncs/{sync}/cancel")).await.expect(200);

    admin.sync_until(&id, &sync, &["CANCELLED"]).await;
    wait_until("the child is gone", SOON, async || app.children().is_empty().then_some(())).await;
}
