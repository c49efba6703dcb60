//! Where the bytes come from: the entries of a tree, and a source of blobs that the caller provides.

use std::{error::Error, fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::hash::{Hex, NotHex, read_hex};

/// The SHA-1 object id of a blob, or of a commit where the entry is a submodule.
/// Shown, read and serialised as 40 lower-case hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BlobId(pub [u8; 20]);

/// One file of a commit's tree, with its full path from the root.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Entry {
    /// Raw bytes as Git keeps them, `/` between directories, none at either end.
    pub path: Vec<u8>,
    /// Git's file mode, such as `0o100644`. Trees themselves are not entries.
    pub mode: u32,
    /// What the path holds.
    pub id: BlobId,
}

/// A source of blobs that several threads share; each opens a reader of its own.
pub trait BlobSource: Sync {
    /// What one thread reads with.
    type Reader: BlobReader;

    /// Opens a reader. Called once by every thread that works, on that thread.
    fn reader(&self) -> Result<Self::Reader, BlobError>;
}

/// Reads blobs by id. Never asked for the id of a submodule.
pub trait BlobReader {
    /// The number of bytes of the blob.
    fn size(&mut self, id: &BlobId) -> Result<u64, BlobError>;

    /// Replaces what `out` holds by the whole blob.
    fn read(&mut self, id: &BlobId, out: &mut Vec<u8>) -> Result<(), BlobError>;

    /// Gives the blob to `sink` from front to back, in pieces of any length.
    fn stream(&mut self, id: &BlobId, sink: &mut dyn FnMut(&[u8])) -> Result<(), BlobError>;
}

/// Why a blob could not be had.
#[derive(Debug, thiserror::Error)]
pub enum BlobError {
    /// The source does not have it: the mirror is incomplete or damaged.
    #[error("blob {id} is missing")]
    Missing {
        /// What was asked for.
        id: BlobId,
    },
    /// The source has it, or may have it, and cannot read it.
    #[error("blob {id} cannot be read")]
    Unreadable {
        /// What was asked for.
        id: BlobId,
        /// What the source says.
        source: Box<dyn Error + Send + Sync>,
    },
    /// No reader could be opened.
    #[error("the source of blobs cannot be opened")]
    Unopened(#[source] Box<dyn Error + Send + Sync>),
}

impl fmt::Display for BlobId {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(Hex::of(&self.0).as_str())
    }
}

impl fmt::Debug for BlobId {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(Hex::of(&self.0).as_str())
    }
}

impl FromStr for BlobId {
    type Err = NotHex;

    fn from_str(text: &str) -> Result<Self, NotHex> {
        read_hex(text).map(Self)
    }
}

impl Serialize for BlobId {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(Hex::of(&self.0).as_str())
    }
}

impl<'de> Deserialize<'de> for BlobId {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<str>::deserialize(from)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}
