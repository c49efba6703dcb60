//! The commits that changed a range of a file's lines.

use std::{
    collections::{BinaryHeap, HashMap, HashSet},
    ops::{Range, RangeInclusive},
    time::Instant,
};

use super::{
    History, LogLimits, ReadError, Reader, RepoPath, commit,
    hunks::{Hunks, count, text},
    log::{Node, Queued, load},
};
use crate::id::CommitId;

impl Reader {
    /// The commits reachable from `from` that changed the lines of the file at `path`, newest first: lines counted from
    /// 1 in `from`, both ends included, cut to the file, and followed as they move. As for [`Reader::log`], a merge is
    /// passed over where one of its parents has the same, and renames are not followed.
    ///
    /// `limits.count` bounds the commits in the answer; a file of over 4 MiB has no lines.
    pub fn log_range(
        &self,
        from: CommitId,
        path: &RepoPath,
        range: RangeInclusive<usize>,
        limits: LogLimits,
    ) -> Result<History, ReadError> {
        let repo = self.local();
        let until = Instant::now() + limits.time;
        let mut walk = Walk {
            repo: &repo,
            path,
            nodes: HashMap::new(),
            queue: BinaryHeap::new(),
            ranges: HashMap::new(),
            done: HashSet::new(),
        };
        let range = walk.asked(from, &range)?;
        walk.wait(from, range)?;
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

struct Walk<'a> {
    repo: &'a gix::Repository,
    path: &'a RepoPath,
    nodes: HashMap<CommitId, Node>,
    queue: BinaryHeap<Queued>,
    /// Where the lines are in a commit that waits: all ways to it together.
    ranges: HashMap<CommitId, Range<u32>>,
    /// A commit is looked at once, even where a clock went backwards.
    done: HashSet<CommitId>,
}

impl Walk<'_> {
    fn asked(&mut self, from: CommitId, range: &RangeInclusive<usize>) -> Result<Range<u32>, ReadError> {
        let at_path = self.node(from)?.at_path;
        if at_path.is_none() {
            return Err(ReadError::NotFound);
        }
        let total = count(&text(self.repo, at_path)?.ok_or(ReadError::NoSuchLines)?);
        let first = u32::try_from(*range.start()).unwrap_or(u32::MAX);
        let last = u32::try_from(*range.end()).unwrap_or(u32::MAX).min(total);
        if first == 0 || first > last {
            return Err(ReadError::NoSuchLines);
        }
        Ok(first - 1..last)
    }

    /// Decides whether a commit changed the lines, and goes on with the parents where they were before.
    fn visit(&mut self, id: CommitId) -> Result<bool, ReadError> {
        let Some(range) = self.ranges.remove(&id).filter(|_| self.done.insert(id)) else { return Ok(false) };
        let node = self.node(id)?.clone();
        let after = text(self.repo, node.at_path)?.unwrap_or_default();
        let mut before = Vec::new();
        for parent in node.parents {
            let at_path = self.node(parent)?.at_path;
            let (there, differs) = if at_path.map(|(_, blob)| blob) == node.at_path.map(|(_, blob)| blob) {
                (range.clone(), false)
            } else {
                match text(self.repo, at_path)? {
                    Some(text) => Hunks::between(&text, &after).back(&range),
                    None => (0..0, true),
                }
            };
            if !differs {
                // One parent has the lines as they are: where the others went does not matter.
                self.wait(parent, there)?;
                return Ok(false);
            }
            before.push((parent, there));
        }
        for (parent, there) in before {
            self.wait(parent, there)?;
        }
        Ok(true)
    }

    fn wait(&mut self, id: CommitId, range: Range<u32>) -> Result<(), ReadError> {
        if range.is_empty() || self.done.contains(&id) {
            return Ok(());
        }
        if let Some(known) = self.ranges.get_mut(&id) {
            *known = known.start.min(range.start)..known.end.max(range.end);
            return Ok(());
        }
        let seconds = self.node(id)?.seconds;
        self.queue.push(Queued::new(seconds, self.nodes.len(), id));
        self.ranges.insert(id, range);
        Ok(())
    }

    fn node(&mut self, id: CommitId) -> Result<&Node, ReadError> {
        if !self.nodes.contains_key(&id) {
            self.nodes.insert(id, load(self.repo, id, self.path)?);
        }
        self.nodes.get(&id).ok_or(ReadError::NotFound)
    }
}
