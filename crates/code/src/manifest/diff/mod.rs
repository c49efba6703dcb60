//! What leads from one manifest to another: files and symbols, with what has moved found again.
//!
//! Shards that both manifests have are not read. The others are read side by side, one of each at a time.

mod files;
mod symbols;

use std::collections::HashSet;

use super::{
    read::{ReadError, ShardSource, shard},
    record::FileRecord,
    root::{Root, ShardEntry},
};
use crate::{blob::BlobId, hash::Digest, kind::Kind, symbols::SymbolKind};

use self::{files::Files, symbols::Symbols};

/// How much of a difference is listed.
#[derive(Debug, Clone, Copy)]
pub struct DiffLimits {
    /// Files in each list. Those beyond are not looked at for renames.
    pub files: usize,
    /// Symbols in each list. Those beyond are not looked at for moves.
    pub symbols: usize,
}

/// What leads from one manifest to another. Lists are in the order of paths and places.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ManifestDiff {
    /// By path.
    pub files: FileChanges,
    /// By path and descriptor.
    pub symbols: SymbolChanges,
    /// A list is shorter than its count.
    pub truncated: bool,
    /// Shards of either manifest that were read.
    pub shards_read: u64,
}

/// Files that differ.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FileChanges {
    /// Only in the second manifest.
    pub added: Vec<FileSide>,
    /// Only in the first.
    pub removed: Vec<FileSide>,
    /// In both at the same path, with another mode or content: before and after.
    pub changed: Vec<(FileSide, FileSide)>,
    /// Gone from one path and come at another.
    pub renamed: Vec<RenamedFile>,
    /// All of them.
    pub counts: FileCounts,
}

/// How many files differ.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct FileCounts {
    /// Only in the second manifest.
    pub added: u64,
    /// Only in the first.
    pub removed: u64,
    /// At the same path.
    pub changed: u64,
    /// At another path.
    pub renamed: u64,
}

/// A file in one of the manifests.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileSide {
    /// Raw bytes of the path.
    pub path: Vec<u8>,
    /// Git's file mode.
    pub mode: u32,
    /// The blob, or a submodule's commit.
    pub blob_id: BlobId,
    /// SHA-256 of the content; absent for a submodule.
    pub sha256: Option<Digest>,
    /// Bytes; 0 for a submodule.
    pub size: u64,
    /// What it is.
    pub kind: Kind,
    /// Linguist's name of the language.
    pub language: Option<String>,
}

/// A file that was found again at another path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RenamedFile {
    /// In the first manifest.
    pub from: FileSide,
    /// In the second.
    pub to: FileSide,
    /// In percent: 100 is the same content; less is the share of symbols whose bodies are the same, at least 50.
    pub similarity: u8,
}

/// Symbols that differ. Those of a file that was renamed and is the same otherwise do not.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SymbolChanges {
    /// Only in the second manifest.
    pub added: Vec<SymbolSide>,
    /// Only in the first.
    pub removed: Vec<SymbolSide>,
    /// With the same descriptor in the same file, or in one that was renamed, and another body: before and after.
    pub changed: Vec<(SymbolSide, SymbolSide)>,
    /// With the same body under another descriptor or in another file; only where no other symbol that came or went
    /// has that body too.
    pub moved: Vec<(SymbolSide, SymbolSide)>,
    /// All of the files that are listed.
    pub counts: SymbolCounts,
}

/// How many symbols differ.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct SymbolCounts {
    /// Only in the second manifest.
    pub added: u64,
    /// Only in the first.
    pub removed: u64,
    /// With another body.
    pub changed: u64,
    /// At another place.
    pub moved: u64,
}

/// A symbol in one of the manifests.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SymbolSide {
    /// Raw bytes of its file's path.
    pub path: Vec<u8>,
    /// The path of names that leads to it in its file.
    pub descriptor: String,
    /// What it is.
    pub kind: SymbolKind,
    /// First line, from 1.
    pub start_line: u32,
    /// Last line.
    pub end_line: u32,
    /// SHA-256 of the declaration.
    pub body_sha256: Digest,
}

/// What leads from the manifest `from` to the manifest `to`; their shards come from the same source.
///
/// The same manifests and limits give the same difference. Memory holds one shard of each manifest and what is
/// listed.
pub fn diff(
    from: &Root,
    to: &Root,
    source: &mut impl ShardSource,
    limits: DiffLimits,
) -> Result<ManifestDiff, ReadError> {
    let of = |root: &Root| root.shards.iter().map(|shard| shard.digest).collect::<HashSet<_>>();
    let (before, after) = (of(from), of(to));
    let (mut old, mut new) = (Side::without(from, &after), Side::without(to, &before));
    let (mut files, mut symbols) = (Files::new(limits), Symbols::new(limits));
    let (mut left, mut right) = (old.next(source)?, new.next(source)?);
    loop {
        match (left.take(), right.take()) {
            (None, None) => break,
            (Some(gone), None) => files.remove(gone),
            (None, Some(come)) => files.add(come),
            (Some(gone), Some(come)) if gone.path < come.path => {
                files.remove(gone);
                right = Some(come);
            }
            (Some(gone), Some(come)) if gone.path > come.path => {
                files.add(come);
                left = Some(gone);
            }
            (Some(before), Some(after)) => {
                symbols.compare(&before, &after);
                files.compare(&before, &after);
            }
        }
        if left.is_none() {
            left = old.next(source)?;
        }
        if right.is_none() {
            right = new.next(source)?;
        }
    }
    let (files, files_cut) = files.finish(&mut symbols);
    let (symbols, symbols_cut) = symbols.finish();
    Ok(ManifestDiff { files, symbols, truncated: files_cut || symbols_cut, shards_read: old.read + new.read })
}

/// The files of one manifest that the other need not have too, in the order of their paths.
struct Side<'m> {
    shards: Vec<&'m ShardEntry>,
    files: std::vec::IntoIter<FileRecord>,
    read: u64,
}

impl<'m> Side<'m> {
    fn without(root: &'m Root, others: &HashSet<Digest>) -> Self {
        // Taken from the end.
        let shards = root.shards.iter().rev().filter(|shard| !others.contains(&shard.digest)).collect();
        Self { shards, files: Vec::new().into_iter(), read: 0 }
    }

    fn next(&mut self, source: &mut impl ShardSource) -> Result<Option<FileRecord>, ReadError> {
        loop {
            if let Some(file) = self.files.next() {
                return Ok(Some(file));
            }
            let Some(entry) = self.shards.pop() else { return Ok(None) };
            self.files = shard(source, entry)?.records()?.into_iter();
            self.read += 1;
        }
    }
}

impl FileSide {
    fn of(file: &FileRecord) -> Self {
        Self {
            path: file.path.clone(),
            mode: file.mode,
            blob_id: file.blob_id,
            sha256: file.sha256,
            size: file.size,
            kind: file.kind,
            language: file.language.clone(),
        }
    }
}
