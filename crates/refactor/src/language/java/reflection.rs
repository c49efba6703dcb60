//! Names that are data when the program runs: what reflection, class loaders and `valueOf` are given.

use std::{collections::BTreeSet, ops::Range};

use super::{Java, clashes::spot};
use crate::{
    language::{
        Clash, Place, Symbol, SymbolKind,
        trees::{asked_by_data, pieces_of},
    },
    limits::Stopped,
    sources::FileId,
    words::{Words, ends_with_word},
};

const FIELDS: &[&str] = &[
    "getField",
    "getDeclaredField",
    "findGetter",
    "findSetter",
    "findStaticGetter",
    "findStaticSetter",
    "findVarHandle",
];
const METHODS: &[&str] = &["getMethod", "getDeclaredMethod", "findVirtual", "findStatic", "findSpecial"];
const CLASSES: &[&str] = &["forName", "loadClass", "findClass"];

impl Java<'_> {
    /// Where another name would not be found by who asks for the old one.
    pub(super) fn asked_for_by_data(&self, symbol: &Symbol, file: FileId) -> Result<Vec<Clash>, Stopped> {
        let askers = match symbol.kind {
            SymbolKind::Variant => return self.found_by_value_of(symbol, file),
            SymbolKind::Field | SymbolKind::Constant => FIELDS,
            SymbolKind::Method => METHODS,
            SymbolKind::Class | SymbolKind::Interface | SymbolKind::Enum => CLASSES,
            _ => return Ok(Vec::new()),
        };
        let asking = self.asking_by_data(askers)?;
        if asking.is_empty() {
            return Ok(Vec::new());
        }
        let mut clashes = self.written_as_a_text(symbol)?;
        clashes.extend(asking.into_iter().flat_map(|file| self.written_in_pieces(symbol, file)));
        Ok(clashes)
    }

    /// The files where one of some methods is given a name that is not written there.
    fn asking_by_data(&self, askers: &[&str]) -> Result<BTreeSet<FileId>, Stopped> {
        let mut found = BTreeSet::new();
        for asker in askers {
            for file in self.files.holders(asker)? {
                let (Ok(text), Some(facts)) = (self.files.sources.text(file), self.files.facts(file)) else { continue };
                if asked_by_data(&text, &facts.lexemes, &[asker]).next().is_some() {
                    found.insert(file);
                }
            }
        }
        Ok(found)
    }

    /// Texts of a file that the name begins or ends with, where names are put together.
    fn written_in_pieces(&self, symbol: &Symbol, file: FileId) -> Vec<Clash> {
        let (Ok(text), Some(facts)) = (self.files.sources.text(file), self.files.facts(file)) else {
            return Vec::new();
        };
        let clash = |range: Range<usize>| Clash {
            code: "part_of_a_name",
            message: format!("names are put together here and asked for, `{}` may be one", symbol.name),
            place: Some(Place { file, range }),
        };
        pieces_of(&text, &facts.lexemes, &symbol.name).map(clash).collect()
    }

    /// Texts that are the name and nothing else.
    fn written_as_a_text(&self, symbol: &Symbol) -> Result<Vec<Clash>, Stopped> {
        let text_of_it = format!("\"{}\"", symbol.name);
        let mut clashes = Vec::new();
        for file in self.files.holders(&text_of_it)? {
            let Ok(text) = self.files.sources.text(file) else { continue };
            let message = format!("this text is the name `{}`, and names that are data are asked for", symbol.name);
            let places: Vec<_> = Words::new(&text_of_it).of(&text).collect();
            clashes.extend(places.into_iter().map(|range| Clash {
                code: "asked_for_by_data",
                message: message.clone(),
                place: Some(Place { file, range: range.start + 1..range.end - 1 }),
            }));
        }
        Ok(clashes)
    }

    /// `Colour.valueOf(text)`, `Enum.valueOf(Colour.class, text)`, and `valueOf(text)` in the enumeration itself.
    fn found_by_value_of(&self, symbol: &Symbol, own: FileId) -> Result<Vec<Clash>, Stopped> {
        let owner = symbol.qualified_name.rsplit('.').nth(1).unwrap_or_default();
        let mut clashes = Vec::new();
        for file in self.files.holders("valueOf")? {
            let (Ok(text), Some(facts)) = (self.files.sources.text(file), self.files.facts(file)) else { continue };
            let asked: Vec<_> = asked_by_data(&text, &facts.lexemes, &["valueOf"]).collect();
            let ours = asked.into_iter().filter(|range| {
                let before = text.get(..range.start).unwrap_or_default().trim_end();
                let after = text.get(range.end..).unwrap_or_default();
                match before.strip_suffix('.').or_else(|| before.strip_suffix("::")).map(str::trim_end) {
                    Some(object) if ends_with_word(object, "Enum") => after.contains(&format!("{owner}.class")),
                    Some(object) => ends_with_word(object, owner),
                    None => file == own,
                }
            });
            clashes.extend(ours.map(|range| Clash {
                code: "asked_for_by_data",
                message: format!("constants are found by their names here, `{}` may be one", symbol.name),
                place: Some(spot(file, u32::try_from(range.start).unwrap_or(0), "valueOf")),
            }));
        }
        Ok(clashes)
    }
}
