//! Where the objects of manifests are kept, and how they are read back, checked.

use std::sync::LazyLock;

use code::{
    hash::Digest,
    limits::Limits,
    manifest::{Extractor, Root},
};
use futures::TryStreamExt;

use super::objects::{Key, Objects, StorageError};

/// What the keys of manifests' objects begin with.
pub const PREFIX: &str = "manifests/";

/// No object of a manifest is larger.
pub const MOST_BYTES: u64 = 256 << 20;

/// The identity of what makes manifests in this version of the program.
pub fn extractor() -> String {
    static EXTRACTOR: LazyLock<String> = LazyLock::new(|| {
        let fingerprint = Extractor::current(Limits::default()).fingerprint();
        fingerprint.map(|digest| digest.to_string()).unwrap_or_default()
    });
    EXTRACTOR.clone()
}

/// Where the object of this digest lives; `None` for what is no digest.
pub fn key(digest: &str) -> Option<Key> {
    let digest: Digest = digest.parse().ok()?;
    let digest = digest.to_string();
    Key::parse(&format!("{PREFIX}{}/{digest}", digest.get(..2)?))
}

/// The digest of the object that lives there; `None` for what is no object of a manifest.
pub fn digest(key: &Key) -> Option<&str> {
    let (_, digest) = key.as_str().strip_prefix(PREFIX)?.split_once('/')?;
    digest.parse::<Digest>().ok().map(|_| digest)
}

/// The objects that the manifest with this root is made of, the root among them; `None` where the root is lost or
/// damaged, so that nobody can read the manifest any more.
pub async fn named(objects: &dyn Objects, root: &str) -> Result<Option<Vec<String>>, StorageError> {
    let bytes = match read(objects, root).await {
        Err(StorageError::NotFound) => return Ok(None),
        bytes => bytes?,
    };
    let parsed = root.parse().ok().and_then(|digest| Root::parse(&bytes, digest).ok());
    Ok(parsed.map(|parsed| {
        let shards = parsed.shards.iter().map(|shard| shard.digest.to_string());
        shards.chain([root.to_owned()]).collect()
    }))
}

/// Whether every object of the manifest with this root is there.
pub async fn is_whole(objects: &dyn Objects, root: &str) -> Result<bool, StorageError> {
    let Some(named) = named(objects, root).await? else { return Ok(false) };
    for digest in named {
        let key = key(&digest).ok_or(StorageError::NotFound)?;
        match objects.head(&key).await {
            Ok(_) => {}
            Err(StorageError::NotFound) => return Ok(false),
            Err(error) => return Err(error),
        }
    }
    Ok(true)
}

/// Reads an object whole. Its content is for the caller to check.
pub async fn read(objects: &dyn Objects, digest: &str) -> Result<Vec<u8>, StorageError> {
    let key = key(digest).ok_or(StorageError::NotFound)?;
    let stream = objects.get_range(&key, None).await?;
    let bytes = stream.try_fold(Vec::new(), |mut bytes, chunk| async move {
        bytes.extend_from_slice(&chunk);
        Ok(bytes)
    });
    Ok(bytes.await?)
}
