//! The snapshot holds what the tree holds, and a search in it finds what a plain search finds.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "a test that cannot go on should stop"
)]

mod tree;

use std::{
    num::NonZeroUsize,
    path::Path,
    sync::atomic::AtomicBool,
    time::{Duration, Instant},
};

use code::snapshot::{Found, Pattern, Query, SearchError, Snapshot, SnapshotError, Write, Written, write};
use proptest::prelude::*;
use tree::Tree;

fn written(tree: &Tree, path: &Path, former: Option<&Snapshot>) -> (Snapshot, Written) {
    let request = Write { path, entries: &tree.entries, text_bytes: 1 << 20, former, cancel: &AtomicBool::new(false) };
    write(&request, &tree).unwrap()
}

fn query(pattern: Pattern<'_>) -> Query<'_> {
    Query { pattern, case_sensitive: true, path_prefix: b"", limit: 1_000, deadline: None, threads: NonZeroUsize::MIN }
}

fn search(snapshot: &Snapshot, text: &str) -> Found {
    snapshot.search(&query(Pattern::Text(text))).unwrap()
}

/// `path:line:column:snippet` of each match.
fn shown(found: &Found) -> Vec<String> {
    let line = |one: &code::snapshot::Match| {
        format!("{}:{}:{}:{}", String::from_utf8_lossy(&one.path), one.line, one.column, one.snippet)
    };
    found.matches.iter().map(line).collect()
}

fn sample() -> Tree {
    let mut tree = Tree::of([
        ("a/one.txt", "first needle\r\nsecond é needle needle\n"),
        ("a/two.txt", "no match, no end"),
        ("b/three.txt", "needle"),
        ("b/Upper.txt", "NEEDLE\n"),
    ]);
    tree.add(b"binary", 0o100_644, b"needle\0");
    tree.add(b"link", 0o120_000, b"needle");
    tree.add(b"large.txt", 0o100_644, "needle\n".repeat(1 << 18).as_bytes());
    tree.add(b"bad.txt", 0o100_644, b"\xff needle \xfe\n");
    tree
}

#[test]
fn texts_come_back_as_they_went_in() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("snapshot");
    let (snapshot, figures) = written(&sample(), &path, None);
    assert_eq!((figures.files, figures.read), (5, 7));
    for snapshot in [snapshot, Snapshot::open(&path).unwrap()] {
        assert_eq!(snapshot.text(b"b/three.txt").unwrap().unwrap(), b"needle");
        for without in [&b"binary"[..], b"link", b"large.txt", b"none"] {
            assert_eq!(snapshot.text(without).unwrap(), None);
        }
    }
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[test]
fn a_snapshot_made_from_the_former_is_the_same_file_and_reads_only_what_is_new() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    let mut tree = sample();
    let (former, _) = written(&tree, &path("one"), None);
    tree.add(b"a/aa.txt", 0o100_644, b"new needle");
    let (_, figures) = written(&tree, &path("two"), Some(&former));
    written(&tree, &path("three"), None);
    assert_eq!(figures.read, 1);
    assert_eq!(std::fs::read(path("two")).unwrap(), std::fs::read(path("three")).unwrap());
}

#[test]
fn matches_have_lines_columns_and_their_line() {
    let folder = tempfile::tempdir().unwrap();
    let (snapshot, _) = written(&sample(), &folder.path().join("s"), None);
    let found = search(&snapshot, "needle");
    assert_eq!(
        shown(&found),
        [
            "a/one.txt:1:7:first needle",
            "a/one.txt:2:10:second é needle needle",
            "a/one.txt:2:17:second é needle needle",
            "b/three.txt:1:1:needle",
            "bad.txt:1:3:\u{fffd} needle \u{fffd}",
        ]
    );
    assert_eq!((found.files_searched, found.truncated), (5, false));
}

#[test]
fn case_prefix_limit_and_expressions_narrow_the_search() {
    let folder = tempfile::tempdir().unwrap();
    let (snapshot, _) = written(&sample(), &folder.path().join("s"), None);
    let all = Query { case_sensitive: false, path_prefix: b"b/", ..query(Pattern::Text("nEEdle")) };
    assert_eq!(shown(&snapshot.search(&all).unwrap()), ["b/Upper.txt:1:1:NEEDLE", "b/three.txt:1:1:needle"]);

    let few = snapshot.search(&Query { limit: 2, ..query(Pattern::Text("needle")) }).unwrap();
    assert_eq!((few.matches.len(), few.truncated), (2, true));
    let enough = snapshot.search(&Query { limit: 5, ..query(Pattern::Text("needle")) }).unwrap();
    assert_eq!((enough.matches.len(), enough.truncated), (5, false));

    let ends = snapshot.search(&query(Pattern::Regex(r"^\w+ needle|end$"))).unwrap();
    assert_eq!(shown(&ends), ["a/one.txt:1:1:first needle", "a/two.txt:1:14:no match, no end"]);
}

