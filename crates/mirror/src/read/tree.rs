//! What is in a folder of a commit.

use gix::ObjectId as RawId;
use serde::{Deserialize, Serialize};

use super::{Kind, ReadError, Reader, RepoPath, TreeLimits, entries::Walk, read_tree, root_tree, tree_entries};
use crate::id::{CommitId, ObjectId};
use std::ops::ControlFlow;

/// How far a listing goes down.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Depth {
    /// The folder's own entries, folders among them.
    Children,
    /// Every file, symlink and submodule below the folder; folders only show in their paths.
    All,
}

/// One entry of a listing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TreeEntry {
    /// The last part of the path, raw.
    pub name: Vec<u8>,
    /// From the root of the repository, raw.
    pub path: Vec<u8>,
    /// What it is.
    pub kind: Kind,
    /// Git's mode: `0o100644` …
    pub mode: u32,
    /// The blob, tree, or commit of a submodule.
    pub id: ObjectId,
    /// Bytes of a blob; none for folders and submodules.
    pub size: Option<u64>,
}

impl Reader {
    /// The entries of the folder at `path`, in Git's order. A symlink to a folder is not a folder.
    ///
    /// Fails with [`ReadError::TooManyEntries`] beyond `limits`: a listing is held in memory.
    pub fn list(
        &self,
        commit: CommitId,
        path: &RepoPath,
        depth: Depth,
        limits: TreeLimits,
    ) -> Result<Vec<TreeEntry>, ReadError> {
        let repo = self.local();
        let tree = folder(&repo, commit, path)?;
        match depth {
            Depth::Children => children(&repo, tree, path, limits),
            Depth::All => descendants(&repo, tree, path, limits),
        }
    }

    /// A listing of every file, symlink and submodule below the folder at `path`, in Git's order, to be taken in
    /// batches. Nothing of it is held but the way to where it stands.
    pub fn listing(&self, commit: CommitId, path: &RepoPath, limits: TreeLimits) -> Result<Listing, ReadError> {
        let repo = self.local();
        let tree = folder(&repo, commit, path)?;
        let walk = Walk::new(&repo, tree, path.as_bytes().to_vec(), limits)?;
        Ok(Listing { reader: self.clone(), walk })
    }
}

/// A listing under way.
pub struct Listing {
    reader: Reader,
    walk: Walk,
}

impl Listing {
    /// The next entries, at most so many; fewer only at the end. Fails where the tree goes beyond its limits.
    pub fn next_batch(&mut self, most: usize) -> Result<Vec<TreeEntry>, ReadError> {
        let repo = self.reader.local();
        let mut batch = Vec::new();
        while batch.len() < most {
            let Some(entry) = self.walk.next(&repo)? else { break };
            batch.push(described(&repo, entry.path.to_vec(), entry.kind, entry.id.gix())?);
        }
        Ok(batch)
    }
}

fn folder(repo: &gix::Repository, commit: CommitId, path: &RepoPath) -> Result<RawId, ReadError> {
    match find(repo, root_tree(repo, commit)?, path)? {
        Some((Kind::Directory, id)) => Ok(id),
        Some(_) => Err(ReadError::WrongKind { wanted: "folder" }),
        None => Err(ReadError::NotFound),
    }
}

/// What stands at a path below a tree; none if nothing does, or if a part before the last is not a folder.
pub(super) fn find(repo: &gix::Repository, root: RawId, path: &RepoPath) -> Result<Option<(Kind, RawId)>, ReadError> {
    let mut found = (Kind::Directory, root);
    let mut buf = Vec::new();
    for part in path.parts() {
        if found.0 != Kind::Directory {
            return Ok(None);
        }
        read_tree(repo, found.1, &mut buf)?;
        match child(&buf, part)? {
            Some(next) => found = next,
            None => return Ok(None),
        }
    }
    Ok(Some(found))
}

fn child(tree: &[u8], name: &[u8]) -> Result<Option<(Kind, RawId)>, ReadError> {
    for entry in tree_entries(tree) {
        let entry = entry.map_err(ReadError::damaged)?;
        if entry.filename == name {
            return Ok(Some((entry.mode.kind().into(), entry.oid.to_owned())));
        }
    }
    Ok(None)
}

fn children(
    repo: &gix::Repository,
    tree: RawId,
    path: &RepoPath,
    limits: TreeLimits,
) -> Result<Vec<TreeEntry>, ReadError> {
    let mut buf = Vec::new();
    read_tree(repo, tree, &mut buf)?;
    let mut listing = Vec::new();
    for entry in tree_entries(&buf) {
        let entry = entry.map_err(ReadError::damaged)?;
        if listing.len() >= limits.max_entries {
            return Err(ReadError::TooManyEntries { of: "entries", limit: limits.max_entries });
        }
        let mut full = path.as_bytes().to_vec();
        if !full.is_empty() {
            full.push(b'/');
        }
        full.extend_from_slice(entry.filename);
        listing.push(described(repo, full, entry.mode.kind().into(), entry.oid.to_owned())?);
    }
    Ok(listing)
}

fn descendants(
    repo: &gix::Repository,
    tree: RawId,
    path: &RepoPath,
    limits: TreeLimits,
) -> Result<Vec<TreeEntry>, ReadError> {
    let mut listing = Vec::new();
    let mut failed = None;
    Walk::new(repo, tree, path.as_bytes().to_vec(), limits)?.run(repo, &mut |entry| {
        match described(repo, entry.path.to_vec(), entry.kind, entry.id.gix()) {
            Ok(entry) => listing.push(entry),
            Err(error) => failed = Some(error),
        }
        if failed.is_some() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    })?;
    failed.map_or(Ok(listing), Err)
}

fn described(repo: &gix::Repository, path: Vec<u8>, kind: Kind, id: RawId) -> Result<TreeEntry, ReadError> {
    let size = if kind.is_blob() { Some(repo.find_header(id).map_err(ReadError::damaged)?.size()) } else { None };
    let name = path.rsplit(|byte| *byte == b'/').next().unwrap_or_default().to_vec();
    Ok(TreeEntry { name, path, kind, mode: kind.mode(), id: id.into(), size })
}
