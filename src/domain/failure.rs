//! Why a request was not granted: as many variants as callers react differently, and no word about HTTP.

use std::time::Duration;

use supervise::AskError;

use super::scope::Scope;
use crate::ids::ProjectId;

/// What a gateway answers instead of a result.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// The caller did not prove who they are.
    #[error("not authenticated: {0}")]
    Unauthenticated(TokenFault),
    /// The caller may see the thing, and not do this to it.
    #[error("this needs more rights than you have here")]
    Forbidden,
    /// Nobody may make an account like this; the text says why.
    #[error("{0}")]
    NotAdmitted(&'static str),
    /// The caller's token is not meant for this.
    #[error("the token lacks the scope `{0}`")]
    OutOfScope(Scope),
    /// Only people do this, not their tokens.
    #[error("a personal token cannot do this; sign in")]
    NotInPerson,
    /// The account is disabled.
    #[error("the account is disabled; ask an administrator")]
    Disabled,
    /// It is not there, or the caller may not know that it is.
    #[error("{0} not found")]
    NotFound(Missing),
    /// The state of things does not allow it.
    #[error("{0}")]
    Conflict(Conflict),
    /// Nobody but the caller owns these projects.
    #[error("projects would be left without an owner; make somebody else an owner, or delete them")]
    SoleOwner(Vec<OwnedProject>),
    /// What stands at a place, or is called so, is no symbol; the text says what it is.
    #[error("{0}")]
    NoSymbol(String),
    /// Files are no longer what these edits were made for.
    #[error("the mirror has moved on: files that the edits were made for are different now; ask for the rename again")]
    Stale(Vec<StaleFile>),
    /// Files are no longer what a commit made of them that is to be taken back.
    #[error(
        "the mirror has moved on: files have changed since the rename was applied; take these changes back, or rename back"
    )]
    ChangedSince(Vec<StaleFile>),
    /// It is not, or no longer, what the caller expected to change.
    #[error("it was changed meanwhile; read it again, then decide")]
    PreconditionFailed,
    /// The request contradicts the rules.
    #[error("invalid input")]
    Invalid(Vec<FieldFault>),
    /// Too early or too often.
    #[error("too many requests; wait as many seconds as Retry-After says")]
    RateLimited {
        /// After this time it is worth another try.
        retry_in: Duration,
        /// The limit, in the words of the `RateLimit-Policy` header.
        policy: String,
    },
    /// The actor that would answer is down, busy or died over the question.
    #[error("the service is busy")]
    Busy,
    /// The answer did not come in time.
    #[error("the answer did not come in time")]
    TimedOut,
    /// The disk, or the quota behind the storage, is full.
    #[error("the storage is full")]
    StorageFull,
    /// The database, the disk or a peer failed; the cause is logged and never shown.
    #[error("a dependency failed")]
    Dependency(#[source] Cause),
    /// A fault of ours; the cause is logged and never shown.
    #[error("internal error")]
    Internal(#[source] Cause),
}

/// The cause of a failure, for the log.
pub type Cause = Box<dyn std::error::Error + Send + Sync>;

/// What is wrong with a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, strum::Display)]
#[strum(serialize_all = "lowercase")]
pub enum TokenFault {
    /// There is none.
    Missing,
    /// It is not one of ours, or does not fit.
    Invalid,
    /// Its time is over.
    Expired,
    /// It, or its session, was ended.
    Revoked,
}

/// What was not found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, strum::Display)]
#[strum(serialize_all = "lowercase")]
pub enum Missing {
    /// A project.
    Project,
    /// A synchronisation or another job.
    Job,
    /// A path in a mirror, or the commit of a mirror that has none.
    File,
    /// What a mirror's content is asked for at.
    #[strum(serialize = "branch, tag or commit")]
    Ref,
    /// A manifest.
    Manifest,
    /// A signed-in device.
    Session,
    /// A personal token.
    Token,
    /// An account.
    User,
    /// A notification.
    Notification,
    /// Somebody who belongs to a project, or could.
    Member,
    /// An invitation.
    Invitation,
    /// An address that nothing answers at.
    Resource,
}

/// A state that does not allow the request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Conflict {
    /// There is an account with this address.
    #[error("an account with this email exists")]
    EmailTaken,
    /// Without this account nobody would administer the service.
    #[error("this is the last administrator; make somebody else one first")]
    LastAdministrator,
    /// There are as many personal tokens as may be.
    #[error("the account has as many tokens as it may have; end one first")]
    TooManyTokens,
    /// No repository belongs to the project yet.
    #[error("no repository is linked to the project; link one first")]
    RepoNotLinked,
    /// The mirror holds no commit yet.
    #[error("the repository has not been synchronised yet; wait for a sync to succeed")]
    RepoNotSynced,
    /// The job has come to its end.
    #[error("the job has already ended")]
    JobAlreadyCompleted,
    /// Something else; the text says what.
    #[error("{0}")]
    Other(&'static str),
}

/// A file that is no longer what edits were made for.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, utoipa::ToSchema)]
pub struct StaleFile {
    /// From the repository's root.
    pub path: String,
    /// The edits that no longer fit.
    pub edits: Vec<String>,
}

/// A project that somebody owns alone.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, utoipa::ToSchema)]
pub struct OwnedProject {
    /// Which.
    pub id: ProjectId,
    /// What it is called.
    pub name: String,
}

/// What is wrong with one field.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, utoipa::ToSchema)]
pub struct FieldFault {
    /// The field, as in `target.paths[0]`.
    pub path: String,
    /// What to do about it.
    pub problem: String,
    /// Whether it is absent.
    #[serde(skip)]
    pub missing: bool,
}

impl Failure {
    /// One field breaks a rule.
    pub fn invalid(path: impl Into<String>, problem: impl Into<String>) -> Self {
        Self::Invalid(vec![FieldFault { path: path.into(), problem: problem.into(), missing: false }])
    }

    /// One field is absent.
    pub fn missing(path: impl Into<String>) -> Self {
        Self::Invalid(vec![FieldFault { path: path.into(), problem: "is required".into(), missing: true }])
    }

    /// A fault of ours.
    pub fn internal(cause: impl Into<Cause>) -> Self {
        Self::Internal(cause.into())
    }
}

impl From<AskError> for Failure {
    fn from(error: AskError) -> Self {
        match error {
            AskError::Timeout => Self::TimedOut,
            AskError::Down | AskError::Overloaded | AskError::Lost | AskError::Quarantined { .. } => Self::Busy,
        }
    }
}
