//! Whatever bytes a reader is given, it answers or refuses: it neither panics nor runs on.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that cannot go on should stop")]

mod tree;

use std::{num::NonZeroUsize, sync::atomic::AtomicBool};

use code::{
    attributes::Stack,
    blob::BlobId,
    facts::{Key, Store},
    hash::Digest,
    kind::LfsPointer,
    language::Hint,
    limits::Limits,
    manifest::{Extractor, FileRecord, PathText, Root, Shard, ShardEntry},
    snapshot::{Pattern, Query, Snapshot, SnapshotError, Write, write},
};
use proptest::prelude::*;
use tree::{Tree, cold};

/// Something near JSON.
fn almost_json() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        r"[\[\]{}:,]".prop_map(String::into_bytes),
        r#""(path|path_b64|mode|blob_id|symbols|kind|size|shards|digest|first|files|bytes)":?"#
            .prop_map(String::into_bytes),
        "-?[0-9]{1,20}".prop_map(String::into_bytes),
        proptest::collection::vec(any::<u8>(), 0..4),
    ];
    proptest::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat())
}

fn entry(digest: Digest, bytes: u64) -> ShardEntry {
    let text = || PathText::Text(String::new());
    ShardEntry { bytes, digest, files: 1, first: text(), last: text(), prefix: text() }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn attribute_files_of_any_bytes_are_read_over(
        files in proptest::collection::vec(("([a-c]/){0,3}", proptest::collection::vec(any::<u8>(), 0..200)), 0..4),
        lines in r"([*?\[\]!/a\\\\ ]{1,8} ?(-|!)?(linguist-language|linguist-generated|binary|text)?(=[a-z]{0,4})?\n){0,6}",
        path in proptest::collection::vec(any::<u8>(), 0..20),
    ) {
        let mut stack = Stack::default();
        stack.enter(b"", lines.as_bytes());
        stack.of(&path);
        for (directory, content) in &files {
            stack.enter(directory.as_bytes(), content);
            stack.of(&path);
            stack.of(b"a/b/c/d.rs");
        }
        stack.leave(&path);
        stack.of(&path);
    }

    #[test]
    fn roots_of_any_bytes_are_refused(bytes in almost_json()) {
        prop_assert!(Root::parse(&bytes, Digest::of(&bytes)).is_err());
        prop_assert!(serde_json::from_slice::<FileRecord>(&bytes).is_err());
    }

    #[test]
    fn shards_of_any_bytes_are_refused_or_read(
        bytes in almost_json(),
        raw in proptest::collection::vec(any::<u8>(), 0..60),
        said in prop_oneof![0_u64..300, Just(u64::MAX), Just(1 << 40)],
    ) {
        if let Ok(shard) = Shard::read(&raw, &entry(Digest::of(b""), said)) {
            prop_assert!(shard.json().is_empty());
        }
        let packed = zstd::bulk::compress(&bytes, 1).unwrap();
        let length = bytes.len() as u64;
        prop_assert!(Shard::read(&packed, &entry(Digest::of(b"other"), length)).is_err());
        if let Ok(shard) = Shard::read(&packed, &entry(Digest::of(&bytes), length)) {
            drop((shard.records(), shard.raw(), shard.select(&|_| true, false)));
        }
    }

    #[test]
    fn a_root_with_one_wrong_byte_is_not_taken_for_another(at in any::<prop::sample::Index>(), mask in 1_u8..) {
        let (built, _) = cold(&Tree::of([("a.rs", "fn a() {}\n")]), 1);
        let mut bytes = built.root_json.clone();
        let at = at.index(bytes.len());
        bytes[at] ^= mask;
        prop_assert!(Root::parse(&bytes, built.manifest_digest).is_err());
        drop(Root::parse(&bytes, Digest::of(&bytes)));
    }

    #[test]
    fn pointers_of_any_bytes_are_no_pointers_or_whole_ones(
        text in "version https://git-lfs.github.com/spec/v1\n((oid|size|x) ?(sha256:)?[0-9a-f]{0,64}\n){0,4}",
    ) {
        prop_assert!(LfsPointer::parse(text.as_bytes()).is_none_or(|pointer| text.contains(&pointer.oid.to_string())));
    }

    #[test]
    fn a_store_of_any_bytes_opens_and_keeps_what_is_added(
        bytes in proptest::collection::vec(any::<u8>(), 0..300),
        cut in any::<prop::sample::Index>(),
    ) {
        let folder = tempfile::tempdir().unwrap();
        let extractor = Extractor::current(Limits::default());
        let open = || Store::open(folder.path(), &extractor).unwrap();
        let key = Key::new(BlobId([7; 20]), &Hint::Binary);
        {
            let mut store = open();
            store.split().1.add(key, b"{}").unwrap();
            store.absorb().unwrap();
        }
        let path = std::fs::read_dir(folder.path()).unwrap().next().unwrap().unwrap().path();
        let mut whole = std::fs::read(&path).unwrap();
        whole.truncate(cut.index(whole.len() + 1));
        whole.extend_from_slice(&bytes);
        std::fs::write(&path, &whole).unwrap();
        let mut store = open();
        drop(store.split().0.get(&key));
        store.split().1.add(key, b"[]").unwrap();
        store.absorb().unwrap();
        let known = store.len();
        drop(store);
        prop_assert_eq!(open().len(), known);
    }
}

