//! rust-analyzer's own renames, from the sources of its crate `ra_ap_ide`, whose text is not ours to keep:
//! `scripts/rename-suites` says where it is and prints what came of it.

#![cfg(feature = "rust")]
#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::print_stdout,
    reason = "a test that cannot go on should stop, and one that measures should tell"
)]

mod support;

use std::{collections::BTreeMap, fmt::Write as _};

use refactor::{Hierarchy, Options, Verdict};
use support::Case;

/// Tests in which rust-analyzer makes a choice that is not ours, with what we do.
const OTHERWISE: [(&str, &str); 4] = [
    ("test_rename_fails_on_aliases", "an alias is renamed, where it is made and used"),
    ("rename_path_inside_use_tree", "the item is renamed, where an alias would be made"),
    ("rename_path_inside_use_tree_foreign", "the item is renamed, where an alias would be made"),
    ("rename_constructor_locals", "only the field is renamed, and not the parameters that fill it"),
];

/// One renaming of the suite.
struct Pair {
    line: usize,
    /// The test it belongs to.
    test: String,
    new_name: String,
    before: String,
    after: String,
}

#[test]
#[ignore = "needs the sources of ra_ap_ide, in RUST_ANALYZER_IDE"]
fn no_rename_of_rust_analyzers_suite_is_safe_and_wrong() {
    let folder = std::env::var("RUST_ANALYZER_IDE").expect("RUST_ANALYZER_IDE is the folder of ra_ap_ide's sources");
    let text = std::fs::read_to_string(format!("{folder}/src/rename.rs")).expect("it has a file src/rename.rs");
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for pair in pairs(&text) {
        let (score, detail) = score(&pair);
        *counts.entry(score).or_default() += 1;
        println!("{score}\tline {}\t{}\t{}", pair.line, pair.test, detail.lines().next().unwrap_or_default());
        if score == "wrong" || std::env::var("DETAIL").is_ok_and(|line| line == pair.line.to_string()) {
            println!("{detail}\n--- expected\n{}", pair.after);
        }
    }
    println!("{counts:?}");
    assert_eq!(counts.get("wrong"), None);
}

fn score(pair: &Pair) -> (&'static str, String) {
    let case = Case::new(&fixture(&pair.before), "main.rs");
    let expected_error = pair.after.starts_with("error:");
    let options = Options { hierarchy: Hierarchy::Family, ..Options::default() };
    let outcome = match case.try_rename(&pair.new_name, options) {
        Ok(outcome) => outcome,
        Err(error) => return (if expected_error { "exact" } else { "refused" }, error.to_string()),
    };
    let proposal = &outcome.proposal;
    let codes = proposal.conflicts.iter().map(|it| it.code).chain(proposal.needs_review.iter().map(|it| it.code));
    let detail = format!("{:?} {:?}\n{}", proposal.verdict, codes.collect::<Vec<_>>(), outcome.after);
    let is_equal = is_expected(&case.after(proposal), &pair.after);
    let explained = OTHERWISE.iter().find(|(test, _)| *test == pair.test);
    let score = match (proposal.verdict, is_equal, expected_error) {
        (Verdict::Refused, _, true) | (_, true, false) => "exact",
        (Verdict::Refused, _, false) => "refused",
        (Verdict::NeedsReview, _, _) => "review",
        (Verdict::Safe, false, _) if explained.is_some() => "otherwise",
        (Verdict::Safe, _, true) => "allowed",
        (Verdict::Safe, false, false) => "wrong",
    };
    (score, explained.map_or(detail, |(_, why)| (*why).to_owned()))
}

/// Whether the files that are shown came out as shown. Spaces do not count, and `x: x` is `x`.
fn is_expected(after: &BTreeMap<String, String>, expected: &str) -> bool {
    let is_alike = |one: &str, other: &str| alike(one) == alike(other);
    if !expected.contains("//- ") {
        return after.values().any(|text| is_alike(text, expected));
    }
    let expected = support::split(&fixture(expected), "main.rs");
    expected
        .iter()
        .all(|(path, text)| path.ends_with("Cargo.toml") || after.get(path).is_some_and(|it| is_alike(it, text)))
}

