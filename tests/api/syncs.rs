//! Synchronisations: what they bring, what they say of themselves, and how they are asked for.

use std::time::Duration;

use serde_json::{Value, json};

use super::support::{Client, Repo, TestApp, wait_until};

/// The project as it stands.
async fn project(client: &Client, id: &str) -> Value {
    client.get(&format!("/projects/{id}")).await.expect(200).json
}

#[tokio::test]
async fn a_first_sync_says_how_it_went() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let repo = Repo::of(&[("a.rs", "fn main() {}\n")]);
    let id = admin.project("p").await;

    let accepted =
        admin.post(&format!("/projects/{id}/link-repo"), json!({ "repo_url": repo.url() })).await.expect(202);
    let sync = accepted["sync_id"].as_str().unwrap().to_owned();
    assert_eq!(accepted["status"], "PENDING");
    assert_eq!(accepted.header("location"), format!("/api/v1/projects/{id}/syncs/{sync}"));
    let done = admin.sync_until(&id, &sync, &["SUCCESS"]).await;

    assert_eq!((&done["commit_before"], &done["commit_after"]), (&Value::Null, &json!(repo.head())));
    assert_eq!(
        (&done["error"], &done["error_message"], &done["next_attempt_at"]),
        (&json!(null), &json!(null), &json!(null))
    );
    assert_eq!(done["attempts"], 1);
    assert!(done["duration_ms"].is_u64(), "{done}");
    let times = ["created_at", "started_at", "finished_at"].map(|name| done[name].as_str().unwrap().to_owned());
    assert!(times.is_sorted(), "{times:?}");
    let seen = project(&admin, &id).await;
    assert_eq!((&seen["head_commit"], &seen["manifest_version"]), (&json!(repo.head()), &json!(1)));
    assert_eq!(seen["last_sync"], json!({ "id": sync, "status": "SUCCESS" }));
    assert!(seen["last_synced_at"].is_string(), "{seen}");
}

#[tokio::test]
async fn with_nothing_new_the_manifest_stays_as_it_is() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let repo = Repo::of(&[("a.rs", "fn main() {}\n")]);
    let id = admin.project("p").await;
    admin.synced(&id, &repo).await;
    let before = admin.get(&format!("/projects/{id}/manifest")).await.expect(200);

    let done = admin.synced_again(&id).await;

    assert_eq!(done["commit_before"], done["commit_after"]);
    assert!(done["duration_ms"].as_u64().unwrap() < 5_000, "{done}");
    assert_eq!(admin.get(&format!("/projects/{id}/manifest")).await.expect(200).text(), before.text());
}

#[tokio::test]
async fn changed_files_make_a_new_version_that_names_the_one_before() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let repo = Repo::of(&[("a.rs", "fn main() {}\n"), ("b.rs", "fn b() {}\n")]);
    let id = admin.project("p").await;
    admin.synced(&id, &repo).await;
    let first = repo.head();
    repo.write("a.rs", "fn other() {}\n");
    repo.remove("b.rs");
    let second = repo.commit("second");

    let done = admin.synced_again(&id).await;

    assert_eq!((&done["commit_before"], &done["commit_after"]), (&json!(first), &json!(second)));
    let manifest = admin.get(&format!("/projects/{id}/manifest")).await.expect(200);
    assert_eq!((&manifest["version"], &manifest["previous_version"]), (&json!(2), &json!(1)));
    assert_eq!(manifest["body"]["files"].as_array().unwrap().len(), 1);
    let old = admin.get(&format!("/projects/{id}/manifest?version=1")).await.expect(200);
    assert_eq!((&old["commit"], &old["previous_version"]), (&json!(first), &Value::Null));
    assert_eq!(project(&admin, &id).await["manifest_version"], 2);
}

#[tokio::test]
async fn a_forced_push_is_followed() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let repo = Repo::of(&[("a.txt", "first\n")]);
    let (id, first) = (admin.project("p").await, repo.head());
    repo.write("lost.txt", "lost\n");
    let lost = repo.commit("to be lost");
    admin.synced(&id, &repo).await;
    repo.reset(&first);
    repo.write("new.txt", "new\n");
    let new = repo.commit("instead");

    let done = admin.synced_again(&id).await;

    assert_eq!((&done["commit_before"], &done["commit_after"]), (&json!(lost), &json!(new)));
    admin.get(&format!("/projects/{id}/files/lost.txt")).await.refused(404, "FILE_NOT_FOUND");
    admin.get(&format!("/projects/{id}/files/new.txt")).await.expect(200);
    // The mirror keeps what the push would have lost.
    admin.get(&format!("/projects/{id}/files/lost.txt?ref={lost}")).await.expect(200);
}

