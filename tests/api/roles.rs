//! Who may do what: every route of the description that has a project, for everybody there is.

use std::collections::BTreeSet;

use reqwest::Method;
use serde_json::{Value, json};

use super::support::{Answer, Client, Repo, TestApp};

const NOBODYS: &str = "019a0000-0000-7000-8000-000000000000";

/// What one must be at least.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Least {
    Viewer,
    Maintainer,
    Owner,
}
use Least::{Maintainer, Owner, Viewer};

/// A route, what it asks for, what it is sent, and what it answers to those who may.
struct Row {
    route: &'static str,
    least: Least,
    body: Value,
    allowed: u16,
}

/// The contract's table, route by route. What ends the project stands last.
fn matrix(repo: &Repo) -> Vec<Row> {
    let row = |route, least, body, allowed| Row { route, least, body, allowed };
    vec![
        row("get /projects/{id}", Viewer, Value::Null, 200),
        row("get /projects/{id}/members", Viewer, Value::Null, 200),
        row("get /projects/{id}/members/{user_id}", Viewer, Value::Null, 404),
        row("get /projects/{id}/syncs", Viewer, Value::Null, 200),
        row("get /projects/{id}/syncs/{sync_id}", Viewer, Value::Null, 404),
        row("get /projects/{id}/manifest", Viewer, Value::Null, 200),
        row("get /projects/{id}/manifest/diff", Viewer, Value::Null, 200),
        row("get /projects/{id}/files", Viewer, Value::Null, 200),
        row("get /projects/{id}/files/{path}", Viewer, Value::Null, 200),
        row("get /projects/{id}/search", Viewer, Value::Null, 200),
        row("get /projects/{id}/symbols/at", Viewer, Value::Null, 404),
        row("patch /projects/{id}", Maintainer, json!({ "description": "" }), 200),
        row("post /projects/{id}/sync-repo", Maintainer, json!({}), 202),
        row("post /projects/{id}/syncs/{sync_id}/cancel", Maintainer, Value::Null, 404),
        row("post /projects/{id}/syncs/{sync_id}/release", Maintainer, Value::Null, 404),
        row("put /projects/{id}/members/{user_id}", Owner, json!({ "role": "viewer" }), 404),
        row("delete /projects/{id}/members/{user_id}", Owner, Value::Null, 404),
        row("get /projects/{id}/invitations", Owner, Value::Null, 200),
        row("post /projects/{id}/invitations", Owner, json!({ "role": "viewer" }), 201),
        row("delete /projects/{id}/invitations/{invitation_id}", Owner, Value::Null, 404),
        row("put /projects/{id}/hook-secret", Owner, json!({}), 200),
        row("get /projects/{id}/credential", Owner, Value::Null, 200),
        row("put /projects/{id}/credential", Owner, json!({ "type": "ssh_key" }), 422),
        row("post /projects/{id}/credential/test", Owner, json!({}), 200),
        row("delete /projects/{id}/credential", Owner, Value::Null, 204),
        row("post /projects/{id}/link-repo", Owner, json!({ "repo_url": repo.url() }), 202),
        row("delete /projects/{id}", Owner, Value::Null, 204),
    ]
}

async fn asked(client: &Client, project: &str, row: &Row) -> Answer {
    let (method, route) = row.route.split_once(' ').unwrap();
    let path = route.replace("{id}", project).replace("{path}", "src/main.rs");
    let path = path.replace("/search", "/search?q=a").replace("/diff", "/diff?from=1");
    let path = path.replace("/at", "/at?path=src/main.rs&line=1&column=1");
    let path = path.split('/').map(|part| if part.starts_with('{') { NOBODYS } else { part }).collect::<Vec<_>>();
    let request = client.request(Method::from_bytes(method.to_uppercase().as_bytes()).unwrap(), &path.join("/"));
    client.send(if row.body.is_null() { request } else { request.json(&row.body) }).await
}

/// Whoever may is answered as the table says; who belongs to the project and may not is told so.
async fn judged(client: &Client, project: &str, row: &Row, role: Least) {
    let answer = asked(client, project, row).await;
    if role < row.least {
        answer.refused(403, "FORBIDDEN");
        return;
    }
    let answer = answer.expect(row.allowed);
    // What is not there is something in the project, not the project.
    assert_ne!(answer.json["error"]["code"], "PROJECT_NOT_FOUND", "{role:?} {}", row.route);
}

/// A synchronised project of `ada`'s, with a maintainer and a viewer.
async fn project_of_three(ada: &Client, max: &Client, vera: &Client, repo: &Repo) -> String {
    let project = ada.project("compiler").await;
    ada.synced(&project, repo).await;
    for (member, role) in [(max, "maintainer"), (vera, "viewer")] {
        let path = format!("/projects/{project}/members/{}", member.user_id());
        ada.put(&path, json!({ "role": role })).await.expect(201);
    }
    project
}

#[tokio::test]
async fn every_route_of_a_project_asks_for_the_role_of_the_contracts_table() {
    let app = TestApp::start().await;
    let (ada, max, vera) = (app.user("ada").await, app.user("max").await, app.user("vera").await);
    let repo = Repo::of(&[("src/main.rs", "fn main() {}\n")]);
    let project = project_of_three(&ada, &max, &vera, &repo).await;
    for row in matrix(&repo) {
        judged(&vera, &project, &row, Viewer).await;
        judged(&max, &project, &row, Maintainer).await;
        judged(&ada, &project, &row, Owner).await;
    }
    asked(&ada, &project, &matrix(&repo)[0]).await.refused(404, "PROJECT_NOT_FOUND");
}

#[tokio::test]
async fn a_strangers_project_is_not_there_on_any_route() {
    let app = TestApp::start().await;
    let (ada, max, vera) = (app.user("ada").await, app.user("max").await, app.user("vera").await);
    let repo = Repo::of(&[("src/main.rs", "fn main() {}\n")]);
    let project = project_of_three(&ada, &max, &vera, &repo).await;
    let (bob, admin) = (app.user("bob").await, app.admin().await);
    // One was removed, one left; both are strangers at once.
    ada.delete(&format!("/projects/{project}/members/{}", max.user_id())).await.expect(204);
    vera.delete(&format!("/projects/{project}/members/{}", vera.user_id())).await.expect(204);
    for row in matrix(&repo) {
        for stranger in [&bob, &admin, &max, &vera] {
            asked(stranger, &project, &row).await.refused(404, "PROJECT_NOT_FOUND");
        }
        asked(&app.anonymous(), &project, &row).await.refused(401, "UNAUTHENTICATED");
        asked(&ada, NOBODYS, &row).await.refused(404, "PROJECT_NOT_FOUND");
    }
    assert_eq!(bob.get("/projects").await.expect(200)["items"], json!([]));
    assert_eq!(ada.get(&format!("/projects/{project}")).await.expect(200)["name"], "compiler");
}

#[tokio::test]
async fn the_table_names_every_route_that_has_a_project_and_no_other() {
    let app = TestApp::start().await;
    let description = app.anonymous().get("/api/v1/openapi.json").await.expect(200);
    let mut described = BTreeSet::new();
    for (path, item) in description["paths"].as_object().unwrap() {
        let Some(path) = path.strip_prefix("/api/v1").filter(|path| path.starts_with("/projects/{")) else { continue };
        described.extend(item.as_object().unwrap().keys().map(|method| format!("{method} {path}")));
    }
    let repo = Repo::empty();
    let judged: BTreeSet<_> = matrix(&repo).iter().map(|row| row.route.to_owned()).collect();
    assert_eq!(described, judged, "say in the matrix who may use a new route");
}
