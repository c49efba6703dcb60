//! The Python files, and how those are found that a question touches without reading each: by their words, and by what
//! classes name as their bases. Functions of the texts alone, made when they are first asked for.

use std::{
    cell::RefCell,
    collections::{BTreeSet, HashMap, HashSet},
    sync::{
        Arc, Mutex, OnceLock,
        atomic::{AtomicUsize, Ordering},
    },
};

use unicode_normalization::{IsNormalized, UnicodeNormalization as _, is_nfkc_quick};

use super::{
    Reflected,
    bases::{Bases, Pedigree},
    heads::Heads,
};
use crate::{
    known::lock,
    language::Family,
    sources::{FileId, Sources},
    vocabulary::Vocabulary,
    words::Words,
};

/// So many names are looked for in the texts themselves. A question that asks for more is answered sooner from all of
/// their words, though these must be gathered first.
const FEW: usize = 12;

/// So many letters that are no word are remembered with their files.
const MOST_SIGNS: usize = 256;

/// All Python files of some sources.
pub(crate) struct Files<'s> {
    sources: &'s dyn Sources,
    all: Vec<FileId>,
    index: Arc<Index>,
    /// Those that are not as the index knows them, sorted, with an index of their own.
    changed: Vec<FileId>,
    /// Whether some lie elsewhere than the index knows them.
    has_moved: bool,
    own: Index,
    given: RefCell<Given>,
}

/// Which files were given for what their classes name as bases.
#[derive(Default)]
struct Given {
    files: HashSet<FileId>,
    is_all: bool,
    /// So many may be given before all are; 0 until it is counted.
    most: usize,
}

/// What finds files.
#[derive(Debug, Default)]
pub(crate) struct Index {
    searches: AtomicUsize,
    words: OnceLock<Vocabulary>,
    odd: OnceLock<Vec<(FileId, String)>>,
    /// The files that hold letters which are no word, such as `**`: the same ones are asked for again and again.
    signs: Mutex<HashMap<String, Vec<FileId>>>,
    heads: OnceLock<Heads>,
    bases: Pedigree,
    reflected: OnceLock<Arc<Reflected>>,
}

impl<'s> Files<'s> {
    /// With an index that was made of the same files, or an empty one.
    pub(super) fn new(sources: &'s dyn Sources, index: Arc<Index>) -> Self {
        let (all, given) = (python_files(sources), RefCell::default());
        Self { sources, all, index, changed: Vec::new(), has_moved: false, own: Index::default(), given }
    }

    /// The same files after an edit. The index is others' as well, so nothing of the edit goes into it.
    pub(super) fn edited<'e>(&self, sources: &'e dyn Sources, changed: &[FileId]) -> Files<'e> {
        self.index.odd(self.sources, &self.all);
        let is_changed = |file: &FileId| changed.contains(file) || self.changed.binary_search(file).is_ok();
        let path = |sources: &dyn Sources, file: FileId| sources.file(file).map(|file| file.path.clone());
        let has_moved = self.has_moved || changed.iter().any(|file| path(self.sources, *file) != path(sources, *file));
        let all = python_files(sources);
        let changed = all.iter().copied().filter(is_changed).collect();
        let (index, given) = (Arc::clone(&self.index), RefCell::default());
        Files { sources, all, index, changed, has_moved, own: Index::default(), given }
    }

    /// Those that hold a word's letters, as they are or before normalisation.
    pub(super) fn holders(&self, word: &str) -> Vec<FileId> {
        if self.changed.is_empty() {
            self.index.gather(self.sources, &self.all, word);
            return self.index.holders(self.sources, &self.all, word);
        }
        let mut found = self.index.holders(self.sources, &self.all, word);
        found.retain(|file| self.changed.binary_search(file).is_err());
        self.own.gather(self.sources, &self.changed, word);
        found.extend(self.own.holders(self.sources, &self.changed, word));
        found.sort_unstable();
        found
    }

    /// Those in which a class may name another as its base, under whatever name; each is given once only.
    ///
    /// When half of all files with classes were given, or it is known what all of them name, the rest follows: it is no
    /// more work than was done, and what else is asked then costs nothing.
    pub(super) fn of_heirs(&self, name: &str) -> Vec<FileId> {
        let mut given = self.given.borrow_mut();
        if given.is_all {
            return Vec::new();
        }
        let heads = self.heads();
        if given.most == 0 {
            let with_classes: Vec<FileId> = heads.iter().flat_map(|heads| heads.files()).collect();
            let is_known = with_classes.iter().all(|file| self.known_bases(*file).is_some());
            given.most = if is_known { 0 } else { with_classes.len() / 2 };
        }
        let mut found = if given.most == 0 { BTreeSet::new() } else { Heads::holders(&heads, name) };
        found.retain(|file| given.files.insert(*file));
        if given.files.len() >= given.most {
            given.is_all = true;
            found.extend(heads.iter().flat_map(|heads| heads.files()).filter(|file| !given.files.contains(file)));
        }
        found.into_iter().collect()
    }

    /// What is known of a file's bases, and follows from nothing that has changed.
    pub(super) fn known_bases(&self, file: FileId) -> Option<Arc<Bases>> {
        let known = self.index.bases.get(file).filter(|_| !self.has_moved)?;
        known.are_apart_from(&self.changed).then_some(known)
    }

    /// Keeps a file's bases, for as long as the files are what they are.
    pub(super) fn keep_bases(&self, file: FileId, bases: &Arc<Bases>) {
        if self.changed.is_empty() {
            self.index.bases.put(file, Arc::clone(bases));
        }
    }

    /// Where names are listed and asked for, if that was found out and holds.
    pub(super) fn known_reflected(&self) -> Option<Arc<Reflected>> {
        self.index.reflected.get().filter(|_| self.changed.is_empty()).cloned()
    }

    /// Keeps it, for as long as the files are what they are.
    pub(super) fn keep_reflected(&self, found: &Arc<Reflected>) {
        if self.changed.is_empty() {
            self.index.reflected.get_or_init(|| Arc::clone(found));
        }
    }

    /// Those of the index, and of what has changed since.
    fn heads(&self) -> Vec<&Heads> {
        match self.index.heads.get() {
            Some(known) if self.changed.is_empty() => vec![known],
            Some(known) => vec![known, self.own.heads(self.sources, &self.changed)],
            None if self.changed.is_empty() => vec![self.index.heads(self.sources, &self.all)],
            None => vec![self.own.heads(self.sources, &self.all)],
        }
    }
}

