//! Synchronisations that are still under way when somebody wants something else.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::support::{Client, Gate, Repo, TestApp, wait_until};

/// Enough of a transfer to be in the middle of it.
const SOME: u64 = 256 << 10;
const SOON: Duration = Duration::from_secs(10);

/// A repository whose transfer is longer than [`SOME`].
fn large() -> Repo {
    let mut noise = 1_u32;
    let mut next = || {
        noise = noise.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        noise.to_be_bytes()[0]
    };
    let repo = Repo::empty();
    repo.write("noise.bin", (0..1 << 20).map(|_| next()).collect::<Vec<_>>());
    repo.write("a.txt", "old\n");
    repo.commit("first");
    repo
}

/// A project whose first clone is in the middle of its transfer.
async fn cloning(client: &Client, gate: &Gate) -> (String, String) {
    let id = client.project("p").await;
    let sync = client.link(&id, &gate.url()).await;
    gate.holds_somebody().await;
    (id, sync)
}

async fn nobody_works(app: &TestApp) {
    wait_until("no process works on a mirror", SOON, async || app.workers().is_empty().then_some(())).await;
}

/// What there is of mirrors on the disk, locks aside, which are never removed.
fn on_disk(app: &TestApp) -> Vec<String> {
    let folder = std::fs::read_dir(app.program().data_dir().join("mirrors")).into_iter().flatten().flatten();
    let paths = folder.map(|entry| entry.path()).filter(|path| path.extension() != Some("lock".as_ref()));
    paths.map(|path| path.display().to_string()).collect()
}

#[tokio::test]
async fn a_clone_under_way_is_watched_and_cancelled_at_once() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let repo = large();
    let gate = Gate::before(&repo, SOME).await;
    let (id, sync) = cloning(&admin, &gate).await;

    let asked = Instant::now();
    let state = admin.sync_state(&id, &sync).await;
    assert_eq!((&state["status"], &state["stage"]), (&json!("RUNNING"), &json!("running")));
    let cancelled = admin.post_nothing(&format!("/projects/{id}/syncs/{sync}/cancel")).await.expect(200);
    assert!(cancelled["status"] == "RUNNING" || cancelled["status"] == "CANCELLED", "{}", cancelled.text());
    assert!(asked.elapsed() < Duration::from_secs(2), "{:?}", asked.elapsed());

    let state = admin.sync_until(&id, &sync, &["CANCELLED"]).await;
    assert!(asked.elapsed() < Duration::from_secs(4), "{:?}", asked.elapsed());
    assert_eq!((&state["error"], &state["commit_after"]), (&json!("CANCELLED"), &Value::Null));
    nobody_works(&app).await;
    assert!(!app.program().data_dir().join("mirrors").join(&id).exists());
    admin.get(&format!("/projects/{id}/files")).await.refused(409, "REPO_NOT_SYNCED");
    admin.post_nothing(&format!("/projects/{id}/syncs/{sync}/cancel")).await.refused(409, "JOB_ALREADY_COMPLETED");

    gate.open();
    assert_eq!(admin.synced_again(&id).await["commit_after"], repo.head());
}

#[tokio::test]
async fn progress_is_told_while_a_clone_runs() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let repo = large();
    let gate = Gate::before(&repo, SOME).await;
    let (id, sync) = cloning(&admin, &gate).await;

    let told = wait_until("progress is told", SOON, async || {
        gate.let_through(4 << 10);
        let state = admin.sync_state(&id, &sync).await;
        (state["progress"]["percent"].as_u64() > Some(0)).then_some(state)
    });
    assert!(told.await["progress"]["percent"].as_u64() <= Some(100));
    // As told to those who look at the list, from the row.
    wait_until("progress is in the list", SOON, async || {
        let list = admin.get(&format!("/projects/{id}/syncs")).await.expect(200);
        (list["items"][0]["progress"]["percent"].as_u64() > Some(0)).then_some(())
    })
    .await;

    gate.open();
    admin.sync_until(&id, &sync, &["SUCCESS"]).await;
}

#[tokio::test]
async fn two_syncs_asked_for_at_once_are_one() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let repo = large();
    let gate = Gate::before(&repo, SOME).await;
    let (id, first) = cloning(&admin, &gate).await;

    let asked = futures::future::join_all((0..4).map(|_| admin.sync(&id))).await;

    assert!(asked.iter().all(|sync| *sync == first), "{first} {asked:?}");
    gate.open();
    admin.sync_until(&id, &first, &["SUCCESS"]).await;
    let asked = futures::future::join_all((0..4).map(|_| admin.sync(&id))).await;
    let list = admin.get(&format!("/projects/{id}/syncs")).await.expect(200);
    // One may have ended before the last was asked for; two never ran at the same time.
    let mut distinct = asked.clone();
    distinct.sort();
    distinct.dedup();
    assert_eq!(list["items"].as_array().unwrap().len(), 1 + distinct.len());
    for sync in distinct {
        admin.sync_until(&id, &sync, &["SUCCESS"]).await;
    }
    assert_eq!(app.rows("SELECT id FROM project_manifests").await.len(), 1);
}

