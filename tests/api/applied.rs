//! Renames applied and taken back: commits of the mirror, whatever happens meanwhile.

use std::time::Duration;

use serde_json::{Value, json};

use super::{
    refactors::python,
    support::{Client, TestApp, wait_until},
};

const SOON: Duration = Duration::from_secs(30);

async fn manifest(client: &Client, project: &str) -> Value {
    client.get(&format!("/projects/{project}/manifest")).await.expect(200).json
}

fn id(refactor: &Value) -> &str {
    refactor["id"].as_str().unwrap()
}

#[tokio::test]
async fn what_was_applied_is_the_head_and_what_is_reverted_is_as_it_was() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let (project, repo) = python(&admin).await;
    let before = manifest(&admin, &project).await;
    let proposed = admin.renamed(&project, "pkg/core.py:1:5", "read", "SUCCESS").await;

    let applied = admin.applied(id(&proposed)).await;

    let changes = &applied["applied_changes"];
    assert_eq!((&changes["manifest_version"], &applied["on_head"]), (&json!(2), &json!(true)), "{applied:#}");
    assert_eq!(changes["edits"].as_array().unwrap().len(), 4);
    assert_eq!(admin.file(&project, "main.py").await, "from pkg.core import read\n\nprint(read('y'))\n");
    let seen = admin.get(&format!("/projects/{project}")).await.expect(200);
    assert_eq!((&seen["head_commit"], &seen["manifest_version"]), (&changes["commit"], &json!(2)));
    assert_eq!(manifest(&admin, &project).await["commit"], changes["commit"]);
    let found = admin.get(&format!("/projects/{project}/search?q=read")).await.expect(200);
    assert_eq!(found["matches"].as_array().unwrap().len(), 4);
    // The repository itself is as it was.
    assert_eq!(repo.git(["rev-parse", "HEAD"]), repo.head());

    let reverted = admin.reverted(id(&proposed)).await;

    assert_eq!(reverted["reverted_changes"]["manifest_version"], 3);
    assert_eq!(reverted["on_head"], false);
    let after = manifest(&admin, &project).await;
    assert_eq!(after["content_digest"], before["content_digest"]);
    for (deed, body) in [("apply", json!({ "edits": "all" })), ("revert", json!(null)), ("cancel", json!(null))] {
        let again = admin.post(&format!("/refactor/jobs/{}/{deed}", id(&proposed)), body).await;
        again.refused(409, "JOB_ALREADY_COMPLETED");
    }
}

#[tokio::test]
async fn a_commit_says_who_approved_and_of_what() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let (project, repo) = python(&admin).await;
    let proposed = admin.renamed(&project, "pkg/core.py:1:5", "read", "SUCCESS").await;
    let applied = admin.applied(id(&proposed)).await;

    let mirror = format!("--git-dir={}", app.program().data_dir().join("mirrors").join(&project).display());
    let commit = applied["applied_changes"]["commit"].as_str().unwrap();
    let shown = repo.git([mirror.as_str(), "log", "-1", "--format=%an <%ae>%n%P%n%B", commit]);

    let lines: Vec<_> = shown.lines().collect();
    assert_eq!(lines[0], "admin <admin@example.org>");
    assert_eq!(lines[1], repo.head());
    assert_eq!(lines[2], "Rename load to read");
    assert_eq!(lines[4], format!("HiveSync-Refactor: {}", id(&proposed)));
    // Everything that the commit leads to is there.
    repo.git([mirror.as_str(), "rev-list", "--objects", "--quiet", commit]);
}

