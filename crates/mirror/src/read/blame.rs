//! Which commit each line of a file comes from.

use std::{
    collections::{BinaryHeap, HashMap},
    ops::RangeInclusive,
    time::Instant,
};

use serde::{Deserialize, Serialize};

use super::{
    LogLimits, ReadError, Reader, RepoPath,
    hunks::{Hunks, MAX_TEXT, Span, count, text},
    log::{Node, Queued, load},
};
use crate::id::CommitId;

/// Where the lines of a range come from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Blame {
    /// In the order of their lines; every line of the range is in one.
    pub spans: Vec<BlameSpan>,
    /// Whether all of them were found out: neither limit cut the search short.
    pub complete: bool,
}

/// Consecutive lines that one commit has brought.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BlameSpan {
    /// The first line, from 1, in the commit that was asked about.
    pub first: usize,
    /// The last line.
    pub last: usize,
    /// The commit; `None` where the search was cut short.
    pub commit: Option<CommitId>,
    /// The first line's number in that commit, or in the one where the search was cut short.
    pub original_first: usize,
}

impl Reader {
    /// The commits that the lines of the file at `path` come from, as `git blame --no-follow` finds them: counted from
    /// 1, both ends included, cut to the file. Renames are not followed; a file that grew over 4 MiB begins there.
    ///
    /// `limits.count` bounds the commits that are looked at. Fails with [`ReadError::TooLarge`] for a file of over
    /// 4 MiB.
    pub fn blame(
        &self,
        from: CommitId,
        path: &RepoPath,
        range: RangeInclusive<usize>,
        limits: LogLimits,
    ) -> Result<Blame, ReadError> {
        let repo = self.local();
        let mut walk = Walk {
            repo: &repo,
            path,
            nodes: HashMap::new(),
            queue: BinaryHeap::new(),
            waiting: HashMap::new(),
            found: Vec::new(),
        };
        let span = walk.asked(from, &range)?;
        walk.wait(from, vec![span])?;
        walk.run(limits)
    }
}

struct Walk<'a> {
    repo: &'a gix::Repository,
    path: &'a RepoPath,
    nodes: HashMap<CommitId, Node>,
    queue: BinaryHeap<Queued>,
    /// Lines that are in a commit, and may have come earlier.
    waiting: HashMap<CommitId, Vec<Span>>,
    found: Vec<(Span, Option<CommitId>)>,
}

impl Walk<'_> {
    /// The lines that are asked about, where they are.
    fn asked(&mut self, from: CommitId, range: &RangeInclusive<usize>) -> Result<Span, ReadError> {
        let at_path = self.node(from)?.at_path;
        let Some((kind, blob)) = at_path else { return Err(ReadError::NotFound) };
        if !kind.is_blob() {
            return Err(ReadError::WrongKind { wanted: "file" });
        }
        let Some(text) = text(self.repo, at_path)? else {
            let size = self.repo.find_header(blob).map_err(ReadError::damaged)?.size();
            return Err(ReadError::TooLarge { size, limit: MAX_TEXT });
        };
        let total = count(&text);
        let first = u32::try_from(*range.start()).unwrap_or(u32::MAX);
        let last = u32::try_from(*range.end()).unwrap_or(u32::MAX).min(total);
        if first == 0 || first > last {
            return Err(ReadError::NoSuchLines);
        }
        Ok(Span { at: first - 1, asked: first - 1, length: last - first + 1 })
    }

    fn run(mut self, limits: LogLimits) -> Result<Blame, ReadError> {
        let until = Instant::now() + limits.time;
        let mut looked_at = 0;
        while let Some(Queued { id, .. }) = self.queue.pop() {
            let spans = self.waiting.remove(&id).unwrap_or_default();
            if looked_at >= limits.count || Instant::now() >= until {
                self.found.extend(spans.into_iter().map(|span| (span, None)));
                continue;
            }
            looked_at += 1;
            let own = self.pass_on(id, spans)?;
            self.found.extend(own.into_iter().map(|span| (span, Some(id))));
        }
        Ok(self.finish())
    }

    /// Passes lines on to the parents that have them too; what is left came with the commit itself.
    fn pass_on(&mut self, id: CommitId, mut spans: Vec<Span>) -> Result<Vec<Span>, ReadError> {
        let node = self.node(id)?.clone();
        let mut after = None;
        for parent in node.parents {
            if spans.is_empty() {
                break;
            }
            let at_path = self.node(parent)?.at_path;
            if at_path.map(|(_, blob)| blob) == node.at_path.map(|(_, blob)| blob) {
                self.wait(parent, std::mem::take(&mut spans))?;
                break;
            }
            let Some(before) = text(self.repo, at_path)? else { continue };
            if after.is_none() {
                after = text(self.repo, node.at_path)?;
            }
            let hunks = Hunks::between(&before, after.as_deref().unwrap_or_default());
            let (mut same, mut new) = (Vec::new(), Vec::new());
            for span in spans {
                hunks.split(span, &mut same, &mut new);
            }
            self.wait(parent, same)?;
            spans = new;
        }
        Ok(spans)
    }

    fn wait(&mut self, id: CommitId, spans: Vec<Span>) -> Result<(), ReadError> {
        if spans.is_empty() {
            return Ok(());
        }
        if !self.waiting.contains_key(&id) {
            let seconds = self.node(id)?.seconds;
            self.queue.push(Queued::new(seconds, self.nodes.len(), id));
        }
        self.waiting.entry(id).or_default().extend(spans);
        Ok(())
    }

    fn node(&mut self, id: CommitId) -> Result<&Node, ReadError> {
        if !self.nodes.contains_key(&id) {
            self.nodes.insert(id, load(self.repo, id, self.path)?);
        }
        self.nodes.get(&id).ok_or(ReadError::NotFound)
    }

    /// In the order of the lines, with those put together that lie together in both states.
    fn finish(mut self) -> Blame {
        self.found.sort_by_key(|(span, _)| span.asked);
        let complete = self.found.iter().all(|(_, commit)| commit.is_some());
        let mut spans: Vec<BlameSpan> = Vec::new();
        for (span, commit) in self.found {
            let (first, original_first) = (span.asked as usize + 1, span.at as usize + 1);
            let last = first + span.length as usize - 1;
            match spans.last_mut() {
                Some(before)
                    if before.commit == commit
                        && before.last + 1 == first
                        && before.original_first + (first - before.first) == original_first =>
                {
                    before.last = last;
                }
                _ => spans.push(BlameSpan { first, last, commit, original_first }),
            }
        }
        Blame { spans, complete }
    }
}
