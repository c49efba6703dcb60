//! The other end of a build: finished records become shards, shards become the root.

use super::{
    build::{Build, BuildError, Built, Progress, ShardSink},
    digest::ContentDigest,
    record::PathText,
    root::{Counts, Extractor, OBJECT_FORMAT, Root, SCHEMA, ShardEntry},
    split::Cut,
    work::Done,
};
use crate::{blob::Entry, facts::Fresh, hash::Digest};

/// Level of zstd: shards are written once, and most of one is hexadecimal that no level makes shorter.
const COMPRESSION: i32 = 3;

/// Takes results in the order of the files.
pub(super) struct Output<'o, 'e, K> {
    cuts: std::slice::Iter<'o, Cut>,
    total: u64,
    fresh: Fresh<'o>,
    sink: &'o mut K,
    progress: &'o dyn Fn(Progress),
    /// The shard under way: its bytes and its files.
    bytes: Vec<u8>,
    files: Vec<&'e Entry>,
    shards: Vec<ShardEntry>,
    content: ContentDigest,
    counts: Counts,
    found_out: u64,
}

impl<'o, 'e, K: ShardSink> Output<'o, 'e, K> {
    pub(super) fn new(
        cuts: &'o [Cut],
        total: u64,
        fresh: Fresh<'o>,
        sink: &'o mut K,
        progress: &'o dyn Fn(Progress),
    ) -> Self {
        Self {
            cuts: cuts.iter(),
            total,
            fresh,
            sink,
            progress,
            bytes: Vec::new(),
            files: Vec::new(),
            shards: Vec::new(),
            content: ContentDigest::default(),
            counts: Counts::default(),
            found_out: 0,
        }
    }

    /// Adds the next files; closes the shard if they are its last.
    pub(super) fn take(&mut self, done: Done<'e>) -> Result<(), BuildError> {
        self.found_out += done.fresh.len() as u64;
        for (key, payload) in &done.fresh {
            self.fresh.add(*key, payload)?;
        }
        self.bytes.push(if self.bytes.is_empty() { b'[' } else { b',' });
        self.bytes.extend_from_slice(&done.lines);
        for (entry, tally) in done.files {
            self.content.add(entry.mode, &entry.id, tally.sha256.as_ref(), tally.size, &entry.path);
            self.counts.add(tally.kind, tally.language.as_deref(), tally.size, tally.lines, tally.symbols);
            self.files.push(entry);
        }
        if self.cuts.as_slice().first().is_some_and(|cut| cut.entries.len() == self.files.len()) {
            self.close()?;
        }
        (self.progress)(Progress { done: self.counts.files, total: self.total });
        Ok(())
    }

    fn close(&mut self) -> Result<(), BuildError> {
        self.bytes.push(b']');
        self.sink.see(&self.bytes).map_err(BuildError::Sink)?;
        let digest = Digest::of(&self.bytes);
        if !self.sink.has(&digest).map_err(BuildError::Sink)? {
            let compressed = zstd::bulk::compress(&self.bytes, COMPRESSION).map_err(BuildError::Sink)?;
            self.sink.put(digest, &compressed).map_err(BuildError::Sink)?;
        }
        let first = self.files.first().map_or(&[][..], |entry| &entry.path);
        let last = self.files.last().map_or(&[][..], |entry| &entry.path);
        let prefix = self.cuts.next().and_then(|cut| first.get(..cut.prefix)).unwrap_or_default();
        self.shards.push(ShardEntry {
            bytes: self.bytes.len() as u64,
            digest,
            files: self.files.len() as u64,
            first: PathText::of(first),
            last: PathText::of(last),
            prefix: PathText::of(prefix),
        });
        self.bytes.clear();
        self.files.clear();
        Ok(())
    }

    /// Writes the root.
    pub(super) fn finish(self, request: &Build<'_>) -> Result<Built, BuildError> {
        let content_digest = self.content.finish();
        let root = Root {
            commit: request.commit.to_owned(),
            content_digest,
            counts: self.counts,
            extractor: Extractor::current(request.limits),
            object_format: OBJECT_FORMAT.to_owned(),
            schema: SCHEMA.to_owned(),
            shards: self.shards,
            tree: request.tree.to_owned(),
        };
        let root_json = serde_json_canonicalizer::to_vec(&root).map_err(BuildError::Json)?;
        Ok(Built {
            manifest_digest: Digest::of(&root_json),
            root_json,
            content_digest,
            counts: root.counts,
            fresh: self.found_out,
        })
    }
}
