//! Blobs that a snapshot has just inflated, so that nobody inflates them a second time.

use std::collections::HashMap;

use super::{FileEntry, Snapshot};
use crate::blob::{BlobError, BlobId, BlobReader, BlobSource};

/// A source of blobs that takes the texts which a snapshot's writing has read from there, and the rest from the
/// source itself. What was copied from a former snapshot is not taken: no checksum speaks for it.
pub struct Inflated<'s, S> {
    snapshot: &'s Snapshot,
    texts: HashMap<BlobId, &'s FileEntry>,
    source: &'s S,
}

impl<'s, S> Inflated<'s, S> {
    /// Over a snapshot and what it was written from.
    pub fn new(snapshot: &'s Snapshot, former: Option<&Snapshot>, source: &'s S) -> Self {
        let mut texts = snapshot.by_blob();
        texts.retain(|_, entry| entry.is_text);
        for copied in former.map(Snapshot::files).unwrap_or_default() {
            texts.remove(&copied.id);
        }
        Self { snapshot, texts, source }
    }
}

/// Reads for one thread.
pub struct InflatedReader<'r, R> {
    snapshot: &'r Snapshot,
    texts: &'r HashMap<BlobId, &'r FileEntry>,
    reader: R,
}

impl<'r, S: BlobSource> BlobSource for &'r Inflated<'_, S> {
    type Reader = InflatedReader<'r, S::Reader>;

    fn reader(&self) -> Result<Self::Reader, BlobError> {
        Ok(InflatedReader { snapshot: self.snapshot, texts: &self.texts, reader: self.source.reader()? })
    }
}

impl<R: BlobReader> BlobReader for InflatedReader<'_, R> {
    fn size(&mut self, id: &BlobId) -> Result<u64, BlobError> {
        match self.texts.get(id) {
            Some(entry) => Ok(entry.length.into()),
            None => self.reader.size(id),
        }
    }

    fn read(&mut self, id: &BlobId, out: &mut Vec<u8>) -> Result<(), BlobError> {
        let Some(entry) = self.texts.get(id) else { return self.reader.read(id, out) };
        let read = self.snapshot.read_into(entry.offset, entry.length.into(), out);
        read.map_err(|error| BlobError::Unreadable { id: *id, source: error.into() })
    }

    fn stream(&mut self, id: &BlobId, sink: &mut dyn FnMut(&[u8])) -> Result<(), BlobError> {
        self.reader.stream(id, sink)
    }
}
