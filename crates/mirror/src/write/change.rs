//! What becomes of one file: other bytes, another path, or both; and the way back.

use crate::{id::ObjectId, read::RepoPath};

/// A change to one regular file of the parent's tree. Its mode is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileChange {
    /// Where the file is.
    pub path: RepoPath,
    /// Where it goes; none leaves it where it is.
    pub new_path: Option<RepoPath>,
    /// The blob that it has: the change is made for no other.
    pub before: ObjectId,
    /// What it has afterwards.
    pub after: After,
}

/// The content of a file after a change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum After {
    /// These bytes, as they are: no filter, no line ends.
    Bytes(Vec<u8>),
    /// A blob that the mirror has. Where that is the blob of before, the content does not change.
    Blob(ObjectId),
}

/// What became of one file, by blobs: enough to make the same change again, or to take it back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChangedFile {
    /// Where the file was.
    pub path: RepoPath,
    /// Where it is now; none if it has not moved.
    pub new_path: Option<RepoPath>,
    /// The blob that it had.
    pub before: ObjectId,
    /// The blob that it has now.
    pub after: ObjectId,
}

impl FileChange {
    /// Other bytes at the same path.
    pub fn rewrite(path: RepoPath, before: ObjectId, after: Vec<u8>) -> Self {
        Self { path, new_path: None, before, after: After::Bytes(after) }
    }

    /// The same bytes at another path.
    pub fn rename(path: RepoPath, new_path: RepoPath, before: ObjectId) -> Self {
        Self { path, new_path: Some(new_path), before, after: After::Blob(before) }
    }

    /// Where the file goes, if that is not where it is.
    pub(super) fn target(&self) -> Option<&RepoPath> {
        self.new_path.as_ref().filter(|it| **it != self.path)
    }
}

impl ChangedFile {
    /// What takes the change back: the postimage is expected, the preimage restored. On top of a commit in which the
    /// file has another blob by now, it is refused as stale.
    #[must_use]
    pub fn inverse(&self) -> FileChange {
        let (path, new_path) = match &self.new_path {
            Some(now) => (now.clone(), Some(self.path.clone())),
            None => (self.path.clone(), None),
        };
        FileChange { path, new_path, before: self.after, after: After::Blob(self.before) }
    }
}
