//! Reading code: manifests, trees, files, search. Reads lean on immutable objects and on the mirror's own; they need
//! no owner and wait for no synchronisation.

use std::{io::ErrorKind, num::NonZeroUsize};

use actix::Message;
use code::{
    attributes::Stack,
    hash::Digest,
    kind::is_binary,
    language::Hint,
    manifest::Root,
    snapshot::{Found, Pattern, Query, SearchError, Snapshot, SnapshotError},
};
use mirror::{CommitId, Content, Depth, File, Kind, ReadError, Reader, RepoPath, TreeEntry, TreeLimits};

use super::access::require;
use crate::{
    actors::{World, world::blocking},
    domain::{
        caller::Caller,
        failure::{Conflict, Failure, Missing},
        role::Action,
    },
    entities::{manifests, projects},
    ids::ProjectId,
    storage::{manifests as stored, objects::StorageError},
};

/// A file larger than this is not read into an answer.
const MOST_FILE_BYTES: u64 = 64 << 20;
const MOST_ATTRIBUTES_BYTES: u64 = 1 << 20;
const MOST_MATCHES: usize = 1_000;
const SEARCH_LIMIT: std::time::Duration = std::time::Duration::from_secs(5);

/// Owns the budget of reading.
#[derive(Clone)]
pub struct Code {
    world: World,
}

/// A project's manifest: the newest, or the one of a version.
#[derive(Message)]
#[rtype(result = "Result<Manifest, Failure>")]
pub struct GetManifest {
    /// Who reads.
    pub by: Caller,
    /// Whose.
    pub project: ProjectId,
    /// Which.
    pub version: Option<i32>,
}

/// A manifest without its files, which are streamed from storage.
pub struct Manifest {
    /// The row.
    pub row: manifests::Model,
    /// The root document, checked.
    pub root: Root,
}

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
    /// Sorted by Git's order.
    pub entries: Vec<TreeEntry>,
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

/// Looks for a text in the files of the head.
#[derive(Message)]
#[rtype(result = "Result<Found, Failure>")]
pub struct Search {
    /// Who reads.
    pub by: Caller,
    /// Where.
    pub project: ProjectId,
    /// What, to the letter.
    pub text: String,
    /// Only in paths that begin so.
    pub path: Vec<u8>,
    /// At most so many matches.
    pub limit: Option<usize>,
}

answers! {
    Code:
    GetManifest => manifest,
    ListFiles => list,
    ReadFile => read,
    Search => search,
}

impl Code {
    /// A gateway to code.
    pub fn new(world: World) -> Self {
        Self { world }
    }

    async fn manifest(&self, get: GetManifest) -> Result<Manifest, Failure> {
        let db = self.world.db.read();
        let project = self.synced(&get.by, get.project).await?;
        let row = match get.version {
            Some(version) => manifests::find(db, project.id, version).await?,
            // Without a head the newest one describes what is no longer there.
            None if project.head_commit.is_none() => None,
            None => manifests::newest(db, project.id).await?,
        };
        let row = row.ok_or(Failure::NotFound(Missing::Manifest))?;
        let bytes = stored::read(self.world.objects.as_ref(), &row.manifest_digest).await.map_err(of_storage)?;
        let digest: Digest = row.manifest_digest.parse().map_err(Failure::internal)?;
        let root = Root::parse(&bytes, digest).map_err(Failure::internal)?;
        Ok(Manifest { row, root })
    }

    async fn list(&self, list: ListFiles) -> Result<Folder, Failure> {
        let reader = self.reader(&list.by, list.project).await?;
        blocking(move || {
            let commit = resolve(&reader, list.at.as_deref())?;
            let path = RepoPath::parse(&list.path).map_err(of_read)?;
            let depth = if list.recursive { Depth::All } else { Depth::Children };
            let entries = reader.list(commit, &path, depth, TreeLimits::default()).map_err(of_read)?;
            Ok(Folder { commit, entries })
        })
        .await
    }

