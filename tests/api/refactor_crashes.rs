//! A power cut at any moment of an apply, a revert or a push, seen after the next start: it is done whole, and once.

use std::{fs, time::Duration};

use serde_json::{Value, json};

use super::{
    refactors::python,
    support::{Client, Repo, TestApp, wait_until},
};

const SOON: Duration = Duration::from_secs(30);
const OLD: &str = "from pkg.core import load\n\nprint(load('y'))\n";
const NEW: &str = "from pkg.core import read\n\nprint(read('y'))\n";

/// A proposal, and who may decide about it.
struct Story {
    app: TestApp,
    admin: Client,
    project: String,
    repo: Repo,
    id: String,
}

impl Story {
    async fn proposed() -> Self {
        let app = TestApp::start().await;
        let admin = app.admin().await;
        let (project, repo) = python(&admin).await;
        let proposed = admin.renamed(&project, "pkg/core.py:1:5", "read", "SUCCESS").await;
        let id = proposed["id"].as_str().unwrap().to_owned();
        Self { app, admin, project, repo, id }
    }

    async fn applied() -> Self {
        let story = Self::proposed().await;
        story.admin.applied(&story.id).await;
        story
    }

    /// Has something asked for of a service that stops at `point`, and kills it there; then starts it without obstacle.
    async fn killed_at(&mut self, point: &str, deed: &str, body: Value) {
        self.app.restart_with("FAILPOINTS", &format!("{point}=pause")).await;
        self.admin.post(&format!("/refactor/jobs/{}/{deed}", self.id), body).await.expect(202);
        let line = format!("\"breakpoint\":\"{point}\"");
        let what = format!("the service stands at {point}");
        wait_until(&what, SOON, async || self.app.log().contains(&line).then_some(())).await;
        self.app.kill().await;
        self.app.restart_with("FAILPOINTS", "").await;
    }

    /// Whole or not at all, at any time.
    async fn is_whole(&self, point: &str) {
        let text = self.admin.file(&self.project, "main.py").await;
        assert!(text == OLD || text == NEW, "{point}: {text}");
    }

    async fn version(&self) -> Value {
        self.admin.get(&format!("/projects/{}/manifest", self.project)).await.expect(200)["version"].clone()
    }

    /// The commits of ours that the mirror keeps, sorted.
    fn commits(&self) -> Vec<String> {
        let mirror = self.app.program().data_dir().join("mirrors").join(&self.project);
        let mirror = format!("--git-dir={}", mirror.display());
        // Everything that they lead to is there.
        self.repo.git([mirror.as_str(), "rev-list", "--objects", "--quiet", "--glob=refs/hivesync/changes/*"]);
        let kept = ["for-each-ref", "--format=%(objectname)", "refs/hivesync/changes/"];
        let listed = self.repo.git([mirror.as_str()].into_iter().chain(kept));
        let mut commits: Vec<_> = listed.lines().map(str::to_owned).collect();
        commits.sort();
        commits
    }

    /// How often a deed was recorded.
    async fn recorded(&self, kind: &str) -> usize {
        self.app.rows(&format!("SELECT id FROM events WHERE kind = '{kind}'")).await.len()
    }

    /// A push once it is over.
    async fn pushed(&self) -> Value {
        let over = wait_until("the push is over", SOON * 2, async || {
            let push = self.admin.refactor(&self.id).await["pushes"][0].clone();
            (push["status"] != "PENDING").then_some(push)
        });
        over.await
    }
}

fn commit(change: &Value) -> String {
    change["commit"].as_str().unwrap().to_owned()
}

async fn apply_killed_at(point: &str) {
    let mut story = Story::proposed().await;

    story.killed_at(point, "apply", json!({ "edits": "all" })).await;

    story.is_whole(point).await;
    let applied = story.admin.refactor_until(&story.id, "APPLIED").await;
    assert_eq!(story.admin.file(&story.project, "main.py").await, NEW, "{point}");
    assert_eq!(story.version().await, 2, "{point}");
    assert_eq!(story.commits(), [commit(&applied["applied_changes"])], "{point}");
    assert_eq!(story.recorded("refactor_applied").await, 1, "{point}");
    let told = wait_until("it is told", SOON, async || {
        let told = story.admin.get("/notifications").await.expect(200).json["items"].as_array().unwrap().clone();
        told.iter().any(|told| told["type"] == "refactor_applied").then_some(told)
    });
    let times = told.await.iter().filter(|told| told["type"] == "refactor_applied").count();
    assert_eq!(times, 1, "{point}");
}

