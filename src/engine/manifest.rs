//! Makes the manifest of a commit: entries and blobs from the mirror, records from the code engine.

use std::{
    cell::Cell,
    error::Error,
    fs::{self, File},
    io::{self, Write as _},
    num::NonZeroUsize,
    path::{Path, PathBuf},
    sync::atomic::AtomicBool,
    thread::available_parallelism,
    time::{Duration, Instant},
};

use code::{
    blob::Entry,
    facts,
    hash::Digest,
    index,
    limits::Limits,
    manifest as made,
    snapshot::{Inflated, Snapshot, SnapshotError, Write, write as write_snapshot},
};

use super::{
    Made, ManifestRequest,
    tree::{self, Fault, MirrorBlobs, entries},
};

/// Extension of snapshots in the cache; the name is the commit.
pub const SNAPSHOT: &str = "snapshot";
/// Extension of the indexes of symbols beside them.
pub const SYMBOLS: &str = "symbols";
const PROGRESS_EVERY: Duration = Duration::from_millis(200);

/// Makes it, and leaves the objects in `request.out`; the snapshot and the index of symbols, in `request.cache`.
pub fn make(request: &ManifestRequest, progress: &dyn Fn(u64, u64)) -> Result<Made, Fault> {
    let other = |error: &dyn Error| Fault::other(error);
    let reader = tree::open(&request.mirror, &request.git)?;
    let root = reader.commit(request.commit).map_err(|error| Fault::corrupt(&error))?.tree.to_string();
    let entries = entries(&reader, request.commit)?;
    let mirror = MirrorBlobs(reader);
    fs::create_dir_all(&request.cache).map_err(|error| other(&error))?;
    let derived = Derived::of(request);
    // A damaged one is no reason to fail: nothing is copied then.
    let former = derived.others(SNAPSHOT).find_map(|path| Snapshot::open(&path).ok());
    let snapshot = snapshot(&derived.path(SNAPSHOT), &entries, &mirror, former.as_ref())
        .map_err(|error| Fault { corrupt: matches!(error, SnapshotError::Blob(_)), ..other(&error) })?;
    let source = Inflated::new(&snapshot, former.as_ref(), &mirror);
    let symbols = index::Writer::create(&derived.path(SYMBOLS)).map_err(|error| other(&error))?;
    let mut out = Out { directory: request.out.clone(), written: Vec::new(), symbols };
    let built = build(request, (&root, entries), &source, &mut out, progress)?;
    out.keep(built.manifest_digest, &built.root_json).map_err(|error| other(&error))?;
    let objects = out.written;
    out.symbols.finish().map_err(|error| other(&error))?;
    derived.forget_others().map_err(|error| other(&error))?;
    let counts = serde_json::to_value(&built.counts).map_err(|error| other(&error))?;
    Ok(Made {
        manifest_digest: built.manifest_digest.to_string(),
        content_digest: built.content_digest.to_string(),
        counts,
        objects,
    })
}

fn build(
    request: &ManifestRequest,
    (tree, entries): (&str, Vec<Entry>),
    source: &Inflated<'_, MirrorBlobs>,
    out: &mut Out,
    progress: &dyn Fn(u64, u64),
) -> Result<made::Built, Fault> {
    let extractor = made::Extractor::current(Limits::default());
    let mut facts = facts::Store::open(&request.cache, &extractor).map_err(|error| Fault::other(&error))?;
    let wanted = made::Build {
        commit: &request.commit.to_string(),
        tree,
        entries,
        threads: NonZeroUsize::new(request.threads)
            .or_else(|| available_parallelism().ok())
            .unwrap_or(NonZeroUsize::MIN),
        limits: Limits::default(),
        // It is the process that is ended, not the work in it.
        cancel: &AtomicBool::new(false),
    };
    let throttle = Throttle::default();
    let tell = |at: made::Progress| throttle.pass(at.done == at.total, || progress(at.done, at.total));
    made::build(wanted, &source, &mut facts, out, &tell).map_err(|error| {
        // Of all that can go wrong, only blobs come from the mirror.
        Fault { corrupt: matches!(error, made::BuildError::Blob { .. }), ..Fault::other(&error) }
    })
}

/// Writes the snapshot of a commit for search, with what a former one holds copied from there.
pub(super) fn snapshot(
    path: &Path,
    entries: &[Entry],
    source: &MirrorBlobs,
    former: Option<&Snapshot>,
) -> Result<Snapshot, SnapshotError> {
    let cancel = AtomicBool::new(false);
    let text_bytes = Limits::default().text_bytes;
    let wanted = Write { path, entries, text_bytes, former, cancel: &cancel };
    write_snapshot(&wanted, source).map(|(snapshot, _)| snapshot)
}

/// What the cache holds of commits: a snapshot and an index of symbols each.
struct Derived<'r> {
    cache: &'r Path,
    commit: String,
    published: Option<&'r String>,
}

impl<'r> Derived<'r> {
    fn of(request: &'r ManifestRequest) -> Self {
        Self { cache: &request.cache, commit: request.commit.to_string(), published: request.published.as_ref() }
    }

    fn path(&self, extension: &str) -> PathBuf {
        self.cache.join(format!("{}.{extension}", self.commit))
    }

    /// Those of other commits.
    fn others(&self, extension: &str) -> impl Iterator<Item = PathBuf> {
        let (own, extension) = (self.path(extension), extension.to_owned());
        let found = fs::read_dir(self.cache).into_iter().flatten().filter_map(|entry| Some(entry.ok()?.path()));
        found.filter(move |other| other.extension() == Some(extension.as_ref()) && *other != own)
    }

    /// Removes those of other commits, but for the one that clients still see.
    fn forget_others(&self) -> io::Result<()> {
        for other in self.others(SNAPSHOT).chain(self.others(SYMBOLS)) {
            let is_seen = self.published.is_some_and(|commit| other.file_stem() == Some(commit.as_ref()));
            if !is_seen {
                // Who reads it goes on reading: the name goes, not the file.
                fs::remove_file(other)?;
            }
        }
        Ok(())
    }
}

/// A directory of objects, each written whole under its digest.
struct Out {
    directory: PathBuf,
    written: Vec<String>,
    symbols: index::Writer,
}

impl Out {
    fn keep(&mut self, digest: Digest, bytes: &[u8]) -> io::Result<()> {
        let name = digest.to_string();
        write(&self.directory.join(&name), bytes)?;
        self.written.push(name);
        Ok(())
    }
}

impl made::ShardSink for Out {
    fn see(&mut self, json: &[u8]) -> io::Result<()> {
        self.symbols.add_shard(json).map_err(io::Error::other)
    }

    fn put(&mut self, digest: Digest, compressed: &[u8]) -> io::Result<()> {
        self.keep(digest, compressed)
    }
}

fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    File::create(path)?.write_all(bytes)
}

/// Lets something through at most every so often, and the last time in any case.
#[derive(Default)]
struct Throttle(Cell<Option<Instant>>);

impl Throttle {
    fn pass(&self, last: bool, tell: impl FnOnce()) {
        if last || self.0.get().is_none_or(|at| at.elapsed() >= PROGRESS_EVERY) {
            self.0.set(Some(Instant::now()));
            tell();
        }
    }
}
