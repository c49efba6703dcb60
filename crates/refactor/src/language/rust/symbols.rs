//! What stands at a place or is called so, and what a new name would break that can be seen without trying.

use std::ops::Range;

use ra_ap_parser::{Edition, LexedStr, SyntaxKind};

use super::{meaning::Known, settle::Settled, spelling::bare};
use crate::{
    language::{Binding, Clash, Entity, Family, Occurrence, Place, Role, Symbol, SymbolKind, Unresolved},
    request::Hierarchy,
    sources::{FileId, Sources},
    words::is_letter,
};

/// The name that is written at a byte, without a sigil, and where it is.
pub(super) fn word_at(sources: &dyn Sources, file: FileId, at: usize) -> Result<(String, Range<usize>), Unresolved> {
    let path = sources.file(file).map_or_else(String::new, |file| file.path.clone());
    let text = sources.text(file).map_err(|reason| Unresolved::NotCode { path, reason: reason.to_string() })?;
    let nothing = |what: &str| Unresolved::NotAName { what: what.to_owned() };
    let mut start = at;
    // On the quote of a lifetime, or on the sigil of a raw name, it is the name behind it that is meant.
    for sigil in ["'", "r#"] {
        if text.get(at..).is_some_and(|rest| rest.starts_with(sigil)) {
            start = at + sigil.len();
        }
    }
    let before = text.get(..start).unwrap_or_default();
    let start = start - before.chars().rev().take_while(|it| is_letter(*it)).map(char::len_utf8).sum::<usize>();
    let rest = text.get(start..).unwrap_or_default();
    let length = rest.chars().take_while(|it| is_letter(*it)).map(char::len_utf8).sum::<usize>();
    let word = rest.get(..length).unwrap_or_default();
    let kind = kind_at(&text, if word.is_empty() { at } else { start });
    match kind {
        Some(SyntaxKind::COMMENT) => Err(nothing("a comment")),
        Some(kind) if kind.is_literal() && kind != SyntaxKind::STRING => Err(nothing("a literal")),
        Some(kind) if kind.is_keyword(Edition::LATEST) => Err(nothing(&format!("the keyword `{word}`"))),
        _ if word.is_empty() => Err(nothing("a place between names")),
        _ => Ok((word.to_owned(), start..start + length)),
    }
}

fn kind_at(text: &str, at: usize) -> Option<SyntaxKind> {
    let tokens = LexedStr::new(Edition::LATEST, text);
    let index = (0..tokens.len()).find(|index| tokens.text_range(*index).contains(&at))?;
    Some(tokens.kind(index))
}

/// The symbol at a word.
pub(super) fn at(settled: &Settled, name: &str, file: FileId, word: &Range<usize>) -> Result<Symbol, Unresolved> {
    let covers = |place: &Place| place.file == file && place.range.start <= word.start && place.range.end >= word.end;
    let here: Vec<&Occurrence> = settled.found.iter().filter(|it| covers(&it.place)).collect();
    let bound = here.iter().find_map(|it| match &it.binding {
        Binding::Bound(entity) => Some(entity),
        Binding::Foreign(_) | Binding::Open { .. } | Binding::Prose(_) => None,
    });
    if let Some(entity) = bound {
        let place = Place { file, range: word.clone() };
        return symbol(settled, entity, place).ok_or_else(|| Unresolved::Unknown(name.to_owned()));
    }
    Err(match here.first().map(|it| &it.binding) {
        Some(Binding::Foreign(what)) => Unresolved::NotAName { what: format!("`{name}`, {what},") },
        Some(Binding::Open { doubt, .. }) => {
            Unresolved::Undecided { name: name.to_owned(), reason: doubt.message.clone() }
        }
        Some(Binding::Prose(_)) => Unresolved::NotAName { what: "a string or a comment".to_owned() },
        Some(Binding::Bound(_)) | None => {
            let reason = "the code around it could not be understood".to_owned();
            Unresolved::Undecided { name: name.to_owned(), reason }
        }
    })
}

