//! From a comment to the first paragraph of what it says.

/// The longest documentation kept, in bytes.
const LONGEST: usize = 400;

/// Which comments before a declaration are its documentation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum DocStyle {
    /// Any comment that ends on the line before: C, C++, Go.
    AnyComment,
    /// `///`, `//!` and `/** */`: Rust.
    TripleSlash,
    /// `/** */`: Java, JavaScript, TypeScript.
    Starred,
    /// None; the first string of the body instead: Python.
    Docstring,
}

impl DocStyle {
    /// Whether a comment that begins with these bytes is documentation.
    pub(super) fn takes(self, comment: &[u8]) -> bool {
        let starred = comment.starts_with(b"/**") && !comment.starts_with(b"/**/");
        match self {
            Self::AnyComment => true,
            Self::TripleSlash => starred || (comment.starts_with(b"///") && !comment.starts_with(b"////")),
            Self::Starred => starred,
            Self::Docstring => false,
        }
    }
}

/// The first paragraph of a run of comments, marks removed, lines joined by a space. None if it is empty.
pub(super) fn of_comment(comment: &[u8]) -> Option<String> {
    paragraph(comment, |line| {
        let line = line.trim();
        let line = line.strip_suffix("*/").unwrap_or(line);
        let line = line.trim_start_matches('/').trim_start_matches(['*', '!']);
        line.trim()
    })
}

/// The first paragraph of a Python string literal, prefix and quotes removed.
pub(super) fn of_docstring(literal: &[u8]) -> Option<String> {
    let start = literal.iter().position(|byte| matches!(byte, b'"' | b'\''))?;
    let mut inner = literal.get(start..)?;
    for quote in [&b"\"\"\""[..], b"'''", b"\"", b"'"] {
        if let Some(rest) = inner.strip_prefix(quote) {
            inner = rest.strip_suffix(quote).unwrap_or(rest);
            break;
        }
    }
    paragraph(inner, str::trim)
}

fn paragraph(text: &[u8], clean: impl Fn(&str) -> &str) -> Option<String> {
    // Marks take room too: what is cut off here would not be kept below.
    let text = String::from_utf8_lossy(text.get(..8 * LONGEST).unwrap_or(text));
    let mut out = String::new();
    for line in text.lines().map(clean) {
        if line.is_empty() && !out.is_empty() {
            break;
        }
        if !line.is_empty() && !out.is_empty() {
            out.push(' ');
        }
        out.push_str(line);
        if out.len() > LONGEST {
            out.truncate(out.floor_char_boundary(LONGEST));
            break;
        }
    }
    let kept = out.trim_end().len();
    out.truncate(kept);
    (!out.is_empty()).then_some(out)
}

#[cfg(test)]
mod tests {
    use super::{LONGEST, of_comment, of_docstring};

    #[test]
    fn the_first_paragraph_is_kept_without_marks() {
        for (comment, wanted) in [
            ("/// Opens it.\n/// Twice.\n///\n/// Then more.", Some("Opens it. Twice.")),
            ("/**\n * Opens it.\n *\n * @param a\n */", Some("Opens it.")),
            ("/** Opens it. */", Some("Opens it.")),
            ("// Opens it.\n// Twice.", Some("Opens it. Twice.")),
            ("/* */", None),
        ] {
            assert_eq!(of_comment(comment.as_bytes()).as_deref(), wanted, "{comment}");
        }
        assert_eq!(of_docstring(b"r'''Opens it.\n\n    More.'''").as_deref(), Some("Opens it."));
    }

    #[test]
    fn a_long_paragraph_is_cut_between_characters() {
        let long = of_comment(format!("/// x{}", "é".repeat(1000)).as_bytes()).unwrap_or_default();
        assert!(long.len() <= LONGEST && long.len() >= LONGEST - 2, "{}", long.len());
    }
}
