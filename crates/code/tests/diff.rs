//! What leads from one manifest to another: every file and symbol once, under what has happened to it.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that cannot go on should stop")]

mod tree;

use std::collections::BTreeSet;

use code::manifest::{Built, DiffLimits, FileSide, ManifestDiff, Root, SymbolSide, diff};
use proptest::prelude::*;
use tree::{Shards, Tree, cold};

const LIMITS: DiffLimits = DiffLimits { files: 1_000, symbols: 1_000 };

fn root(built: &Built) -> Root {
    Root::parse(&built.root_json, built.manifest_digest).unwrap()
}

fn between(before: &Tree, after: &Tree, limits: DiffLimits) -> ManifestDiff {
    let ((old, mut shards), (new, others)) = (cold(before, 1), cold(after, 1));
    shards.0.extend(others.0);
    diff(&root(&old), &root(&new), &mut shards, limits).unwrap()
}

fn paths(files: &[FileSide]) -> Vec<String> {
    files.iter().map(|file| String::from_utf8_lossy(&file.path).into_owned()).collect()
}

fn pairs(files: &[(FileSide, FileSide)]) -> Vec<String> {
    assert!(files.iter().all(|(from, to)| from.path == to.path));
    files.iter().map(|(_, to)| String::from_utf8_lossy(&to.path).into_owned()).collect()
}

fn at(symbol: &SymbolSide) -> String {
    format!("{}:{} {}", String::from_utf8_lossy(&symbol.path), symbol.start_line, symbol.descriptor)
}

fn shown(symbols: &[SymbolSide]) -> Vec<String> {
    symbols.iter().map(at).collect()
}

fn shown_pairs(symbols: &[(SymbolSide, SymbolSide)]) -> Vec<String> {
    symbols.iter().map(|(from, to)| format!("{} -> {}", at(from), at(to))).collect()
}

#[test]
fn files_are_added_removed_changed_and_renamed() {
    let mut before = Tree::of([
        ("same.rs", "fn same() {}\n"),
        ("edited.rs", "fn a() {}\nfn b() { 1 }\n"),
        ("gone.rs", "fn gone() {}\n"),
        ("moved/one.txt", "the same text\n"),
        ("alike.rs", "fn one() { 1 }\nfn two() { 2 }\nfn three() { 3 }\n"),
    ]);
    before.add(b"mode.sh", 0o100_644, b"true\n");
    let mut after = Tree::of([
        ("same.rs", "fn same() {}\n"),
        ("edited.rs", "fn a() {}\nfn b() { 2 }\n"),
        ("come.rs", "fn come() {}\n"),
        ("elsewhere/one.txt", "the same text\n"),
        ("likeness.rs", "fn one() { 1 }\nfn two() { 2 }\nfn three() { 4 }\n"),
    ]);
    after.add(b"mode.sh", 0o100_755, b"true\n");

    let found = between(&before, &after, LIMITS);

    let files = &found.files;
    assert_eq!((paths(&files.added), paths(&files.removed)), (vec!["come.rs".to_owned()], vec!["gone.rs".to_owned()]));
    assert_eq!(pairs(&files.changed), ["edited.rs", "mode.sh"]);
    let renamed = files.renamed.iter().map(|one| {
        let path = |side: &FileSide| String::from_utf8_lossy(&side.path).into_owned();
        format!("{} -> {} {}", path(&one.from), path(&one.to), one.similarity)
    });
    assert_eq!(renamed.collect::<Vec<_>>(), ["moved/one.txt -> elsewhere/one.txt 100", "alike.rs -> likeness.rs 66"]);
    let counts = files.counts;
    assert_eq!((counts.added, counts.removed, counts.changed, counts.renamed), (1, 1, 2, 2));
    assert_eq!(
        shown_pairs(&found.symbols.changed),
        ["edited.rs:2 b -> edited.rs:2 b", "alike.rs:3 three -> likeness.rs:3 three"]
    );
    assert_eq!(
        (shown(&found.symbols.added), shown(&found.symbols.removed)),
        (vec!["come.rs:1 come".to_owned()], vec!["gone.rs:1 gone".to_owned()])
    );
    assert!(!found.truncated && found.symbols.moved.is_empty());
}

