//! A tree in the form in which it is changed: folders are read where a change leads into them, and nowhere else. What no
//! change touches keeps its bytes, odd modes of old histories among them, so that taking a change back gives the tree back.

use std::collections::BTreeMap;

use gix::{
    ObjectId as RawId,
    objs::{
        Kind as ObjectKind,
        tree::{EntryKind, EntryMode, name_order},
    },
};

use super::{CommitError, PathRefused, clash::Names, pack::Object};
use crate::read::{ReadError, RepoPath, read_tree};

/// A folder's mode.
const FOLDER: &[u8] = b"40000";

/// Bytes of an object's name.
const HASH: usize = 20;

/// A folder that is being changed.
#[derive(Debug)]
pub(super) struct Folder {
    nodes: BTreeMap<Vec<u8>, Node>,
    mode: Vec<u8>,
    /// The tree that it was read from, as long as nothing in it has changed.
    unchanged: Option<RawId>,
    /// Its names without case, once somebody wants to know.
    names: Option<Names>,
}

/// What stands in a folder.
#[derive(Debug)]
enum Node {
    Entry(Entry),
    /// A folder that a change led into.
    Folder(Folder),
}

/// An entry of a tree object.
#[derive(Debug, Clone)]
pub(super) struct Entry {
    /// As it is written.
    mode: Vec<u8>,
    kind: EntryKind,
    pub(super) id: RawId,
}

/// Why a change does not fit the tree; which path it is, the caller knows.
#[derive(Debug)]
pub(super) enum Misfit {
    Stale,
    Path(PathRefused),
    Other(CommitError),
}

/// Reads folders, as long as their bytes together are not too many.
pub(super) struct Trees<'a> {
    repo: &'a gix::Repository,
    limit: u64,
    left: u64,
    buf: Vec<u8>,
}

impl<'a> Trees<'a> {
    pub(super) fn new(repo: &'a gix::Repository, limit: u64) -> Self {
        Self { repo, limit, left: limit, buf: Vec::new() }
    }

    /// The folder of a tree object.
    pub(super) fn read(&mut self, id: RawId, mode: Vec<u8>) -> Result<Folder, CommitError> {
        read_tree(self.repo, id, &mut self.buf)?;
        let too_large = CommitError::TooLarge { of: "bytes of folders on the way", limit: self.limit };
        self.left = self.left.checked_sub(self.buf.len() as u64).ok_or(too_large)?;
        let damaged = || CommitError::damaged(format!("{id} is not a tree"));
        let mut nodes = BTreeMap::new();
        let mut rest = self.buf.as_slice();
        while !rest.is_empty() {
            let (name, entry, after) = entry(rest).ok_or_else(damaged)?;
            if nodes.insert(name.to_vec(), Node::Entry(entry)).is_some() {
                return Err(damaged());
            }
            rest = after;
        }
        Ok(Folder { nodes, mode, unchanged: Some(id), names: None })
    }

    pub(super) fn root(&mut self, id: RawId) -> Result<Folder, CommitError> {
        self.read(id, FOLDER.to_vec())
    }
}

/// `<mode> <name>\0<20 bytes>`, and what follows.
fn entry(bytes: &[u8]) -> Option<(&[u8], Entry, &[u8])> {
    let (mode, rest) = cut(bytes, b' ')?;
    let (name, rest) = cut(rest, 0)?;
    let (id, rest) = rest.split_at_checked(HASH)?;
    let kind = EntryMode::from_bytes(&[mode, b" "].concat())?.kind();
    let entry = Entry { mode: mode.to_vec(), kind, id: RawId::try_from(id).ok()? };
    Some((name, entry, rest))
}

/// The two sides of the first such byte.
fn cut(bytes: &[u8], at: u8) -> Option<(&[u8], &[u8])> {
    let place = bytes.iter().position(|byte| *byte == at)?;
    let (before, rest) = bytes.split_at_checked(place)?;
    Some((before, rest.get(1..)?))
}

impl Folder {
    fn empty() -> Self {
        Self { nodes: BTreeMap::new(), mode: FOLDER.to_vec(), unchanged: None, names: None }
    }

