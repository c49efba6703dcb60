//! Scheduled synchronisations: driven by rows, rarer while the remote is dead, told when it matters.

use std::time::Duration;

use serde_json::{Value, json};

use super::support::{Client, Repo, TestApp, wait_until};

const SOON: Duration = Duration::from_secs(20);
const INTERVAL: i64 = 300;

/// The time comes.
async fn comes(app: &TestApp) {
    app.alter("UPDATE projects SET sync_due_at = 1 WHERE sync_due_at IS NOT NULL").await;
}

async fn row(app: &TestApp) -> Value {
    let columns = "sync_interval_s, sync_due_at, sync_failures, updated_at, last_synced_at";
    app.rows(&format!("SELECT {columns} FROM projects")).await.remove(0)
}

async fn statuses(client: &Client, project: &str) -> Vec<String> {
    let syncs = client.get(&format!("/projects/{project}/syncs")).await.expect(200);
    syncs["items"].as_array().unwrap().iter().map(|sync| sync["status"].as_str().unwrap().to_owned()).collect()
}

/// Waits until so many synchronisations have ended.
async fn ended(client: &Client, project: &str, count: usize) {
    wait_until("the synchronisations", SOON, async || {
        let statuses = statuses(client, project).await;
        let over = statuses.iter().filter(|status| ["SUCCESS", "FAILED"].contains(&status.as_str())).count();
        (over == count && statuses.len() == count).then_some(())
    })
    .await;
}

async fn told(client: &Client) -> Vec<String> {
    let list = client.get("/notifications").await.expect(200);
    list["items"].as_array().unwrap().iter().map(|item| item["type"].as_str().unwrap().to_owned()).collect()
}

/// Every event has been told to whom it concerns.
async fn all_told(app: &TestApp) {
    let waiting = "SELECT id FROM events WHERE sequenced = false";
    wait_until("the sequencer", SOON, async || app.rows(waiting).await.is_empty().then_some(())).await;
}

#[tokio::test]
async fn an_interval_is_set_read_and_taken_away() {
    let app = TestApp::start().await;
    let ada = app.user("ada").await;
    let project = ada.project("compiler").await;
    let path = format!("/projects/{project}");
    let interval = async |body: Value| ada.patch(&path, body).await.expect(200)["sync_interval_s"].clone();
    assert_eq!(interval(json!({ "sync_interval_s": 300 })).await, 300);
    assert_eq!(interval(json!({ "name": "linker" })).await, 300);
    assert_eq!(interval(json!({ "sync_interval_s": null })).await, Value::Null);
    assert_eq!(row(&app).await["sync_due_at"], Value::Null);
    for bad in [json!(299), json!(0), json!(-1), json!(2_592_001), json!(i64::MAX), json!(300.5), json!("300")] {
        let details = ada.patch(&path, json!({ "sync_interval_s": bad })).await.refused(422, "INVALID_INPUT");
        assert_eq!(details["fields"][0]["path"], "sync_interval_s", "{bad}");
    }
}

#[tokio::test]
async fn what_is_due_is_synchronised_quietly_even_after_a_restart() {
    let mut app = TestApp::start().await;
    let ada = app.user("ada").await;
    let project = ada.project("compiler").await;
    let repo = Repo::of(&[("a.txt", "a\n")]);
    ada.synced(&project, &repo).await;
    all_told(&app).await;
    let before = told(&ada).await;
    assert_eq!(before.len(), 2);
    ada.patch(&format!("/projects/{project}"), json!({ "sync_interval_s": INTERVAL })).await.expect(200);

    app.terminate().await;
    comes(&app).await;
    app.restart().await;
    ended(&ada, &project, 2).await;
    all_told(&app).await;
    assert_eq!(told(&ada).await, before, "nothing was new, so nobody is told");
    let after = row(&app).await;
    let pause = after["sync_due_at"].as_i64().unwrap() - after["last_synced_at"].as_i64().unwrap();
    assert!((INTERVAL * 1_000_000..INTERVAL * 1_010_000).contains(&pause), "{after}");

    repo.write("a.txt", "b\n");
    let commit = repo.commit("second");
    comes(&app).await;
    ended(&ada, &project, 3).await;
    all_told(&app).await;
    assert_eq!(told(&ada).await[0], "repo_sync_success");
    assert_eq!(told(&ada).await.len(), 3);
    assert_eq!(ada.get(&format!("/projects/{project}")).await.expect(200)["head_commit"], commit);
}

