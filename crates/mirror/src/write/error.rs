//! How writing fails, with one variant for each way a caller has to react. No message holds a path of this machine.

use std::time::Duration;

use super::ChangeName;
use crate::{
    git::redact,
    id::CommitId,
    read::{ReadError, RepoPath},
    sync::{Damaged, SyncError, TimeLimit},
};

/// Why there is no commit. Nothing of it is to be seen.
#[derive(Debug, thiserror::Error)]
pub enum CommitError {
    /// The file is gone, or has another blob than the change was made for.
    #[error("{path:?} is not what the change was made for")]
    Stale {
        /// Where the file should be.
        path: RepoPath,
    },
    /// The path, or what is to stand there, is none that is written.
    #[error("{path:?} cannot be changed: {why}")]
    Refused {
        /// The first such path.
        path: RepoPath,
        /// What is wrong with it.
        why: PathRefused,
    },
    /// The tree would be that of the parent.
    #[error("nothing would change")]
    NothingChanged,
    /// The parent is not a commit of this mirror.
    #[error("the mirror has no commit {0}")]
    NoSuchCommit(CommitId),
    /// The change's ref is there, and leads to another commit.
    #[error("the change {0} is another commit already")]
    NameTaken(ChangeName),
    /// More than [`CommitLimits`](super::CommitLimits) allow.
    #[error("the change is too large: more than {limit} {of}")]
    TooLarge {
        /// `changes`, `bytes of new content` …
        of: &'static str,
        /// How many are allowed.
        limit: u64,
    },
    /// The message or the time is none that a commit can hold.
    #[error("no commit can be made: {0}")]
    Malformed(&'static str),
    /// It took longer than the limit.
    #[error("the commit was not made within {} s", .0.as_secs())]
    TimedOut(Duration),
    /// The caller asked it to stop.
    #[error("the commit was cancelled")]
    Cancelled,
    /// The mirror is locked, damaged, or cannot be written: as for a sync.
    #[error(transparent)]
    Mirror(SyncError),
}

/// What is wrong with one path of a change.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PathRefused {
    /// The root, which is no file.
    #[error("it is the root folder")]
    Root,
    /// More levels than are written.
    #[error("it lies more than {0} folders deep")]
    TooDeep(usize),
    /// A new path, or a part of it, that usual file systems cannot hold.
    #[error("it is too long")]
    TooLong,
    /// `.git` or a file that steers Git, in a spelling that some file system takes for it.
    #[error("it is one of Git's own files")]
    Protected,
    /// A symbolic link, or below one.
    #[error("it is a symbolic link or lies below one")]
    Symlink,
    /// Another repository's commit, or below one.
    #[error("it is a submodule or lies in one")]
    Submodule,
    /// A file stands at the new path.
    #[error("a file stands there already")]
    Exists,
    /// A folder stands at the new path.
    #[error("a folder stands there already")]
    IsFolder,
    /// A part of the new path before its last is a file.
    #[error("a file stands where a folder would have to be")]
    BelowFile,
    /// Some file systems cannot tell the new path, or a part of it, from another one.
    #[error("some file systems cannot tell it from {with:?}")]
    Clash {
        /// The other one.
        with: RepoPath,
    },
    /// Two changes begin at it, or two end there.
    #[error("two changes are made to it")]
    Twice,
    /// The content has more bytes than one file may.
    #[error("its new content has more than {0} bytes")]
    TooLarge(u64),
    /// The content is named by an id that is none of a blob in this mirror.
    #[error("its new content is not in the mirror")]
    NoContent,
}

/// Why nothing was pushed, as far as this side knows: asked again, the same push tells.
#[derive(Debug, thiserror::Error)]
pub enum PushError {
    /// The credential is not accepted, or may not write.
    #[error("the remote refused to be written to")]
    Denied,
    /// The remote took the commit and would not have the branch: a hook of its, a protected name, a rule of its host.
    #[error("the remote declined the branch: {reason}")]
    Declined {
        /// The remote's own words for it, bounded, without paths and secrets. What its hooks print is not among them.
        reason: String,
    },
    /// The branch exists, and is not at this commit. It was not touched.
    #[error("the remote has another branch of this name")]
    BranchTaken,
    /// The commit is not in this mirror.
    #[error("the mirror has no commit {0}")]
    NoSuchCommit(CommitId),
    /// It took too long.
    #[error("the push took too long: {0}")]
    TimedOut(TimeLimit),
    /// The caller asked it to stop.
    #[error("the push was cancelled")]
    Cancelled,
    /// The remote cannot be reached, the mirror is locked or damaged: as for a sync.
    #[error(transparent)]
    Sync(SyncError),
}

impl PushError {
    /// Whether the same push may succeed later without anybody doing anything.
    pub fn retryable(&self) -> bool {
        match self {
            Self::TimedOut(_) => true,
            Self::Sync(error) => error.retryable(),
            Self::Denied | Self::Declined { .. } | Self::BranchTaken | Self::NoSuchCommit(_) | Self::Cancelled => false,
        }
    }
}

impl CommitError {
    /// Whether the same commit may succeed later without anybody doing anything.
    pub fn retryable(&self) -> bool {
        match self {
            Self::TimedOut(_) => true,
            Self::Mirror(error) => error.retryable(),
            Self::Stale { .. }
            | Self::Refused { .. }
            | Self::NothingChanged
            | Self::NoSuchCommit(_)
            | Self::NameTaken(_)
            | Self::TooLarge { .. }
            | Self::Malformed(_)
            | Self::Cancelled => false,
        }
    }

    /// What gix says that no sound mirror makes it say.
    pub(super) fn damaged(error: impl std::fmt::Display) -> Self {
        Self::Mirror(SyncError::Corrupt { damaged: Damaged::Mirror, detail: redact(&error.to_string()) })
    }
}

impl From<SyncError> for CommitError {
    fn from(error: SyncError) -> Self {
        if let SyncError::TimedOut(TimeLimit::Deadline(limit) | TimeLimit::NoProgress(limit)) = error {
            return Self::TimedOut(limit);
        }
        if matches!(error, SyncError::Cancelled) { Self::Cancelled } else { Self::Mirror(error) }
    }
}

impl From<ReadError> for CommitError {
    fn from(error: ReadError) -> Self {
        if let ReadError::TooLarge { limit, .. } = error {
            Self::TooLarge { of: "bytes in one folder", limit }
        } else {
            Self::damaged(error)
        }
    }
}

impl From<SyncError> for PushError {
    fn from(error: SyncError) -> Self {
        if let SyncError::TimedOut(limit) = error {
            return Self::TimedOut(limit);
        }
        if matches!(error, SyncError::Cancelled) {
            Self::Cancelled
        } else if matches!(error, SyncError::AuthFailed) {
            Self::Denied
        } else {
            Self::Sync(error)
        }
    }
}
