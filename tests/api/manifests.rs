//! Manifests: what they say of a hard repository, that they always say it in the same bytes, and how they are asked for.

use std::{collections::BTreeMap, io::Write, process::Stdio};

use base64::{Engine, prelude::BASE64_STANDARD};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::{
    fixtures::{hard, hex, planted},
    support::{Client, Repo, TestApp},
};

/// A project that mirrors the hard repository.
pub(crate) async fn hard_project(client: &Client) -> String {
    let id = client.project("hard").await;
    let sync = client.link(&id, &hard().url()).await;
    client.sync_until(&id, &sync, &["SUCCESS"]).await;
    id
}

/// The files of a manifest by their raw paths.
fn by_path(manifest: &Value) -> BTreeMap<Vec<u8>, Value> {
    let files = manifest["body"]["files"].as_array().unwrap();
    let paths: Vec<_> = files.iter().map(path_of).collect();
    assert!(paths.is_sorted(), "the files are in the order of their paths");
    let found: BTreeMap<_, _> = paths.into_iter().zip(files.iter().cloned()).collect();
    assert_eq!(found.len(), files.len(), "each path once");
    found
}

/// The raw path of an entry.
pub(crate) fn path_of(file: &Value) -> Vec<u8> {
    match (file["path"].as_str(), file["path_b64"].as_str()) {
        (Some(path), None) => path.as_bytes().to_vec(),
        (None, Some(coded)) => BASE64_STANDARD.decode(coded).unwrap(),
        both => panic!("a file has a path or its bytes, not {both:?}"),
    }
}

/// The manifest's body as it was sent: what does not depend on the hour.
fn body_text(text: &str) -> &str {
    &text[text.find("\"body\":").unwrap()..]
}

#[tokio::test]
async fn the_manifest_of_the_hard_repository_agrees_with_git() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let id = hard_project(&admin).await;
    let manifest = admin.get(&format!("/projects/{id}/manifest")).await.expect(200).json;
    let mut files = by_path(&manifest);

    assert_eq!(manifest["commit"], hard().id("HEAD"));
    assert_eq!(
        (&manifest["body"]["commit"], &manifest["body"]["tree"]),
        (&manifest["commit"], &json!(hard().id("HEAD^{tree}")))
    );
    let listed = hard().git(&["ls-tree", "-r", "-l", "-z", "HEAD"]);
    for line in listed.split(|byte| *byte == 0).filter(|line| !line.is_empty()) {
        let tab = line.iter().position(|byte| *byte == b'\t').unwrap();
        let about: Vec<_> = str::from_utf8(&line[..tab]).unwrap().split_ascii_whitespace().collect();
        let (path, shown) = (line[tab + 1..].to_vec(), String::from_utf8_lossy(&line[tab + 1..]).into_owned());
        let file = files.remove(&path).unwrap_or_else(|| panic!("{shown} is missing"));
        assert_eq!(file["mode"], about[0], "{shown}");
        assert_eq!(file["blob_id"], about[2], "{shown}");
        assert_eq!(file["size"], about[3].parse::<u64>().unwrap_or(0), "{shown}");
    }
    assert!(files.is_empty(), "git knows nothing of {:?}", files.keys());
}

#[tokio::test]
async fn digests_and_kinds_are_what_the_content_says() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let id = hard_project(&admin).await;
    let manifest = admin.get(&format!("/projects/{id}/manifest")).await.expect(200).json;
    let files = by_path(&manifest);
    let contents = contents_by_git();

    for planted in planted() {
        let (file, shown) = (&files[&planted.path], String::from_utf8_lossy(&planted.path).into_owned());
        assert_eq!((&file["kind"], &file["mode"]), (&json!(planted.kind), &json!(planted.mode)), "{shown}");
        let digest = contents.get(file["blob_id"].as_str().unwrap());
        assert_eq!(file["sha256"].as_str(), digest.map(String::as_str), "{shown}");
        assert_eq!(file["sha256"].is_string(), planted.kind != "submodule", "{shown}");
        assert_eq!(file["lines"].is_u64(), matches!(planted.kind, "text" | "too_large"), "{shown}: {file}");
        assert!(planted.kind != "binary" || file.get("symbols").is_none(), "{shown}");
    }
    assert_eq!(files.len(), planted().len());
    assert_eq!(manifest["counts"]["files"], files.len());
    let kinds = manifest["counts"]["kinds"].as_object().unwrap();
    for (kind, count) in kinds {
        assert_eq!(*count, files.values().filter(|file| file["kind"] == **kind).count(), "{kind}");
    }
}