/// The symbol of a way whose parts are separated by dots; the crate may be left out.
pub(super) fn named(settled: &Settled, qualified: &str) -> Result<Symbol, Unresolved> {
    let is_it = |known: &Known| {
        let full = known.qualified().replace("::", ".");
        let local = full.split_once('.').map(|(_, rest)| rest);
        !known.way.is_empty() && (full == qualified || local == Some(qualified.trim_start_matches("crate.")))
    };
    let all: Vec<&Entity> = settled.known.iter().filter(|(_, known)| is_it(known)).map(|(entity, _)| entity).collect();
    match all.as_slice() {
        [] => Err(Unresolved::Unknown(qualified.to_owned())),
        [only] => symbol(settled, only, Place { file: FileId(0), range: 0..0 })
            .ok_or_else(|| Unresolved::Unknown(qualified.to_owned())),
        [..] => Err(Unresolved::Ambiguous { name: qualified.to_owned(), count: all.len() }),
    }
}

fn symbol(settled: &Settled, entity: &Entity, otherwise: Place) -> Option<Symbol> {
    let known = settled.known.get(entity)?;
    let defines = |it: &&Occurrence| it.role == Role::Definition && it.binding == Binding::Bound(entity.clone());
    let mut definitions: Vec<Place> = settled.found.iter().filter(defines).map(|it| it.place.clone()).collect();
    if definitions.is_empty() {
        definitions.push(otherwise);
    }
    definitions.sort();
    definitions.dedup();
    Some(Symbol {
        entity: entity.clone(),
        name: known.name.clone(),
        kind: known.kind,
        qualified_name: known.qualified(),
        family: Family::Rust,
        definitions,
        is_public: known.is_public,
        fixed: known.fixed.clone(),
    })
}

/// Whether a symbol is a lifetime or a label, which is written with a quote.
pub(super) fn is_quoted(sources: &dyn Sources, symbol: &Symbol) -> bool {
    let first = symbol.definitions.first();
    let text = first.and_then(|place| Some((sources.text(place.file).ok()?, place.range.start)));
    symbol.kind == SymbolKind::Label
        || text.is_some_and(|(text, at)| text.get(at..).is_some_and(|it| it.starts_with('\'')))
}

/// What a new name would break: others of that name in the same place, and what sees names beside the compiler.
pub(super) fn clashes(
    own: &Settled,
    other: &Settled,
    symbol: &Symbol,
    new_name: &str,
    hierarchy: Hierarchy,
) -> Vec<Clash> {
    let Some(known) = own.known.get(&symbol.entity) else { return Vec::new() };
    let mut clashes = Vec::new();
    let is_taken = |there: &Known| {
        !known.way.is_empty()
            && there.name == new_name
            && there.root == known.root
            && there.way == known.way
            && there.spaces.meet(known.spaces)
            && (there.kind == SymbolKind::Field) == (known.kind == SymbolKind::Field)
    };
    for (entity, _) in other.known.iter().filter(|(_, there)| is_taken(there)) {
        let message = format!("there is a `{}` there already", bare(new_name));
        clashes.push(Clash { code: "taken", message, place: place(other, entity) });
    }
    if let Some(who) = &known.seen_by {
        let message = format!("{who} sees this name too: what it makes of it may change");
        clashes.push(Clash { code: "seen_elsewhere", message, place: symbol.definitions.first().cloned() });
    }
    let of_trait = known.is_member && known.way.last().is_some_and(|last| last.starts_with('<'));
    if hierarchy == Hierarchy::Only && of_trait {
        let message = "its trait goes on asking for the old name".to_owned();
        clashes.push(Clash { code: "breaks_interface", message, place: symbol.definitions.first().cloned() });
    }
    clashes
}

fn place(settled: &Settled, entity: &Entity) -> Option<Place> {
    let is_it = |it: &&Occurrence| it.role == Role::Definition && it.binding == Binding::Bound(entity.clone());
    settled.found.iter().find(is_it).map(|it| it.place.clone())
}
