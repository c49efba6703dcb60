//! Push hooks: deliveries as GitHub, GitLab and Gitea send them.

use std::time::Duration;

use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::Sha256;

use super::support::{Answer, Client, Gate, Repo, TestApp, wait_until};

const NOBODYS: &str = "019a0000-0000-7000-8000-000000000000";
const SOON: Duration = Duration::from_secs(20);

/// A Git host that knows a project's secret.
struct Host {
    client: Client,
    project: String,
    secret: String,
}

impl Host {
    async fn of(app: &TestApp, owner: &Client, project: &str) -> Self {
        let answer = owner.put(&format!("/projects/{project}/hook-secret"), json!({})).await.expect(200);
        assert_eq!(answer["path"], format!("/api/v1/hooks/git/{project}"));
        assert_eq!(answer.header("cache-control"), "no-store");
        let secret = answer["secret"].as_str().unwrap().to_owned();
        Self { client: app.anonymous(), project: project.to_owned(), secret }
    }

    fn with_secret(&self, secret: &str) -> Self {
        Self { client: self.client.clone(), project: self.project.clone(), secret: secret.to_owned() }
    }

    fn signature(&self, body: &str) -> String {
        let mut mac = Hmac::<Sha256>::new_from_slice(self.secret.as_bytes()).unwrap();
        mac.update(body.as_bytes());
        mac.finalize().into_bytes().iter().fold(String::new(), |text, byte| text + &format!("{byte:02x}"))
    }

    async fn sends(&self, headers: &[(&str, &str)], body: &str) -> Answer {
        let path = format!("/hooks/git/{}", self.project);
        let mut request = self.client.request(reqwest::Method::POST, &path).body(body.to_owned());
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        self.client.send(request).await
    }

    async fn github(&self, event: &str, delivery: &str, body: &str) -> Answer {
        let signature = format!("sha256={}", self.signature(body));
        let signed = [("x-hub-signature-256", signature.as_str()), ("content-type", "application/json")];
        let named = [("x-github-event", event), ("x-github-delivery", delivery)];
        self.sends(&[signed, named].concat(), body).await
    }
}

fn pushed(branch: &str) -> String {
    let body = json!({ "ref": format!("refs/heads/{branch}"), "repository": { "default_branch": "main" } });
    body.to_string()
}

async fn head(client: &Client, project: &str) -> Value {
    client.get(&format!("/projects/{project}")).await.expect(200)["head_commit"].clone()
}

async fn stands_at(client: &Client, project: &str, commit: &str) {
    let what = format!("the mirror stands at {commit}");
    wait_until(&what, SOON, async || (head(client, project).await == commit).then_some(())).await;
}

#[tokio::test]
async fn a_push_of_each_host_leads_to_a_synchronisation() {
    let app = TestApp::start().await;
    let ada = app.user("ada").await;
    let project = ada.project("compiler").await;
    let repo = Repo::of(&[("a.txt", "a\n")]);
    ada.synced(&project, &repo).await;
    let host = Host::of(&app, &ada, &project).await;
    let body = pushed("main");
    let signature = host.signature(&body);
    let form = format!("payload={}", body.replace('{', "%7B").replace('"', "%22").replace(':', "%3A"));
    let of_form = format!("sha256={}", host.signature(&form));
    for (headers, body) in [
        ([("x-hub-signature-256", of_form.as_str()), ("x-github-event", "push")], &form),
        ([("x-gitea-signature", signature.as_str()), ("x-gitea-event", "push")], &body),
        ([("x-gitlab-token", host.secret.as_str()), ("x-gitlab-event", "Push Hook")], &body),
    ] {
        repo.write("a.txt", headers[0].0);
        let commit = repo.commit(headers[0].0);
        let answer = host.sends(&headers, body).await.expect(202);
        let sync = answer["sync_id"].as_str().unwrap();
        assert_eq!((&answer["status"], &answer["due_at"]), (&json!("PENDING"), &Value::Null));
        assert_eq!(answer.header("location"), format!("/api/v1/projects/{project}/syncs/{sync}"));
        assert_eq!(ada.sync_until(&project, sync, &["SUCCESS"]).await["commit_after"], commit);
    }
}

