//! A remote that lost most of its branches: the sync is held until somebody decides.

use serde_json::{Value, json};

use super::support::{Client, Repo, TestApp};

const BRANCHES: [&str; 5] = ["one", "two", "three", "four", "five"];

/// A synced project, whose remote then lost all branches but the default one.
async fn bereft(client: &Client) -> (String, Repo) {
    let repo = Repo::of(&[("a.txt", "a\n")]);
    for branch in BRANCHES {
        repo.branch(branch);
    }
    let id = client.project("p").await;
    client.synced(&id, &repo).await;
    repo.git(["branch", "--delete", "--force"].iter().chain(&BRANCHES));
    repo.write("a.txt", "b\n");
    repo.commit("second");
    (id, repo)
}

async fn held(client: &Client, id: &str) -> String {
    let sync = client.sync(id).await;
    let held = client.sync_until(id, &sync, &["HELD"]).await;
    assert_eq!(held["error"], Value::Null);
    assert!(held["error_message"].as_str().unwrap().contains("release"), "{held}");
    sync
}

#[tokio::test]
async fn a_held_sync_deletes_nothing_until_it_is_released() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let (id, repo) = bereft(&admin).await;

    let sync = held(&admin, &id).await;
    for branch in BRANCHES {
        admin.get(&format!("/projects/{id}/files?ref={branch}")).await.expect(200);
    }
    assert_eq!(admin.get(&format!("/projects/{id}/files/a.txt")).await.expect(200)["content"], "a\n");

    admin.post_nothing(&format!("/projects/{id}/syncs/{sync}/release")).await.expect(200);
    let done = admin.sync_until(&id, &sync, &["SUCCESS"]).await;

    assert_eq!((&done["commit_after"], &done["error_message"]), (&json!(repo.head()), &Value::Null));
    for branch in BRANCHES {
        admin.get(&format!("/projects/{id}/files?ref={branch}")).await.refused(404, "FILE_NOT_FOUND");
    }
    assert_eq!(admin.get(&format!("/projects/{id}/files/a.txt")).await.expect(200)["content"], "b\n");
    admin.post_nothing(&format!("/projects/{id}/syncs/{sync}/release")).await.refused(409, "JOB_ALREADY_COMPLETED");
}

#[tokio::test]
async fn a_held_sync_that_is_cancelled_leaves_the_mirror_as_it_was() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let (id, _repo) = bereft(&admin).await;
    let sync = held(&admin, &id).await;

    let cancelled = admin.post_nothing(&format!("/projects/{id}/syncs/{sync}/cancel")).await.expect(200);

    assert_eq!((&cancelled["status"], &cancelled["error"]), (&json!("CANCELLED"), &json!("CANCELLED")));
    admin.post_nothing(&format!("/projects/{id}/syncs/{sync}/release")).await.refused(409, "JOB_ALREADY_COMPLETED");
    for branch in BRANCHES {
        admin.get(&format!("/projects/{id}/files?ref={branch}")).await.expect(200);
    }
    // The next one asks again.
    held(&admin, &id).await;
}

#[tokio::test]
async fn a_remote_that_became_empty_empties_the_mirror_only_when_released() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let repo = Repo::of(&[("a.txt", "a\n")]);
    let id = admin.project("p").await;
    admin.synced(&id, &repo).await;
    repo.git(["update-ref", "-d", "refs/heads/main"]);

    let sync = held(&admin, &id).await;
    admin.get(&format!("/projects/{id}/files/a.txt")).await.expect(200);
    admin.get(&format!("/projects/{id}/manifest")).await.expect(200);

    admin.post_nothing(&format!("/projects/{id}/syncs/{sync}/release")).await.expect(200);
    let done = admin.sync_until(&id, &sync, &["SUCCESS"]).await;

    assert_eq!(done["commit_after"], Value::Null);
    admin.get(&format!("/projects/{id}/files/a.txt")).await.refused(404, "FILE_NOT_FOUND");
    admin.get(&format!("/projects/{id}/manifest")).await.refused(404, "MANIFEST_NOT_FOUND");
    // What was once published can still be had by its version.
    admin.get(&format!("/projects/{id}/manifest?version=1")).await.expect(200);
}

#[tokio::test]
async fn only_a_held_sync_can_be_released() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let id = admin.project("p").await;
    let done = admin.synced(&id, &Repo::of(&[("a.txt", "a\n")])).await;
    let path = format!("/projects/{id}/syncs/{}/release", done["id"].as_str().unwrap());
    admin.post_nothing(&path).await.refused(409, "JOB_ALREADY_COMPLETED");
}

#[tokio::test]
async fn a_held_sync_is_answered_instead_of_a_second_one_and_ends_with_a_new_link() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let (id, repo) = bereft(&admin).await;
    let sync = held(&admin, &id).await;

    let again = admin.post_nothing(&format!("/projects/{id}/sync-repo")).await.expect(202);
    assert_eq!((&again["sync_id"], &again["status"]), (&json!(sync), &json!("HELD")));

    let linked = admin.link(&id, &format!("{}/", repo.url())).await;
    admin.sync_until(&id, &linked, &["SUCCESS"]).await;
    assert_eq!(admin.sync_state(&id, &sync).await["status"], "CANCELLED");
}
