//! Object names as types: 20 bytes of SHA-1, written as 40 hex digits.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

/// The name of any object: blob, tree, commit or tag.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct ObjectId(gix::ObjectId);

/// The name of a commit. One that a [`Reader`](crate::Reader) gave out was a commit of its mirror.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct CommitId(ObjectId);

/// The text is not 40 hex digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an object id is 40 hex digits")]
pub struct NotAnId;

impl ObjectId {
    /// The 20 bytes of the hash.
    pub fn as_bytes(&self) -> &[u8] {
        self.0.as_bytes()
    }

    pub(crate) fn gix(self) -> gix::ObjectId {
        self.0
    }
}

impl CommitId {
    /// The same name without the knowledge that it is a commit's.
    pub fn object(self) -> ObjectId {
        self.0
    }

    pub(crate) fn gix(self) -> gix::ObjectId {
        self.0.0
    }
}

impl From<gix::ObjectId> for ObjectId {
    fn from(id: gix::ObjectId) -> Self {
        Self(id)
    }
}

impl From<[u8; 20]> for ObjectId {
    fn from(hash: [u8; 20]) -> Self {
        Self(gix::ObjectId::Sha1(hash))
    }
}

impl From<gix::ObjectId> for CommitId {
    fn from(id: gix::ObjectId) -> Self {
        Self(ObjectId(id))
    }
}

impl From<CommitId> for ObjectId {
    fn from(id: CommitId) -> Self {
        id.0
    }
}

impl FromStr for ObjectId {
    type Err = NotAnId;

    fn from_str(text: &str) -> Result<Self, NotAnId> {
        match gix::ObjectId::from_hex(text.as_bytes()) {
            Ok(id) => Ok(Self(id)),
            Err(_) => Err(NotAnId),
        }
    }
}

impl FromStr for CommitId {
    type Err = NotAnId;

    fn from_str(text: &str) -> Result<Self, NotAnId> {
        text.parse().map(Self)
    }
}

impl TryFrom<String> for ObjectId {
    type Error = NotAnId;

    fn try_from(text: String) -> Result<Self, NotAnId> {
        text.parse()
    }
}

impl From<ObjectId> for String {
    fn from(id: ObjectId) -> Self {
        id.to_string()
    }
}

impl fmt::Display for ObjectId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl fmt::Debug for ObjectId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl fmt::Display for CommitId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl fmt::Debug for CommitId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}
