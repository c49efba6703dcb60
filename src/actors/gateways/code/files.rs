//! Trees and files of the mirror, at the head or at any branch, tag or commit.

use std::{
    fs::File as LocalFile,
    io::{self, Seek, SeekFrom, Write},
    ops::Range,
    path::{Path, PathBuf},
};

use actix::Message;
use bytes::Bytes;
use code::{attributes::Stack, kind::is_binary, language::Hint};
use futures::{StreamExt, stream};
use mirror::{
    CommitId, Content, Depth, File, FileStat, Kind, Listing, ReadError, Reader, RepoPath, TreeEntry, TreeLimits,
};
use tokio_util::io::ReaderStream;

use super::{Code, of_read};
use crate::{
    actors::world::blocking,
    domain::{
        caller::Caller,
        failure::{Failure, Missing},
    },
    ids::ProjectId,
    storage::objects::{ByteStream, StorageError},
};

/// A file larger than this is not read into an answer; its bytes can be had as they are.
const MOST_FILE_BYTES: u64 = 64 << 20;
const MOST_ATTRIBUTES_BYTES: u64 = 1 << 20;
/// More bytes than this wait on disk for whoever reads them, not in memory.
const MOST_IN_MEMORY: u64 = 1 << 20;
const CHUNK: usize = 64 << 10;
/// Entries of a long listing that are read before the answer begins.
const FIRST_BATCH: usize = 1_000;

/// A folder of a commit, or all that is below it.
#[derive(Message)]
#[rtype(result = "Result<Folder, Failure>")]
pub struct ListFiles {
    /// Who reads.
    pub by: Caller,
    /// Whose.
    pub project: ProjectId,
    /// Branch, tag or commit; without one the head.
    pub at: Option<String>,
    /// The folder; empty for the root.
    pub path: Vec<u8>,
    /// Whether all that is below is wanted.
    pub recursive: bool,
}

/// A folder's content.
pub struct Folder {
    /// The commit that was looked at.
    pub commit: CommitId,
    /// In Git's order.
    pub entries: Vec<TreeEntry>,
    /// What comes after these.
    pub rest: Option<Listing>,
}

/// A file of a commit.
#[derive(Message)]
#[rtype(result = "Result<Opened, Failure>")]
pub struct ReadFile {
    /// Who reads.
    pub by: Caller,
    /// Whose.
    pub project: ProjectId,
    /// Branch, tag or commit; without one the head.
    pub at: Option<String>,
    /// From the root.
    pub path: Vec<u8>,
}

/// A file's content.
pub struct Opened {
    /// The commit that was looked at.
    pub commit: CommitId,
    /// The bytes, and what is known of them.
    pub file: File,
    /// By name and content, and by the commit's attributes.
    pub language: Option<&'static str>,
}

/// A file of a commit, to be read as it is.
#[derive(Message)]
#[rtype(result = "Result<FoundFile, Failure>")]
pub struct FindFile(pub ReadFile);

/// A file that the asker may read.
pub struct FoundFile {
    reader: Reader,
    scratch: PathBuf,
    stat: FileStat,
}

impl FoundFile {
    /// What is known of it.
    pub fn stat(&self) -> &FileStat {
        &self.stat
    }
}

/// Bytes of a file.
#[derive(Message)]
#[rtype(result = "Result<ByteStream, Failure>")]
pub struct OpenBytes {
    /// Whose.
    pub file: FoundFile,
    /// Which; within the file.
    pub range: Range<u64>,
}

impl Code {
    pub(super) async fn list(&self, list: ListFiles) -> Result<Folder, Failure> {
        let (reader, head) = self.reader(&list.by, list.project).await?;
        blocking(move || {
            let commit = resolve(&reader, list.at.as_deref(), head)?;
            let path = RepoPath::parse(&list.path).map_err(of_read)?;
            let limits = TreeLimits::default();
            if !list.recursive {
                let entries = reader.list(commit, &path, Depth::Children, limits).map_err(of_read)?;
                return Ok(Folder { commit, entries, rest: None });
            }
            let mut listing = reader.listing(commit, &path, limits).map_err(of_read)?;
            let entries = listing.next_batch(FIRST_BATCH).map_err(of_read)?;
            let rest = (entries.len() == FIRST_BATCH).then_some(listing);
            Ok(Folder { commit, entries, rest })
        })
        .await
    }

