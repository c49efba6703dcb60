//! Private repositories: over https with a token, over ssh with a deploy key; tried, kept sealed, changed, forgotten.

use serde_json::{Value, json};

use super::support::{Client, HttpsRemote, Repo, Sshd, TestApp};

const TOKEN: &str = "ghp_4f7Qp2xNc81RtZ";

/// A service that trusts the remote's certificate.
async fn trusting(remote: &HttpsRemote) -> TestApp {
    TestApp::with(&[("HIVESYNC_GIT__CA_FILE", remote.ca_file().to_str().unwrap())]).await
}

/// A remote that wants `joe` and the token.
fn private(repo: &Repo) -> (HttpsRemote, String) {
    let remote = HttpsRemote::serving(repo.path());
    remote.require("joe", TOKEN);
    let url = remote.url(".git");
    (remote, url)
}

fn token(token: &str) -> Value {
    json!({ "type": "https_token", "username": "joe", "token": token })
}

async fn fails(client: &Client, id: &str, sync: &str) -> Value {
    let failed = client.sync_until(id, sync, &["FAILED"]).await;
    assert_eq!(failed["error"], "REPO_AUTH_FAILED", "{failed:#}");
    failed
}

async fn credentials(client: &Client, id: &str) -> Vec<Value> {
    let listed = client.get(&format!("/projects/{id}/credential")).await.expect(200);
    listed["items"].as_array().unwrap().clone()
}

#[tokio::test]
async fn a_token_opens_a_private_repository_and_is_nowhere_to_be_read() {
    let repo = Repo::of(&[("a.txt", "a\n")]);
    let (remote, url) = private(&repo);
    let app = trusting(&remote).await;
    let admin = app.admin().await;
    let id = admin.project("p").await;
    let link = format!("/projects/{id}/link-repo");

    let sync = admin.link(&id, &url).await;
    fails(&admin, &id, &sync).await;
    let wrong = json!({ "repo_url": url, "credential": token("wrong") });
    let refused = admin.post(&link, wrong).await.refused(422, "INVALID_INPUT");
    assert_eq!(refused["fields"][0]["path"], "credential.token");

    let accepted = admin.post(&link, json!({ "repo_url": url, "credential": token(TOKEN) })).await.expect(202);
    admin.sync_until(&id, accepted["sync_id"].as_str().unwrap(), &["SUCCESS"]).await;

    let shown = credentials(&admin, &id).await;
    assert_eq!((&shown[0]["type"], &shown[0]["username"]), (&json!("https_token"), &json!("joe")));
    assert_eq!(shown[0]["origin"], remote.origin());
    let rows = app.rows("SELECT * FROM repo_credentials").await;
    let places = [format!("{rows:?}"), format!("{shown:?}"), format!("{accepted:?}"), app.log()];
    assert!(!places.iter().any(|place| place.contains(TOKEN)), "the token is shown");
}

#[tokio::test]
async fn a_new_token_is_kept_only_if_it_opens_the_repository_and_leaves_the_rest_alone() {
    let repo = Repo::of(&[("a.txt", "a\n")]);
    let (remote, url) = private(&repo);
    let app = trusting(&remote).await;
    let admin = app.admin().await;
    let id = admin.project("p").await;
    let accepted = json!({ "repo_url": url, "credential": token(TOKEN) });
    let accepted = admin.post(&format!("/projects/{id}/link-repo"), accepted).await.expect(202);
    admin.sync_until(&id, accepted["sync_id"].as_str().unwrap(), &["SUCCESS"]).await;
    let before = admin.get(&format!("/projects/{id}")).await.expect(200).json;

    remote.require("joe", "ghp_another");
    let path = format!("/projects/{id}/credential");
    let refused = admin.put(&path, token(TOKEN)).await.refused(422, "INVALID_INPUT");
    assert_eq!(refused["fields"][0]["path"], "token");
    let tested = admin.post_nothing(&format!("{path}/test")).await.expect(200);
    assert_eq!((&tested["ok"], &tested["error"]), (&json!(false), &json!("REPO_AUTH_FAILED")));

    admin.put(&path, token("ghp_another")).await.expect(200);
    let tested = admin.post_nothing(&format!("{path}/test")).await.expect(200);
    assert_eq!((&tested["ok"], &tested["default_branch"]), (&json!(true), &json!("main")));
    assert_eq!(admin.get(&format!("/projects/{id}")).await.expect(200).json, before);
    admin.synced_again(&id).await;

    admin.delete(&path).await.expect(204);
    assert!(credentials(&admin, &id).await.is_empty());
    fails(&admin, &id, &admin.sync(&id).await).await;
}

#[tokio::test]
async fn a_deploy_key_is_made_and_the_hosts_first_key_is_kept() {
    let repo = Repo::of(&[("a.txt", "a\n")]);
    let mut host = Sshd::start();
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let id = admin.project("p").await;

    let link = json!({ "repo_url": host.url(repo.path()) });
    let accepted = admin.post(&format!("/projects/{id}/link-repo"), link).await.expect(202);
    let key = accepted["credential"]["public_key"].as_str().unwrap().to_owned();
    assert!(key.starts_with("ssh-ed25519 "), "{key}");
    fails(&admin, &id, accepted["sync_id"].as_str().unwrap()).await;
    host.authorize(&key);
    admin.synced_again(&id).await;
    let pinned = credentials(&admin, &id).await[0]["host_keys"].clone();
    assert!(pinned[0]["fingerprint"].as_str().unwrap().starts_with("SHA256:"), "{pinned}");

    host.change_host_key();
    let failed = fails(&admin, &id, &admin.sync(&id).await).await;
    assert!(failed["error_message"].as_str().unwrap().contains("host key"), "{failed}");
    let test = format!("/projects/{id}/credential/test");
    assert_eq!(admin.post_nothing(&test).await.expect(200)["ok"], false);
    let trusted = admin.post(&test, json!({ "trust_host_keys": true })).await.expect(200);
    assert_eq!(trusted["ok"], true, "{:#}", trusted.json);
    admin.synced_again(&id).await;
    assert_ne!(credentials(&admin, &id).await[0]["host_keys"], pinned);
}

