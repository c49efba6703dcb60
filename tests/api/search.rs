//! Text search over HTTP: the same places that git finds, within its limits.

use serde_json::{Value, json};

use super::{
    fixtures::{hard, planted},
    manifests::{hard_project, path_of},
    support::{Repo, TestApp},
};

/// Path, line and column in code points.
type Place = (Vec<u8>, u64, u64);

/// Where git finds `word`. It tells each line once, with the first column in bytes.
fn by_git(word: &str) -> Vec<Place> {
    let output = hard().git(&["grep", "-F", "-I", "-n", "--column", "-z", "--no-color", "-e", word, "HEAD", "--", "."]);
    let mut places = Vec::new();
    let mut rest = output.as_slice();
    let field = |rest: &mut &[u8], end: u8| {
        let length = rest.iter().position(|byte| *byte == end).unwrap();
        let (field, behind) = rest.split_at(length);
        *rest = &behind[1..];
        field.to_vec()
    };
    while !rest.is_empty() {
        let path = field(&mut rest, 0).strip_prefix(b"HEAD:").unwrap().to_vec();
        let number = |field: Vec<u8>| str::from_utf8(&field).unwrap().parse::<u64>().unwrap();
        let (line, first) = (number(field(&mut rest, 0)), number(field(&mut rest, 0)));
        let text = String::from_utf8(field(&mut rest, b'\n')).unwrap();
        let found: Vec<_> = text.match_indices(word).map(|(at, _)| at).collect();
        assert_eq!(found.first().map(|at| *at as u64 + 1), Some(first), "git's column is the first match's");
        places.extend(found.into_iter().map(|at| (path.clone(), line, text[..at].chars().count() as u64 + 1)));
    }
    places.sort();
    places
}

fn places(found: &Value) -> Vec<Place> {
    let matches = found["matches"].as_array().unwrap().iter();
    matches.map(|at| (path_of(at), at["line"].as_u64().unwrap(), at["column"].as_u64().unwrap())).collect()
}

#[tokio::test]
async fn search_finds_what_git_grep_finds() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let id = hard_project(&admin).await;
    for word in ["needle", "edle", "whole", "fn ", "an odd name", "ü", "return", "'\r", "1", "=", "absent from all"] {
        let request = admin.request(reqwest::Method::GET, &format!("/projects/{id}/search")).query(&[("q", word)]);
        let found = admin.send(request).await.expect(200);
        let expected = if word.starts_with("absent") { Vec::new() } else { by_git(word) };
        assert_eq!(places(&found.json), expected, "{word:?}");
        assert_eq!(found["truncated"], false, "{word:?}");
        let texts = planted().iter().filter(|file| file.kind == "text").count() as u64;
        assert!(found["files_searched"].as_u64() >= Some(texts), "{word:?}: {}", found["files_searched"]);
        let snippets = found["matches"].as_array().unwrap().iter().map(|at| at["snippet"].as_str().unwrap());
        assert!(snippets.clone().all(|snippet| snippet.contains(word.trim_end())), "{word:?}");
    }
}

#[tokio::test]
async fn a_search_keeps_to_its_path_and_its_limit() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let id = hard_project(&admin).await;
    let search = async |query: &str| admin.get(&format!("/projects/{id}/search?q=needle&{query}")).await;
    let all = by_git("needle");
    let below = |prefix: &[u8]| all.iter().filter(|place| place.0.starts_with(prefix)).cloned().collect::<Vec<_>>();

    for path in ["src/", "src", "src/many.rs", "run", "nowhere"] {
        let found = search(&format!("path={path}")).await.expect(200);
        assert_eq!(places(&found.json), below(path.as_bytes()), "{path}");
    }
    let few = search("limit=3").await.expect(200);
    assert_eq!((places(&few.json), &few["truncated"]), (all[..3].to_vec(), &json!(true)));
    let exactly = search(&format!("limit={}", all.len())).await.expect(200);
    assert_eq!((places(&exactly.json), &exactly["truncated"]), (all, &json!(false)));
}

#[tokio::test]
async fn a_search_that_makes_no_sense_is_refused() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let (id, repo) = (admin.project("p").await, Repo::of(&[("a.txt", "a\n")]));
    let path = format!("/projects/{id}/search");
    admin.get(&format!("{path}?q=a")).await.refused(409, "REPO_NOT_LINKED");
    admin.synced(&id, &repo).await;

    admin.get(&path).await.refused(422, "MISSING_FIELD");
    for query in [
        "q=",
        "q=%00",
        "q=a%00b",
        "q=a&kind=magic",
        "q=a&limit=x",
        "q=a&limit=-1",
        "q=a&limit=0",
        "q=a&limit=1001",
        "q=a&unknown=1",
    ] {
        admin.get(&format!("{path}?{query}")).await.refused(422, "INVALID_INPUT");
    }
    assert_eq!(admin.get(&format!("{path}?q=a&kind=text&limit=1000")).await.expect(200)["matches"][0]["line"], 1);
}

#[tokio::test]
async fn a_search_follows_each_sync() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let (id, repo) = (admin.project("p").await, Repo::of(&[("a.txt", "first word\n"), ("b.txt", "stays\n")]));
    admin.synced(&id, &repo).await;
    let count = async |word: &str| {
        let found = admin.get(&format!("/projects/{id}/search?q={word}")).await.expect(200);
        found["matches"].as_array().unwrap().len()
    };
    assert_eq!((count("first").await, count("stays").await), (1, 1));
    repo.write("a.txt", "second word\n");
    repo.commit("second");
    admin.synced_again(&id).await;
    assert_eq!((count("first").await, count("second").await, count("stays").await), (0, 1, 1));
}
