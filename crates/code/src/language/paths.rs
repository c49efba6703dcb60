//! What a path alone says: somebody else's code, documentation, the work of a program.

use std::sync::LazyLock;

use regex::bytes::Regex;

use super::{heuristics::alternatives, table::table};

static VENDORED: LazyLock<Option<Regex>> = LazyLock::new(|| alternatives(&table().vendored));
static DOCUMENTATION: LazyLock<Option<Regex>> = LazyLock::new(|| alternatives(&table().documentation));
static GENERATED: LazyLock<Option<Regex>> = LazyLock::new(|| alternatives(&table().generated));

fn holds(patterns: Option<&Regex>, path: &[u8]) -> bool {
    patterns.is_some_and(|patterns| patterns.is_match(path))
}

/// Whether linguist's rules call the path vendored.
pub fn is_vendored(path: &[u8]) -> bool {
    holds(VENDORED.as_ref(), path)
}

/// Whether linguist's rules call the path documentation.
pub fn is_documentation(path: &[u8]) -> bool {
    holds(DOCUMENTATION.as_ref(), path)
}

/// Whether the path alone says that a program wrote the file: lock files, project files of editors, source maps.
pub fn is_generated(path: &[u8]) -> bool {
    let source_map = [&b".js.map"[..], b".mjs.map", b".css.map"].iter().any(|end| path.ends_with(end));
    source_map || holds(GENERATED.as_ref(), path)
}
