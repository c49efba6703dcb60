//! What went wrong with a task on a mirror: which failures may pass, which do not, and what clients are told.

use std::{io, time::Duration};

use mirror::{CommitError, Damaged, PathRefused, PushError, SyncError};
use sea_orm::DbErr;

use super::{credential::Unopened, publish::NotPublished};
use crate::{
    domain::{
        failure::StaleFile,
        job::{JobError, Outcome},
    },
    engine::{EngineError, Lack},
    entities::queue::{Achieved, Synced},
    storage::objects::StorageError,
};

/// Why a task did not come to its end.
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
    /// What was asked for has no answer.
    #[error("{1}")]
    Unanswered(Lack, String),
    /// Files are no longer what the edits were made for.
    #[error("{} are no longer what the edits were made for; ask for the rename again", named(.0))]
    Stale(Vec<StaleFile>),
    /// Files are no longer what a commit made of them that is to be taken back.
    #[error("{} have changed since the rename was applied; take these changes back, or rename back", named(.0))]
    ChangedSince(Vec<StaleFile>),
    /// The commit could not be made.
    #[error(transparent)]
    Commit(#[from] CommitError),
    /// The commit could not be pushed.
    #[error(transparent)]
    Push(#[from] PushError),
    /// The head is another one than the work was done for; it is done again.
    #[error("the head moved meanwhile")]
    Moved,
    /// There is no head, or it is not on this machine.
    #[error("the repository is not at hand; synchronise the project, then ask again")]
    NotSynced,
    /// The commit cannot be made again either: the one it stands on is in no history any more.
    #[error(
        "the commit was lost with the mirror, and what it stands on is gone from the remote; ask for the rename again"
    )]
    Lost,
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

impl From<Trouble> for Outcome<Achieved> {
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
                EngineError::Failed(_) | EngineError::Astray => fatal("INTERNAL_ERROR"),
                EngineError::Died(_) => Self::Crashed,
                EngineError::Io(_) => retry("INTERNAL_ERROR"),
            },
            Trouble::Publish(NotPublished::Lost) | Trouble::Moved => Self::Snooze(Duration::ZERO),
            Trouble::Publish(NotPublished::Storage(StorageError::Full)) => retry("STORAGE_FULL"),
            Trouble::Publish(NotPublished::Unreadable(_)) => fatal("INTERNAL_ERROR"),
            Trouble::Credential(Unopened::Database(_))
            | Trouble::Publish(NotPublished::Storage(_) | NotPublished::Database(_)) => retry("DEPENDENCY_FAILURE"),
            Trouble::Unanswered(lack, _) => fatal(code_of_lack(lack)),
            Trouble::NotSynced => fatal("REPO_NOT_SYNCED"),
            Trouble::Stale(_) | Trouble::ChangedSince(_) | Trouble::Lost => fatal("STALE_MANIFEST"),
            Trouble::Commit(error) => of_commit(&error),
            Trouble::Push(error) => of_push(&error),
            Trouble::Gone => Self::Cancelled,
        }
    }
}

/// The most files that are named in a sentence.
const MOST_NAMED: usize = 5;

fn named(files: &[StaleFile]) -> String {
    let named: Vec<_> = files.iter().take(MOST_NAMED).map(|file| file.path.as_str()).collect();
    let more = if files.len() > MOST_NAMED { " and others" } else { "" };
    format!("{}{more}", named.join(", "))
}

fn of_commit(error: &CommitError) -> Outcome<Achieved> {
    let said = |code| JobError { code, message: error.to_string() };
    match error {
        // Of a revert: what the file was before went with the history that it was in.
        CommitError::Stale { .. } | CommitError::Refused { why: PathRefused::NoContent, .. } => {
            Outcome::Fatal(said("STALE_MANIFEST"))
        }
        CommitError::Refused { .. } | CommitError::NothingChanged | CommitError::TooLarge { .. } => {
            Outcome::Fatal(said("INVALID_INPUT"))
        }
        CommitError::NoSuchCommit(_) => Outcome::Fatal(said("REPO_NOT_SYNCED")),
        CommitError::NameTaken(_) | CommitError::Malformed(_) => Outcome::Fatal(said("INTERNAL_ERROR")),
        CommitError::TimedOut(_) => Outcome::Retry { error: said("TIMEOUT"), after: None },
        CommitError::Cancelled => Outcome::Snooze(Duration::ZERO),
        CommitError::Mirror(error) => of_git(error),
    }
}

fn of_push(error: &PushError) -> Outcome<Achieved> {
    let said = |code, hint: &str| JobError { code, message: format!("{error}{hint}") };
    match error {
        PushError::Denied => Outcome::Fatal(said("REPO_AUTH_FAILED", "; give a credential that may write")),
        PushError::Declined { .. } => Outcome::Fatal(said("CONFLICT", "")),
        PushError::BranchTaken => Outcome::Fatal(said("CONFLICT", "; take another name")),
        PushError::NoSuchCommit(_) => Outcome::Fatal(said("REPO_NOT_SYNCED", "; synchronise the project, then push")),
        PushError::TimedOut(_) => Outcome::Retry { error: said("REPO_UNREACHABLE", ""), after: None },
        PushError::Cancelled => Outcome::Snooze(Duration::ZERO),
        PushError::Sync(error) => of_git(error),
    }
}

/// The contract's code for a question about symbols that has no answer.
fn code_of_lack(lack: Lack) -> &'static str {
    match lack {
        Lack::NoFile => "FILE_NOT_FOUND",
        Lack::NoSymbol => "SYMBOL_NOT_FOUND",
        Lack::Ambiguous => "SYMBOL_AMBIGUOUS",
        Lack::InvalidName => "NAME_INVALID",
        Lack::TooLarge => "INVALID_INPUT",
        Lack::TimedOut => "TIMEOUT",
    }
}

fn of_git(error: &SyncError) -> Outcome<Achieved> {
    let known = JobError { code: code_of(error), message: advice(error) };
    match error {
        SyncError::Held { deleted, total } => Outcome::Done(Achieved::Synced(Synced::Held {
            deleted: u64::try_from(*deleted).unwrap_or(u64::MAX),
            total: u64::try_from(*total).unwrap_or(u64::MAX),
        })),
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
