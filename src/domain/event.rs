//! What happened, and whom it concerns. Payloads are ids and states: never a token, code or a path.

use sea_orm::DeriveValueType;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// The deeds that are recorded.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    Serialize,
    Deserialize,
    ToSchema,
    DeriveValueType,
    strum::Display,
    strum::EnumString,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
#[sea_orm(value_type = "String")]
pub enum EventKind {
    /// A synchronisation began.
    RepoSyncStarted,
    /// A synchronisation came to its end well.
    RepoSyncSuccess,
    /// A synchronisation failed, was cancelled or waits for a decision.
    RepoSyncFailed,
    /// An account was made.
    UserRegistered,
    /// A refresh token came back after a newer one was used; its session was ended.
    RefreshTokenReused,
    /// A project was made.
    ProjectCreated,
    /// A project was deleted.
    ProjectDeleted,
    /// A repository was linked to a project.
    RepoLinked,
}

impl EventKind {
    /// Whether the project's members are told.
    pub fn notifies(self) -> bool {
        matches!(self, Self::RepoSyncStarted | Self::RepoSyncSuccess | Self::RepoSyncFailed)
    }
}
