//! `/projects`: what belongs to whom, and what may be linked.

use serde_json::{Value, json};

use super::support::{Answer, Client, Repo, TestApp};

async fn link(client: &Client, project: &str, repo_url: &str) -> Answer {
    client.post(&format!("/projects/{project}/link-repo"), json!({ "repo_url": repo_url })).await
}

#[tokio::test]
async fn a_project_is_made_read_changed_and_deleted() {
    let app = TestApp::start().await;
    let ada = app.user("ada").await;
    let made = ada.post("/projects", json!({ "name": " compiler " })).await.expect(201).json;
    let id = made["id"].as_str().unwrap();
    let mut fresh = made.clone();
    for member in ["id", "created_at", "updated_at"] {
        assert!(fresh.as_object_mut().unwrap().remove(member).unwrap().is_string());
    }
    let expected = json!({
        "name": "compiler", "description": "", "repo_url": null, "branch": null, "role": "owner",
        "last_synced_at": null, "last_sync": null, "head_commit": null, "manifest_version": null,
        "hook_secret_set": false, "sync_interval_s": null,
    });
    assert_eq!(fresh, expected);
    let path = format!("/projects/{id}");
    assert_eq!(ada.get(&path).await.expect(200).json, made);

    let changed = ada.patch(&path, json!({ "description": "Reads\nand writes" })).await.expect(200);
    assert_eq!((&changed["name"], &changed["description"]), (&json!("compiler"), &json!("Reads\nand writes")));
    assert!(changed["updated_at"].as_str() > made["updated_at"].as_str());
    let renamed = ada.patch(&path, json!({ "name": "linker" })).await.expect(200);
    assert_eq!(renamed["name"], "linker");
    assert_eq!(ada.patch(&path, json!({})).await.expect(200).json, renamed.json, "nothing was to be changed");
    ada.patch(&path, json!({ "name": null })).await.refused(422, "INVALID_INPUT");

    ada.delete(&path).await.expect(204);
    ada.get(&path).await.refused(404, "PROJECT_NOT_FOUND");
    ada.delete(&path).await.refused(404, "PROJECT_NOT_FOUND");
    assert_eq!(ada.get("/projects").await.expect(200)["items"], json!([]));
}

#[tokio::test]
async fn names_and_descriptions_are_text_of_a_bounded_length() {
    let app = TestApp::start().await;
    let ada = app.user("ada").await;
    let project = ada.project("compiler").await;
    for name in ["", "  ", "a\nb", "a\u{0}b", "a\u{7f}b", &"é".repeat(201)] {
        for answer in [
            ada.post("/projects", json!({ "name": name })).await,
            ada.patch(&format!("/projects/{project}"), json!({ "name": name })).await,
        ] {
            assert_eq!(answer.refused(422, "INVALID_INPUT")["fields"][0]["path"], "name", "{name:?}");
        }
    }
    ada.post("/projects", json!({ "name": "é".repeat(200), "description": "é".repeat(4_000) })).await.expect(201);
    let long = json!({ "name": "a", "description": "é".repeat(4_001) });
    let details = ada.post("/projects", long).await.refused(422, "INVALID_INPUT");
    assert_eq!(details["fields"][0]["path"], "description");
}

#[tokio::test]
async fn pages_lead_through_every_project_once_newest_first() {
    let app = TestApp::start().await;
    let ada = app.user("ada").await;
    let mut made = Vec::new();
    for number in 0..120 {
        made.push(ada.project(&format!("project {number}")).await);
    }
    made.reverse();
    let (mut seen, mut lengths, mut path) = (Vec::new(), Vec::new(), "/projects?limit=50".to_owned());
    loop {
        let page = ada.get(&path).await.expect(200);
        let ids = page["items"].as_array().unwrap().iter().map(|item| item["id"].as_str().unwrap().to_owned());
        let before = seen.len();
        seen.extend(ids);
        lengths.push(seen.len() - before);
        let Some(cursor) = page["next_cursor"].as_str() else {
            assert_eq!(page.header("link"), "");
            break;
        };
        let next = page.header("link").strip_prefix('<').and_then(|link| link.strip_suffix(">; rel=\"next\""));
        path = next.expect("a link to the next page").to_owned();
        assert_eq!(path, format!("/api/v1/projects?limit=50&cursor={cursor}"));
    }
    assert_eq!(lengths, [50, 50, 20]);
    assert_eq!(seen, made);
    assert_eq!(ada.get("/projects").await.expect(200)["items"].as_array().unwrap().len(), 50);
}

