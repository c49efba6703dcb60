//! C and C++, on tree-sitter's grammars.
//!
//! In reading order: [`lex`] makes tokens of a text, [`directives`] reads what of them is the preprocessor's, [`mask`] makes
//! a text of the rest that a grammar covers, [`read`] makes a file's [`facts`] of its tree; all this is a pure function of
//! the file's text. [`includes`] says which files make a unit, [`world`] which declarations are one thing, [`families`]
//! which methods are; of what a question touches,
//! [`sift`] keeps what need not be parsed out; [`lookup`] and [`infer`] lead from names and members to declarations, [`macros`] says what macros
//! make of them, and [`bind`] what each token means. The rest answers the questions of [`Program`].

mod bind;
mod clashes;
mod directives;
mod facts;
mod families;
mod includes;
mod infer;
mod lex;
mod library;
mod lookup;
mod macros;
mod mask;
mod occurrences;
mod read;
mod sift;
mod symbols;
mod words;
mod world;

use std::rc::Rc;

use self::{includes::Includes, world::World};
use super::{Clash, Family, FileMove, Occurrences, Place, Program, Refusal, Symbol, Unresolved, trees::Files};
use crate::{
    limits::{Budget, Stopped},
    request::Options,
    sources::{FileId, Sources},
};

/// The files of C and C++ of some sources.
pub(super) struct C<'s> {
    world: World<'s>,
}

/// Understands them. Nothing is parsed before it is asked for.
pub(super) fn open<'s>(sources: &'s dyn Sources, options: Options, budget: &'s Budget<'s>) -> Result<C<'s>, Stopped> {
    let includes = Rc::new(Includes::read(sources, budget)?);
    let files = Files::new(sources, budget, Family::C, read::facts);
    Ok(C { world: World::new(files, includes, options) })
}

impl Program for C<'_> {
    fn symbol_at(&self, file: FileId, at: usize) -> Result<Symbol, Unresolved> {
        let symbol = symbols::at(&self.world, file, at);
        self.world.files.check()?;
        symbol
    }

    fn symbol_named(&self, qualified: &str) -> Result<Symbol, Unresolved> {
        let symbol = symbols::named(&self.world, qualified);
        self.world.files.check()?;
        symbol
    }

    fn occurrences(&self, name: &str) -> Result<Occurrences, Stopped> {
        occurrences::of(&self.world, name)
    }

    fn spell(&self, symbol: &Symbol, new_name: &str) -> Result<String, Refusal> {
        symbols::spell(&self.world, symbol, new_name)
    }

    fn moves(&self, _symbol: &Symbol, _new_name: &str) -> Vec<FileMove> {
        Vec::new()
    }

    fn clashes(&self, symbol: &Symbol, new_name: &str) -> Result<Vec<Clash>, Stopped> {
        let found = clashes::of(&self.world, symbol, new_name);
        self.world.files.check()?;
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
        let files = self.world.files.edited(sources, changed, budget);
        // Edits are of names, never of an `#include`'s path.
        let includes = Rc::clone(&self.world.includes);
        Ok(Box::new(C { world: World::new(files, includes, self.world.options) }))
    }
}