/// SHA-256 of each blob of the head as `git cat-file` gives it, by its id.
fn contents_by_git() -> BTreeMap<String, String> {
    let listed = hard().git(&["ls-tree", "-r", "--format=%(objecttype) %(objectname)", "HEAD"]);
    let text = String::from_utf8(listed).unwrap();
    let blobs: Vec<_> = text.lines().filter_map(|line| line.strip_prefix("blob ")).collect();
    let mut child =
        hard().command(&["cat-file", "--batch"]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let wanted = blobs.join("\n") + "\n";
    let writing = std::thread::spawn(move || stdin.write_all(wanted.as_bytes()).unwrap());
    let output = child.wait_with_output().unwrap().stdout;
    writing.join().unwrap();
    let mut rest = output.as_slice();
    let mut digests = BTreeMap::new();
    while let Some(end) = rest.iter().position(|byte| *byte == b'\n') {
        let head: Vec<_> = str::from_utf8(&rest[..end]).unwrap().split(' ').collect();
        let size: usize = head[2].parse().unwrap();
        let content = &rest[end + 1..][..size];
        digests.insert(head[0].to_owned(), hex(&Sha256::digest(content)));
        rest = &rest[end + 1 + size + 1..];
    }
    digests
}

#[tokio::test]
async fn files_are_marked_by_their_names_their_content_and_the_commits_attributes() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let id = hard_project(&admin).await;
    let manifest = admin.get(&format!("/projects/{id}/manifest")).await.expect(200).json;
    let files = by_path(&manifest);
    let file = |path: &str| &files[path.as_bytes()];

    let marked = |mark: &str| {
        let marked = files.iter().filter(|(_, file)| file[mark] == true).map(|(path, _)| String::from_utf8_lossy(path));
        marked.collect::<Vec<_>>()
    };
    assert_eq!(marked("generated"), ["made/api.rs", "node_modules/left/index.js", "package-lock.json"]);
    assert_eq!(
        marked("vendored"),
        [".gitattributes", "node_modules/left/index.js", "theirs/.gitattributes", "theirs/code.c"]
    );
    assert_eq!(marked("documentation"), ["README.md", "guide/how.txt"]);
    let languages = [("python.foo", "Python"), ("script", "Python"), ("bom.js", "JavaScript"), ("run.sh", "Shell")];
    for (path, language) in languages {
        assert_eq!(file(path)["language"], language, "{path}");
    }
    for (path, lines) in [("empty.txt", 0), ("no-end.txt", 2), ("crlf.py", 2)] {
        assert_eq!(file(path)["lines"], lines, "{path}");
    }
    assert_eq!(file("model.safetensors")["lfs"]["size"], 12_345);
    assert_eq!(file("links/absolute")["sha256"], hex(&Sha256::digest("/etc/passwd")));
    for (path, file) in &files {
        let broken = path.starts_with(b"broken/");
        assert_eq!(file["syntax_errors"] == true, broken, "{}", String::from_utf8_lossy(path));
        assert!(!broken || file["language"].is_string(), "{file}");
    }
    assert_eq!(file("src/lib.rs")["symbols"][0]["name"], "add");
    assert_eq!(file("src/app.py")["symbols"][0]["name"], "App");
    assert_eq!(file("broken/broken.rs")["symbols"][0]["name"], "whole");
}

#[tokio::test]
async fn the_content_digest_can_be_worked_out_from_the_answer() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let id = hard_project(&admin).await;
    let manifest = admin.get(&format!("/projects/{id}/manifest?fields=files")).await.expect(200).json;

    let mut hasher = Sha256::new();
    hasher.update(b"hivesync.manifest.content/1\n");
    for (path, file) in by_path(&manifest) {
        let mode = u32::from_str_radix(file["mode"].as_str().unwrap(), 8).unwrap();
        hasher.update(mode.to_be_bytes());
        let submodule = || Sha256::digest(file["blob_id"].as_str().unwrap()).to_vec();
        hasher.update(file["sha256"].as_str().map_or_else(submodule, unhex));
        hasher.update(file["size"].as_u64().unwrap().to_be_bytes());
        hasher.update((path.len() as u64).to_be_bytes());
        hasher.update(&path);
    }

    assert_eq!(manifest["content_digest"], hex(&hasher.finalize()));
}

fn unhex(text: &str) -> Vec<u8> {
    let pairs = text.as_bytes().chunks(2);
    pairs.map(|pair| u8::from_str_radix(str::from_utf8(pair).unwrap(), 16).unwrap()).collect()
}

#[tokio::test]
async fn the_same_commit_makes_the_same_bytes_with_any_threads_cache_clone_or_database() {
    let mut app = TestApp::with(&[("HIVESYNC_ENGINE__THREADS", "1")]).await;
    let admin = app.admin().await;
    let manifest = async |client: &Client, id: &str| {
        let answer = client.get(&format!("/projects/{id}/manifest")).await.expect(200);
        (answer["manifest_digest"].clone(), body_text(&answer.text()).to_owned())
    };
    let id = hard_project(&admin).await;
    let first = manifest(&admin, &id).await;
    assert!(manifest(&admin, &id).await == first, "asked for twice");

    app.restart_with("HIVESYNC_ENGINE__THREADS", "4").await;
    let clone = hard_project(&admin).await;
    assert!(manifest(&admin, &clone).await == first, "a fresh clone, four threads");

    // Without its cache the mirror is read anew.
    std::fs::remove_dir_all(app.program().data_dir().join(format!("mirrors/{id}.cache"))).unwrap();
    admin.synced_again(&id).await;
    assert!(manifest(&admin, &id).await == first, "from a cold cache");
    assert_eq!(admin.get(&format!("/projects/{id}/manifest")).await.expect(200)["version"], 1);
    admin.get(&format!("/projects/{id}/search?q=needle")).await.expect(200);

    // On SQLite, whatever the first one's database is.
    let other = TestApp::with(&[("HIVESYNC_DATABASE__URL", "")]).await;
    let stranger = other.admin().await;
    let id = hard_project(&stranger).await;
    assert!(manifest(&stranger, &id).await == first, "another service and its database");
}

