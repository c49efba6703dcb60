//! The digest of a commit's content, apart from what any extractor makes of it.

use crate::{
    blob::BlobId,
    hash::{Digest, Hasher},
};

/// SHA-256 over mode, content, size and path of every file, in the order of raw path bytes.
///
/// The bytes that go in are, once, the 28 ASCII bytes `hivesync.manifest.content/1\n`, then for each file
/// * the mode, 4 bytes, big-endian;
/// * 32 bytes: SHA-256 of the content; for a submodule, which has none, SHA-256 of its commit's 40
///   hexadecimal digits;
/// * the size in bytes, 8 bytes, big-endian, 0 for a submodule;
/// * the path's length in bytes, 8 bytes, big-endian, and the path.
#[derive(Debug, Clone)]
pub struct ContentDigest(Hasher);

impl Default for ContentDigest {
    fn default() -> Self {
        let mut hasher = Hasher::default();
        hasher.update(b"hivesync.manifest.content/1\n");
        Self(hasher)
    }
}

impl ContentDigest {
    /// Adds the next file. The caller keeps the order.
    pub fn add(&mut self, mode: u32, id: &BlobId, sha256: Option<&Digest>, size: u64, path: &[u8]) {
        let content = sha256.copied().unwrap_or_else(|| Digest::of(id.to_string().as_bytes()));
        self.0.update(&mode.to_be_bytes());
        self.0.update(&content.0);
        self.0.update(&size.to_be_bytes());
        self.0.update(&(path.len() as u64).to_be_bytes());
        self.0.update(path);
    }

    /// The digest of all that was added.
    pub fn finish(self) -> Digest {
        self.0.finish()
    }
}
