//! Search over a snapshot: large reads, one scan for many files, places worked out only where something is found.

use std::{
    num::NonZeroUsize,
    ops::Range,
    sync::{
        Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    thread,
    time::Instant,
};

use super::{
    FileEntry, Snapshot, SnapshotError,
    matcher::{Matcher, Scratch},
    place::Place,
};

/// Files are read together up to this many bytes.
const CHUNK: u64 = 1 << 20;

/// What is looked for.
#[derive(Debug, Clone, Copy)]
pub enum Pattern<'q> {
    /// These very characters; line ends among them are allowed, NUL is not.
    Text(&'q str),
    /// A regular expression in the syntax of the `regex` crate, without back-references and look-around. `^` and `$`
    /// hold at every line, and no match reaches over the end of a line or takes in a NUL.
    Regex(&'q str),
}

/// A question to a snapshot.
#[derive(Debug, Clone, Copy)]
pub struct Query<'q> {
    /// What is looked for; empty finds are left out.
    pub pattern: Pattern<'q>,
    /// Whether `a` and `A` differ. If not, letters are compared by Unicode's simple folding.
    pub case_sensitive: bool,
    /// Only files whose path begins with these bytes; empty for all.
    pub path_prefix: &'q [u8],
    /// At most this many matches, the first in the order of paths and places.
    pub limit: usize,
    /// When to stop, looked at for each mebibyte of text, and far more often where an expression is looked for.
    pub deadline: Option<Instant>,
    /// How many threads search.
    pub threads: NonZeroUsize,
}

/// One place where the pattern was found. Places do not overlap.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Match {
    /// Raw bytes of the file's path.
    pub path: Vec<u8>,
    /// Line of the first character, from 1.
    pub line: u32,
    /// Column of the first character in code points, from 1.
    pub column: u32,
    /// The line, or the part of it round the match, at most about 240 bytes; what is not UTF-8 is replaced.
    pub snippet: String,
}

/// What a search found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Found {
    /// In the order of paths and places.
    pub matches: Vec<Match>,
    /// There are, or may be, more: the limit or the deadline was reached.
    pub truncated: bool,
    /// Files that were looked at.
    pub files_searched: u64,
}

/// Why a search was not made.
#[derive(Debug, thiserror::Error)]
pub enum SearchError {
    /// Nothing to look for, or a NUL in it.
    #[error("the text to look for is empty or holds a nul")]
    Text,
    /// The regular expression is none, or would be too large; the words say which.
    #[error("the regular expression {0}")]
    Regex(String),
    /// The snapshot cannot be read.
    #[error(transparent)]
    Snapshot(#[from] SnapshotError),
}

impl Snapshot {
    /// Looks for a pattern in all texts. The matches are the same for any number of threads, unless the
    /// deadline cuts in.
    pub fn search(&self, query: &Query<'_>) -> Result<Found, SearchError> {
        let matcher = Matcher::new(query)?;
        let files = self.under(query.path_prefix);
        let chunks = chunks(files);
        let search = Search {
            snapshot: self,
            query,
            matcher,
            chunks,
            next: AtomicUsize::new(0),
            matches: AtomicUsize::new(0),
            late: AtomicBool::new(false),
        };
        let parts = Mutex::new(Vec::new());
        thread::scope(|scope| {
            for _ in 1..query.threads.get().min(search.chunks.len()) {
                scope.spawn(|| search.work(&parts));
            }
            search.work(&parts);
        });
        // No part panics while it holds the lock; if one did, what is there is still whole.
        search.gather(parts.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner))
    }

    /// The files whose path begins with `prefix`: they lie together.
    fn under(&self, prefix: &[u8]) -> &[FileEntry] {
        let start = self.files.partition_point(|file| file.path.as_slice() < prefix);
        let rest = self.files.get(start..).unwrap_or_default();
        let end = rest.partition_point(|file| file.path.starts_with(prefix));
        rest.get(..end).unwrap_or_default()
    }
}

/// A search under way.
struct Search<'s> {
    snapshot: &'s Snapshot,
    query: &'s Query<'s>,
    matcher: Matcher,
    chunks: Vec<Vec<&'s FileEntry>>,
    next: AtomicUsize,
    matches: AtomicUsize,
    late: AtomicBool,
}

/// What one chunk gave, with its number.
type Part = (usize, u64, Result<Vec<Match>, SnapshotError>);