    async fn read(&self, read: ReadFile) -> Result<Opened, Failure> {
        let reader = self.reader(&read.by, read.project).await?;
        blocking(move || {
            let commit = resolve(&reader, read.at.as_deref())?;
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

    async fn search(&self, search: Search) -> Result<Found, Failure> {
        let project = self.synced(&search.by, search.project).await?;
        let limit = search.limit.unwrap_or(MOST_MATCHES);
        if !(1..=MOST_MATCHES).contains(&limit) {
            return Err(Failure::invalid("limit", format!("must be 1 to {MOST_MATCHES}")));
        }
        // An empty repository has no head, and nothing in it to be found.
        let Some(head) = project.head_commit else { return Ok(Found::default()) };
        let snapshot = self.world.snapshot(search.project, &head);
        let deadline = std::time::Instant::now() + SEARCH_LIMIT;
        blocking(move || {
            let snapshot = Snapshot::open(&snapshot).map_err(of_snapshot)?;
            let query = Query {
                pattern: Pattern::Text(&search.text),
                case_sensitive: true,
                path_prefix: &search.path,
                limit,
                deadline: Some(deadline),
                threads: NonZeroUsize::MIN,
            };
            snapshot.search(&query).map_err(|error| match error {
                SearchError::Text | SearchError::Regex(_) => Failure::invalid("q", error.to_string()),
                SearchError::Snapshot(error) => Failure::internal(error),
            })
        })
        .await
    }

    /// The project, if the caller may read it and there is something to read.
    async fn synced(&self, by: &Caller, project: ProjectId) -> Result<projects::Model, Failure> {
        let (project, _) = require(self.world.db.read(), by, project, Action::Read).await?;
        if project.repo_url.is_none() {
            return Err(Failure::Conflict(Conflict::RepoNotLinked));
        }
        if project.last_synced_at.is_none() {
            return Err(Failure::Conflict(Conflict::RepoNotSynced));
        }
        Ok(project)
    }

    async fn reader(&self, by: &Caller, project: ProjectId) -> Result<Reader, Failure> {
        let project = self.synced(by, project).await?;
        let mirror = self.world.mirror(project.id);
        blocking(move || {
            if !mirror.is_present() {
                return Err(Failure::Conflict(Conflict::RepoNotSynced));
            }
            mirror.reader().map_err(of_read)
        })
        .await
    }
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

fn resolve(reader: &Reader, at: Option<&str>) -> Result<CommitId, Failure> {
    match at {
        Some(text) => reader.resolve(text).map_err(of_read),
        None => reader.head().map_err(of_read)?.ok_or(Failure::NotFound(Missing::File)),
    }
}

/// An object that is lost is made again by the next synchronisation.
fn of_storage(error: StorageError) -> Failure {
    match error {
        StorageError::NotFound => Failure::Conflict(Conflict::RepoNotSynced),
        StorageError::Full | StorageError::TooLarge | StorageError::Interrupted(_) | StorageError::Failed(_) => {
            error.into()
        }
    }
}

/// One that is not there was dropped with the mirror's cache; the next synchronisation writes it again.
fn of_snapshot(error: SnapshotError) -> Failure {
    match error {
        SnapshotError::Io(_, source) if source.kind() == ErrorKind::NotFound => {
            Failure::Conflict(Conflict::RepoNotSynced)
        }
        SnapshotError::Io(..) | SnapshotError::Damaged(_) | SnapshotError::Blob(_) | SnapshotError::Cancelled => {
            Failure::internal(error)
        }
    }
}

fn of_read(error: ReadError) -> Failure {
    match error {
        ReadError::NotFound => Failure::NotFound(Missing::File),
        ReadError::InvalidRef(_) | ReadError::Ambiguous => Failure::invalid("ref", error.to_string()),
        ReadError::InvalidPath(_)
        | ReadError::WrongKind { .. }
        | ReadError::TooLarge { .. }
        | ReadError::TooManyEntries { .. } => Failure::invalid("path", error.to_string()),
        ReadError::NoSuchLines => Failure::invalid("lines", error.to_string()),
        ReadError::Damaged(_) | ReadError::Stream(_) => Failure::internal(error),
    }
}
