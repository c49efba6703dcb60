//! The manifest: its bytes, its shards, its store of facts, and reading it back.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test that cannot go on should stop")]

mod tree;

use std::{
    collections::{BTreeMap, BTreeSet},
    num::NonZeroUsize,
    sync::atomic::AtomicBool,
};

use code::{
    facts::{Store, StoreError},
    hash::Digest,
    kind::{Kind, LfsPointer},
    limits::Limits,
    manifest::{Build, BuildError, Extractor, FileRecord, Lookup, Root, RootError, Shard, build, files},
};
use tree::{COMMIT, Shards, TREE, Tree, cold, made, record, records};

fn store(folder: &tempfile::TempDir) -> Store {
    Store::open(folder.path(), &Extractor::current(Limits::default())).unwrap()
}

/// A tree with every kind of file.
fn mixed() -> Tree {
    let mut tree = Tree::of([
        ("src/lib.rs", "use a::b;\n/// It runs.\npub fn run() {}\n"),
        ("src/a.py", "class A:\n    def b(self): pass\n"),
        ("README.md", "# é\n"),
        ("big.bin", "a\0b"),
        (
            "model.bin",
            "version https://git-lfs.github.com/spec/v1\noid sha256:4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393\nsize 12345\n",
        ),
        ("vendor/x.js", "var a = 1;"),
        ("empty.txt", ""),
    ]);
    tree.add(b"link", 0o120_000, b"../target");
    tree.add(b"module", 0o160_000, b"a commit, not a blob");
    tree.add(b"bad\xff\n\"name.rs", 0o100_755, b"fn x() {}");
    tree
}

/// `count` small files in each of some directories.
fn wide(directories: usize, count: usize) -> Tree {
    let mut tree = Tree::default();
    for directory in 0..directories {
        for file in 0..count {
            let path = format!("d{directory:03}/f{file:05}.py");
            let content = format!("def f{file}(): return {directory}\n");
            tree.put(path.as_bytes(), 0o100_644, content.as_bytes());
        }
    }
    tree
}

#[test]
fn the_bytes_of_a_small_manifest_never_change() {
    let (built, shards) = cold(&mixed(), 1);
    let root = Root::parse(&built.root_json, built.manifest_digest).unwrap();
    let shard = Shard::read(&shards.0[&root.shards[0].digest], &root.shards[0]).unwrap();
    // A failure here means that every manifest in the world changes: raise the extractor's version first.
    assert_eq!(Digest::of(shard.json()).to_string(), GOLDEN_SHARD, "{}", String::from_utf8_lossy(shard.json()));
    assert_eq!(built.content_digest.to_string(), GOLDEN_CONTENT);
    assert_eq!(built.manifest_digest.to_string(), GOLDEN_ROOT, "{}", String::from_utf8_lossy(&built.root_json));
}

const GOLDEN_SHARD: &str = "7d8f2351e1a3fd0475657682b5bd52d383e6163ce11676854440290e32204b1d";
const GOLDEN_CONTENT: &str = "ed2773368175a91d93941d6cc7b8a73bbc159db857fc7c6dd81ce87b33b010b0";
const GOLDEN_ROOT: &str = "e58b9c82bf7336e6e446a5ff55ea80f46c4f37cf95a4b855a42ef18f923471e1";

#[test]
fn every_byte_is_canonical() {
    let mut tree = mixed();
    for name in ["\u{1}\u{7f}.rs", "a\tb\\\"/c\u{8}\u{c}.rs", "\u{2028}é\u{1f600}.rs"] {
        tree.add(name.as_bytes(), 0o100_644, format!("/// {name} </doc> \u{fffe}\nfn a() {{}}\n").as_bytes());
    }
    let (built, shards) = cold(&tree, 1);
    let root = Root::parse(&built.root_json, built.manifest_digest).unwrap();
    let again = |bytes: &[u8]| {
        let value: serde_json::Value = serde_json::from_slice(bytes).unwrap();
        serde_json_canonicalizer::to_vec(&value).unwrap()
    };
    assert_eq!(again(&built.root_json), built.root_json);
    for entry in &root.shards {
        let shard = Shard::read(&shards.0[&entry.digest], entry).unwrap();
        assert_eq!(again(shard.json()), shard.json());
    }
}

