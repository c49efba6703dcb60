//! An index of a manifest's symbols by name, beside a snapshot: one flat file, written once, searched without being
//! taken apart.

mod format;
mod search;
mod write;

use std::{fs::File, io, path::Path};

pub use search::{FoundSymbols, NameQuery, Named};
pub use write::Writer;

/// The symbols of one commit. Reading needs no lock; any number of threads may.
#[derive(Debug)]
pub struct Index {
    file: File,
    preface: format::Preface,
}

/// Why an index cannot be written or read.
#[derive(Debug, thiserror::Error)]
pub enum IndexError {
    /// The file is not an index, or is damaged. Delete it and write it again.
    #[error("the index of symbols is damaged: {0}")]
    Damaged(&'static str),
    /// The file system says no.
    #[error("the index of symbols cannot be {0}")]
    Io(&'static str, #[source] io::Error),
    /// The records given are not those of a shard.
    #[error("a record cannot be indexed")]
    Record(#[source] serde_json::Error),
}

impl Index {
    /// Opens an index and checks its length and its preface. Blocks are checked as they are read.
    pub fn open(path: &Path) -> Result<Self, IndexError> {
        let file = File::open(path).map_err(|error| IndexError::Io("opened", error))?;
        let preface = format::Preface::read(&file)?;
        Ok(Self { file, preface })
    }

    /// Files that the index was made from, those without symbols too.
    pub fn files(&self) -> u64 {
        self.preface.files
    }

    /// Symbols in it.
    pub fn symbols(&self) -> u64 {
        self.preface.symbols
    }
}