#[tokio::test]
async fn a_part_of_a_proposal_can_be_applied() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let (project, _repo) = python(&admin).await;
    let proposed = admin.renamed(&project, "pkg/core.py:1:5", "read", "SUCCESS").await;
    let path = format!("/refactor/jobs/{}/apply", id(&proposed));
    for edits in [json!([]), json!(["nobody's"]), json!("some"), json!(7), json!({})] {
        admin.post(&path, json!({ "edits": edits })).await.refused(422, "INVALID_INPUT");
    }
    admin.post(&path, json!({})).await.refused(422, "MISSING_FIELD");
    let edit = proposed["proposal"]["files"][0]["edits"][1]["id"].clone();

    admin.post(&path, json!({ "edits": [edit] })).await.expect(202);

    let applied = admin.refactor_until(id(&proposed), "APPLIED").await;
    assert_eq!(applied["applied_changes"]["edits"], json!([edit]));
    assert_eq!(admin.file(&project, "main.py").await, "from pkg.core import load\n\nprint(read('y'))\n");
    assert!(admin.file(&project, "pkg/core.py").await.starts_with("def load("));
}

#[tokio::test]
async fn of_two_approvals_at_once_one_wins() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let (project, _repo) = python(&admin).await;
    let proposed = admin.renamed(&project, "pkg/core.py:1:5", "read", "SUCCESS").await;
    let path = format!("/refactor/jobs/{}/apply", id(&proposed));
    let ask = || admin.post(&path, json!({ "edits": "all" }));

    let answers = futures::future::join_all([ask(), ask(), ask(), ask()]).await;

    let mut statuses: Vec<_> = answers.iter().map(|answer| answer.status.as_u16()).collect();
    statuses.sort_unstable();
    assert_eq!(statuses, [202, 409, 409, 409]);
    admin.refactor_until(id(&proposed), "APPLIED").await;
    assert_eq!(manifest(&admin, &project).await["version"], 2);
}

#[tokio::test]
async fn an_approval_counts_for_what_was_seen() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let (project, _repo) = python(&admin).await;
    let proposed = admin.renamed(&project, "pkg/core.py:1:5", "read", "SUCCESS").await;
    let tag = admin.get(&format!("/refactor/jobs/{}", id(&proposed))).await.expect(200).header("etag").to_owned();
    let apply = async |tag: &str| {
        let path = format!("/refactor/jobs/{}/apply", id(&proposed));
        let request = admin.request(reqwest::Method::POST, &path).json(&json!({ "edits": "all" }));
        admin.send(request.header("If-Match", tag)).await
    };
    apply("\"other\"").await.refused(412, "PRECONDITION_FAILED");
    apply(&tag).await.expect(202);
    admin.refactor_until(id(&proposed), "APPLIED").await;
}

#[tokio::test]
async fn a_sync_of_other_files_does_not_spoil_a_proposal_and_one_of_its_files_does() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let (project, repo) = python(&admin).await;
    let first = admin.renamed(&project, "pkg/core.py:1:5", "read", "SUCCESS").await;
    let second = admin.renamed(&project, "pkg/core.py:5:5", "another", "SUCCESS").await;
    repo.write("README.md", "# unrelated\n");
    repo.write("main.py", "from pkg.core import load\n\nprint(load('z'))\n");
    let head = repo.commit("meanwhile");
    admin.synced_again(&project).await;

    // `other` is only in the file that has not changed.
    let applied = admin.applied(id(&second)).await;

    let path = format!("/refactor/jobs/{}/apply", id(&first));
    let details = admin.post(&path, json!({ "edits": "all" })).await.refused(409, "STALE_MANIFEST");
    let stale: Vec<_> = details["files"].as_array().unwrap().iter().map(|file| file["path"].clone()).collect();
    assert_eq!(stale, ["main.py", "pkg/core.py"], "the second one changed the file that they share");
    assert_eq!(details["files"][0]["edits"].as_array().unwrap().len(), 2);
    assert_eq!(admin.refactor(id(&first)).await["status"], "SUCCESS");
    let mirror = format!("--git-dir={}", app.program().data_dir().join("mirrors").join(&project).display());
    let commit = applied["applied_changes"]["commit"].as_str().unwrap();
    assert_eq!(repo.git([mirror.as_str(), "rev-parse", &format!("{commit}^")]), head);
}