    pub(super) async fn read(&self, read: ReadFile) -> Result<Opened, Failure> {
        let (reader, head) = self.reader(&read.by, read.project).await?;
        blocking(move || {
            let commit = resolve(&reader, read.at.as_deref(), head)?;
            let path = RepoPath::parse(&read.path).map_err(of_read)?;
            let file = match reader.file(commit, &path, MOST_FILE_BYTES).map_err(of_read)? {
                Content::File(file) => file,
                Content::Submodule(_) => {
                    return Err(Failure::invalid("path", "leads to a submodule, whose files are not mirrored"));
                }
            };
            let language = language(&reader, commit, &file)?;
            Ok(Opened { commit, file, language })
        })
        .await
    }

    pub(super) async fn find(&self, FindFile(find): FindFile) -> Result<FoundFile, Failure> {
        let (reader, head) = self.reader(&find.by, find.project).await?;
        let scratch = self.world.mirror_cache(find.project);
        blocking(move || {
            let commit = resolve(&reader, find.at.as_deref(), head)?;
            let path = RepoPath::parse(&find.path).map_err(of_read)?;
            let stat = reader.stat(commit, &path).map_err(of_read)?;
            Ok(FoundFile { reader, scratch, stat })
        })
        .await
    }

    /// Inflated at once, whoever reads and however slowly: a few bytes into memory, more into a file without a name.
    pub(super) async fn open(&self, open: OpenBytes) -> Result<ByteStream, Failure> {
        let OpenBytes { file: FoundFile { reader, scratch, stat }, range } = open;
        if range.end.saturating_sub(range.start) > MOST_IN_MEMORY {
            let file = self.in_turn(move || spool(&reader, &stat, range, &scratch)).await?;
            return Ok(ReaderStream::with_capacity(tokio::fs::File::from_std(file), CHUNK).boxed());
        }
        let bytes = self.in_turn(move || {
            let mut bytes = Vec::new();
            pour(&reader, &stat, range, &mut bytes)?;
            Ok(Bytes::from(bytes))
        });
        Ok(stream::iter([Ok(bytes.await?)]).boxed())
    }
}

fn spool(reader: &Reader, stat: &FileStat, range: Range<u64>, scratch: &Path) -> Result<LocalFile, Failure> {
    let kept = |error: io::Error| Failure::from(StorageError::from(error));
    std::fs::create_dir_all(scratch).map_err(kept)?;
    let mut file = tempfile::tempfile_in(scratch).map_err(kept)?;
    pour(reader, stat, range, &mut file)?;
    file.seek(SeekFrom::Start(0)).map_err(kept)?;
    Ok(file)
}

fn pour(reader: &Reader, stat: &FileStat, range: Range<u64>, to: &mut impl Write) -> Result<(), Failure> {
    let poured = reader.blobs().stream_range(stat.id, range, &mut |piece| to.write_all(piece));
    poured.map_err(|error| {
        // What could not be written down is not the mirror's fault.
        if let ReadError::Stream(error) = error { StorageError::from(error).into() } else { of_read(error) }
    })
}

/// The language as the manifest would say it: by the attributes of the commit, the name and the content.
fn language(reader: &Reader, commit: CommitId, file: &File) -> Result<Option<&'static str>, Failure> {
    if file.kind == Kind::Symlink || is_binary(&file.bytes) {
        return Ok(None);
    }
    let mut attributes = Stack::default();
    let directories = file.path.iter().enumerate().filter(|(_, byte)| **byte == b'/').map(|(at, _)| at + 1);
    for end in std::iter::once(0).chain(directories) {
        let directory = file.path.get(..end).unwrap_or_default();
        let path = RepoPath::parse([directory, b".gitattributes".as_slice()].concat()).map_err(of_read)?;
        match reader.file(commit, &path, MOST_ATTRIBUTES_BYTES) {
            Ok(Content::File(found)) => attributes.enter(directory, &found.bytes),
            Ok(Content::Submodule(_)) | Err(ReadError::NotFound | ReadError::WrongKind { .. }) => {}
            Err(error) => return Err(of_read(error)),
        }
    }
    let said = attributes.of(&file.path);
    let hint = if said.binary { Hint::Binary } else { Hint::of(&file.path, said.language.as_deref()) };
    Ok(hint.language(&file.bytes).map(|language| language.name.as_str()))
}

/// Without a name it is what clients see, which may be a commit of ours on top of where the remote stands.
fn resolve(reader: &Reader, at: Option<&str>, head: Option<CommitId>) -> Result<CommitId, Failure> {
    match at {
        None | Some("HEAD") => head.ok_or(Failure::NotFound(Missing::File)),
        Some(text) => reader.resolve(text).map_err(|error| {
            if matches!(error, ReadError::NotFound) { Failure::NotFound(Missing::Ref) } else { of_read(error) }
        }),
    }
}