#[test]
fn an_expression_finds_what_lies_within_one_line_and_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    let mut tree = Tree::of([("a.txt", "one two\nthree;\n\n  four\r\n"), ("b.txt", "é = 1"), ("c.txt", "last")]);
    tree.add(b"nul.txt", 0o100_644, &[&b"x".repeat(8_000)[..], b"\0y\n"].concat());
    let (snapshot, _) = written(&tree, &folder.path().join("s"), None);
    let places = |source: &str| {
        let found = snapshot.search(&query(Pattern::Regex(source))).unwrap();
        assert!(!found.truncated);
        found
            .matches
            .iter()
            .map(|one| format!("{}:{}:{}", String::from_utf8_lossy(&one.path), one.line, one.column))
            .collect::<Vec<_>>()
    };
    for (source, wanted) in [
        // What could reach over the end of a line, or of a file, does not.
        (r"two\s+three", &[][..]),
        (r"two[^x]*three", &[]),
        (r"e\s", &["a.txt:1:3"]),
        (r"(?s)three.four", &[]),
        (r"three[^q]*", &["a.txt:2:1"]),
        (r"1.?last", &[]),
        (r"x\W+y", &[]),
        // Anchors hold at the lines and files that they stand in.
        (r"^\s*four", &["a.txt:4:1"]),
        (r"\Aone", &["a.txt:1:1"]),
        (r"\Athree", &[]),
        (r"\Alast\z", &["c.txt:1:1"]),
        (r"^\w+$", &["c.txt:1:1"]),
        (r"\bt\w+\b", &["a.txt:1:5", "a.txt:2:1"]),
        (r"(?i)É", &["b.txt:1:1"]),
        (r"^x{5}", &["nul.txt:1:1"]),
        (r"y$", &["nul.txt:1:8002"]),
    ] {
        let wanted: Vec<_> = wanted.iter().map(|place| (*place).to_owned()).collect();
        assert_eq!(places(source), wanted, "{source}");
    }
}

#[test]
fn expressions_that_are_made_to_hurt_end_in_time() {
    let folder = tempfile::tempdir().unwrap();
    let mut tree = Tree::default();
    tree.put(b"line.txt", 0o100_644, "a".repeat(1_000_000).as_bytes());
    for file in 0..8 {
        tree.put(format!("{file}.txt").as_bytes(), 0o100_644, "aaaaaaaaaaaaaaaaaaaab ;\n".repeat(40_000).as_bytes());
    }
    let (snapshot, _) = written(&tree, &folder.path().join("s"), None);
    for source in [
        r"(a*)*$c",
        r"(a|a)*c",
        r"(?:a?){40}a{40}c",
        r"(a|b|ab)*bc",
        r".*[^A-Z]|[A-Z]",
        r"(?i)(\w+\s?)+;$c",
        r"x*",
        r"(a|b)*a(a|b){12}c",
        r"[\s\S]*c",
    ] {
        let limit = Duration::from_millis(300);
        let started = Instant::now();
        let question = Query { limit: 10, deadline: Some(started + limit), ..query(Pattern::Regex(source)) };
        let found = snapshot.search(&question).unwrap();
        assert!(found.matches.len() <= 10);
        assert!(started.elapsed() < limit + Duration::from_secs(5), "{source}: {:?}", started.elapsed());
    }
}

#[test]
fn lines_are_read_by_their_numbers() {
    let folder = tempfile::tempdir().unwrap();
    let (snapshot, _) = written(&sample(), &folder.path().join("s"), None);
    let mut lines = snapshot.lines();
    for (path, line, wanted) in [
        ("a/one.txt", 2, "second é needle needle"),
        ("a/one.txt", 1, "first needle"),
        ("a/one.txt", 3, ""),
        ("a/one.txt", 9, ""),
        ("b/three.txt", 1, "needle"),
        ("binary", 1, ""),
        ("absent", 1, ""),
    ] {
        assert_eq!(lines.read(path.as_bytes(), line).unwrap(), wanted, "{path}:{line}");
    }
}

#[test]
fn a_passed_deadline_says_that_matches_may_be_missing() {
    let folder = tempfile::tempdir().unwrap();
    let (snapshot, _) = written(&sample(), &folder.path().join("s"), None);
    let now = Instant::now();
    let late = snapshot.search(&Query { deadline: Some(now), ..query(Pattern::Text("needle")) }).unwrap();
    assert!(late.truncated && late.matches.is_empty());
    let early = Some(now + Duration::from_mins(10));
    assert_eq!(snapshot.search(&Query { deadline: early, ..query(Pattern::Text("needle")) }).unwrap().matches.len(), 5);
}

