//! Writing: commits made in the object database and kept under refs of our own, and one of them pushed to a new branch.

mod change;
mod clash;
mod commit;
mod edit;
mod error;
mod folder;
mod forget;
mod identity;
mod names;
mod pack;
mod protected;
mod push;

pub use self::{
    change::{After, ChangedFile, FileChange},
    commit::{CommitLimits, Committed, NewCommit},
    error::{CommitError, PathRefused, PushError},
    identity::{Identity, IdentityRefused},
    names::{BranchName, ChangeName, NameRefused},
    push::{Push, Pushed},
};
pub(crate) use self::{commit::commit, forget::forget, push::push};
