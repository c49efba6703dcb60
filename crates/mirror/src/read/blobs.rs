//! Blobs in bulk, from one thread: their sizes, small ones whole, large ones in pieces.

use std::{
    cell::Cell,
    io::{self, Read},
    ops::Range,
    process::{Child, ChildStdout},
    time::Duration,
};

use gix::objs::{Find, Kind as ObjectKind};
use rustix::event::{PollFd, PollFlags, Timespec, poll};

use super::{ReadError, read_object};
use crate::{
    git::{Area, Git, Group, bound_memory},
    id::ObjectId,
};

/// Largest blob that is read into this process's memory, in bytes.
const MAX_IN_MEMORY: u64 = 32 << 20;

/// What is read from a large blob at once, in bytes.
const PIECE: usize = 256 << 10;

/// Longest wait for the next piece of a large blob.
const PATIENCE: Duration = Duration::from_mins(1);

/// Reads blobs. Not shared between threads: each has its own, with its own caches.
pub struct Blobs {
    repo: gix::Repository,
    git: Git,
    area: Area,
    buf: Vec<u8>,
    /// The blob that was looked at last, and its size: whoever asks for a size mostly reads next.
    known: Cell<Option<(ObjectId, u64)>>,
}

impl Blobs {
    pub(super) fn new(mut repo: gix::Repository, git: Git, area: Area) -> Self {
        // Each blob is read once: what is kept of it is kept in vain.
        repo.object_cache_size(None);
        Self { repo, git, area, buf: Vec::new(), known: Cell::new(None) }
    }

    /// Bytes of the blob, without reading it.
    pub fn size(&self, id: ObjectId) -> Result<u64, ReadError> {
        let header = self.repo.find_header(id.gix()).map_err(ReadError::damaged)?;
        if header.kind() == ObjectKind::Blob {
            self.known.set(Some((id, header.size())));
            Ok(header.size())
        } else {
            Err(ReadError::Damaged(format!("{id} is a {}, not a blob", header.kind())))
        }
    }

    /// Replaces `bytes` by the blob's. Fails with [`ReadError::TooLarge`] beyond 32 MiB: stream such a blob.
    pub fn read(&self, id: ObjectId, bytes: &mut Vec<u8>) -> Result<(), ReadError> {
        if self.known.take().is_none_or(|(known, size)| known != id || size > MAX_IN_MEMORY) {
            return read_object(&self.repo, id.gix(), ObjectKind::Blob, MAX_IN_MEMORY, bytes);
        }
        match self.repo.objects.try_find(&id.gix(), bytes).map_err(ReadError::damaged)? {
            Some(_) => Ok(()),
            None => Err(ReadError::Damaged(format!("{id} is missing"))),
        }
    }

    /// Gives the blob to `sink`, piece by piece, whatever its size; an empty blob gives no piece.
    ///
    /// A blob of over 32 MiB comes from a `git cat-file` process, and at most 256 KiB of it are held here. What has been
    /// given when it fails is part of the blob, and `sink` must be ready to throw it away.
    pub fn stream(&mut self, id: ObjectId, sink: &mut dyn FnMut(&[u8])) -> Result<(), ReadError> {
        let size = self.size(id)?;
        let mut all = |piece: &[u8]| {
            sink(piece);
            Ok(())
        };
        if size > MAX_IN_MEMORY {
            return self.stream_large(id, size, 0..size, &mut all);
        }
        self.stream_small(id, 0..size, &mut all)
    }

    /// Gives the bytes of `range`, which is cut to the blob's size, to `sink`, piece by piece. What `sink` fails with
    /// ends it, as [`ReadError::Stream`]. Bytes before the range are read and passed over, those behind it are not
    /// read if the blob is large.
    pub fn stream_range(
        &mut self,
        id: ObjectId,
        range: Range<u64>,
        sink: &mut dyn FnMut(&[u8]) -> io::Result<()>,
    ) -> Result<(), ReadError> {
        let size = self.size(id)?;
        let range = range.start.min(size)..range.end.min(size);
        if range.is_empty() {
            Ok(())
        } else if size > MAX_IN_MEMORY {
            self.stream_large(id, size, range, sink)
        } else {
            self.stream_small(id, range, sink)
        }
    }

    fn stream_small(
        &mut self,
        id: ObjectId,
        range: Range<u64>,
        sink: &mut dyn FnMut(&[u8]) -> io::Result<()>,
    ) -> Result<(), ReadError> {
        let mut bytes = std::mem::take(&mut self.buf);
        let outcome = self.read(id, &mut bytes).and_then(|()| {
            let wanted = within(&bytes, &range);
            if wanted.is_empty() { Ok(()) } else { sink(wanted).map_err(ReadError::Stream) }
        });
        self.buf = bytes;
        outcome
    }

    fn stream_large(
        &self,
        id: ObjectId,
        size: u64,
        range: Range<u64>,
        sink: &mut dyn FnMut(&[u8]) -> io::Result<()>,
    ) -> Result<(), ReadError> {
        let command = self.git.local(&self.area).args(["cat-file", "blob", &id.to_string()]);
        let mut command = command.build();
        let mut child = command.stderr(std::process::Stdio::null()).spawn().map_err(ReadError::Stream)?;
        // Dropped before the child is waited for, unless it has ended.
        let mut group = Group::of(&child);
        bound_memory(child.id());
        let copied = copy(&mut child, &range, sink);
        // What is behind the range is not waited for.
        let is_cut = range.end < size && copied.as_ref().is_ok_and(|copied| *copied >= range.end);
        if copied.is_err() || is_cut {
            group.kill();
        }
        let status = child.wait().map_err(ReadError::Stream)?;
        group.disarm();
        match copied.map_err(ReadError::Stream)? {
            _ if is_cut => Ok(()),
            copied if status.success() && copied == size => Ok(()),
            copied => Err(ReadError::Damaged(format!("{id} ends after {copied} of {size} bytes"))),
        }
    }
}

/// Reads to the end of the range, or of the blob; answers with how many bytes that were from the blob's beginning.
fn copy(child: &mut Child, range: &Range<u64>, sink: &mut dyn FnMut(&[u8]) -> io::Result<()>) -> io::Result<u64> {
    let mut pipe = child.stdout.take().ok_or(io::ErrorKind::BrokenPipe)?;
    let mut piece = vec![0; PIECE];
    let mut copied = 0;
    loop {
        wait_for(&pipe)?;
        let read = pipe.read(&mut piece)?;
        let bytes = piece.get(..read).unwrap_or_default();
        let wanted = within(bytes, &(range.start.saturating_sub(copied)..range.end.saturating_sub(copied)));
        if !wanted.is_empty() {
            sink(wanted)?;
        }
        copied += read as u64;
        // To the very end even where that is the blob's: its process is to end by itself then.
        if read == 0 || copied > range.end {
            return Ok(copied);
        }
    }
}

/// The bytes of a range, as far as they are there.
fn within<'b>(bytes: &'b [u8], range: &Range<u64>) -> &'b [u8] {
    let at = |place: u64| usize::try_from(place).unwrap_or(usize::MAX).min(bytes.len());
    bytes.get(at(range.start)..at(range.end)).unwrap_or_default()
}

/// Waits until the pipe has bytes or is closed.
fn wait_for(pipe: &ChildStdout) -> io::Result<()> {
    let patience = Timespec::try_from(PATIENCE).map_err(io::Error::other)?;
    match poll(&mut [PollFd::new(pipe, PollFlags::IN)], Some(&patience))? {
        0 => Err(io::ErrorKind::TimedOut.into()),
        _ => Ok(()),
    }
}