#[test]
fn what_cannot_be_searched_for_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let (snapshot, _) = written(&sample(), &folder.path().join("s"), None);
    for pattern in [Pattern::Text(""), Pattern::Text("a\0b"), Pattern::Regex("")] {
        assert!(matches!(snapshot.search(&query(pattern)), Err(SearchError::Text)));
    }
    let deep = format!("{}a{}", "(".repeat(200), ")".repeat(200));
    for (source, wanted) in [
        ("(", "unclosed group"),
        (r"a{2,1}", "repetition"),
        (r"(a)\1", "backreferences"),
        (r"(?=a)", "look-around"),
        (r"\p{Nothing}", "Unicode"),
        (r"(\w{900}){900}", "too large"),
        (&deep, "nest"),
        (r"a\nb", "one line"),
        (r"\x00", "one line"),
    ] {
        let outcome = snapshot.search(&query(Pattern::Regex(source)));
        let Err(error @ SearchError::Regex(_)) = outcome else { panic!("{source}: {outcome:?}") };
        let error = error.to_string();
        assert!(error.contains(wanted) && !error.contains('\n'), "{source}: {error}");
    }
}

#[test]
fn a_long_line_is_shown_in_part() {
    let folder = tempfile::tempdir().unwrap();
    let long = format!("{}needle{}", "é".repeat(5_000), "ü".repeat(5_000));
    let tree = Tree::of([("long.txt", long.as_str())]);
    let (snapshot, _) = written(&tree, &folder.path().join("s"), None);
    let found = search(&snapshot, "needle");
    assert_eq!(found.matches[0].column, 5_001);
    let snippet = &found.matches[0].snippet;
    assert!(snippet.len() <= 240 && snippet.contains("éneedleü") && !snippet.contains('\u{fffd}'), "{snippet}");
}

#[test]
fn a_damaged_file_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("s");
    written(&sample(), &path, None);
    let whole = std::fs::read(&path).unwrap();
    for at in [0, 9, 17, 25, 33, 37, whole.len() - 1] {
        let mut wrong = whole.clone();
        wrong[at] ^= 1;
        std::fs::write(&path, &wrong).unwrap();
        assert!(matches!(Snapshot::open(&path), Err(SnapshotError::Damaged(_))), "{at}");
    }
    std::fs::write(&path, &whole[..whole.len() - 1]).unwrap();
    assert!(matches!(Snapshot::open(&path), Err(SnapshotError::Damaged(_))));
}

#[test]
fn a_cancelled_snapshot_leaves_nothing_behind() {
    let folder = tempfile::tempdir().unwrap();
    let tree = sample();
    let request = Write {
        path: &folder.path().join("s"),
        entries: &tree.entries,
        text_bytes: 1,
        former: None,
        cancel: &AtomicBool::new(true),
    };
    assert!(matches!(write(&request, &&tree), Err(SnapshotError::Cancelled)));
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}

/// `path, line, column` of every place, found the slow way.
fn naive(files: &[String], text: &str) -> Vec<(String, u32, u32)> {
    let mut out = Vec::new();
    for (number, content) in files.iter().enumerate() {
        for (at, _) in content.match_indices(text) {
            let before = &content[..at];
            let line = before.matches('\n').count() + 1;
            let column = before.rsplit('\n').next().unwrap().chars().count() + 1;
            out.push((format!("{number:02}"), u32::try_from(line).unwrap(), u32::try_from(column).unwrap()));
        }
    }
    out
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn a_search_finds_what_a_plain_search_finds(
        files in proptest::collection::vec("[abé\n]{0,60}", 1..12),
        text in "[abé\n]{1,3}",
        threads in 1_usize..4,
    ) {
        let folder = tempfile::tempdir().unwrap();
        let names: Vec<_> = (0..files.len()).map(|number| format!("{number:02}")).collect();
        let tree = Tree::of(names.iter().map(String::as_str).zip(files.iter().map(String::as_str)));
        let (snapshot, _) = written(&tree, &folder.path().join("s"), None);
        let wanted = naive(&files, &text);
        let in_line = !text.contains('\n');
        let patterns = [(Pattern::Text(&text), true), (Pattern::Text(&text), false), (Pattern::Regex(&text), true)];
        for (pattern, case_sensitive) in patterns.into_iter().take(if in_line { 3 } else { 2 }) {
            let question = Query { case_sensitive, threads: NonZeroUsize::new(threads).unwrap(), ..query(pattern) };
            let found = snapshot.search(&question).unwrap();
            let places: Vec<_> = found.matches.iter().map(|one| (String::from_utf8(one.path.clone()).unwrap(), one.line, one.column)).collect();
            prop_assert_eq!(&places, &wanted);
        }
    }
}
