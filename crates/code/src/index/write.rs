//! Writing an index, shard by shard, while a manifest is made.

use std::{
    borrow::Cow,
    io::{self, BufWriter, Seek, SeekFrom, Write},
    path::{Path, PathBuf},
};

use serde::Deserialize;
use tempfile::NamedTempFile;

use super::{
    IndexError,
    format::{self, Detail, PREFACE, Preface},
};
use crate::{manifest::PathText, symbols::SymbolKind};

/// A block is written when its names have so many bytes; a search holds one block in memory.
const BLOCK: usize = 256 << 10;

/// Writes an index under a temporary name; nothing is seen of it before [`Writer::finish`].
pub struct Writer {
    path: PathBuf,
    out: BufWriter<NamedTempFile>,
    names: Vec<u8>,
    details: Vec<u8>,
    preface: Preface,
}

/// What the index takes from a record.
#[derive(Deserialize)]
struct Record<'a> {
    path: Option<String>,
    path_b64: Option<String>,
    #[serde(borrow, default)]
    symbols: Vec<Symbol<'a>>,
}

#[derive(Deserialize)]
struct Symbol<'a> {
    #[serde(borrow)]
    descriptor: Cow<'a, str>,
    kind: SymbolKind,
    #[serde(borrow)]
    name: Cow<'a, str>,
    range: Start,
}

#[derive(Deserialize)]
struct Start {
    start_column: u32,
    start_line: u32,
}

impl Writer {
    /// Begins an index that is to be at `path`, whose directory exists. A file of that name is replaced at the end.
    pub fn create(path: &Path) -> Result<Self, IndexError> {
        let directory = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let file = NamedTempFile::new_in(directory).map_err(written)?;
        let mut out = BufWriter::with_capacity(1 << 20, file);
        out.write_all(&[0; PREFACE]).map_err(written)?;
        let preface = Preface { length: PREFACE as u64, files: 0, symbols: 0 };
        Ok(Self { path: path.to_owned(), out, names: Vec::new(), details: Vec::new(), preface })
    }

    /// Adds the symbols of a shard, given by its canonical bytes. Shards come in the order of their paths.
    pub fn add_shard(&mut self, json: &[u8]) -> Result<(), IndexError> {
        let records: Vec<Record<'_>> = serde_json::from_slice(json).map_err(IndexError::Record)?;
        for record in records {
            self.preface.files += 1;
            let path = match (record.path, record.path_b64) {
                (Some(text), _) => PathText::Text(text),
                (None, encoded) => PathText::Base64(encoded.unwrap_or_default()),
            };
            for symbol in record.symbols {
                self.add(&path, symbol)?;
            }
        }
        Ok(())
    }

    fn add(&mut self, path: &PathText, symbol: Symbol<'_>) -> Result<(), IndexError> {
        self.preface.symbols += 1;
        self.names.extend_from_slice(folded(&symbol.name).as_bytes());
        self.names.push(0);
        let Start { start_line, start_column } = symbol.range;
        let (name, descriptor) = (symbol.name.into_owned(), symbol.descriptor.into_owned());
        let detail = Detail(path.clone(), name, descriptor, symbol.kind, start_line, start_column);
        serde_json::to_writer(&mut self.details, &detail).map_err(IndexError::Record)?;
        self.details.push(b'\n');
        if self.names.len() >= BLOCK || self.details.len() >= 16 * BLOCK { self.close() } else { Ok(()) }
    }

    fn close(&mut self) -> Result<(), IndexError> {
        let too_long = || written(io::Error::from(io::ErrorKind::FileTooLarge));
        let block = format::block(&self.names, &self.details).ok_or_else(too_long)?;
        self.out.write_all(&block).map_err(written)?;
        self.preface.length += block.len() as u64;
        self.names.clear();
        self.details.clear();
        Ok(())
    }

    /// Writes what is left, forces it to disk and gives the file its name. Answers with the number of symbols.
    pub fn finish(mut self) -> Result<u64, IndexError> {
        if !self.names.is_empty() {
            self.close()?;
        }
        let mut file = self.out.into_inner().map_err(|error| written(error.into_error()))?;
        file.seek(SeekFrom::Start(0)).map_err(written)?;
        file.write_all(&self.preface.bytes()).map_err(written)?;
        file.as_file().sync_all().map_err(written)?;
        file.persist(&self.path).map_err(|error| written(error.error))?;
        Ok(self.preface.symbols)
    }
}

/// A name as it is searched: in lower case, without the mark that ends it.
pub(super) fn folded(name: &str) -> String {
    let mut folded = name.to_lowercase();
    if folded.contains('\0') {
        folded = folded.replace('\0', "\u{fffd}");
    }
    folded
}

fn written(error: io::Error) -> IndexError {
    IndexError::Io("written", error)
}
