//! A stop as operators ask for it: what was accepted is answered, what was under way goes on after the next start.

use std::time::{Duration, Instant};

use reqwest::Method;
use rustix::process::Signal;
use serde_json::{Value, json};
use tokio::task::JoinSet;

use super::support::{Client, Gate, Repo, TestApp, wait_until};

const SOON: Duration = Duration::from_secs(20);

/// What one client did until the service was gone.
#[derive(Debug, Default)]
struct Load {
    answered: usize,
    created: Vec<String>,
    /// A request that nobody answered.
    unanswered: Option<String>,
}

/// Reads and creates in turn until a request is not answered.
async fn load(client: Client, number: usize) -> Load {
    let mut load = Load::default();
    for turn in 0.. {
        let name = format!("load-{number}-{turn}");
        let request = match turn % 2 {
            0 => client.request(Method::GET, "/projects?limit=1"),
            _ => client.request(Method::POST, "/projects").json(&json!({ "name": name })),
        };
        let Ok(answer) = request.header("x-request-id", &name).send().await else {
            load.unanswered = Some(name);
            break;
        };
        let status = answer.status().as_u16();
        let text = answer.text().await.unwrap_or_else(|error| panic!("the answer to {name} broke off: {error:?}"));
        assert!(matches!(status, 200 | 201), "{name}: {status} {text}");
        serde_json::from_str::<Value>(&text).unwrap_or_else(|error| panic!("{name}: {error} in {text}"));
        load.answered += 1;
        if status == 201 {
            load.created.push(name);
        }
    }
    load
}

#[tokio::test]
async fn a_stop_under_load_loses_no_request_that_was_taken_up() {
    let mut app = TestApp::start().await;
    let admin = app.admin().await;
    let mut clients: JoinSet<_> = (0..8).map(|number| load(admin.clone(), number)).collect();
    wait_until("the load is on", SOON, async || (app.rows("SELECT id FROM projects").await.len() > 50).then_some(()))
        .await;

    app.signal(Signal::TERM);
    let mut loads = Vec::new();
    while let Some(load) = clients.join_next().await {
        loads.push(load.unwrap());
    }
    let log = app.log();
    app.terminate().await;

    assert!(loads.iter().all(|load| load.answered > 0), "{loads:?}");
    // A request may still meet a connection that the service is just closing. Then it was not taken up at all.
    for name in loads.iter().filter_map(|load| load.unanswered.as_ref()) {
        assert!(!log.contains(&format!("\"{name}\"")), "{name} was taken up and not answered");
    }
    let mut answered: Vec<_> = loads.into_iter().flat_map(|load| load.created).collect();
    let rows = app.rows("SELECT name FROM projects").await;
    let mut kept: Vec<_> = rows.iter().map(|row| row["name"].as_str().unwrap().to_owned()).collect();
    answered.sort();
    kept.sort();
    assert_eq!(answered, kept, "what was answered is there, and nothing else");
}

#[tokio::test]
async fn while_a_load_balancer_is_told_everybody_is_answered_and_sent_to_a_new_connection() {
    let mut app = TestApp::with(&[("HIVESYNC_HTTP__DRAIN_DELAY_S", "2")]).await;
    let admin = app.admin().await;
    assert_eq!(admin.get("/auth/me").await.expect(200).header("connection"), "");

    app.signal(Signal::TERM);
    let ready = wait_until("the service says that it is draining", SOON, async || {
        let answer = admin.get("/health/ready").await;
        (answer.status == 503).then_some(answer)
    });
    assert_eq!(ready.await.refused(503, "OVERLOADED")["reason"], "draining");
    let answer = admin.get("/auth/me").await.expect(200);

    assert_eq!(answer.header("connection"), "close");
    admin.project("in the last moment").await;
    app.terminate().await;
    assert_eq!(app.rows("SELECT name FROM projects").await.len(), 1);
}

#[tokio::test]
async fn a_sync_under_way_at_a_stop_goes_on_right_after_the_next_start() {
    let mut app = TestApp::with(&[("HIVESYNC_HTTP__SHUTDOWN_GRACE_S", "1")]).await;
    let admin = app.admin().await;
    let repo = Repo::of(&[("a.rs", "fn main() {}\n")]);
    let gate = Gate::before(&repo, 600).await;
    let id = admin.project("p").await;
    let sync = admin.link(&id, &gate.url()).await;
    gate.holds_somebody().await;

    app.terminate().await;
    let row = app.rows("SELECT state, attempt, crashes FROM jobs").await;
    assert_eq!(row, [json!({ "state": "queued", "attempt": 0, "crashes": 0 })]);
    assert!(app.workers().is_empty(), "{:?}", app.workers());
    gate.open();
    app.restart().await;
    let started = Instant::now();
    admin.sync_until(&id, &sync, &["SUCCESS"]).await;

    assert!(started.elapsed() < Duration::from_secs(3), "{:?}", started.elapsed());
}

#[tokio::test]
async fn a_sync_that_ends_within_the_grace_is_waited_for() {
    let mut app = TestApp::start().await;
    let admin = app.admin().await;
    let repo = Repo::of(&[("a.rs", "fn main() {}\n")]);
    let gate = Gate::before(&repo, 600).await;
    let id = admin.project("p").await;
    admin.link(&id, &gate.url()).await;
    gate.holds_somebody().await;

    app.signal(Signal::TERM);
    wait_until("the service is stopping", SOON, async || app.log().contains("\"stopping\"").then_some(())).await;
    gate.open();
    app.terminate().await;

    assert_eq!(app.rows("SELECT state FROM jobs").await, [json!({ "state": "done" })]);
    assert_eq!(app.rows("SELECT version FROM project_manifests").await, [json!({ "version": 1 })]);
}

#[tokio::test]
async fn a_second_signal_ends_the_service_at_once() {
    let mut app = TestApp::start().await;
    let admin = app.admin().await;
    let repo = Repo::of(&[("a.rs", "fn main() {}\n")]);
    let gate = Gate::before(&repo, 600).await;
    let id = admin.project("p").await;
    admin.link(&id, &gate.url()).await;
    gate.holds_somebody().await;

    app.signal(Signal::TERM);
    wait_until("the service is stopping", SOON, async || app.log().contains("\"stopping\"").then_some(())).await;
    let asked = Instant::now();
    app.signal(Signal::TERM);
    let status = app.ends().await;

    assert!(asked.elapsed() < Duration::from_secs(3), "{:?}", asked.elapsed());
    assert_eq!(status.code(), Some(1), "{status}");
    wait_until("no process is left behind", SOON, async || app.workers().is_empty().then_some(())).await;
}

#[tokio::test]
async fn an_idle_service_stops_at_once_and_starts_again_with_all_it_had() {
    let mut app = TestApp::start().await;
    let admin = app.admin().await;
    let (id, repo) = (admin.project("p").await, Repo::of(&[("a.rs", "fn main() {}\n")]));
    admin.synced(&id, &repo).await;

    let asked = Instant::now();
    app.terminate().await;
    assert!(asked.elapsed() < Duration::from_secs(3), "{:?}", asked.elapsed());

    app.restart().await;
    admin.get(&format!("/projects/{id}/manifest")).await.expect(200);
    admin.synced_again(&id).await;
}