/// The bytes of a snapshot, with the checksums made right again after something else was made wrong.
fn resealed(mut bytes: Vec<u8>) -> Vec<u8> {
    let number = |bytes: &[u8], at: usize| usize::try_from(u64::from_le_bytes(*bytes[at..].first_chunk().unwrap()));
    if let (Ok(offset), Ok(size)) = (number(&bytes, 8), number(&bytes, 16))
        && let Some(index) = bytes.get(offset..offset.saturating_add(size))
    {
        let crc = crc32fast::hash(index);
        bytes[32..36].copy_from_slice(&crc.to_le_bytes());
    }
    let crc = crc32fast::hash(&bytes[..36]);
    bytes[36..40].copy_from_slice(&crc.to_le_bytes());
    bytes
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn a_garbled_snapshot_is_refused_or_searched(
        changes in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
        keep in any::<prop::sample::Index>(),
        seal in any::<bool>(),
        from_the_back in any::<bool>(),
    ) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("s");
        let tree = Tree::of([("a.txt", "needle\n"), ("b/c.txt", "a needle\n"), ("d.txt", "")]);
        let cancel = AtomicBool::new(false);
        write(&Write { path: &path, entries: &tree.entries, text_bytes: 100, former: None, cancel: &cancel }, &&tree).unwrap();
        let mut bytes = std::fs::read(&path).unwrap();
        let index = if from_the_back { bytes.len() - 120 } else { 0 };
        for (at, byte) in changes {
            let at = index + at.index(bytes.len() - index);
            bytes[at] = byte;
        }
        let cut = bytes[..keep.index(bytes.len())].to_vec();
        std::fs::write(&path, cut).unwrap();
        prop_assert!(matches!(Snapshot::open(&path), Err(SnapshotError::Damaged(_))));
        std::fs::write(&path, if seal { resealed(bytes) } else { bytes }).unwrap();
        if let Ok(snapshot) = Snapshot::open(&path) {
            let query = Query {
                pattern: Pattern::Text("needle"),
                case_sensitive: true,
                path_prefix: b"",
                limit: 10,
                deadline: None,
                threads: NonZeroUsize::MIN,
            };
            drop(snapshot.search(&query));
            drop(snapshot.search(&Query { pattern: Pattern::Regex("^.*needle$"), ..query }));
            drop(snapshot.text(b"b/c.txt"));
            drop(snapshot.lines().read(b"b/c.txt", 2));
        }
    }
}
