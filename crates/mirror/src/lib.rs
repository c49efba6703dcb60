//! A bare Git mirror: fetched from its remote by the `git` command, read by gix, hardened against both ends.
//!
//! In reading order: [`RemoteUrl`] is proof that an address is allowed, [`Git`] is the command every network
//! process is made from, [`Mirror`] owns one bare repository and brings it up to date, [`Reader`] answers
//! questions about what it holds.
//!
#![doc = include_str!("../README.md")]

pub mod git;
pub mod id;
pub mod mirror;
pub mod progress;
pub mod read;
pub mod remote;
pub mod sync;

pub use git::{Git, GitUnusable, Version};
pub use id::{CommitId, NotAnId, ObjectId};
pub use mirror::Mirror;
pub use progress::{Progress, Stage};
pub use read::{
    Blobs, Change, Commit, Content, Depth, Entry, File, History, Kind, Lines, LogLimits, ReadError, Reader, RepoPath,
    Side, Signature, TreeEntry, TreeLimits,
};
pub use remote::{Policy, Protocol, RemoteUrl, UrlRefused};
pub use sync::{Damaged, SyncError, SyncOptions, Synced, TimeLimit};
