//! The files that a question touches, each read once: those that hold the name, and those that they lead to.

use std::{
    cell::{OnceCell, RefCell},
    collections::HashMap,
    rc::Rc,
};

use crate::{
    language::{Family, Unparsed, family},
    limits::{Budget, Stopped},
    sources::{FileId, Sources},
    words::Words,
};

/// Makes a file's facts of its path and text: of nothing else, so that they hold wherever the same text is.
pub(in crate::language) type Reader<F> = fn(&str, &str, &Budget<'_>) -> Result<F, Unparsed>;

/// What is known of a file.
type Read<F> = Result<Rc<F>, Unparsed>;

/// Facts by file.
pub(in crate::language) struct Files<'s, F> {
    /// All files, also those of other languages.
    pub(in crate::language) sources: &'s dyn Sources,
    budget: &'s Budget<'s>,
    family: Family,
    reader: Reader<F>,
    read: RefCell<HashMap<FileId, Read<F>>>,
    folders: OnceCell<HashMap<String, Vec<FileId>>>,
}

impl<'s, F> Files<'s, F> {
    /// Nothing is read before it is asked for.
    pub(in crate::language) fn new(
        sources: &'s dyn Sources,
        budget: &'s Budget<'s>,
        family: Family,
        reader: Reader<F>,
    ) -> Self {
        Self { sources, budget, family, reader, read: RefCell::default(), folders: OnceCell::new() }
    }

    /// The same files after an edit. What has not changed is not read again.
    pub(in crate::language) fn edited<'e>(
        &self,
        sources: &'e dyn Sources,
        changed: &[FileId],
        budget: &'e Budget<'e>,
    ) -> Files<'e, F> {
        let read = self.read.borrow();
        let kept = read.iter().filter(|(file, _)| !changed.contains(file));
        let kept = kept.map(|(file, read)| (*file, read.clone())).collect();
        let files = Files::new(sources, budget, self.family, self.reader);
        files.read.replace(kept);
        files
    }

    /// A file's path.
    pub(in crate::language) fn path(&self, file: FileId) -> &str {
        self.sources.file(file).map_or("", |file| &file.path)
    }

    /// Whether there is time left.
    pub(in crate::language) fn check(&self) -> Result<(), Stopped> {
        self.budget.check()
    }

    /// What a file says.
    pub(in crate::language) fn read(&self, file: FileId) -> Read<F> {
        if let Some(known) = self.read.borrow().get(&file) {
            return known.clone();
        }
        let read = match self.sources.text(file) {
            Ok(text) => (self.reader)(self.path(file), &text, self.budget).map(Rc::new),
            Err(reason) => Err(Unparsed::Unreadable(reason)),
        };
        self.read.borrow_mut().insert(file, read.clone());
        read
    }

    /// What a file says, if it can be understood.
    pub(in crate::language) fn facts(&self, file: FileId) -> Option<Rc<F>> {
        self.read(file).ok()
    }

    /// The family's files that hold the letters of a name.
    pub(in crate::language) fn holders(&self, name: &str) -> Result<Vec<FileId>, Stopped> {
        let words = Words::new(name);
        let mut holders = Vec::new();
        for file in self.own() {
            self.budget.check()?;
            if self.sources.bytes(file).is_ok_and(|bytes| words.touches(&bytes)) {
                holders.push(file);
            }
        }
        Ok(holders)
    }

    /// All files of the family.
    pub(in crate::language) fn own(&self) -> impl Iterator<Item = FileId> {
        let is_own = |id: &FileId| self.sources.file(*id).is_some_and(|it| family(&it.path) == Some(self.family));
        self.sources.ids().filter(is_own)
    }

    /// The family's files right in a folder; that of the root is empty.
    pub(in crate::language) fn folder(&self, folder: &str) -> &[FileId] {
        self.folders().get(folder).map_or(&[], Vec::as_slice)
    }

    /// The folders that hold files of the family, with these files.
    pub(in crate::language) fn folders(&self) -> &HashMap<String, Vec<FileId>> {
        self.folders.get_or_init(|| {
            let mut folders: HashMap<String, Vec<FileId>> = HashMap::new();
            for file in self.own() {
                folders.entry(folder_of(self.path(file)).to_owned()).or_default().push(file);
            }
            folders
        })
    }
}

/// The folder that a path lies in.
pub(in crate::language) fn folder_of(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}
