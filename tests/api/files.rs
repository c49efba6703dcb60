//! Trees and files over HTTP: by any name of a commit, whatever their names and content, and never from outside.

use base64::{Engine, prelude::BASE64_STANDARD};
use reqwest::Method;
use serde_json::{Value, json};

use super::{
    fixtures::{BRANCH, EARLIER_BRANCH, SUBMODULE, TAG, hard, planted},
    manifests::{hard_project, path_of},
    support::{Client, Repo, TestApp},
};

/// A path as it stands in an address, slashes as they are.
fn encoded(path: &[u8]) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"/._-".contains(&byte);
    path.iter().map(|&byte| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") }).collect()
}

fn names(folder: &Value) -> Vec<String> {
    let entries = folder["entries"].as_array().unwrap().iter();
    entries.map(|entry| String::from_utf8_lossy(&path_of(entry)).into_owned()).collect()
}

/// A project with a few files and folders.
async fn small(client: &Client) -> (String, Repo) {
    let repo = Repo::of(&[
        ("README.md", "# Hello\n"),
        ("src/lib.rs", "fn a()\r\n{\n    b()\n}"),
        ("src/deep/er.py", "x = 1\n"),
        ("tab.txt", "\u{feff}bom\n"),
    ]);
    let id = client.project("p").await;
    client.synced(&id, &repo).await;
    (id, repo)
}

#[tokio::test]
async fn a_folder_is_listed_with_what_each_entry_is() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let (id, repo) = small(&admin).await;
    let list = async |query: &str| admin.get(&format!("/projects/{id}/files{query}")).await.expect(200).json;

    let root = list("").await;
    assert_eq!((&root["commit"], &root["path"]), (&json!(repo.head()), &json!("")));
    assert_eq!(names(&root), ["README.md", "src", "tab.txt"]);
    let readme = json!({ "path": "README.md", "kind": "file", "mode": "100644", "size": 8,
        "object_id": repo.git(["rev-parse", "HEAD:README.md"]) });
    assert_eq!(root["entries"][0], readme);
    let folder = &root["entries"][1];
    assert_eq!(
        (&folder["kind"], &folder["mode"], &folder["size"]),
        (&json!("directory"), &json!("040000"), &Value::Null)
    );

    for query in ["?path=src", "?path=src/", "?path=src%2F"] {
        assert_eq!(names(&list(query).await), ["src/deep", "src/lib.rs"], "{query}");
    }
    assert_eq!(names(&list("?recursive=true").await), ["README.md", "src/deep/er.py", "src/lib.rs", "tab.txt"]);
    assert_eq!(names(&list("?recursive=true&path=src/deep").await), ["src/deep/er.py"]);
}

#[tokio::test]
async fn a_file_is_read_whole_or_by_lines() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let (id, repo) = small(&admin).await;
    let path = format!("/projects/{id}/files/src/lib.rs");

    let file = admin.get(&path).await.expect(200);
    let expected = json!({ "path": "src/lib.rs", "content": "fn a()\r\n{\n    b()\n}", "encoding": "utf-8",
        "language": "Rust", "size": 19, "lines": 4, "commit": repo.head(),
        "blob_id": repo.git(["rev-parse", "HEAD:src/lib.rs"]) });
    assert_eq!(file.json, expected);
    for (lines, content) in [("1-1", "fn a()\r\n"), ("2-3", "{\n    b()\n"), ("4-4", "}"), ("3-900", "    b()\n}")] {
        let part = admin.get(&format!("{path}?lines={lines}")).await.expect(200);
        assert_eq!(
            (&part["content"], &part["lines"], &part["size"]),
            (&json!(content), &json!(4), &json!(19)),
            "{lines}"
        );
    }
    for lines in ["5-6", "0-1", "2-1", "1", "a-b", "-1-2", ""] {
        let refused = admin.get(&format!("{path}?lines={lines}")).await.refused(422, "INVALID_INPUT");
        assert_eq!(refused["fields"][0]["path"], "lines", "{lines}");
    }
    let encoded = admin.get(&format!("/projects/{id}/files/src%2Flib.rs")).await.expect(200);
    assert_eq!(encoded.json, expected);
}

