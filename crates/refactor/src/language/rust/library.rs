//! The outlines of the standard library that programs are read with: what its most used items are called and which types
//! they have, so that the types of a program's own expressions come out. Bodies are of no interest.
//!
//! The language's own items come from the outline that rust-analyzer is tested with; ours add to it.

use ra_ap_test_utils::MiniCore;

/// The rest of `core`: members of types that the outline knows with few.
const MORE_CORE: &str = include_str!("library/core.outline");
/// What every iterator can do, as the body of the trait.
const ITERATOR: &str = include_str!("library/iterator.outline");
/// `std`, which is also given as `alloc`.
const STD: &str = include_str!("library/std.outline");

/// Parts of the outline for compilers before ours, and parts that ours say better.
const LEFT_OUT: [&str; 7] =
    ["fmt_before_1_93_0", "fmt_before_1_89_0", "new_range", "iterators", "todo", "unimplemented", "str"];

/// What the outline says less well, and what takes its place.
const BETTER: [(&str, &str); 3] = [
    ("pub trait Hasher {}", "pub trait Hasher { fn finish(&self) -> u64; fn write(&mut self, bytes: &[u8]); }"),
    (
        "iter::{FromIterator, IntoIterator, Iterator},",
        "iter::{DoubleEndedIterator, ExactSizeIterator, Extend, FromIterator, IntoIterator, Iterator},",
    ),
    ("            str::FromStr, ", "            // "),
];

/// The last thing that the trait `Iterator` has there.
const LAST_OF_ITERATOR: &str = "fn by_ref(&mut self) -> &mut Self\n";

/// A library, as the text of its only file.
pub(super) struct Library {
    /// Its file.
    pub(super) path: &'static str,
    /// Its text.
    pub(super) text: String,
}

/// `core`, then `std`.
pub(super) fn libraries() -> [Library; 2] {
    let core = Library { path: "/core/lib.rs", text: core() };
    [core, Library { path: "/std/lib.rs", text: STD.to_owned() }]
}

fn core() -> String {
    let mut text = outline(MiniCore::RAW_SOURCE);
    if let Some(at) = text.find(LAST_OF_ITERATOR) {
        text.insert_str(at, ITERATOR);
    }
    for module in MORE_CORE.lines().filter_map(|line| line.strip_prefix("    pub mod ")) {
        let name = module.trim_end_matches([' ', '{']);
        let head = format!("\npub mod {name} {{\n");
        text = text.replacen(&head, &format!("{head}pub use crate::more::{name}::*;\n"), 1);
    }
    for (from, to) in BETTER {
        text = text.replacen(from, to, 1);
    }
    text.push_str(MORE_CORE);
    text
}

/// An outline without the parts that are left out. A part begins with `// region:name` and ends with `// endregion:name`;
/// a line that ends with `// :name` is one by itself.
fn outline(text: &str) -> String {
    let mut kept = String::with_capacity(text.len());
    let mut inside: Vec<&str> = Vec::new();
    for line in text.lines() {
        let trimmed = line.trim();
        if let Some(name) = trimmed.strip_prefix("// region:") {
            inside.push(name);
        } else if trimmed.starts_with("// endregion:") {
            inside.pop();
        } else {
            let only = line.rsplit_once("// :").map(|(_, names)| names.trim());
            if !inside.iter().chain(only.iter()).any(|name| LEFT_OUT.contains(name)) {
                kept.push_str(line);
                kept.push('\n');
            }
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::{ITERATOR, LEFT_OUT, core};

    #[test]
    fn the_outline_has_the_trait_that_is_added_to() {
        let core = core();
        assert!(core.contains(ITERATOR), "the outline has changed");
        assert!(core.contains("fn by_ref"), "the outline has changed");
        assert_eq!(core.matches("pub trait Iterator ").count(), 1);
        assert!(LEFT_OUT.iter().all(|name| !core.contains(&format!("region:{name}\n"))));
    }
}
