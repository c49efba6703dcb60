//! Where proposals, patches and the recipes of applied commits are kept, each named by the digest of its bytes.

use std::io;

use bytes::Bytes;
use code::hash::Digest;
use futures::{StreamExt, TryStreamExt, stream};

use super::objects::{ByteStream, Key, Objects, StorageError};

/// What their keys begin with.
pub const PREFIX: &str = "refactors/";

/// None of them is larger: an engine child writes no longer proposals, and recipes are packed.
pub const MOST_BYTES: u64 = 256 << 20;

/// Where the object of this digest lives; `None` for what is no digest.
pub fn key(digest: &str) -> Option<Key> {
    let digest = digest.parse::<Digest>().ok()?.to_string();
    Key::parse(&format!("{PREFIX}{}/{digest}", digest.get(..2)?))
}

/// The digest of the object that lives there.
pub fn digest(key: &Key) -> Option<&str> {
    let (_, digest) = key.as_str().strip_prefix(PREFIX)?.split_once('/')?;
    digest.parse::<Digest>().ok().map(|_| digest)
}

/// Keeps bytes, and answers with their digest. They are put again even if they are there: so they are young, and nobody
/// collects them before a row names them.
pub async fn put(objects: &dyn Objects, bytes: Vec<u8>) -> Result<String, StorageError> {
    let digest = Digest::of(&bytes).to_string();
    let key = key(&digest).ok_or(StorageError::NotFound)?;
    objects.put_stream(&key, stream::iter([Ok(Bytes::from(bytes))]).boxed(), MOST_BYTES).await?;
    Ok(digest)
}

/// How many bytes an object has, and their stream.
pub async fn open(objects: &dyn Objects, digest: &str) -> Result<(u64, ByteStream), StorageError> {
    let key = key(digest).ok_or(StorageError::NotFound)?;
    let stat = objects.head(&key).await?;
    Ok((stat.size, objects.get_range(&key, None).await?))
}

/// Reads an object whole, and checks it.
pub async fn read(objects: &dyn Objects, digest: &str) -> Result<Vec<u8>, StorageError> {
    let (_, stream) = open(objects, digest).await?;
    let bytes = stream.try_fold(Vec::new(), |mut bytes, chunk| async move {
        bytes.extend_from_slice(&chunk);
        Ok(bytes)
    });
    let bytes = bytes.await?;
    if Digest::of(&bytes).to_string() == digest {
        Ok(bytes)
    } else {
        Err(StorageError::Failed(io::Error::other("an object's bytes are not what its name says")))
    }
}
