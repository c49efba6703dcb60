//! Java.
//!
//! In reading order: [`read`] makes a file's [`facts`], a pure function of its text, with the expressions in [`values`]; [`index`] finds the files that declare
//! a class; [`library`] is what is known of the platform; [`types`] and [`scopes`] say what a name stands for where it is
//! written; [`lineage`] follows what a class extends; [`infer`], [`generics`] and [`functions`] say what an expression
//! comes to, and [`calls`] and [`fit`] which method is called; [`families`] say which methods override one another;
//! [`bind`] says of each token what it means, [`doubts`] what it may; [`symbols`] answers questions about symbols, [`clashes`] what would
//! break, [`reflection`] what finds names that are data.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "each question concerns a few of the many kinds of types and values; all else is unknown, and that is always a \
              safe answer"
)]

mod bind;
mod calls;
mod clashes;
mod doubts;
mod facts;
mod families;
mod fit;
mod functions;
mod generics;
mod index;
mod infer;
mod kind;
mod library;
mod lineage;
mod moves;
mod read;
mod reflection;
mod scopes;
mod spelling;
mod symbols;
mod types;
mod values;

use std::{
    cell::{Cell, RefCell},
    collections::{HashMap, HashSet},
    ops::Deref,
    rc::Rc,
    sync::Arc,
};

use self::{
    calls::Called,
    facts::{Facts, ValueId},
    families::World,
    index::Index,
    kind::{ClassRef, Kind},
    lineage::Lineage,
};
use super::{
    Clash, Entity, Family, FileMove, Occurrences, Place, Program, Refusal, Symbol, Unresolved,
    trees::{Files, folder_of},
};
use crate::{
    limits::{Budget, Stopped},
    request::Options,
    sources::{FileId, Sources},
};

/// How many questions are asked one for the other.
const MOST_STEPS: usize = 60;

/// The program: everything that was found out so far.
pub(super) struct Java<'s> {
    files: Files<'s, Facts>,
    index: Index,
    options: Options,
    steps: Cell<usize>,
    /// Whether a question was given up since this was last looked at.
    is_cut: Cell<bool>,
    lineages: RefCell<HashMap<ClassRef, Rc<Lineage>>>,
    /// The classes whose lineage is being looked for.
    climbing: RefCell<HashSet<ClassRef>>,
    kinds: RefCell<HashMap<(FileId, ValueId), Kind>>,
    called: RefCell<HashMap<(FileId, ValueId), Rc<Called>>>,
    below: RefCell<HashMap<ClassRef, Rc<Vec<ClassRef>>>>,
    worlds: RefCell<HashMap<String, Rc<World>>>,
}

/// Understands the files of this language as they are asked for.
pub(super) fn open<'s>(
    sources: &'s dyn Sources,
    options: Options,
    budget: &'s Budget<'s>,
) -> Result<Java<'s>, Stopped> {
    let files = Files::new(sources, budget, Family::Java, read::facts);
    let index = Index::new(&files, None)?;
    Ok(Java::new(files, index, options))
}

/// The facts of a file, or of one of the platform's outline.
#[derive(Clone)]
enum Shared {
    Own(Rc<Facts>),
    Library(Arc<Facts>),
}

impl Deref for Shared {
    type Target = Facts;

    fn deref(&self) -> &Facts {
        match self {
            Self::Own(facts) => facts,
            Self::Library(facts) => facts,
        }
    }
}

impl<'s> Java<'s> {
    fn new(files: Files<'s, Facts>, index: Index, options: Options) -> Self {
        Self {
            files,
            index,
            options,
            steps: Cell::new(0),
            is_cut: Cell::new(false),
            lineages: RefCell::default(),
            climbing: RefCell::default(),
            kinds: RefCell::default(),
            called: RefCell::default(),
            below: RefCell::default(),
            worlds: RefCell::default(),
        }
    }

    fn facts(&self, file: FileId) -> Option<Shared> {
        if library::is_library(file) {
            return library::facts(file).map(Shared::Library);
        }
        self.files.facts(file).map(Shared::Own)
    }

    /// Asks one question more for the answer of another, if there have not been too many.
    fn step<T>(&self, otherwise: T, ask: impl FnOnce() -> T) -> T {
        if self.steps.get() >= MOST_STEPS {
            self.is_cut.set(true);
            return otherwise;
        }
        self.steps.set(self.steps.get() + 1);
        let answer = ask();
        self.steps.set(self.steps.get().saturating_sub(1));
        answer
    }
}

impl Program for Java<'_> {
    fn symbol_at(&self, file: FileId, at: usize) -> Result<Symbol, Unresolved> {
        self.at(file, at)
    }

    fn symbol_named(&self, qualified: &str) -> Result<Symbol, Unresolved> {
        self.named(qualified)
    }

    fn occurrences(&self, name: &str) -> Result<Occurrences, Stopped> {
        self.all(name)
    }

    fn spell(&self, symbol: &Symbol, new_name: &str) -> Result<String, Refusal> {
        spelling::spell(symbol, new_name)
    }

    fn moves(&self, symbol: &Symbol, new_name: &str) -> Vec<FileMove> {
        self.file_moves(symbol, new_name)
    }

    fn clashes(&self, symbol: &Symbol, new_name: &str) -> Result<Vec<Clash>, Stopped> {
        self.foreseen(symbol, new_name)
    }

    fn reach(&self, symbol: &Symbol) -> Option<Place> {
        self.seen(symbol)
    }

    fn edited<'e>(
        &self,
        sources: &'e dyn Sources,
        changed: &[FileId],
        budget: &'e Budget<'e>,
    ) -> Result<Box<dyn Program + 'e>, Stopped> {
        let files = self.files.edited(sources, changed, budget);
        let index = Index::new(&files, Some((&self.index, changed)))?;
        Ok(Box::new(Java::new(files, index, self.options)))
    }
}

/// What an entity is that a name of a file defines.
fn name(file: FileId, at: u32) -> Entity {
    Entity::Name { file, at: at as usize }
}