#[tokio::test]
async fn a_new_deploy_key_waits_until_the_host_knows_it() {
    let repo = Repo::of(&[("a.txt", "a\n")]);
    let host = Sshd::start();
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let id = admin.project("p").await;
    let path = format!("/projects/{id}/credential");

    let known = json!({ "type": "ssh_key", "known_hosts": host.known_host() });
    let first = admin.put(&path, known).await.expect(200);
    assert_eq!((&first["slot"], &first["origin"]), (&json!("current"), &Value::Null));
    host.authorize(first["public_key"].as_str().unwrap());
    let sync = admin.link(&id, &host.url(repo.path())).await;
    admin.sync_until(&id, &sync, &["SUCCESS"]).await;

    let second = admin.put(&path, json!({ "type": "ssh_key" })).await.expect(200);
    assert_eq!(second["slot"], "pending");
    assert_eq!(admin.post_nothing(&format!("{path}/test")).await.expect(200)["ok"], false);
    admin.synced_again(&id).await;

    host.authorize(second["public_key"].as_str().unwrap());
    assert_eq!(admin.post_nothing(&format!("{path}/test")).await.expect(200)["ok"], true);
    let kept = credentials(&admin, &id).await;
    assert_eq!(kept.len(), 1, "{kept:#?}");
    assert_eq!((&kept[0]["slot"], &kept[0]["public_key"]), (&json!("current"), &second["public_key"]));
    admin.synced_again(&id).await;
}

#[tokio::test]
async fn a_link_to_another_host_does_not_give_the_token_away() {
    let repo = Repo::of(&[("a.txt", "a\n")]);
    let (remote, url) = private(&repo);
    let app = trusting(&remote).await;
    let admin = app.admin().await;
    let id = admin.project("p").await;
    let link = json!({ "repo_url": url, "credential": token(TOKEN) });
    let accepted = admin.post(&format!("/projects/{id}/link-repo"), link).await.expect(202);
    admin.sync_until(&id, accepted["sync_id"].as_str().unwrap(), &["SUCCESS"]).await;

    let other = url.replace("127.0.0.1", "localhost");
    let before = remote.requests().len();
    let sync = admin.link(&id, &other).await;
    fails(&admin, &id, &sync).await;

    let requests = remote.requests();
    let asked = requests.iter().skip(before);
    assert!(asked.clone().count() > 0 && asked.clone().all(|asked| !asked.headers.contains_key("authorization")));
    assert!(credentials(&admin, &id).await.is_empty());
}

#[tokio::test]
async fn the_address_that_a_host_redirects_to_with_git_at_its_end_is_kept() {
    let repo = Repo::of(&[("a.txt", "a\n")]);
    repo.git(["clone", "--quiet", "--bare", ".", "p.git"]);
    let remote = HttpsRemote::serving(repo.path());
    remote.redirect("/p", remote.url("p.git"));
    let app = trusting(&remote).await;
    let admin = app.admin().await;
    let id = admin.project("p").await;

    let sync = admin.link(&id, &remote.url("p")).await;
    admin.sync_until(&id, &sync, &["SUCCESS"]).await;
    assert_eq!(admin.get(&format!("/projects/{id}")).await.expect(200)["repo_url"], remote.url("p.git"));

    let before = remote.requests().len();
    admin.synced_again(&id).await;
    assert!(remote.requests().iter().skip(before).all(|asked| asked.path.starts_with("/p.git/")));
}

#[tokio::test]
async fn a_credential_that_does_not_fit_the_address_is_refused() {
    let repo = Repo::of(&[("a.txt", "a\n")]);
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let id = admin.project("p").await;
    let link = |url: &str, credential: Value| json!({ "repo_url": url, "credential": credential });
    let path = format!("/projects/{id}/link-repo");
    for (url, credential, field) in [
        (repo.url().as_str(), token(TOKEN), "credential.type"),
        ("ssh://git@127.0.0.1/x", token(TOKEN), "credential.type"),
        ("https://127.0.0.1/x", json!({ "type": "ssh_key" }), "credential.type"),
        ("https://127.0.0.1/x", token("with\nline"), "credential.token"),
        (
            "https://127.0.0.1/x",
            json!({ "type": "https_token", "username": "a:b", "token": "t" }),
            "credential.username",
        ),
        ("ssh://git@127.0.0.1/x", json!({ "type": "ssh_key", "known_hosts": "nonsense" }), "credential.known_hosts"),
    ] {
        let refused = admin.post(&path, link(url, credential)).await.refused(422, "INVALID_INPUT");
        assert_eq!(refused["fields"][0]["path"], field);
    }
    admin.post_nothing(&format!("/projects/{id}/credential/test")).await.refused(409, "REPO_NOT_LINKED");
}
