//! Anchors: places in code that are found again when the code around them has changed.

use serde::{Deserialize, Serialize};

use crate::{blob::BlobId, hash::Digest, manifest::FileRecord, symbols::Symbol};

/// A place in a file of one commit. Lines count from 1; the end is included.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Anchor {
    /// The file; only paths that are UTF-8 can be anchored.
    pub path: String,
    /// The file's content when the anchor was made.
    pub blob_id: BlobId,
    /// Descriptor of the innermost symbol that holds all lines, if there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub symbol: Option<String>,
    /// First line of that symbol: lines are counted from it when the symbol has moved.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub symbol_line: Option<u32>,
    /// SHA-256 of that symbol's body.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub symbol_sha256: Option<Digest>,
    /// First line.
    pub start_line: u32,
    /// Last line.
    pub end_line: u32,
    /// SHA-256 of the lines with their ends.
    pub content_sha256: Digest,
}

/// How an anchor that is not where it was has been found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum How {
    /// The symbol has the same path and descriptor; its body may have changed.
    Symbol,
    /// The file was renamed, as the caller recorded; content or symbol are the same there.
    Rename,
    /// A body with the same hash stands in one other place, and nowhere else.
    Body,
}

/// Why an anchor is lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Why {
    /// The file is gone, and nothing tells where to.
    FileGone,
    /// The file has changed, and the anchor has no symbol to go by.
    ContentChanged,
    /// The symbol is gone, and its body stands nowhere else.
    SymbolGone,
    /// The body stands in several places: choosing one would be a guess.
    Ambiguous,
}

/// Where an anchor is now. Nothing is ever guessed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum Resolution {
    /// The file is the same bytes at the same path.
    Exact,
    /// It is at these lines.
    Moved {
        /// The file.
        path: String,
        /// First line.
        start_line: u32,
        /// Last line.
        end_line: u32,
        /// By what it was found.
        how: How,
    },
    /// It is nowhere that could be told.
    Lost {
        /// Why.
        why: Why,
    },
}

/// What a manifest answers. Shards may be loaded as questions come.
pub trait Files {
    /// What can go wrong while a manifest is read.
    type Error;

    /// The file at a path.
    fn by_path(&mut self, path: &str) -> Result<Option<FileRecord>, Self::Error>;

    /// The symbols with this body, with their files' paths. Two are enough: more than one is ambiguous.
    fn by_body(&mut self, body: &Digest) -> Result<Vec<(String, Symbol)>, Self::Error>;

    /// Where the caller knows that a file was renamed to.
    fn renamed(&mut self, path: &str) -> Option<String>;
}

/// Why there is no anchor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NoAnchor {
    /// The lines are not in the file, or in the wrong order.
    #[error("lines {0} to {1} are not in the file")]
    Lines(u32, u32),
    /// The path is not UTF-8.
    #[error("the path is not utf-8")]
    Path,
}

impl Anchor {
    /// An anchor at lines of a file, given its record and its content.
    pub fn new(record: &FileRecord, content: &[u8], start_line: u32, end_line: u32) -> Result<Self, NoAnchor> {
        let path = std::str::from_utf8(&record.path).ok().ok_or(NoAnchor::Path)?.to_owned();
        let text = lines(content, start_line, end_line).ok_or(NoAnchor::Lines(start_line, end_line))?;
        let holds = |symbol: &&Symbol| symbol.range.start_line <= start_line && symbol.range.end_line >= end_line;
        // Symbols come in the order of their start: the last one that holds the lines is the innermost.
        let symbol = record.symbols.iter().rev().find(holds);
        Ok(Self {
            path,
            blob_id: record.blob_id,
            symbol: symbol.map(|symbol| symbol.descriptor.clone()),
            symbol_line: symbol.map(|symbol| symbol.range.start_line),
            symbol_sha256: symbol.map(|symbol| symbol.body_sha256),
            start_line,
            end_line,
            content_sha256: Digest::of(text),
        })
    }

