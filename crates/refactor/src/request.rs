//! What is asked: which symbol, its new name, how far, and with which choices.

use serde::{Deserialize, Serialize};

/// A rename that somebody wants.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rename {
    /// The symbol.
    pub target: Target,
    /// What it is to be called; whether the language allows it, its program says.
    pub new_name: String,
    /// How far edits may go.
    pub scope: Scope,
    /// Choices on which people disagree.
    pub options: Options,
}

/// How a symbol is named.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// By a place where it is written.
    Position {
        /// From the repository's root.
        path: String,
        /// From 1.
        line: u32,
        /// From 1, in code points.
        column: u32,
    },
    /// By the dotted path that [`Symbol::qualified_name`](crate::Symbol) shows; `::` and `.` are one.
    Qualified(String),
}

/// How far edits may go. A use beyond it is a conflict, so nothing is broken in silence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Scope {
    /// The file of the definition.
    File,
    /// The folder of the definition, and all below it.
    Package,
    /// All files.
    #[default]
    Project,
}

/// Which members move together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Hierarchy {
    /// A method with all that it overrides and that override it.
    #[default]
    Family,
    /// Only the member of the class that was pointed at.
    Only,
}

/// Choices on which people disagree. The defaults keep a program working and leave prose alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[expect(clippy::struct_excessive_bools, reason = "each is a choice of its own")]
pub struct Options {
    /// Which members move together.
    pub hierarchy: Hierarchy,
    /// Also the word in comments.
    pub comments: bool,
    /// Also the word in strings that no code resolves to a name.
    pub strings: bool,
    /// Also the word in documentation, templates and other texts.
    pub docs: bool,
    /// Also the file that is named after the symbol.
    pub rename_file: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self { hierarchy: Hierarchy::Family, comments: false, strings: false, docs: false, rename_file: false }
    }
}
