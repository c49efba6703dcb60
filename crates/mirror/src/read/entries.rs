//! Every file of a commit, in Git's order, without recursion and without holding more than one branch of the tree.

use std::ops::ControlFlow;

use gix::ObjectId as RawId;

use super::{Kind, ReadError, Reader, read_tree, root_tree, tree_entries};
use crate::id::{CommitId, ObjectId};

/// What a walk over a tree may meet before it is given up. A tree of a few kilobytes can describe billions of entries,
/// by naming the same subtree again and again.
#[derive(Debug, Clone, Copy)]
pub struct TreeLimits {
    /// Folders within folders.
    pub max_depth: usize,
    /// Entries, folders included.
    pub max_entries: usize,
    /// Bytes of one path.
    pub max_path: usize,
}

impl Default for TreeLimits {
    /// 1,024 levels, 2,000,000 entries, paths of 16 KiB.
    fn default() -> Self {
        Self { max_depth: 1_024, max_entries: 2_000_000, max_path: 16 << 10 }
    }
}

/// One file, symlink or submodule of a commit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entry<'a> {
    /// From the root, raw.
    pub path: &'a [u8],
    /// What it is; never a folder.
    pub kind: Kind,
    /// The blob, or the submodule's commit.
    pub id: ObjectId,
}

impl Reader {
    /// Calls `visit` for every entry of the commit's tree that is not a folder, as `git ls-tree -r` lists them: sorted
    /// by the bytes of their paths. `visit` ends the walk by breaking.
    ///
    /// Nothing is kept of what was visited, so the size of the tree costs time only.
    pub fn entries(
        &self,
        commit: CommitId,
        limits: TreeLimits,
        visit: &mut dyn FnMut(Entry<'_>) -> ControlFlow<()>,
    ) -> Result<(), ReadError> {
        let repo = self.local();
        let root = root_tree(&repo, commit)?;
        Walk::new(limits).run(&repo, root, Vec::new(), visit)
    }
}

/// A folder being read: its bytes, how far it has been read, and how long the path to it is.
struct Level {
    bytes: Vec<u8>,
    at: usize,
    path: usize,
}

/// The way from the root to where the walk is.
pub(super) struct Walk {
    limits: TreeLimits,
    levels: Vec<Level>,
    /// Buffers of levels that have been left.
    spare: Vec<Vec<u8>>,
    seen: usize,
}

impl Walk {
    pub(super) fn new(limits: TreeLimits) -> Self {
        Self { limits, levels: Vec::new(), spare: Vec::new(), seen: 0 }
    }

    /// Walks all below `tree`, whose own path is `path` (empty or without a closing slash).
    pub(super) fn run(
        mut self,
        repo: &gix::Repository,
        tree: RawId,
        mut path: Vec<u8>,
        visit: &mut dyn FnMut(Entry<'_>) -> ControlFlow<()>,
    ) -> Result<(), ReadError> {
        self.enter(repo, tree, path.len())?;
        while let Some(level) = self.levels.last_mut() {
            path.truncate(level.path);
            let Some((kind, id)) = level.next(&mut path)? else {
                self.spare.extend(self.levels.pop().map(|level| level.bytes));
                continue;
            };
            self.count(path.len())?;
            if kind == Kind::Directory {
                self.enter(repo, id, path.len())?;
            } else if visit(Entry { path: &path, kind, id: id.into() }).is_break() {
                break;
            }
        }
        Ok(())
    }

    fn enter(&mut self, repo: &gix::Repository, tree: RawId, path: usize) -> Result<(), ReadError> {
        if self.levels.len() >= self.limits.max_depth {
            return Err(ReadError::TooManyEntries { of: "levels", limit: self.limits.max_depth });
        }
        let mut bytes = self.spare.pop().unwrap_or_default();
        read_tree(repo, tree, &mut bytes)?;
        self.levels.push(Level { bytes, at: 0, path });
        Ok(())
    }

    fn count(&mut self, path: usize) -> Result<(), ReadError> {
        self.seen += 1;
        if self.seen > self.limits.max_entries {
            return Err(ReadError::TooManyEntries { of: "entries", limit: self.limits.max_entries });
        }
        if path > self.limits.max_path {
            return Err(ReadError::TooManyEntries { of: "bytes in a path", limit: self.limits.max_path });
        }
        Ok(())
    }
}

impl Level {
    /// Reads the next entry and puts its name at the end of `path`.
    fn next(&mut self, path: &mut Vec<u8>) -> Result<Option<(Kind, RawId)>, ReadError> {
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        let mut entries = tree_entries(rest);
        let Some(entry) = entries.next() else { return Ok(None) };
        let entry = entry.map_err(ReadError::damaged)?;
        self.at += entries.offset_to_next_entry(rest);
        if !path.is_empty() {
            path.push(b'/');
        }
        path.extend_from_slice(entry.filename);
        Ok(Some((entry.mode.kind().into(), entry.oid.to_owned())))
    }
}
