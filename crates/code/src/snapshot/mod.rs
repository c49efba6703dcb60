//! A snapshot: the text of all files of one commit, inflated, in one flat file, to be searched and read from.
//!
//! The file holds a head, the texts one after another in the order of their paths, each followed by a NUL,
//! and an index. It is written once under a temporary name, forced to disk and renamed; it never changes.

mod format;
mod inflated;
mod lines;
mod matcher;
mod place;
mod search;
mod write;

use std::{collections::HashMap, fs::File, io, os::unix::fs::FileExt, path::Path};

pub use format::FileEntry;
pub use inflated::{Inflated, InflatedReader};
pub use lines::LineReader;
pub use search::{Found, Match, Pattern, Query, SearchError};
pub use write::{Write, Written, write};

use crate::blob::{BlobError, BlobId};

/// The text of all files of one commit. Reading needs no lock; any number of threads may.
#[derive(Debug)]
pub struct Snapshot {
    file: File,
    files: Vec<FileEntry>,
}

/// All texts of a snapshot, in memory.
#[derive(Debug)]
pub struct Loaded<'s> {
    files: &'s [FileEntry],
    bytes: Vec<u8>,
}

impl Loaded<'_> {
    /// The text of a file, by its place in [`Snapshot::files`]. None if it holds no text.
    pub fn text(&self, at: usize) -> Option<&[u8]> {
        let entry = self.files.get(at).filter(|entry| entry.is_text)?;
        let start = usize::try_from(entry.offset).ok()?;
        self.bytes.get(start..start.checked_add(entry.length as usize)?)
    }
}

/// Why a snapshot cannot be written or read.
#[derive(Debug, thiserror::Error)]
pub enum SnapshotError {
    /// The file is not a snapshot, or is damaged. Delete it and write it again.
    #[error("the snapshot is damaged: {0}")]
    Damaged(&'static str),
    /// The file system says no.
    #[error("the snapshot cannot be {0}")]
    Io(&'static str, #[source] io::Error),
    /// A blob cannot be read.
    #[error("the snapshot lacks a blob")]
    Blob(#[from] BlobError),
    /// Ended from outside.
    #[error("the snapshot was cancelled")]
    Cancelled,
}

impl Snapshot {
    /// Opens a snapshot and checks its head and index. The texts themselves carry no checksum.
    pub fn open(path: &Path) -> Result<Self, SnapshotError> {
        let file = File::open(path).map_err(|error| SnapshotError::Io("opened", error))?;
        let files = format::read_index(&file)?;
        Ok(Self { file, files })
    }

    /// All files in the order of their paths, those without text too.
    pub fn files(&self) -> &[FileEntry] {
        &self.files
    }

    /// The text at a path. None if the path is not there, or holds no text: binary, too large, a link.
    pub fn text(&self, path: &[u8]) -> Result<Option<Vec<u8>>, SnapshotError> {
        let found = self.files.binary_search_by(|entry| entry.path.as_slice().cmp(path));
        let entry = found.ok().and_then(|at| self.files.get(at)).filter(|entry| entry.is_text);
        entry.map(|entry| self.read(entry.offset, u64::from(entry.length))).transpose()
    }

    /// Everything at once, for whoever reads most of it.
    pub fn load(&self) -> Result<Loaded<'_>, SnapshotError> {
        let last = self.files.iter().filter(|entry| entry.is_text).map(|entry| entry.offset + u64::from(entry.length));
        let mut bytes = Vec::new();
        self.read_into(0, last.max().unwrap_or(0), &mut bytes)?;
        Ok(Loaded { files: &self.files, bytes })
    }

    /// What the snapshot knows of each blob, for building the next one.
    fn by_blob(&self) -> HashMap<BlobId, &FileEntry> {
        self.files.iter().map(|entry| (entry.id, entry)).collect()
    }

    fn read(&self, offset: u64, length: u64) -> Result<Vec<u8>, SnapshotError> {
        let mut text = Vec::new();
        self.read_into(offset, length, &mut text)?;
        Ok(text)
    }

    fn read_into(&self, offset: u64, length: u64, text: &mut Vec<u8>) -> Result<(), SnapshotError> {
        text.resize(usize::try_from(length).unwrap_or(usize::MAX), 0);
        self.file.read_exact_at(text, offset).map_err(|error| SnapshotError::Io("read", error))
    }
}
