//! Facts on disk beside a mirror: one append-only file, an index in memory, nothing that may not be lost.
//!
//! The file begins with eight bytes of magic and the extractor's fingerprint. A record is a head of 48 bytes
//! (blob id 20, hint 16, length 4, CRC-32 of the payload 4, CRC-32 of the 44 bytes before 4; integers
//! little-endian) and the payload. A head that is not whole or not right ends the file: what follows is the
//! trace of a crash, and is written over. A payload that is not right counts as not there.

use std::{
    collections::HashMap,
    fs::{File, OpenOptions, TryLockError},
    io,
    os::unix::fs::FileExt,
    path::Path,
};

use super::Facts;
use crate::{blob::BlobId, hash::Digest, language::Hint, manifest::Extractor};

const MAGIC: &[u8; 8] = b"HSFACTS1";
const PREFACE: u64 = 40;
const HEAD: usize = 48;

/// Records are gathered up to this many bytes before they are written.
const BATCH: usize = 256 * 1024;

/// What facts are kept by: the blob, and what its path and attributes say about its language.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Key {
    blob: BlobId,
    hint: [u8; 16],
}

/// Where a record's payload is.
#[derive(Debug, Clone, Copy)]
struct Place {
    offset: u64,
    length: u32,
    crc: u32,
}

/// Facts of one mirror, by one extractor. One process at a time has it open, by a lock on the file.
///
/// It may be deleted at any time while it is closed. Nothing is forced to disk: after a power cut the last
/// records may be gone, and are worked out again.
pub struct Store {
    file: File,
    index: HashMap<Key, Place>,
    end: u64,
    pending: Vec<u8>,
    added: Vec<(Key, Place)>,
}

/// Why the facts on disk cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Another process has the store open.
    #[error("the store of facts is in use")]
    Busy,
    /// The file system says no.
    #[error("the store of facts cannot be {0}")]
    Io(&'static str, #[source] io::Error),
    /// The extractor's identity has no canonical form.
    #[error("the extractor has no fingerprint")]
    Fingerprint(#[source] serde_json::Error),
}

impl Key {
    /// The key of a blob at a path that gives this hint.
    pub fn new(blob: BlobId, hint: &Hint) -> Self {
        Self { blob, hint: hint.key() }
    }
}

impl Store {
    /// Opens or makes the file for this extractor in a directory, which exists. Files of other extractors
    /// in it are removed.
    pub fn open(directory: &Path, extractor: &Extractor) -> Result<Self, StoreError> {
        let fingerprint = extractor.fingerprint().map_err(StoreError::Fingerprint)?;
        let name = format!("facts-{fingerprint}");
        let file = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(directory.join(&name));
        let file = file.map_err(|error| StoreError::Io("opened", error))?;
        file.try_lock().map_err(|error| match error {
            TryLockError::WouldBlock => StoreError::Busy,
            TryLockError::Error(error) => StoreError::Io("locked", error),
        })?;
        remove_others(directory, &name).map_err(|error| StoreError::Io("tidied", error))?;
        Self::load(file, fingerprint).map_err(|error| StoreError::Io("read", error))
    }

    fn load(file: File, fingerprint: Digest) -> io::Result<Self> {
        let mut preface = MAGIC.to_vec();
        preface.extend_from_slice(&fingerprint.0);
        let mut store = Self { file, index: HashMap::new(), end: PREFACE, pending: Vec::new(), added: Vec::new() };
        let length = store.file.metadata()?.len();
        let mut found = vec![0; preface.len()];
        if length < PREFACE || store.file.read_exact_at(&mut found, 0).is_err() || found != preface {
            store.file.set_len(0)?;
            store.file.write_all_at(&preface, 0)?;
            return Ok(store);
        }
        let mut head = [0; HEAD];
        while store.end + HEAD as u64 <= length {
            store.file.read_exact_at(&mut head, store.end)?;
            let Some((key, place)) = read_head(&head, store.end) else { break };
            if place.offset + u64::from(place.length) > length {
                break;
            }
            store.index.insert(key, place);
            store.end = place.offset + u64::from(place.length);
        }
        store.file.set_len(store.end)?;
        Ok(store)
    }

    /// How many facts are known.
    pub fn len(&self) -> usize {
        self.index.len()
    }

    /// Whether nothing is known yet.
    pub fn is_empty(&self) -> bool {
        self.index.is_empty()
    }

    /// Length of the file in bytes. It only grows; delete it when it is too long.
    pub fn bytes(&self) -> u64 {
        self.end
    }

    /// What is known, for reading on several threads, and a place for what is found out meanwhile. What is
    /// added is known after [`Store::absorb`].
    pub fn split(&mut self) -> (Known<'_>, Fresh<'_>) {
        (
            Known { file: &self.file, index: &self.index },
            Fresh { file: &self.file, end: &mut self.end, pending: &mut self.pending, added: &mut self.added },
        )
    }

    /// Writes what was added and makes it known.
    pub fn absorb(&mut self) -> Result<(), StoreError> {
        self.split().1.flush()?;
        self.index.extend(self.added.drain(..));
        Ok(())
    }
}

/// The facts that were known when the store was split.
#[derive(Clone, Copy)]
pub struct Known<'s> {
    file: &'s File,
    index: &'s HashMap<Key, Place>,
}

