//! Python: our own binder on ruff's parser.
//!
//! In reading order: [`facts`] is what one file says, [`world`] puts files together, [`bind`] says what a token means,
//! the rest answers the questions of [`Program`].

mod bind;
mod clashes;
mod doubts;
mod facts;
mod given;
mod handled;
mod kept;
mod occurrences;
mod own_names;
mod prefixes;
mod protocols;
mod reflection;
mod spell;
mod stand_ins;
mod symbols;
mod world;

use crate::{
    language::{Clash, FileMove, Occurrences, Place, Program, Refusal, Symbol, Unresolved},
    limits::{Budget, Stopped},
    request::Options,
    sources::{FileId, Sources},
};
pub(crate) use kept::Kept;
use world::World;

/// The Python files of some sources.
pub(crate) struct Python<'s> {
    world: World<'s>,
}

impl<'s> Python<'s> {
    pub(crate) fn open(sources: &'s dyn Sources, options: Options, budget: &'s Budget<'s>) -> Self {
        Self { world: World::new(sources, options, budget) }
    }
}

impl Program for Python<'_> {
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
        let found = occurrences::of(&self.world, name);
        self.world.check()?;
        Ok(found)
    }

    fn spell(&self, symbol: &Symbol, new_name: &str) -> Result<String, Refusal> {
        spell::spell(symbol, new_name)
    }

    fn moves(&self, symbol: &Symbol, new_name: &str) -> Vec<FileMove> {
        symbols::moves(&self.world, symbol, new_name)
    }

    fn clashes(&self, symbol: &Symbol, new_name: &str) -> Result<Vec<Clash>, Stopped> {
        let found = clashes::of(&self.world, symbol, new_name);
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
        Ok(Box::new(Python { world: self.world.edited(sources, changed, budget) }))
    }
}