#[tokio::test]
async fn a_project_made_between_two_pages_moves_nothing() {
    let app = TestApp::start().await;
    let ada = app.user("ada").await;
    for number in 0..4 {
        ada.project(&format!("project {number}")).await;
    }
    let first = ada.get("/projects?limit=2").await.expect(200);
    ada.project("late").await;
    let cursor = first["next_cursor"].as_str().unwrap();
    let second = ada.get(&format!("/projects?limit=2&cursor={cursor}")).await.expect(200);
    let names = |page: &Answer| -> Vec<String> {
        page["items"].as_array().unwrap().iter().map(|item| item["name"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(names(&first), ["project 3", "project 2"]);
    assert_eq!(names(&second), ["project 1", "project 0"]);
}

#[tokio::test]
async fn what_is_asked_of_another_projects_sync_is_not_there() {
    let app = TestApp::start().await;
    let ada = app.user("ada").await;
    let (project, other) = (ada.project("compiler").await, ada.project("linker").await);
    let sync = ada.synced(&project, &Repo::of(&[("a.txt", "a\n")])).await;
    let id = sync["id"].as_str().unwrap();
    ada.get(&format!("/projects/{other}/syncs/{id}")).await.refused(404, "JOB_NOT_FOUND");
    ada.post_nothing(&format!("/projects/{other}/syncs/{id}/cancel")).await.refused(404, "JOB_NOT_FOUND");
    ada.post_nothing(&format!("/projects/{project}/syncs/{id}/cancel")).await.refused(409, "JOB_ALREADY_COMPLETED");
}

#[tokio::test]
async fn urls_that_could_do_harm_are_refused() {
    let app = TestApp::start().await;
    let ada = app.user("ada").await;
    let project = ada.project("compiler").await;
    for url in [
        "",
        "ext::sh -c touch% /tmp/x",
        "--upload-pack=touch /tmp/x",
        "-u",
        "https://ada:secret@example.org/a.git",
        "https://token@example.org/a.git",
        "https://example.org/a.git\nhttps://example.org/b.git",
        "https://example.org/\u{0}a.git",
        "https://-oProxyCommand=x/a.git",
        "ssh://-oProxyCommand=x/a.git",
        "ftp://example.org/a.git",
        "fd::17/a",
        "javascript://alert(1)",
        "nothing",
        "https://",
        "not a url",
        &format!("https://example.org/{}", "a".repeat(10_000)),
    ] {
        let answer = link(&ada, &project, url).await;
        assert!(!answer.text().contains("secret"), "{}", answer.text());
        assert_eq!(answer.refused(422, "INVALID_INPUT")["fields"][0]["path"], "repo_url", "{url:?}");
    }
    assert_eq!(ada.get(&format!("/projects/{project}")).await.expect(200)["repo_url"], Value::Null);
}

#[tokio::test]
async fn branches_that_git_would_not_have_are_refused() {
    let app = TestApp::start().await;
    let ada = app.user("ada").await;
    let project = ada.project("compiler").await;
    let path = format!("/projects/{project}/link-repo");
    for branch in ["", " ", "-x", "--upload-pack=x", "a b", "a..b", "a\nb", "a\u{0}", "a:b", "a^", "@{1}", "a/"] {
        let body = json!({ "repo_url": "https://example.org/a.git", "branch": branch });
        let details = ada.post(&path, body).await.refused(422, "INVALID_INPUT");
        assert_eq!(details["fields"][0]["path"], "branch", "{branch:?}");
    }
}

#[tokio::test]
async fn protocols_that_the_operator_does_not_allow_are_refused() {
    let app = TestApp::with(&[("HIVESYNC_GIT__PROTOCOLS", "https")]).await;
    let ada = app.user("ada").await;
    let project = ada.project("compiler").await;
    for url in ["file:///etc", "/etc", "http://example.org/a", "git://example.org/a", "ssh://git@example.org/a"] {
        let answer = link(&ada, &project, url).await;
        assert_eq!(answer.refused(422, "INVALID_INPUT")["fields"][0]["path"], "repo_url", "{url}");
    }
}

#[tokio::test]
async fn private_hosts_that_the_operator_does_not_allow_are_never_asked() {
    let app = TestApp::with(&[("HIVESYNC_GIT__ALLOW_PRIVATE_HOSTS", "false")]).await;
    let ada = app.user("ada").await;
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    for host in ["127.0.0.1", "localhost", "[::1]", "0.0.0.0", "2130706433", "[::ffff:127.0.0.1]"] {
        let project = ada.project(host).await;
        let answer = link(&ada, &project, &format!("http://{host}:{port}/a.git")).await;
        if answer.status == 202 {
            let sync = answer["sync_id"].as_str().unwrap();
            let sync = ada.sync_until(&project, sync, &["FAILED"]).await;
            assert_eq!(sync["error"], "REPO_URL_REFUSED", "{host}: {sync:#}");
        } else {
            assert_eq!(answer.refused(422, "INVALID_INPUT")["fields"][0]["path"], "repo_url", "{host}");
        }
    }
    let asked = tokio::time::timeout(std::time::Duration::ZERO, listener.accept()).await;
    assert!(asked.is_err(), "somebody connected");
}

#[tokio::test]
async fn what_needs_a_repository_says_that_none_is_linked_or_synchronised() {
    let app = TestApp::start().await;
    let ada = app.user("ada").await;
    let project = ada.project("compiler").await;
    let of = |what: &str| format!("/projects/{project}/{what}");
    ada.post_nothing(&of("sync-repo")).await.refused(409, "REPO_NOT_LINKED");
    let reads = ["manifest", "files", "files/a.txt", "search?q=a"];
    for what in reads {
        ada.get(&of(what)).await.refused(409, "REPO_NOT_LINKED");
    }
    assert_eq!(ada.get(&of("syncs")).await.expect(200)["items"], json!([]));
    let repo = Repo::of(&[("a.txt", "a\n")]);
    let body = json!({ "repo_url": repo.url(), "branch": "nowhere" });
    let sync = ada.post(&of("link-repo"), body).await.expect(202)["sync_id"].as_str().unwrap().to_owned();
    for what in reads {
        ada.get(&of(what)).await.refused(409, "REPO_NOT_SYNCED");
    }
    ada.sync_until(&project, &sync, &["FAILED"]).await;
    for what in reads {
        ada.get(&of(what)).await.refused(409, "REPO_NOT_SYNCED");
    }
}

#[tokio::test]
async fn a_linked_project_tells_where_its_mirror_stands() {
    let app = TestApp::start().await;
    let ada = app.user("ada").await;
    let project = ada.project("compiler").await;
    let repo = Repo::of(&[("a.txt", "a\n")]);
    let path = format!("/projects/{project}/link-repo");
    let accepted = ada.post(&path, json!({ "repo_url": repo.url() })).await.expect(202);
    let sync = accepted["sync_id"].as_str().unwrap();
    assert_eq!(accepted["status"], "PENDING");
    assert_eq!(accepted.header("location"), format!("/api/v1/projects/{project}/syncs/{sync}"));
    ada.sync_until(&project, sync, &["SUCCESS"]).await;
    let seen = ada.get(&format!("/projects/{project}")).await.expect(200);
    assert_eq!(seen["repo_url"], repo.url());
    assert_eq!(seen["head_commit"], repo.head());
    assert_eq!(seen["manifest_version"], 1);
    assert_eq!(seen["last_sync"], json!({ "id": sync, "status": "SUCCESS" }));
    assert!(seen["last_synced_at"].is_string());
    assert_eq!(ada.get("/projects").await.expect(200)["items"][0], seen.json);
}

#[tokio::test]
async fn a_deleted_project_leaves_nothing_behind() {
    let app = TestApp::start().await;
    let ada = app.user("ada").await;
    let project = ada.project("compiler").await;
    ada.synced(&project, &Repo::of(&[("a.txt", "a\n")])).await;
    let mirrors = app.program().data_dir().join("mirrors");
    let kept = || std::fs::read_dir(&mirrors).unwrap().map(|entry| entry.unwrap().file_name()).collect::<Vec<_>>();
    assert!(kept().iter().any(|name| name.to_string_lossy().contains(&project)), "{:?}", kept());
    ada.delete(&format!("/projects/{project}")).await.expect(204);
    // The file that was locked stays: a lock on a file that is gone would keep nobody out.
    let kept = || kept().into_iter().filter(|name| !name.to_string_lossy().ends_with(".lock")).collect::<Vec<_>>();
    assert!(!kept().iter().any(|name| name.to_string_lossy().contains(&project)), "{:?}", kept());
    for table in ["projects", "project_members", "repo_syncs", "project_manifests", "jobs", "mirror_owners"] {
        assert_eq!(app.rows(&format!("SELECT * FROM {table}")).await, Vec::<Value>::new(), "{table}");
    }
}