#[tokio::test]
async fn a_dead_remote_is_asked_more_and_more_rarely_and_told_of_once() {
    let app = TestApp::start().await;
    let ada = app.user("ada").await;
    let project = ada.project("compiler").await;
    let repo = Repo::of(&[("a.txt", "a\n")]);
    ada.synced(&project, &repo).await;
    ada.patch(&format!("/projects/{project}"), json!({ "sync_interval_s": INTERVAL })).await.expect(200);
    repo.git(["branch", "--move", "main", "elsewhere"]);
    repo.git(["symbolic-ref", "HEAD", "refs/heads/nowhere"]);
    app.alter("UPDATE projects SET branch = 'main'").await;
    for failures in 1..=4_u32 {
        let asked = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
        comes(&app).await;
        ended(&ada, &project, 1 + failures as usize).await;
        let row = row(&app).await;
        assert_eq!(row["sync_failures"], failures);
        let pause = row["sync_due_at"].as_i64().unwrap() / 1_000_000 - i64::try_from(asked.as_secs()).unwrap();
        let least = INTERVAL << failures;
        assert!((least..least + 30).contains(&pause), "{pause} s after {failures} failures");
        all_told(&app).await;
        let failed = told(&ada).await.iter().filter(|kind| *kind == "repo_sync_failed").count();
        assert_eq!(failed, usize::from(failures >= 3), "after {failures} failures");
    }

    repo.git(["branch", "--move", "elsewhere", "main"]);
    ada.synced_again(&project).await;
    let row = row(&app).await;
    assert_eq!(row["sync_failures"], 0);
    let pause = row["sync_due_at"].as_i64().unwrap() - row["last_synced_at"].as_i64().unwrap();
    assert!(pause < INTERVAL * 1_010_000, "{row}");
}

#[tokio::test]
async fn people_hosts_and_the_clock_at_once_never_stand_in_one_anothers_way() {
    let app = TestApp::start().await;
    let (ada, bob, host) = (app.user("ada").await, app.user("bob").await, app.anonymous());
    let repo = Repo::of(&[("a.txt", "a\n")]);
    let project = ada.project("compiler").await;
    ada.synced(&project, &repo).await;
    let of = |what: &str| format!("/projects/{project}/{what}");
    let secret = ada.put(&of("hook-secret"), json!({})).await.expect(200)["secret"].as_str().unwrap().to_owned();
    let (member, path) = (of(&format!("members/{}", bob.user_id())), format!("/projects/{project}"));
    for round in 0..25 {
        let push = host.request(reqwest::Method::POST, &format!("/hooks/git/{project}"));
        let push = push.header("x-gitlab-token", &secret).header("x-gitlab-event", "Push Hook");
        let push = host.send(push.body(json!({ "ref": "refs/heads/main" }).to_string()));
        let role = if round % 2 == 0 { "viewer" } else { "maintainer" };
        let (link, interval) = (json!({ "repo_url": repo.url() }), json!({ "sync_interval_s": INTERVAL }));
        let (link_path, sync_path) = (of("link-repo"), of("sync-repo"));
        let (appointed, linked, asked, changed, pushed, _) = tokio::join!(
            ada.put(&member, json!({ "role": role })),
            ada.post(&link_path, link),
            ada.post_nothing(&sync_path),
            ada.patch(&path, interval),
            push,
            app.alter("UPDATE projects SET sync_due_at = 1, push_due_at = 1"),
        );
        for answer in [appointed, linked, asked, changed, pushed] {
            assert!(answer.status.is_success(), "{} {}", answer.status, answer.text());
        }
    }
    wait_until("every synchronisation has ended", SOON, async || {
        statuses(&ada, &project).await.iter().all(|status| status == "SUCCESS").then_some(())
    })
    .await;
    ada.delete(&path).await.expect(204);
}