    /// Takes the regular file out that has this blob.
    pub(super) fn take(&mut self, trees: &mut Trees<'_>, path: &RepoPath, before: RawId) -> Result<Entry, Misfit> {
        let (folder, name) = self.home(trees, path)?;
        let entry = folder.file(name, before)?.clone();
        folder.nodes.remove(name);
        Ok(entry)
    }

    /// Gives the regular file that has this blob another one.
    pub(super) fn replace(
        &mut self,
        trees: &mut Trees<'_>,
        path: &RepoPath,
        before: RawId,
        after: RawId,
    ) -> Result<(), Misfit> {
        let (folder, name) = self.home(trees, path)?;
        folder.file(name, before)?.id = after;
        Ok(())
    }

    /// Puts a file where nothing stands, and makes the folders that are missing on the way.
    pub(super) fn put(&mut self, trees: &mut Trees<'_>, path: &RepoPath, entry: Entry) -> Result<(), Misfit> {
        let (folders, name) = split(path)?;
        let (mut folder, mut way) = (self, Vec::new());
        for part in folders {
            folder.check_twin(part, &way)?;
            folder.make(part);
            folder = folder.enter(trees, part, Misfit::Path(PathRefused::BelowFile))?;
            way.extend_from_slice(part);
            way.push(b'/');
        }
        folder.check_twin(name, &way)?;
        if let Some(node) = folder.nodes.get(name) {
            return Err(Misfit::Path(node.in_the_way()));
        }
        folder.note(name);
        folder.nodes.insert(name.to_vec(), Node::Entry(entry));
        folder.unchanged = None;
        Ok(())
    }

    /// Takes the folders out that nothing is left in.
    pub(super) fn prune(&mut self) {
        self.nodes.retain(|_, node| match node {
            Node::Entry(_) => true,
            Node::Folder(folder) => {
                folder.prune();
                !folder.nodes.is_empty()
            }
        });
    }

    /// The tree's id, with all trees that are new, the deepest first.
    pub(super) fn write(self, objects: &mut Vec<Object>) -> Result<RawId, CommitError> {
        if let Some(id) = self.unchanged {
            return Ok(id);
        }
        let mut entries = Vec::with_capacity(self.nodes.len());
        for (name, node) in self.nodes {
            let entry = match node {
                Node::Entry(entry) => entry,
                Node::Folder(folder) => {
                    let mode = folder.mode.clone();
                    Entry { mode, kind: EntryKind::Tree, id: folder.write(objects)? }
                }
            };
            entries.push((name, entry));
        }
        let is_tree = |entry: &Entry| entry.kind == EntryKind::Tree;
        entries.sort_by(|(a, one), (b, other)| name_order(a, is_tree(one), b, is_tree(other)));
        let line = |(name, it): &(Vec<u8>, Entry)| [&it.mode, b" ".as_slice(), name, b"\0", it.id.as_bytes()].concat();
        let tree = Object::new(ObjectKind::Tree, entries.iter().flat_map(line).collect())?;
        let id = tree.id;
        objects.push(tree);
        Ok(id)
    }

