//! Kinds of file: what the mode, the attributes and the first bytes say before anything is parsed.

use serde::{Deserialize, Serialize};

use crate::hash::Digest;

/// How many bytes at the front are looked at for a NUL; Git looks at as many.
pub const SNIFF: usize = 8_000;

/// The longest a Git LFS pointer may be, in bytes, by its specification.
const POINTER_LIMIT: usize = 1_024;

const POINTER_VERSION: &str = "https://git-lfs.github.com/spec/v1";

/// What an entry of a tree is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// No NUL in the first 8,000 bytes, and no larger than the limit. The only kind that is parsed.
    Text,
    /// A NUL in the first 8,000 bytes, or the attribute `binary`.
    Binary,
    /// A symbolic link: its target text is hashed and never followed.
    Symlink,
    /// A commit of another repository: no content here, its size counts as 0.
    Submodule,
    /// A Git LFS pointer: what it points at is recorded and not downloaded.
    Lfs,
    /// Text over the limit: hashed and counted in passing, not parsed.
    TooLarge,
}

/// What Git's file mode says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// A regular file, executable or not.
    File,
    /// A symbolic link.
    Symlink,
    /// A commit of another repository.
    Submodule,
}

impl Mode {
    /// Reads the type bits. Whatever is neither a link nor a submodule is treated as a file.
    pub fn of(mode: u32) -> Self {
        match mode & 0o170_000 {
            0o120_000 => Self::Symlink,
            0o160_000 => Self::Submodule,
            _ => Self::File,
        }
    }
}

/// Where the content of a Git LFS file is (specification of the pointer file, version 1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct LfsPointer {
    /// SHA-256 of the content that is elsewhere.
    pub oid: Digest,
    /// Its length in bytes.
    pub size: u64,
}

/// Whether Git would call this content binary, given its first bytes.
pub fn is_binary(front: &[u8]) -> bool {
    memchr::memchr(0, front.get(..SNIFF).unwrap_or(front)).is_some()
}

impl LfsPointer {
    /// Reads a pointer file: `version` first, then `oid` and `size`, other keys ignored.
    /// Anything else, and anything of 1,024 bytes or more, is not a pointer.
    pub fn parse(content: &[u8]) -> Option<Self> {
        if content.len() >= POINTER_LIMIT || !content.starts_with(b"version ") {
            return None;
        }
        let text = std::str::from_utf8(content).ok()?;
        let mut lines = text.lines();
        if lines.next()?.strip_prefix("version ")? != POINTER_VERSION {
            return None;
        }
        let (mut oid, mut size) = (None, None);
        for line in lines {
            match line.split_once(' ')? {
                ("oid", value) => oid = Some(value.strip_prefix("sha256:")?.parse().ok()?),
                ("size", value) => size = Some(value.parse().ok()?),
                _ => {}
            }
        }
        Some(Self { oid: oid?, size: size? })
    }
}
