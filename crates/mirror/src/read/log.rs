//! The commits that changed a path.

use std::{
    cmp::Reverse,
    collections::{BinaryHeap, HashMap, hash_map::Entry},
    time::{Duration, Instant},
};

use gix::{ObjectId as RawId, objs::CommitRef};
use serde::{Deserialize, Serialize};

use super::{Commit, Kind, ReadError, Reader, RepoPath, commit, load_commit, tree::find};
use crate::id::CommitId;

/// How far a history is followed.
#[derive(Debug, Clone, Copy)]
pub struct LogLimits {
    /// Most commits in the answer.
    pub count: usize,
    /// Most time to look for them.
    pub time: Duration,
}

/// The commits found, newest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct History {
    /// In the order of their committers' times, never a parent before all of its children that are in the answer
    /// unless clocks went backwards.
    pub commits: Vec<Commit>,
    /// Whether there are no more: neither limit cut the search short.
    pub complete: bool,
}

impl Reader {
    /// The commits reachable from `from` that changed what stands at `path`, as `git log -- <path>` finds them.
    ///
    /// History is simplified as Git does it by default. Where a merge has at the path what one of its parents has, only
    /// that parent (the first such) is followed, and the merge is passed over; one that differs from all is listed.
    /// Renames are not followed. The root path lists every commit, also those that change nothing.
    pub fn log(&self, from: CommitId, path: &RepoPath, limits: LogLimits) -> Result<History, ReadError> {
        let repo = self.local();
        let until = Instant::now() + limits.time;
        let mut walk = Walk { repo: &repo, path, queue: BinaryHeap::new(), met: HashMap::new() };
        walk.queue(from)?;
        let mut commits = Vec::new();
        while let Some(Queued { id, .. }) = walk.queue.pop() {
            if commits.len() >= limits.count || Instant::now() >= until {
                return Ok(History { commits, complete: false });
            }
            if walk.visit(id)? {
                commits.push(commit::read(&repo, id)?);
            }
        }
        Ok(History { commits, complete: true })
    }
}

/// Newest first; of two at the same second, the one met first.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Queued {
    seconds: i64,
    met: Reverse<usize>,
    pub(super) id: CommitId,
}

impl Queued {
    pub(super) fn new(seconds: i64, met: usize, id: CommitId) -> Self {
        Self { seconds, met: Reverse(met), id }
    }
}

/// What the walk needs of a commit.
#[derive(Clone)]
pub(super) struct Node {
    pub(super) parents: Vec<CommitId>,
    pub(super) seconds: i64,
    /// What stands at the path.
    pub(super) at_path: Option<(Kind, RawId)>,
    queued: bool,
}

struct Walk<'a> {
    repo: &'a gix::Repository,
    path: &'a RepoPath,
    queue: BinaryHeap<Queued>,
    met: HashMap<CommitId, Node>,
}

impl Walk<'_> {
    /// Decides whether a commit belongs to the answer, and queues the parents to follow.
    fn visit(&mut self, id: CommitId) -> Result<bool, ReadError> {
        let node = self.node(id)?.clone();
        let mut same = None;
        for parent in &node.parents {
            if same.is_none() && self.node(*parent)?.at_path == node.at_path {
                same = Some(*parent);
            }
        }
        if self.path.is_root() {
            same = None;
        }
        match same {
            Some(parent) => self.queue(parent)?,
            None => {
                for parent in node.parents.iter().copied() {
                    self.queue(parent)?;
                }
            }
        }
        let is_new = node.parents.is_empty() && node.at_path.is_some();
        Ok(self.path.is_root() || is_new || (same.is_none() && !node.parents.is_empty()))
    }

    fn queue(&mut self, id: CommitId) -> Result<(), ReadError> {
        let met = self.met.len();
        let node = self.node(id)?;
        if !node.queued {
            node.queued = true;
            let seconds = node.seconds;
            self.queue.push(Queued::new(seconds, met, id));
        }
        Ok(())
    }

    fn node(&mut self, id: CommitId) -> Result<&mut Node, ReadError> {
        match self.met.entry(id) {
            Entry::Occupied(known) => Ok(known.into_mut()),
            Entry::Vacant(free) => Ok(free.insert(load(self.repo, id, self.path)?)),
        }
    }
}

pub(super) fn load(repo: &gix::Repository, id: CommitId, path: &RepoPath) -> Result<Node, ReadError> {
    let mut buf = Vec::new();
    load_commit(repo, id, &mut buf)?;
    let commit = CommitRef::from_bytes(&buf, gix::hash::Kind::Sha1).map_err(ReadError::damaged)?;
    let tree = commit.tree();
    let seconds = commit.committer().map_err(ReadError::damaged)?.seconds();
    // Beyond the boundary of a shallow history there is nothing, whatever the commit says.
    let boundary = repo.shallow_commits().map_err(ReadError::damaged)?;
    let is_cut = boundary.is_some_and(|boundary| boundary.contains(&id.gix()));
    let parents = if is_cut { Vec::new() } else { commit.parents().map(Into::into).collect() };
    let at_path = find(repo, tree, path)?;
    Ok(Node { parents, seconds, at_path, queued: false })
}