#[test]
fn threads_order_and_cache_change_no_byte() {
    let folder = tempfile::tempdir().unwrap();
    let mut tree = wide(4, 400);
    let first = cold(&tree, 1);
    assert_eq!(cold(&tree, 4), first);
    tree.entries.reverse();
    assert_eq!(cold(&tree, 2), first);

    let mut warm = Shards::default();
    made(&tree, 2, &mut store(&folder), &mut Shards::default()).unwrap();
    let mut facts = store(&folder);
    tree.reads();
    let again = made(&tree, 2, &mut facts, &mut warm).unwrap();
    assert_eq!((again.fresh, tree.reads()), (0, 0));
    assert_eq!((again.root_json, warm), (first.0.root_json, first.1));
}

#[test]
fn a_change_of_ten_files_costs_ten_files() {
    let folder = tempfile::tempdir().unwrap();
    let mut tree = wide(3, 500);
    let (mut facts, mut shards) = (store(&folder), Shards::default());
    made(&tree, 2, &mut facts, &mut shards).unwrap();
    for file in 0..10 {
        tree.add(format!("d001/f{:05}.py", file * 40).as_bytes(), 0o100_644, format!("changed = {file}\n").as_bytes());
    }
    tree.reads();
    let built = made(&tree, 2, &mut facts, &mut shards).unwrap();
    assert_eq!((built.fresh, tree.reads()), (10, 10));
    assert_eq!(built.manifest_digest, cold(&tree, 1).0.manifest_digest);
}

#[test]
fn kinds_and_marks_are_recorded() {
    let (built, shards) = cold(&mixed(), 2);
    let all = records(&built, &shards);
    let file = |path: &[u8]| all.iter().find(|file| file.path == path).unwrap();
    let pointer = LfsPointer {
        oid: "4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393".parse().unwrap(),
        size: 12_345,
    };
    assert_eq!((file(b"model.bin").kind, file(b"model.bin").lfs), (Kind::Lfs, Some(pointer)));
    assert_eq!((file(b"big.bin").kind, file(b"big.bin").lines), (Kind::Binary, None));
    assert_eq!((file(b"link").kind, file(b"link").sha256), (Kind::Symlink, Some(Digest::of(b"../target"))));
    assert_eq!((file(b"module").kind, file(b"module").sha256, file(b"module").size), (Kind::Submodule, None, 0));
    assert_eq!((file(b"empty.txt").kind, file(b"empty.txt").lines), (Kind::Text, Some(0)));
    assert!(file(b"vendor/x.js").vendored && file(b"README.md").documentation && !file(b"src/lib.rs").vendored);
    assert_eq!(file(b"bad\xff\n\"name.rs").symbols[0].descriptor, "x");
    assert_eq!(file(b"bad\xff\n\"name.rs").mode, 0o100_755);
    assert_eq!(file(b"vendor/x.js").lines, Some(1));
    assert_eq!((built.counts.files, built.counts.kinds[&Kind::Text], built.counts.languages["Rust"].files), (10, 6, 2));
    assert!(all.is_sorted_by_key(|file| file.path.clone()));
}

#[test]
fn text_over_the_limit_is_hashed_and_not_parsed() {
    let content = "x = 1\n".repeat(1_000_000);
    let found = record("a.py", content.as_bytes());
    assert_eq!((found.kind, found.lines, found.size), (Kind::TooLarge, Some(1_000_000), 6_000_000));
    assert_eq!((found.sha256, found.language.as_deref()), (Some(Digest::of(content.as_bytes())), Some("Python")));
    assert!(found.symbols.is_empty());
}