#[tokio::test]
async fn a_sync_that_waits_for_its_turn_is_cancelled_on_the_spot() {
    let app = TestApp::with(&[("HIVESYNC_SYNC__CONCURRENT", "1")]).await;
    let admin = app.admin().await;
    let repo = large();
    let gate = Gate::before(&repo, SOME).await;
    let (slow, running) = cloning(&admin, &gate).await;
    let quick = Repo::of(&[("a.txt", "a\n")]);
    let id = admin.project("waits").await;
    let sync = admin.link(&id, &quick.url()).await;
    assert_eq!(admin.sync_state(&id, &sync).await["status"], "PENDING");

    let cancelled = admin.post_nothing(&format!("/projects/{id}/syncs/{sync}/cancel")).await.expect(200);

    assert_eq!((&cancelled["status"], &cancelled["started_at"]), (&json!("CANCELLED"), &Value::Null));
    gate.open();
    admin.sync_until(&slow, &running, &["SUCCESS"]).await;
    assert_eq!(admin.sync_state(&id, &sync).await["status"], "CANCELLED");
    admin.synced_again(&id).await;
}

#[tokio::test]
async fn one_projects_many_syncs_do_not_stand_before_anothers_first() {
    let app = TestApp::with(&[("HIVESYNC_SYNC__CONCURRENT", "1")]).await;
    let admin = app.admin().await;
    let (busy, quick) = (large(), Repo::of(&[("a.txt", "a\n")]));
    let gate = Gate::before(&busy, SOME).await;
    let (greedy, _) = cloning(&admin, &gate).await;
    let second = admin.link(&greedy, &busy.url()).await;
    let modest = admin.project("modest").await;
    let first = admin.link(&modest, &quick.url()).await;

    gate.open();
    let modest = admin.sync_until(&modest, &first, &["SUCCESS"]).await;
    let greedy = admin.sync_until(&greedy, &second, &["SUCCESS"]).await;

    assert!(greedy["created_at"].as_str() <= modest["created_at"].as_str());
    assert!(modest["started_at"].as_str() < greedy["started_at"].as_str(), "{modest:#} {greedy:#}");
}

#[tokio::test]
async fn a_project_linked_elsewhere_shows_the_new_content_and_nothing_of_the_old() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let old = Repo::of(&[("old.txt", "old needle\n")]);
    let new = Repo::on_branch("trunk");
    new.write("new.txt", "new needle\n");
    let head = new.commit("first");
    let id = admin.project("p").await;
    admin.synced(&id, &old).await;

    let sync = admin.link(&id, &new.url()).await;
    admin.sync_until(&id, &sync, &["SUCCESS"]).await;

    let manifest = admin.get(&format!("/projects/{id}/manifest")).await.expect(200);
    assert_eq!((&manifest["commit"], &manifest["version"]), (&json!(head), &json!(2)));
    admin.get(&format!("/projects/{id}/files/old.txt")).await.refused(404, "FILE_NOT_FOUND");
    admin.get(&format!("/projects/{id}/files/old.txt?ref={}", old.head())).await.refused(404, "FILE_NOT_FOUND");
    let found = admin.get(&format!("/projects/{id}/search?q=needle")).await.expect(200);
    assert_eq!(found["matches"].as_array().unwrap().len(), 1);

    // Nothing of a former repository stands for an empty one.
    admin.synced(&id, &Repo::empty()).await;
    admin.get(&format!("/projects/{id}/manifest")).await.refused(404, "MANIFEST_NOT_FOUND");
}

#[tokio::test]
async fn a_project_linked_elsewhere_during_a_clone_never_shows_the_old_content() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let (old, new) = (large(), Repo::of(&[("new.txt", "new\n")]));
    let gate = Gate::before(&old, SOME).await;
    let (id, first) = cloning(&admin, &gate).await;

    let second = admin.link(&id, &new.url()).await;
    assert_ne!(first, second);
    admin.get(&format!("/projects/{id}/files")).await.refused(409, "REPO_NOT_SYNCED");
    // The gate stays closed: nobody waits for a clone that nobody wants any more.
    let done = admin.sync_until(&id, &second, &["SUCCESS"]).await;

    assert_eq!(done["commit_after"], new.head());
    admin.sync_until(&id, &first, &["CANCELLED"]).await;
    let files = admin.get(&format!("/projects/{id}/files")).await.expect(200);
    assert_eq!(files["entries"].as_array().unwrap().len(), 1);
    assert_eq!(admin.get(&format!("/projects/{id}/manifest")).await.expect(200)["version"], 1);
}

#[tokio::test]
async fn a_project_deleted_during_its_clone_leaves_nothing_behind() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let repo = large();
    let gate = Gate::before(&repo, SOME).await;
    let (id, _) = cloning(&admin, &gate).await;

    let asked = Instant::now();
    admin.delete(&format!("/projects/{id}")).await.expect(204);
    assert!(asked.elapsed() < Duration::from_secs(5), "{:?}", asked.elapsed());

    admin.get(&format!("/projects/{id}")).await.refused(404, "PROJECT_NOT_FOUND");
    nobody_works(&app).await;
    wait_until("nothing is left on the disk", SOON, async || on_disk(&app).is_empty().then_some(())).await;
    gate.open();
    for table in ["jobs", "repo_syncs", "project_manifests"] {
        let left = app.rows(&format!("SELECT id FROM {table}")).await;
        assert!(left.is_empty(), "{table}: {left:?}");
    }
}
