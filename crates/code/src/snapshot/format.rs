//! The bytes of a snapshot's head and index.
//!
//! Head, 40 bytes: magic 8, offset of the index 8, its length 8, number of files 8, CRC-32 of the index 4,
//! CRC-32 of the 36 bytes before 4. Index, for each file in the order of paths: length of the path 4, blob
//! id 20, offset 8, length 4, whether it is text 1, the path. Integers are little-endian.

use std::{fs::File, os::unix::fs::FileExt};

use super::SnapshotError;
use crate::blob::BlobId;

pub(super) const HEAD: usize = 40;
const MAGIC: &[u8; 8] = b"HSSNAP01";

/// Bytes of an index entry besides its path.
const FIXED: usize = 37;

/// One file in a snapshot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileEntry {
    /// Raw bytes of the path.
    pub path: Vec<u8>,
    /// The blob.
    pub id: BlobId,
    /// Where its text begins in the file of the snapshot.
    pub offset: u64,
    /// Bytes of the text.
    pub length: u32,
    /// Whether there is a text; otherwise offset and length mean nothing.
    pub is_text: bool,
}

/// The index's bytes.
pub(super) fn index(files: &[FileEntry]) -> Vec<u8> {
    let mut out = Vec::new();
    for file in files {
        out.extend_from_slice(&u32::try_from(file.path.len()).unwrap_or(u32::MAX).to_le_bytes());
        out.extend_from_slice(&file.id.0);
        out.extend_from_slice(&file.offset.to_le_bytes());
        out.extend_from_slice(&file.length.to_le_bytes());
        out.push(u8::from(file.is_text));
        out.extend_from_slice(&file.path);
    }
    out
}

/// The head's bytes.
pub(super) fn head(offset: u64, index: &[u8], files: usize) -> Vec<u8> {
    let mut out = MAGIC.to_vec();
    out.extend_from_slice(&offset.to_le_bytes());
    out.extend_from_slice(&(index.len() as u64).to_le_bytes());
    out.extend_from_slice(&(files as u64).to_le_bytes());
    out.extend_from_slice(&crc32fast::hash(index).to_le_bytes());
    let check = crc32fast::hash(&out);
    out.extend_from_slice(&check.to_le_bytes());
    out
}

/// Reads and checks head and index.
pub(super) fn read_index(file: &File) -> Result<Vec<FileEntry>, SnapshotError> {
    let short = |error| SnapshotError::Io("read", error);
    let length = file.metadata().map_err(short)?.len();
    let mut head = [0; HEAD];
    if length < HEAD as u64 {
        return Err(SnapshotError::Damaged("it is too short"));
    }
    file.read_exact_at(&mut head, 0).map_err(short)?;
    let damaged = || SnapshotError::Damaged("its head is wrong");
    let (offset, size, files, crc) = parse_head(&head).ok_or_else(damaged)?;
    if offset.checked_add(size) != Some(length) {
        return Err(SnapshotError::Damaged("its length is wrong"));
    }
    let mut bytes = vec![0; usize::try_from(size).ok().ok_or_else(damaged)?];
    file.read_exact_at(&mut bytes, offset).map_err(short)?;
    if crc32fast::hash(&bytes) != crc {
        return Err(SnapshotError::Damaged("its index is wrong"));
    }
    let mut rest = bytes.as_slice();
    let mut out = Vec::with_capacity(usize::try_from(files).unwrap_or(0).min(bytes.len() / FIXED));
    let mut texts = HEAD as u64;
    while !rest.is_empty() {
        let entry = take_entry(&mut rest).filter(|entry| follows(entry, &mut texts, offset));
        out.push(entry.ok_or(SnapshotError::Damaged("an entry of its index is wrong"))?);
    }
    if out.is_sorted_by(|a: &FileEntry, b| a.path < b.path) {
        Ok(out)
    } else {
        Err(SnapshotError::Damaged("its index is out of order"))
    }
}

/// Whether the entry's text lies behind all before it, which end at `texts`, and before the index at `index`.
fn follows(entry: &FileEntry, texts: &mut u64, index: u64) -> bool {
    let end = entry.offset.checked_add(u64::from(entry.length) + 1);
    match end.filter(|end| entry.offset >= *texts && *end <= index) {
        Some(end) if entry.is_text => {
            *texts = end;
            true
        }
        _ => !entry.is_text,
    }
}

fn parse_head(head: &[u8; HEAD]) -> Option<(u64, u64, u64, u32)> {
    let (covered, check) = head.split_last_chunk::<4>()?;
    if crc32fast::hash(covered) != u32::from_le_bytes(*check) {
        return None;
    }
    let mut rest = covered.strip_prefix(MAGIC)?;
    let (offset, size, files) = (take_u64(&mut rest)?, take_u64(&mut rest)?, take_u64(&mut rest)?);
    Some((offset, size, files, take_u32(&mut rest)?))
}

fn take_entry(rest: &mut &[u8]) -> Option<FileEntry> {
    let path = take_u32(rest)? as usize;
    let id = BlobId(take(rest)?);
    let (offset, length) = (take_u64(rest)?, take_u32(rest)?);
    let [is_text] = take(rest)?;
    let (path, after) = rest.split_at_checked(path)?;
    *rest = after;
    Some(FileEntry { path: path.to_vec(), id, offset, length, is_text: is_text == 1 })
}

fn take_u32(rest: &mut &[u8]) -> Option<u32> {
    take(rest).map(u32::from_le_bytes)
}

fn take_u64(rest: &mut &[u8]) -> Option<u64> {
    take(rest).map(u64::from_le_bytes)
}

fn take<const N: usize>(rest: &mut &[u8]) -> Option<[u8; N]> {
    let (front, after) = rest.split_first_chunk::<N>()?;
    *rest = after;
    Some(*front)
}