#[tokio::test]
async fn the_remotes_default_branch_is_followed_whatever_it_is_called() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let repo = Repo::on_branch("trunk");
    repo.write("a.txt", "on the trunk\n");
    let head = repo.commit("first");
    let id = admin.project("p").await;
    assert_eq!(admin.synced(&id, &repo).await["commit_after"], head);
    assert_eq!(admin.get(&format!("/projects/{id}/files?ref=trunk")).await.expect(200)["commit"], head);

    // It is renamed, as many were.
    repo.git(["branch", "--move", "trunk", "mainline"]);
    repo.write("b.txt", "on the mainline\n");
    let head = repo.commit("second");
    assert_eq!(admin.synced_again(&id).await["commit_after"], head);
}

#[tokio::test]
async fn a_branch_that_was_named_is_followed_instead_of_the_default_one() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let repo = Repo::of(&[("a.txt", "main\n")]);
    let main = repo.head();
    repo.branch("release/1.0");
    repo.checkout("release/1.0");
    repo.write("a.txt", "release\n");
    let release = repo.commit("release");
    repo.checkout("main");
    let (id, link) = (admin.project("p").await, json!({ "repo_url": repo.url(), "branch": "release/1.0" }));
    let path = |id: &str| format!("/projects/{id}/link-repo");

    let sync = admin.post(&path(&id), link).await.expect(202)["sync_id"].as_str().unwrap().to_owned();
    assert_eq!(admin.sync_until(&id, &sync, &["SUCCESS"]).await["commit_after"], release);
    assert_eq!(project(&admin, &id).await["branch"], "release/1.0");

    let again = admin.link(&id, &repo.url()).await;
    assert_eq!(admin.sync_until(&id, &again, &["SUCCESS"]).await["commit_after"], main);
}

#[tokio::test]
async fn a_branch_that_is_not_there_fails_at_once() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let repo = Repo::of(&[("a.txt", "a\n")]);
    let id = admin.project("p").await;
    for branch in ["absent", "--upload-pack=x", "a..b", "refs/heads/*"] {
        let link = json!({ "repo_url": repo.url(), "branch": branch });
        let answer = admin.post(&format!("/projects/{id}/link-repo"), link).await;
        if answer.status == 422 {
            answer.refused(422, "INVALID_INPUT");
            continue;
        }
        let sync = answer.expect(202)["sync_id"].as_str().unwrap().to_owned();
        let failed = admin.sync_until(&id, &sync, &["FAILED"]).await;
        assert_eq!((&failed["error"], &failed["attempts"]), (&json!("BRANCH_NOT_FOUND"), &json!(1)), "{branch}");
        assert!(failed["error_message"].as_str().unwrap().contains(branch), "{failed}");
    }
    admin.get(&format!("/projects/{id}/manifest")).await.refused(409, "REPO_NOT_SYNCED");
}

#[tokio::test]
async fn an_empty_repository_is_a_success_without_a_head() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let (id, repo) = (admin.project("p").await, Repo::empty());

    let done = admin.synced(&id, &repo).await;

    assert_eq!((&done["commit_before"], &done["commit_after"]), (&Value::Null, &Value::Null));
    assert_eq!(project(&admin, &id).await["head_commit"], Value::Null);
    admin.get(&format!("/projects/{id}/manifest")).await.refused(404, "MANIFEST_NOT_FOUND");
    for path in ["files", "files/a.txt"] {
        admin.get(&format!("/projects/{id}/{path}")).await.refused(404, "FILE_NOT_FOUND");
    }
    assert_eq!(admin.get(&format!("/projects/{id}/search?q=a")).await.expect(200)["matches"], json!([]));

    repo.write("a.txt", "first\n");
    let head = repo.commit("first");
    assert_eq!(admin.synced_again(&id).await["commit_after"], head);
    admin.get(&format!("/projects/{id}/files/a.txt")).await.expect(200);
}

#[tokio::test]
async fn a_repository_that_is_gone_fails_at_once_and_what_was_mirrored_stays() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let repo = Repo::of(&[("a.txt", "a\n")]);
    let id = admin.project("p").await;
    admin.synced(&id, &repo).await;
    drop(repo);

    let sync = admin.sync(&id).await;

    let failed = admin.sync_until(&id, &sync, &["FAILED"]).await;
    assert_eq!((&failed["error"], &failed["attempts"]), (&json!("REPO_NOT_FOUND"), &json!(1)));
    assert!(!failed["error_message"].as_str().unwrap().contains("/tmp"), "{failed}");
    admin.get(&format!("/projects/{id}/files/a.txt")).await.expect(200);
}

