//! What changed between two commits, with renames found.

use gix::{
    ObjectId as RawId,
    bstr::BStr,
    diff::{
        Rewrites,
        tree::visit,
        tree_with_rewrites::{self, ChangeRef},
    },
    objs::tree::EntryMode,
};
use serde::{Deserialize, Serialize};
use std::ops::ControlFlow;

use super::{Kind, ReadError, Reader, read_tree, root_tree, tree_entries};
use crate::id::{CommitId, ObjectId};

/// Most changes that are listed; a difference with more is between strangers.
const MAX_CHANGES: usize = 200_000;

/// Of this many removed and added files each, every pair is compared for renames; of more, only equal ones are found.
const RENAME_LIMIT: usize = 400;

/// One side of a change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Side {
    /// From the root, raw.
    pub path: Vec<u8>,
    /// What stands there; never a folder.
    pub kind: Kind,
    /// The blob, or the submodule's commit.
    pub id: ObjectId,
}

/// What happened to one file, symlink or submodule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Change {
    /// Only in the second commit.
    Added(Side),
    /// Only in the first.
    Removed(Side),
    /// In both at the same path, with other content or of another kind.
    Modified {
        /// In the first commit.
        from: Side,
        /// In the second.
        to: Side,
    },
    /// Removed from one path and added at another, the same or much like it.
    Renamed {
        /// In the first commit.
        from: Side,
        /// In the second.
        to: Side,
        /// In percent: 100 is the same content, 50 the least that counts.
        similarity: u8,
    },
}

impl Change {
    /// The path in the second commit, or of what was removed.
    pub fn path(&self) -> &[u8] {
        match self {
            Self::Added(side) | Self::Removed(side) => &side.path,
            Self::Modified { to, .. } | Self::Renamed { to, .. } => &to.path,
        }
    }
}

impl Reader {
    /// What leads from commit `a` to commit `b`, sorted by path. Copies are not looked for; a file of over 4 MiB is
    /// found renamed only if it is unchanged. Fails beyond 200,000 changes, before any content is compared.
    pub fn diff(&self, a: CommitId, b: CommitId) -> Result<Vec<Change>, ReadError> {
        let repo = self.local();
        let (mut old, mut new) = (Vec::new(), Vec::new());
        read_tree(&repo, root_tree(&repo, a)?, &mut old)?;
        read_tree(&repo, root_tree(&repo, b)?, &mut new)?;
        check_size(&repo, &old, &new)?;
        let mut changes = Vec::new();
        let options = tree_with_rewrites::Options {
            location: Some(gix::diff::tree::recorder::Location::Path),
            rewrites: Some(Rewrites { limit: RENAME_LIMIT, copies: None, percentage: Some(0.5), track_empty: false }),
        };
        gix::diff::tree_with_rewrites(
            tree_entries(&old),
            tree_entries(&new),
            &mut comparer(&repo)?,
            &mut gix::diff::tree::State::default(),
            &repo.objects,
            |change| {
                changes.extend(read(&change));
                Ok(ControlFlow::Continue(()))
            },
            options,
        )
        .map_err(ReadError::damaged)?;
        changes.sort_by(|a, b| a.path().cmp(b.path()));
        Ok(changes)
    }
}

/// Compares blobs as they are: no attributes, no filters, no external programs.
fn comparer(repo: &gix::Repository) -> Result<gix::diff::blob::Platform, ReadError> {
    let none = gix::index::State::new(gix::hash::Kind::Sha1);
    let source = gix::worktree::stack::state::attributes::Source::IdMapping;
    let attributes = repo.attributes_only(&none, source).map_err(ReadError::damaged)?.detach();
    let mode = gix::diff::blob::pipeline::Mode::ToGit;
    gix::diff::resource_cache(repo, mode, attributes, gix::diff::blob::pipeline::WorktreeRoots::default())
        .map_err(ReadError::damaged)
}

fn read(change: &ChangeRef<'_>) -> Option<Change> {
    match *change {
        ChangeRef::Addition { location, entry_mode, id, .. } => Some(Change::Added(side(location, entry_mode, id)?)),
        ChangeRef::Deletion { location, entry_mode, id, .. } => Some(Change::Removed(side(location, entry_mode, id)?)),
        ChangeRef::Modification { location, previous_entry_mode, previous_id, entry_mode, id } => {
            match (side(location, previous_entry_mode, previous_id), side(location, entry_mode, id)) {
                (Some(from), Some(to)) => Some(Change::Modified { from, to }),
                // A folder in the place of a file: the files in it are changes of their own.
                (Some(from), None) => Some(Change::Removed(from)),
                (None, Some(to)) => Some(Change::Added(to)),
                (None, None) => None,
            }
        }
        ChangeRef::Rewrite {
            source_location, source_entry_mode, source_id, diff, entry_mode, id, location, ..
        } => Some(Change::Renamed {
            from: side(source_location, source_entry_mode, source_id)?,
            to: side(location, entry_mode, id)?,
            similarity: diff.map_or(100, |stats| percent(stats.similarity)),
        }),
    }
}

fn side(path: &BStr, mode: EntryMode, id: RawId) -> Option<Side> {
    (!mode.is_tree()).then(|| Side { path: path.to_vec(), kind: mode.kind().into(), id: id.into() })
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to what fits")]
fn percent(share: f32) -> u8 {
    (share.clamp(0.0, 1.0) * 100.0) as u8
}

/// Counts the changes first: trees that name the same subtree again and again have more than any memory.
fn check_size(repo: &gix::Repository, old: &[u8], new: &[u8]) -> Result<(), ReadError> {
    let mut counter = Counter(0);
    let state = gix::diff::tree::State::default();
    match gix::diff::tree(tree_entries(old), tree_entries(new), state, &repo.objects, &mut counter) {
        Ok(()) => Ok(()),
        Err(_) if counter.0 > MAX_CHANGES => Err(ReadError::TooManyEntries { of: "changes", limit: MAX_CHANGES }),
        Err(error) => Err(ReadError::damaged(error)),
    }
}

struct Counter(usize);

impl gix::diff::tree::Visit for Counter {
    fn pop_front_tracked_path_and_set_current(&mut self) {}

    fn push_back_tracked_path_component(&mut self, _: &BStr) {}

    fn push_path_component(&mut self, _: &BStr) {}

    fn pop_path_component(&mut self) {}

    fn visit(&mut self, _: visit::Change) -> visit::Action {
        self.0 += 1;
        if self.0 > MAX_CHANGES { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }
}