#[tokio::test]
async fn a_service_killed_at_any_point_of_an_apply_does_it_again_and_publishes_once() {
    // At the same time, since each waits for the dead instance's lease to run out.
    futures::join!(
        apply_killed_at("commit-task"),
        apply_killed_at("commit-objects"),
        apply_killed_at("commit-ref"),
        apply_killed_at("committed"),
        apply_killed_at("recipe-kept"),
        apply_killed_at("commit-publish"),
        apply_killed_at("commit-settled"),
        apply_killed_at("commit-published"),
    );
}

async fn revert_killed_at(point: &str) {
    let mut story = Story::applied().await;

    story.killed_at(point, "revert", Value::Null).await;

    story.is_whole(point).await;
    let reverted = story.admin.refactor_until(&story.id, "REVERTED").await;
    assert_eq!(story.admin.file(&story.project, "main.py").await, OLD, "{point}");
    assert_eq!(story.version().await, 3, "{point}");
    let mut commits = ["applied_changes", "reverted_changes"].map(|change| commit(&reverted[change]));
    commits.sort();
    assert_eq!(story.commits(), commits, "{point}");
    assert_eq!(story.recorded("refactor_reverted").await, 1, "{point}");
}

#[tokio::test]
async fn a_service_killed_at_any_point_of_a_revert_does_it_again_and_publishes_once() {
    futures::join!(
        revert_killed_at("commit-task"),
        revert_killed_at("commit-objects"),
        revert_killed_at("commit-ref"),
        revert_killed_at("committed"),
        revert_killed_at("recipe-kept"),
        revert_killed_at("commit-publish"),
        revert_killed_at("commit-settled"),
        revert_killed_at("commit-published"),
    );
}

/// What must hold after a killed push was done again.
async fn is_pushed(story: &Story, point: &str) {
    let push = story.pushed().await;
    assert_eq!((&push["status"], &push["error"]), (&json!("SUCCESS"), &Value::Null), "{point}: {push:#}");
    assert_eq!(story.repo.git(["rev-parse", "topic"]), push["commit"].as_str().unwrap(), "{point}");
    let branches = story.repo.git(["for-each-ref", "--format=%(refname:short)"]);
    assert_eq!(branches.lines().collect::<Vec<_>>(), ["main", "topic"], "{point}");
    assert_eq!(story.recorded("refactor_pushed").await, 1, "{point}");
    assert_eq!(story.recorded("refactor_failed").await, 0, "{point}");
}

async fn push_killed_at(point: &str) {
    let mut story = Story::applied().await;
    story.killed_at(point, "push", json!({ "branch": "topic" })).await;
    is_pushed(&story, point).await;
}

/// Kills a service whose remote has its objects and not yet decided about the branch.
async fn push_killed_while_the_remote_decides() {
    let mut story = Story::applied().await;
    let (held, seen) = (story.repo.path().join("held"), story.repo.path().join("seen"));
    fs::write(&held, "").unwrap();
    let script = format!("touch '{}'\nwhile [ -e '{}' ]; do sleep 0.05; done", seen.display(), held.display());
    story.repo.hook_before_receiving(&script);
    let push = format!("/refactor/jobs/{}/push", story.id);
    story.admin.post(&push, json!({ "branch": "topic" })).await.expect(202);
    wait_until("the remote decides", SOON, async || seen.exists().then_some(())).await;

    story.app.kill().await;
    fs::remove_file(&held).unwrap();
    story.app.restart().await;

    is_pushed(&story, "the remote").await;
}

#[tokio::test]
async fn a_service_killed_at_any_point_of_a_push_comes_to_one_branch() {
    futures::join!(push_killed_at("push-task"), push_killed_at("pushed"), push_killed_while_the_remote_decides());
}
