//! Ids as types: a `ProjectId` where a `SyncId` is wanted does not compile.
//!
//! All are UUIDs of version 7 (RFC 9562, section 5.7): they sort by the time they were made.

use std::{fmt, str::FromStr};

use sea_orm::DeriveValueType;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(
            Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, DeriveValueType, ToSchema,
        )]
        #[serde(transparent)]
        #[schema(value_type = Uuid)]
        pub struct $name(pub Uuid);

        impl $name {
            /// A fresh id that sorts after those made before it.
            #[allow(clippy::new_without_default, reason = "a default id would be a different one each time")]
            pub fn new() -> Self {
                Self(Uuid::now_v7())
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = uuid::Error;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Uuid::parse_str(text).map(Self)
            }
        }

        impl sea_orm::TryFromU64 for $name {
            /// Never works: these ids are made here, not counted by the database.
            fn try_from_u64(_: u64) -> Result<Self, sea_orm::DbErr> {
                Err(sea_orm::DbErr::ConvertFromU64(stringify!($name)))
            }
        }
    )+};
}

ids! {
    /// A person with an account.
    UserId,
    /// A signed-in device.
    SessionId,
    /// A personal access token.
    AccessTokenId,
    /// The unit of ownership.
    ProjectId,
    /// What opens a project's repository.
    CredentialId,
    /// One run of a mirror's synchronisation.
    SyncId,
    /// A manifest's row.
    ManifestId,
    /// A refactor that was asked for, from its proposal to its end.
    RefactorId,
    /// One push of an applied refactor.
    PushId,
    /// A unit of queued work.
    JobId,
    /// One person's notification.
    NotificationId,
    /// An invitation into a project.
    InvitationId,
    /// One life of one process: a restart gets a new one.
    InstanceId,
}
