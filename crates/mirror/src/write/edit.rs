//! From a tree and a list of changes to another tree: all of the changes or, at the first that does not fit, none.

use std::collections::BTreeSet;

use gix::{ObjectId as RawId, objs::Kind as ObjectKind};

use super::{
    After, ChangedFile, CommitError, CommitLimits, FileChange, PathRefused,
    folder::{Folder, Trees},
    pack::Object,
    protected::is_protected,
};
use crate::read::RepoPath;

/// Most folders that a changed file may lie in, one in the other.
const MAX_DEPTH: usize = 256;

/// Longest new path and longest part of one, in bytes: what usual file systems can hold.
const MAX_PATH: usize = 4_095;
const MAX_NAME: usize = 255;

/// A tree after all changes.
#[derive(Debug)]
pub(super) struct Edited {
    pub(super) tree: RawId,
    /// In the order of the changes.
    pub(super) files: Vec<ChangedFile>,
    /// What the tree consists of and the parent's may not have: blobs, then trees.
    pub(super) objects: Vec<Object>,
}

/// Makes the changes. Files are changed where they are, then all that move are taken out, then they are put where they
/// go: so two files may change places, and one may go where another was. `check` says whether to go on.
pub(super) fn edit(
    repo: &gix::Repository,
    tree: RawId,
    changes: Vec<FileChange>,
    limits: &CommitLimits,
    check: &dyn Fn() -> Result<(), CommitError>,
) -> Result<Edited, CommitError> {
    check_list(&changes, limits)?;
    let mut objects = Vec::new();
    let mut files = Vec::with_capacity(changes.len());
    for change in changes {
        check()?;
        files.push(content(repo, change, &mut objects)?);
    }
    let mut trees = Trees::new(repo, limits.max_folder_bytes);
    let mut root = trees.root(tree)?;
    carry_out(&mut root, &mut trees, &files, check)?;
    let written = root.write(&mut objects)?;
    if written == tree { Err(CommitError::NothingChanged) } else { Ok(Edited { tree: written, files, objects }) }
}

fn carry_out(
    root: &mut Folder,
    trees: &mut Trees<'_>,
    files: &[ChangedFile],
    check: &dyn Fn() -> Result<(), CommitError>,
) -> Result<(), CommitError> {
    let mut moved = Vec::new();
    for file in files {
        check()?;
        let (before, after) = (file.before.gix(), file.after.gix());
        let done = match &file.new_path {
            None => root.replace(trees, &file.path, before, after),
            Some(to) => root.take(trees, &file.path, before).map(|entry| moved.push((to, entry.with(after)))),
        };
        done.map_err(|misfit| misfit.at(&file.path))?;
    }
    root.prune();
    for (to, entry) in moved {
        check()?;
        root.put(trees, to, entry).map_err(|misfit| misfit.at(to))?;
    }
    Ok(())
}

/// All that can be said of the changes without looking at the tree.
fn check_list(changes: &[FileChange], limits: &CommitLimits) -> Result<(), CommitError> {
    if changes.len() > limits.max_changes {
        return Err(CommitError::TooLarge { of: "changes", limit: limits.max_changes as u64 });
    }
    let (mut from, mut to, mut bytes) = (BTreeSet::new(), BTreeSet::new(), 0_u64);
    for change in changes {
        let refused = |path: &RepoPath, why| Err(CommitError::Refused { path: path.clone(), why });
        for (path, seen) in [(Some(&change.path), &mut from), (change.target(), &mut to)] {
            let Some(path) = path else { continue };
            let is_new = change.target() == Some(path);
            if let Some(why) = unwritable(path).or_else(|| too_long(path).filter(|_| is_new)) {
                return refused(path, why);
            }
            if !seen.insert(path) {
                return refused(path, PathRefused::Twice);
            }
        }
        let After::Bytes(content) = &change.after else { continue };
        let size = content.len() as u64;
        if size > limits.max_file_bytes {
            return refused(&change.path, PathRefused::TooLarge(limits.max_file_bytes));
        }
        bytes += size;
        if bytes > limits.max_bytes {
            return Err(CommitError::TooLarge { of: "bytes of new content", limit: limits.max_bytes });
        }
    }
    Ok(())
}

/// Why nothing is ever written at a path.
fn unwritable(path: &RepoPath) -> Option<PathRefused> {
    if path.is_root() {
        return Some(PathRefused::Root);
    }
    if path.parts().nth(MAX_DEPTH + 1).is_some() {
        return Some(PathRefused::TooDeep(MAX_DEPTH));
    }
    path.parts().any(is_protected).then_some(PathRefused::Protected)
}

/// Why no file system could hold a new path.
fn too_long(path: &RepoPath) -> Option<PathRefused> {
    let is_long = path.as_bytes().len() > MAX_PATH || path.parts().any(|part| part.len() > MAX_NAME);
    is_long.then_some(PathRefused::TooLong)
}

/// The change by blobs, its new one among the objects if it may not be there yet.
fn content(repo: &gix::Repository, change: FileChange, objects: &mut Vec<Object>) -> Result<ChangedFile, CommitError> {
    let new_path = change.target().cloned();
    let FileChange { path, before, after, .. } = change;
    let after = match after {
        After::Bytes(bytes) => {
            let blob = Object::new(ObjectKind::Blob, bytes)?;
            let id = blob.id;
            objects.push(blob);
            id
        }
        After::Blob(id) => id.gix(),
    };
    let is_known = after == before.gix() || objects.last().is_some_and(|it| it.id == after) || is_blob(repo, after)?;
    if !is_known {
        return Err(CommitError::Refused { path, why: PathRefused::NoContent });
    }
    Ok(ChangedFile { path, new_path, before, after: after.into() })
}

fn is_blob(repo: &gix::Repository, id: RawId) -> Result<bool, CommitError> {
    let header = repo.try_find_header(id).map_err(CommitError::damaged)?;
    Ok(header.is_some_and(|it| it.kind() == ObjectKind::Blob))
}
