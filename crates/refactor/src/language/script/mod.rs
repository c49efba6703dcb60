//! JavaScript, TypeScript, JSX and TSX.
//!
//! In reading order: [`parse`] makes a file's [`facts`] with [`read`], a pure function of its text; [`files`] keeps them;
//! [`resolve`] finds the modules that imports name; [`links`] follows names through them; [`infer`] and [`lookup`] say
//! whose member a name is; [`world`] holds all members of one name, with which are one, and [`likeness`] which may be; [`bind`] says of each token what it
//! means; [`ask`] answers questions about symbols.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "a syntax tree has some two hundred kinds of nodes, and what is not looked for is unknown by intent"
)]

mod ask;
mod bind;
mod clash;
mod config;
mod data;
mod depth;
mod facts;
mod files;
mod infer;
mod infer_types;
mod keys;
mod library;
mod likeness;
mod links;
mod lookup;
mod parse;
mod paths;
mod read;
mod resolve;
mod spelling;
mod world;

use std::{
    cell::{Cell, RefCell},
    collections::{HashMap, HashSet},
    rc::Rc,
    sync::Arc,
};

pub(super) use self::facts::Facts;
use self::{
    facts::{SymbolId, ValueId},
    files::Files,
    infer::Kind,
    links::{Found, Lead},
    lookup::Place as Owner,
    resolve::Resolver,
    world::World,
};
use super::{Clash, Entity, FileMove, Occurrences, Program, Refusal, Symbol, Unresolved};
use crate::{
    limits::{Budget, Stopped},
    request::Options,
    sources::{FileId, Sources},
};

/// What modules hand out, by name.
type Exported = HashMap<(FileId, Box<str>), Option<Found>>;
/// What packages call so, by folder and name.
type Packaged = HashMap<(Box<str>, Box<str>), Lead>;
/// Names that every file sees.
type Globals = HashMap<Box<str>, Vec<(FileId, SymbolId)>>;

/// How many names, types and modules are followed one through the other.
const MOST_STEPS: usize = 48;

/// The program: everything that was found out so far.
pub(super) struct Script<'s> {
    files: Files<'s>,
    resolver: Resolver<'s>,
    options: Options,
    /// The symbol that was asked for: what else is the same does not matter then.
    focus: RefCell<Option<Entity>>,
    /// Which members were found to look alike.
    alike: RefCell<HashMap<(Entity, Entity), bool>>,
    steps: Cell<usize>,
    kinds: RefCell<HashMap<(FileId, ValueId), Kind>>,
    exported: RefCell<Exported>,
    /// Names of packages whose entry is not here.
    packaged: RefCell<Packaged>,
    worlds: RefCell<HashMap<String, Rc<World>>>,
    /// By name, the members whose objects' keys some type takes.
    keys: RefCell<HashMap<String, Rc<[Entity]>>>,
    registered: RefCell<HashSet<FileId>>,
    /// What scripts and `declare global` declare.
    globals: RefCell<Globals>,
    /// What `declare module` declares.
    ambients: RefCell<Vec<(Box<str>, FileId, SymbolId)>>,
    /// Interfaces that such declarations add to.
    additions: RefCell<HashMap<Entity, Vec<Owner>>>,
}

/// Understands the files of these languages as they are asked for.
pub(super) fn open<'s>(sources: &'s dyn Sources, options: Options, budget: &'s Budget<'s>) -> Script<'s> {
    Script::new(Files::new(sources, budget), sources, options)
}

impl<'s> Script<'s> {
    fn new(files: Files<'s>, sources: &'s dyn Sources, options: Options) -> Self {
        Self {
            files,
            resolver: Resolver::new(sources),
            options,
            focus: RefCell::default(),
            alike: RefCell::default(),
            steps: Cell::new(0),
            kinds: RefCell::default(),
            exported: RefCell::default(),
            packaged: RefCell::default(),
            worlds: RefCell::default(),
            keys: RefCell::default(),
            registered: RefCell::default(),
            globals: RefCell::default(),
            ambients: RefCell::default(),
            additions: RefCell::default(),
        }
    }

    fn facts(&self, file: FileId) -> Option<Arc<Facts>> {
        self.files.facts(file)
    }

    /// One step further, if there have not been too many.
    fn enter(&self) -> bool {
        let may = self.steps.get() < MOST_STEPS;
        if may {
            self.steps.set(self.steps.get() + 1);
        }
        may
    }

    fn leave(&self) {
        self.steps.set(self.steps.get().saturating_sub(1));
    }
}

impl Program for Script<'_> {
    fn symbol_at(&self, file: FileId, at: usize) -> Result<Symbol, Unresolved> {
        let symbol = self.at(file, at)?;
        *self.focus.borrow_mut() = Some(symbol.entity.clone());
        Ok(symbol)
    }

    fn symbol_named(&self, qualified: &str) -> Result<Symbol, Unresolved> {
        let symbol = self.named(qualified)?;
        *self.focus.borrow_mut() = Some(symbol.entity.clone());
        Ok(symbol)
    }

    fn occurrences(&self, name: &str) -> Result<Occurrences, Stopped> {
        self.all(name.trim_start_matches('#'))
    }

    fn spell(&self, symbol: &Symbol, new_name: &str) -> Result<String, Refusal> {
        spelling::spell(symbol, new_name)
    }

    fn moves(&self, symbol: &Symbol, new_name: &str) -> Vec<FileMove> {
        self.file_moves(symbol, new_name)
    }

    fn clashes(&self, symbol: &Symbol, new_name: &str) -> Result<Vec<Clash>, Stopped> {
        self.foreseen(symbol, new_name.trim_start_matches('#'))
    }

    fn edited<'e>(
        &self,
        sources: &'e dyn Sources,
        changed: &[FileId],
        budget: &'e Budget<'e>,
    ) -> Result<Box<dyn Program + 'e>, Stopped> {
        let changed = changed.iter().copied().collect();
        Ok(Box::new(Script::new(self.files.edited(sources, &changed, budget), sources, self.options)))
    }
}
