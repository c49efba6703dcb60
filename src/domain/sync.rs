//! A synchronisation's life, as clients see it.

use sea_orm::DeriveValueType;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Where a synchronisation stands. `SUCCESS`, `FAILED` and `CANCELLED` are ends.
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
#[serde(rename_all = "UPPERCASE")]
#[strum(serialize_all = "UPPERCASE")]
#[sea_orm(value_type = "String")]
pub enum SyncStatus {
    /// Waits for its turn, the first or a next one.
    Pending,
    /// Under way.
    Running,
    /// Would delete most branches: waits to be released or cancelled.
    Held,
    /// The mirror stands where the remote stood.
    Success,
    /// It did not work; the error says why.
    Failed,
    /// Somebody ended it.
    Cancelled,
}

impl SyncStatus {
    /// Whether nothing more will happen to it.
    pub fn is_end(self) -> bool {
        matches!(self, Self::Success | Self::Failed | Self::Cancelled)
    }
}

/// What wants a synchronisation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, DeriveValueType, strum::Display, strum::EnumString)]
#[strum(serialize_all = "snake_case")]
#[sea_orm(value_type = "String")]
pub enum Cause {
    /// Somebody asked for it.
    Person,
    /// A Git host said that something was pushed.
    Push,
    /// It was time.
    Schedule,
}

/// What a running synchronisation does at the moment.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema, strum::Display, strum::EnumString,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Stage {
    /// Waits.
    #[default]
    Queued,
    /// Talks to the remote.
    Running,
    /// Reads content for the manifest.
    UpdatingFiles,
    /// Removes what is no longer needed.
    Cleaning,
    /// Publishes.
    Finalizing,
}

/// How far it is; each number as far as it is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
pub struct Progress {
    /// 0 to 100, of the stage.
    pub percent: u8,
    /// Received.
    pub bytes: u64,
    /// Received, or read.
    pub objects: u64,
}
