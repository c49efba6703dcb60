//! Renames as proposals: asked for, computed, looked at, cancelled; and who may.

use serde_json::{Value, json};

use super::support::{Client, Repo, TestApp, wait_until};

const NOBODYS: &str = "019a0000-0000-7000-8000-000000000000";

/// A little Python, and one file in no language.
pub(crate) fn code() -> Repo {
    Repo::of(&[
        ("pkg/__init__.py", ""),
        ("pkg/core.py", "def load(path):\n    return path\n\n\ndef other():\n    return load('x')\n"),
        ("main.py", "from pkg.core import load\n\nprint(load('y'))\n"),
        ("notes.txt", "load is called by main\n"),
    ])
}

/// A project with a mirror of it.
pub(crate) async fn python(client: &Client) -> (String, Repo) {
    let repo = code();
    let project = client.project("p").await;
    client.synced(&project, &repo).await;
    (project, repo)
}

#[tokio::test]
async fn a_proposal_says_what_would_change_and_changes_nothing() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let (project, repo) = python(&admin).await;

    let done = admin.renamed(&project, "pkg/core.py:1:5", "read", "SUCCESS").await;

    assert_eq!((&done["verdict"], &done["error"]), (&json!("SAFE"), &Value::Null), "{done:#}");
    let proposal = &done["proposal"];
    assert_eq!((&proposal["verdict"], &proposal["base_commit"]), (&json!("SAFE"), &json!(repo.head())));
    assert_eq!(proposal["manifest"]["version"], 1);
    let paths: Vec<_> = proposal["files"].as_array().unwrap().iter().map(|file| file["path"].clone()).collect();
    assert_eq!(paths, ["main.py", "pkg/core.py"]);
    assert_eq!(done["counts"]["edits"], 4);
    assert_eq!(proposal["mentions"][0]["path"], "notes.txt");
    assert_eq!(admin.file(&project, "main.py").await, "from pkg.core import load\n\nprint(load('y'))\n");
    let told = wait_until("the proposal is told", std::time::Duration::from_secs(20), async || {
        let told = admin.get("/notifications").await.expect(200).json["items"].as_array().unwrap().clone();
        told.into_iter().find(|told| told["type"] == "refactor_ready")
    });
    let told = told.await;
    assert_eq!((&told["job_id"], &told["payload"]["refactor_id"]), (&done["id"], &done["id"]));
    assert_eq!(told["payload"], json!({ "refactor_id": done["id"], "status": "SUCCESS", "verdict": "SAFE" }));
}

#[tokio::test]
async fn the_patch_is_taken_by_git() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let (project, repo) = python(&admin).await;
    let done = admin.renamed(&project, "main.py:1:22", "read", "SUCCESS").await;

    let path = format!("/refactor/jobs/{}/patch", done["id"].as_str().unwrap());
    let diff = admin.get(&path).await.expect(200);

    assert_eq!(diff.header("content-type"), "text/x-patch; charset=utf-8");
    assert_eq!(diff.text(), done["proposal"]["patch"].as_str().unwrap());
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), &diff.body).unwrap();
    repo.git(["apply", "--check", file.path().to_str().unwrap()]);
    repo.git(["apply", file.path().to_str().unwrap()]);
    let changed = std::fs::read_to_string(repo.path().join("main.py")).unwrap();
    assert_eq!(changed, "from pkg.core import read\n\nprint(read('y'))\n");
    let tag = diff.header("etag").to_owned();
    let again = admin.request(reqwest::Method::GET, &path).header("If-None-Match", tag);
    assert!(admin.send(again).await.expect(304).body.is_empty());
}

