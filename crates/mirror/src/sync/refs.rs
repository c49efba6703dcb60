//! The mirror's refs at one moment, and what has to change for upstream to be what staging is.

use std::collections::{BTreeMap, BTreeSet};

use gix::{
    ObjectId,
    bstr::{BStr, BString, ByteSlice},
};

use super::{Damaged, SyncError, salvage::Salvaged};

/// A branch's name without `refs/heads/`.
pub(super) type Branch = BString;

/// Everything that is ours stands below.
const ROOT: &str = "refs/hivesync/";

/// Generations of backups that are kept: one is made by each sync that loses something.
const MAX_BACKUPS: usize = 32;

/// Names and what they point to; names as said where it is used, usually without `refs/hivesync/upstream/`.
pub(super) type Refs = BTreeMap<BString, ObjectId>;

/// What the mirror's refs are.
#[derive(Debug, Default)]
pub(super) struct Snapshot {
    /// Published, by names such as `heads/main`.
    pub(super) upstream: Refs,
    /// Fetched, by names such as `heads/main`.
    pub(super) staging: Refs,
    /// What the remote's HEAD points to.
    pub(super) staged_head: Option<ObjectId>,
    /// The branch that the mirror follows, whether or not it exists.
    pub(super) followed: Option<Branch>,
    /// Names without `refs/hivesync/backup/`, by generation.
    backups: BTreeMap<u64, Vec<(BString, ObjectId)>>,
    /// What no remote has and no sync makes, by full names: below `changes/` and `keep/`.
    others: Refs,
}

/// One ref's way from one value to another; none where it does not exist.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Move {
    pub(crate) name: BString,
    pub(crate) from: Option<ObjectId>,
    pub(crate) to: Option<ObjectId>,
}

/// All moves of one publication.
#[derive(Debug, Default)]
pub(super) struct Plan {
    /// Made first, all or none: they make room for `feat/x` where `feat` was.
    pub(super) deletions: Vec<Move>,
    /// Made second, all or none.
    pub(super) updates: Vec<Move>,
    pub(super) refs_changed: usize,
    pub(super) backed_up: usize,
}

impl Snapshot {
    /// Reads all refs. Blocking.
    pub(super) fn read(repo: &gix::Repository) -> Result<Self, SyncError> {
        let mut snapshot = Self { followed: followed(repo)?, ..Self::default() };
        let platform = repo.references().map_err(damaged)?;
        for reference in platform.prefixed(ROOT).map_err(damaged)? {
            let reference = reference.map_err(damaged)?;
            if let Some(id) = reference.target().try_id() {
                snapshot.place(reference.name().as_bstr(), id.to_owned());
            }
        }
        Ok(snapshot)
    }

    /// Takes over what a damaged mirror was, but for what it had staged: that is its successor's.
    pub(super) fn remember(&mut self, old: Salvaged) {
        for (name, id) in old.refs {
            if !name.starts_with_str(format!("{ROOT}staging/")) {
                self.place(name.as_bstr(), id);
            }
        }
        self.followed = old.head.as_deref().and_then(branch_of).map(Into::into);
    }

    /// All refs, by their full names, that only the mirror has, as they are once the plan is carried out.
    pub(super) fn own(&self, plan: &Plan) -> Refs {
        let backup = |(name, id): &(BString, ObjectId)| (prefixed(&format!("{ROOT}backup/"), name), *id);
        let mut own = self.others.clone();
        own.extend(self.backups.values().flatten().map(backup));
        for gone in &plan.deletions {
            own.remove(&gone.name);
        }
        own.extend(plan.backups().filter_map(|it| Some((it.name.clone(), it.to?))));
        own
    }

    fn place(&mut self, full: &BStr, id: ObjectId) {
        let Some(name) = full.strip_prefix(ROOT.as_bytes()) else { return };
        if let Some(name) = name.strip_prefix(b"upstream/") {
            self.upstream.insert(name.into(), id);
        } else if name == b"staging/HEAD" {
            self.staged_head = Some(id);
        } else if let Some(name) = name.strip_prefix(b"staging/") {
            self.staging.insert(name.into(), id);
        } else if let Some(name) = name.strip_prefix(b"backup/")
            && let Some((generation, _)) = name.split_once_str("/")
            && let Some(generation) = generation.to_str().ok().and_then(|it| it.parse().ok())
        {
            self.backups.entry(generation).or_default().push((name.into(), id));
        } else if name.starts_with(b"changes/") || name.starts_with(b"keep/") {
            self.others.insert(full.into(), id);
        }
    }

    /// Refuses a publication that would delete all branches, or two and more that are over half of them.
    ///
    /// A branch whose commit another branch of the remote now has was renamed, not deleted. Tags do not count.
    pub(super) fn check_deletions(&self) -> Result<(), SyncError> {
        let tips: BTreeSet<&ObjectId> = branches(&self.staging).map(|(_, id)| id).collect();
        let total = branches(&self.upstream).count();
        let gone =
            branches(&self.upstream).filter(|(name, id)| !self.staging.contains_key(*name) && !tips.contains(id));
        let deleted = gone.count();
        if (total > 0 && tips.is_empty()) || (deleted >= 2 && deleted * 2 > total) {
            return Err(SyncError::Held { deleted, total });
        }
        Ok(())
    }

