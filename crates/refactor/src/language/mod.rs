//! What a language has to answer: which tokens are spelled like a name, and what each of them means.

#[cfg(any(feature = "go", feature = "python"))]
mod arena;
#[cfg(feature = "c")]
#[allow(
    clippy::wildcard_enum_match_arm,
    reason = "each question concerns a few of the many kinds of tokens, scopes and symbols; all else is not what is asked for"
)]
mod c;
mod detect;
#[cfg(any(feature = "c", feature = "go", feature = "script"))]
mod families;
#[cfg(feature = "go")]
#[allow(
    clippy::wildcard_enum_match_arm,
    reason = "each question concerns a few of the many kinds of types and expressions; all else is unknown, and that is \
              always a safe answer"
)]
mod go;
#[cfg(feature = "java")]
mod java;
#[cfg(feature = "python")]
#[allow(
    clippy::wildcard_enum_match_arm,
    reason = "each question concerns a few of the many kinds of expressions and values; all else is unknown, and that is \
              always a safe answer"
)]
mod python;
#[cfg(feature = "rust")]
mod rust;
#[cfg(feature = "script")]
mod script;
mod symbol;
#[cfg(any(feature = "go", feature = "java", feature = "c"))]
#[cfg_attr(
    not(all(feature = "go", feature = "java", feature = "c")),
    allow(dead_code, unused_imports, reason = "each of the languages uses what it needs")
)]
mod trees;

use std::{cmp::Ordering, fmt, ops::Range};

use serde::Serialize;

pub(crate) use self::detect::{family, family_of_script};
pub use self::{
    detect::{Family, is_code},
    symbol::{Refusal, Symbol, SymbolKind, Unresolved},
};
use crate::{
    limits::{Budget, Stopped},
    request::Options,
    sources::{FileId, Sources, Unreadable},
};

/// Where something is written, in bytes of a file.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Place {
    /// The file.
    pub file: FileId,
    /// The bytes.
    pub range: Range<usize>,
}

impl Ord for Place {
    fn cmp(&self, other: &Self) -> Ordering {
        let key = |place: &Self| (place.file, place.range.start, place.range.end);
        key(self).cmp(&key(other))
    }
}

impl PartialOrd for Place {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// What a name can mean, told apart by where it is first defined. Edits move it (see [`Overlay`](crate::overlay::Overlay)), nothing else does.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Entity {
    /// What the name that begins here defines. Of several definitions of one thing (a family of methods, overloads, a
    /// variable that is assigned twice), it is the first, by file and place.
    Name {
        /// Where its definition is.
        file: FileId,
        /// Its first byte.
        at: usize,
    },
    /// A file, as a module.
    File(FileId),
    /// A folder, as a package or namespace.
    Folder(String),
}

/// What the binder found out about one token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Binding {
    /// It is this, for certain.
    Bound(Entity),
    /// It is something that these sources do not define: built in, or of a library.
    Foreign(String),
    /// It may be one of these, or something that nobody sees.
    Open {
        /// What it may be, as far as one can tell; sorted.
        among: Vec<Entity>,
        /// Why that cannot be decided.
        doubt: Doubt,
    },
    /// It is no name at all, only the same letters.
    Prose(Prose),
}

/// Letters that no code takes for a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Prose {
    /// In a comment.
    Comment,
    /// In a documentation comment or string.
    Documentation,
    /// In a string that is not used as a name.
    String,
    /// In a file of no language with names: prose, templates, data.
    Text,
}

/// Why it cannot be decided what a token means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Doubt {
    /// For programs: `snake_case`, one for each kind of doubt.
    pub(crate) code: &'static str,
    /// For people: lower case, without a full stop.
    pub(crate) message: String,
    /// How likely it is the renamed symbol, in percent.
    pub(crate) likelihood: u8,
}

/// What a token does with the symbol.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// It makes it.
    Definition,
    /// It reads, calls, or names it.
    Reference,
    /// It assigns to it.
    Write,
    /// It brings it in from another file, or hands it on.
    Import,
    /// It names a parameter in a call.
    Keyword,
    /// It reaches it through an object.
    Member,
    /// It is part of a string that code takes for a name.
    Text,
}

/// One token that is spelled like the name, in one of its meanings.
///
/// A token that means two things at once (`{name}` in JavaScript is a property and a variable) is given twice, each time
/// with what is to be written if only that meaning is renamed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Occurrence {
    /// Where it is: the letters that are replaced, sigils (`r#`) included.
    pub(crate) place: Place,
    /// What it means.
    pub(crate) binding: Binding,
    /// What it does.
    pub(crate) role: Role,
    /// What is written before the new name, if only this meaning is renamed.
    pub(crate) prefix: String,
    /// What is written after it.
    pub(crate) suffix: String,
}

impl Occurrence {
    /// One whose letters are simply replaced.
    pub(crate) fn plain(place: Place, role: Role, binding: Binding) -> Self {
        Self { place, binding, role, prefix: String::new(), suffix: String::new() }
    }
}

