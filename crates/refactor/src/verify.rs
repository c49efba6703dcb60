//! The second binding: the edits are made in memory, everything is bound again, and what has changed its meaning is a
//! conflict. A rename is safe only if nothing has.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    language::{Binding, Clash, Entity, Occurrences, Place, Program},
    limits::Stopped,
    overlay::{Edits, Overlay},
    position::Lines,
    sources::{FileId, Sources},
};

/// A token by where it begins.
type Start = (FileId, usize);

/// What the names mean before the rename.
pub(crate) struct Before<'o> {
    /// All that is spelled like the old name.
    pub(crate) old: &'o Occurrences,
    /// All that is spelled like the new one.
    pub(crate) new: &'o Occurrences,
}

/// One question: the same symbol under two names.
pub(crate) struct Trial<'t> {
    pub(crate) symbol: &'t Entity,
    pub(crate) old_name: &'t str,
    pub(crate) new_name: &'t str,
    pub(crate) edits: &'t Edits,
    pub(crate) overlay: &'t Overlay<'t>,
}

impl Trial<'_> {
    /// The places, before the rename, of everything that would mean something else after it.
    pub(crate) fn run(&self, before: &Before<'_>, after: &dyn Program) -> Result<Vec<Clash>, Stopped> {
        let renamed = self.overlay.entity(self.symbol);
        let (new, old) = (after.occurrences(self.new_name)?, after.occurrences(self.old_name)?);
        let (new, old) = (starts(&new), starts(&old));
        let edited: BTreeSet<Place> = self.edited();
        let mut clashes = Vec::new();
        for place in &edited {
            let now = new.get(&self.moved(place));
            if !now.is_some_and(|now| now.iter().any(|binding| **binding == Binding::Bound(renamed.clone()))) {
                clashes.push(self.lost(place, now.and_then(|now| now.first()).copied()));
            }
        }
        let rest = meanings(before.new).into_iter().map(|it| (it, &new));
        let rest = rest.chain(meanings(before.old).into_iter().map(|it| (it, &old)));
        for ((place, was), after) in rest.filter(|((place, _), _)| !edited.contains(place)) {
            let now = after.get(&self.moved(&place));
            clashes.extend(
                was.iter().filter_map(|was| self.changed(&place, was, now.map_or(&[], Vec::as_slice), &renamed)),
            );
        }
        Ok(clashes)
    }

    fn edited(&self) -> BTreeSet<Place> {
        let places = self.edits.iter().flat_map(|(file, edits)| edits.iter().map(|edit| (*file, edit.range.clone())));
        places.map(|(file, range)| Place { file, range }).collect()
    }

    /// Where a token is after the edits. Its length is of no interest: tokens are compared by where they begin.
    fn moved(&self, place: &Place) -> Start {
        (place.file, self.overlay.token(place.file, place.range.start))
    }

    /// An edited token that does not lead to the symbol any more.
    fn lost(&self, place: &Place, now: Option<&Binding>) -> Clash {
        let name = self.new_name;
        let message = match now {
            Some(Binding::Bound(entity)) => format!("`{name}` here would mean {}", self.describe(entity)),
            Some(Binding::Foreign(what)) => format!("`{name}` here would mean {what}"),
            Some(Binding::Open { doubt, .. }) => {
                format!("what `{name}` means here could not be decided: {}", doubt.message)
            }
            Some(Binding::Prose(_)) | None => format!("`{name}` here would not be read as a name"),
        };
        Clash { code: "is_shadowed", message, place: Some(place.clone()) }
    }

    /// A token that was let alone, and that means something else now.
    fn changed(&self, place: &Place, was: &Binding, now: &[&Binding], renamed: &Entity) -> Option<Clash> {
        let captured = now.iter().any(|now| **now == Binding::Bound(renamed.clone()));
        let expected = match was {
            Binding::Bound(entity) if entity == self.symbol => Binding::Bound(renamed.clone()),
            Binding::Bound(entity) => Binding::Bound(self.overlay.kept(entity)),
            Binding::Foreign(what) => Binding::Foreign(what.clone()),
            // Who could not be decided before may be anything now, but for what is renamed.
            Binding::Open { .. } if captured => was.clone(),
            Binding::Open { .. } | Binding::Prose(_) => return None,
        };
        if now.contains(&&expected) {
            return None;
        }
        let (code, message) = if captured {
            ("shadows", format!("this name would then mean the renamed `{}`", self.new_name))
        } else {
            ("changes_meaning", "this name would mean something else after the rename".to_owned())
        };
        Some(Clash { code, message, place: Some(place.clone()) })
    }

    fn describe(&self, entity: &Entity) -> String {
        let path = |file| self.overlay.file(file).map_or_else(String::new, |file| file.path.clone());
        match entity {
            Entity::Name { file, at } => {
                let line = self.overlay.text(*file).map_or(0, |text| Lines::new(text).position(*at).line);
                format!("the one that is defined in {} line {line}", path(*file))
            }
            Entity::File(file) => format!("the module {}", path(*file)),
            Entity::Folder(folder) => format!("the package {folder}"),
        }
    }
}

/// What each token means, by its place.
fn meanings(occurrences: &Occurrences) -> BTreeMap<Place, Vec<&Binding>> {
    let mut meanings: BTreeMap<Place, Vec<&Binding>> = BTreeMap::new();
    for occurrence in &occurrences.found {
        meanings.entry(occurrence.place.clone()).or_default().push(&occurrence.binding);
    }
    meanings
}

/// The same by where the token begins: after an edit, that is what is known of it.
fn starts(occurrences: &Occurrences) -> BTreeMap<Start, Vec<&Binding>> {
    let by_place = meanings(occurrences).into_iter();
    by_place.map(|(place, bindings)| ((place.file, place.range.start), bindings)).collect()
}