#[test]
fn a_symbol_with_the_same_body_elsewhere_has_moved_unless_several_have_it() {
    let before = Tree::of([
        ("a.rs", "fn stays() {}\nfn wanders() { 1 }\nfn twin() {}\n"),
        ("b.rs", "mod m {\n    fn inner() { 2 }\n}\nfn twin() {}\n"),
    ]);
    let after = Tree::of([
        ("a.rs", "\nfn stays() {}\n"),
        ("b.rs", "mod m {\n}\nfn inner() { 2 }\nfn wanders() { 1 }\n"),
        ("c.rs", "fn twin() {}\n"),
    ]);

    let symbols = between(&before, &after, LIMITS).symbols;

    assert_eq!(shown_pairs(&symbols.moved), ["b.rs:2 m.inner -> b.rs:3 inner", "a.rs:2 wanders -> b.rs:4 wanders"]);
    assert_eq!(shown_pairs(&symbols.changed), ["b.rs:1 m -> b.rs:1 m"]);
    assert_eq!(
        (shown(&symbols.added), shown(&symbols.removed)),
        (vec!["c.rs:1 twin".to_owned()], vec!["a.rs:3 twin".to_owned(), "b.rs:4 twin".to_owned()])
    );
    let counts = symbols.counts;
    assert_eq!((counts.added, counts.removed, counts.changed, counts.moved), (1, 2, 1, 2));
}

#[test]
fn shards_that_both_have_are_not_read() {
    let mut before = Tree::default();
    for directory in 0..6 {
        for file in 0..400 {
            let path = format!("d{directory}/f{file:04}.py");
            before.put(path.as_bytes(), 0o100_644, format!("def f{file}(): pass\n").as_bytes());
        }
    }
    let (old, mut shards) = cold(&before, 2);
    before.add(b"d3/f0007.py", 0o100_644, b"def changed(): pass\n");
    let (new, others) = cold(&before, 2);
    let (old, new) = (root(&old), root(&new));
    let common: Vec<_> = old
        .shards
        .iter()
        .map(|shard| shard.digest)
        .filter(|it| new.shards.iter().any(|new| new.digest == *it))
        .collect();
    shards.0.extend(others.0);
    // Not even there.
    shards.0.retain(|digest, _| !common.contains(digest));

    let found = diff(&old, &new, &mut shards, LIMITS).unwrap();

    assert_eq!((pairs(&found.files.changed), found.shards_read), (vec!["d3/f0007.py".to_owned()], 2));
    assert!(!common.is_empty());
    let nothing = diff(&new, &new, &mut Shards::default(), LIMITS).unwrap();
    assert_eq!(nothing, ManifestDiff::default());
}

#[test]
fn lists_are_bounded_and_counts_are_not() {
    let tree = |from: usize| {
        let mut tree = Tree::default();
        for file in from..from + 50 {
            tree.put(format!("{file:03}.rs").as_bytes(), 0o100_644, format!("fn f{file}() {{}}\n").as_bytes());
        }
        tree
    };
    let found = between(&tree(0), &tree(50), DiffLimits { files: 10, symbols: 7 });
    assert!(found.truncated);
    assert_eq!((found.files.added.len(), found.files.removed.len()), (10, 10));
    assert_eq!((found.files.counts.added, found.files.counts.removed), (50, 50));
    assert_eq!((found.symbols.added.len(), found.symbols.removed.len()), (7, 7));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn every_path_that_differs_is_told_once_and_no_other(
        before in proptest::collection::btree_map("[ab]/[a-d]", 0_u8..4, 0..8),
        after in proptest::collection::btree_map("[ab]/[a-d]", 0_u8..4, 0..8),
    ) {
        let tree = |files: &std::collections::BTreeMap<String, u8>| {
            let mut tree = Tree::default();
            for (path, content) in files {
                tree.put(path.as_bytes(), 0o100_644, format!("content {content}\n").as_bytes());
            }
            tree
        };
        let found = between(&tree(&before), &tree(&after), LIMITS).files;
        let mut told: Vec<String> = paths(&found.added);
        told.extend(paths(&found.removed));
        told.extend(pairs(&found.changed));
        for renamed in &found.renamed {
            prop_assert_eq!(renamed.from.sha256, renamed.to.sha256);
            told.extend(paths(&[renamed.from.clone(), renamed.to.clone()]));
        }
        told.sort();
        let all: BTreeSet<_> = before.keys().chain(after.keys()).collect();
        let differ: Vec<_> = all.into_iter().filter(|path| before.get(*path) != after.get(*path)).cloned().collect();
        prop_assert_eq!(told, differ);
    }
}
