//! What leads from one version of a manifest to another, over HTTP.

use reqwest::Method;
use serde_json::{Value, json};

use super::{
    manifests::path_of,
    support::{Client, Repo, TestApp},
};

fn paths(list: &Value) -> Vec<String> {
    let list = list.as_array().unwrap().iter();
    list.map(|file| String::from_utf8_lossy(&path_of(file)).into_owned()).collect()
}

/// `from -> to` of each pair, by path and, where it has one, descriptor.
fn pairs(list: &Value) -> Vec<String> {
    let name = |side: &Value| match side["descriptor"].as_str() {
        Some(descriptor) => format!("{}#{descriptor}", String::from_utf8_lossy(&path_of(side))),
        None => String::from_utf8_lossy(&path_of(side)).into_owned(),
    };
    let list = list.as_array().unwrap().iter();
    list.map(|pair| format!("{} -> {}", name(&pair["from"]), name(&pair["to"]))).collect()
}

/// A project with two versions of its manifest.
async fn changed(client: &Client) -> (String, Repo) {
    let repo = Repo::of(&[
        ("keep.rs", "fn keep() {}\n"),
        ("edit.rs", "fn same() {}\nfn edit() { 1 }\nfn wander() { 2 }\n"),
        ("gone.rs", "fn gone() {}\n"),
        ("old/name.txt", "a text that stays the same\n"),
    ]);
    let id = client.project("p").await;
    client.synced(&id, &repo).await;
    repo.write("edit.rs", "fn same() {}\nfn edit() { 3 }\n");
    repo.write("come.rs", "fn wander() { 2 }\n");
    repo.remove("gone.rs");
    repo.git(["mv", "old/name.txt", "name.txt"]);
    repo.commit("second");
    client.synced_again(&id).await;
    (id, repo)
}

#[tokio::test]
async fn two_versions_are_compared_by_file_and_by_symbol() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let (id, repo) = changed(&admin).await;

    let diff = admin.get(&format!("/projects/{id}/manifest/diff?from=1")).await.expect(200);

    assert_eq!((&diff["from"]["version"], &diff["to"]["version"]), (&json!(1), &json!(2)));
    assert_eq!(diff["to"]["commit"], repo.head());
    let files = &diff["files"];
    assert_eq!((paths(&files["added"]), paths(&files["removed"])), (vec!["come.rs".into()], vec!["gone.rs".into()]));
    assert_eq!(pairs(&files["changed"]), ["edit.rs -> edit.rs"]);
    assert_eq!(files["changed"][0]["to"]["blob_id"], repo.git(["rev-parse", "HEAD:edit.rs"]));
    assert_eq!(pairs(&files["renamed"]), ["old/name.txt -> name.txt"]);
    assert_eq!(files["renamed"][0]["similarity"], 100);
    assert_eq!(files["counts"], json!({ "added": 1, "removed": 1, "changed": 1, "renamed": 1 }));
    let symbols = &diff["symbols"];
    assert_eq!(pairs(&symbols["changed"]), ["edit.rs#edit -> edit.rs#edit"]);
    assert_eq!(pairs(&symbols["moved"]), ["edit.rs#wander -> come.rs#wander"]);
    assert_eq!(paths(&symbols["removed"]), ["gone.rs"]);
    assert_eq!(symbols["counts"], json!({ "added": 0, "removed": 1, "changed": 1, "moved": 1 }));
    assert_eq!(diff["truncated"], false);

    let back = admin.get(&format!("/projects/{id}/manifest/diff?from=2&to=1")).await.expect(200);
    assert_eq!(paths(&back["files"]["added"]), ["gone.rs"]);
    assert_eq!(pairs(&back["files"]["renamed"]), ["name.txt -> old/name.txt"]);
    let none = admin.get(&format!("/projects/{id}/manifest/diff?from=2&to=2")).await.expect(200);
    assert_eq!(none["files"]["counts"], json!({ "added": 0, "removed": 0, "changed": 0, "renamed": 0 }));
}

#[tokio::test]
async fn a_difference_that_is_known_is_not_sent_again_and_no_other_is_taken_for_it() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let (id, repo) = changed(&admin).await;
    let path = format!("/projects/{id}/manifest/diff");
    let tag = async |query: &str| admin.get(&format!("{path}?{query}")).await.expect(200).header("etag").to_owned();
    let known = tag("from=1").await;
    assert_eq!(tag("from=1&to=2").await, known);
    for other in ["from=2&to=1", "from=1&to=1", "from=2"] {
        assert_ne!(tag(other).await, known, "{other}");
    }
    let again = async || {
        admin.send(admin.request(Method::GET, &format!("{path}?from=1")).header("if-none-match", &known)).await
    };
    assert!(again().await.expect(304).body.is_empty());
    repo.write("more.rs", "fn more() {}\n");
    repo.commit("third");
    admin.synced_again(&id).await;
    assert_eq!(again().await.expect(200)["files"]["counts"]["added"], 2);
}

#[tokio::test]
async fn a_difference_between_what_is_not_there_is_refused() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let id = admin.project("p").await;
    let path = format!("/projects/{id}/manifest/diff");
    admin.get(&format!("{path}?from=1")).await.refused(409, "REPO_NOT_LINKED");
    admin.synced(&id, &Repo::of(&[("a.rs", "fn a() {}\n")])).await;
    admin.get(&path).await.refused(422, "MISSING_FIELD");
    for query in ["from=0", "from=2", "from=-1", "from=1&to=2", "from=1&to=0"] {
        admin.get(&format!("{path}?{query}")).await.refused(404, "MANIFEST_NOT_FOUND");
    }
    for query in ["from=a", "from=1&to=b", "from=99999999999", "from=1&unknown=1"] {
        admin.get(&format!("{path}?{query}")).await.refused(422, "INVALID_INPUT");
    }
    let stranger = app.user("stranger").await;
    stranger.get(&format!("{path}?from=1")).await.refused(404, "PROJECT_NOT_FOUND");
}