#[tokio::test]
async fn what_is_no_push_of_the_followed_branch_is_heard_and_leads_to_nothing() {
    let app = TestApp::start().await;
    let ada = app.user("ada").await;
    let project = ada.project("compiler").await;
    let host = Host::of(&app, &ada, &project).await;
    host.github("push", "early", &pushed("main")).await.expect(204);
    ada.synced(&project, &Repo::of(&[("a.txt", "a\n")])).await;
    host.github("ping", "1", r#"{"zen":"Design for failure."}"#).await.expect(204);
    host.github("issues", "2", "{}").await.expect(204);
    host.github("push", "3", &pushed("topic")).await.expect(204);
    host.github("push", "4", r#"{"ref":"refs/tags/main"}"#).await.expect(204);
    for body in ["", "{}", "[]", "not JSON"] {
        host.github("push", "5", body).await.refused(422, "INVALID_INPUT");
    }
    let syncs = ada.get(&format!("/projects/{project}/syncs")).await.expect(200);
    assert_eq!(syncs["items"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn whoever_does_not_know_the_secret_learns_nothing() {
    let app = TestApp::start().await;
    let ada = app.user("ada").await;
    let (project, without) = (ada.project("compiler").await, ada.project("linker").await);
    ada.synced(&project, &Repo::of(&[("a.txt", "a\n")])).await;
    let host = Host::of(&app, &ada, &project).await;
    let body = pushed("main");
    let signature = format!("sha256={}", host.with_secret("not the secret at all").signature(&body));
    let headers = [("x-hub-signature-256", signature.as_str()), ("x-github-event", "push")];
    let mut answers = Vec::new();
    for project in [&project, &without, &NOBODYS.to_owned()] {
        let forger = Host { project: project.clone(), ..host.with_secret("not the secret at all") };
        answers.push(forger.sends(&headers, &body).await);
        answers.push(forger.sends(&[("x-gitlab-token", "not the secret at all")], &body).await);
        answers.push(forger.sends(&[("x-gitlab-token", "")], &body).await);
        answers.push(forger.sends(&[("x-hub-signature-256", "sha256="), ("x-github-event", "push")], &body).await);
        answers.push(forger.sends(&[("x-github-event", "push")], &body).await);
    }
    for answer in answers {
        let mut details = answer.refused(401, "UNAUTHENTICATED");
        details.as_object_mut().unwrap().remove("request_id");
        assert_eq!(details, json!({ "reason": "invalid" }));
    }
    let signature = format!("sha256={}", host.signature(&body));
    let altered = body.replace("main", "MAIN");
    host.sends(&[("x-hub-signature-256", &signature)], &altered).await.refused(401, "UNAUTHENTICATED");
    let syncs = ada.get(&format!("/projects/{project}/syncs")).await.expect(200);
    assert_eq!(syncs["items"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn a_delivery_that_comes_twice_and_one_that_is_too_long_do_nothing() {
    let app = TestApp::start().await;
    let ada = app.user("ada").await;
    let project = ada.project("compiler").await;
    let repo = Repo::of(&[("a.txt", "a\n")]);
    ada.synced(&project, &repo).await;
    let host = Host::of(&app, &ada, &project).await;
    let first = host.github("push", "d-1", &pushed("main")).await.expect(202);
    ada.sync_until(&project, first["sync_id"].as_str().unwrap(), &["SUCCESS"]).await;
    host.github("push", "d-1", &pushed("main")).await.expect(204);
    host.github("push", "d-2", &pushed("main")).await.expect(202);
    host.github("push", "d-3", &"x".repeat((1 << 20) + 1)).await.refused(413, "PAYLOAD_TOO_LARGE");
}

#[tokio::test]
async fn pushes_within_the_interval_become_one_later_synchronisation() {
    let app = TestApp::with(&[("HIVESYNC_LIMITS__SYNC_INTERVAL_S", "3600")]).await;
    let ada = app.user("ada").await;
    let project = ada.project("compiler").await;
    let repo = Repo::of(&[("a.txt", "a\n")]);
    ada.synced(&project, &repo).await;
    let host = Host::of(&app, &ada, &project).await;
    repo.write("a.txt", "b\n");
    let commit = repo.commit("second");
    let mut due = Vec::new();
    for delivery in ["1", "2", "3"] {
        let answer = host.github("push", delivery, &pushed("main")).await.expect(202);
        assert_eq!((&answer["sync_id"], &answer["status"]), (&Value::Null, &json!("PENDING")));
        due.push(answer["due_at"].as_str().unwrap().to_owned());
    }
    due.dedup();
    assert_eq!(due.len(), 1, "{due:?}");
    // An hour later:
    app.alter("UPDATE projects SET push_due_at = 1 WHERE push_due_at > 1").await;
    stands_at(&ada, &project, &commit).await;
    let syncs = ada.get(&format!("/projects/{project}/syncs")).await.expect(200);
    assert_eq!(syncs["items"].as_array().unwrap().len(), 2);
    let due = app.rows("SELECT push_due_at FROM projects").await;
    assert_eq!(due[0]["push_due_at"], Value::Null);
}

#[tokio::test]
async fn a_push_while_a_synchronisation_looks_is_brought_by_the_next() {
    let app = TestApp::start().await;
    let ada = app.user("ada").await;
    let project = ada.project("compiler").await;
    let repo = Repo::of(&[("a.txt", "a\n")]);
    let gate = Gate::before(&repo, 64).await;
    let sync = ada.link(&project, &gate.url()).await;
    gate.holds_somebody().await;
    let host = Host::of(&app, &ada, &project).await;
    let answer = host.github("push", "1", &pushed("main")).await.expect(202);
    assert!(answer["sync_id"].is_null() && answer["due_at"].is_string(), "{}", answer.text());
    repo.write("a.txt", "b\n");
    let commit = repo.commit("second");
    gate.open();
    ada.sync_until(&project, &sync, &["SUCCESS"]).await;
    stands_at(&ada, &project, &commit).await;
    wait_until("a second synchronisation", SOON, async || {
        let syncs = ada.get(&format!("/projects/{project}/syncs")).await.expect(200);
        let syncs = syncs["items"].as_array().unwrap();
        (syncs.len() == 2 && syncs.iter().all(|sync| sync["status"] == "SUCCESS")).then_some(())
    })
    .await;
}

#[tokio::test]
async fn a_secret_is_shown_once_sealed_at_rest_and_void_when_another_is_set() {
    let mut app = TestApp::start().await;
    let ada = app.user("ada").await;
    let project = ada.project("compiler").await;
    let path = format!("/projects/{project}/hook-secret");
    assert_eq!(ada.get(&format!("/projects/{project}")).await.expect(200)["hook_secret_set"], false);
    let made = Host::of(&app, &ada, &project).await;
    assert!(made.secret.len() >= 43, "256 bits in base64");
    let seen = ada.get(&format!("/projects/{project}")).await.expect(200);
    assert_eq!(seen["hook_secret_set"], true);
    assert!(!seen.text().contains(&made.secret));
    made.github("ping", "1", "{}").await.expect(204);

    let given = made.with_secret("sixteen-letters!");
    let body = json!({ "secret": given.secret });
    assert_eq!(ada.put(&path, body).await.expect(200)["secret"], given.secret);
    made.github("ping", "2", "{}").await.refused(401, "UNAUTHENTICATED");
    given.github("ping", "3", "{}").await.expect(204);
    for bad in ["", "fifteen-letters", "with a space in it", "in-two\nlines-of-text", &"x".repeat(257)] {
        let details = ada.put(&path, json!({ "secret": bad })).await.refused(422, "INVALID_INPUT");
        assert_eq!(details["fields"][0]["path"], "secret", "{bad:?}");
    }
    let rows = app.rows("SELECT hook_secret FROM projects").await;
    assert!(rows[0]["hook_secret"].as_str().unwrap().starts_with("v1.t1."), "{rows:?}");
    for secret in [&made.secret, &given.secret] {
        assert!(!json!(rows).to_string().contains(secret.as_str()) && !app.log().contains(secret.as_str()));
    }
    // With a new key in front the old one still opens what it sealed.
    let newer = "t2:9d518e2fc640ab95f1387d6e02c4b14be7150f0a9d3c62f8871e5b9c24d06a73";
    app.restart_with("HIVESYNC_SECRETS__KEYS", &format!("{newer},{}", super::support::KEYS)).await;
    given.github("ping", "4", "{}").await.expect(204);
}
