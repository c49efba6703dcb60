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
    /// A device was signed in.
    SessionStarted,
    /// A device, or all of somebody's devices, were signed out.
    SessionEnded,
    /// Somebody changed what they are called.
    ProfileChanged,
    /// Somebody changed their password; their other devices were signed out.
    PasswordChanged,
    /// An operator gave an account another password.
    PasswordReset,
    /// A personal token was made.
    AccessTokenCreated,
    /// A personal token was ended.
    AccessTokenEnded,
    /// An account was disabled; its sessions and tokens were ended.
    UserDisabled,
    /// A disabled account was enabled again.
    UserEnabled,
    /// An operator forgave an account's failed sign-ins, and enabled it.
    UserUnlocked,
    /// Somebody became an administrator, or is none any more.
    UserRightsChanged,
    /// Somebody ended their account.
    AccountEnded,
    /// A project was made.
    ProjectCreated,
    /// A project was deleted.
    ProjectDeleted,
    /// A repository was linked to a project.
    RepoLinked,
    /// Somebody was taken into a project.
    MemberAdded,
    /// What a member is in a project was changed.
    MemberRoleChanged,
    /// Somebody left a project, or was let go.
    MemberRemoved,
    /// Somebody was invited into a project.
    InvitationCreated,
    /// An invitation was taken back.
    InvitationRevoked,
    /// An invitation was accepted.
    InvitationAccepted,
    /// The secret of a project's push hook was set.
    HookSecretSet,
    /// What opens a project's repository was changed or forgotten.
    CredentialChanged,
    /// Somebody asked for a refactor.
    RefactorAsked,
    /// A refactor's proposal can be looked at.
    RefactorReady,
    /// A refactor could not be computed, applied, taken back or pushed.
    RefactorFailed,
    /// Somebody ended a refactor's work.
    RefactorCancelled,
    /// Somebody approved of a proposal, or of a part of it.
    RefactorApproved,
    /// What was approved is the mirror's head.
    RefactorApplied,
    /// Somebody wants an applied refactor taken back.
    RefactorRevertAsked,
    /// An applied refactor was taken back.
    RefactorReverted,
    /// Somebody wants an applied refactor pushed.
    RefactorPushAsked,
    /// An applied refactor is on a branch of the remote.
    RefactorPushed,
}

impl EventKind {
    /// Whether the project's members are told.
    pub fn notifies(self) -> bool {
        matches!(
            self,
            Self::RepoSyncStarted
                | Self::RepoSyncSuccess
                | Self::RepoSyncFailed
                | Self::RefactorReady
                | Self::RefactorApplied
                | Self::RefactorFailed
        )
    }
}