    /// The folder of a file that should be there, marked as changed on all the way, and the file's name.
    fn home<'p>(&mut self, trees: &mut Trees<'_>, path: &'p RepoPath) -> Result<(&mut Self, &'p [u8]), Misfit> {
        let (folders, name) = split(path)?;
        let mut folder = self;
        for part in folders {
            folder = folder.enter(trees, part, Misfit::Stale)?;
        }
        folder.unchanged = None;
        Ok((folder, name))
    }

    /// Goes into a folder, and reads it the first time; `otherwise` is why there is none.
    fn enter(&mut self, trees: &mut Trees<'_>, name: &[u8], otherwise: Misfit) -> Result<&mut Self, Misfit> {
        self.unchanged = None;
        let Some(node) = self.nodes.get_mut(name) else { return Err(otherwise) };
        if let Node::Entry(entry) = node {
            match entry.kind {
                EntryKind::Tree => *node = Node::Folder(trees.read(entry.id, std::mem::take(&mut entry.mode))?),
                EntryKind::Link => return Err(Misfit::Path(PathRefused::Symlink)),
                EntryKind::Commit => return Err(Misfit::Path(PathRefused::Submodule)),
                EntryKind::Blob | EntryKind::BlobExecutable => {}
            }
        }
        match node {
            Node::Folder(folder) => Ok(folder),
            Node::Entry(_) => Err(otherwise),
        }
    }

    /// The regular file of this name, if it has this blob.
    fn file(&mut self, name: &[u8], blob: RawId) -> Result<&mut Entry, Misfit> {
        match self.nodes.get_mut(name) {
            Some(Node::Entry(entry)) => match entry.kind {
                EntryKind::Blob | EntryKind::BlobExecutable if entry.id == blob => Ok(entry),
                EntryKind::Link => Err(Misfit::Path(PathRefused::Symlink)),
                EntryKind::Commit => Err(Misfit::Path(PathRefused::Submodule)),
                EntryKind::Blob | EntryKind::BlobExecutable | EntryKind::Tree => Err(Misfit::Stale),
            },
            Some(Node::Folder(_)) | None => Err(Misfit::Stale),
        }
    }

    /// Makes a folder of this name, if nothing stands there.
    fn make(&mut self, name: &[u8]) {
        if !self.nodes.contains_key(name) {
            self.note(name);
            self.nodes.insert(name.to_vec(), Node::Folder(Self::empty()));
        }
    }

    fn check_twin(&mut self, name: &[u8], way: &[u8]) -> Result<(), Misfit> {
        let names = self.names.get_or_insert_with(|| Names::of(self.nodes.keys()));
        let Some(twin) = names.twin(name) else { return Ok(()) };
        match RepoPath::parse([way, twin].concat()) {
            Ok(with) => Err(Misfit::Path(PathRefused::Clash { with })),
            Err(error) => Err(error.into()),
        }
    }

    /// Remembers a name that comes to those that were compared before.
    fn note(&mut self, name: &[u8]) {
        if let Some(names) = &mut self.names {
            names.insert(name);
        }
    }
}

impl Node {
    /// Why nothing can be put where this stands.
    fn in_the_way(&self) -> PathRefused {
        match self {
            Self::Folder(_) => PathRefused::IsFolder,
            Self::Entry(entry) => match entry.kind {
                EntryKind::Tree => PathRefused::IsFolder,
                EntryKind::Link => PathRefused::Symlink,
                EntryKind::Commit => PathRefused::Submodule,
                EntryKind::Blob | EntryKind::BlobExecutable => PathRefused::Exists,
            },
        }
    }
}

impl Entry {
    /// The same file with another content.
    pub(super) fn with(self, id: RawId) -> Self {
        Self { id, ..self }
    }
}

impl Misfit {
    /// The error for the path that it was met at.
    pub(super) fn at(self, path: &RepoPath) -> CommitError {
        match self {
            Self::Stale => CommitError::Stale { path: path.clone() },
            Self::Path(why) => CommitError::Refused { path: path.clone(), why },
            Self::Other(error) => error,
        }
    }
}

impl From<CommitError> for Misfit {
    fn from(error: CommitError) -> Self {
        Self::Other(error)
    }
}

impl From<ReadError> for Misfit {
    fn from(error: ReadError) -> Self {
        Self::Other(error.into())
    }
}

/// The folders of a path, and its last part.
fn split(path: &RepoPath) -> Result<(impl Iterator<Item = &[u8]>, &[u8]), Misfit> {
    let bytes = path.as_bytes();
    let place = bytes.iter().rposition(|byte| *byte == b'/');
    let (folders, name) = match place.and_then(|at| bytes.split_at_checked(at)) {
        Some((folders, name)) => (folders, name.get(1..).unwrap_or_default()),
        None => (&[][..], bytes),
    };
    if name.is_empty() {
        return Err(Misfit::Path(PathRefused::Root));
    }
    Ok((folders.split(|byte| *byte == b'/').filter(|part| !part.is_empty()), name))
}
