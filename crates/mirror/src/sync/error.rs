//! How a sync fails, with one variant for each way a caller has to react. No message holds a path or a secret.

use std::{fmt, io, time::Duration};

use crate::remote::UrlRefused;

/// Why a sync published nothing. The mirror is as readable as it was before.
#[derive(Debug, thiserror::Error)]
pub enum SyncError {
    /// The remote wants credentials, or does not accept those it got.
    #[error("the remote refused access")]
    AuthFailed,
    /// The remote does not show a host key that is pinned, so nothing was said to it.
    #[error("the remote's host key is {0}")]
    HostKey(HostKeyFault),
    /// The remote did not answer, or the connection broke.
    #[error("the remote cannot be reached: {0}")]
    Unreachable(String),
    /// The remote answers, but has no such repository (or hides it from us).
    #[error("the remote has no such repository")]
    NotFound,
    /// The address is not allowed, or leads where it must not.
    #[error(transparent)]
    UrlRefused(#[from] UrlRefused),
    /// The configured branch is not on the remote, which has others.
    #[error("the remote has no branch named {0:?}")]
    BranchNotFound(String),
    /// Most or all branches would be deleted. Nothing was; ask again with `allow_mass_deletion`.
    #[error("the remote has lost {deleted} of the mirror's {total} branches")]
    Held {
        /// Branches that the remote no longer has.
        deleted: usize,
        /// Branches that the mirror has now.
        total: usize,
    },
    /// More bytes, refs, or memory for one object than the caller or this crate allows.
    #[error("the repository is too large: {0}")]
    TooLarge(String),
    /// The repository names its objects by SHA-256, which this mirror cannot read.
    #[error("the repository uses sha-256 object ids, which are not supported")]
    UnsupportedObjectFormat,
    /// Objects are missing, damaged or malformed.
    #[error("{damaged} is damaged: {detail}")]
    Corrupt {
        /// Whose objects.
        damaged: Damaged,
        /// What was found, safe to show.
        detail: String,
    },
    /// The disk, or a quota on it, is full.
    #[error("the disk is full")]
    StorageFull,
    /// It took too long.
    #[error("the sync took too long: {0}")]
    TimedOut(TimeLimit),
    /// The caller asked it to stop.
    #[error("the sync was cancelled")]
    Cancelled,
    /// Another process, or another sync of this one, writes this mirror now.
    #[error("the mirror is being written by another sync")]
    Locked,
    /// The mirror's folder cannot be read or written, for a reason of this machine.
    #[error("cannot {doing}")]
    Local {
        /// The verb and object of what failed.
        doing: &'static str,
        /// The system's answer.
        #[source]
        source: io::Error,
    },
    /// Git failed in a way that has no name here.
    #[error("git failed: {message}")]
    Git {
        /// Git's own words, bounded, without paths and secrets.
        message: String,
    },
}

/// What is wrong with the key that a host shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum HostKeyFault {
    /// No key is pinned for the host.
    #[error("not known; compare it with what the host publishes and pin it")]
    Unknown,
    /// Another key is pinned: the host has a new one, or somebody stands between.
    #[error("not the one that is pinned; if the host says that it changed, pin the new one")]
    Changed,
}

/// Whose objects are damaged: it decides whether a new clone can help.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Damaged {
    /// The copy on this machine: a new clone repairs it.
    Mirror,
    /// The remote's: only its owner can repair it.
    Remote,
}

/// Which of the two limits was reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TimeLimit {
    /// Nothing was heard from the remote for so long.
    NoProgress(Duration),
    /// The whole sync's allowance.
    Deadline(Duration),
}

impl SyncError {
    /// Whether the same sync may succeed later without anybody doing anything.
    pub fn retryable(&self) -> bool {
        matches!(self, Self::Unreachable(_) | Self::TimedOut(_) | Self::Locked | Self::StorageFull | Self::Local { .. })
    }

    pub(crate) fn local(doing: &'static str) -> impl FnOnce(io::Error) -> Self {
        move |source| {
            if matches!(source.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded) {
                Self::StorageFull
            } else {
                Self::Local { doing, source }
            }
        }
    }
}

impl fmt::Display for Damaged {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Mirror => "the mirror",
            Self::Remote => "the remote's repository",
        })
    }
}

impl fmt::Display for TimeLimit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoProgress(limit) => write!(f, "no progress for {} s", limit.as_secs()),
            Self::Deadline(limit) => write!(f, "not finished after {} s", limit.as_secs()),
        }
    }
}
