//! Which names the language allows, and for what.

use crate::language::{Refusal, Symbol, SymbolKind};

/// Words that no variable, function or class can be called; those that only strict code reserves are among them.
const RESERVED: [&str; 52] = [
    "arguments",
    "await",
    "break",
    "case",
    "catch",
    "class",
    "const",
    "continue",
    "debugger",
    "default",
    "delete",
    "do",
    "else",
    "enum",
    "eval",
    "export",
    "extends",
    "false",
    "finally",
    "for",
    "function",
    "if",
    "implements",
    "import",
    "in",
    "Infinity",
    "instanceof",
    "interface",
    "let",
    "NaN",
    "new",
    "null",
    "package",
    "private",
    "protected",
    "public",
    "return",
    "static",
    "super",
    "switch",
    "this",
    "throw",
    "true",
    "try",
    "typeof",
    "undefined",
    "var",
    "void",
    "while",
    "with",
    "yield",
    "async",
];

/// Words that no type can be called besides.
const TYPES: [&str; 13] = [
    "any", "asserts", "bigint", "boolean", "infer", "is", "keyof", "never", "number", "object", "string", "symbol",
    "unknown",
];

/// Words that are keywords in some places, and names in others.
const CONTEXTUAL: [&str; 17] = [
    "abstract",
    "accessor",
    "as",
    "declare",
    "from",
    "get",
    "global",
    "meta",
    "module",
    "namespace",
    "of",
    "out",
    "override",
    "readonly",
    "require",
    "satisfies",
    "set",
];

/// Members that the language itself looks for.
const PROTOCOL: [&str; 5] = ["__proto__", "constructor", "prototype", "then", "toJSON"];

/// Whether a name may also stand for a word of the language. Every name in a file is read as one, so what is left is that.
pub(super) fn is_word(name: &str) -> bool {
    let lists = [
        RESERVED.as_slice(),
        TYPES.as_slice(),
        CONTEXTUAL.as_slice(),
        &["type", "target", "unique", "constructor", "using"],
    ];
    lists.iter().any(|list| list.contains(&name))
}

/// The name as it is written, or why it cannot be.
pub(super) fn spell(symbol: &Symbol, new_name: &str) -> Result<String, Refusal> {
    if symbol.kind == SymbolKind::Module && symbol.definitions.iter().all(|it| it.range.is_empty()) {
        return file_name(new_name);
    }
    let is_private = symbol.qualified_name.contains(".#");
    let plain = if is_private { new_name.strip_prefix('#').unwrap_or(new_name) } else { new_name };
    if !is_identifier(plain) {
        return refuse(format!("`{new_name}` is not an identifier: use letters, digits, `_` and `$`"));
    }
    let is_member = matches!(symbol.kind, SymbolKind::Method | SymbolKind::Property | SymbolKind::Variant);
    if is_member {
        let is_taken = PROTOCOL.contains(&plain);
        return if is_taken {
            refuse(format!("`{plain}` means something to the language: choose another name"))
        } else {
            Ok(plain.to_owned())
        };
    }
    let is_type = matches!(
        symbol.kind,
        SymbolKind::Class | SymbolKind::Interface | SymbolKind::Enum | SymbolKind::Type | SymbolKind::TypeParameter
    );
    if RESERVED.contains(&plain) || (is_type && TYPES.contains(&plain)) {
        return refuse(format!("`{plain}` is a word of the language: choose another name"));
    }
    Ok(plain.to_owned())
}

fn refuse<T>(message: String) -> Result<T, Refusal> {
    Err(Refusal { code: "name_invalid", message })
}

fn file_name(name: &str) -> Result<String, Refusal> {
    let is_fit = |letter: char| letter.is_alphanumeric() || "-_.$@+~".contains(letter);
    if name.is_empty() || name.starts_with('.') || !name.chars().all(is_fit) {
        return refuse(format!("`{name}` is not a name for a file: use letters, digits, `-`, `_` and `.`"));
    }
    Ok(name.to_owned())
}

/// ECMA-262, `IdentifierName`.
pub(super) fn is_identifier(name: &str) -> bool {
    let mut letters = name.chars();
    let starts = |letter: char| letter == '$' || letter == '_' || unicode_ident::is_xid_start(letter);
    let goes_on = |letter: char| {
        letter == '$' || matches!(letter, '\u{200c}' | '\u{200d}') || unicode_ident::is_xid_continue(letter)
    };
    letters.next().is_some_and(starts) && letters.all(goes_on)
}