#[tokio::test]
async fn a_remote_that_refuses_connections_is_tried_again_until_somebody_cancels() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let id = admin.project("p").await;
    // A port that was free a moment ago.
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let sync = admin.link(&id, &format!("git://127.0.0.1:{port}/repo")).await;

    let waiting = wait_until("the sync waits for its next attempt", Duration::from_secs(30), async || {
        let state = admin.sync_state(&id, &sync).await;
        state["next_attempt_at"].is_string().then_some(state)
    });
    let waiting = waiting.await;

    assert_eq!((&waiting["status"], &waiting["error"]), (&json!("PENDING"), &json!("REPO_UNREACHABLE")));
    assert_eq!(waiting["attempts"], 1);
    assert!(waiting["next_attempt_at"].as_str() > waiting["started_at"].as_str(), "{waiting}");
    let cancel = format!("/projects/{id}/syncs/{sync}/cancel");
    let cancelled = admin.post_nothing(&cancel).await.expect(200);
    assert_eq!((&cancelled["status"], &cancelled["error"]), (&json!("CANCELLED"), &json!("CANCELLED")));
    assert_eq!(cancelled["next_attempt_at"], Value::Null);
    admin.post_nothing(&cancel).await.refused(409, "JOB_ALREADY_COMPLETED");
}

#[tokio::test]
async fn a_sync_too_soon_is_refused_until_it_is_forced_or_rates_are_lifted() {
    let mut app = TestApp::with(&[("HIVESYNC_LIMITS__SYNC_INTERVAL_S", "60")]).await;
    let admin = app.admin().await;
    let (id, repo) = (admin.project("p").await, Repo::of(&[("a.txt", "a\n")]));
    admin.synced(&id, &repo).await;
    let path = format!("/projects/{id}/sync-repo");

    let answer = admin.post_nothing(&path).await;
    let after: u64 = answer.header("retry-after").parse().unwrap();
    assert!((1..=60).contains(&after), "{after}");
    assert_eq!(answer.header("ratelimit-policy"), "\"sync-interval\";q=1;w=60");
    assert_eq!(answer.header("ratelimit"), format!("\"sync-interval\";r=0;t={after}"));
    answer.refused(429, "RATE_LIMIT_EXCEEDED");
    admin.post(&path, json!({ "force": false })).await.refused(429, "RATE_LIMIT_EXCEEDED");

    let forced = admin.post(&path, json!({ "force": true })).await.expect(202)["sync_id"].clone();
    admin.sync_until(&id, forced.as_str().unwrap(), &["SUCCESS"]).await;
    admin.post_nothing(&path).await.refused(429, "RATE_LIMIT_EXCEEDED");

    app.restart_with("HIVESYNC_LIMITS__ENABLED", "false").await;
    admin.synced_again(&id).await;
}

#[tokio::test]
async fn a_sync_is_asked_for_with_or_without_a_body() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let (id, repo) = (admin.project("p").await, Repo::of(&[("a.txt", "a\n")]));
    let path = format!("/projects/{id}/sync-repo");
    admin.post_nothing(&path).await.refused(409, "REPO_NOT_LINKED");
    admin.synced(&id, &repo).await;

    for body in [json!({}), json!(null), json!({ "force": true })] {
        let sync = admin.post(&path, body).await.expect(202)["sync_id"].clone();
        admin.sync_until(&id, sync.as_str().unwrap(), &["SUCCESS"]).await;
    }
    admin.synced_again(&id).await;
    let refused = admin.post(&path, json!({ "forced": true })).await.refused(422, "INVALID_INPUT");
    assert_eq!(refused["fields"][0]["path"], "forced");
    admin.post(&path, json!({ "force": "yes" })).await.refused(422, "INVALID_INPUT");
}

#[tokio::test]
async fn syncs_are_listed_newest_first_page_by_page() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let (id, repo) = (admin.project("p").await, Repo::of(&[("a.txt", "a\n")]));
    let mut made = vec![admin.synced(&id, &repo).await["id"].clone()];
    for _ in 0..4 {
        made.push(admin.synced_again(&id).await["id"].clone());
    }
    made.reverse();

    let mut seen = Vec::new();
    let mut next = Some(format!("/projects/{id}/syncs?limit=2"));
    while let Some(path) = next {
        let page = admin.get(&path).await.expect(200);
        seen.push(page["items"].as_array().unwrap().iter().map(|sync| sync["id"].clone()).collect::<Vec<_>>());
        assert!(page["items"].as_array().unwrap().iter().all(|sync| sync["status"] == "SUCCESS"), "{}", page.text());
        let link = page.header("link").strip_suffix(">; rel=\"next\"").and_then(|link| link.strip_prefix('<'));
        assert_eq!(link.is_some(), page["next_cursor"].is_string());
        next = link.map(str::to_owned);
    }

    assert_eq!(seen.iter().map(Vec::len).collect::<Vec<_>>(), [2, 2, 1]);
    assert_eq!(seen.concat(), made);
    let other = admin.project("other").await;
    let foreign = format!("/projects/{other}/syncs/{}", made[0].as_str().unwrap());
    admin.get(&foreign).await.refused(404, "JOB_NOT_FOUND");
}
