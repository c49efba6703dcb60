//! One file of a commit, whole or by lines.

use std::ops::RangeInclusive;

use gix::objs::Kind as ObjectKind;
use serde::{Deserialize, Serialize};

use super::{Kind, ReadError, Reader, RepoPath, read_object, root_tree, tree::find};
use crate::id::{CommitId, ObjectId};

/// What a path leads to, when it is not a folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Content {
    /// Bytes of this repository.
    File(File),
    /// A commit of another repository, which is not fetched.
    Submodule(CommitId),
}

/// A file's bytes and what is known of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct File {
    /// From the root of the repository, raw.
    pub path: Vec<u8>,
    /// File, executable or symlink.
    pub kind: Kind,
    /// Git's mode.
    pub mode: u32,
    /// The blob.
    pub id: ObjectId,
    /// In bytes.
    pub size: u64,
    /// The content; of a symlink, its target as text.
    pub bytes: Vec<u8>,
}

/// What is known of a file without reading it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileStat {
    /// From the root of the repository, raw.
    pub path: Vec<u8>,
    /// File, executable or symlink.
    pub kind: Kind,
    /// The blob.
    pub id: ObjectId,
    /// In bytes.
    pub size: u64,
}

/// A range of a file's lines.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lines {
    /// The blob.
    pub id: ObjectId,
    /// The first line, from 1.
    pub first: usize,
    /// The last line; less than asked for where the file ends before.
    pub last: usize,
    /// Lines of the whole file.
    pub total: usize,
    /// The lines with their ends.
    pub bytes: Vec<u8>,
}

impl Reader {
    /// The file at `path`, if it has at most `limit` bytes. A symlink is answered as itself, never followed: neither
    /// at the end of the path nor on the way.
    pub fn file(&self, commit: CommitId, path: &RepoPath, limit: u64) -> Result<Content, ReadError> {
        let repo = self.local();
        let Some((kind, id)) = find(&repo, root_tree(&repo, commit)?, path)? else {
            return Err(ReadError::NotFound);
        };
        match kind {
            Kind::Directory => return Err(ReadError::WrongKind { wanted: "file" }),
            Kind::Submodule => return Ok(Content::Submodule(id.into())),
            Kind::File | Kind::Executable | Kind::Symlink => {}
        }
        let mut bytes = Vec::new();
        read_object(&repo, id, ObjectKind::Blob, limit, &mut bytes)?;
        let size = bytes.len() as u64;
        Ok(Content::File(File { path: path.as_bytes().to_vec(), kind, mode: kind.mode(), id: id.into(), size, bytes }))
    }

    /// What is known of the file at `path`, whatever its size; as for [`Reader::file`], nothing is followed.
    pub fn stat(&self, commit: CommitId, path: &RepoPath) -> Result<FileStat, ReadError> {
        let repo = self.local();
        let Some((kind, id)) = find(&repo, root_tree(&repo, commit)?, path)? else {
            return Err(ReadError::NotFound);
        };
        if !kind.is_blob() {
            return Err(ReadError::WrongKind { wanted: "file" });
        }
        let size = repo.find_header(id).map_err(ReadError::damaged)?.size();
        Ok(FileStat { path: path.as_bytes().to_vec(), kind, id: id.into(), size })
    }

    /// Lines of the file at `path`, counted from 1, both ends included. A line ends with LF, the last one perhaps
    /// without. The whole file is read, so it is held to `limit` bytes.
    pub fn lines(
        &self,
        commit: CommitId,
        path: &RepoPath,
        range: RangeInclusive<usize>,
        limit: u64,
    ) -> Result<Lines, ReadError> {
        match self.file(commit, path, limit)? {
            Content::File(file) => cut(&file, &range),
            Content::Submodule(_) => Err(ReadError::WrongKind { wanted: "file" }),
        }
    }
}

fn cut(file: &File, range: &RangeInclusive<usize>) -> Result<Lines, ReadError> {
    let total = file.bytes.split_inclusive(|byte| *byte == b'\n').count();
    let (first, last) = (*range.start(), (*range.end()).min(total));
    if first == 0 || first > last {
        return Err(ReadError::NoSuchLines);
    }
    let lines = file.bytes.split_inclusive(|byte| *byte == b'\n').skip(first - 1).take(last - first + 1);
    let bytes = lines.flatten().copied().collect();
    Ok(Lines { id: file.id, first, last, total, bytes })
}
