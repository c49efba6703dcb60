//! The texts that a proposal shows: each read once, with its lines.

use std::{cell::RefCell, collections::HashMap, rc::Rc};

use crate::{
    language::{Place, Symbol},
    position::Lines,
    proposal::{Location, SymbolView},
    sources::{FileId, Sources},
};

/// The most code points of a line that are shown.
const SHOWN: usize = 200;

/// Texts by file.
pub(crate) struct Pages<'s> {
    sources: &'s dyn Sources,
    read: RefCell<HashMap<FileId, Rc<Lines<'s>>>>,
}

impl<'s> Pages<'s> {
    pub(crate) fn new(sources: &'s dyn Sources) -> Self {
        Self { sources, read: RefCell::default() }
    }

    /// A file's text; empty for one that is not text.
    pub(crate) fn of(&self, file: FileId) -> Rc<Lines<'s>> {
        let read = || Rc::new(Lines::new(self.sources.text(file).unwrap_or_default()));
        Rc::clone(self.read.borrow_mut().entry(file).or_insert_with(read))
    }

    pub(crate) fn path(&self, file: FileId) -> &'s str {
        self.sources.file(file).map_or("", |file| &file.path)
    }

    pub(crate) fn location(&self, place: &Place) -> Location {
        let position = self.of(place.file).position(place.range.start);
        Location { path: self.path(place.file).to_owned(), line: position.line, column: position.column }
    }

    /// The line that a place begins in, without its indentation, cut to what can be shown.
    pub(crate) fn shown(&self, place: &Place) -> String {
        let page = self.of(place.file);
        let line = page.position(place.range.start).line as usize - 1;
        page.line(line).unwrap_or_default().trim_start().chars().take(SHOWN).collect()
    }

    /// A symbol, for people and editors.
    pub(crate) fn view(&self, symbol: &Symbol) -> SymbolView {
        SymbolView {
            name: symbol.name.clone(),
            kind: symbol.kind,
            qualified_name: symbol.qualified_name.clone(),
            language: symbol.family,
            definitions: symbol.definitions.iter().map(|place| self.location(place)).collect(),
            public: symbol.is_public,
            refusal: symbol.fixed.clone(),
        }
    }
}