#[tokio::test]
async fn what_cannot_be_answered_fails_with_the_code_of_the_contract() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let (project, _repo) = python(&admin).await;

    for (place, name, code) in [
        ("notes.txt:1:1", "x", "SYMBOL_NOT_FOUND"),
        ("pkg/core.py:2:1", "x", "SYMBOL_NOT_FOUND"),
        ("pkg/core.py:1:1", "x", "SYMBOL_NOT_FOUND"),
        ("pkg/core.py:900:1", "x", "SYMBOL_NOT_FOUND"),
        ("pkg/core.py:1:5", "1x", "NAME_INVALID"),
        ("pkg/core.py:1:5", "class", "NAME_INVALID"),
        ("pkg/core.py:1:5", "load", "NAME_INVALID"),
    ] {
        let failed = admin.renamed(&project, place, name, "FAILED").await;
        assert_eq!((&failed["error"]["code"], &failed["error"]["retryable"]), (&json!(code), &json!(false)), "{place}");
        assert!(!failed["error"]["message"].as_str().unwrap().contains("/tmp"), "{failed:#}");
        assert_eq!(failed["proposal"], Value::Null);
        let patch = format!("/refactor/jobs/{}/patch", failed["id"].as_str().unwrap());
        admin.get(&patch).await.refused(409, "CONFLICT");
    }
}

#[tokio::test]
async fn what_can_be_known_at_once_is_refused_at_once() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let empty = admin.project("empty").await;
    admin.rename(&empty, "a.py:1:1", "x").await.refused(409, "REPO_NOT_LINKED");
    let (project, _repo) = python(&admin).await;
    admin.rename(&project, "pkg/absent.py:1:1", "x").await.refused(404, "FILE_NOT_FOUND");
    admin.rename(&project, "pkg:1:1", "x").await.refused(422, "INVALID_INPUT");
    admin.rename(&project, "a/../b.py:1:1", "x").await.refused(422, "INVALID_INPUT");
    admin.rename(NOBODYS, "a.py:1:1", "x").await.refused(404, "PROJECT_NOT_FOUND");
    let place = json!({ "path": "pkg/core.py", "line": 1, "column": 5 });
    for (body, code, field) in [
        (json!({}), "MISSING_FIELD", "project_id"),
        (json!({ "project_id": project, "symbol": place }), "MISSING_FIELD", "new_name"),
        (json!({ "project_id": project, "symbol": {}, "new_name": "x" }), "MISSING_FIELD", "symbol.path"),
        (json!({ "project_id": project, "symbol": { "path": "a" }, "new_name": "x" }), "MISSING_FIELD", "symbol.line"),
        (json!({ "project_id": project, "symbol": place, "new_name": "" }), "INVALID_INPUT", "new_name"),
        (json!({ "project_id": project, "symbol": place, "new_name": "a b" }), "INVALID_INPUT", "new_name"),
        (json!({ "project_id": project, "symbol": place, "new_name": "x", "kind": "MOVE" }), "INVALID_INPUT", "kind"),
        (json!({ "project_id": project, "symbol": place, "new_name": "x", "scope": "ALL" }), "INVALID_INPUT", "scope"),
        (
            json!({ "project_id": project, "symbol": place, "new_name": "x", "options": { "tests": true } }),
            "INVALID_INPUT",
            "options.tests",
        ),
        (
            json!({ "project_id": project, "symbol": { "path": "a", "line": 0, "column": 1 }, "new_name": "x" }),
            "INVALID_INPUT",
            "symbol.line",
        ),
    ] {
        let refused = admin.post("/refactor/jobs", body.clone()).await.refused(422, code);
        assert_eq!(refused["fields"][0]["path"], field, "{body}");
    }
}