impl Index {
    fn holders(&self, sources: &dyn Sources, files: &[FileId], word: &str) -> Vec<FileId> {
        if Vocabulary::knows(word) {
            return self.search(sources, files, word);
        }
        if let Some(known) = lock(&self.signs).get(word) {
            return known.clone();
        }
        let found = self.search(sources, files, word);
        let mut signs = lock(&self.signs);
        if signs.len() < MOST_SIGNS {
            signs.insert(word.to_owned(), found.clone());
        }
        found
    }

    fn search(&self, sources: &dyn Sources, files: &[FileId], word: &str) -> Vec<FileId> {
        let search = Words::new(word);
        let mut found = if let Some(words) = self.words.get().filter(|_| Vocabulary::knows(word)) {
            words.holders(word)
        } else {
            let holds = |file: &FileId| sources.bytes(*file).is_ok_and(|bytes| search.touches(&bytes));
            files.iter().copied().filter(holds).collect()
        };
        let odd = self.odd(sources, files).iter().filter(|(_, text)| search.touches(text.as_bytes()));
        found.extend(odd.map(|(file, _)| *file));
        found.sort_unstable();
        found.dedup();
        found
    }

    /// Gathers all words, if it is worth it by now.
    fn gather(&self, sources: &dyn Sources, files: &[FileId], word: &str) {
        if self.searches.fetch_add(1, Ordering::Relaxed) >= FEW && Vocabulary::knows(word) {
            let texts = || files.iter().filter_map(|file| Some((*file, sources.bytes(*file).ok()?)));
            self.words.get_or_init(|| Vocabulary::of(texts()));
        }
    }

    /// The files whose normal form (PEP 3131) is not as they are written.
    fn odd(&self, sources: &dyn Sources, files: &[FileId]) -> &[(FileId, String)] {
        self.odd.get_or_init(|| {
            let text = |file: &FileId| Some((*file, normal_form(&sources.bytes(*file).ok()?)?));
            files.iter().filter_map(text).collect()
        })
    }

    fn heads(&self, sources: &dyn Sources, files: &[FileId]) -> &Heads {
        self.heads.get_or_init(|| {
            let mut heads = Heads::default();
            for file in files {
                if let Ok(text) = sources.text(*file) {
                    heads.add(*file, &text);
                }
            }
            self.odd(sources, files).iter().for_each(|(file, text)| heads.add(*file, text));
            heads
        })
    }
}

fn python_files(sources: &dyn Sources) -> Vec<FileId> {
    sources.ids().filter(|file| sources.file(*file).is_some_and(|file| file.family == Some(Family::Python))).collect()
}

/// A text in its normal form, if that is another and may hold names that only it spells so.
fn normal_form(bytes: &[u8]) -> Option<String> {
    if bytes.is_ascii() {
        return None;
    }
    let text = std::str::from_utf8(bytes).ok()?;
    (is_nfkc_quick(text.chars()) != IsNormalized::Yes).then(|| text.nfkc().collect())
}
