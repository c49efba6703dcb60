//! Making a manifest: shard by shard, on several threads, with nothing in memory but the shards under way.

use std::{io, num::NonZeroUsize, sync::atomic::AtomicBool};

use super::{
    crew::{self, Lost},
    output::Output,
    root::Counts,
    split::split,
    work::{Jobs, work},
};
use crate::{
    blob::{BlobError, BlobSource, Entry},
    facts::{Analyst, Store, StoreError},
    hash::Digest,
    limits::Limits,
};

/// What a manifest is asked for.
pub struct Build<'a> {
    /// The commit's id, hexadecimal.
    pub commit: &'a str,
    /// Its tree's id, hexadecimal.
    pub tree: &'a str,
    /// All files of the tree, in any order, each path once.
    pub entries: Vec<Entry>,
    /// How many threads work, besides the calling one, which compresses and writes.
    pub threads: NonZeroUsize,
    /// Bounds of the work on one file. The store of facts is opened for the same.
    pub limits: Limits,
    /// Set from outside, it ends the build with [`BuildError::Cancelled`] within a fraction of a second.
    pub cancel: &'a AtomicBool,
}

/// How far a build is, in files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// Files whose record is written.
    pub done: u64,
    /// Files in all.
    pub total: u64,
}

/// Where shards go.
pub trait ShardSink {
    /// Whether a shard is there already; then it is not compressed and given again.
    fn has(&mut self, digest: &Digest) -> io::Result<bool> {
        let _ = digest;
        Ok(false)
    }

    /// Sees the canonical bytes of every shard, one after another in the order of their paths, whether they are there
    /// already or not. For what is derived from a manifest as it is made.
    fn see(&mut self, json: &[u8]) -> io::Result<()> {
        let _ = json;
        Ok(())
    }

    /// Keeps a shard: `compressed` is one zstd frame whose content has this digest.
    fn put(&mut self, digest: Digest, compressed: &[u8]) -> io::Result<()>;
}

/// A manifest that is made; its shards are in the sink.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Built {
    /// Canonical bytes of the root document.
    pub root_json: Vec<u8>,
    /// SHA-256 of them: the manifest's identity.
    pub manifest_digest: Digest,
    /// Digest of the content alone.
    pub content_digest: Digest,
    /// Sums over all files.
    pub counts: Counts,
    /// Files whose facts were not known before.
    pub fresh: u64,
}

/// Why there is no manifest. Shards that were given to the sink before stay there and harm nothing.
#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    /// Ended from outside.
    #[error("the manifest was cancelled")]
    Cancelled,
    /// A blob cannot be read: the mirror is incomplete.
    #[error("cannot read {path:?}")]
    Blob {
        /// The path, bytes that are not UTF-8 replaced.
        path: String,
        /// Why.
        source: BlobError,
    },
    /// The entries are not those of a tree.
    #[error("the path {0:?} is listed twice")]
    Twice(String),
    /// The facts cannot be kept.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A shard cannot be kept.
    #[error("a shard cannot be written")]
    Sink(#[source] io::Error),
    /// A record or the root has no JSON form.
    #[error("the manifest cannot be written as json")]
    Json(#[source] serde_json::Error),
    /// A worker panicked: a defect of this program, told by its panic message.
    #[error("a worker ended before its time")]
    Lost,
}

impl From<Lost> for BuildError {
    fn from(Lost: Lost) -> Self {
        Self::Lost
    }
}

/// Makes the manifest of a tree. The same entries, content and limits make the same bytes, on any number of
/// threads, with any part of the facts known before.
pub fn build<S: BlobSource>(
    mut request: Build<'_>,
    source: &S,
    facts: &mut Store,
    sink: &mut impl ShardSink,
    progress: &dyn Fn(Progress),
) -> Result<Built, BuildError> {
    let entries = sorted(std::mem::take(&mut request.entries))?;
    let cuts = split(&entries);
    let (known, fresh) = facts.split();
    let mut jobs = Jobs::new(&entries, &cuts, source, request.cancel)?;
    let mut output = Output::new(&cuts, entries.len() as u64, fresh, sink, progress);
    let worked = crew::run(
        request.threads,
        || jobs.next(),
        || source.reader().map(|reader| Analyst::new(reader, request.limits, request.cancel)),
        |analyst, job| work(analyst, known, job, request.cancel),
        |done| output.take(done?),
    );
    let outcome = worked.and_then(|()| output.finish(&request));
    // What was found out is kept even if the build failed: the next one is shorter.
    facts.absorb()?;
    outcome
}

fn sorted(mut entries: Vec<Entry>) -> Result<Vec<Entry>, BuildError> {
    entries.sort_unstable();
    let twice = entries.windows(2).find_map(|pair| match pair {
        [a, b] if a.path == b.path => Some(a),
        _ => None,
    });
    match twice {
        Some(entry) => Err(BuildError::Twice(shown(&entry.path))),
        None => Ok(entries),
    }
}

pub(super) fn shown(path: &[u8]) -> String {
    String::from_utf8_lossy(path).into_owned()
}
