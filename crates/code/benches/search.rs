//! How fast a snapshot of 32 MB is searched. Figures are bytes of text a second.
#![allow(clippy::unwrap_used, reason = "a bench that cannot go on should stop")]

#[path = "../tests/tree/mod.rs"]
mod tree;

use std::num::NonZeroUsize;

use code::snapshot::{Pattern, Query, Snapshot, Write, write};
use divan::{Bencher, counter::BytesCount};
use tree::Tree;

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
