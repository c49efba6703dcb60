//! The answer: edits, conflicts, what a person has to look at, and the verdict that follows from them.

use serde::{Serialize, Serializer};

use crate::{
    language::{Family, Prose, Refusal, Role, SymbolKind},
    sources::Nature,
};

/// What a person may rely on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Verdict {
    /// The edits are all there are, and each is right.
    Safe,
    /// Something could not be decided, or would break: `needs_review`, `conflicts` and `unparsed` say what.
    NeedsReview,
    /// There is no rename; `refusal` says why.
    Refused,
}

/// A rename, computed and accounted for. Nothing has been changed.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Proposal {
    /// What a person may rely on.
    pub verdict: Verdict,
    /// What is renamed.
    pub symbol: SymbolView,
    /// Its new name, as the language writes it.
    pub new_name: String,
    /// Why there is no rename.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refusal: Option<Refusal>,
    /// The files that change, by path.
    pub files: Vec<FileChange>,
    /// What would break.
    pub conflicts: Vec<Conflict>,
    /// Tokens that may or may not be the symbol.
    pub needs_review: Vec<Review>,
    /// The same word where it is no name: at most [`MOST_MENTIONS`].
    pub mentions: Vec<Mention>,
    /// Files that hold the name but could not be understood.
    pub unparsed: Vec<UnparsedFile>,
    /// How every token of the old name was classed.
    pub counts: Counts,
    /// All edits as a diff that `git apply` takes.
    pub patch: String,
}

/// The most mentions that a proposal lists; `counts` says how many there are.
pub const MOST_MENTIONS: usize = 1_000;

/// A symbol, for people and editors.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SymbolView {
    /// As it is written.
    pub name: String,
    /// What it is.
    pub kind: SymbolKind,
    /// The way to it.
    pub qualified_name: String,
    /// The family of languages.
    pub language: Family,
    /// Where it is defined, first place first.
    pub definitions: Vec<Location>,
    /// Whether code outside of the repository can name it.
    pub public: bool,
    /// Why it cannot be renamed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refusal: Option<Refusal>,
}

/// A place in a file; numbers count from 1, columns in code points.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Location {
    /// From the repository's root.
    pub path: String,
    /// The line.
    pub line: u32,
    /// The column.
    pub column: u32,
}

/// What changes in a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FileChange {
    /// Where it is.
    pub path: String,
    /// Where it goes, if it moves.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub new_path: Option<String>,
    /// Git's name of the content that the edits were made for.
    pub blob_id: String,
    /// From the first to the last; none overlaps another.
    pub edits: Vec<Edit>,
}

impl FileChange {
    /// A text with these edits made; nothing if it is not the text they were made for.
    pub fn apply(&self, text: &str) -> Option<String> {
        let mut out = String::with_capacity(text.len());
        let mut done = 0;
        for edit in &self.edits {
            out.push_str(text.get(done..edit.start)?);
            if text.get(edit.start..edit.end)? != edit.before {
                return None;
            }
            out.push_str(&edit.after);
            done = edit.end;
        }
        out.push_str(text.get(done..)?);
        Some(out)
    }
}

/// New letters for old ones.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Edit {
    /// Unique in the proposal.
    pub id: String,
    /// The first byte.
    pub start: usize,
    /// The byte after the last.
    pub end: usize,
    /// From 1.
    pub line: u32,
    /// From 1, in code points.
    pub column: u32,
    /// From 1, in code points: the column after the last.
    pub end_column: u32,
    /// From 1, in UTF-16 code units.
    pub utf16_column: u32,
    /// From 1, in UTF-16 code units.
    pub utf16_end_column: u32,
    /// What stands there.
    pub before: String,
    /// What will.
    pub after: String,
    /// What the token does, or in what kind of prose the word stands.
    pub reason: Reason,
    /// How sure it is that it is the symbol.
    pub confidence: Confidence,
}

/// Why a place is edited.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Reason {
    /// It is bound to the symbol.
    Bound(Role),
    /// It is prose that was asked for.
    Asked(Prose),
}

/// A probability in percent; in JSON from 0 to 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Confidence(pub u8);

impl Serialize for Confidence {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_f64(f64::from(self.0) / 100.0)
    }
}

/// A token that a person has to look at. Its `id` may be given to apply it like an edit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Review {
    /// Where it is.
    #[serde(flatten)]
    pub location: Location,
    /// The line it stands in, cut to a length that can be shown.
    pub text: String,
    /// What would be written, were it the symbol.
    pub edit: Edit,
    /// For programs.
    pub code: &'static str,
    /// Why it could not be decided.
    pub reason: String,
    /// How likely it is the symbol.
    pub confidence: Confidence,
}

/// The word where it is no name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Mention {
    /// Where.
    #[serde(flatten)]
    pub location: Location,
    /// The line it stands in, cut to a length that can be shown.
    pub text: String,
    /// In what.
    pub kind: Prose,
}

/// Something that the rename would break.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Conflict {
    /// For programs.
    pub code: &'static str,
    /// What would happen.
    pub message: String,
    /// Where, before the rename.
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    pub location: Option<Location>,
}

/// A file that holds the name but was not understood.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct UnparsedFile {
    /// Which.
    pub path: String,
    /// Why.
    pub reason: String,
    /// Where the trouble begins.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<u32>,
}

/// Every place of the old name is in exactly one of these.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Counts {
    /// It is the symbol.
    pub edits: usize,
    /// It is something else.
    pub others: usize,
    /// Nobody can say.
    pub review: usize,
    /// It is no name.
    pub mentions: usize,
}

/// Why a file is not these sources' own to change, said of it.
pub(crate) fn not_own(nature: Nature) -> Option<(&'static str, &'static str)> {
    match nature {
        Nature::Own => None,
        Nature::Generated => Some(("generated", "is generated: change what it is made from")),
        Nature::Vendored => Some(("vendored", "is a copy of somebody else's: rename it there")),
        Nature::Symlink => Some(("symlink", "is a symbolic link")),
    }
}