/// A text without its spaces, and with each `x: x` and `x: ref x` as the shorthand.
fn alike(text: &str) -> String {
    let parts: Vec<&str> = text.split_whitespace().collect();
    let mut kept: Vec<&str> = Vec::new();
    let mut index = 0;
    while let Some(word) = parts.get(index) {
        let field = word.strip_suffix(':');
        let bound = parts.get(index + 1).map(|next| if matches!(*next, "ref" | "mut") { index + 2 } else { index + 1 });
        let is_twice = field
            .zip(bound.and_then(|at| parts.get(at)))
            .is_some_and(|(field, it)| it.trim_end_matches([',', ')', ';']) == field);
        if !is_twice {
            kept.push(word);
        }
        index += 1;
    }
    kept.concat()
}

/// The calls of `check` with two texts.
fn pairs(text: &str) -> Vec<Pair> {
    let mut pairs = Vec::new();
    for (at, _) in text.match_indices("check(") {
        let is_call = text[..at].ends_with([' ', '\n']) && !text[..at].ends_with("fn ");
        let Some((arguments, _)) = is_call.then(|| literals(&text[at + "check(".len()..])) else { continue };
        if let [new_name, before, after] = arguments.as_slice() {
            let line = text[..at].matches('\n').count() + 1;
            let owner = text[..at].rsplit("    fn ").next().unwrap_or_default();
            let owner = owner.split('(').next().unwrap_or_default().to_owned();
            pairs.push(Pair {
                line,
                test: owner,
                new_name: new_name.clone(),
                before: before.clone(),
                after: after.clone(),
            });
        }
    }
    pairs
}

/// The string literals of the arguments of a call.
fn literals(mut rest: &str) -> (Vec<String>, &str) {
    let mut found = Vec::new();
    loop {
        rest = rest.trim_start_matches([',', ' ', '\n']);
        let hashes = rest.strip_prefix('r').map_or(0, |rest| rest.chars().take_while(|it| *it == '#').count());
        let raw = rest.strip_prefix('r').map(|rest| &rest[hashes..]);
        let Some(inside) = raw.unwrap_or(rest).strip_prefix('"') else { return (found, rest) };
        let end = format!("\"{}", "#".repeat(hashes));
        let Some(length) = inside.find(&end) else { return (found, rest) };
        found.push(inside[..length].to_owned());
        rest = &inside[length + end.len()..];
    }
}

/// From rust-analyzer's notation to ours: its cursor, its paths, its crates as manifests.
fn fixture(text: &str) -> String {
    let mut out = String::new();
    let mut manifests = String::new();
    for line in text.trim_start_matches('\n').split_inclusive('\n') {
        let Some(meta) = line.trim_start().strip_prefix("//- ") else {
            out.push_str(&line.replace("$0", "<|>"));
            continue;
        };
        let mut parts = meta.split_whitespace();
        let path = parts.next().unwrap_or_default();
        if path.ends_with(':') {
            continue;
        }
        let path = path.trim_start_matches('/');
        let _ = writeln!(out, "//- {path}");
        let meta: BTreeMap<&str, &str> = parts.filter_map(|part| part.split_once(':')).collect();
        if let Some(name) = meta.get("crate") {
            let name = name.split('@').next().unwrap_or(name);
            let edition = meta.get("edition").unwrap_or(&"2021");
            let _ = write!(
                manifests,
                "//- {name}/Cargo.toml\n[package]\nname = \"{name}\"\nedition = \"{edition}\"\n[lib]\npath = \"../{path}\"\n[dependencies]\n"
            );
            for dependency in meta.get("deps").into_iter().flat_map(|deps| deps.split(',')) {
                let _ = writeln!(manifests, "{dependency} = {{ path = \"../{dependency}\" }}");
            }
        }
    }
    format!("{out}\n{manifests}")
}
