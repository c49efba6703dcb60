//! What the classes of each file name as their bases: worked out once for all questions about the same files, and again
//! where an edit may have changed it.

use std::{
    collections::{BTreeSet, HashMap},
    sync::{Arc, Mutex},
};

use super::{Ancestor, ClassRef, World};
use crate::{
    known::lock,
    language::python::facts::{Class, Id},
    sources::FileId,
};

/// The bases of all classes of one file.
#[derive(Debug)]
pub(super) struct Bases {
    of: Vec<(Id<Class>, Arc<[Ancestor]>)>,
    /// Every file that was read to find that out.
    read: BTreeSet<FileId>,
}

impl Bases {
    pub(super) fn of(&self, class: Id<Class>) -> Arc<[Ancestor]> {
        let found = self.of.binary_search_by_key(&class, |(id, _)| *id).ok().and_then(|at| self.of.get(at));
        found.map(|(_, bases)| Arc::clone(bases)).unwrap_or_default()
    }

    /// Whether nothing that they follow from is among some files, which are sorted.
    pub(super) fn are_apart_from(&self, changed: &[FileId]) -> bool {
        !changed.iter().any(|file| self.read.contains(file))
    }
}

/// Those of many files.
#[derive(Debug, Default)]
pub(super) struct Pedigree(Mutex<HashMap<FileId, Arc<Bases>>>);

impl Pedigree {
    pub(super) fn get(&self, file: FileId) -> Option<Arc<Bases>> {
        lock(&self.0).get(&file).cloned()
    }

    pub(super) fn put(&self, file: FileId, bases: Arc<Bases>) {
        lock(&self.0).insert(file, bases);
    }
}

impl World<'_> {
    /// What a class says that it inherits from.
    pub(super) fn bases_of(&self, class: ClassRef) -> Arc<[Ancestor]> {
        self.bases_in(class.0).of(class.1)
    }

    fn bases_in(&self, file: FileId) -> Arc<Bases> {
        if let Some(known) = self.bases.borrow().get(&file) {
            return Arc::clone(known);
        }
        let bases = self.files.known_bases(file).unwrap_or_else(|| self.find_bases(file));
        self.bases.borrow_mut().insert(file, Arc::clone(&bases));
        bases
    }

    fn find_bases(&self, file: FileId) -> Arc<Bases> {
        let outer = self.reads.replace(Some(BTreeSet::from([file])));
        let facts = self.known(file);
        let of = facts.classes.iter().map(|(id, _)| (id, self.bases((file, id)).into())).collect();
        let read = self.reads.replace(outer).unwrap_or_default();
        let bases = Arc::new(Bases { of, read });
        if self.check().is_ok() {
            self.files.keep_bases(file, &bases);
        }
        bases
    }

    /// The classes that name this one among their bases, under whatever name they know it.
    pub(super) fn children(&self, class: ClassRef) -> Vec<ClassRef> {
        let name = self.known(class.0).classes.get(class.1).name.clone();
        for file in self.files.of_heirs(&name) {
            for (child, bases) in &self.bases_in(file).of {
                for base in bases.iter() {
                    if let Ancestor::Own(base) = base {
                        self.children.borrow_mut().entry(*base).or_default().push((file, *child));
                    }
                }
            }
        }
        let mut children = self.children.borrow().get(&class).cloned().unwrap_or_default();
        children.retain(|child| *child != class);
        children
    }
}