#[tokio::test]
async fn a_refactor_is_ended_while_it_waits() {
    let mut app = TestApp::start().await;
    let admin = app.admin().await;
    let (project, _repo) = python(&admin).await;
    app.restart_with("FAILPOINTS", "engine-child=pause").await;
    let first = admin.rename(&project, "pkg/core.py:1:5", "one").await.expect(202)["job_id"].clone();
    let second = admin.rename(&project, "pkg/core.py:1:5", "two").await.expect(202)["job_id"].clone();
    admin.refactor_until(first.as_str().unwrap(), "RUNNING").await;

    // Only one at a time works on a mirror.
    let cancel = format!("/refactor/jobs/{}/cancel", second.as_str().unwrap());
    let ended = admin.post_nothing(&cancel).await.expect(200);

    assert_eq!((&ended["status"], &ended["started_at"]), (&json!("CANCELLED"), &Value::Null));
    assert_eq!(ended["error"]["code"], "CANCELLED");
    admin.post_nothing(&cancel).await.refused(409, "JOB_ALREADY_COMPLETED");
    admin.post_nothing(&format!("/refactor/jobs/{}/cancel", first.as_str().unwrap())).await.expect(200);
    admin.refactor_until(first.as_str().unwrap(), "CANCELLED").await;
}

#[tokio::test]
async fn a_refactor_is_ended_while_it_is_computed() {
    let mut app = TestApp::start().await;
    let admin = app.admin().await;
    let (project, _repo) = python(&admin).await;
    app.restart_with("FAILPOINTS", "engine-child=pause").await;
    let accepted = admin.rename(&project, "pkg/core.py:1:5", "read").await.expect(202);
    let id = accepted["job_id"].as_str().unwrap();
    admin.refactor_until(id, "RUNNING").await;

    admin.post_nothing(&format!("/refactor/jobs/{id}/cancel")).await.expect(200);

    let ended = admin.refactor_until(id, "CANCELLED").await;
    assert_eq!(ended["proposal"], Value::Null);
    wait_until("its child is gone", std::time::Duration::from_secs(20), async || {
        app.children().is_empty().then_some(())
    })
    .await;
}

#[tokio::test]
async fn a_child_that_dies_three_times_over_a_question_ends_it() {
    let mut app = TestApp::start().await;
    let admin = app.admin().await;
    let (project, _repo) = python(&admin).await;
    app.restart_with("FAILPOINTS", "engine-child=panic").await;
    let accepted = admin.rename(&project, "pkg/core.py:1:5", "read").await.expect(202);
    let id = accepted["job_id"].as_str().unwrap().to_owned();
    // The first death is made up for at once, the second after a while that nobody wants to wait here.
    wait_until("it waits for a third attempt", std::time::Duration::from_secs(30), async || {
        let waiting = "SELECT id FROM jobs WHERE kind = 'compute' AND state = 'queued' AND attempt = 2";
        (!app.rows(waiting).await.is_empty()).then_some(())
    })
    .await;
    app.alter("UPDATE jobs SET run_at = 0 WHERE state = 'queued'").await;

    let failed = admin.refactor_until(&id, "FAILED").await;

    assert_eq!(failed["error"]["code"], "WORKER_CRASHED");
    app.expects_panics();
}

#[tokio::test]
async fn what_stands_under_a_cursor_is_said() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let (project, _repo) = python(&admin).await;
    let at = |path: &str, line: u32, column: u32| {
        format!("/projects/{project}/symbols/at?path={path}&line={line}&column={column}")
    };

    let symbol = admin.get(&at("main.py", 3, 7)).await.expect(200);

    assert_eq!((&symbol["name"], &symbol["kind"]), (&json!("load"), &json!("function")));
    assert_eq!((&symbol["can_rename"], &symbol["language"]), (&json!(true), &json!("python")));
    assert_eq!(symbol["definitions"], json!([{ "path": "pkg/core.py", "line": 1, "column": 5 }]));
    admin.get(&at("main.py", 2, 1)).await.refused(404, "SYMBOL_NOT_FOUND");
    admin.get(&at("notes.txt", 1, 1)).await.refused(404, "SYMBOL_NOT_FOUND");
    admin.get(&at("absent.py", 1, 1)).await.refused(404, "FILE_NOT_FOUND");
    admin.get(&at("main.py", 0, 1)).await.refused(422, "INVALID_INPUT");
}

