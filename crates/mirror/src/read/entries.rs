//! Every file of a commit, in Git's order, without recursion and without holding more than one branch of the tree.

use std::ops::ControlFlow;

use gix::ObjectId as RawId;

use super::{Kind, ReadError, Reader, read_tree, root_tree, tree_entries};
use crate::id::{CommitId, ObjectId};

/// Largest buffer that is kept for the next folder, in bytes.
const MAX_SPARE: usize = 1 << 20;

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
    /// Bytes of all paths together: what a caller that keeps them has to hold.
    pub max_paths: usize,
    /// Bytes of the folders on the way from the root to where the walk is, which it holds.
    pub max_open: usize,
}

impl Default for TreeLimits {
    /// 1,024 levels, 2,000,000 entries, paths of 16 KiB and of 512 MiB together, 128 MiB of folders.
    fn default() -> Self {
        Self { max_depth: 1_024, max_entries: 2_000_000, max_path: 16 << 10, max_paths: 512 << 20, max_open: 128 << 20 }
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
        Walk::new(&repo, root, Vec::new(), limits)?.run(&repo, visit)
    }
}

/// A folder being read: its bytes, how far it has been read, and how long the path to it is.
struct Level {
    bytes: Vec<u8>,
    at: usize,
    path: usize,
}

/// The way from the root to where the walk is. It may rest between two steps as long as it likes.
pub(super) struct Walk {
    limits: TreeLimits,
    levels: Vec<Level>,
    /// Of the entry that it stands at.
    path: Vec<u8>,
    /// Buffers of levels that have been left.
    spare: Vec<Vec<u8>>,
    seen: usize,
    /// Bytes of the paths seen.
    paths: usize,
    /// Bytes of the folders that are open.
    open: usize,
}

impl Walk {
    /// A walk over all below `tree`, whose own path is `path` (empty or without a closing slash).
    pub(super) fn new(
        repo: &gix::Repository,
        tree: RawId,
        path: Vec<u8>,
        limits: TreeLimits,
    ) -> Result<Self, ReadError> {
        let length = path.len();
        let mut walk = Self { limits, levels: Vec::new(), path, spare: Vec::new(), seen: 0, paths: 0, open: 0 };
        walk.enter(repo, tree, length)?;
        Ok(walk)
    }

    /// Calls `visit` for every entry that is left, until it breaks.
    pub(super) fn run(
        mut self,
        repo: &gix::Repository,
        visit: &mut dyn FnMut(Entry<'_>) -> ControlFlow<()>,
    ) -> Result<(), ReadError> {
        while let Some(entry) = self.next(repo)? {
            if visit(entry).is_break() {
                break;
            }
        }
        Ok(())
    }

    /// The next entry that is not a folder.
    pub(super) fn next(&mut self, repo: &gix::Repository) -> Result<Option<Entry<'_>>, ReadError> {
        while let Some(level) = self.levels.last_mut() {
            self.path.truncate(level.path);
            let Some((kind, id)) = level.next(&mut self.path)? else {
                self.leave();
                continue;
            };
            self.count(self.path.len())?;
            if kind == Kind::Directory {
                self.enter(repo, id, self.path.len())?;
            } else {
                return Ok(Some(Entry { path: &self.path, kind, id: id.into() }));
            }
        }
        Ok(None)
    }

    fn enter(&mut self, repo: &gix::Repository, tree: RawId, path: usize) -> Result<(), ReadError> {
        if self.levels.len() >= self.limits.max_depth {
            return Err(ReadError::TooManyEntries { of: "levels", limit: self.limits.max_depth });
        }
        let mut bytes = self.spare.pop().unwrap_or_default();
        read_tree(repo, tree, &mut bytes)?;
        self.open += bytes.len();
        if self.open > self.limits.max_open {
            return Err(ReadError::TooManyEntries { of: "bytes in open folders", limit: self.limits.max_open });
        }
        self.levels.push(Level { bytes, at: 0, path });
        Ok(())
    }

    fn leave(&mut self) {
        let Some(Level { bytes, .. }) = self.levels.pop() else { return };
        self.open -= bytes.len();
        if bytes.capacity() <= MAX_SPARE {
            self.spare.push(bytes);
        }
    }

    fn count(&mut self, path: usize) -> Result<(), ReadError> {
        self.seen += 1;
        if self.seen > self.limits.max_entries {
            return Err(ReadError::TooManyEntries { of: "entries", limit: self.limits.max_entries });
        }
        if path > self.limits.max_path {
            return Err(ReadError::TooManyEntries { of: "bytes in a path", limit: self.limits.max_path });
        }
        self.paths = self.paths.saturating_add(path);
        if self.paths > self.limits.max_paths {
            return Err(ReadError::TooManyEntries { of: "bytes in all paths", limit: self.limits.max_paths });
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