    /// Where the anchor is in another manifest: same file; same path and symbol; the recorded rename; the one
    /// symbol with the same body; else lost.
    pub fn resolve<F: Files>(&self, files: &mut F) -> Result<Resolution, F::Error> {
        let here = files.by_path(&self.path)?;
        if let Some(file) = &here {
            if file.blob_id == self.blob_id {
                return Ok(Resolution::Exact);
            }
            if let Some(found) = self.in_file(&self.path, file, How::Symbol) {
                return Ok(found);
            }
        }
        if let Some(path) = files.renamed(&self.path)
            && let Some(file) = files.by_path(&path)?
        {
            if file.blob_id == self.blob_id {
                return Ok(Resolution::Moved {
                    path,
                    start_line: self.start_line,
                    end_line: self.end_line,
                    how: How::Rename,
                });
            }
            if let Some(found) = self.in_file(&path, &file, How::Rename) {
                return Ok(found);
            }
        }
        self.by_body(files, here.is_some())
    }

    fn by_body<F: Files>(&self, files: &mut F, file_is_there: bool) -> Result<Resolution, F::Error> {
        let Some(body) = &self.symbol_sha256 else {
            let why = if file_is_there { Why::ContentChanged } else { Why::FileGone };
            return Ok(Resolution::Lost { why });
        };
        Ok(match files.by_body(body)?.as_slice() {
            [(path, symbol)] => self.inside(path, symbol, How::Body),
            [] if file_is_there => Resolution::Lost { why: Why::SymbolGone },
            [] => Resolution::Lost { why: Why::FileGone },
            _ => Resolution::Lost { why: Why::Ambiguous },
        })
    }

    /// At the symbol with the same descriptor. Of repeats, the one with the same body goes first.
    fn in_file(&self, path: &str, file: &FileRecord, how: How) -> Option<Resolution> {
        let wanted = self.symbol.as_deref()?;
        let family = |descriptor: &str| descriptor.split_once('#').map_or(descriptor.len(), |(name, _)| name.len());
        let name = wanted.get(..family(wanted))?;
        let same_body = |symbol: &&Symbol| {
            Some(symbol.body_sha256) == self.symbol_sha256
                && symbol.descriptor.get(..family(&symbol.descriptor)) == Some(name)
        };
        let symbol = file.symbols.iter().find(same_body);
        let symbol = symbol.or_else(|| file.symbols.iter().find(|symbol| symbol.descriptor == wanted))?;
        Some(self.inside(path, symbol, how))
    }

    /// The lines, counted from the symbol's first, kept within it.
    fn inside(&self, path: &str, symbol: &Symbol, how: How) -> Resolution {
        let first = self.symbol_line.unwrap_or(self.start_line);
        let last = symbol.range.end_line;
        let place = |line: u32| symbol.range.start_line.saturating_add(line.saturating_sub(first)).min(last);
        Resolution::Moved {
            path: path.to_owned(),
            start_line: place(self.start_line),
            end_line: place(self.end_line),
            how,
        }
    }
}

/// The bytes of some lines, with their ends. None if one of them is not there.
fn lines(content: &[u8], start: u32, end: u32) -> Option<&[u8]> {
    let (start, end) = (start as usize, end as usize);
    if start == 0 || end < start {
        return None;
    }
    let mut ends = memchr::memchr_iter(b'\n', content).map(|at| at + 1);
    let from = if start == 1 { 0 } else { ends.nth(start - 2)? };
    let to = if start == end { ends.next() } else { ends.nth(end - start) };
    let to = match to {
        Some(to) => to,
        // The last line may have no end; no further line is missing then.
        None if !content.ends_with(b"\n") && memchr::memchr_iter(b'\n', content).count() + 1 == end => content.len(),
        None => return None,
    };
    content.get(from..to).filter(|text| !text.is_empty())
}
