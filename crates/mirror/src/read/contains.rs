//! Whether one commit contains another, or what it changed.

use super::{Kind, ReadError, Reader, RepoPath, commit, root_tree, tree::find};
use crate::id::{CommitId, ObjectId};

impl Reader {
    /// Whether `commit` is `tip` or one of its ancestors, as `git merge-base --is-ancestor` tells. At worst it reads every
    /// commit that only one of the two leads to.
    pub fn is_ancestor(&self, commit: CommitId, tip: CommitId) -> Result<bool, ReadError> {
        let repo = self.local();
        for id in [commit, tip] {
            commit::read(&repo, id)?;
        }
        let base = repo.merge_base(commit.gix(), tip.gix()).map_err(ReadError::damaged)?;
        Ok(base.is_some_and(|base| base == commit.gix()))
    }

    /// Whether each of these files is in the commit's tree with this very blob: that the commit contains a change, however
    /// it came in.
    pub fn holds<'a>(
        &self,
        commit: CommitId,
        files: impl IntoIterator<Item = (&'a RepoPath, ObjectId)>,
    ) -> Result<bool, ReadError> {
        let repo = self.local();
        let root = root_tree(&repo, commit)?;
        for (path, blob) in files {
            match find(&repo, root, path)? {
                Some((Kind::File | Kind::Executable, id)) if id == blob.gix() => {}
                Some(_) | None => return Ok(false),
            }
        }
        Ok(true)
    }
}
