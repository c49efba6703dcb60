//! Writing a snapshot, with what an earlier one already holds copied from there.

use std::{
    io::{BufWriter, Seek, SeekFrom, Write as _},
    path::Path,
    sync::atomic::{AtomicBool, Ordering},
};

use super::{FileEntry, Snapshot, SnapshotError, format};
use crate::{
    blob::{BlobReader, BlobSource, Entry},
    kind::{Mode, is_binary},
};

/// What a snapshot is made of.
pub struct Write<'a> {
    /// Where it goes. The directory exists; a file of that name is replaced.
    pub path: &'a Path,
    /// All files of the tree, in any order.
    pub entries: &'a [Entry],
    /// Texts of more bytes than this are left out.
    pub text_bytes: u64,
    /// An earlier snapshot of the same mirror, whose texts are copied instead of inflated anew.
    pub former: Option<&'a Snapshot>,
    /// Set from outside, it ends the writing; nothing is left behind.
    pub cancel: &'a AtomicBool,
}

/// What was written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Written {
    /// Files with text.
    pub files: u64,
    /// Bytes of text.
    pub bytes: u64,
    /// Files whose blob had to be read from the source.
    pub read: u64,
}

/// Writes a snapshot and opens it.
pub fn write(request: &Write<'_>, source: &impl BlobSource) -> Result<(Snapshot, Written), SnapshotError> {
    let failed = |error| SnapshotError::Io("written", error);
    let directory = request.path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let temporary = tempfile::NamedTempFile::new_in(directory).map_err(failed)?;
    let mut out = BufWriter::with_capacity(1 << 20, temporary);
    out.write_all(&[0; format::HEAD]).map_err(failed)?;
    let (files, written) = texts(request, source, &mut out)?;
    let index = format::index(&files);
    let offset = format::HEAD as u64 + written.bytes + written.files;
    out.write_all(&index).map_err(failed)?;
    let mut temporary = out.into_inner().map_err(|error| failed(error.into_error()))?;
    temporary.seek(SeekFrom::Start(0)).map_err(failed)?;
    temporary.write_all(&format::head(offset, &index, files.len())).map_err(failed)?;
    temporary.as_file().sync_all().map_err(failed)?;
    let file = temporary.persist(request.path).map_err(|error| failed(error.error))?;
    Ok((Snapshot { file, files }, written))
}

fn texts<S: BlobSource>(
    request: &Write<'_>,
    source: &S,
    out: &mut impl std::io::Write,
) -> Result<(Vec<FileEntry>, Written), SnapshotError> {
    let known = request.former.map(|former| (former, former.by_blob()));
    let mut reader = source.reader()?;
    let mut entries: Vec<&Entry> = request.entries.iter().filter(|entry| Mode::of(entry.mode) == Mode::File).collect();
    entries.sort_unstable();
    let mut files = Vec::with_capacity(entries.len());
    let (mut written, mut text) = (Written::default(), Vec::new());
    for entry in entries {
        if request.cancel.load(Ordering::Relaxed) {
            return Err(SnapshotError::Cancelled);
        }
        let former = known.as_ref().and_then(|(former, blobs)| Some((*former, *blobs.get(&entry.id)?)));
        let is_text = if let Some((former, known)) = former {
            copy(former, known, request.text_bytes, &mut text)?
        } else {
            written.read += 1;
            fetch(&mut reader, entry, request.text_bytes, &mut text)?
        };
        let offset = format::HEAD as u64 + written.bytes + written.files;
        let length = u32::try_from(text.len()).ok().filter(|_| is_text);
        files.push(FileEntry {
            path: entry.path.clone(),
            id: entry.id,
            offset,
            length: length.unwrap_or(0),
            is_text: length.is_some(),
        });
        if length.is_some() {
            out.write_all(&text)
                .and_then(|()| out.write_all(&[0]))
                .map_err(|error| SnapshotError::Io("written", error))?;
            written.bytes += text.len() as u64;
            written.files += 1;
        }
    }
    Ok((files, written))
}

/// Takes a text over from the former snapshot. What was no text there is none here.
fn copy(former: &Snapshot, known: &FileEntry, limit: u64, text: &mut Vec<u8>) -> Result<bool, SnapshotError> {
    if !known.is_text || u64::from(known.length) > limit {
        return Ok(false);
    }
    former.read_into(known.offset, u64::from(known.length), text)?;
    Ok(true)
}

fn fetch<R: BlobReader>(reader: &mut R, entry: &Entry, limit: u64, text: &mut Vec<u8>) -> Result<bool, SnapshotError> {
    if reader.size(&entry.id)? > limit {
        return Ok(false);
    }
    reader.read(&entry.id, text)?;
    Ok(!is_binary(text))
}
