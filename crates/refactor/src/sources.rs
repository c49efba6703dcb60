//! What a rename reads: the files of one commit, named by number, in the order of their paths.

use std::borrow::Cow;

use serde::Serialize;

use crate::{
    known::Known,
    language::{self, Family},
};

/// A file of a [`Sources`]: its place in the list. Edits and moves leave it as it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FileId(pub u32);

impl FileId {
    /// As an index into [`Sources::files`].
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// What is known of a file without reading it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceFile {
    /// From the repository's root, with `/` between its parts.
    pub path: String,
    /// Git's name of its content, in hexadecimal: 40 or 64 digits.
    pub blob_id: String,
    /// Whether its text is a person's to change.
    pub nature: Nature,
    /// The language that it is in, if that is one with names.
    pub family: Option<Family>,
}

impl SourceFile {
    /// A file of this content: the beginning of its text may say its language, where its path does not.
    pub fn new(path: String, blob_id: String, nature: Nature, content: &[u8]) -> Self {
        let family = language::family(&path).or_else(|| language::family_of_script(&path, content));
        Self { path, blob_id, nature, family }
    }
}

/// Whose a file is, as the manifest says it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Nature {
    /// Written here by hand.
    Own,
    /// Made by a program, which would undo an edit.
    Generated,
    /// A copy of somebody else's.
    Vendored,
    /// A symbolic link: its text is a path.
    Symlink,
}

impl Nature {
    /// Whether an edit of it would last.
    pub fn is_editable(self) -> bool {
        self == Self::Own
    }
}

/// Why a file cannot be read as text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Unreadable {
    /// Its bytes are not UTF-8: an edit could not be shown, let alone applied.
    #[error("not UTF-8")]
    NotUtf8,
    /// It holds NUL bytes.
    #[error("binary")]
    Binary,
    /// It is larger than what is read of one file.
    #[error("larger than the limit")]
    TooLarge,
    /// It lies outside of the text that was given: a file that is missing, or damaged.
    #[error("not readable")]
    Missing,
}

/// The files of one commit. Paths are unique and sorted by their bytes; nothing changes while it is read.
pub trait Sources: Sync {
    /// All files, also those that no language knows.
    fn files(&self) -> &[SourceFile];

    /// The bytes of a file; empty for one that has none, such as a submodule.
    ///
    /// # Errors
    /// [`Unreadable::Missing`] and [`Unreadable::TooLarge`] only.
    fn bytes(&self, file: FileId) -> Result<Cow<'_, [u8]>, Unreadable>;

    /// The text of a file, its byte order mark included.
    fn text(&self, file: FileId) -> Result<Cow<'_, str>, Unreadable> {
        match self.bytes(file)? {
            Cow::Borrowed(bytes) => text(bytes).map(Cow::Borrowed),
            Cow::Owned(bytes) => text(&bytes).map(|text| Cow::Owned(text.to_owned())),
        }
    }

    /// What was found out of texts before, and where more of it is kept. Nothing is, unless [`Remembered`] sees to it.
    ///
    /// [`Remembered`]: crate::Remembered
    fn known(&self) -> Option<&Known> {
        None
    }

    /// The file at a path.
    fn find(&self, path: &str) -> Option<FileId> {
        let files = self.files();
        let index = files.binary_search_by(|file| file.path.as_bytes().cmp(path.as_bytes())).ok()?;
        u32::try_from(index).ok().map(FileId)
    }

    /// What is known of a file of this list.
    fn file(&self, file: FileId) -> Option<&SourceFile> {
        self.files().get(file.index())
    }

    /// Every file, in order.
    fn ids(&self) -> Box<dyn Iterator<Item = FileId> + '_> {
        Box::new((0u32..).zip(self.files()).map(|(index, _)| FileId(index)))
    }
}

fn text(bytes: &[u8]) -> Result<&str, Unreadable> {
    if memchr::memchr(0, bytes).is_some() {
        return Err(Unreadable::Binary);
    }
    std::str::from_utf8(bytes).ok().ok_or(Unreadable::NotUtf8)
}

/// Sources that are held in memory.
#[derive(Debug, Clone, Default)]
pub struct Memory {
    files: Vec<SourceFile>,
    bytes: Vec<Vec<u8>>,
}

impl Memory {
    /// From paths and contents, in any order; of a path that is given twice, the later content counts.
    pub fn new<P: Into<String>, B: Into<Vec<u8>>>(files: impl IntoIterator<Item = (P, B)>) -> Self {
        let sorted: std::collections::BTreeMap<String, Vec<u8>> =
            files.into_iter().map(|(path, bytes)| (path.into(), bytes.into())).collect();
        let (files, bytes) = sorted
            .into_iter()
            .map(|(path, bytes)| (SourceFile::new(path, String::new(), Nature::Own, &bytes), bytes))
            .unzip();
        Self { files, bytes }
    }

    /// Says of a file whose it is, and what Git calls its content.
    pub fn describe(&mut self, path: &str, nature: Nature, blob_id: &str) {
        if let Some(file) = self.find(path).and_then(|file| self.files.get_mut(file.index())) {
            file.nature = nature;
            blob_id.clone_into(&mut file.blob_id);
        }
    }
}

impl Sources for Memory {
    fn files(&self) -> &[SourceFile] {
        &self.files
    }

    fn bytes(&self, file: FileId) -> Result<Cow<'_, [u8]>, Unreadable> {
        self.bytes.get(file.index()).map(|bytes| Cow::Borrowed(bytes.as_slice())).ok_or(Unreadable::Missing)
    }
}
