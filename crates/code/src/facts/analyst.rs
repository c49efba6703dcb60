//! The work on one blob, with one thread's reader, parsers and buffer.

use std::sync::atomic::AtomicBool;

use serde::Serialize;
use serde_json::value::{RawValue, to_raw_value};

use super::Facts;
use crate::{
    blob::{BlobError, BlobReader, Entry},
    hash::{Digest, Hasher},
    kind::{Kind, LfsPointer, Mode, is_binary},
    language::{CONSIDERED, Hint, is_generated_by_content},
    limits::Limits,
    symbols::{Extracted, Extractor, Grammar, Stopped},
};

/// Finds out facts. One a thread.
pub(crate) struct Analyst<'a, R> {
    reader: R,
    extractor: Extractor,
    buffer: Vec<u8>,
    limits: Limits,
    stop: &'a AtomicBool,
}

/// Why there are no facts.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Unknown {
    #[error(transparent)]
    Blob(#[from] BlobError),
    #[error(transparent)]
    Stopped(#[from] Stopped),
}

/// What passes by while a blob is streamed.
#[derive(Default)]
struct Passing {
    hasher: Hasher,
    size: u64,
    line_ends: u64,
    last: Option<u8>,
    front: Vec<u8>,
}

impl<'a, R: BlobReader> Analyst<'a, R> {
    pub(crate) fn new(reader: R, limits: Limits, stop: &'a AtomicBool) -> Self {
        Self { reader, extractor: Extractor::default(), buffer: Vec::new(), limits, stop }
    }

    /// The facts of an entry that is no submodule.
    pub(crate) fn facts(&mut self, entry: &Entry, hint: &Hint) -> Result<Facts, Unknown> {
        if Mode::of(entry.mode) == Mode::Symlink {
            let passed = self.stream(entry)?;
            return Ok(bare(Kind::Symlink, passed.size, passed.hasher.finish()));
        }
        if self.reader.size(&entry.id)? > self.limits.text_bytes {
            return self.large(entry, hint);
        }
        let mut content = std::mem::take(&mut self.buffer);
        let read = self.reader.read(&entry.id, &mut content);
        let facts = read.map_err(Unknown::from).and_then(|()| self.small(&content, hint));
        self.buffer = content;
        facts
    }

    fn small(&mut self, content: &[u8], hint: &Hint) -> Result<Facts, Unknown> {
        let (size, sha256) = (content.len() as u64, Digest::of(content));
        if *hint == Hint::Binary || is_binary(content) {
            return Ok(bare(Kind::Binary, size, sha256));
        }
        if let Some(pointer) = LfsPointer::parse(content) {
            return Ok(Facts { lfs: Some(pointer), ..bare(Kind::Lfs, size, sha256) });
        }
        let lines = lines(memchr::memchr_iter(b'\n', content).count() as u64, content.last().copied());
        let language = hint.language(content).map(|language| language.name.as_str());
        let extracted = match language.and_then(Grammar::of) {
            Some(grammar) => self.extractor.extract(grammar, content, &self.limits, self.stop)?,
            None => Extracted::default(),
        };
        Ok(Facts {
            generated: is_generated_by_content(language, content, size, lines),
            language: language.map(str::to_owned),
            lines: Some(lines),
            syntax_errors: extracted.syntax_errors,
            symbol_count: extracted.symbols.len() as u64,
            symbols: canonical(&extracted.symbols),
            imports: canonical(&extracted.imports),
            ..bare(Kind::Text, size, sha256)
        })
    }

    fn large(&mut self, entry: &Entry, hint: &Hint) -> Result<Facts, Unknown> {
        let passed = self.stream(entry)?;
        let sha256 = passed.hasher.finish();
        if *hint == Hint::Binary || is_binary(&passed.front) {
            return Ok(bare(Kind::Binary, passed.size, sha256));
        }
        let lines = lines(passed.line_ends, passed.last);
        let language = hint.language(&passed.front).map(|language| language.name.as_str());
        Ok(Facts {
            generated: is_generated_by_content(language, &passed.front, passed.size, lines),
            language: language.map(str::to_owned),
            lines: Some(lines),
            ..bare(Kind::TooLarge, passed.size, sha256)
        })
    }

    fn stream(&mut self, entry: &Entry) -> Result<Passing, BlobError> {
        let mut passed = Passing::default();
        self.reader.stream(&entry.id, &mut |piece| passed.take(piece))?;
        Ok(passed)
    }
}

impl Passing {
    fn take(&mut self, piece: &[u8]) {
        self.hasher.update(piece);
        self.size += piece.len() as u64;
        self.line_ends += memchr::memchr_iter(b'\n', piece).count() as u64;
        self.last = piece.last().copied().or(self.last);
        let wanted = CONSIDERED.saturating_sub(self.front.len());
        self.front.extend_from_slice(piece.get(..wanted).unwrap_or(piece));
    }
}

/// Lines of a text: its line ends, and a last line that has none.
fn lines(ends: u64, last: Option<u8>) -> u64 {
    ends + u64::from(last.is_some_and(|byte| byte != b'\n'))
}

fn bare(kind: Kind, size: u64, sha256: Digest) -> Facts {
    Facts {
        kind,
        size,
        sha256,
        language: None,
        lines: None,
        lfs: None,
        generated: false,
        syntax_errors: false,
        symbol_count: 0,
        symbols: None,
        imports: None,
    }
}

/// Symbols and imports have their members in canonical order, integers, and strings: what `serde_json` writes
/// of them is canonical. Writing to memory does not fail.
fn canonical<T: Serialize>(list: &[T]) -> Option<Box<RawValue>> {
    to_raw_value(list).ok()
}
