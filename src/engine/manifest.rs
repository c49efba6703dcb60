//! Makes the manifest of a commit: entries and blobs from the mirror, records from the code engine.

use std::{
    cell::Cell,
    error::Error,
    fs::{self, File},
    io::{self, Write as _},
    num::NonZeroUsize,
    ops::ControlFlow,
    path::{Path, PathBuf},
    sync::atomic::AtomicBool,
    thread::available_parallelism,
    time::{Duration, Instant},
};

use code::{
    blob::{BlobError, BlobId, BlobReader, BlobSource, Entry},
    facts,
    hash::Digest,
    limits::Limits,
    manifest as made,
    snapshot::{Snapshot, SnapshotError, Write, write as write_snapshot},
};
use mirror::{Blobs, CommitId, Mirror, ReadError, Reader, TreeLimits};

use super::{Made, ManifestRequest};

/// Extension of snapshots in the cache; the name is the commit.
pub const SNAPSHOT: &str = "snapshot";
const PROGRESS_EVERY: Duration = Duration::from_millis(200);

/// Why there is no manifest.
#[derive(Debug)]
pub struct Fault {
    /// With its causes, without paths of this machine.
    pub message: String,
    /// Whether the mirror is damaged.
    pub corrupt: bool,
}

impl Fault {
    fn other(error: &dyn Error) -> Self {
        Self { message: chain(error), corrupt: false }
    }

    fn corrupt(error: &dyn Error) -> Self {
        Self { message: chain(error), corrupt: true }
    }
}

fn chain(error: &dyn Error) -> String {
    let (mut text, mut source) = (error.to_string(), error.source());
    while let Some(cause) = source {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        source = cause.source();
    }
    text
}

/// Makes it, and leaves the objects in `request.out`.
pub fn make(request: &ManifestRequest, progress: &dyn Fn(u64, u64)) -> Result<Made, Fault> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| Fault::other(&error))?;
    let git = runtime.block_on(mirror::Git::at(&request.git)).map_err(|error| Fault::other(&error))?;
    let reader = Mirror::new(git, &request.mirror).reader().map_err(|error| Fault::corrupt(&error))?;
    let tree = reader.commit(request.commit).map_err(|error| Fault::corrupt(&error))?.tree.to_string();
    let entries = entries(&reader, request.commit)?;
    let source = MirrorBlobs(reader);
    fs::create_dir_all(&request.cache).map_err(|error| Fault::other(&error))?;
    let limits = Limits::default();
    let extractor = made::Extractor::current(limits);
    let mut facts = facts::Store::open(&request.cache, &extractor).map_err(|error| Fault::other(&error))?;
    let mut out = Out { directory: request.out.clone(), written: Vec::new() };
    let wanted = made::Build {
        commit: &request.commit.to_string(),
        tree: &tree,
        entries: entries.clone(),
        threads: NonZeroUsize::new(request.threads)
            .or_else(|| available_parallelism().ok())
            .unwrap_or(NonZeroUsize::MIN),
        limits,
        // It is the process that is ended, not the work in it.
        cancel: &AtomicBool::new(false),
    };
    let throttle = Throttle::default();
    let tell = |at: made::Progress| throttle.pass(at.done == at.total, || progress(at.done, at.total));
    let built = made::build(wanted, &source, &mut facts, &mut out, &tell).map_err(|error| {
        // Of all that can go wrong, only blobs come from the mirror.
        Fault { corrupt: matches!(error, made::BuildError::Blob { .. }), ..Fault::other(&error) }
    })?;
    out.keep(built.manifest_digest, &built.root_json).map_err(|error| Fault::other(&error))?;
    snapshot(request, &entries, &source, limits).map_err(|error| Fault::other(&error))?;
    let counts = serde_json::to_value(&built.counts).map_err(|error| Fault::other(&error))?;
    Ok(Made {
        manifest_digest: built.manifest_digest.to_string(),
        content_digest: built.content_digest.to_string(),
        counts,
        objects: out.written,
    })
}

/// Writes the head's snapshot for search, with what a former one holds copied from there. Then the others go, but for
/// the one that clients still see.
fn snapshot(
    request: &ManifestRequest,
    entries: &[Entry],
    source: &MirrorBlobs,
    limits: Limits,
) -> Result<(), SnapshotError> {
    let path = request.cache.join(format!("{}.{SNAPSHOT}", request.commit));
    let others = others(&request.cache, &path);
    // A damaged one is no reason to fail: nothing is copied then.
    let former = others.iter().find_map(|path| Snapshot::open(path).ok());
    let cancel = AtomicBool::new(false);
    let wanted =
        Write { path: &path, entries, text_bytes: limits.text_bytes, former: former.as_ref(), cancel: &cancel };
    write_snapshot(&wanted, source)?;
    let seen = request.published.as_ref().map(|commit| request.cache.join(format!("{commit}.{SNAPSHOT}")));
    for other in others.into_iter().filter(|other| Some(other) != seen.as_ref()) {
        // Who reads it goes on reading: the name goes, not the file.
        fs::remove_file(other).map_err(|error| SnapshotError::Io("removed", error))?;
    }
    Ok(())
}

fn others(cache: &Path, path: &Path) -> Vec<PathBuf> {
    let found = fs::read_dir(cache).into_iter().flatten().filter_map(|entry| Some(entry.ok()?.path()));
    found.filter(|other| other.extension() == Some(SNAPSHOT.as_ref()) && other != path).collect()
}

fn entries(reader: &Reader, commit: CommitId) -> Result<Vec<Entry>, Fault> {
    let mut entries = Vec::new();
    let mut collect = |entry: mirror::Entry<'_>| {
        if let Ok(id) = <[u8; 20]>::try_from(entry.id.as_bytes()) {
            entries.push(Entry { path: entry.path.to_vec(), mode: entry.kind.mode(), id: BlobId(id) });
        }
        ControlFlow::Continue(())
    };
    reader.entries(commit, TreeLimits::default(), &mut collect).map_err(|error| Fault::corrupt(&error))?;
    Ok(entries)
}

/// The mirror's blobs, as the code engine wants them.
struct MirrorBlobs(Reader);

impl BlobSource for MirrorBlobs {
    type Reader = MirrorReader;

    fn reader(&self) -> Result<MirrorReader, BlobError> {
        Ok(MirrorReader(self.0.blobs()))
    }
}

struct MirrorReader(Blobs);

impl BlobReader for MirrorReader {
    fn size(&mut self, id: &BlobId) -> Result<u64, BlobError> {
        self.0.size(object(id)).map_err(|error| unreadable(*id, error))
    }

    fn read(&mut self, id: &BlobId, out: &mut Vec<u8>) -> Result<(), BlobError> {
        self.0.read(object(id), out).map_err(|error| unreadable(*id, error))
    }

    fn stream(&mut self, id: &BlobId, sink: &mut dyn FnMut(&[u8])) -> Result<(), BlobError> {
        self.0.stream(object(id), sink).map_err(|error| unreadable(*id, error))
    }
}

fn object(id: &BlobId) -> mirror::ObjectId {
    id.0.into()
}

fn unreadable(id: BlobId, error: ReadError) -> BlobError {
    BlobError::Unreadable { id, source: error.into() }
}

/// A directory of objects, each written whole under its digest.
struct Out {
    directory: PathBuf,
    written: Vec<String>,
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
