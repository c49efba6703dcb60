//! What is kept of manifests: so many versions, their objects, and nothing that a running publish takes away.

use std::{
    fs::{self, File},
    path::{Path, PathBuf},
    time::{Duration, SystemTime},
};

use serde_json::{Value, json};

use super::support::{Client, Repo, TestApp, wait_until};

const PATIENCE: Duration = Duration::from_mins(1);

/// Looks every second; all other settings but those given are the usual ones.
async fn collecting(settings: &[(&str, &str)]) -> TestApp {
    let often = [("HIVESYNC_MANIFESTS__COLLECT_EVERY_S", "1")];
    TestApp::with(&often.iter().chain(settings).copied().collect::<Vec<_>>()).await
}

/// The files of all objects of manifests.
fn objects(app: &TestApp) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let entries = |folder: &Path| fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    for folder in entries(&app.program().data_dir().join("objects/manifests")) {
        found.extend(entries(&folder));
    }
    found
}

/// Makes a file two days old, if it is still there.
fn age(path: &Path) {
    if let Ok(file) = File::options().write(true).open(path) {
        file.set_modified(SystemTime::now() - Duration::from_hours(48)).unwrap();
    }
}

fn object(app: &TestApp, digest: &str) -> PathBuf {
    app.program().data_dir().join(format!("objects/manifests/{}/{digest}", &digest[..2]))
}

/// An object that nothing names, two days old: when it is gone, somebody has looked since.
fn plant(app: &TestApp) -> PathBuf {
    let path = object(app, &"ab".repeat(32));
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(&path, b"nobody's").unwrap();
    age(&path);
    path
}

async fn gone(path: &Path) {
    wait_until("the object is collected", PATIENCE, async || (!path.exists()).then_some(())).await;
}

async fn versions(app: &TestApp) -> Vec<Value> {
    let rows = app.rows("SELECT version FROM project_manifests ORDER BY version").await;
    rows.into_iter().map(|row| row["version"].clone()).collect()
}

/// A project with so many versions; their manifests' digests.
async fn with_versions(client: &Client, count: usize) -> (String, Repo, Vec<String>) {
    let (id, repo) = (client.project("p").await, Repo::of(&[("same.rs", "fn same() {}\n")]));
    let mut digests = Vec::new();
    for number in 0..count {
        repo.write("a.rs", format!("fn version_{number}() {{}}\n"));
        repo.commit("next");
        if number == 0 {
            client.synced(&id, &repo).await;
        } else {
            client.synced_again(&id).await;
        }
        let manifest = client.get(&format!("/projects/{id}/manifest?fields=files")).await.expect(200);
        digests.push(manifest["manifest_digest"].as_str().unwrap().to_owned());
    }
    (id, repo, digests)
}

#[tokio::test]
async fn old_versions_go_and_the_newest_stay_with_all_that_they_need() {
    let mut app = collecting(&[]).await;
    let admin = app.admin().await;
    let (id, _repo, digests) = with_versions(&admin, 4).await;
    gone(&plant(&app)).await;
    assert_eq!(versions(&app).await.len(), 4, "all of them are young");

    app.restart_with("HIVESYNC_MANIFESTS__KEEP_DAYS", "0").await;
    app.restart_with("HIVESYNC_MANIFESTS__KEEP", "2").await;
    let admin = app.admin().await;
    let kept = wait_until("old versions are pruned", PATIENCE, async || {
        let kept = versions(&app).await;
        (kept.len() == 2).then_some(kept)
    });
    assert_eq!(kept.await, [json!(3), json!(4)]);
    admin.get(&format!("/projects/{id}/manifest?version=1")).await.refused(404, "MANIFEST_NOT_FOUND");
    assert!(object(&app, &digests[0]).exists(), "its objects are young");

    for path in objects(&app) {
        age(&path);
    }
    gone(&object(&app, &digests[0])).await;
    gone(&object(&app, &digests[1])).await;
    gone(&plant(&app)).await;
    for version in [3, 4] {
        let manifest = admin.get(&format!("/projects/{id}/manifest?version={version}")).await.expect(200);
        assert_eq!(manifest["body"]["files"].as_array().unwrap().len(), 2);
    }
    admin.get(&format!("/projects/{id}/manifest/diff?from=3")).await.expect(200);
    let left: Vec<_> = objects(&app).into_iter().filter(|path| path.exists()).collect();
    assert_eq!(left.len(), 4, "a root and a shard each: {left:?}");

    // One version that stays is the newest of all.
    app.restart_with("HIVESYNC_MANIFESTS__KEEP", "1").await;
    let kept = wait_until("all but the newest are pruned", PATIENCE, async || {
        let kept = versions(&app).await;
        (kept.len() == 1).then_some(kept)
    });
    assert_eq!(kept.await, [json!(4)]);
}

#[tokio::test]
async fn what_a_running_publish_needs_is_not_collected_under_it() {
    // The second publish is held up when its objects are stored and no row names them.
    let app = collecting(&[("FAILPOINTS", "publish=1*off->1*sleep(8000)->off")]).await;
    let admin = app.admin().await;
    let (id, repo, digests) = with_versions(&admin, 1).await;
    for path in objects(&app) {
        age(&path);
    }

    let other = admin.project("other").await;
    let sync = admin.link(&other, &repo.url()).await;
    wait_until("the publish is held up", PATIENCE, async || {
        (admin.sync_state(&other, &sync).await["stage"] == "finalizing").then_some(())
    })
    .await;
    // Now only the publish that is held up needs the objects, which were there before it.
    admin.delete(&format!("/projects/{id}")).await.expect(204);
    gone(&plant(&app)).await;
    assert_eq!(admin.sync_state(&other, &sync).await["status"], "RUNNING", "the publish was held up all the while");
    admin.sync_until(&other, &sync, &["SUCCESS"]).await;

    let manifest = admin.get(&format!("/projects/{other}/manifest")).await.expect(200);
    assert_eq!(manifest["manifest_digest"].as_str(), Some(digests[0].as_str()));
    assert_eq!(manifest["body"]["files"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn objects_of_a_deleted_project_go_and_shared_ones_stay() {
    let app = collecting(&[]).await;
    let admin = app.admin().await;
    let (id, repo, digests) = with_versions(&admin, 2).await;
    let other = admin.project("other").await;
    admin.synced(&other, &repo).await;
    admin.delete(&format!("/projects/{id}")).await.expect(204);
    for path in objects(&app) {
        age(&path);
    }

    gone(&object(&app, &digests[0])).await;
    gone(&plant(&app)).await;

    let manifest = admin.get(&format!("/projects/{other}/manifest")).await.expect(200);
    assert_eq!(manifest["manifest_digest"].as_str(), Some(digests[1].as_str()));
}
