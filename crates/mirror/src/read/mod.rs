//! Reading a mirror: trees, files, histories and differences, by gix, without a process and without a working tree.

mod blame;
mod blobs;
mod commit;
mod contains;
mod diff;
mod entries;
mod error;
mod file;
mod hunks;
mod log;
mod path;
mod range;
mod resolve;
mod tree;

use std::path::Path;

use gix::{
    ObjectId as RawId,
    objs::{Kind as ObjectKind, TreeRefIter, tree::EntryKind},
};
use serde::{Deserialize, Serialize};

pub use self::{
    blame::{Blame, BlameSpan},
    blobs::Blobs,
    commit::{Commit, Signature},
    diff::{Change, Side},
    entries::{Entry, TreeLimits},
    error::ReadError,
    file::{Content, File, FileStat, Lines},
    log::{History, LogLimits},
    path::RepoPath,
    tree::{Depth, Listing, TreeEntry},
};
use crate::{
    git::{Area, Git},
    id::CommitId,
};

/// What decoded objects may take up in each thread, in bytes: the trees near the root are met again and again.
const OBJECT_CACHE: usize = 16 << 20;

/// Largest tree object that is decoded, in bytes: some 500,000 entries in one folder.
const MAX_TREE: u64 = 32 << 20;

/// Largest commit or tag object that is decoded, in bytes.
const MAX_COMMIT: u64 = 4 << 20;

/// Most that is allocated for one object and what it is built from: Git's own servers build none from over 512 MiB.
const ALLOC_LIMIT: &str = "gitoxide.objects.allocLimit=1g";

/// A view of one mirror that always sees its newest refs and objects. Cheap to clone, one clone a thread.
///
/// Everything here blocks on the disk and computes: call it where blocking is allowed.
#[derive(Clone)]
pub struct Reader {
    repo: gix::ThreadSafeRepository,
    git: Git,
    area: Area,
}

/// What an entry of a tree is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A file.
    File,
    /// A file that may be executed.
    Executable,
    /// A symbolic link: a blob that holds the target's text. Never followed.
    Symlink,
    /// A commit of another repository, whose objects are not here.
    Submodule,
    /// A folder.
    Directory,
}

impl Kind {
    /// Git's mode, as `git ls-tree` prints it in octal.
    pub fn mode(self) -> u32 {
        let kind = match self {
            Self::File => EntryKind::Blob,
            Self::Executable => EntryKind::BlobExecutable,
            Self::Symlink => EntryKind::Link,
            Self::Submodule => EntryKind::Commit,
            Self::Directory => EntryKind::Tree,
        };
        kind as u32
    }

    /// Whether the entry has bytes of its own in this mirror.
    pub fn is_blob(self) -> bool {
        matches!(self, Self::File | Self::Executable | Self::Symlink)
    }
}

impl From<EntryKind> for Kind {
    fn from(kind: EntryKind) -> Self {
        match kind {
            EntryKind::Blob => Self::File,
            EntryKind::BlobExecutable => Self::Executable,
            EntryKind::Link => Self::Symlink,
            EntryKind::Commit => Self::Submodule,
            EntryKind::Tree => Self::Directory,
        }
    }
}

impl Reader {
    pub(crate) fn open(git: Git, area: Area) -> Result<Self, ReadError> {
        let repo = open_repository(&area.git_dir).map_err(ReadError::damaged)?;
        Ok(Self { repo, git, area })
    }

    /// The commit of the branch that the mirror follows; none if the repository is empty.
    pub fn head(&self) -> Result<Option<CommitId>, ReadError> {
        let repo = self.local();
        let mut head = repo.head().map_err(ReadError::damaged)?;
        if head.is_unborn() {
            return Ok(None);
        }
        let commit = head.peel_to_commit().map_err(ReadError::damaged)?;
        Ok(Some(commit.id.into()))
    }

    /// A handle for reading many blobs from one thread.
    pub fn blobs(&self) -> Blobs {
        Blobs::new(self.local(), self.git.clone(), self.area.clone())
    }

    fn local(&self) -> gix::Repository {
        let mut repo = self.repo.to_thread_local();
        repo.object_cache_size_if_unset(OBJECT_CACHE);
        repo
    }
}

/// Opens the repository with nothing but its own configuration: not the user's, not the system's, no environment.
pub(crate) fn open_repository(git_dir: &Path) -> Result<gix::ThreadSafeRepository, gix::Error> {
    gix::open::Options::isolated()
        .open_path_as_is(true)
        .with(gix::sec::Trust::Full)
        // Replace refs would show other content under the same name; larger files are not compared for renames; what an
        // object is built from may be far larger than the object.
        .config_overrides(["core.useReplaceRefs=false", "core.bigFileThreshold=4m", ALLOC_LIMIT])
        .open(git_dir)
}

/// Reads an object of a known kind into `buf`, after its size has been checked.
fn read_object(
    repo: &gix::Repository,
    id: RawId,
    kind: ObjectKind,
    max: u64,
    buf: &mut Vec<u8>,
) -> Result<(), ReadError> {
    use gix::objs::Find;

    let header = repo.find_header(id).map_err(ReadError::damaged)?;
    if header.kind() != kind {
        return Err(ReadError::Damaged(format!("{id} is a {}, not a {kind}", header.kind())));
    }
    if header.size() > max {
        return Err(ReadError::TooLarge { size: header.size(), limit: max });
    }
    match repo.objects.try_find(&id, buf).map_err(ReadError::damaged)? {
        Some(_) => Ok(()),
        None => Err(ReadError::Damaged(format!("{id} is missing"))),
    }
}

/// Reads a tree object into `buf`.
pub(crate) fn read_tree(repo: &gix::Repository, id: RawId, buf: &mut Vec<u8>) -> Result<(), ReadError> {
    read_object(repo, id, ObjectKind::Tree, MAX_TREE, buf)
}

/// The entries of a tree object's bytes.
fn tree_entries(bytes: &[u8]) -> TreeRefIter<'_> {
    TreeRefIter::from_bytes(bytes, gix::hash::Kind::Sha1)
}

/// The tree of a commit that a user may have named.
pub(crate) fn root_tree(repo: &gix::Repository, commit: CommitId) -> Result<RawId, ReadError> {
    let mut buf = Vec::new();
    load_commit(repo, commit, &mut buf)?;
    let mut parts = gix::objs::CommitRefIter::from_bytes(&buf, gix::hash::Kind::Sha1);
    parts.tree_id().map_err(ReadError::damaged)
}

fn load_commit(repo: &gix::Repository, commit: CommitId, buf: &mut Vec<u8>) -> Result<(), ReadError> {
    let header = repo.try_find_header(commit.gix()).map_err(ReadError::damaged)?;
    match header {
        Some(header) if header.kind() == ObjectKind::Commit => {
            read_object(repo, commit.gix(), ObjectKind::Commit, MAX_COMMIT, buf)
        }
        _ => Err(ReadError::NotFound),
    }
}
