//! How fast a snapshot of 32 MB is searched, and an index of 200,000 names. Figures are bytes of text a second, and
//! names a second.
//!
//! With `CODE_BENCH_TREE` set to a folder, also a snapshot of all files below it.
#![allow(clippy::unwrap_used, reason = "a bench that cannot go on should stop")]

#[path = "../tests/tree/mod.rs"]
mod tree;

use std::{fmt::Write as _, num::NonZeroUsize};

use code::{
    index::{Index, NameQuery, Writer},
    snapshot::{Pattern, Query, Snapshot, Write, write},
};
use divan::{
    Bencher,
    counter::{BytesCount, ItemsCount},
};
use tree::{Tree, given};

fn main() {
    divan::main();
}

const FILES: usize = 4_000;

fn snapshot(folder: &tempfile::TempDir) -> (Snapshot, u64) {
    let mut tree = Tree::default();
    for number in 0..FILES {
        let text = format!("let value_{number} = compute(input, {number});\n").repeat(200);
        tree.put(format!("src/f{number:05}.rs").as_bytes(), 0o100_644, text.as_bytes());
    }
    let request = Write {
        path: &folder.path().join("snapshot"),
        entries: &tree.entries,
        text_bytes: 1 << 20,
        former: None,
        cancel: &false.into(),
    };
    let (snapshot, written) = write(&request, &&tree).unwrap();
    (snapshot, written.bytes)
}

fn search(bencher: Bencher<'_, '_>, pattern: Pattern<'_>, case_sensitive: bool) {
    let folder = tempfile::tempdir().unwrap();
    let (snapshot, bytes) = snapshot(&folder);
    let query =
        Query { pattern, case_sensitive, path_prefix: b"", limit: 1_000, deadline: None, threads: NonZeroUsize::MIN };
    bencher.counter(BytesCount::new(bytes)).bench_local(|| snapshot.search(&query).unwrap());
}

#[divan::bench(sample_count = 20)]
fn text_that_is_nowhere(bencher: Bencher<'_, '_>) {
    search(bencher, Pattern::Text("no_such_name"), true);
}

#[divan::bench(sample_count = 20)]
fn text_in_the_last_file(bencher: Bencher<'_, '_>) {
    search(bencher, Pattern::Text("value_3999"), true);
}

#[divan::bench(sample_count = 20)]
fn text_in_any_case(bencher: Bencher<'_, '_>) {
    search(bencher, Pattern::Text("No_Such_Name"), false);
}

#[divan::bench(sample_count = 20)]
fn expression(bencher: Bencher<'_, '_>) {
    search(bencher, Pattern::Regex(r"value_\d+ = other"), true);
}

#[divan::bench(sample_count = 20)]
fn expression_with_an_anchor(bencher: Bencher<'_, '_>) {
    search(bencher, Pattern::Regex(r"^let value_\d+ = other"), true);
}

#[divan::bench(sample_count = 20)]
fn expression_without_a_letter(bencher: Bencher<'_, '_>) {
    search(bencher, Pattern::Regex(r"\d{9,}"), true);
}

#[divan::bench(args = ["no_such_name", "fn [a-z]+_no_such", "[a-z]+_no_such_[0-9]{3}", "^use .*no_such;$"], sample_count = 5)]
fn given_tree(bencher: Bencher<'_, '_>, pattern: &str) {
    let Some((tree, bytes)) = given() else { return };
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("snapshot");
    let cancel = false.into();
    let request = Write { path: &path, entries: &tree.entries, text_bytes: 5 << 20, former: None, cancel: &cancel };
    write(&request, &&tree).unwrap();
    let is_text = pattern.bytes().all(|byte| byte == b'_' || byte.is_ascii_alphanumeric());
    let pattern = if is_text { Pattern::Text(pattern) } else { Pattern::Regex(pattern) };
    let query = Query {
        pattern,
        case_sensitive: true,
        path_prefix: b"",
        limit: 1_000,
        deadline: None,
        threads: NonZeroUsize::MIN,
    };
    // As a question does: the snapshot is opened each time.
    bencher.counter(BytesCount::new(bytes)).bench_local(|| Snapshot::open(&path).unwrap().search(&query).unwrap());
}

/// An index of so many names.
const NAMES: u32 = 200_000;

#[divan::bench(args = ["no_such_name", "name_of_symbol_7", "symbol"], sample_count = 20)]
fn name(bencher: Bencher<'_, '_>, name: &str) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("index");
    let mut json = String::from("[");
    for number in 0..NAMES {
        let comma = if number == 0 { "" } else { "," };
        write!(json, r#"{comma}{{"path":"src/{:04}.rs","symbols":[{{"descriptor":"Type.name_of_symbol_{number}","kind":"method","name":"name_of_symbol_{number}","range":{{"end_column":1,"end_line":2,"start_column":1,"start_line":1}}}}]}}"#, number / 50).unwrap();
    }
    json.push(']');
    let mut writer = Writer::create(&path).unwrap();
    writer.add_shard(json.as_bytes()).unwrap();
    writer.finish().unwrap();
    let query = NameQuery { name, path_prefix: b"", limit: 1_000, deadline: None };
    bencher.counter(ItemsCount::new(NAMES)).bench_local(|| Index::open(&path).unwrap().search(&query).unwrap());
}
