//! The accounting: every place where the old name's letters stand ends in exactly one class. [`Account`] is the proof;
//! without one there is no proposal.

use std::{
    collections::{BTreeMap, BTreeSet},
    ops::Range,
};

use crate::{
    language::{Binding, Doubt, Entity, Occurrence, Place, Prose, Role},
    sources::FileId,
};

/// What becomes of one token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Class {
    /// It is the symbol: it gets the new name.
    Edit(Form),
    /// It is proved to be something else.
    Other,
    /// Nobody can say.
    Review(Form, Doubt),
    /// It is no name.
    Mention(Prose),
}

/// How the new name is written at a place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Form {
    /// What the token does.
    pub(crate) role: Role,
    /// What stands before the name.
    pub(crate) prefix: String,
    /// What stands after it.
    pub(crate) suffix: String,
}

/// Every token of the old name, classed. Made by [`settle`] only.
#[derive(Debug)]
pub(crate) struct Account {
    entries: BTreeMap<Place, Class>,
}

impl Account {
    /// Every place in order, with its class.
    pub(crate) fn entries(&self) -> impl Iterator<Item = (&Place, &Class)> {
        self.entries.iter()
    }

    /// How many of a class there are.
    pub(crate) fn count(&self, is: impl Fn(&Class) -> bool) -> usize {
        self.entries.values().filter(|class| is(class)).count()
    }
}

/// Classes each of the `words`, by what was found out about it; what nobody found anything out about is for review.
pub(crate) fn settle(symbol: &Entity, words: BTreeSet<Place>, found: Vec<Occurrence>) -> Account {
    let mut meanings: BTreeMap<Place, Vec<Occurrence>> = BTreeMap::new();
    for occurrence in found {
        meanings.entry(occurrence.place.clone()).or_default().push(occurrence);
    }
    let known = meanings.iter().map(|(place, meanings)| (place.clone(), class(symbol, meanings)));
    let covered = Covered::by(meanings.keys());
    let unknown = words.into_iter().filter(|word| !covered.contains(word)).map(|word| (word, not_understood()));
    Account { entries: known.chain(unknown).collect() }
}

/// The one class of a token from all of its meanings.
fn class(symbol: &Entity, meanings: &[Occurrence]) -> Class {
    let is_symbol = |meaning: &&Occurrence| matches!(&meaning.binding, Binding::Bound(entity) if entity == symbol);
    let mine: Vec<_> = meanings.iter().filter(is_symbol).collect();
    let doubt = meanings.iter().find_map(|meaning| Some((meaning, doubt_about(symbol, &meaning.binding)?)));
    let whole = mine.len() > 1 && mine.len() == meanings.len();
    match (doubt, mine.first()) {
        (Some((meaning, doubt)), _) => Class::Review(form(meaning), doubt.clone()),
        (None, Some(first)) if whole => {
            Class::Edit(Form { role: first.role, prefix: String::new(), suffix: String::new() })
        }
        (None, Some(first)) => Class::Edit(form(first)),
        (None, None) => meanings.iter().find_map(prose).map_or(Class::Other, Class::Mention),
    }
}

fn doubt_about<'b>(symbol: &Entity, binding: &'b Binding) -> Option<&'b Doubt> {
    match binding {
        Binding::Open { among, doubt } if among.is_empty() || among.contains(symbol) => Some(doubt),
        Binding::Open { .. } | Binding::Bound(_) | Binding::Foreign(_) | Binding::Prose(_) => None,
    }
}

fn prose(meaning: &Occurrence) -> Option<Prose> {
    match meaning.binding {
        Binding::Prose(prose) => Some(prose),
        Binding::Bound(_) | Binding::Foreign(_) | Binding::Open { .. } => None,
    }
}

fn form(meaning: &Occurrence) -> Form {
    Form { role: meaning.role, prefix: meaning.prefix.clone(), suffix: meaning.suffix.clone() }
}

fn not_understood() -> Class {
    let form = Form { role: Role::Reference, prefix: String::new(), suffix: String::new() };
    let message = "the code around it could not be understood".to_owned();
    Class::Review(form, Doubt { code: "not_understood", message, likelihood: 50 })
}

/// The places that somebody found something out about, for a quick look whether a word lies in one.
struct Covered<'p> {
    files: BTreeMap<FileId, Vec<&'p Range<usize>>>,
}

impl<'p> Covered<'p> {
    fn by(places: impl Iterator<Item = &'p Place>) -> Self {
        let mut files: BTreeMap<FileId, Vec<&Range<usize>>> = BTreeMap::new();
        for place in places {
            files.entry(place.file).or_default().push(&place.range);
        }
        Self { files }
    }

    /// Places come sorted and do not overlap, so the last that begins before a word is the only one it can lie in.
    fn contains(&self, word: &Place) -> bool {
        let Some(ranges) = self.files.get(&word.file) else { return false };
        let before = ranges.partition_point(|range| range.start <= word.range.start);
        let last = before.checked_sub(1).and_then(|index| ranges.get(index));
        last.is_some_and(|range| range.end >= word.range.end)
    }
}