#[test]
fn a_change_in_one_directory_rewrites_only_its_shards() {
    let mut tree = wide(6, 700);
    let before = cold(&tree, 2).1;
    tree.add(b"d003/f00350x.py", 0o100_644, b"new = 1\n");
    let (built, after) = cold(&tree, 2);
    let old: BTreeSet<_> = before.0.keys().collect();
    let rewritten = after.0.keys().filter(|digest| !old.contains(digest)).count();
    assert_eq!((rewritten, after.0.len()), (1, 6));
    let root = Root::parse(&built.root_json, built.manifest_digest).unwrap();
    assert_eq!(root.shards[3].prefix.bytes().unwrap(), b"d003/");
}

#[test]
fn a_directory_of_many_files_is_cut_and_stays_cut_when_one_is_added() {
    let mut tree = wide(1, 6_000);
    let before = cold(&tree, 2).1;
    assert!(before.0.len() > 3, "{}", before.0.len());
    tree.add(b"d000/f02999x.py", 0o100_644, b"new = 1\n");
    let after = cold(&tree, 2).1;
    let kept = after.0.keys().filter(|digest| before.0.contains_key(digest)).count();
    assert!(kept + 2 >= before.0.len(), "{kept} of {} kept", before.0.len());
}

#[test]
fn files_stream_as_they_were_written_whole_compact_or_below_a_path() {
    let tree = wide(3, 500);
    let (built, mut shards) = cold(&tree, 2);
    let root = Root::parse(&built.root_json, built.manifest_digest).unwrap();
    let all: Vec<_> = files(&root, &mut shards, b"", true).map(Result::unwrap).collect();
    assert_eq!(all.len(), 1_500);
    let some: Vec<_> = files(&root, &mut shards, b"d001/f0004", true).map(Result::unwrap).collect();
    assert_eq!(some, all[540..550]);
    let short: Vec<_> = files(&root, &mut shards, b"d002/f00000.py", false).map(Result::unwrap).collect();
    let read: FileRecord = serde_json::from_slice(&short[0]).unwrap();
    assert!(read.symbols.is_empty() && read.lines == Some(1));
    assert_eq!(root.shards_under(b"d001/").count(), 1);

    shards.0.clear();
    let failed: Vec<_> = files(&root, &mut shards, b"", true).collect();
    assert!(failed.len() == 1 && failed[0].is_err());
}

#[test]
fn a_file_and_a_body_are_looked_up_in_the_shards_that_hold_them() {
    let tree = wide(3, 500);
    let (built, mut shards) = cold(&tree, 2);
    let root = Root::parse(&built.root_json, built.manifest_digest).unwrap();
    let renames = BTreeMap::new();
    let mut lookup = Lookup::new(&root, &mut shards, &renames);
    let file = lookup.file(b"d001/f00007.py").unwrap().unwrap();
    assert_eq!(file.symbols[0].name, "f7");
    assert_eq!(lookup.file(b"d001/f00007").unwrap(), None);
    let bodies = lookup.body(&file.symbols[0].body_sha256).unwrap();
    assert_eq!(bodies, [("d001/f00007.py".to_owned(), file.symbols[0].clone())]);
    assert!(lookup.body(&Digest::of(b"nobody's")).unwrap().is_empty());
}

#[test]
fn damage_is_seen() {
    let (built, shards) = cold(&mixed(), 1);
    let mut wrong = built.root_json.clone();
    wrong[20] ^= 1;
    assert!(matches!(Root::parse(&wrong, built.manifest_digest), Err(RootError::Digest { .. })));
    let root = Root::parse(&built.root_json, built.manifest_digest).unwrap();
    let whole = &shards.0[&root.shards[0].digest];
    for at in 0..whole.len() {
        let mut wrong = whole.clone();
        wrong[at] ^= 0x10;
        let read = Shard::read(&wrong, &root.shards[0]);
        assert!(read.is_err() || read.unwrap().json() == Shard::read(whole, &root.shards[0]).unwrap().json());
    }
}

