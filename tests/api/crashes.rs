//! A power cut at any moment of a sync, seen after the next start: the sync ends, once, and nothing half is left.

use std::time::Duration;

use serde_json::json;

use super::support::{Client, Gate, Repo, TestApp, kin::Relative, wait_until};

const SOON: Duration = Duration::from_secs(30);
/// The lease of the dead instance, a sweep, and the delay of the next attempt.
const RESCUED: Duration = Duration::from_secs(45);

/// What must hold after a killed sync was done again.
async fn all_is_well(app: &TestApp, admin: &Client, id: &str, sync: &str, head: &str) {
    let done = admin.sync_until(id, sync, &["SUCCESS"]).await;
    assert_eq!((&done["commit_after"], &done["error"]), (&json!(head), &json!(null)));
    assert_eq!(app.rows("SELECT state FROM jobs").await, [json!({ "state": "done" })]);
    assert_eq!(app.rows("SELECT status FROM repo_syncs").await, [json!({ "status": "SUCCESS" })]);
    assert_eq!(app.rows("SELECT version FROM project_manifests").await, [json!({ "version": 1 })]);
    assert_eq!(admin.get(&format!("/projects/{id}/manifest")).await.expect(200)["commit"], head);
    assert_eq!(admin.get(&format!("/projects/{id}")).await.expect(200)["head_commit"], head);
    admin.get(&format!("/projects/{id}/search?q=main")).await.expect(200);
    let told = wait_until("the success is told", SOON, async || {
        let told = admin.get("/notifications").await.expect(200).json["items"].as_array().unwrap().clone();
        told.iter().any(|told| told["type"] == "repo_sync_success").then_some(told)
    });
    let told: Vec<_> = told.await.iter().map(|told| told["type"].clone()).collect();
    assert_eq!(told, ["repo_sync_success", "repo_sync_started"], "each once");
    let mirrors = app.program().data_dir().join("mirrors");
    assert!(!mirrors.join(format!("{id}.scratch")).exists(), "the scratch folder was swept");
}

#[tokio::test]
async fn a_service_killed_during_a_clone_clones_again_after_its_start() {
    let mut app = TestApp::start().await;
    let admin = app.admin().await;
    let repo = Repo::of(&[("a.rs", "fn main() {}\n")]);
    let gate = Gate::before(&repo, 600).await;
    let id = admin.project("p").await;
    let sync = admin.link(&id, &gate.url()).await;
    gate.holds_somebody().await;
    let before = app.workers();

    app.kill().await;
    let mirror = app.program().data_dir().join("mirrors").join(&id);
    assert!(!mirror.exists(), "half a mirror is none");
    app.restart().await;

    // Until the sweeper has noticed, the row says what the dead instance wrote.
    assert_eq!(admin.sync_state(&id, &sync).await["status"], "RUNNING");
    admin.get(&format!("/projects/{id}/files")).await.refused(409, "REPO_NOT_SYNCED");
    assert_eq!(admin.sync(&id).await, sync, "it is not doubled");
    wait_until("the sync runs again", RESCUED, async || {
        (admin.sync_state(&id, &sync).await["attempts"] == 2).then_some(())
    })
    .await;
    // The remote is still silent: what waited for it would have waited for ever.
    wait_until("the dead service's processes are gone", SOON, async || {
        before.iter().all(|process| !process.runs()).then_some(())
    })
    .await;
    gate.open();
    all_is_well(&app, &admin, &id, &sync, &repo.head()).await;
    wait_until("no process is left behind", SOON, async || app.workers().is_empty().then_some(())).await;
}

/// Waits until the service has come to the failpoint `point`, which it says in its log before it stops there.
async fn stands_at(app: &TestApp, point: &str) {
    let line = format!("\"breakpoint\":\"{point}\"");
    let what = format!("the service stands at {point}");
    wait_until(&what, SOON, async || app.log().contains(&line).then_some(())).await;
}

