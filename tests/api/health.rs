//! `/health`: what the service says of itself, and to whom.

use std::time::Duration;

use rustix::process::Signal;
use serde_json::Value;

use super::support::{Repo, TestApp, wait_until};

const CHECKS: [&str; 6] = ["database", "disk", "git", "lease", "queues", "storage"];

#[tokio::test]
async fn a_process_that_runs_says_so_to_everybody() {
    let app = TestApp::start().await;
    let alive = app.anonymous().get("/health").await.expect(200);
    assert_eq!(alive["status"], "ok");
    assert_eq!(alive["version"], env!("CARGO_PKG_VERSION"));
    assert_eq!(app.anonymous().get("/health/ready").await.expect(200)["status"], "ready");
}

#[tokio::test]
async fn an_instance_that_stops_says_that_it_takes_no_work_while_it_still_answers() {
    let app = TestApp::with(&[("HIVESYNC_HTTP__DRAIN_DELAY_S", "2")]).await;
    let admin = app.admin().await;
    app.signal(Signal::TERM);
    let refused = wait_until("it is draining", Duration::from_secs(2), async || {
        let answer = app.anonymous().get("/health/ready").await;
        (answer.status != 200).then_some(answer)
    });
    assert_eq!(refused.await.refused(503, "OVERLOADED")["reason"], "draining");
    assert_eq!(app.anonymous().get("/health").await.expect(200)["status"], "ok");
    admin.get("/auth/me").await.expect(200);
}

#[tokio::test]
async fn the_deep_look_is_whole_for_administrators_and_states_only_for_others() {
    let app = TestApp::start().await;
    let whole = app.admin().await.get("/health/deep").await.expect(200);
    assert_eq!(whole["status"], "ok");
    let checks = whole["checks"].as_object().unwrap();
    assert_eq!(checks.keys().collect::<Vec<_>>(), CHECKS);
    for (name, check) in checks {
        assert_eq!(check["status"], "ok", "{name}: {check}");
        assert!(check["observed"].as_str().is_some_and(|seen| !seen.is_empty()), "{name}: {check}");
    }
    let brief = app.user("bob").await.get("/health/deep").await.expect(200);
    assert_eq!(brief["status"], "ok");
    for (name, check) in brief["checks"].as_object().unwrap() {
        assert_eq!(check, "ok", "{name}");
    }
    app.anonymous().get("/health/deep").await.refused(401, "UNAUTHENTICATED");
}

#[tokio::test]
async fn workers_and_actors_are_shown_to_administrators_only() {
    let app = TestApp::start().await;
    let bob = app.user("bob").await;
    for path in ["/health/workers", "/health/actors"] {
        bob.get(path).await.refused(403, "FORBIDDEN");
        app.anonymous().get(path).await.refused(401, "UNAUTHENTICATED");
        app.admin().await.get(path).await.expect(200);
    }
}

#[tokio::test]
async fn workers_show_this_instance_and_what_its_queues_did() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let project = admin.project("compiler").await;
    admin.synced(&project, &Repo::of(&[("a.txt", "a\n")])).await;
    let seen = admin.get("/health/workers").await.expect(200);
    let instances = seen["instances"].as_array().unwrap();
    assert_eq!(instances.len(), 1);
    assert_eq!(instances[0]["this"], true);
    assert_eq!(instances[0]["version"], env!("CARGO_PKG_VERSION"));
    assert_eq!(format!("http://{}", instances[0]["address"].as_str().unwrap()), app.anonymous().address());
    let worker = &seen["workers"][0];
    assert_eq!(worker["queue"], "repo_sync");
    assert_eq!(worker["backlog"], 0);
    assert_eq!(worker["jobs"]["done"], 1, "{worker}");
}

#[tokio::test]
async fn the_tree_shows_every_part_of_the_service_by_its_path() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let project = admin.project("compiler").await;
    admin.synced(&project, &Repo::of(&[("a.txt", "a\n")])).await;
    let tree = admin.get("/health/actors").await.expect(200).json;
    let mut paths = Vec::new();
    collect(&tree, &mut paths);
    for part in [
        "root",
        "root/infra/keeper",
        "root/infra/sweeper",
        "root/infra/sequencer",
        "root/infra/collector",
        "root/mirrors",
        &format!("root/mirrors/{project}"),
        "root/jobs/repo_sync",
        "root/gateways/identity",
        "root/gateways/accounts",
        "root/gateways/sessions",
        "root/gateways/tokens",
        "root/gateways/users",
        "root/gateways/projects",
        "root/gateways/syncs",
        "root/gateways/code",
        "root/gateways/notifier",
        "root/gateways/operations",
    ] {
        assert!(paths.iter().any(|path| path == part), "no {part} in {paths:?}");
    }
}

/// The paths of all that runs and was never started again.
fn collect(report: &Value, paths: &mut Vec<String>) {
    assert_eq!((&report["state"], &report["restarts"]), (&"running".into(), &0.into()), "{report}");
    paths.push(report["path"].as_str().unwrap().to_owned());
    for child in report["children"].as_array().into_iter().flatten() {
        collect(child, paths);
    }
}
