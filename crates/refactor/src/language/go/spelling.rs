//! Which names the language allows, and for what.

use crate::language::{Refusal, Symbol};

/// Words that nothing can be called.
const KEYWORDS: [&str; 25] = [
    "break",
    "case",
    "chan",
    "const",
    "continue",
    "default",
    "defer",
    "else",
    "fallthrough",
    "for",
    "func",
    "go",
    "goto",
    "if",
    "import",
    "interface",
    "map",
    "package",
    "range",
    "return",
    "select",
    "struct",
    "switch",
    "type",
    "var",
];

/// Names that can be declared, but whose uses are then not told from the language's own.
const WORDS: [&str; 6] = ["_", "false", "init", "iota", "nil", "true"];

/// Whether it is a word of the language.
pub(super) fn is_word(name: &str) -> bool {
    KEYWORDS.contains(&name) || WORDS.contains(&name)
}

/// The name as it is written, or why it cannot be.
pub(super) fn spell(_symbol: &Symbol, new_name: &str) -> Result<String, Refusal> {
    let refuse = |message: String| Err(Refusal { code: "name_invalid", message });
    let mut letters = new_name.chars();
    let starts = |letter: char| letter == '_' || letter.is_alphabetic();
    let goes_on = |letter: char| letter == '_' || letter.is_alphabetic() || letter.is_numeric();
    if !(letters.next().is_some_and(starts) && letters.all(goes_on)) {
        return refuse(format!("`{new_name}` is not an identifier: use letters, digits and `_`"));
    }
    if is_word(new_name) {
        return refuse(format!("`{new_name}` is a word of the language: choose another name"));
    }
    Ok(new_name.to_owned())
}
