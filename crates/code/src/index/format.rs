//! The bytes of an index.
//!
//! Preface, 36 bytes: magic 8, length of the file 8, number of files 8, number of symbols 8, CRC-32 of the 32 bytes
//! before 4. Then blocks: a head of 20 bytes (length of the names 4, CRC-32 of them 4, length of the details 4,
//! CRC-32 of them 4, CRC-32 of the 16 bytes before 4), the names, the details. Names are in lower case, each
//! followed by a NUL. Details are one JSON array a line, in the same order: the symbol's path, name, descriptor,
//! kind, line and column. Integers are little-endian.

use std::{fs::File, os::unix::fs::FileExt};

use serde::{Deserialize, Serialize};

use super::IndexError;
use crate::{manifest::PathText, symbols::SymbolKind};

pub(super) const PREFACE: usize = 36;
const HEAD: usize = 20;
const MAGIC: &[u8; 8] = b"HSSYMB01";

/// No part of a block is longer, in bytes.
const LONGEST: u32 = 64 << 20;

/// What the file says of itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Preface {
    pub(super) length: u64,
    pub(super) files: u64,
    pub(super) symbols: u64,
}

/// What is kept of a symbol besides the name that is searched.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Detail(
    pub(super) PathText,
    pub(super) String,
    pub(super) String,
    pub(super) SymbolKind,
    pub(super) u32,
    pub(super) u32,
);

/// One part of a block: its bytes' length and checksum.
#[derive(Debug, Clone, Copy)]
struct Part {
    length: u32,
    crc: u32,
}

/// Where a block's parts are, and the next block.
#[derive(Debug, Clone, Copy)]
pub(super) struct Block {
    at: u64,
    names: Part,
    details: Part,
}

impl Preface {
    pub(super) fn bytes(self) -> Vec<u8> {
        let mut out = MAGIC.to_vec();
        for number in [self.length, self.files, self.symbols] {
            out.extend_from_slice(&number.to_le_bytes());
        }
        let check = crc32fast::hash(&out);
        out.extend_from_slice(&check.to_le_bytes());
        out
    }

    pub(super) fn read(file: &File) -> Result<Self, IndexError> {
        let failed = |error| IndexError::Io("read", error);
        let length = file.metadata().map_err(failed)?.len();
        if length < PREFACE as u64 {
            return Err(IndexError::Damaged("it is too short"));
        }
        let mut bytes = [0; PREFACE];
        file.read_exact_at(&mut bytes, 0).map_err(failed)?;
        let preface = Self::parse(&bytes).ok_or(IndexError::Damaged("its preface is wrong"))?;
        if preface.length == length { Ok(preface) } else { Err(IndexError::Damaged("its length is wrong")) }
    }

    fn parse(bytes: &[u8; PREFACE]) -> Option<Self> {
        let mut rest = checked(bytes)?.strip_prefix(MAGIC)?;
        let mut number = || {
            let (front, after) = rest.split_first_chunk::<8>()?;
            rest = after;
            Some(u64::from_le_bytes(*front))
        };
        Some(Self { length: number()?, files: number()?, symbols: number()? })
    }
}

/// A block's bytes, head first. None where a part is longer than any reader would take.
pub(super) fn block(names: &[u8], details: &[u8]) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(HEAD + names.len() + details.len());
    for part in [names, details] {
        let length = u32::try_from(part.len()).ok().filter(|length| *length <= LONGEST)?;
        out.extend_from_slice(&length.to_le_bytes());
        out.extend_from_slice(&crc32fast::hash(part).to_le_bytes());
    }
    let check = crc32fast::hash(&out);
    out.extend_from_slice(&check.to_le_bytes());
    out.extend_from_slice(names);
    out.extend_from_slice(details);
    Some(out)
}

impl Block {
    /// The block at an offset; none at the end of the file.
    pub(super) fn read(file: &File, at: u64, end: u64) -> Result<Option<Self>, IndexError> {
        if at == end {
            return Ok(None);
        }
        let mut bytes = [0; HEAD];
        file.read_exact_at(&mut bytes, at).map_err(|error| IndexError::Io("read", error))?;
        let block = Self::parse(&bytes, at).filter(|block| block.next() <= end);
        block.map(Some).ok_or(IndexError::Damaged("a block's head is wrong"))
    }

    fn parse(bytes: &[u8; HEAD], at: u64) -> Option<Self> {
        let mut rest = checked(bytes)?;
        let mut part = || {
            let (length, after) = rest.split_first_chunk::<4>()?;
            let (crc, after) = after.split_first_chunk::<4>()?;
            rest = after;
            let part = Part { length: u32::from_le_bytes(*length), crc: u32::from_le_bytes(*crc) };
            (part.length <= LONGEST).then_some(part)
        };
        Some(Self { at: at.checked_add(HEAD as u64)?, names: part()?, details: part()? })
    }

    /// Where the next block begins.
    pub(super) fn next(&self) -> u64 {
        self.details_at().saturating_add(self.details.length.into())
    }

    fn details_at(&self) -> u64 {
        self.at.saturating_add(self.names.length.into())
    }

    pub(super) fn names(&self, file: &File, out: &mut Vec<u8>) -> Result<(), IndexError> {
        self.names.read(file, self.at, out)
    }

    pub(super) fn details(&self, file: &File, out: &mut Vec<u8>) -> Result<(), IndexError> {
        self.details.read(file, self.details_at(), out)
    }
}

impl Part {
    fn read(self, file: &File, at: u64, out: &mut Vec<u8>) -> Result<(), IndexError> {
        out.resize(self.length as usize, 0);
        file.read_exact_at(out, at).map_err(|error| IndexError::Io("read", error))?;
        if crc32fast::hash(out) == self.crc { Ok(()) } else { Err(IndexError::Damaged("a block is wrong")) }
    }
}

/// The bytes before a checksum, if it is theirs.
fn checked(bytes: &[u8]) -> Option<&[u8]> {
    let (covered, check) = bytes.split_last_chunk::<4>()?;
    (crc32fast::hash(covered) == u32::from_le_bytes(*check)).then_some(covered)
}
