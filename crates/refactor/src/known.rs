//! What the texts of files say, kept from one question to the next.

use std::{
    borrow::Cow,
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

#[cfg(any(feature = "python", feature = "script"))]
use crate::language::Unparsed;
use crate::{
    language::Shelves,
    sources::{FileId, SourceFile, Sources, Unreadable},
};

/// What was found out of texts, by the name that Git has for each. It is true for as long as this process runs, whatever
/// commit is asked about: a text says the same wherever it lies, and one that is changed has another name.
#[derive(Default)]
pub struct Known {
    pub(crate) shelves: Shelves,
}

impl Known {
    /// Nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Bytes of the texts that something is known of. What is known takes several times their memory.
    pub fn text_bytes(&self) -> usize {
        self.shelves.text_bytes()
    }

    /// Forgets everything. Answers that are being worked out keep what they have taken.
    pub fn forget(&self) {
        self.shelves.clear();
    }
}

/// Sources together with what was found out before.
pub struct Remembered<'s> {
    sources: &'s dyn Sources,
    known: &'s Known,
}

impl<'s> Remembered<'s> {
    /// Questions about these sources take what is known, and add to it. Files whose blob has no name are read each time.
    pub fn new(sources: &'s dyn Sources, known: &'s Known) -> Self {
        Self { sources, known }
    }
}

impl Sources for Remembered<'_> {
    fn files(&self) -> &[SourceFile] {
        self.sources.files()
    }

    fn bytes(&self, file: FileId) -> Result<Cow<'_, [u8]>, Unreadable> {
        self.sources.bytes(file)
    }

    fn text(&self, file: FileId) -> Result<Cow<'_, str>, Unreadable> {
        self.sources.text(file)
    }

    fn find(&self, path: &str) -> Option<FileId> {
        self.sources.find(path)
    }

    fn known(&self) -> Option<&Known> {
        Some(self.known)
    }
}

/// The facts of one family's files.
pub(crate) struct Shelf<F> {
    held: Mutex<Held<F>>,
}

struct Held<F> {
    /// By the blob, and by what else its text is read by.
    facts: HashMap<(String, u8), Result<Arc<F>, Unparsed>>,
    text_bytes: usize,
}

impl<F> Default for Shelf<F> {
    fn default() -> Self {
        Self { held: Mutex::new(Held { facts: HashMap::new(), text_bytes: 0 }) }
    }
}

#[cfg(any(feature = "python", feature = "script"))]
impl<F> Shelf<F> {
    pub(crate) fn get(&self, blob: &str, dialect: u8) -> Option<Result<Arc<F>, Unparsed>> {
        lock(&self.held).facts.get(&(blob.to_owned(), dialect)).cloned()
    }

    /// Keeps what a text of so many bytes says.
    pub(crate) fn put(&self, blob: &str, dialect: u8, facts: Result<Arc<F>, Unparsed>, bytes: usize) {
        let mut held = lock(&self.held);
        if held.facts.insert((blob.to_owned(), dialect), facts).is_none() {
            held.text_bytes += bytes;
        }
    }

    pub(crate) fn text_bytes(&self) -> usize {
        lock(&self.held).text_bytes
    }

    pub(crate) fn clear(&self) {
        *lock(&self.held) = Held { facts: HashMap::new(), text_bytes: 0 };
    }
}

/// What one thread left half done, another takes as it is: it is only ever added to.
pub(crate) fn lock<T>(of: &Mutex<T>) -> MutexGuard<'_, T> {
    of.lock().unwrap_or_else(PoisonError::into_inner)
}