#[tokio::test]
async fn a_file_that_is_known_is_not_sent_again() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let (id, repo) = small(&admin).await;
    for path in ["files", "files?recursive=true", "files/README.md", "files/src/lib.rs?lines=1-2"] {
        let path = format!("/projects/{id}/{path}");
        let tag = admin.get(&path).await.expect(200).header("etag").to_owned();
        assert!(tag.starts_with('"'), "{path}: {tag}");
        let again = admin.request(Method::GET, &path).header("if-none-match", &tag);
        assert!(admin.send(again).await.expect(304).body.is_empty());
    }
    let tag = admin.get(&format!("/projects/{id}/files/README.md")).await.header("etag").to_owned();
    repo.write("README.md", "# Changed\n");
    repo.commit("second");
    admin.synced_again(&id).await;
    let again = admin.request(Method::GET, &format!("/projects/{id}/files/README.md")).header("if-none-match", &tag);
    assert_eq!(admin.send(again).await.expect(200)["content"], "# Changed\n");
}

#[tokio::test]
async fn a_commit_is_named_by_branch_tag_or_id_and_nothing_else() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let id = hard_project(&admin).await;
    let (head, earlier) = (hard().id("HEAD"), hard().id(EARLIER_BRANCH));
    let read = async |at: &str| {
        let at: String = percent_encoding::utf8_percent_encode(at, percent_encoding::NON_ALPHANUMERIC).collect();
        admin.get(&format!("/projects/{id}/files?ref={at}")).await
    };

    for at in ["HEAD", BRANCH, "refs/heads/trunk", &head, &head[..10]] {
        assert_eq!(read(at).await.expect(200)["commit"], head, "{at}");
    }
    for at in [EARLIER_BRANCH, TAG, "refs/tags/v1.0", &earlier, &earlier[..7]] {
        let folder = read(at).await.expect(200);
        assert_eq!(
            (&folder["commit"], names(&folder.json)),
            (&json!(earlier), vec!["README.md".into(), "gone.txt".into()])
        );
    }
    admin.get(&format!("/projects/{id}/files/gone.txt?ref={TAG}")).await.expect(200);
    admin.get(&format!("/projects/{id}/files/gone.txt")).await.refused(404, "FILE_NOT_FOUND");
    let blob = hard().id("HEAD:README.md");
    for at in ["absent", "deadbeef", SUBMODULE, &blob, "refs/hivesync/upstream/heads/trunk", "refs/heads/v1.0"] {
        read(at).await.refused(404, "FILE_NOT_FOUND");
    }
    for at in ["", "trunk~1", "HEAD^", "@{u}", "a..b", "HEAD:README.md", "--all", "../../HEAD", "a\0b", "@"] {
        let refused = read(at).await.refused(422, "INVALID_INPUT");
        assert_eq!(refused["fields"][0]["path"], "ref", "{at:?}");
    }
}

#[tokio::test]
async fn every_file_of_the_hard_repository_is_answered_to_the_byte() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let id = hard_project(&admin).await;
    let manifest = admin.get(&format!("/projects/{id}/manifest?fields=files")).await.expect(200).json;
    let listed = admin.get(&format!("/projects/{id}/files?recursive=true")).await.expect(200).json;
    let in_manifest: Vec<_> = manifest["body"]["files"].as_array().unwrap().iter().map(path_of).collect();
    let mut in_tree: Vec<_> = listed["entries"].as_array().unwrap().iter().map(path_of).collect();
    in_tree.sort();
    assert_eq!(in_tree, in_manifest);

    for file in planted().into_iter().filter(|file| file.kind != "submodule") {
        let shown = String::from_utf8_lossy(&file.path).into_owned();
        let answer = admin.get(&format!("/projects/{id}/files/{}", encoded(&file.path))).await.expect(200).json;
        let content = answer["content"].as_str().unwrap();
        let bytes = match answer["encoding"].as_str() {
            Some("utf-8") => content.as_bytes().to_vec(),
            Some("base64") => BASE64_STANDARD.decode(content).unwrap(),
            other => panic!("{shown}: {other:?}"),
        };
        assert!(bytes == file.content, "{shown} is {} bytes, and other ones", bytes.len());
        assert_eq!((path_of(&answer), &answer["size"]), (file.path.clone(), &json!(file.content.len())), "{shown}");
        let place = in_manifest.iter().position(|path| *path == file.path).unwrap();
        let record = &manifest["body"]["files"][place];
        assert_eq!(answer["blob_id"], record["blob_id"], "{shown}");
        if file.kind == "text" {
            assert_eq!(answer["language"], record["language"], "{shown}");
        }
    }
}

