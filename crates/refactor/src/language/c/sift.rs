//! A look at a text before it is parsed: whether it can declare a name at all, by what stands around the name.

use std::ops::Range;

use crate::words::Words;

/// Words that stand before a type that is used, and before no name that is declared.
const BEFORE_USES: &[&str] = &[
    "case", "delete", "else", "extern", "goto", "inline", "new", "register", "return", "sizeof", "static", "throw",
    "typename", "typedef",
];
/// Words that stand before a name that is declared, whatever follows.
const BEFORE_NAMES: &[&str] = &["class", "define", "enum", "ifndef", "namespace", "struct", "union", "using"];

/// Whether a text may declare a name outside of a block. It may say so of a text that does not; never the reverse.
pub(super) fn may_declare(text: &str, name: &str) -> bool {
    let words = Words::new(name);
    words.of(text).any(|range| may_declare_at(text.as_bytes(), &range))
}

fn may_declare_at(bytes: &[u8], range: &Range<usize>) -> bool {
    let before = bytes.get(..range.start).unwrap_or_default().trim_ascii_end();
    let after = bytes.get(range.end..).unwrap_or_default().trim_ascii_start();
    let word = last_word(before);
    if BEFORE_NAMES.iter().any(|it| it.as_bytes() == word) {
        return true;
    }
    let is_use = BEFORE_USES.iter().any(|it| it.as_bytes() == word);
    let is_word = !word.is_empty() && !is_use;
    let last = before.last().copied().unwrap_or(b';');
    match after.first() {
        // Comments, lines that go on, macros: whatever hides what really stands there.
        Some(b'/' | b'\\' | b'#') => true,
        _ if matches!(last, b'/' | b'\\' | b'#') => true,
        Some(b'(') => is_word || matches!(last, b'*' | b'&' | b'>' | b':' | b')' | b']'),
        Some(b';' | b'=' | b',' | b'[' | b':' | b'}') => {
            is_word || matches!(last, b'*' | b'&' | b'>' | b'}' | b',' | b'{' | b':' | b')' | b']')
        }
        Some(b'{') => is_word || last == b'>',
        Some(b')') => {
            last == b'*'
                || last == b'^'
                || last == b'(' && after.get(1..).unwrap_or_default().trim_ascii_start().first() == Some(&b'(')
        }
        // Behind a name, only macros and attributes stand.
        Some(b'_' | b'a'..=b'z' | b'A'..=b'Z') => {
            is_word && word != b"const" && word != b"volatile" || is_marked(after) || last == b'>'
        }
        Some(b'<') => is_word,
        Some(_) => false,
        None => true,
    }
}

/// Whether a text begins with what only a macro or an attribute is called.
fn is_marked(text: &[u8]) -> bool {
    let end = text.iter().position(|byte| !byte.is_ascii_alphanumeric() && *byte != b'_').unwrap_or(text.len());
    let word = text.get(..end).unwrap_or_default();
    word.starts_with(b"__") || !word.iter().any(u8::is_ascii_lowercase)
}

/// The word that a text ends with.
fn last_word(text: &[u8]) -> &[u8] {
    let is_letter = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_' || *byte >= 0x80;
    let start = text.iter().rposition(|byte| !is_letter(byte)).map_or(0, |at| at + 1);
    text.get(start..).unwrap_or_default()
}
