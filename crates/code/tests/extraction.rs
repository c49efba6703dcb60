//! What a parse gives besides names: places, hashes, errors, limits.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that cannot go on should stop")]

use std::sync::atomic::AtomicBool;

use code::{
    hash::Digest,
    limits::Limits,
    symbols::{Extracted, Extractor, Grammar},
};

fn extract(text: &str, limits: &Limits) -> Extracted {
    Extractor::default().extract(Grammar::Rust, text.as_bytes(), limits, &AtomicBool::new(false)).unwrap()
}

#[test]
fn places_and_hashes_are_those_of_the_declaration() {
    let text = "\u{feff}// é\r\nfn first() {}\r\n  fn säcond() {\r\n  }";
    let found = extract(text, &Limits::default());
    let ranges: Vec<_> = found
        .symbols
        .iter()
        .map(|symbol| symbol.range)
        .map(|range| (range.start_line, range.start_column, range.end_line, range.end_column))
        .collect();
    assert_eq!(ranges, [(2, 1, 2, 14), (3, 3, 4, 4)]);
    assert_eq!(found.symbols[1].body_sha256, Digest::of("fn säcond() {\r\n  }".as_bytes()));
}

#[test]
fn a_file_with_errors_gives_what_was_understood() {
    let found = extract("fn good() {}\nfn (((( \nfn after() {}\nstruct S;\n", &Limits::default());
    assert!(found.syntax_errors);
    let names: Vec<_> = found.symbols.iter().map(|symbol| symbol.name.as_str()).collect();
    assert!(names.first() == Some(&"good") && names.contains(&"S"), "{names:?}");
}

#[test]
fn a_parse_that_is_stopped_says_so() {
    let text = "fn a() {}\n".repeat(10_000);
    let stop = AtomicBool::new(true);
    assert!(Extractor::default().extract(Grammar::Rust, text.as_bytes(), &Limits::default(), &stop).is_err());
}

#[test]
fn a_file_with_more_symbols_than_the_limit_says_that_some_are_missing() {
    let limits = Limits { symbols: 3, ..Limits::default() };
    let found = extract(&"fn a() {}\n".repeat(9), &limits);
    assert_eq!((found.symbols.len(), found.syntax_errors), (3, true));
}
