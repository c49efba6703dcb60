//! Go, C's import and build tags included: our own resolver on tree-sitter's grammar.
//!
//! In reading order: [`read`] makes a file's [`facts`], a pure function of its text; [`modules`] finds the folders that
//! imports lead to; [`world`] puts files together: packages, types, members and their families; [`bind`] says what a name
//! means; [`symbols`], [`clashes`] and [`spelling`] answer the rest of [`Program`].

mod bind;
mod clashes;
mod doubts;
mod facts;
mod implied;
mod library;
mod modules;
mod read;
mod spelling;
mod symbols;
mod world;

use self::world::World;
use super::{Clash, FileMove, Occurrences, Place, Program, Refusal, Symbol, Unresolved};
use crate::{
    limits::{Budget, Stopped},
    request::Options,
    sources::{FileId, Sources},
};

/// The Go files of some sources.
pub(super) struct Go<'s> {
    world: World<'s>,
}

impl<'s> Go<'s> {
    /// Understands the files as they are asked for.
    pub(super) fn open(sources: &'s dyn Sources, options: Options, budget: &'s Budget<'s>) -> Self {
        Self { world: World::new(sources, options, budget) }
    }
}

impl Program for Go<'_> {
    fn symbol_at(&self, file: FileId, at: usize) -> Result<Symbol, Unresolved> {
        let symbol = symbols::at(&self.world, file, at);
        self.world.check()?;
        symbol
    }

    fn symbol_named(&self, qualified: &str) -> Result<Symbol, Unresolved> {
        let symbol = symbols::named(&self.world, qualified);
        self.world.check()?;
        symbol
    }

    fn occurrences(&self, name: &str) -> Result<Occurrences, Stopped> {
        let found = bind::all(&self.world, name)?;
        self.world.check()?;
        Ok(found)
    }

    fn spell(&self, symbol: &Symbol, new_name: &str) -> Result<String, Refusal> {
        spelling::spell(symbol, new_name)
    }

    fn moves(&self, _symbol: &Symbol, _new_name: &str) -> Vec<FileMove> {
        // No file is named after what it declares, and a package is not renamed.
        Vec::new()
    }

    fn clashes(&self, symbol: &Symbol, new_name: &str) -> Result<Vec<Clash>, Stopped> {
        let found = clashes::of(&self.world, symbol, new_name)?;
        self.world.check()?;
        Ok(found)
    }

    fn reach(&self, symbol: &Symbol) -> Option<Place> {
        symbols::reach(&self.world, symbol)
    }

    fn edited<'e>(
        &self,
        sources: &'e dyn Sources,
        changed: &[FileId],
        budget: &'e Budget<'e>,
    ) -> Result<Box<dyn Program + 'e>, Stopped> {
        Ok(Box::new(Go { world: self.world.edited(sources, changed, budget) }))
    }
}
