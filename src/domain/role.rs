//! Who may do what in a project.

use sea_orm::DeriveValueType;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A member's standing in a project; each includes the ones before it.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Serialize,
    Deserialize,
    ToSchema,
    DeriveValueType,
    strum::Display,
    strum::EnumString,
)]
#[serde(rename_all = "lowercase")]
#[strum(serialize_all = "lowercase")]
#[sea_orm(value_type = "String")]
pub enum Role {
    /// Reads everything of the project.
    Viewer,
    /// Also synchronises, proposes and applies.
    Maintainer,
    /// Also links, manages members and deletes.
    Owner,
}

/// What somebody wants to do with a project.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// See it, its manifest, its files.
    Read,
    /// Synchronise it, cancel or release a synchronisation.
    Sync,
    /// Propose, apply and take back refactors, and end their work.
    Refactor,
    /// Push what was applied to the repository.
    Push,
    /// Change its name or description.
    Change,
    /// Link a repository.
    Link,
    /// Take people in, change what they are, let them go.
    ManageMembers,
    /// Set the secret of push hooks.
    ManageHooks,
    /// Delete it.
    Delete,
}

impl Role {
    /// The contract's table.
    pub fn may(self, action: Action) -> bool {
        self >= match action {
            Action::Read => Self::Viewer,
            Action::Sync | Action::Refactor | Action::Change => Self::Maintainer,
            Action::Push | Action::Link | Action::ManageMembers | Action::ManageHooks | Action::Delete => Self::Owner,
        }
    }
}
