//! The files that a question touches, each read once: those that hold the name, and those that their imports lead to.

use std::{
    cell::RefCell,
    collections::{HashMap, HashSet},
    sync::Arc,
};

use memchr::memmem::Finder;

use super::{facts::Facts, parse};
use crate::{
    language::{Family, Unparsed},
    limits::{Budget, Stopped},
    sources::{FileId, Sources},
};

/// What is known of a file.
pub(super) type Read = Result<Arc<Facts>, Unparsed>;

/// Facts by file.
pub(super) struct Files<'s> {
    pub(super) sources: &'s dyn Sources,
    budget: &'s Budget<'s>,
    read: RefCell<HashMap<FileId, Read>>,
}

impl<'s> Files<'s> {
    pub(super) fn new(sources: &'s dyn Sources, budget: &'s Budget<'s>) -> Self {
        Self { sources, budget, read: RefCell::default() }
    }

    /// The same files after an edit. What has not changed is not read again.
    pub(super) fn edited<'e>(
        &self,
        sources: &'e dyn Sources,
        changed: &HashSet<FileId>,
        budget: &'e Budget<'e>,
    ) -> Files<'e> {
        let kept = self
            .read
            .borrow()
            .iter()
            .filter(|(file, _)| !changed.contains(file))
            .map(|(file, read)| (*file, read.clone()))
            .collect();
        Files { sources, budget, read: RefCell::new(kept) }
    }

    pub(super) fn path(&self, file: FileId) -> &str {
        self.sources.file(file).map_or("", |file| &file.path)
    }

    pub(super) fn check(&self) -> Result<(), Stopped> {
        self.budget.check()
    }

    /// What a file says.
    pub(super) fn read(&self, file: FileId) -> Read {
        if let Some(known) = self.read.borrow().get(&file) {
            return known.clone();
        }
        let read = self.read_anew(file);
        self.read.borrow_mut().insert(file, read.clone());
        read
    }

    /// Takes what is known of a file's text in its dialect, or parses it.
    fn read_anew(&self, file: FileId) -> Read {
        let (path, blob) = self.sources.file(file).map_or(("", ""), |file| (&file.path, &file.blob_id));
        let dialect = parse::dialect(path);
        let kept = self.sources.known().map(|known| &known.shelves.script).filter(|_| !blob.is_empty());
        if let Some(known) = kept.and_then(|kept| kept.get(blob, dialect)) {
            return known;
        }
        let text = self.sources.text(file).map_err(Unparsed::Unreadable)?;
        let read = parse::facts(path, &text).map(Arc::new);
        if let Some(kept) = kept {
            kept.put(blob, dialect, read.clone(), text.len());
        }
        read
    }

    /// What a file says, if it can be understood.
    pub(super) fn facts(&self, file: FileId) -> Option<Arc<Facts>> {
        self.read(file).ok()
    }

    /// All that was read so far.
    pub(super) fn known(&self) -> Vec<(FileId, Arc<Facts>)> {
        let read = self.read.borrow();
        let mut known: Vec<_> =
            read.iter().filter_map(|(file, read)| Some((*file, Arc::clone(read.as_ref().ok()?)))).collect();
        known.sort_by_key(|(file, _)| *file);
        known
    }

    /// The files of these languages in which a name may stand.
    pub(super) fn holders(&self, name: &str) -> Result<Vec<FileId>, Stopped> {
        let search = Finder::new(name);
        let holds = |bytes: &[u8]| search.find(bytes).is_some() || holds_escaped(bytes, name);
        let mut holders = Vec::new();
        for file in self.own() {
            self.budget.check()?;
            if self.sources.bytes(file).is_ok_and(|bytes| holds(&bytes)) {
                holders.push(file);
            }
        }
        Ok(holders)
    }

    /// All files of these languages.
    pub(super) fn own(&self) -> impl Iterator<Item = FileId> {
        let is_own = |id: &FileId| self.sources.file(*id).is_some_and(|it| it.family == Some(Family::Script));
        self.sources.ids().filter(is_own)
    }
}

/// Whether a name is written with escapes: `\u0061` is `a` also in names.
fn holds_escaped(bytes: &[u8], name: &str) -> bool {
    let Some(first) = memchr::memmem::find(bytes, b"\\u") else { return false };
    let Ok(text) = std::str::from_utf8(bytes.get(first.saturating_sub(name.len())..).unwrap_or_default()) else {
        return false;
    };
    let mut decoded = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("\\u") {
        decoded.push_str(before);
        let braced = after.strip_prefix('{').and_then(|after| after.split_once('}'));
        let (digits, after) = braced.unwrap_or_else(|| after.split_at_checked(4).unwrap_or((after, "")));
        decoded.extend(u32::from_str_radix(digits, 16).ok().and_then(char::from_u32));
        rest = after;
    }
    decoded.push_str(rest);
    memchr::memmem::find(decoded.as_bytes(), name.as_bytes()).is_some()
}
