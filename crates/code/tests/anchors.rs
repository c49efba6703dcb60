//! Anchors are found again where they can be, and lost where finding them would be a guess.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that cannot go on should stop")]

mod tree;

use std::{collections::BTreeMap, convert::Infallible};

use code::{
    anchor::{Anchor, Files, How, NoAnchor, Resolution, Why},
    hash::Digest,
    manifest::FileRecord,
    symbols::Symbol,
};
use tree::{Tree, cold, record, records};

/// A manifest in memory, and the renames that are known.
struct Version(BTreeMap<String, FileRecord>, BTreeMap<String, String>);

impl Version {
    fn of<'a>(files: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        let (built, shards) = cold(&Tree::of(files), 1);
        let files =
            records(&built, &shards).into_iter().map(|file| (String::from_utf8(file.path.clone()).unwrap(), file));
        Self(files.collect(), BTreeMap::new())
    }

    fn renamed(mut self, from: &str, to: &str) -> Self {
        self.1.insert(from.to_owned(), to.to_owned());
        self
    }
}

impl Files for Version {
    type Error = Infallible;

    fn by_path(&mut self, path: &str) -> Result<Option<FileRecord>, Infallible> {
        Ok(self.0.get(path).cloned())
    }

    fn by_body(&mut self, body: &Digest) -> Result<Vec<(String, Symbol)>, Infallible> {
        let all = self
            .0
            .iter()
            .flat_map(|(path, file)| file.symbols.iter().map(move |symbol| (path.clone(), symbol.clone())));
        Ok(all.filter(|(_, symbol)| symbol.body_sha256 == *body).take(2).collect())
    }

    fn renamed(&mut self, path: &str) -> Option<String> {
        self.1.get(path).cloned()
    }
}

const BEFORE: &str = "fn first() {}\n\nfn second() {\n    one();\n    two();\n}\n";

/// Lines 4 and 5, inside `second`.
fn anchor() -> Anchor {
    Anchor::new(&record("a.rs", BEFORE.as_bytes()), BEFORE.as_bytes(), 4, 5).unwrap()
}

fn moved(path: &str, start_line: u32, end_line: u32, how: How) -> Resolution {
    Resolution::Moved { path: path.to_owned(), start_line, end_line, how }
}

fn resolved(mut version: Version) -> Resolution {
    anchor().resolve(&mut version).unwrap()
}

#[test]
fn an_anchor_names_its_innermost_symbol_and_hashes_its_lines() {
    let anchor = anchor();
    assert_eq!((anchor.symbol.as_deref(), anchor.symbol_line), (Some("second"), Some(3)));
    assert_eq!(anchor.content_sha256, Digest::of(b"    one();\n    two();\n"));
    let json = serde_json::to_string(&anchor).unwrap();
    assert_eq!(serde_json::from_str::<Anchor>(&json).unwrap(), anchor);
}

#[test]
fn lines_outside_the_file_have_no_anchor() {
    let record = record("a.rs", BEFORE.as_bytes());
    for (start, end) in [(0, 1), (2, 1), (6, 7), (7, 7), (1, u32::MAX)] {
        assert_eq!(Anchor::new(&record, BEFORE.as_bytes(), start, end), Err(NoAnchor::Lines(start, end)));
    }
    let no_end = b"one\ntwo";
    assert_eq!(Anchor::new(&record, no_end, 2, 2).unwrap().content_sha256, Digest::of(b"two"));
}

#[test]
fn the_same_file_is_exact() {
    assert_eq!(resolved(Version::of([("a.rs", BEFORE)])), Resolution::Exact);
}

#[test]
fn a_symbol_that_moved_takes_the_anchor_along() {
    let after = format!("// one line more\n{BEFORE}");
    assert_eq!(resolved(Version::of([("a.rs", after.as_str())])), moved("a.rs", 5, 6, How::Symbol));
    // The symbol has become shorter: the anchor stays inside it.
    assert_eq!(resolved(Version::of([("a.rs", "fn second() {\n}\n")])), moved("a.rs", 2, 2, How::Symbol));
}

#[test]
fn a_recorded_rename_is_followed() {
    let same = Version::of([("b.rs", BEFORE)]).renamed("a.rs", "b.rs");
    assert_eq!(resolved(same), moved("b.rs", 4, 5, How::Rename));
    let changed = Version::of([("b.rs", "fn second() {\n    one();\n    2;\n}\n")]).renamed("a.rs", "b.rs");
    assert_eq!(resolved(changed), moved("b.rs", 2, 3, How::Rename));
}

#[test]
fn a_body_that_stands_in_one_other_place_is_found_and_two_are_not_chosen_from() {
    let body = "mod m {\nfn second() {\n    one();\n    two();\n}\n}\n";
    assert_eq!(resolved(Version::of([("a.rs", "fn other() {}\n"), ("c.rs", body)])), moved("c.rs", 3, 4, How::Body));
    assert_eq!(resolved(Version::of([("c.rs", body), ("d.rs", body)])), Resolution::Lost { why: Why::Ambiguous });
}

#[test]
fn what_cannot_be_found_is_lost_and_says_why() {
    assert_eq!(resolved(Version::of([("a.rs", "fn other() {}\n")])), Resolution::Lost { why: Why::SymbolGone });
    assert_eq!(resolved(Version::of([("b.rs", "fn other() {}\n")])), Resolution::Lost { why: Why::FileGone });
    let text = b"one\ntwo\n";
    let plain = Anchor::new(&record("a.md", text), text, 1, 1).unwrap();
    let lost = plain.resolve(&mut Version::of([("a.md", "other\n")])).unwrap();
    assert_eq!(lost, Resolution::Lost { why: Why::ContentChanged });
}

#[test]
fn of_repeated_symbols_the_one_with_the_same_body_is_taken() {
    let before = "fn x() { 1 }\nfn x() { 2 }\n";
    let anchor = Anchor::new(&record("a.rs", before.as_bytes()), before.as_bytes(), 2, 2).unwrap();
    assert_eq!(anchor.symbol.as_deref(), Some("x#2"));
    let found = anchor.resolve(&mut Version::of([("a.rs", "fn x() { 2 }\n")])).unwrap();
    assert_eq!(found, moved("a.rs", 1, 1, How::Symbol));
}
