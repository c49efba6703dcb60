//! All files together: who imports what, which class inherits from which, what values are.
//!
//! Files are read when they are asked for, and only once.

mod attributes;
mod bases;
mod calls;
mod candidates;
mod classes;
mod families;
mod heads;
mod imports;
mod index;
mod infer;
mod library;
mod members;
mod modules;
mod parameters;
mod reflected;
mod types;

use std::{
    cell::{Cell, RefCell},
    collections::{BTreeSet, HashMap, HashSet},
    hash::Hash,
    rc::Rc,
    sync::Arc,
};

use bases::Bases;
pub(crate) use classes::{Ancestor, ClassRef};
pub(crate) use families::Family;
pub(crate) use imports::{Meaning, Target};
use index::Files;
pub(crate) use index::Index;
pub(crate) use members::{Found, library_has};
pub(crate) use modules::{Module, Modules, is_python, parent, stem};
pub(crate) use parameters::Keyword;
pub(crate) use reflected::{Asked, Listing, Named, Reflected, start};
pub(crate) use types::{FunctionRef, Type, Types};

use super::facts::{Expression, Facts, Id, Name, Variable, read};
use crate::{
    language::{Entity, Unparsed},
    limits::{Budget, Stopped},
    request::Options,
    sources::{FileId, Sources},
};

/// How far one question may lead to another.
pub(super) const MOST_STEPS: usize = 60;
/// How many expressions are worked out for one question.
pub(super) const MOST_WORK: usize = 4_000;

/// Answers that another question may find to be more.
#[derive(Debug, Default)]
pub(super) struct Provisional {
    pub(super) values: Vec<(FileId, Id<Expression>)>,
    pub(super) variables: Vec<(FileId, Id<Variable>)>,
    results: Vec<FunctionRef>,
    members: Vec<MemberKey>,
}

/// What of a class is asked for: a name, in the line after a class, on an instance or not.
pub(super) type MemberKey = (ClassRef, Name, Option<ClassRef>, bool);

/// Abstract classes, each with one that is said to stand in for it.
pub(super) type StandIns = Rc<[(ClassRef, ClassRef)]>;

/// What variables are, when imports are followed.
#[derive(Default)]
pub(super) struct Meanings {
    pub(super) known: HashMap<(FileId, Id<Variable>), Meaning>,
    /// Those that are being followed: who comes to one again goes in a circle.
    pub(super) followed: HashSet<(FileId, Id<Variable>)>,
    /// Whether that happened to what is followed now.
    pub(super) is_circular: bool,
}

/// The files, and what was found out about them.
pub(crate) struct World<'s> {
    pub(crate) sources: &'s dyn Sources,
    pub(crate) options: Options,
    pub(crate) modules: Modules,
    budget: &'s Budget<'s>,
    stopped: Cell<Option<Stopped>>,
    pub(super) files: Files<'s>,
    read: RefCell<HashMap<FileId, Result<Arc<Facts>, Unparsed>>>,
    holders: RefCell<HashMap<String, Rc<[FileId]>>>,
    pub(super) values: RefCell<HashMap<(FileId, Id<Expression>), Types>>,
    pub(super) variables: RefCell<HashMap<(FileId, Id<Variable>), Types>>,
    pub(super) meanings: RefCell<Meanings>,
    /// Nothing for what is being worked out.
    pub(super) results: RefCell<HashMap<FunctionRef, Option<Types>>>,
    pub(super) members: RefCell<HashMap<MemberKey, Option<Types>>>,
    /// How much work the question may still be.
    pub(super) fuel: Cell<usize>,
    pub(super) lineages: RefCell<HashMap<ClassRef, Rc<[Ancestor]>>>,
    bases: RefCell<HashMap<FileId, Arc<Bases>>>,
    /// The files that are read, while somebody wants to know which.
    reads: RefCell<Option<BTreeSet<FileId>>>,
    /// Of the files whose bases are known.
    pub(super) children: RefCell<HashMap<ClassRef, Vec<ClassRef>>>,
    pub(super) heirs: RefCell<HashMap<ClassRef, Rc<[ClassRef]>>>,
    pub(super) families: RefCell<HashMap<String, Rc<Family>>>,
    /// Nothing until somebody asks.
    pub(super) registered: RefCell<Option<StandIns>>,
    pub(super) loose: RefCell<HashMap<Module, bool>>,
    /// Whether attributes of a name are assigned to from outside.
    pub(super) written: RefCell<HashMap<String, bool>>,
    /// What is being worked out: who asks for it again goes in a circle.
    pub(super) asked: RefCell<HashSet<(FileId, Id<Expression>)>>,
    pub(super) steps: Cell<usize>,
    /// What was worked out while a circle was cut: good for this question only.
    pub(super) provisional: RefCell<Provisional>,
    pub(super) is_cut: Cell<bool>,
}

impl<'s> World<'s> {
    pub(crate) fn new(sources: &'s dyn Sources, options: Options, budget: &'s Budget<'s>) -> Self {
        let index = sources.known().and_then(|known| known.shelves.python.index(sources)).unwrap_or_default();
        Self::over(Files::new(sources, index), sources, options, budget)
    }

    fn over(files: Files<'s>, sources: &'s dyn Sources, options: Options, budget: &'s Budget<'s>) -> Self {
        Self {
            sources,
            options,
            modules: Modules::of(sources),
            budget,
            stopped: Cell::new(None),
            files,
            read: RefCell::default(),
            holders: RefCell::default(),
            values: RefCell::default(),
            variables: RefCell::default(),
            meanings: RefCell::default(),
            results: RefCell::default(),
            members: RefCell::default(),
            fuel: Cell::new(0),
            lineages: RefCell::default(),
            bases: RefCell::default(),
            reads: RefCell::default(),
            children: RefCell::default(),
            heirs: RefCell::default(),
            families: RefCell::default(),
            registered: RefCell::default(),
            loose: RefCell::default(),
            written: RefCell::default(),
            asked: RefCell::default(),
            steps: Cell::new(0),
            provisional: RefCell::default(),
            is_cut: Cell::new(false),
        }
    }

