//! Trees that live in memory, for tests and benches: a source of blobs, and a place for shards.
#![allow(dead_code, unreachable_pub, reason = "each test uses its part")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that cannot go on should stop")]

use std::{
    collections::BTreeMap,
    fs, io,
    num::NonZeroUsize,
    path::PathBuf,
    sync::atomic::{AtomicBool, AtomicUsize, Ordering},
};

use code::{
    blob::{BlobError, BlobId, BlobReader, BlobSource, Entry},
    facts::Store,
    hash::Digest,
    limits::Limits,
    manifest::{Build, BuildError, Built, Extractor, FileRecord, Root, Shard, ShardSink, ShardSource, build},
};

/// Files by path, and how often a blob was asked for.
#[derive(Default)]
pub struct Tree {
    pub entries: Vec<Entry>,
    blobs: BTreeMap<BlobId, Vec<u8>>,
    pub reads: AtomicUsize,
}

impl Tree {
    pub fn of<'a>(files: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        let mut tree = Self::default();
        for (path, content) in files {
            tree.add(path.as_bytes(), 0o100_644, content.as_bytes());
        }
        tree
    }

    /// Adds a file, or replaces the one at its path.
    pub fn add(&mut self, path: &[u8], mode: u32, content: &[u8]) {
        self.entries.retain(|entry| entry.path != path);
        self.put(path, mode, content);
    }

    /// Adds a file whose path is not there yet.
    pub fn put(&mut self, path: &[u8], mode: u32, content: &[u8]) {
        let digest = Digest::of(content).0;
        let id = BlobId(*digest.first_chunk().unwrap());
        self.blobs.insert(id, content.to_vec());
        self.entries.push(Entry { path: path.to_vec(), mode, id });
    }

    pub fn lose(&mut self, path: &str) {
        let entry = self.entries.iter().find(|entry| entry.path == path.as_bytes()).unwrap();
        self.blobs.remove(&entry.id);
    }

    pub fn reads(&self) -> usize {
        self.reads.swap(0, Ordering::Relaxed)
    }
}

pub struct Reader<'t>(&'t Tree);

impl<'t> BlobSource for &'t Tree {
    type Reader = Reader<'t>;

    fn reader(&self) -> Result<Reader<'t>, BlobError> {
        Ok(Reader(self))
    }
}

impl Reader<'_> {
    fn get(&self, id: &BlobId) -> Result<&[u8], BlobError> {
        self.0.blobs.get(id).map(Vec::as_slice).ok_or(BlobError::Missing { id: *id })
    }
}

impl BlobReader for Reader<'_> {
    fn size(&mut self, id: &BlobId) -> Result<u64, BlobError> {
        Ok(self.get(id)?.len() as u64)
    }

    fn read(&mut self, id: &BlobId, out: &mut Vec<u8>) -> Result<(), BlobError> {
        self.0.reads.fetch_add(1, Ordering::Relaxed);
        out.clear();
        out.extend_from_slice(self.get(id)?);
        Ok(())
    }

    fn stream(&mut self, id: &BlobId, sink: &mut dyn FnMut(&[u8])) -> Result<(), BlobError> {
        self.0.reads.fetch_add(1, Ordering::Relaxed);
        self.get(id)?.chunks(64 * 1024).for_each(sink);
        Ok(())
    }
}

/// Shards in memory.
#[derive(Default, Clone, PartialEq, Eq, Debug)]
pub struct Shards(pub BTreeMap<Digest, Vec<u8>>);

impl ShardSink for Shards {
    fn has(&mut self, digest: &Digest) -> io::Result<bool> {
        Ok(self.0.contains_key(digest))
    }

    fn put(&mut self, digest: Digest, compressed: &[u8]) -> io::Result<()> {
        self.0.insert(digest, compressed.to_vec());
        Ok(())
    }
}

impl ShardSource for Shards {
    fn get(&mut self, digest: &Digest) -> io::Result<Vec<u8>> {
        self.0.get(digest).cloned().ok_or(io::ErrorKind::NotFound.into())
    }
}

pub const COMMIT: &str = "1111111111111111111111111111111111111111";
pub const TREE: &str = "2222222222222222222222222222222222222222";

/// A build with the given number of threads.
pub fn made(tree: &Tree, threads: usize, facts: &mut Store, shards: &mut Shards) -> Result<Built, BuildError> {
    let request = Build {
        commit: COMMIT,
        tree: TREE,
        entries: tree.entries.clone(),
        threads: NonZeroUsize::new(threads).unwrap(),
        limits: Limits::default(),
        cancel: &AtomicBool::new(false),
    };
    build(request, &tree, facts, shards, &|_| ())
}

/// A build with nothing known before, and its shards.
pub fn cold(tree: &Tree, threads: usize) -> (Built, Shards) {
    let folder = tempfile::tempdir().unwrap();
    let mut facts = Store::open(folder.path(), &Extractor::current(Limits::default())).unwrap();
    let mut shards = Shards::default();
    let built = made(tree, threads, &mut facts, &mut shards).unwrap();
    (built, shards)
}

/// All records of a manifest.
pub fn records(built: &Built, shards: &Shards) -> Vec<FileRecord> {
    let root = Root::parse(&built.root_json, built.manifest_digest).unwrap();
    let shards =
        root.shards.iter().flat_map(|entry| Shard::read(&shards.0[&entry.digest], entry).unwrap().records().unwrap());
    shards.collect()
}

/// The one record of a tree of one file.
pub fn record(path: &str, content: &[u8]) -> FileRecord {
    let mut tree = Tree::default();
    tree.add(path.as_bytes(), 0o100_644, content);
    let (built, shards) = cold(&tree, 1);
    records(&built, &shards).remove(0)
}

/// All files below the folder that `CODE_BENCH_TREE` names, and how many bytes they have.
pub fn given() -> Option<(Tree, u64)> {
    let root = PathBuf::from(std::env::var_os("CODE_BENCH_TREE")?);
    let (mut tree, mut bytes, mut folders) = (Tree::default(), 0, vec![root.clone()]);
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let (path, kind) = entry.map(|entry| (entry.path(), entry.file_type().unwrap())).unwrap();
            if kind.is_dir() && !path.ends_with(".git") {
                folders.push(path);
            } else if kind.is_file() {
                let content = fs::read(&path).unwrap();
                bytes += content.len() as u64;
                tree.put(path.strip_prefix(&root).unwrap().as_os_str().as_encoded_bytes(), 0o100_644, &content);
            }
        }
    }
    Some((tree, bytes))
}
