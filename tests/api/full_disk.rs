//! A disk without room: what would write more is refused, everything can be read, and it ends by itself.

use std::{fs, time::Duration};

use serde_json::json;

use super::support::{Client, Repo, SmallDisk, TestApp, wait_until};

const SOON: Duration = Duration::from_secs(20);

fn repo() -> Repo {
    Repo::of(&[("a.rs", "fn main() {}\n")])
}

/// Everything that a project shows can be read.
async fn is_readable(client: &Client, id: &str, head: &str) {
    for path in ["", "/manifest", "/files", "/files/a.rs", "/search?q=main", "/syncs"] {
        client.get(&format!("/projects/{id}{path}")).await.expect(200);
    }
    assert_eq!(client.get(&format!("/projects/{id}/manifest")).await.expect(200)["commit"], head);
}

#[tokio::test]
async fn with_little_room_the_service_is_read_only_until_there_is_more() {
    let Some(disk) = SmallDisk::of(96) else { return };
    let data = disk.path().join("data").display().to_string();
    let app = TestApp::with(&[("HIVESYNC_DATA_DIR", &data), ("HIVESYNC_STORAGE__LEAST_FREE_MB", "32")]).await;
    let (admin, repo) = (app.admin().await, repo());
    let id = admin.project("p").await;
    admin.synced(&id, &repo).await;

    let ballast = disk.fill_but(20);

    let refused = wait_until("it is read-only", SOON, async || {
        let answer = app.anonymous().get("/health/ready").await;
        (answer.status != 200).then_some(answer)
    });
    assert_eq!(refused.await.refused(503, "OVERLOADED")["reason"], "read-only");
    admin.post("/projects", json!({ "name": "q" })).await.refused(507, "STORAGE_FULL");
    admin.post_nothing(&format!("/projects/{id}/sync-repo")).await.refused(507, "STORAGE_FULL");
    admin.patch(&format!("/projects/{id}"), json!({ "name": "q" })).await.refused(507, "STORAGE_FULL");
    is_readable(&admin, &id, &repo.head()).await;
    is_readable(&app.admin().await, &id, &repo.head()).await;
    app.anonymous().get("/health").await.expect(200);
    let deep = wait_until("the deep look says so", SOON, async || {
        let deep = admin.get("/health/deep").await.expect(200);
        (deep["checks"]["disk"]["status"] == "failed").then_some(deep)
    });
    assert_eq!(deep.await["checks"]["disk"]["code"], "DISK_LOW");

    fs::remove_file(ballast).unwrap();

    wait_until("it takes work again", SOON, async || {
        (app.anonymous().get("/health/ready").await.status == 200).then_some(())
    })
    .await;
    admin.post("/projects", json!({ "name": "q" })).await.expect(201);
    admin.synced_again(&id).await;
}

#[tokio::test]
async fn a_job_that_was_asked_for_before_the_disk_was_full_is_done_when_there_is_room() {
    let Some(disk) = SmallDisk::of(96) else { return };
    let data = disk.path().join("data").display().to_string();
    let settings = [("HIVESYNC_DATA_DIR", data.as_str()), ("HIVESYNC_STORAGE__LEAST_FREE_MB", "32")];
    let mut app = TestApp::with(&[&settings[..], &[("HIVESYNC_SYNC__CONCURRENT", "1")]].concat()).await;
    let (admin, repo) = (app.admin().await, repo());
    let id = admin.project("p").await;
    admin.synced(&id, &repo).await;
    // Asked for, and not begun before the disk is full.
    app.restart_with("FAILPOINTS", "sync-task=sleep(2000)").await;
    let first = admin.sync(&id).await;
    let other = admin.project("q").await;
    let second = admin.link(&other, &repo.url()).await;
    let ballast = disk.fill_but(20);

    wait_until("the first has ended", SOON, async || {
        (admin.sync_state(&id, &first).await["status"] == "SUCCESS").then_some(())
    })
    .await;
    wait_until("it is read-only", SOON, async || {
        (app.anonymous().get("/health/ready").await.status == 503).then_some(())
    })
    .await;
    let waits = admin.sync_state(&other, &second).await;
    assert_eq!((&waits["status"], &waits["started_at"]), (&json!("PENDING"), &json!(null)), "{waits:#}");

    fs::remove_file(ballast).unwrap();

    admin.sync_until(&other, &second, &["SUCCESS"]).await;
}

#[tokio::test]
async fn a_disk_that_fills_up_in_the_middle_of_a_sync_fails_it_and_leaves_the_old_content_readable() {
    let Some(disk) = SmallDisk::of(48) else { return };
    let data = disk.path().join("data").display().to_string();
    let app = TestApp::with(&[("HIVESYNC_DATA_DIR", &data), ("HIVESYNC_STORAGE__LEAST_FREE_MB", "0")]).await;
    let (admin, repo) = (app.admin().await, repo());
    let small = repo.head();
    let id = admin.project("p").await;
    admin.synced(&id, &repo).await;
    let mut noise = 1_u32;
    let mut next = || {
        noise = noise.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        noise.to_be_bytes()
    };
    repo.write("large.bin", (0..14 << 20).flat_map(|_| next()).collect::<Vec<_>>());
    repo.commit("too large");

    let sync = admin.sync(&id).await;
    let failed = wait_until("the disk is full", Duration::from_mins(1), async || {
        let state = admin.sync_state(&id, &sync).await;
        assert!(state["status"] == "RUNNING" || state["status"] == "PENDING", "{state:#}");
        (state["error"] == "STORAGE_FULL").then_some(state)
    });
    assert_eq!(failed.await["status"], "PENDING", "it will be tried again");
    is_readable(&admin, &id, &small).await;

    let ballast = disk.fill_but(0);
    is_readable(&admin, &id, &small).await;
    if app.is_embedded() {
        // The database has some room of its own, which must be used up first.
        let refused = wait_until("a row is refused", Duration::from_mins(1), async || {
            let answer = admin.post("/projects", json!({ "name": "q", "description": "q".repeat(1_000) })).await;
            (answer.status != 201).then_some(answer)
        });
        refused.await.refused(507, "STORAGE_FULL");
        is_readable(&admin, &id, &small).await;
    }
    fs::remove_file(ballast).unwrap();

    repo.reset(&small);
    wait_until("rows can be written", SOON, async || {
        (admin.post("/projects", json!({ "name": "q" })).await.status == 201).then_some(())
    })
    .await;
    // It is done at its next attempt; this test does not wait for the hour of that.
    app.alter("UPDATE jobs SET run_at = 1 WHERE state = 'queued'").await;
    admin.sync_until(&id, &sync, &["SUCCESS"]).await;
    is_readable(&admin, &id, &small).await;
}
