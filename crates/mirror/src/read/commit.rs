//! What a commit says about itself.

use serde::{Deserialize, Serialize};

use super::{ReadError, Reader, load_commit};
use crate::id::{CommitId, ObjectId};

/// A commit, decoded. Texts that are not UTF-8 are read lossily.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Commit {
    /// Its name.
    pub id: CommitId,
    /// Its root tree.
    pub tree: ObjectId,
    /// In order; the first is the branch that was merged into.
    pub parents: Vec<CommitId>,
    /// Who wrote the change.
    pub author: Signature,
    /// Who made the commit.
    pub committer: Signature,
    /// The whole message.
    pub message: String,
}

/// A person at a moment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Signature {
    /// As given, without white space around it.
    pub name: String,
    /// As given, without white space around it.
    pub email: String,
    /// Seconds since 1970; 0 where the commit holds none that can be read.
    pub seconds: i64,
    /// Minutes east of Greenwich.
    pub offset_minutes: i32,
}

impl Reader {
    /// The commit of this name.
    pub fn commit(&self, id: CommitId) -> Result<Commit, ReadError> {
        read(&self.local(), id)
    }
}

pub(super) fn read(repo: &gix::Repository, id: CommitId) -> Result<Commit, ReadError> {
    let mut buf = Vec::new();
    load_commit(repo, id, &mut buf)?;
    let commit = gix::objs::CommitRef::from_bytes(&buf, gix::hash::Kind::Sha1).map_err(ReadError::damaged)?;
    Ok(Commit {
        id,
        tree: commit.tree().into(),
        parents: commit.parents().map(Into::into).collect(),
        author: signature(&commit.author().map_err(ReadError::damaged)?),
        committer: signature(&commit.committer().map_err(ReadError::damaged)?),
        message: commit.message.to_string(),
    })
}

fn signature(by: &gix::actor::SignatureRef<'_>) -> Signature {
    let by = by.trim();
    let time = by.time().unwrap_or_default();
    Signature {
        name: by.name.to_string(),
        email: by.email.to_string(),
        seconds: time.seconds,
        offset_minutes: time.offset / 60,
    }
}