impl Known<'_> {
    /// The facts, if they are known and undamaged.
    pub fn get(&self, key: &Key) -> Option<Facts> {
        let place = self.index.get(key)?;
        let mut payload = vec![0; place.length as usize];
        self.file.read_exact_at(&mut payload, place.offset).ok()?;
        (crc32fast::hash(&payload) == place.crc).then(|| serde_json::from_slice(&payload).ok())?
    }
}

/// Where facts are added.
pub struct Fresh<'s> {
    file: &'s File,
    end: &'s mut u64,
    pending: &'s mut Vec<u8>,
    added: &'s mut Vec<(Key, Place)>,
}

impl Fresh<'_> {
    /// Adds facts in their written form. Facts over 4 GiB are not kept.
    pub fn add(&mut self, key: Key, payload: &[u8]) -> Result<(), StoreError> {
        let Ok(length) = u32::try_from(payload.len()) else {
            return Ok(());
        };
        let crc = crc32fast::hash(payload);
        let offset = *self.end + self.pending.len() as u64 + HEAD as u64;
        let start = self.pending.len();
        self.pending.extend_from_slice(&key.blob.0);
        self.pending.extend_from_slice(&key.hint);
        self.pending.extend_from_slice(&length.to_le_bytes());
        self.pending.extend_from_slice(&crc.to_le_bytes());
        let check = crc32fast::hash(self.pending.get(start..).unwrap_or_default());
        self.pending.extend_from_slice(&check.to_le_bytes());
        self.pending.extend_from_slice(payload);
        self.added.push((key, Place { offset, length, crc }));
        if self.pending.len() >= BATCH { self.flush() } else { Ok(()) }
    }

    fn flush(&mut self) -> Result<(), StoreError> {
        self.file.write_all_at(self.pending, *self.end).map_err(|error| StoreError::Io("written", error))?;
        *self.end += self.pending.len() as u64;
        self.pending.clear();
        Ok(())
    }
}

fn read_head(head: &[u8; HEAD], at: u64) -> Option<(Key, Place)> {
    let (covered, check) = head.split_last_chunk::<4>()?;
    if crc32fast::hash(covered) != u32::from_le_bytes(*check) {
        return None;
    }
    let (blob, rest) = covered.split_first_chunk::<20>()?;
    let (hint, rest) = rest.split_first_chunk::<16>()?;
    let (length, rest) = rest.split_first_chunk::<4>()?;
    let crc = u32::from_le_bytes(*rest.first_chunk::<4>()?);
    let place = Place { offset: at + HEAD as u64, length: u32::from_le_bytes(*length), crc };
    Some((Key { blob: BlobId(*blob), hint: *hint }, place))
}

fn remove_others(directory: &Path, ours: &str) -> io::Result<()> {
    for entry in std::fs::read_dir(directory)? {
        let entry = entry?;
        let name = entry.file_name();
        if name.to_str().is_some_and(|name| name.starts_with("facts-") && name != ours) {
            std::fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}
