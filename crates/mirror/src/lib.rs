//! A bare Git mirror: fetched from its remote by the `git` command, read and committed to by gix, hardened against both
//! ends.
//!
//! In reading order: [`RemoteUrl`] is proof that an address is allowed, [`Remote`] adds the [`Credential`] that opens it,
//! [`Git`] is the command every network process is made from, [`probe()`] tries a remote out, [`Mirror`] owns one bare
//! repository, brings it up to date, makes commits in it and pushes them, [`Reader`] answers questions about what it holds.
//!
#![doc = include_str!("../README.md")]

pub mod git;
pub mod id;
pub mod local;
pub mod mirror;
pub mod progress;
pub mod read;
pub mod remote;
pub mod sync;
pub mod write;

pub use git::{Git, GitUnusable, Version};
pub use id::{CommitId, NotAnId, ObjectId};
pub use mirror::Mirror;
pub use progress::{Progress, Stage};
pub use read::{
    Blame, BlameSpan, Blobs, Change, Commit, Content, Depth, Entry, File, FileStat, History, Kind, Lines, Listing,
    LogLimits, ReadError, Reader, RepoPath, Side, Signature, TreeEntry, TreeLimits,
};
pub use remote::{
    Credential, CredentialRefused, DeployKey, HostKey, KnownHosts, Login, Policy, Protocol, Remote, RemoteUrl, Resolve,
    Resolving, SystemResolver, UrlRefused,
};
pub use sync::{
    Damaged, Found, HostKeyFault, Probed, Repack, Repair, SyncError, SyncOptions, Synced, TendOptions, Tended,
    TimeLimit, probe,
};
pub use write::{
    After, BranchName, ChangeName, ChangedFile, CommitError, CommitLimits, Committed, FileChange, Identity,
    IdentityRefused, NameRefused, NewCommit, PathRefused, Push, PushError, Pushed,
};
