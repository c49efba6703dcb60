//! Blobs in bulk, from one thread: their sizes, small ones whole, large ones in pieces.

use std::{
    io::{self, Read},
    process::{Child, ChildStdout},
    time::Duration,
};

use gix::objs::Kind as ObjectKind;
use rustix::event::{PollFd, PollFlags, Timespec, poll};

use super::{ReadError, read_object};
use crate::{
    git::{Area, Git, Group},
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
}

impl Blobs {
    pub(super) fn new(repo: gix::Repository, git: Git, area: Area) -> Self {
        Self { repo, git, area, buf: Vec::new() }
    }

    /// Bytes of the blob, without reading it.
    pub fn size(&self, id: ObjectId) -> Result<u64, ReadError> {
        let header = self.repo.find_header(id.gix()).map_err(ReadError::damaged)?;
        if header.kind() == ObjectKind::Blob {
            Ok(header.size())
        } else {
            Err(ReadError::Damaged(format!("{id} is a {}, not a blob", header.kind())))
        }
    }

    /// Replaces `bytes` by the blob's. Fails with [`ReadError::TooLarge`] beyond 32 MiB: stream such a blob.
    pub fn read(&self, id: ObjectId, bytes: &mut Vec<u8>) -> Result<(), ReadError> {
        read_object(&self.repo, id.gix(), ObjectKind::Blob, MAX_IN_MEMORY, bytes)
    }

    /// Gives the blob to `sink`, piece by piece, whatever its size; an empty blob gives no piece.
    ///
    /// A blob of over 32 MiB comes from a `git cat-file` process, and at most 256 KiB of it are held here. What has been
    /// given when it fails is part of the blob, and `sink` must be ready to throw it away.
    pub fn stream(&mut self, id: ObjectId, sink: &mut dyn FnMut(&[u8])) -> Result<(), ReadError> {
        let size = self.size(id)?;
        if size > MAX_IN_MEMORY {
            return self.stream_large(id, size, sink);
        }
        let mut bytes = std::mem::take(&mut self.buf);
        let outcome = self.read(id, &mut bytes);
        if outcome.is_ok() && !bytes.is_empty() {
            sink(&bytes);
        }
        self.buf = bytes;
        outcome
    }

    fn stream_large(&self, id: ObjectId, size: u64, sink: &mut dyn FnMut(&[u8])) -> Result<(), ReadError> {
        let command = self.git.local(&self.area).args(["cat-file", "blob", &id.to_string()]);
        let mut command = command.build();
        let mut child = command.stderr(std::process::Stdio::null()).spawn().map_err(ReadError::Stream)?;
        // Dropped before the child is waited for, unless it has ended.
        let mut group = Group::of(&child);
        let copied = copy(&mut child, sink);
        if copied.is_err() {
            group.kill();
        }
        let status = child.wait().map_err(ReadError::Stream)?;
        group.disarm();
        match copied.map_err(ReadError::Stream)? {
            copied if status.success() && copied == size => Ok(()),
            copied => Err(ReadError::Damaged(format!("{id} ends after {copied} of {size} bytes"))),
        }
    }
}

fn copy(child: &mut Child, sink: &mut dyn FnMut(&[u8])) -> io::Result<u64> {
    let mut pipe = child.stdout.take().ok_or(io::ErrorKind::BrokenPipe)?;
    let mut piece = vec![0; PIECE];
    let mut copied = 0;
    loop {
        wait_for(&pipe)?;
        let read = pipe.read(&mut piece)?;
        if read == 0 {
            return Ok(copied);
        }
        sink(piece.get(..read).unwrap_or_default());
        copied += read as u64;
    }
}

/// Waits until the pipe has bytes or is closed.
fn wait_for(pipe: &ChildStdout) -> io::Result<()> {
    let patience = Timespec::try_from(PATIENCE).map_err(io::Error::other)?;
    match poll(&mut [PollFd::new(pipe, PollFlags::IN)], Some(&patience))? {
        0 => Err(io::ErrorKind::TimedOut.into()),
        _ => Ok(()),
    }
}
