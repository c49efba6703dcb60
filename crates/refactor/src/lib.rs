//! Multi-file renames that say what they know: what is marked safe is complete and right, everything else is shown for
//! review with its reason.
//!
//! In reading order: [`Sources`] are the files of a commit, a [`Rename`] says what is wanted, [`rename()`] computes a
//! [`Proposal`], [`look`] says what stands under a cursor. What is [`Known`] of the files makes the next answer quicker.
//!
#![doc = include_str!("../README.md")]

mod draft;
mod known;
mod language;
mod ledger;
mod limits;
mod overlay;
mod pages;
mod patch;
mod position;
mod proposal;
mod rename;
mod request;
mod sources;
mod verify;
mod vocabulary;
mod words;

pub use known::{Known, Remembered};
pub use language::{Family, Place, Prose, Refusal, Role, Symbol, SymbolKind, Unresolved, is_code};
pub use limits::{Budget, MOST_CANDIDATES, MOST_DEPTH, MOST_FILE_BYTES, Stopped};
pub use proposal::{
    Confidence, Conflict, Counts, Edit, FileChange, Location, MOST_MENTIONS, Mention, Proposal, Reason, Review,
    SymbolView, UnparsedFile, Verdict,
};
pub use rename::{RenameError, look, rename};
pub use request::{Hierarchy, Options, Rename, Scope, Target};
pub use sources::{FileId, Memory, Nature, SourceFile, Sources, Unreadable};
