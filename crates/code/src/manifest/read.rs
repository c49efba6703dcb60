//! Reading a manifest back: shards checked against their digests, records one by one as they were written.

use std::{io, sync::Arc};

use serde_json::value::RawValue;

use super::{
    assemble::compact,
    record::FileRecord,
    root::{Root, ShardEntry},
};
use crate::hash::Digest;

/// No shard is longer, unpacked, in bytes: a root that says more is not believed.
const LONGEST: u64 = 1 << 30;

/// Where shards come from.
pub trait ShardSource {
    /// The compressed bytes that were put under this digest.
    fn get(&mut self, digest: &Digest) -> io::Result<Vec<u8>>;
}

/// The canonical bytes of one shard, checked. A clone shares them.
#[derive(Debug, Clone)]
pub struct Shard(Arc<[u8]>);

/// Why a shard cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The source failed.
    #[error("shard {digest} cannot be had")]
    Source {
        /// Which shard.
        digest: Digest,
        /// Why.
        source: io::Error,
    },
    /// The bytes are not those that the root names.
    #[error("shard {0} is damaged")]
    Damaged(Digest),
    /// The bytes are as they were written, and not a shard of this schema.
    #[error("a shard cannot be read")]
    Form(#[source] serde_json::Error),
}

impl Shard {
    /// Unpacks a shard and checks it. Bytes that unpack to more than the root says, or to more than 1 GiB, are not
    /// unpacked further.
    pub fn read(compressed: &[u8], entry: &ShardEntry) -> Result<Self, ReadError> {
        let damaged = || ReadError::Damaged(entry.digest);
        let length = usize::try_from(entry.bytes.min(LONGEST)).ok().ok_or_else(damaged)?;
        let bytes = zstd::bulk::decompress(compressed, length).ok().ok_or_else(damaged)?;
        if Digest::of(&bytes) == entry.digest { Ok(Self(bytes.into())) } else { Err(damaged()) }
    }

    /// The canonical bytes: a JSON array of records.
    pub fn json(&self) -> &[u8] {
        &self.0
    }

    /// The records as they were written, for passing on without reading them.
    pub fn raw(&self) -> Result<Vec<&RawValue>, ReadError> {
        serde_json::from_slice(&self.0).map_err(ReadError::Form)
    }

    /// The records whose path is taken, in order, as they were written, with or without symbols and imports.
    pub fn select(&self, takes: &dyn Fn(&[u8]) -> bool, with_symbols: bool) -> Result<Vec<Vec<u8>>, ReadError> {
        let mut selected = Vec::new();
        for record in self.raw()? {
            if !takes(&path_of(record)?) {
                continue;
            }
            selected.push(if with_symbols {
                record.get().as_bytes().to_vec()
            } else {
                compact(record).map_err(ReadError::Form)?
            });
        }
        Ok(selected)
    }

    /// The records, read.
    pub fn records(&self) -> Result<Vec<FileRecord>, ReadError> {
        serde_json::from_slice(&self.0).map_err(ReadError::Form)
    }
}

/// Canonical JSON of the records whose path begins with `prefix` (byte by byte; empty for all), in order, with
/// or without symbols and imports. One shard is in memory at a time; an error ends the iteration.
pub fn files<'a, S: ShardSource>(
    root: &'a Root,
    source: &'a mut S,
    prefix: &'a [u8],
    with_symbols: bool,
) -> impl Iterator<Item = Result<Vec<u8>, ReadError>> + 'a {
    let mut shards = root.shards_under(prefix);
    let mut ready = Vec::new().into_iter();
    let mut failed = false;
    std::iter::from_fn(move || {
        loop {
            if let Some(record) = ready.next() {
                return Some(Ok(record));
            }
            let shard = shards.next().filter(|_| !failed)?;
            match lines(source, shard, prefix, with_symbols) {
                Ok(lines) => ready = lines.into_iter(),
                Err(error) => {
                    failed = true;
                    return Some(Err(error));
                }
            }
        }
    })
}

fn lines(
    source: &mut impl ShardSource,
    entry: &ShardEntry,
    prefix: &[u8],
    with_symbols: bool,
) -> Result<Vec<Vec<u8>>, ReadError> {
    let shard = shard(source, entry)?;
    let inside = entry.prefix.bytes().is_ok_and(|directory| directory.starts_with(prefix));
    shard.select(&|path| inside || path.starts_with(prefix), with_symbols)
}

/// One shard, fetched and checked.
pub(super) fn shard(source: &mut impl ShardSource, entry: &ShardEntry) -> Result<Shard, ReadError> {
    let compressed = source.get(&entry.digest).map_err(|source| ReadError::Source { digest: entry.digest, source })?;
    Shard::read(&compressed, entry)
}

fn path_of(record: &RawValue) -> Result<Vec<u8>, ReadError> {
    #[derive(serde::Deserialize)]
    struct Place {
        path: Option<String>,
        path_b64: Option<String>,
    }
    let place: Place = serde_json::from_str(record.get()).map_err(ReadError::Form)?;
    Ok(match (place.path, place.path_b64) {
        (Some(path), _) => path.into_bytes(),
        (None, Some(encoded)) => super::PathText::Base64(encoded).bytes().unwrap_or_default(),
        (None, None) => Vec::new(),
    })
}
