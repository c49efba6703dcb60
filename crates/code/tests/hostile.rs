//! Files that are made to hurt cost bounded time and no stack.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that cannot go on should stop")]

mod tree;

use std::time::{Duration, Instant};

use code::kind::Kind;
use tree::record;

/// Extensions, and what opens a level in the language.
const LANGUAGES: [(&str, &str); 9] = [
    ("rs", "mod a {"),
    ("py", "if x:\n "),
    ("js", "class A {"),
    ("ts", "class A {"),
    ("tsx", "<b>"),
    ("go", "if x {"),
    ("java", "class A {"),
    ("c", "#if A\n"),
    ("cc", "namespace {"),
];

/// Generous on a busy machine, and far below what anything without a bound would take.
const LIMIT: Duration = Duration::from_secs(30);

#[test]
fn deep_nesting_in_any_language_ends_in_time() {
    let started = Instant::now();
    for (extension, own) in LANGUAGES {
        for open in ["(", "{", "[", "!", own] {
            let found = record(&format!("a.{extension}"), open.repeat(50_000).as_bytes());
            assert_eq!(found.kind, Kind::Text);
            assert!(found.symbols.iter().all(|symbol| symbol.descriptor.len() < 10_000));
        }
    }
    assert!(started.elapsed() < 3 * LIMIT, "{:?}", started.elapsed());
}

#[test]
fn classes_inside_classes_are_listed_to_a_depth_and_no_deeper() {
    let text = format!("{}{}", "class A {".repeat(20_000), "}".repeat(20_000));
    let found = record("A.java", text.as_bytes());
    assert!(found.symbols.len() <= 33, "{}", found.symbols.len());
}

#[test]
fn twenty_megabytes_on_one_line_are_hashed_and_not_parsed() {
    let started = Instant::now();
    let found = record("a.js", &b"a=1;".repeat(5_000_000));
    assert_eq!((found.kind, found.lines, found.size), (Kind::TooLarge, Some(1), 20_000_000));
    assert!(found.generated);
    assert!(started.elapsed() < LIMIT);
}

#[test]
fn many_symbols_on_one_line_cost_one_pass() {
    let started = Instant::now();
    let found = record("a.js", "function f(){};".repeat(100_000).as_bytes());
    assert_eq!((found.symbols.len(), found.syntax_errors), (20_000, true));
    assert_eq!(found.symbols[19_999].range.start_column, 19_999 * 15 + 1);
    assert!(started.elapsed() < LIMIT, "{:?}", started.elapsed());
}

#[test]
fn bytes_that_are_no_text_harm_nothing() {
    for content in [
        &b"\xff\xfe\x80fn a() {}\n"[..],
        b"fn \xc3\x28() {}",
        b"\xef\xbb\xbffn a() {}",
        b"fn a() {}\r\nfn b() {}\r\n",
        b"\r\r\r",
        b"\n",
    ] {
        let found = record("a.rs", content);
        assert_eq!(found.kind, Kind::Text);
        assert_eq!(found.size, content.len() as u64);
    }
    let late = [&b"x".repeat(8_000)[..], b"\0"].concat();
    assert_eq!(record("a.txt", &late).kind, Kind::Text);
    assert_eq!(record("a.txt", &late[1..]).kind, Kind::Binary);
    assert_eq!(record("a.rs", b"fn a() {}\r\nfn b() {}\r\n").symbols[1].range.start_line, 2);
}

#[test]
fn an_attribute_file_full_of_nonsense_is_read_over() {
    let mut tree = tree::Tree::of([("a.rs", "fn a() {}")]);
    tree.add(
        b".gitattributes",
        0o100_644,
        b"\xff\xfe [[[ ***** \0\n!a b\n[attr]\n[attr]x x\n* x\n\"unclosed linguist-generated\n",
    );
    let (built, _) = tree::cold(&tree, 1);
    assert_eq!(built.counts.files, 2);
}
