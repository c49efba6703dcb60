//! `.gitattributes` as they stand in the commit: only blobs of the tree, never files on a disk.

use std::{collections::HashMap, path::PathBuf};

use gix_attributes::{
    Search, StateRef,
    search::{MetadataCollection, Outcome},
};
use gix_glob::pattern::Case;

use crate::{blob::Entry, kind::Mode};

const NAME: &[u8] = b".gitattributes";
const GENERATED: &str = "linguist-generated";
const VENDORED: &str = "linguist-vendored";
const DOCUMENTATION: &str = "linguist-documentation";
const LANGUAGE: &str = "linguist-language";
const BINARY: &str = "binary";
const WANTED: [&str; 5] = [GENERATED, VENDORED, DOCUMENTATION, LANGUAGE, BINARY];

/// Files of attributes longer than this many bytes are ignored, as Git does (100 MiB there).
pub const FILE_LIMIT: u64 = 1024 * 1024;

/// What the attributes say of one path; `None` where they say nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Attributes {
    /// `linguist-language`, as written.
    pub language: Option<String>,
    /// `linguist-generated`.
    pub generated: Option<bool>,
    /// `linguist-vendored`.
    pub vendored: Option<bool>,
    /// `linguist-documentation`.
    pub documentation: Option<bool>,
    /// The macro `binary` is set. `-text` alone is not enough: by gitattributes(5) it only turns off the
    /// conversion of line ends, and whole projects of text have `* -text`.
    pub binary: bool,
}

/// The attribute files that are in force along one path, for paths asked in order.
pub struct Stack {
    search: Search,
    names: MetadataCollection,
    outcome: Outcome,
    /// Directories whose files are loaded below the built-in list, outermost first, each ending in `/`.
    loaded: Vec<Vec<u8>>,
}

impl Default for Stack {
    fn default() -> Self {
        let (mut search, mut names) = (Search::default(), MetadataCollection::default());
        // Git's one built-in macro. The bytes are fixed and valid; nothing is read.
        let builtin =
            search.add_patterns_buffer(b"[attr]binary -diff -merge -text", PathBuf::new(), None, &mut names, true);
        debug_assert!(builtin.is_ok(), "the built-in macro parses");
        Self { search, names, outcome: Outcome::default(), loaded: Vec::new() }
    }
}

/// Whether the path is a file of attributes, and the directory it speaks for, ending in `/` or empty.
pub fn directory_of(path: &[u8]) -> Option<&[u8]> {
    let directory = path.strip_suffix(NAME)?;
    (directory.is_empty() || directory.ends_with(b"/")).then_some(directory)
}

impl Stack {
    /// Leaves every directory that `path` is not in.
    pub fn leave(&mut self, path: &[u8]) {
        while self.loaded.last().is_some_and(|directory| !path.starts_with(directory)) {
            self.loaded.pop();
            self.search.pop_pattern_list();
        }
    }

    /// Puts a directory's file in force. Outer directories are entered first. Lines that Git would not
    /// take are skipped; a directory that is not UTF-8 is skipped where the platform cannot name it.
    pub fn enter(&mut self, directory: &[u8], content: &[u8]) {
        let Ok(text) = std::str::from_utf8(directory) else {
            return;
        };
        let source = PathBuf::from(text).join(".gitattributes");
        let top = directory.is_empty();
        // Macros may be defined at the top only (gitattributes(5)).
        let root = std::path::Path::new("");
        if self.search.add_patterns_buffer(content, source, Some(root), &mut self.names, top).is_ok() {
            self.loaded.push(directory.to_vec());
        }
    }

    /// What the files in force say of a file's path.
    pub fn of(&mut self, path: &[u8]) -> Attributes {
        let mut found = Attributes::default();
        // Patterns are for paths from the root; a tree that was made to hurt may hold one that begins with a slash.
        if self.loaded.is_empty() || path.starts_with(b"/") {
            return found;
        }
        self.outcome.initialize_with_selection(&self.names, WANTED);
        self.search.pattern_matching_relative_path(path.into(), Case::Sensitive, Some(false), &mut self.outcome);
        for one in self.outcome.iter_selected() {
            let state = one.assignment.state;
            match one.assignment.name.as_str() {
                GENERATED => found.generated = truth(state),
                VENDORED => found.vendored = truth(state),
                DOCUMENTATION => found.documentation = truth(state),
                LANGUAGE => {
                    if let StateRef::Value(value) = state {
                        found.language = std::str::from_utf8(value.as_bstr()).ok().map(str::to_owned);
                    }
                }
                BINARY => found.binary = truth(state) == Some(true),
                _ => {}
            }
        }
        found
    }
}

/// The attributes of the files of one tree, asked in the order of their paths. Attribute files are read as their
/// directories come up.
pub struct Walk<'e> {
    stack: Stack,
    /// Directories with a file of attributes, and its entry.
    attributed: HashMap<&'e [u8], &'e Entry>,
    entered: Vec<&'e [u8]>,
}

impl<'e> Walk<'e> {
    /// Over these entries.
    pub fn new(entries: &'e [Entry]) -> Self {
        let files = entries.iter().filter(|entry| Mode::of(entry.mode) == Mode::File);
        let attributed = files.filter_map(|entry| Some((directory_of(&entry.path)?, entry))).collect();
        Self { stack: Stack::default(), attributed, entered: Vec::new() }
    }

    /// What is said of a file's path. `read` gives the content of a file of attributes, and nothing if it is too large.
    pub fn of<E>(
        &mut self,
        path: &'e [u8],
        mut read: impl FnMut(&'e Entry) -> Result<Option<Vec<u8>>, E>,
    ) -> Result<Attributes, E> {
        if !self.attributed.is_empty() {
            self.enter(path, &mut read)?;
        }
        Ok(self.stack.of(path))
    }

    /// Brings the attribute files of all directories above `path` into force, and those of others out of it.
    fn enter<E>(
        &mut self,
        path: &'e [u8],
        read: &mut impl FnMut(&'e Entry) -> Result<Option<Vec<u8>>, E>,
    ) -> Result<(), E> {
        self.stack.leave(path);
        while self.entered.last().is_some_and(|directory| !path.starts_with(directory)) {
            self.entered.pop();
        }
        let inside = self.entered.last().map_or(0, |directory| directory.len());
        let is_first = self.entered.is_empty();
        let slashes = memchr::memchr_iter(b'/', path).map(|at| at + 1);
        for end in std::iter::once(0).chain(slashes).filter(|end| *end > inside || (is_first && *end == 0)) {
            let directory = path.get(..end).unwrap_or_default();
            if let Some(entry) = self.attributed.get(directory).copied() {
                if let Some(content) = read(entry)? {
                    self.stack.enter(directory, &content);
                }
                self.entered.push(directory);
            }
        }
        Ok(())
    }
}

/// `true` and `false` may be written out as values; linguist reads them so.
fn truth(state: StateRef<'_>) -> Option<bool> {
    match state {
        StateRef::Set => Some(true),
        StateRef::Unset => Some(false),
        StateRef::Value(value) => Some(value.as_bstr() != "false"),
        StateRef::Unspecified => None,
    }
}
