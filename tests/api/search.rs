//! Search over HTTP: the same places that git finds, the same symbols that the manifest has, within its limits.

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
        "q=&kind=symbol",
        "q=a%00&kind=symbol",
        "q=(&kind=regex",
        "q=a%7B2,1%7D&kind=regex",
        "q=(a)%5C1&kind=regex",
        "q=a%5Cnb&kind=regex",
        "q=(%5Cw%7B900%7D)%7B900%7D&kind=regex",
        &format!("q={}&kind=regex", "(".repeat(900)),
    ] {
        admin.get(&format!("{path}?{query}")).await.refused(422, "INVALID_INPUT");
    }
    for kind in ["text", "regex", "symbol"] {
        let refused = admin.get(&format!("{path}?kind={kind}&q={}", "a".repeat(1_001))).await;
        assert_eq!(refused.refused(422, "INVALID_INPUT")["fields"][0]["path"], "q");
        admin.get(&format!("{path}?kind={kind}&q={}", "a".repeat(1_000))).await.expect(200);
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

#[tokio::test]
async fn an_expression_finds_what_git_grep_finds() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let id = hard_project(&admin).await;
    for expression in ["needle", "^A needle", "[a-z]+edle$", "fn [a-z]+\\(", "needle|whole", "ne{2}dle", "return|print"]
    {
        let request = admin.request(reqwest::Method::GET, &format!("/projects/{id}/search"));
        let found = admin.send(request.query(&[("q", expression), ("kind", "regex")])).await.expect(200);
        assert_eq!(found["truncated"], false, "{expression}");
        let mut lines: Vec<_> = places(&found.json).into_iter().map(|(path, line, _)| (path, line)).collect();
        lines.dedup();
        assert_eq!(lines, lines_by_git(expression), "{expression}");
    }
}

/// The lines that git finds.
fn lines_by_git(expression: &str) -> Vec<(Vec<u8>, u64)> {
    let output = hard().git(&["grep", "-E", "-I", "-n", "-z", "--no-color", "-e", expression, "HEAD", "--", "."]);
    let mut lines = Vec::new();
    for line in output.split(|byte| *byte == b'\n').filter(|line| line.contains(&0)) {
        let mut fields = line.split(|byte| *byte == 0);
        // A name that holds the end of a line stands on two of them.
        let Some(path) = fields.next().and_then(|path| path.strip_prefix(b"HEAD:")) else { continue };
        let number = fields.next().and_then(|number| str::from_utf8(number).ok()?.parse().ok());
        lines.extend(number.map(|number| (path.to_vec(), number)));
    }
    lines.sort();
    lines
}

#[tokio::test]
async fn every_symbol_of_the_manifest_is_found_by_its_name() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let id = hard_project(&admin).await;
    let manifest = admin.get(&format!("/projects/{id}/manifest")).await.expect(200).json;
    let mut seen = 0;
    for file in manifest["body"]["files"].as_array().unwrap() {
        for symbol in file["symbols"].as_array().into_iter().flatten() {
            let name = symbol["name"].as_str().unwrap();
            let request = admin.request(reqwest::Method::GET, &format!("/projects/{id}/search"));
            let found = admin.send(request.query(&[("q", name), ("kind", "symbol")])).await.expect(200);
            let matches = found["matches"].as_array().unwrap();
            let is_it =
                |one: &&Value| path_of(one) == path_of(file) && one["symbol"]["descriptor"] == symbol["descriptor"];
            let one = matches.iter().find(is_it).unwrap_or_else(|| panic!("{name} is not in {}", found.text()));
            assert_eq!(
                (&one["line"], &one["column"], &one["symbol"]["kind"], &one["symbol"]["name"]),
                (&symbol["range"]["start_line"], &symbol["range"]["start_column"], &symbol["kind"], &symbol["name"])
            );
            assert!(one["snippet"].as_str().unwrap().contains(name), "{one}");
            assert!(matches[0]["symbol"]["name"] == name, "the very name comes first");
            seen += 1;
        }
    }
    assert!(seen > 5, "{seen}");
}

#[tokio::test]
async fn symbols_are_ranked_kept_to_a_path_and_follow_each_sync() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let files = [
        ("src/a.rs", "fn reopen() {}\nfn open_all() {}\nfn OPEN() {}\nstruct Open;\n"),
        ("src/b.py", "def open():\n    pass\n"),
        ("tests/c.py", "def open():\n    pass\n"),
    ];
    let (id, repo) = (admin.project("p").await, Repo::of(&files));
    admin.synced(&id, &repo).await;
    let names = async |query: &str| {
        let found = admin.get(&format!("/projects/{id}/search?kind=symbol&{query}")).await.expect(200).json;
        let matches = found["matches"].as_array().unwrap().iter();
        let name =
            |one: &Value| format!("{} {}", one["path"].as_str().unwrap(), one["symbol"]["name"].as_str().unwrap());
        (matches.map(name).collect::<Vec<_>>(), found["truncated"] == true)
    };
    let all =
        ["src/b.py open", "tests/c.py open", "src/a.rs OPEN", "src/a.rs Open", "src/a.rs open_all", "src/a.rs reopen"];
    assert_eq!(names("q=open").await, (all.map(str::to_owned).to_vec(), false));
    assert_eq!(names("q=open&path=tests/").await, (vec![all[1].to_owned()], false));
    assert_eq!(names("q=open&limit=1").await, (vec![all[0].to_owned()], true));
    repo.write("src/b.py", "def shut():\n    pass\n");
    repo.commit("second");
    admin.synced_again(&id).await;
    assert_eq!(names("q=open&path=src/b").await, (Vec::new(), false));
    assert_eq!(names("q=shut").await, (vec!["src/b.py shut".to_owned()], false));

    // An index that is gone is written again, although nothing is new.
    let cache = app.program().data_dir().join(format!("mirrors/{id}.cache"));
    std::fs::remove_file(cache.join(format!("{}.symbols", repo.head()))).unwrap();
    admin.get(&format!("/projects/{id}/search?kind=symbol&q=open")).await.refused(409, "REPO_NOT_SYNCED");
    admin.synced_again(&id).await;
    assert_eq!(names("q=shut").await.0.len(), 1);
}

#[tokio::test]
async fn an_expression_that_is_made_to_hurt_is_answered_in_time() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let line = format!("{}b\n", "a".repeat(1_000));
    let files: Vec<_> = (0..4).map(|number| (format!("{number}.txt"), line.repeat(4_000))).collect();
    let files: Vec<_> = files.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
    let (id, repo) = (admin.project("p").await, Repo::of(&files));
    admin.synced(&id, &repo).await;
    for expression in ["(a*)*$c", "(?:a?){60}a{60}c", "(x+x+)+y", ".*.*=.*;", "(a|b)*a(a|b){12}c"] {
        let started = std::time::Instant::now();
        let request = admin.request(reqwest::Method::GET, &format!("/projects/{id}/search"));
        let found = admin.send(request.query(&[("q", expression), ("kind", "regex")])).await.expect(200);
        assert!(found["matches"].as_array().unwrap().is_empty(), "{expression}");
        assert!(started.elapsed().as_secs() < 20, "{expression}: {:?}", started.elapsed());
    }
}