    /// The same files after an edit; what has not changed is not read again.
    pub(crate) fn edited<'e>(&self, sources: &'e dyn Sources, changed: &[FileId], budget: &'e Budget<'e>) -> World<'e> {
        let world = World::over(self.files.edited(sources, changed), sources, self.options, budget);
        let read = self.read.borrow();
        let kept = read.iter().filter(|(file, _)| !changed.contains(file)).map(|(file, facts)| (*file, facts.clone()));
        *world.read.borrow_mut() = kept.collect();
        world
    }

    /// Whether the question was given up meanwhile.
    pub(crate) fn check(&self) -> Result<(), Stopped> {
        self.stopped.get().map_or(Ok(()), Err)
    }

    /// What a file says; nothing if it cannot be read, or if there is no time left.
    pub(crate) fn facts(&self, file: FileId) -> Result<Arc<Facts>, Unparsed> {
        if let Some(reads) = self.reads.borrow_mut().as_mut() {
            reads.insert(file);
        }
        if let Some(known) = self.read.borrow().get(&file) {
            return known.clone();
        }
        if let Err(stopped) = self.budget.check() {
            self.stopped.set(Some(stopped));
            return Err(Unparsed::TooComplex);
        }
        let facts = self.read(file);
        self.read.borrow_mut().insert(file, facts.clone());
        facts
    }

    /// Takes what is known of a file's text, or reads it.
    fn read(&self, file: FileId) -> Result<Arc<Facts>, Unparsed> {
        let blob = self.sources.file(file).map_or("", |file| &file.blob_id);
        let kept = self.sources.known().map(|known| &known.shelves.python.facts).filter(|_| !blob.is_empty());
        if let Some(known) = kept.and_then(|kept| kept.get(blob, 0)) {
            return known;
        }
        let text = self.sources.text(file).map_err(Unparsed::Unreadable)?;
        let facts = read(&text).map(Arc::new);
        if let Some(kept) = kept {
            kept.put(blob, 0, facts.clone(), text.len());
        }
        facts
    }

    /// What a file says; an empty file's if it cannot be read.
    pub(crate) fn known(&self, file: FileId) -> Arc<Facts> {
        self.facts(file).unwrap_or_default()
    }

    /// The Python files that hold a word's letters, as they are or before normalisation.
    pub(crate) fn holders(&self, word: &str) -> Rc<[FileId]> {
        if let Some(known) = self.holders.borrow().get(word) {
            return Rc::clone(known);
        }
        let found: Rc<[FileId]> = self.files.holders(word).into();
        self.holders.borrow_mut().insert(word.to_owned(), Rc::clone(&found));
        found
    }

    /// The entity that begins at a byte.
    pub(crate) fn name_entity(file: FileId, at: u32) -> Entity {
        Entity::Name { file, at: at as usize }
    }

    /// Forgets what was good for one question only.
    pub(super) fn settle(&self) {
        self.is_cut.set(false);
        let provisional = self.provisional.take();
        provisional.values.iter().for_each(|key| drop(self.values.borrow_mut().remove(key)));
        provisional.variables.iter().for_each(|key| drop(self.variables.borrow_mut().remove(key)));
        provisional.results.iter().for_each(|key| drop(self.results.borrow_mut().remove(key)));
        provisional.members.iter().for_each(|key| drop(self.members.borrow_mut().remove(key)));
    }

    /// What a function gives: worked out once, and unknown to who asks meanwhile.
    pub(super) fn remember_result(&self, function: FunctionRef, work: impl FnOnce() -> Types) -> Types {
        let remembered = remember(&self.results, &self.is_cut, function, || self.step(Types::unknown(), work));
        if self.is_cut.get() {
            self.provisional.borrow_mut().results.push(function);
        }
        remembered
    }

    /// The same for what an attribute of a class may be.
    pub(super) fn remember_member(&self, key: MemberKey, work: impl FnOnce() -> Types) -> Types {
        let remembered = remember(&self.members, &self.is_cut, key.clone(), || self.step(Types::unknown(), work));
        if self.is_cut.get() {
            self.provisional.borrow_mut().members.push(key);
        }
        remembered
    }

    /// Goes one question further, if it is not too far.
    pub(super) fn step<T>(&self, otherwise: T, work: impl FnOnce() -> T) -> T {
        let steps = self.steps.get();
        if steps >= MOST_STEPS {
            self.is_cut.set(true);
            return otherwise;
        }
        self.steps.set(steps + 1);
        let done = stacker::maybe_grow(256 << 10, 4 << 20, work);
        self.steps.set(steps);
        done
    }
}

/// Works something out once. Who asks again before that is done goes in a circle, which is cut there.
fn remember<K: Eq + Hash + Clone>(
    known: &RefCell<HashMap<K, Option<Types>>>,
    is_cut: &Cell<bool>,
    key: K,
    work: impl FnOnce() -> Types,
) -> Types {
    let found = known.borrow().get(&key).cloned();
    match found {
        Some(Some(types)) => types,
        Some(None) => {
            is_cut.set(true);
            Types::unknown()
        }
        None => {
            known.borrow_mut().insert(key.clone(), None);
            let types = work();
            known.borrow_mut().insert(key, Some(types.clone()));
            types
        }
    }
}