#[tokio::test]
async fn what_is_no_file_is_refused_by_what_it_is() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let id = hard_project(&admin).await;
    let read = async |path: &str| admin.get(&format!("/projects/{id}/files/{path}")).await;

    for path in ["module", "src", "links/folder/lib.rs", "README.md/below", "module/inside"] {
        let answer = read(path).await;
        assert!(matches!(answer.status.as_u16(), 404 | 422), "{path}: {}", answer.text());
        assert!(answer["error"]["code"] == "INVALID_INPUT" || answer["error"]["code"] == "FILE_NOT_FOUND", "{path}");
    }
    assert_eq!(read("module").await.refused(422, "INVALID_INPUT")["fields"][0]["path"], "path");
    assert_eq!(read("src").await.refused(422, "INVALID_INPUT")["fields"][0]["path"], "path");
    read("absent.txt").await.refused(404, "FILE_NOT_FOUND");
    read("links/absolute").await.expect(200);
    let binary = read("small.gif?lines=1-2").await.refused(422, "INVALID_INPUT");
    assert_eq!(binary["fields"][0]["path"], "lines");
    for query in ["path=README.md", "path=absent", "path=links/folder", "path=module"] {
        let answer = admin.get(&format!("/projects/{id}/files?{query}")).await;
        assert!(matches!(answer.status.as_u16(), 404 | 422), "{query}: {}", answer.text());
    }
}

#[tokio::test]
async fn no_path_leads_out_of_the_tree() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let id = hard_project(&admin).await;
    let below_files = [
        "..",
        ".",
        "",
        "../README.md",
        "src/../README.md",
        "./README.md",
        "%2e%2e/README.md",
        "%2E%2E%2FREADME.md",
        "src/%2e%2e/README.md",
        "/etc/passwd",
        "%2Fetc%2Fpasswd",
        "%252e%252e/README.md",
        "%252Fetc%252Fpasswd",
        "..%5CREADME.md",
        "src\\..\\README.md",
        "a%00b",
        "README.md%00",
        "%",
        "%zz",
        "%ff%fe",
        "src//lib.rs",
        "src/",
        ".git/config",
        "links/outside/x",
        "links/absolute/x",
        "README.md/",
        "C:%5CWindows",
        "~root/.ssh/id",
        "..%c0%af..%c0%afetc/passwd",
        "files/README.md",
        &"x/".repeat(9_000),
    ];
    let queries = [
        "..",
        "../..",
        "/etc",
        "//etc",
        "src/..",
        "%2e%2e",
        "a%00b",
        "links/outside",
        "links/absolute",
        "%5C",
        "src//deep",
    ];
    let base = format!("/api/v1/projects/{id}/files");
    let targets = below_files.iter().map(|path| format!("{base}/{path}"));
    for target in targets.chain(queries.iter().map(|path| format!("{base}?path={path}"))) {
        let (status, body) = admin.get_to_the_letter(&target).await;
        let shown = target.get(..200).unwrap_or(&target);
        assert!(matches!(status, 400 | 404 | 414 | 422 | 431), "{shown}: {status} {body}");
        assert!(!body.contains("root:") && !body.contains("needle"), "{shown}: {body}");
        let error: Value = serde_json::from_str(&body).unwrap_or_default();
        assert!(error["error"]["code"].is_string(), "{shown}: {status} {body}");
    }
}