/// Kills a service whose first sync stands at `point`, and starts it again without any obstacle.
async fn killed_at(point: &str) {
    let mut app = TestApp::with(&[("FAILPOINTS", &format!("{point}=pause"))]).await;
    let admin = app.admin().await;
    let repo = Repo::of(&[("a.rs", "fn main() {}\n")]);
    let id = admin.project("p").await;
    let sync = admin.link(&id, &repo.url()).await;
    if point == "engine-child" {
        wait_until("the engine child runs", SOON, async || {
            app.children().iter().any(Relative::is_engine).then_some(())
        })
        .await;
    } else {
        stands_at(&app, point).await;
    }
    let children = app.children();

    app.kill().await;
    let gone = async || children.iter().all(|child| !child.runs()).then_some(());
    wait_until(&format!("its children went with it at {point}"), SOON, gone).await;
    let published = app.rows("SELECT id FROM project_manifests").await.len();
    assert_eq!(published, usize::from(point == "published"), "{point}");
    app.restart_with("FAILPOINTS", "").await;

    all_is_well(&app, &admin, &id, &sync, &repo.head()).await;
}

#[tokio::test]
async fn a_service_killed_at_any_point_of_a_first_sync_does_it_again_and_publishes_once() {
    // At the same time, since each waits for the dead instance's lease to run out.
    futures::join!(
        killed_at("sync-task"),
        killed_at("fetch"),
        killed_at("fetched"),
        killed_at("engine-child"),
        killed_at("publish"),
        killed_at("publish-commit"),
        killed_at("published"),
    );
}

/// The branches that Git shows of a project's mirror, sorted.
fn branches(app: &TestApp, repo: &Repo, id: &str) -> Vec<String> {
    let mirror = format!("--git-dir={}", app.program().data_dir().join("mirrors").join(id).display());
    let namespace = "refs/hivesync/upstream/heads/";
    let listed = repo.git([mirror.as_str(), "for-each-ref", "--format=%(refname)", namespace]);
    listed.lines().map(|name| name.trim_start_matches(namespace).to_owned()).collect()
}

/// Kills a service at `point` of a sync that deletes a branch, makes one in its place and moves another one; what
/// another project makes of the same repository, without any crash, is what must come of it.
async fn killed_again_at(point: &str) {
    let mut app = TestApp::start().await;
    let admin = app.admin().await;
    let repo = Repo::of(&[("a.rs", "fn main() {}\n")]);
    for branch in ["topic", "other"] {
        repo.branch(branch);
    }
    let id = admin.project("p").await;
    admin.synced(&id, &repo).await;
    repo.git(["branch", "--delete", "topic"]);
    repo.branch("topic/more");
    repo.write("a.rs", "fn main() {}\nfn more() {}\n");
    repo.commit("second");
    app.restart_with("FAILPOINTS", &format!("{point}=pause")).await;
    let sync = admin.sync(&id).await;
    stands_at(&app, point).await;
    if point == "refs-moved" {
        assert_eq!(branches(&app, &repo, &id), ["main", "other"], "between the deletions and the updates");
    }

    app.kill().await;
    app.restart_with("FAILPOINTS", "").await;

    // Half way or not: what was published can be read all the time.
    admin.get(&format!("/projects/{id}/files/a.rs")).await.expect(200);
    let done = admin.sync_until(&id, &sync, &["SUCCESS"]).await;
    assert_eq!(done["commit_after"], repo.head(), "{point}");
    assert_eq!(branches(&app, &repo, &id), ["main", "other", "topic/more"], "{point}");
    let versions = app.rows("SELECT version FROM project_manifests ORDER BY version").await;
    assert_eq!(versions, [json!({ "version": 1 }), json!({ "version": 2 })], "{point}");
    let fresh = admin.project("fresh").await;
    admin.synced(&fresh, &repo).await;
    let digest = async |id: &str| {
        let manifest = admin.get(&format!("/projects/{id}/manifest")).await.expect(200);
        manifest["manifest_digest"].clone()
    };
    assert_eq!(digest(&id).await, digest(&fresh).await, "{point}");
}

#[tokio::test]
async fn a_service_killed_at_any_point_of_a_later_sync_comes_to_what_it_would_have_come_to() {
    futures::join!(
        killed_again_at("fetch"),
        killed_again_at("refs-moved"),
        killed_again_at("fetched"),
        killed_again_at("publish"),
        killed_again_at("publish-commit"),
        killed_again_at("published"),
    );
}