#[test]
fn a_build_fails_for_a_missing_blob_a_double_path_and_a_cancellation() {
    let folder = tempfile::tempdir().unwrap();
    let mut tree = mixed();
    tree.entries.push(tree.entries[0].clone());
    assert!(
        matches!(made(&tree, 2, &mut store(&folder), &mut Shards::default()), Err(BuildError::Twice(path)) if path == "src/lib.rs")
    );
    tree.entries.pop();
    tree.lose("src/a.py");
    assert!(
        matches!(made(&tree, 2, &mut store(&folder), &mut Shards::default()), Err(BuildError::Blob { path, .. }) if path == "src/a.py")
    );
    let request = Build {
        commit: COMMIT,
        tree: TREE,
        entries: tree.entries.clone(),
        threads: NonZeroUsize::MIN,
        limits: Limits::default(),
        cancel: &AtomicBool::new(true),
    };
    let cancelled = build(request, &&tree, &mut store(&folder), &mut Shards::default(), &|_| ());
    assert!(matches!(cancelled, Err(BuildError::Cancelled)));
}

#[test]
fn an_empty_tree_has_a_manifest() {
    let (built, shards) = cold(&Tree::default(), 2);
    assert_eq!((built.counts.files, shards.0.len()), (0, 0));
}

#[test]
fn a_store_cut_at_any_byte_of_its_last_record_loses_only_that_record() {
    let folder = tempfile::tempdir().unwrap();
    let tree = wide(1, 5);
    let (first, _) = cold(&tree, 1);
    made(&tree, 1, &mut store(&folder), &mut Shards::default()).unwrap();
    let path = std::fs::read_dir(folder.path()).unwrap().next().unwrap().unwrap().path();
    let whole = std::fs::read(&path).unwrap();
    let last = whole.len() - record_length(&whole);
    for cut in last..whole.len() {
        std::fs::write(&path, &whole[..cut]).unwrap();
        let mut facts = store(&folder);
        assert_eq!(facts.len(), 4, "cut at {cut}");
        let built = made(&tree, 1, &mut facts, &mut Shards::default()).unwrap();
        assert_eq!((built.fresh, built.manifest_digest), (1, first.manifest_digest));
        drop(facts);
        assert_eq!(std::fs::read(&path).unwrap(), whole);
    }
}

/// Length of the last of five records of about equal length: the payload begins with the kind.
fn record_length(whole: &[u8]) -> usize {
    let payload = whole.windows(8).rposition(|window| window == b"{\"kind\":").unwrap();
    whole.len() - payload + 48
}

#[test]
fn a_damaged_record_is_worked_out_again() {
    let folder = tempfile::tempdir().unwrap();
    let tree = wide(1, 5);
    let first = made(&tree, 1, &mut store(&folder), &mut Shards::default()).unwrap();
    let path = std::fs::read_dir(folder.path()).unwrap().next().unwrap().unwrap().path();
    let mut bytes = std::fs::read(&path).unwrap();
    let last = bytes.len() - 3;
    bytes[last] ^= 1;
    std::fs::write(&path, &bytes).unwrap();
    let again = made(&tree, 1, &mut store(&folder), &mut Shards::default()).unwrap();
    assert_eq!((again.fresh, again.manifest_digest), (1, first.manifest_digest));
}

#[test]
fn a_store_has_one_owner_and_one_extractor() {
    let folder = tempfile::tempdir().unwrap();
    let mut held = store(&folder);
    made(&mixed(), 1, &mut held, &mut Shards::default()).unwrap();
    let extractor = Extractor::current(Limits::default());
    assert!(matches!(Store::open(folder.path(), &extractor), Err(StoreError::Busy)));
    drop(held);
    assert!(!store(&folder).is_empty());
    let other = Extractor::current(Limits { symbols: 7, ..Limits::default() });
    assert!(Store::open(folder.path(), &other).unwrap().is_empty());
    assert!(store(&folder).is_empty());
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
}