#[tokio::test]
async fn a_use_that_came_meanwhile_is_seen_before_anything_is_applied() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let (project, repo) = python(&admin).await;
    let proposed = admin.renamed(&project, "pkg/core.py:1:5", "read", "SUCCESS").await;
    repo.write("late.py", "from pkg.core import load\n");
    let head = repo.commit("meanwhile");
    admin.synced_again(&project).await;

    let path = format!("/refactor/jobs/{}/apply", id(&proposed));
    admin.post(&path, json!({ "edits": "all" })).await.expect(202);
    let back = admin.refactor_until(id(&proposed), "SUCCESS").await;

    assert_eq!(back["error"]["code"], "STALE_MANIFEST", "{back:#}");
    assert!(back["error"]["message"].as_str().unwrap().starts_with("late.py "), "{back:#}");
    assert_eq!(manifest(&admin, &project).await["commit"], head);
    let again = admin.renamed(&project, "pkg/core.py:1:5", "read", "SUCCESS").await;
    admin.applied(id(&again)).await;
    assert_eq!(admin.file(&project, "late.py").await, "from pkg.core import read\n");
}

#[tokio::test]
async fn a_revert_leaves_later_changes_and_is_refused_where_they_meet() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let (project, _repo) = python(&admin).await;
    let first = admin.renamed(&project, "pkg/core.py:1:5", "read", "SUCCESS").await;
    admin.applied(id(&first)).await;
    let second = admin.renamed(&project, "pkg/core.py:5:5", "another", "SUCCESS").await;
    admin.applied(id(&second)).await;

    // Both changed pkg/core.py.
    let revert = format!("/refactor/jobs/{}/revert", id(&first));
    let details = admin.post_nothing(&revert).await.refused(409, "STALE_MANIFEST");
    assert_eq!(details["files"], json!([{ "path": "pkg/core.py", "edits": [] }]));
    assert_eq!(admin.refactor(id(&first)).await["status"], "APPLIED");

    admin.reverted(id(&second)).await;
    admin.reverted(id(&first)).await;
    assert!(admin.file(&project, "pkg/core.py").await.starts_with("def load("));
    assert_eq!(manifest(&admin, &project).await["version"], 5);
}

#[tokio::test]
async fn a_sync_with_nothing_new_leaves_the_head_and_one_with_something_takes_it() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let (project, repo) = python(&admin).await;
    let proposed = admin.renamed(&project, "pkg/core.py:1:5", "read", "SUCCESS").await;
    let applied = admin.applied(id(&proposed)).await;
    let commit = applied["applied_changes"]["commit"].clone();

    let done = admin.synced_again(&project).await;
    assert_eq!((&done["commit_before"], &done["commit_after"]), (&commit, &commit));
    assert!(admin.refactor(id(&proposed)).await["on_head"].as_bool().unwrap());

    repo.write("README.md", "# moved\n");
    let moved = repo.commit("moved");
    let done = admin.synced_again(&project).await;
    assert_eq!(done["commit_after"], moved);
    let seen = admin.refactor(id(&proposed)).await;
    assert_eq!((&seen["status"], &seen["on_head"]), (&json!("APPLIED"), &json!(false)));
    assert_eq!(seen["upstream_contains"], false);
    assert_eq!(admin.file(&project, "main.py").await, "from pkg.core import load\n\nprint(load('y'))\n");
    admin.get(&format!("/projects/{project}/files/main.py?ref={}", commit.as_str().unwrap())).await.expect(200);

    // The same change comes by another way.
    for (path, old) in [("main.py", "main.py"), ("pkg/core.py", "pkg/core.py")] {
        let text = admin.get(&format!("/projects/{project}/files/{old}?ref={}", commit.as_str().unwrap())).await;
        repo.write(path, text.expect(200)["content"].as_str().unwrap());
    }
    repo.commit("the same by hand");
    admin.synced_again(&project).await;
    let seen = admin.refactor(id(&proposed)).await;
    assert_eq!((&seen["upstream_contains"], &seen["on_head"]), (&json!(true), &json!(true)));
}

