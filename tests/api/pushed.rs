//! Applied renames pushed: a new branch of the remote, nothing else, and only where the credential may write.

use std::time::Duration;

use serde_json::{Value, json};

use super::{
    refactors::{code, python},
    support::{Client, HttpsRemote, Repo, Sshd, TestApp, wait_until},
};

const SOON: Duration = Duration::from_secs(30);
const TOKEN: &str = "ghp_9sWk3TbYv70LmE";

/// Pushes to `branch`, and waits for what comes of it.
async fn pushed(client: &Client, id: &str, branch: &str) -> Value {
    client.post(&format!("/refactor/jobs/{id}/push"), json!({ "branch": branch })).await.expect(202);
    let what = format!("the push to {branch} is over");
    let over = wait_until(&what, SOON, async || {
        let pushes = client.refactor(id).await["pushes"].as_array().unwrap().clone();
        let newest = pushes.into_iter().find(|push| push["branch"] == branch);
        newest.filter(|push| push["status"] != "PENDING")
    });
    over.await
}

/// A rename of a project's code, applied: its id and its commit.
async fn renamed(client: &Client, project: &str) -> (String, String) {
    let proposed = client.renamed(project, "pkg/core.py:1:5", "read", "SUCCESS").await;
    let id = proposed["id"].as_str().unwrap().to_owned();
    let applied = client.applied(&id).await;
    (id, applied["applied_changes"]["commit"].as_str().unwrap().to_owned())
}

async fn applied(client: &Client) -> (String, Repo, String, String) {
    let (project, repo) = python(client).await;
    let (id, commit) = renamed(client, &project).await;
    (project, repo, id, commit)
}

/// The branches of a remote, sorted.
fn branches(repo: &Repo) -> Vec<String> {
    let listed = repo.git(["for-each-ref", "--format=%(refname:short)", "refs/heads/"]);
    listed.lines().map(str::to_owned).collect()
}

/// What was recorded of pushes, in its order.
async fn recorded(app: &TestApp) -> Vec<Value> {
    let kinds = "'refactor_push_asked', 'refactor_pushed', 'refactor_failed'";
    app.rows(&format!("SELECT kind, user_id, payload FROM events WHERE kind IN ({kinds}) ORDER BY created_at, id"))
        .await
}

fn denied(push: &Value) {
    assert_eq!((&push["status"], &push["error"]["code"]), (&json!("FAILED"), &json!("REPO_AUTH_FAILED")), "{push:#}");
    let message = push["error"]["message"].as_str().unwrap();
    assert!(message.ends_with("give a credential that may write"), "{message}");
}

#[tokio::test]
async fn a_push_makes_a_new_branch_and_comes_to_the_same_when_it_comes_twice() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let (project, repo, id, commit) = applied(&admin).await;
    let main = repo.head();
    let path = format!("/refactor/jobs/{id}/push");
    let ask = || admin.post(&path, json!({ "branch": "rename/load" }));

    let (first, second) = futures::join!(ask(), ask());

    first.expect(202);
    second.expect(202);
    let push = pushed(&admin, &id, "rename/load").await;
    assert_eq!((&push["status"], &push["commit"]), (&json!("SUCCESS"), &json!(commit)), "{push:#}");
    assert_eq!(repo.git(["rev-parse", "rename/load"]), commit);
    assert_eq!(repo.git(["rev-parse", "main"]), main);
    assert_eq!(pushed(&admin, &id, "rename/load").await, push, "there is nothing to do");
    assert_eq!(admin.refactor(&id).await["pushes"], json!([push]));
    let listed = admin.get("/refactor/jobs").await.expect(200);
    assert_eq!(listed["items"][0]["pushes"], json!([push]));
    // Merged there, it is what the remote has.
    repo.git(["merge", "--quiet", "--ff-only", "rename/load"]);
    admin.synced_again(&project).await;
    let seen = admin.refactor(&id).await;
    assert_eq!((&seen["upstream_contains"], &seen["on_head"]), (&json!(true), &json!(true)));
}

