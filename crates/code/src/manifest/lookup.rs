//! Questions to one manifest: the file at a path, the symbols with a body. Shards are loaded as they are needed.

use std::collections::BTreeMap;

use super::{
    read::{ReadError, Shard, ShardSource},
    record::FileRecord,
    root::{Root, ShardEntry},
};
use crate::{anchor::Files, hash::Digest, symbols::Symbol};

/// A manifest that answers for anchors and for single files. Keeps the shard it read last, and no other.
pub struct Lookup<'m, S> {
    root: &'m Root,
    source: &'m mut S,
    renames: &'m BTreeMap<String, String>,
    last: Option<(Digest, Shard)>,
}

impl<'m, S: ShardSource> Lookup<'m, S> {
    /// Over a manifest's root, its shards, and the renames that the caller knows of, old path to new.
    pub fn new(root: &'m Root, source: &'m mut S, renames: &'m BTreeMap<String, String>) -> Self {
        Self { root, source, renames, last: None }
    }

    /// The file at a path, in raw bytes.
    pub fn file(&mut self, path: &[u8]) -> Result<Option<FileRecord>, ReadError> {
        let root = self.root;
        for entry in root.shards_under(path) {
            let found = self.shard(entry)?.records()?.into_iter().find(|file| file.path == path);
            if found.is_some() {
                return Ok(found);
            }
        }
        Ok(None)
    }

    /// The symbols with this body and the paths of their files, at most two. Reads every shard, but takes
    /// apart only those in whose bytes the digest stands.
    pub fn body(&mut self, body: &Digest) -> Result<Vec<(String, Symbol)>, ReadError> {
        let text = format!(r#""body_sha256":"{body}""#);
        let finder = memchr::memmem::Finder::new(text.as_bytes());
        let (root, mut found) = (self.root, Vec::new());
        for entry in &root.shards {
            let shard = self.shard(entry)?;
            if finder.find(shard.json()).is_none() {
                continue;
            }
            for file in shard.records()? {
                let Ok(path) = String::from_utf8(file.path) else { continue };
                let same = file.symbols.into_iter().filter(|symbol| symbol.body_sha256 == *body);
                found.extend(same.map(|symbol| (path.clone(), symbol)).take(2 - found.len()));
                if found.len() == 2 {
                    return Ok(found);
                }
            }
        }
        Ok(found)
    }

    fn shard(&mut self, entry: &ShardEntry) -> Result<Shard, ReadError> {
        if let Some((_, shard)) = self.last.as_ref().filter(|(digest, _)| *digest == entry.digest) {
            return Ok(shard.clone());
        }
        let shard = super::read::shard(self.source, entry)?;
        self.last = Some((entry.digest, shard.clone()));
        Ok(shard)
    }
}

impl<S: ShardSource> Files for Lookup<'_, S> {
    type Error = ReadError;

    fn by_path(&mut self, path: &str) -> Result<Option<FileRecord>, ReadError> {
        self.file(path.as_bytes())
    }

    fn by_body(&mut self, body: &Digest) -> Result<Vec<(String, Symbol)>, ReadError> {
        self.body(body)
    }

    fn renamed(&mut self, path: &str) -> Option<String> {
        self.renames.get(path).cloned()
    }
}