#[tokio::test]
async fn refactors_are_listed_newest_first_to_those_who_may_see_them() {
    let app = TestApp::start().await;
    let (ada, bob) = (app.user("ada").await, app.user("bob").await);
    let (project, _repo) = python(&ada).await;
    let mut made = Vec::new();
    for name in ["one", "two", "three"] {
        made.push(ada.renamed(&project, "notes.txt:1:1", name, "FAILED").await["id"].clone());
    }
    made.reverse();

    let first = ada.get(&format!("/refactor/jobs?project_id={project}&limit=2")).await.expect(200);
    let cursor = first["next_cursor"].as_str().unwrap().to_owned();
    let second = ada.get(&format!("/refactor/jobs?limit=2&cursor={cursor}")).await.expect(200);

    let ids = [&first, &second].map(|page| page["items"].as_array().unwrap().clone()).concat();
    assert_eq!(ids.iter().map(|item| item["id"].clone()).collect::<Vec<_>>(), made);
    assert!(ids.iter().all(|item| item.get("proposal").is_none()), "a list has no proposals");
    assert_eq!(bob.get("/refactor/jobs").await.expect(200)["items"], json!([]));
    bob.get(&format!("/refactor/jobs?project_id={project}")).await.refused(404, "PROJECT_NOT_FOUND");
}

/// What one must be at least for each deed, and what it answers to those who may: there is no such symbol, so nothing
/// can be applied.
const MATRIX: [(&str, &str, u16); 7] = [
    ("get", "", 200),
    ("get", "/patch", 409),
    ("post", "/cancel", 409),
    ("post", "/apply", 409),
    ("post", "/revert", 409),
    ("post", "/push", 409),
    ("post", "", 202),
];

#[tokio::test]
async fn every_deed_asks_for_the_role_of_the_contracts_table() {
    let app = TestApp::start().await;
    let (ada, max, vera, bob) =
        (app.user("ada").await, app.user("max").await, app.user("vera").await, app.user("bob").await);
    let (project, _repo) = python(&ada).await;
    for (member, role) in [(&max, "maintainer"), (&vera, "viewer")] {
        let path = format!("/projects/{project}/members/{}", member.user_id());
        ada.put(&path, json!({ "role": role })).await.expect(201);
    }
    let id = ada.renamed(&project, "notes.txt:1:1", "x", "FAILED").await["id"].as_str().unwrap().to_owned();
    let place = json!({ "path": "notes.txt", "line": 1, "column": 1 });
    for (method, deed, allowed) in MATRIX {
        let least = match (method, deed) {
            ("get", _) => 0,
            (_, "/push") => 2,
            _ => 1,
        };
        let path = if method == "post" && deed.is_empty() {
            "/refactor/jobs".to_owned()
        } else {
            format!("/refactor/jobs/{id}{deed}")
        };
        let body = match deed {
            "/apply" => json!({ "edits": "all" }),
            "/push" => json!({ "branch": "topic" }),
            "" => json!({ "project_id": project, "symbol": place, "new_name": "y" }),
            _ => Value::Null,
        };
        let ask = async |client: &Client| match (method, body.is_null()) {
            ("get", _) => client.get(&path).await,
            (_, true) => client.post_nothing(&path).await,
            (_, false) => client.post(&path, body.clone()).await,
        };
        for (client, role) in [(&vera, 0), (&max, 1), (&ada, 2)] {
            let answer = ask(client).await;
            if role < least {
                answer.refused(403, "FORBIDDEN");
            } else {
                answer.expect(allowed);
            }
        }
        let code = if deed.is_empty() && method == "post" { "PROJECT_NOT_FOUND" } else { "JOB_NOT_FOUND" };
        ask(&bob).await.refused(404, code);
        ask(&app.anonymous()).await.refused(401, "UNAUTHENTICATED");
    }
    ada.get(&format!("/refactor/jobs/{NOBODYS}")).await.refused(404, "JOB_NOT_FOUND");
}
