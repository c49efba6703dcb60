//! Which names the language allows: JLS 3.8 and 3.9.

use crate::language::{Refusal, Symbol, SymbolKind};

/// Keywords and literals.
const RESERVED: [&str; 54] = [
    "abstract",
    "assert",
    "boolean",
    "break",
    "byte",
    "case",
    "catch",
    "char",
    "class",
    "const",
    "continue",
    "default",
    "do",
    "double",
    "else",
    "enum",
    "extends",
    "false",
    "final",
    "finally",
    "float",
    "for",
    "goto",
    "if",
    "implements",
    "import",
    "instanceof",
    "int",
    "interface",
    "long",
    "native",
    "new",
    "null",
    "package",
    "private",
    "protected",
    "public",
    "return",
    "short",
    "static",
    "strictfp",
    "super",
    "switch",
    "synchronized",
    "this",
    "throw",
    "throws",
    "transient",
    "true",
    "try",
    "void",
    "volatile",
    "while",
    "_",
];

/// Words that no type can be called besides.
const TYPES: [&str; 5] = ["permits", "record", "sealed", "var", "yield"];

/// The name as it is written, or why it cannot be.
pub(super) fn spell(symbol: &Symbol, new_name: &str) -> Result<String, Refusal> {
    if !is_identifier(new_name) {
        return refuse(format!("`{new_name}` is not an identifier: use letters, digits, `_` and `$`"));
    }
    let is_type = matches!(
        symbol.kind,
        SymbolKind::Class | SymbolKind::Interface | SymbolKind::Enum | SymbolKind::Type | SymbolKind::TypeParameter
    );
    if RESERVED.contains(&new_name) || (is_type && TYPES.contains(&new_name)) {
        return refuse(format!("`{new_name}` is a word of the language: choose another name"));
    }
    // A call of a method that is called so would be read as a statement.
    if symbol.kind == SymbolKind::Method && new_name == "yield" {
        return refuse("`yield` cannot be called without an object: choose another name".to_owned());
    }
    Ok(new_name.to_owned())
}

fn refuse<T>(message: String) -> Result<T, Refusal> {
    Err(Refusal { code: "name_invalid", message })
}

/// Whether a text has the form of a name.
pub(super) fn is_identifier(name: &str) -> bool {
    let mut letters = name.chars();
    let starts = |letter: char| letter == '$' || letter == '_' || unicode_ident::is_xid_start(letter);
    letters.next().is_some_and(starts) && letters.all(|letter| letter == '$' || unicode_ident::is_xid_continue(letter))
}
