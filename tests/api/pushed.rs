//! Applied renames pushed: a new branch of the remote, nothing else.

use std::time::Duration;

use serde_json::{Value, json};

use super::{
    refactors::python,
    support::{Client, Repo, TestApp, wait_until},
};

const SOON: Duration = Duration::from_secs(30);

/// Pushes to `branch`, and waits for what comes of it.
async fn pushed(client: &Client, id: &str, branch: &str) -> Value {
    client.post(&format!("/refactor/jobs/{id}/push"), json!({ "branch": branch })).await.expect(202);
    let what = format!("the push to {branch} is over");
    let over = wait_until(&what, SOON, async || {
        let pushes = client.refactor(id).await["pushes"].as_array().unwrap().clone();
        pushes.into_iter().find(|push| push["branch"] == branch && push["status"] != "PENDING")
    });
    over.await
}

async fn applied(client: &Client) -> (String, Repo, String, String) {
    let (project, repo) = python(client).await;
    let proposed = client.renamed(&project, "pkg/core.py:1:5", "read", "SUCCESS").await;
    let id = proposed["id"].as_str().unwrap().to_owned();
    let applied = client.applied(&id).await;
    let commit = applied["applied_changes"]["commit"].as_str().unwrap().to_owned();
    (project, repo, id, commit)
}

#[tokio::test]
async fn a_push_makes_a_new_branch_and_comes_to_the_same_when_it_comes_twice() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let (project, repo, id, commit) = applied(&admin).await;
    let main = repo.head();

    let push = pushed(&admin, &id, "rename/load").await;

    assert_eq!((&push["status"], &push["commit"]), (&json!("SUCCESS"), &json!(commit)), "{push:#}");
    assert_eq!(repo.git(["rev-parse", "rename/load"]), commit);
    assert_eq!(repo.git(["rev-parse", "main"]), main);
    pushed(&admin, &id, "rename/load").await;
    assert_eq!(admin.refactor(&id).await["pushes"].as_array().unwrap().len(), 1);
    // Merged there, it is what the remote has.
    repo.git(["merge", "--quiet", "--ff-only", "rename/load"]);
    admin.synced_again(&project).await;
    let seen = admin.refactor(&id).await;
    assert_eq!((&seen["upstream_contains"], &seen["on_head"]), (&json!(true), &json!(true)));
}

#[tokio::test]
async fn a_branch_that_exists_is_left_alone() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let (_, repo, id, _) = applied(&admin).await;
    let main = repo.head();

    let push = pushed(&admin, &id, "main").await;

    assert_eq!((&push["status"], &push["error"]["code"]), (&json!("FAILED"), &json!("CONFLICT")), "{push:#}");
    assert_eq!(repo.git(["rev-parse", "main"]), main);
    for branch in ["", "a b", "-x", "refs/heads/*"] {
        let path = format!("/refactor/jobs/{id}/push");
        admin.post(&path, json!({ "branch": branch })).await.refused(422, "INVALID_INPUT");
    }
}
