//! How fast a manifest is made: of text without symbols, with symbols in three languages, and once more when
//! all facts are known. Figures are bytes of source a second.
//!
//! With `CODE_BENCH_TREE` set to a folder, also of all files below it: as they are, and without symbols.
#![allow(clippy::unwrap_used, reason = "a bench that cannot go on should stop")]

#[path = "../tests/tree/mod.rs"]
mod tree;

use std::{fmt::Write as _, num::NonZeroUsize, sync::atomic::AtomicBool};

use code::{
    facts::Store,
    limits::Limits,
    manifest::{Build, Extractor, build},
};
use divan::{Bencher, counter::BytesCount};
use tree::{COMMIT, Shards, TREE, Tree, given, made};

fn main() {
    divan::main();
}

/// A file of about 10 KB in the manner of the language.
fn source(extension: &str, number: usize) -> String {
    let mut text = String::new();
    for one in 0..40 {
        match extension {
            "rs" => writeln!(text, "/// Adds {one}.\npub fn add_{one}(left: u32, right: &[u32]) -> Option<u32> {{\n    let sum = right.iter().fold(left, |sum, next| sum.wrapping_add(*next));\n    if sum > {number} {{ Some(sum) }} else {{ None }}\n}}\n"),
            "py" => writeln!(text, "def add_{one}(left, right):\n    \"\"\"Adds {one}.\"\"\"\n    total = left\n    for item in right:\n        total += item * {number}\n    return total if total > 0 else None\n\n"),
            "ts" => writeln!(text, "/** Adds {one}. */\nexport function add_{one}(left: number, right: number[]): number | null {{\n  const sum = right.reduce((sum, next) => sum + next, left);\n  return sum > {number} ? sum : null;\n}}\n"),
            _ => writeln!(text, "Line {one} of text number {number}, long enough to be a sentence of some kind, and then some more words."),
        }
        .unwrap();
    }
    text
}

fn project(extension: &str) -> (Tree, u64) {
    let mut tree = Tree::default();
    let mut bytes = 0;
    for number in 0..500 {
        let text = source(extension, number);
        bytes += text.len() as u64;
        tree.put(format!("src/d{}/f{number}.{extension}", number % 20).as_bytes(), 0o100_644, text.as_bytes());
    }
    (tree, bytes)
}

fn store(folder: &tempfile::TempDir) -> Store {
    Store::open(folder.path(), &Extractor::current(Limits::default())).unwrap()
}

#[divan::bench(args = ["txt", "rs", "py", "ts"], sample_count = 10)]
fn cold(bencher: Bencher<'_, '_>, extension: &str) {
    let (tree, bytes) = project(extension);
    bencher
        .counter(BytesCount::new(bytes))
        .with_inputs(|| tempfile::tempdir().unwrap())
        .bench_refs(|folder| made(&tree, 1, &mut store(folder), &mut Shards::default()).unwrap());
}

#[divan::bench(args = ["txt", "rs", "py", "ts"], sample_count = 10)]
fn warm(bencher: Bencher<'_, '_>, extension: &str) {
    let (tree, bytes) = project(extension);
    let folder = tempfile::tempdir().unwrap();
    let (mut facts, mut shards) = (store(&folder), Shards::default());
    made(&tree, 1, &mut facts, &mut shards).unwrap();
    bencher.counter(BytesCount::new(bytes)).bench_local(|| made(&tree, 1, &mut facts, &mut shards).unwrap());
}

#[divan::bench(args = [20_000, 0], sample_count = 3)]
fn given_tree(bencher: Bencher<'_, '_>, symbols: u32) {
    let Some((tree, bytes)) = given() else { return };
    let limits = Limits { symbols, ..Limits::default() };
    let cancel = AtomicBool::new(false);
    let request = || Build {
        commit: COMMIT,
        tree: TREE,
        entries: tree.entries.clone(),
        threads: NonZeroUsize::MIN,
        limits,
        cancel: &cancel,
    };
    bencher.counter(BytesCount::new(bytes)).with_inputs(|| tempfile::tempdir().unwrap()).bench_refs(|folder| {
        let mut facts = Store::open(folder.path(), &Extractor::current(limits)).unwrap();
        build(request(), &&tree, &mut facts, &mut Shards::default(), &|_| ()).unwrap()
    });
}
