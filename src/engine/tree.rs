//! The mirror as the code engine reads it: entries and blobs of a commit.

use std::{error::Error, ops::ControlFlow, path::Path};

use code::blob::{BlobError, BlobId, BlobReader, BlobSource, Entry};
use mirror::{Blobs, CommitId, Mirror, ReadError, Reader, TreeLimits};

/// Why there is no answer.
#[derive(Debug)]
pub struct Fault {
    /// With its causes, without paths of this machine.
    pub message: String,
    /// Whether the mirror is damaged.
    pub corrupt: bool,
}

impl Fault {
    pub(super) fn other(error: &dyn Error) -> Self {
        Self { message: chain(error), corrupt: false }
    }

    pub(super) fn corrupt(error: &dyn Error) -> Self {
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

/// Opens a mirror for reading.
pub(super) fn open(mirror: &Path, git: &Path) -> Result<Reader, Fault> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| Fault::other(&error))?;
    let git = runtime.block_on(mirror::Git::at(git)).map_err(|error| Fault::other(&error))?;
    Mirror::new(git, mirror).reader().map_err(|error| Fault::corrupt(&error))
}

/// All files of a commit.
pub(super) fn entries(reader: &Reader, commit: CommitId) -> Result<Vec<Entry>, Fault> {
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
pub(super) struct MirrorBlobs(pub(super) Reader);

impl BlobSource for MirrorBlobs {
    type Reader = MirrorReader;

    fn reader(&self) -> Result<MirrorReader, BlobError> {
        Ok(MirrorReader(self.0.blobs()))
    }
}

pub(super) struct MirrorReader(Blobs);

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
