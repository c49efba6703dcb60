//! Looking for symbols by name: one scan over the names, the best finds kept, the details of these alone read.

use std::{collections::BTreeMap, time::Instant};

use memchr::memmem::Finder;

use super::{
    Index, IndexError,
    format::{Block, Detail, PREFACE},
    write::folded,
};
use crate::symbols::SymbolKind;

/// A question to an index.
#[derive(Debug, Clone, Copy)]
pub struct NameQuery<'q> {
    /// A name or a part of one; upper and lower case are alike. Empty finds nothing.
    pub name: &'q str,
    /// Only symbols of files whose path begins with these bytes; empty for all.
    pub path_prefix: &'q [u8],
    /// At most this many symbols, the best of all.
    pub limit: usize,
    /// When to stop, looked at for each quarter of a mebibyte of names.
    pub deadline: Option<Instant>,
}

/// A symbol that was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Named {
    /// Raw bytes of its file's path.
    pub path: Vec<u8>,
    /// Its own name.
    pub name: String,
    /// The path of names that leads to it in its file.
    pub descriptor: String,
    /// What it is.
    pub kind: SymbolKind,
    /// Line where its declaration begins, from 1.
    pub line: u32,
    /// Column where its declaration begins in code points, from 1.
    pub column: u32,
}

/// What was found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FoundSymbols {
    /// The very name first, then the name in another case, names that begin so, and names that hold it; of equals the
    /// shorter name, then the order of paths and places.
    pub symbols: Vec<Named>,
    /// There are, or may be, more: the limit or the deadline was reached.
    pub truncated: bool,
}

/// How well a name fits, best first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Fit {
    Same,
    SameButCase,
    Begins,
    Holds,
}

/// The place of a find among the others: its fit, the length of its name, its number in the index.
type Rank = (Fit, usize, u64);

/// The finds so far.
struct Best<'q> {
    query: &'q NameQuery<'q>,
    finds: BTreeMap<Rank, Named>,
    truncated: bool,
}

impl Index {
    /// Looks for symbols by name.
    pub fn search(&self, query: &NameQuery<'_>) -> Result<FoundSymbols, IndexError> {
        let mut best = Best { query, finds: BTreeMap::new(), truncated: false };
        let name = folded(query.name);
        if name.is_empty() {
            return Ok(FoundSymbols::default());
        }
        let finder = Finder::new(name.as_bytes());
        let (mut names, mut details, mut number) = (Vec::new(), Vec::new(), 0);
        let mut at = PREFACE as u64;
        while let Some(block) = Block::read(&self.file, at, self.preface.length)? {
            if query.deadline.is_some_and(|deadline| Instant::now() >= deadline) {
                best.truncated = true;
                break;
            }
            block.names(&self.file, &mut names)?;
            if finder.find(&names).is_some() {
                block.details(&self.file, &mut details)?;
                best.take_block(&finder, &names, &details, number)?;
            }
            number += memchr::memchr_iter(0, &names).count() as u64;
            at = block.next();
        }
        Ok(FoundSymbols { symbols: best.finds.into_values().collect(), truncated: best.truncated })
    }
}

impl Best<'_> {
    /// Takes the finds of one block, whose first symbol has this number.
    fn take_block(&mut self, finder: &Finder<'_>, names: &[u8], details: &[u8], first: u64) -> Result<(), IndexError> {
        let (mut from, mut start, mut number) = (0, 0, first);
        let mut lines = details.split(|byte| *byte == b'\n');
        while let Some(found) = finder.find(names.get(from..).unwrap_or_default()) {
            let at = from + found;
            let passed = names.get(start..at).unwrap_or_default();
            let skipped = memchr::memchr_iter(0, passed).count();
            start = memchr::memrchr(0, passed).map_or(start, |last| start + last + 1);
            let rest = names.get(start..).unwrap_or_default();
            let length = memchr::memchr(0, rest).unwrap_or(rest.len());
            number += skipped as u64;
            let line = lines.nth(skipped).ok_or(IndexError::Damaged("a symbol lacks its details"))?;
            let whole = finder.needle().len() == length;
            self.take(whole, at == start, length, number, line)?;
            // One find a name: on to the next name, whose line comes next.
            start += length + 1;
            from = start;
            number += 1;
        }
        Ok(())
    }

    fn take(&mut self, whole: bool, begins: bool, length: usize, number: u64, line: &[u8]) -> Result<(), IndexError> {
        let best_fit = if whole {
            Fit::Same
        } else if begins {
            Fit::Begins
        } else {
            Fit::Holds
        };
        if self.is_full() && self.is_worst((best_fit, length, number)) {
            self.truncated = true;
            return Ok(());
        }
        let detail: Detail = serde_json::from_slice(line).map_err(IndexError::Record)?;
        let Detail(path, name, descriptor, kind, line, column) = detail;
        let path = path.bytes().ok().ok_or(IndexError::Damaged("a path is no base64"))?;
        if !path.starts_with(self.query.path_prefix) {
            return Ok(());
        }
        let fit = if whole && name != self.query.name { Fit::SameButCase } else { best_fit };
        self.finds.insert((fit, length, number), Named { path, name, descriptor, kind, line, column });
        if self.finds.len() > self.query.limit {
            self.finds.pop_last();
            self.truncated = true;
        }
        Ok(())
    }

    fn is_full(&self) -> bool {
        self.finds.len() >= self.query.limit
    }

    fn is_worst(&self, rank: Rank) -> bool {
        self.finds.last_key_value().is_none_or(|(last, _)| rank > *last)
    }
}
