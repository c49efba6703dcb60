//! Symbols are found by name in the index, best first, and a garbled index harms nobody.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that cannot go on should stop")]

mod tree;

use std::{
    path::Path,
    time::{Duration, Instant},
};

use code::{
    index::{FoundSymbols, Index, IndexError, NameQuery, Writer},
    manifest::{Root, Shard},
};
use proptest::prelude::*;
use tree::{Tree, cold};

/// The index of a tree, written as its manifest is made.
fn indexed(tree: &Tree, path: &Path) -> Index {
    let (built, shards) = cold(tree, 2);
    let root = Root::parse(&built.root_json, built.manifest_digest).unwrap();
    let mut writer = Writer::create(path).unwrap();
    for entry in &root.shards {
        writer.add_shard(Shard::read(&shards.0[&entry.digest], entry).unwrap().json()).unwrap();
    }
    assert_eq!(writer.finish().unwrap(), built.counts.symbols);
    Index::open(path).unwrap()
}

fn query(name: &str) -> NameQuery<'_> {
    NameQuery { name, path_prefix: b"", limit: 1_000, deadline: None }
}

/// `path:line:column kind descriptor` of each symbol.
fn shown(found: &FoundSymbols) -> Vec<String> {
    let line = |one: &code::index::Named| {
        let path = String::from_utf8_lossy(&one.path);
        format!("{path}:{}:{} {:?} {}", one.line, one.column, one.kind, one.descriptor)
    };
    found.symbols.iter().map(line).collect()
}

fn sample() -> Tree {
    let mut tree = Tree::of([
        ("b.rs", "pub fn open() {}\n  struct Opener;\nfn reopen() {}\n"),
        ("a.py", "class Store:\n    def open(self): pass\n    def OPEN(self): pass\n"),
        ("none.txt", "open\n"),
        ("z/é.rs", "fn öffnen() {}\nfn open_all() {}\n"),
    ]);
    tree.add(b"bad\xff.rs", 0o100_644, b"fn open() {}\n");
    tree
}

#[test]
fn the_very_name_comes_before_its_other_cases_its_beginnings_and_what_holds_it() {
    let folder = tempfile::tempdir().unwrap();
    let index = indexed(&sample(), &folder.path().join("i"));
    assert_eq!((index.files(), index.symbols()), (5, 9));
    let found = index.search(&query("open")).unwrap();
    assert_eq!(
        shown(&found),
        [
            "a.py:2:5 Method Store.open",
            "b.rs:1:1 Function open",
            "bad\u{fffd}.rs:1:1 Function open",
            "a.py:3:5 Method Store.OPEN",
            "b.rs:2:3 Struct Opener",
            "z/é.rs:2:1 Function open_all",
            "b.rs:3:1 Function reopen",
        ]
    );
    assert!(!found.truncated);
    assert_eq!(found.symbols[2].path, b"bad\xff.rs");
    assert_eq!(shown(&index.search(&query("ÖFF")).unwrap()), ["z/é.rs:1:1 Function öffnen"]);
    assert_eq!(shown(&index.search(&query("OPEN")).unwrap())[0], "a.py:3:5 Method Store.OPEN");
    for nothing in ["", "\0", "absent", "open\0opener"] {
        assert_eq!(index.search(&query(nothing)).unwrap(), FoundSymbols::default(), "{nothing:?}");
    }
}

#[test]
fn path_limit_and_deadline_narrow_a_search_by_name() {
    let folder = tempfile::tempdir().unwrap();
    let index = indexed(&sample(), &folder.path().join("i"));
    let below = index.search(&NameQuery { path_prefix: b"b", ..query("open") }).unwrap();
    assert_eq!(below.symbols.len(), 4);
    let best = index.search(&NameQuery { limit: 2, ..query("open") }).unwrap();
    assert_eq!((shown(&best), best.truncated), (shown(&index.search(&query("open")).unwrap())[..2].to_vec(), true));
    let all = index.search(&NameQuery { limit: 7, ..query("open") }).unwrap();
    assert_eq!((all.symbols.len(), all.truncated), (7, false));
    let late = index.search(&NameQuery { deadline: Some(Instant::now()), ..query("open") }).unwrap();
    assert!(late.truncated && late.symbols.is_empty());
    let early = Some(Instant::now() + Duration::from_mins(10));
    assert_eq!(index.search(&NameQuery { deadline: early, ..query("open") }).unwrap(), all);
}

#[test]
fn symbols_of_many_blocks_are_all_found() {
    let folder = tempfile::tempdir().unwrap();
    let mut tree = Tree::default();
    for file in 0..20 {
        let lines = (0..2_000).map(|one| format!("fn a_function_with_a_name_{file}_{one}() {{}}\n"));
        let text = lines.collect::<Vec<_>>().concat();
        tree.put(format!("{file:02}.rs").as_bytes(), 0o100_644, text.as_bytes());
    }
    let index = indexed(&tree, &folder.path().join("i"));
    for (file, one) in [(0, 0), (0, 1_999), (7, 1_000), (19, 1_999)] {
        let name = format!("a_function_with_a_name_{file}_{one}");
        let found = index.search(&NameQuery { limit: 3, ..query(&name) }).unwrap();
        assert_eq!((found.symbols[0].name.as_str(), found.symbols[0].line), (name.as_str(), one + 1));
        assert_eq!(found.symbols[0].path, format!("{file:02}.rs").as_bytes());
    }
    let all = index.search(&NameQuery { limit: 100_000, ..query("WITH_A") }).unwrap();
    assert_eq!((all.symbols.len(), all.truncated), (40_000, false));
}

#[test]
fn an_index_that_is_not_finished_is_not_there() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("i");
    drop(Writer::create(&path).unwrap());
    assert!(matches!(Index::open(&path), Err(IndexError::Io("opened", _))));
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    assert!(matches!(Writer::create(&path).unwrap().add_shard(b"[{}, 1]"), Err(IndexError::Record(_))));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn a_garbled_index_is_refused_or_answers(at in 0_usize..1_000, mask in 1_u8.., keep in 0_usize..1_000) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("i");
        indexed(&sample(), &path);
        let whole = std::fs::read(&path).unwrap();
        let mut wrong = whole.clone();
        let at = at % wrong.len();
        wrong[at] ^= mask;
        let cut = whole[..keep % whole.len()].to_vec();
        for bytes in [wrong, cut] {
            std::fs::write(&path, bytes).unwrap();
            let outcome = Index::open(&path).and_then(|index| index.search(&query("open")));
            prop_assert!(matches!(outcome, Err(IndexError::Damaged(_))), "{:?}", outcome);
        }
    }
}
