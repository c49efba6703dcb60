//! What went wrong with a synchronisation: which failures may pass, which do not, and what clients are told.

use std::{io, time::Duration};

use mirror::{Damaged, SyncError};
use sea_orm::DbErr;

use super::{credential::Unopened, publish::NotPublished};
use crate::{
    domain::job::{JobError, Outcome},
    engine::EngineError,
    entities::queue::Synced,
    storage::objects::StorageError,
};

/// Why a synchronisation did not come to its end.
#[derive(Debug, thiserror::Error)]
pub enum Trouble {
    /// Git's part failed.
    #[error(transparent)]
    Git(#[from] SyncError),
    /// What opens the remote could not be used.
    #[error("what opens the repository could not be used; give it again")]
    Credential(#[from] Unopened),
    /// The manifest's part failed.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// What was made could not be published.
    #[error(transparent)]
    Publish(#[from] NotPublished),
    /// The project was deleted or linked elsewhere.
    #[error("the project is gone")]
    Gone,
}

impl From<io::Error> for Trouble {
    fn from(error: io::Error) -> Self {
        Self::Publish(error.into())
    }
}

impl From<DbErr> for Trouble {
    fn from(error: DbErr) -> Self {
        Self::Publish(error.into())
    }
}

impl From<Trouble> for Outcome<Synced> {
    fn from(trouble: Trouble) -> Self {
        let message = trouble.to_string();
        let fatal = |code| Self::Fatal(JobError { code, message: message.clone() });
        let retry = |code| Self::Retry { error: JobError { code, message: message.clone() }, after: None };
        match trouble {
            Trouble::Git(error) => of_git(&error),
            Trouble::Credential(Unopened::Vault(_) | Unopened::Refused(_)) => fatal("REPO_AUTH_FAILED"),
            Trouble::Engine(error) => match error {
                // Whether somebody wanted the end or the service stops, the job's row says.
                EngineError::Cancelled => Self::Snooze(Duration::ZERO),
                EngineError::TimedOut => fatal("TIMEOUT"),
                EngineError::Corrupt(_) => retry("MIRROR_CORRUPT"),
                EngineError::Failed(_) => fatal("INTERNAL_ERROR"),
                EngineError::Died(_) => Self::Crashed,
                EngineError::Io(_) => retry("INTERNAL_ERROR"),
            },
            Trouble::Publish(NotPublished::Lost) => Self::Snooze(Duration::ZERO),
            Trouble::Publish(NotPublished::Storage(StorageError::Full)) => retry("STORAGE_FULL"),
            Trouble::Credential(Unopened::Database(_))
            | Trouble::Publish(NotPublished::Storage(_) | NotPublished::Database(_)) => retry("DEPENDENCY_FAILURE"),
            Trouble::Gone => Self::Cancelled,
        }
    }
}

fn of_git(error: &SyncError) -> Outcome<Synced> {
    let known = JobError { code: code_of(error), message: advice(error) };
    match error {
        SyncError::Held { deleted, total } => Outcome::Done(Synced::Held {
            deleted: u64::try_from(*deleted).unwrap_or(u64::MAX),
            total: u64::try_from(*total).unwrap_or(u64::MAX),
        }),
        SyncError::Cancelled => Outcome::Snooze(Duration::ZERO),
        // Another process of this machine still writes it: a former life of ours that is on its way out.
        SyncError::Locked => Outcome::Snooze(Duration::from_secs(2)),
        SyncError::Unreachable(_)
        | SyncError::TimedOut(_)
        | SyncError::Corrupt { damaged: Damaged::Mirror, .. }
        | SyncError::StorageFull
        | SyncError::Local { .. }
        | SyncError::Git { .. } => Outcome::Retry { error: known, after: None },
        SyncError::AuthFailed
        | SyncError::HostKey(_)
        | SyncError::NotFound
        | SyncError::UnsupportedObjectFormat
        | SyncError::UrlRefused(_)
        | SyncError::BranchNotFound(_)
        | SyncError::TooLarge(_)
        | SyncError::Corrupt { damaged: Damaged::Remote, .. } => Outcome::Fatal(known),
    }
}

/// The contract's code for what went wrong between Git and a remote.
pub fn code_of(error: &SyncError) -> &'static str {
    match error {
        SyncError::AuthFailed | SyncError::HostKey(_) => "REPO_AUTH_FAILED",
        SyncError::Unreachable(_) | SyncError::TimedOut(_) => "REPO_UNREACHABLE",
        SyncError::NotFound | SyncError::UnsupportedObjectFormat => "REPO_NOT_FOUND",
        SyncError::UrlRefused(_) => "REPO_URL_REFUSED",
        SyncError::BranchNotFound(_) => "BRANCH_NOT_FOUND",
        SyncError::TooLarge(_) => "REPO_TOO_LARGE",
        SyncError::Corrupt { .. } => "MIRROR_CORRUPT",
        SyncError::StorageFull => "STORAGE_FULL",
        SyncError::Held { .. } | SyncError::Cancelled => "CANCELLED",
        SyncError::Locked | SyncError::Local { .. } | SyncError::Git { .. } => "INTERNAL_ERROR",
    }
}

/// What people are told of it, and what to do.
pub fn advice(error: &SyncError) -> String {
    let hint = if matches!(error, SyncError::AuthFailed) {
        "; give a token, or show the deploy key's public half to the host"
    } else if matches!(error, SyncError::NotFound) {
        "; check the address, and whether what opens it may see it"
    } else {
        ""
    };
    format!("{error}{hint}")
}