#[tokio::test]
async fn a_mirror_that_is_lost_comes_back_with_what_was_applied() {
    let mut app = TestApp::start().await;
    let admin = app.admin().await;
    let (project, _repo) = python(&admin).await;
    let proposed = admin.renamed(&project, "pkg/core.py:1:5", "read", "SUCCESS").await;
    let applied = admin.applied(id(&proposed)).await;
    let second = admin.renamed(&project, "pkg/core.py:5:5", "another", "SUCCESS").await;
    admin.applied(id(&second)).await;
    admin.reverted(id(&second)).await;
    let head = admin.get(&format!("/projects/{project}")).await.expect(200)["head_commit"].clone();
    app.terminate().await;
    let mirrors = app.program().data_dir().join("mirrors");
    std::fs::remove_dir_all(mirrors.join(&project)).unwrap();
    std::fs::remove_dir_all(mirrors.join(format!("{project}.cache"))).unwrap();
    app.restart().await;

    let done = admin.synced_again(&project).await;

    assert_eq!(done["commit_after"], head);
    assert_eq!(admin.file(&project, "main.py").await, "from pkg.core import read\n\nprint(read('y'))\n");
    let commit = applied["applied_changes"]["commit"].as_str().unwrap();
    admin.get(&format!("/projects/{project}/files/main.py?ref={commit}")).await.expect(200);
    admin.reverted(id(&proposed)).await;
    assert!(admin.file(&project, "pkg/core.py").await.starts_with("def load("));
}

#[tokio::test]
async fn what_was_applied_to_a_history_that_is_gone_says_so_and_is_in_nobodys_way() {
    let mut app = TestApp::start().await;
    let admin = app.admin().await;
    let (project, repo) = python(&admin).await;
    let proposed = admin.renamed(&project, "pkg/core.py:1:5", "read", "SUCCESS").await;
    let commit = admin.applied(id(&proposed)).await["applied_changes"]["commit"].clone();
    repo.git(["commit", "--quiet", "--amend", "--message", "another first"]);
    app.terminate().await;
    let mirrors = app.program().data_dir().join("mirrors");
    std::fs::remove_dir_all(mirrors.join(&project)).unwrap();
    app.restart().await;

    let done = admin.synced_again(&project).await;

    assert_eq!(done["commit_after"], repo.head());
    let seen = admin.refactor(id(&proposed)).await;
    assert_eq!((&seen["status"], &seen["on_head"]), (&json!("APPLIED"), &json!(false)));
    let file = format!("/projects/{project}/files/main.py?ref={}", commit.as_str().unwrap());
    assert_eq!(admin.get(&file).await.status, 404);
    admin.post_nothing(&format!("/refactor/jobs/{}/revert", id(&proposed))).await.refused(409, "STALE_MANIFEST");
    let path = format!("/refactor/jobs/{}/push", id(&proposed));
    admin.post(&path, json!({ "branch": "topic" })).await.expect(202);
    let push = wait_until("the push is over", SOON, async || {
        let push = admin.refactor(id(&proposed)).await["pushes"][0].clone();
        (push["status"] != "PENDING").then_some(push)
    });
    let error = push.await["error"].clone();
    assert_eq!(error["code"], "STALE_MANIFEST", "{error:#}");
    assert!(error["message"].as_str().unwrap().ends_with("ask for the rename again"), "{error:#}");
    // Asked for again, it stands on what the remote has now.
    let again = admin.renamed(&project, "pkg/core.py:1:5", "read", "SUCCESS").await;
    admin.applied(id(&again)).await;
    admin.synced_again(&project).await;
    assert_eq!(admin.file(&project, "main.py").await, "from pkg.core import read\n\nprint(read('y'))\n");
}