#[tokio::test]
async fn a_push_is_recorded_with_who_asked_and_what_came_of_it() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let (_, _repo, id, _) = applied(&admin).await;

    let done = pushed(&admin, &id, "topic").await;
    let failed = pushed(&admin, &id, "main").await;

    let recorded = recorded(&app).await;
    let kinds: Vec<_> = recorded.iter().map(|event| event["kind"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["refactor_push_asked", "refactor_pushed", "refactor_push_asked", "refactor_failed"]);
    for (event, push) in recorded.iter().zip([&done, &done, &failed, &failed]) {
        let payload: Value = serde_json::from_str(event["payload"].as_str().unwrap()).unwrap();
        assert_eq!((&payload["refactor_id"], &payload["push_id"]), (&json!(id), &push["id"]), "{event}");
        assert_eq!(event["user_id"].is_null(), event["kind"] != "refactor_push_asked", "{event}");
    }
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
    for branch in ["", "a b", "-x", "HEAD", "refs/heads/*"] {
        let path = format!("/refactor/jobs/{id}/push");
        admin.post(&path, json!({ "branch": branch })).await.refused(422, "INVALID_INPUT");
    }
}

#[tokio::test]
async fn what_a_remote_declines_fails_and_may_be_asked_for_again() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let (_, repo, id, commit) = applied(&admin).await;
    repo.hook_before_receiving("echo 'ghp_not_for_everybody' >&2; exit 1");

    let push = pushed(&admin, &id, "topic").await;

    assert_eq!((&push["status"], &push["error"]["code"]), (&json!("FAILED"), &json!("CONFLICT")), "{push:#}");
    assert!(!push.to_string().contains("ghp_"), "what a hook prints is nobody's business: {push:#}");
    assert_eq!(branches(&repo), ["main"]);
    assert_eq!(admin.refactor(&id).await["status"], "APPLIED");
    repo.remove(".git/hooks/pre-receive");
    assert_eq!(pushed(&admin, &id, "topic").await["status"], "SUCCESS");
    assert_eq!(repo.git(["rev-parse", "topic"]), commit);
    assert_eq!(admin.refactor(&id).await["pushes"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn over_https_a_token_that_may_write_is_wanted() {
    let repo = code();
    repo.git(["config", "http.receivepack", "true"]);
    let remote = HttpsRemote::serving(repo.path());
    let app = TestApp::with(&[("HIVESYNC_GIT__CA_FILE", remote.ca_file().to_str().unwrap())]).await;
    let admin = app.admin().await;
    let project = admin.project("p").await;
    // Anybody may read, so it is linked without a token.
    let sync = admin.link(&project, &remote.url(".git")).await;
    admin.sync_until(&project, &sync, &["SUCCESS"]).await;
    let (id, commit) = renamed(&admin, &project).await;
    let path = format!("/refactor/jobs/{id}/push");
    let refused = admin.post(&path, json!({ "branch": "topic" })).await;
    assert!(refused["error"]["message"].as_str().unwrap().contains("credential"), "{:#}", refused.json);
    refused.refused(409, "CONFLICT");

    remote.require("joe", TOKEN);
    let token = json!({ "type": "https_token", "username": "joe", "token": TOKEN });
    admin.put(&format!("/projects/{project}/credential"), token).await.expect(200);
    let push = pushed(&admin, &id, "topic").await;
    assert_eq!(push["status"], "SUCCESS", "{push:#}");
    assert_eq!(repo.git(["rev-parse", "topic"]), commit);

    remote.make_read_only();
    denied(&pushed(&admin, &id, "another").await);
    remote.require("joe", "ghp_a_new_one");
    denied(&pushed(&admin, &id, "a-third").await);
    assert_eq!(branches(&repo), ["main", "topic"]);
    let shown = format!("{:?}{:?}{}", admin.refactor(&id).await, recorded(&app).await, app.log());
    assert!(!shown.contains(TOKEN), "the token is shown");
}

#[tokio::test]
async fn over_ssh_a_key_that_may_write_is_wanted() {
    let repo = code();
    let host = Sshd::start();
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let project = admin.project("p").await;
    let link = json!({ "repo_url": host.url(repo.path()) });
    let accepted = admin.post(&format!("/projects/{project}/link-repo"), link).await.expect(202);
    host.authorize(accepted["credential"]["public_key"].as_str().unwrap());
    admin.sync_until(&project, accepted["sync_id"].as_str().unwrap(), &["SUCCESS", "FAILED"]).await;
    admin.synced_again(&project).await;
    let (id, commit) = renamed(&admin, &project).await;

    let push = pushed(&admin, &id, "rename/load").await;
    assert_eq!(push["status"], "SUCCESS", "{push:#}");
    assert_eq!(repo.git(["rev-parse", "rename/load"]), commit);

    host.make_read_only();
    denied(&pushed(&admin, &id, "another").await);
    assert_eq!(branches(&repo), ["main", "rename/load"]);
}