/// All that is spelled like a name in the files of a family.
#[derive(Debug, Default)]
pub(crate) struct Occurrences {
    /// In any order. Every token of the name is among them, and every place where its letters stand alone.
    pub(crate) found: Vec<Occurrence>,
    /// Files that hold the letters but could not be understood whole.
    pub(crate) unparsed: Vec<(FileId, Unparsed)>,
}

/// Why a file was not understood.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum Unparsed {
    /// It is not text.
    Unreadable(Unreadable),
    /// It breaks the language's grammar, first here.
    Syntax {
        /// The byte.
        at: usize,
        /// What the parser says.
        message: String,
    },
    /// It is nested too deeply, or too large.
    TooComplex,
}

impl fmt::Display for Unparsed {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreadable(reason) => reason.fmt(out),
            Self::Syntax { message, .. } => write!(out, "syntax error: {message}"),
            Self::TooComplex => out.write_str("too large or too deeply nested to be parsed"),
        }
    }
}

/// A file that takes another path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FileMove {
    /// The file.
    pub(crate) file: FileId,
    /// Its new path from the repository's root.
    pub(crate) to: String,
}

/// Something that the rename would break, seen before it is tried.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Clash {
    /// For programs: `snake_case`.
    pub(crate) code: &'static str,
    /// For people.
    pub(crate) message: String,
    /// Where.
    pub(crate) place: Option<Place>,
}

/// The sources of one family, understood.
pub(crate) trait Program {
    /// The symbol that is written at a byte.
    fn symbol_at(&self, file: FileId, at: usize) -> Result<Symbol, Unresolved>;

    /// The one symbol of this name. Parts are separated by `.`; the caller has made `::` into that.
    fn symbol_named(&self, qualified: &str) -> Result<Symbol, Unresolved>;

    /// Everything that is spelled like a name, with what it means.
    ///
    /// [`Occurrence`]s of one symbol all have the same [`Entity`], that of [`Symbol::entity`]. A place where the letters
    /// stand alone (see [`is_word_at`]) and that is missing here is taken for one that cannot be decided.
    fn occurrences(&self, name: &str) -> Result<Occurrences, Stopped>;

    /// Whether a symbol can be called so, and how that is written: `r#type` for `type` in Rust.
    fn spell(&self, symbol: &Symbol, new_name: &str) -> Result<String, Refusal>;

    /// The files that move with a symbol: a module's own, and with `rename_file` the one that is named after it.
    fn moves(&self, symbol: &Symbol, new_name: &str) -> Vec<FileMove>;

    /// What can be seen to break without trying: another member of that name in the class or its family, an
    /// exported name that exists. Clashes that a second binding shows need not be found here.
    fn clashes(&self, symbol: &Symbol, new_name: &str) -> Result<Vec<Clash>, Stopped>;

    /// Where a symbol can be seen at all, if that is less than everywhere: prose elsewhere does not speak of it.
    fn reach(&self, _symbol: &Symbol) -> Option<Place> {
        None
    }

    /// The same program after an edit, for comparison. Takes over what it knows of the files that have not `changed`;
    /// from then on only the new program is asked.
    fn edited<'e>(
        &self,
        sources: &'e dyn Sources,
        changed: &[FileId],
        budget: &'e Budget<'e>,
    ) -> Result<Box<dyn Program + 'e>, Stopped>;
}

/// What is kept of the files of each family between two questions.
#[derive(Default)]
pub(crate) struct Shelves {
    #[cfg(feature = "python")]
    pub(crate) python: python::Kept,
    #[cfg(feature = "script")]
    pub(crate) script: crate::known::Shelf<script::Facts>,
}

impl Shelves {
    /// Bytes of the texts that something is known of.
    pub(crate) fn text_bytes(&self) -> usize {
        let families: &[usize] = &[
            #[cfg(feature = "python")]
            self.python.text_bytes(),
            #[cfg(feature = "script")]
            self.script.text_bytes(),
        ];
        families.iter().sum()
    }

    /// Empties all.
    pub(crate) fn clear(&self) {
        #[cfg(feature = "python")]
        self.python.clear();
        #[cfg(feature = "script")]
        self.script.clear();
    }
}

/// Understands the sources of a family; nothing if this build was made without its language.
pub(crate) fn open<'s>(
    family: Family,
    sources: &'s dyn Sources,
    options: Options,
    budget: &'s Budget<'s>,
) -> Result<Option<Box<dyn Program + 's>>, Stopped> {
    let program: Box<dyn Program + 's> = match family {
        #[cfg(feature = "python")]
        Family::Python => Box::new(python::Python::open(sources, options, budget)),
        #[cfg(feature = "script")]
        Family::Script => Box::new(script::open(sources, options, budget)),
        #[cfg(feature = "rust")]
        Family::Rust => rust::open(sources, options, budget)?,
        #[cfg(feature = "go")]
        Family::Go => Box::new(go::Go::open(sources, options, budget)),
        #[cfg(feature = "java")]
        Family::Java => Box::new(java::open(sources, options, budget)?),
        #[cfg(feature = "c")]
        Family::C => Box::new(c::open(sources, options, budget)?),
        #[cfg(not(all(
            feature = "c",
            feature = "go",
            feature = "java",
            feature = "python",
            feature = "rust",
            feature = "script"
        )))]
        _ => return Ok(None),
    };
    Ok(Some(program))
}
