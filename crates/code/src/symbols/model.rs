//! What is found in a file: symbols with their places, and imports.

use serde::{Deserialize, Serialize};

use crate::hash::Digest;

/// What a symbol is. Languages with other words for it are mapped to the nearest of these.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SymbolKind {
    /// A function that belongs to no type.
    Function,
    /// A function of a type: methods, constructors, associated functions.
    Method,
    /// A class; a record in Java.
    Class,
    /// A struct or a union.
    Struct,
    /// An enumeration.
    Enum,
    /// A trait.
    Trait,
    /// An interface; an annotation type in Java.
    Interface,
    /// A named type: alias, typedef, a Go type that is neither struct nor interface.
    Type,
    /// A constant.
    Constant,
    /// A variable at the level of a file, module or class.
    Variable,
    /// A module or namespace with a body.
    Module,
    /// A macro.
    Macro,
}

/// Where a symbol stands. Lines and columns count from 1, columns in code points (a byte that is not
/// valid UTF-8 counts as continuing the one before it or as one); the end is exclusive.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Range {
    /// Column after the last code point.
    pub end_column: u32,
    /// Line of the last code point.
    pub end_line: u32,
    /// Column of the first code point.
    pub start_column: u32,
    /// Line of the first code point.
    pub start_line: u32,
}

/// A named thing that a file declares. The fields are in the order of the canonical form.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Symbol {
    /// SHA-256 of the bytes of the range, the declaration whole, without its comment.
    pub body_sha256: Digest,
    /// The path of names from the file's level, joined by `.`; the second of the same path ends in `#2`.
    pub descriptor: String,
    /// First paragraph of its doc comment or docstring, without the marks, at most 400 bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub doc: Option<String>,
    /// What it is.
    pub kind: SymbolKind,
    /// Its own name, the last of the descriptor's.
    pub name: String,
    /// Where it is.
    pub range: Range,
}

/// A statement that brings something in from elsewhere. The fields are in the order of the canonical form.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Import {
    /// Line of the statement, from 1.
    pub line: u32,
    /// The text that names the module, as it is written, without quotes.
    pub module: String,
    /// What is taken from it by name; `*` for everything; empty where the module itself is meant.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub names: Vec<String>,
}