#[tokio::test]
async fn a_manifest_is_known_by_its_digest_and_not_sent_again() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let (id, repo) = (admin.project("p").await, Repo::of(&[("a.rs", "fn main() {}\n")]));
    let path = format!("/projects/{id}/manifest");
    admin.get(&path).await.refused(409, "REPO_NOT_LINKED");
    admin.synced(&id, &repo).await;

    let answer = admin.get(&path).await.expect(200);
    let tag = format!("\"{}\"", answer["manifest_digest"].as_str().unwrap());
    assert_eq!((answer.header("etag"), answer.header("cache-control")), (tag.as_str(), "private, no-cache"));
    let ask = async |known: String| {
        let request = admin.request(reqwest::Method::GET, &path).header("if-none-match", known);
        admin.send(request).await
    };
    for known in [tag.clone(), format!("\"other\", {tag}"), format!("W/{tag}"), "*".to_owned()] {
        let answer = ask(known.clone()).await.expect(304);
        assert!(answer.body.is_empty() && answer.header("etag") == tag, "{known}");
    }
    ask("\"other\"".to_owned()).await.expect(200);

    repo.write("a.rs", "fn other() {}\n");
    repo.commit("second");
    admin.synced_again(&id).await;
    assert_ne!(ask(tag.clone()).await.expect(200).header("etag"), tag);
}

#[tokio::test]
async fn parts_of_a_manifest_are_asked_for_by_path_field_and_version() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let sources = [("src/a.rs", "use b::c;\nfn a() {}\n"), ("src/b/c.rs", "fn c() {}\n"), ("src2/d.rs", "fn d() {}\n")];
    let (id, repo) = (admin.project("p").await, Repo::of(&sources));
    admin.synced(&id, &repo).await;
    let paths = async |query: &str| {
        let manifest = admin.get(&format!("/projects/{id}/manifest{query}")).await.expect(200).json;
        by_path(&manifest).into_keys().map(|path| String::from_utf8(path).unwrap()).collect::<Vec<_>>()
    };

    assert_eq!(paths("").await, ["src/a.rs", "src/b/c.rs", "src2/d.rs"]);
    assert_eq!(paths("?path=src").await, ["src/a.rs", "src/b/c.rs"]);
    assert_eq!(paths("?path=src/").await, ["src/a.rs", "src/b/c.rs"]);
    assert_eq!(paths("?path=src/b/c.rs").await, ["src/b/c.rs"]);
    assert!(paths("?path=nowhere").await.is_empty());
    let whole = admin.get(&format!("/projects/{id}/manifest")).await.expect(200);
    assert!(whole["body"]["files"][0]["symbols"].is_array() && whole["body"]["files"][0]["imports"].is_array());
    let compact = admin.get(&format!("/projects/{id}/manifest?fields=files")).await.expect(200);
    assert!(
        compact["body"]["files"][0].get("symbols").is_none() && compact["body"]["files"][0].get("imports").is_none()
    );
    assert_eq!(compact["manifest_digest"], whole["manifest_digest"]);

    admin.get(&format!("/projects/{id}/manifest?version=1")).await.expect(200);
    for version in ["0", "2", "-1", "2147483647"] {
        admin.get(&format!("/projects/{id}/manifest?version={version}")).await.refused(404, "MANIFEST_NOT_FOUND");
    }
    for query in ["version=one", "version=99999999999", "fields=symbols", "unknown=1"] {
        admin.get(&format!("/projects/{id}/manifest?{query}")).await.refused(422, "INVALID_INPUT");
    }
}

#[tokio::test]
async fn a_manifest_whose_objects_were_lost_is_made_again() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let id = admin.project("p").await;
    let repo = Repo::of(&[("a.txt", "a\n")]);
    admin.synced(&id, &repo).await;
    let path = format!("/projects/{id}/manifest");
    let before = admin.get(&path).await.expect(200).json;

    std::fs::remove_dir_all(app.program().data_dir().join("objects/manifests")).unwrap();
    admin.get(&path).await.refused(409, "REPO_NOT_SYNCED");
    admin.synced_again(&id).await;

    assert_eq!(admin.get(&path).await.expect(200).json, before);
}