impl Search<'_> {
    /// Takes chunks, in order, until there are none or enough was found. Every chunk before a taken one is
    /// taken too, so the first matches are complete.
    fn work(&self, parts: &Mutex<Vec<Part>>) {
        let mut buffer = Vec::new();
        let mut scratch = self.matcher.scratch();
        while self.matches.load(Ordering::Acquire) <= self.query.limit && !self.is_late() {
            let number = self.next.fetch_add(1, Ordering::AcqRel);
            let Some(chunk) = self.chunks.get(number) else { return };
            let result = self.chunk(chunk, &mut buffer, &mut scratch);
            let found = result.as_ref().map_or(usize::MAX / 2, Vec::len);
            if let Ok(mut parts) = parts.lock() {
                parts.push((number, chunk.len() as u64, result));
            }
            self.matches.fetch_add(found, Ordering::AcqRel);
        }
    }

    /// Whether the deadline has passed; what was found until then is the answer.
    fn is_late(&self) -> bool {
        let is_late = self.query.deadline.is_some_and(|deadline| Instant::now() >= deadline);
        if is_late {
            self.late.store(true, Ordering::Release);
        }
        is_late
    }

    fn find(&self, text: &[u8], from: usize, scratch: &mut Scratch) -> Option<Range<usize>> {
        self.matcher.find(text, from, scratch, &|| self.is_late())
    }

    fn chunk(
        &self,
        chunk: &[&FileEntry],
        buffer: &mut Vec<u8>,
        scratch: &mut Scratch,
    ) -> Result<Vec<Match>, SnapshotError> {
        let (Some(first), Some(last)) = (chunk.first(), chunk.last()) else { return Ok(Vec::new()) };
        let base = first.offset;
        self.snapshot.read_into(base, last.offset + u64::from(last.length) - base, buffer)?;
        let mut matches = Vec::new();
        let text_of = |file: &FileEntry| {
            let start = usize::try_from(file.offset - base).unwrap_or(usize::MAX);
            start..start.saturating_add(file.length as usize)
        };
        let mut files = chunk.iter();
        // Where no match can reach over a file's end, one scan finds the next file that has any.
        let scans = self.matcher.reads_over_files();
        let mut from = 0;
        while matches.len() <= self.query.limit {
            if scans {
                let Some(found) = self.find(buffer, from, scratch) else { break };
                let behind = files.as_slice().partition_point(|file| text_of(file).end <= found.start);
                files = files.as_slice().get(behind..).unwrap_or_default().iter();
            }
            let Some(file) = files.next() else { break };
            let range = text_of(file);
            from = range.end;
            self.file(file, buffer.get(range).unwrap_or_default(), scratch, &mut matches);
        }
        Ok(matches)
    }

    fn file(&self, file: &FileEntry, text: &[u8], scratch: &mut Scratch, matches: &mut Vec<Match>) {
        let mut place = Place::default();
        let mut from = 0;
        while matches.len() <= self.query.limit {
            let Some(found) = self.find(text, from, scratch) else { return };
            // An empty find is no match, and must not be found for ever.
            from = found.end.max(found.start + 1);
            if found.is_empty() {
                continue;
            }
            place.move_to(text, found.start);
            matches.push(Match {
                path: file.path.clone(),
                line: place.line(),
                column: place.column(),
                snippet: place.snippet(text, &found),
            });
        }
    }

    fn gather(&self, mut parts: Vec<Part>) -> Result<Found, SearchError> {
        parts.sort_unstable_by_key(|(number, ..)| *number);
        let mut found = Found { truncated: self.late.load(Ordering::Acquire), ..Found::default() };
        for (_, files, matches) in parts {
            found.files_searched += files;
            found.matches.extend(matches?);
        }
        if found.matches.len() > self.query.limit {
            found.matches.truncate(self.query.limit);
            found.truncated = true;
        }
        Ok(found)
    }
}

/// Consecutive files with text, together at most a mebibyte, or one that is larger.
fn chunks(files: &[FileEntry]) -> Vec<Vec<&FileEntry>> {
    let mut chunks: Vec<Vec<&FileEntry>> = Vec::new();
    for file in files.iter().filter(|file| file.is_text) {
        let end = file.offset + u64::from(file.length);
        match chunks.last_mut() {
            Some(chunk) if chunk.first().is_some_and(|first| end - first.offset <= CHUNK) => chunk.push(file),
            _ => chunks.push(vec![file]),
        }
    }
    chunks
}
