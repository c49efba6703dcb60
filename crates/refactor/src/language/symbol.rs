//! A symbol that somebody pointed at, or why there is none.

use serde::Serialize;

use super::{Entity, Family, Place};
use crate::limits::Stopped;

/// What kind of thing a symbol is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "each says itself")]
pub enum SymbolKind {
    Module,
    Package,
    Class,
    Interface,
    Enum,
    Type,
    Function,
    Method,
    Property,
    Attribute,
    Field,
    Variant,
    Constant,
    Variable,
    Parameter,
    TypeParameter,
    Macro,
    Label,
}

/// A symbol that a person pointed at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Symbol {
    pub(crate) entity: Entity,
    /// As it is written.
    pub name: String,
    /// What it is.
    pub kind: SymbolKind,
    /// The way to it from the project's root, as the language writes it.
    pub qualified_name: String,
    /// The language's family.
    pub family: Family,
    /// Where it is defined: the name's own letters; sorted, never empty but for packages.
    pub definitions: Vec<Place>,
    /// Whether code outside of these sources can name it.
    pub is_public: bool,
    /// Why it cannot be renamed, if so.
    pub fixed: Option<Refusal>,
}

/// Why there is no rename.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Refusal {
    /// For programs: `snake_case`.
    pub code: &'static str,
    /// For people: what is wrong and what to do.
    pub message: String,
}

/// Why no symbol was found.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unresolved {
    /// There is no such file.
    #[error("there is no file {0}")]
    NoFile(String),
    /// The file is not in a language that is understood, or is not text.
    #[error("{path} cannot be searched for symbols: {reason}")]
    NotCode {
        /// The file.
        path: String,
        /// Why.
        reason: String,
    },
    /// What stands there is not a name: whitespace, a keyword, a literal, a comment.
    #[error("{what} is not a symbol that can be renamed")]
    NotAName {
        /// What it is, in a few words.
        what: String,
    },
    /// It is a name, but nobody can say of what.
    #[error("it cannot be decided what `{name}` means here: {reason}")]
    Undecided {
        /// The name.
        name: String,
        /// Why.
        reason: String,
    },
    /// Nothing is called so.
    #[error("nothing is called `{0}`")]
    Unknown(String),
    /// Several things are called so.
    #[error("{count} symbols are called `{name}`: name it by its place")]
    Ambiguous {
        /// The name.
        name: String,
        /// How many.
        count: usize,
    },
    /// It was given up.
    #[error(transparent)]
    Stopped(#[from] Stopped),
}