    /// The branch to follow if the remote's answer to "which is HEAD?" is not to be had: the one followed now, `main`,
    /// `master`, or the first by name (which is the only one, if there is one). None if there are no branches.
    pub(super) fn fallback_branch(&self) -> Option<Branch> {
        let usual = [self.followed.clone(), Some("main".into()), Some("master".into())];
        let known = usual.into_iter().flatten().find(|it| self.staged(it).is_some());
        known.or_else(|| {
            branches(&self.staging).next().and_then(|(name, _)| name.strip_prefix(b"heads/")).map(Into::into)
        })
    }

    /// All refs of a mirror that publishes what is staged, by their full names.
    pub(super) fn published(&self) -> Refs {
        let head = self.staged_head.map(|id| (BString::from(format!("{ROOT}staging/HEAD")), id));
        let both = self
            .staging
            .iter()
            .flat_map(|(name, id)| [(upstream(name), *id), (prefixed(&format!("{ROOT}staging/"), name), *id)]);
        both.chain(head).collect()
    }

    /// Where the remote's branch of this name is.
    pub(super) fn staged(&self, branch: &Branch) -> Option<ObjectId> {
        self.staging.get(&prefixed("heads/", branch)).copied()
    }

    pub(super) fn has_branches(&self) -> bool {
        branches(&self.staging).next().is_some()
    }

    /// Where the followed branch was before this sync.
    pub(super) fn before(&self) -> Option<ObjectId> {
        self.upstream.get(&prefixed("heads/", self.followed.as_ref()?)).copied()
    }

    /// What has to change. `is_lost` says of a ref's old value (first) whether nothing will lead to it once the ref
    /// has its new one (second), or none.
    pub(super) fn plan(&self, is_lost: impl Fn(ObjectId, Option<ObjectId>) -> bool) -> Plan {
        let mut plan = Plan::default();
        let generation = self.backups.keys().next_back().map_or(1, |last| last + 1);
        for (name, &from) in &self.upstream {
            let to = self.staging.get(name).copied();
            if to == Some(from) {
                continue;
            }
            if is_lost(from, to) {
                let kept = prefixed(&format!("{ROOT}backup/{generation}/"), name);
                plan.updates.push(Move { name: kept, from: None, to: Some(from) });
                plan.backed_up += 1;
            }
            let moves = if to.is_none() { &mut plan.deletions } else { &mut plan.updates };
            moves.push(Move { name: upstream(name), from: Some(from), to });
            plan.refs_changed += 1;
        }
        for (name, &to) in self.staging.iter().filter(|(name, _)| !self.upstream.contains_key(*name)) {
            plan.updates.push(Move { name: upstream(name), from: None, to: Some(to) });
            plan.refs_changed += 1;
        }
        self.drop_old_backups(&mut plan);
        plan
    }

    fn drop_old_backups(&self, plan: &mut Plan) {
        let kept = if plan.backed_up > 0 { MAX_BACKUPS - 1 } else { MAX_BACKUPS };
        for (generation, refs) in self.backups.iter().rev().skip(kept) {
            plan.deletions.extend(refs.iter().map(|(name, id)| Move {
                name: prefixed(&format!("{ROOT}backup/"), name),
                from: Some(*id),
                to: None,
            }));
            tracing::debug!(generation, "a backup is dropped");
        }
    }
}

impl Plan {
    pub(super) fn is_empty(&self) -> bool {
        self.deletions.is_empty() && self.updates.is_empty()
    }

    /// The refs that it makes to keep what would be lost.
    pub(super) fn backups(&self) -> impl Iterator<Item = &Move> {
        self.updates.iter().filter(|it| it.name.starts_with_str(format!("{ROOT}backup/")))
    }
}

/// The full name of a published ref.
pub(super) fn upstream(name: &BString) -> BString {
    prefixed(&format!("{ROOT}upstream/"), name)
}

/// The full name of a published branch.
pub(super) fn upstream_branch(branch: &Branch) -> BString {
    prefixed(&format!("{ROOT}upstream/heads/"), branch)
}

fn prefixed(prefix: &str, name: &BString) -> BString {
    [prefix.as_bytes(), name].concat().into()
}

fn branches(refs: &Refs) -> impl Iterator<Item = (&BString, &ObjectId)> {
    refs.iter().filter(|(name, _)| name.starts_with(b"heads/"))
}

fn followed(repo: &gix::Repository) -> Result<Option<Branch>, SyncError> {
    let name = repo.head_name().map_err(damaged)?;
    Ok(name.and_then(|name| branch_of(name.as_bstr()).map(Into::into)))
}

/// The branch of a published ref's full name.
fn branch_of(name: &[u8]) -> Option<&[u8]> {
    name.strip_prefix(format!("{ROOT}upstream/heads/").as_bytes())
}

/// The mirror's refs are not what this crate writes.
fn damaged(error: impl std::error::Error) -> SyncError {
    SyncError::Corrupt { damaged: Damaged::Mirror, detail: crate::git::redact(&error.to_string()) }
}

#[cfg(test)]
mod tests;
