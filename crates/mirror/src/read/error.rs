//! How reading fails, with one variant for each way a caller has to react. No message holds a path of this machine.

use crate::git::redact;

/// Why a question has no answer.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The text cannot name a branch, tag or commit.
    #[error("not the name of a branch, a tag or a commit: {0}")]
    InvalidRef(&'static str),
    /// More than one commit has this abbreviation.
    #[error("more than one commit begins like this")]
    Ambiguous,
    /// The text cannot name an entry of a tree.
    #[error("not a path in the repository: {0}")]
    InvalidPath(&'static str),
    /// There is no such branch, tag, commit or entry.
    #[error("not found")]
    NotFound,
    /// A file was asked for, and it is a folder; or the other way round.
    #[error("the path does not lead to a {wanted}")]
    WrongKind {
        /// `file` or `folder`.
        wanted: &'static str,
    },
    /// The line range is empty or begins after the last line.
    #[error("no such lines")]
    NoSuchLines,
    /// An object has more bytes than the caller, or this crate, reads into memory.
    #[error("the object has {size} bytes, more than {limit}")]
    TooLarge {
        /// In bytes.
        size: u64,
        /// In bytes.
        limit: u64,
    },
    /// A tree has more levels, entries or longer paths than are walked.
    #[error("the tree is too large: more than {limit} {of}")]
    TooManyEntries {
        /// `levels`, `entries`, `bytes in a path` …
        of: &'static str,
        /// How many are walked.
        limit: usize,
    },
    /// An object is missing, malformed or not what it should be.
    #[error("the mirror is damaged: {0}")]
    Damaged(String),
    /// A blob could not be streamed, for a reason of this machine.
    #[error("cannot read a large blob")]
    Stream(#[source] std::io::Error),
}

impl ReadError {
    /// An answer of gix that no sound mirror gives.
    pub(super) fn damaged(error: impl std::fmt::Display) -> Self {
        Self::Damaged(redact(&error.to_string()))
    }
}
