//! Objects: immutable bytes under a key, streamed both ways. What keeps them implements [`Objects`].

use std::{fmt, io, ops::Range, time::Duration};

use async_trait::async_trait;
use bytes::Bytes;
use futures::stream::BoxStream;

use crate::{clock::Timestamp, domain::failure::Failure};

/// Bytes as they flow; an error ends them.
pub type ByteStream = BoxStream<'static, io::Result<Bytes>>;

/// An object's name: parts of `a-z`, `0-9`, `-`, `_`, `.` with slashes between, so it is safe as a path and as an
/// S3 key. Made by the service, never from a user's text.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key(String);

impl Key {
    /// `None` for text that is no key.
    pub fn parse(text: &str) -> Option<Self> {
        let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '-' | '_' | '.');
        let part = |part: &str| !part.is_empty() && !part.starts_with('.') && part.chars().all(plain);
        (text.len() <= 512 && text.split('/').all(part)).then(|| Self(text.to_owned()))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What is known of an object without reading it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stat {
    /// Its name.
    pub key: Key,
    /// Bytes.
    pub size: u64,
    /// When it was put.
    pub put_at: Timestamp,
}

/// Some of the objects, in the order of their keys.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListPage {
    /// At most as many as were asked for.
    pub objects: Vec<Stat>,
    /// There may be more after this key.
    pub next: Option<Key>,
}

/// Why an object could not be kept or read.
#[derive(Debug, thiserror::Error)]
pub enum StorageError {
    /// There is no such object.
    #[error("object not found")]
    NotFound,
    /// The disk, or the quota behind it, is full.
    #[error("storage is full")]
    Full,
    /// More bytes than were allowed.
    #[error("object is too large")]
    TooLarge,
    /// The one who sends stopped, or sent an error.
    #[error("the upload broke off: {0}")]
    Interrupted(#[source] io::Error),
    /// Something else; the source says what.
    #[error("storage failed: {0}")]
    Failed(#[source] io::Error),
}

impl From<io::Error> for StorageError {
    fn from(error: io::Error) -> Self {
        let kind = error.kind();
        if kind == io::ErrorKind::NotFound {
            Self::NotFound
        } else if matches!(kind, io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded) {
            Self::Full
        } else {
            Self::Failed(error)
        }
    }
}

impl From<StorageError> for Failure {
    fn from(error: StorageError) -> Self {
        match error {
            StorageError::Full => Self::StorageFull,
            StorageError::NotFound
            | StorageError::TooLarge
            | StorageError::Interrupted(_)
            | StorageError::Failed(_) => Self::Dependency(error.into()),
        }
    }
}

/// Keeps objects. A put object is whole or not there; it is never seen half written.
#[async_trait]
pub trait Objects: Send + Sync {
    /// Keeps what flows, at most `most` bytes, under `key`, and says how many bytes that were. An object that is
    /// there already is replaced at once or not at all. When this future is dropped, nothing is kept.
    async fn put_stream(&self, key: &Key, bytes: ByteStream, most: u64) -> Result<u64, StorageError>;

    /// Reads the bytes of `range`, cut to the object's size; all of them without one.
    async fn get_range(&self, key: &Key, range: Option<Range<u64>>) -> Result<ByteStream, StorageError>;

    /// What is known of it.
    async fn head(&self, key: &Key) -> Result<Stat, StorageError>;

    /// Removes it; one that is not there is removed already.
    async fn delete(&self, key: &Key) -> Result<(), StorageError>;

    /// Removes it if it was put before `moment`, and says whether it did. One that is put again at the same time is
    /// either removed before that, or stays.
    async fn delete_older(&self, key: &Key, moment: Timestamp) -> Result<bool, StorageError>;

    /// Lists at most `limit` objects whose keys begin with `prefix` and come after `after`, sorted by key.
    async fn list_page(&self, prefix: &str, after: Option<&Key>, limit: usize) -> Result<ListPage, StorageError>;

    /// A link that reads the object without us, where the store can give one.
    async fn presign_get(&self, key: &Key, life: Duration) -> Result<Option<String>, StorageError>;

    /// Removes what uploads that never ended left behind `age` ago or longer. Says how many there were.
    async fn sweep_incomplete(&self, age: Duration) -> Result<usize, StorageError>;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_cannot_leave_their_place() {
        assert!(Key::parse("manifests/ab/ab12.zst").is_some());
        for text in ["", "/etc", "a//b", "../a", "a/..", "a/.hidden", "a b", "A", "a\0", "a/", &"a".repeat(513)] {
            assert!(Key::parse(text).is_none(), "{text:?}");
        }
    }
}
