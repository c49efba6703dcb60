//! From what a token means in each build to the one meaning that is told.

use std::collections::{BTreeMap, BTreeSet};

use super::meaning::{Cause, Known, Reading, Sense, Shape};
use crate::{
    language::{Binding, Doubt, Entity, Occurrence, Place, SymbolKind},
    sources::FileId,
};

/// What one build says of a name.
#[derive(Debug, Default)]
pub(super) struct Build {
    /// The tokens, by where their word begins.
    pub(super) tokens: BTreeMap<(FileId, usize), Vec<Reading>>,
    /// What is defined.
    pub(super) known: BTreeMap<Entity, Known>,
    /// The files that several crates are made of.
    pub(super) shared: BTreeSet<FileId>,
}

/// What all builds say of a name.
#[derive(Debug, Default)]
pub(super) struct Settled {
    /// Each token, with what it means.
    pub(super) found: Vec<Occurrence>,
    /// What is defined.
    pub(super) known: BTreeMap<Entity, Known>,
}

/// Brings builds together.
pub(super) fn settle(builds: Vec<Build>) -> Settled {
    let same = Twins::among(&builds);
    let mut known = BTreeMap::new();
    let mut tokens: BTreeMap<(FileId, usize), Vec<Vec<Reading>>> = BTreeMap::new();
    for build in builds {
        for (entity, one) in build.known {
            known.entry(same.first(&entity)).or_insert(one);
        }
        for (place, mut readings) in build.tokens {
            for reading in &mut readings {
                same.unify(&mut reading.sense);
            }
            tokens.entry(place).or_default().push(readings);
        }
    }
    let found = tokens.into_iter().flat_map(|((file, _), builds)| token(file, &builds, &known)).collect();
    Settled { found, known }
}

/// The occurrences of one token.
fn token(file: FileId, builds: &[Vec<Reading>], known: &BTreeMap<Entity, Known>) -> Vec<Occurrence> {
    let is_sure = |readings: &&Vec<Reading>| readings.iter().all(|it| !matches!(it.sense, Sense::Unknown(..)));
    let mut sure: Vec<&Vec<Reading>> = Vec::new();
    for readings in builds.iter().filter(is_sure) {
        if !sure.contains(&readings) {
            sure.push(readings);
        }
    }
    let chosen: Vec<Reading> = match sure.as_slice() {
        [] => unsure(builds),
        [only] => (*only).clone(),
        [first, ..] => vec![differing(first, &sure)].into_iter().flatten().collect(),
    };
    let differs = sure.len() > 1;
    chosen.into_iter().map(|reading| occurrence(file, reading, differs, known)).collect()
}

/// The reading of a token that no build is sure of: of the one that knows most.
fn unsure(builds: &[Vec<Reading>]) -> Vec<Reading> {
    let rank = |readings: &&Vec<Reading>| {
        readings
            .iter()
            .map(|reading| match &reading.sense {
                Sense::Unknown(_, Cause::Apart | Cause::Failed) => 3,
                Sense::Unknown(_, Cause::Off) => 2,
                Sense::Unknown(_, Cause::MacroCall) => 1,
                _ => 0,
            })
            .max()
            .unwrap_or(9)
    };
    builds.iter().min_by_key(rank).cloned().unwrap_or_default()
}

/// A token that means one thing in one build and another in the next.
fn differing(first: &[Reading], all: &[&Vec<Reading>]) -> Option<Reading> {
    let mut entities = Vec::new();
    for reading in all.iter().flat_map(|readings| readings.iter()) {
        match &reading.sense {
            Sense::Is(entity) => entities.push(entity.clone()),
            Sense::Several(several) => entities.extend(several.iter().cloned()),
            Sense::Via(_) | Sense::Foreign(_) | Sense::Unknown(..) | Sense::Prose(_) => {}
        }
    }
    let reading = first.first()?.clone();
    if entities.is_empty() {
        return Some(reading);
    }
    Some(Reading { sense: Sense::Several(entities), ..reading })
}

fn occurrence(file: FileId, reading: Reading, differs: bool, known: &BTreeMap<Entity, Known>) -> Occurrence {
    let range = usize::from(reading.range.start())..usize::from(reading.range.end());
    let binding = match reading.sense {
        Sense::Is(entity) => Binding::Bound(entity),
        Sense::Via(_) => Binding::Foreign("another name's".to_owned()),
        Sense::Foreign(what) => Binding::Foreign(what.to_owned()),
        Sense::Prose(prose) => Binding::Prose(prose),
        Sense::Several(among) => Binding::Open { among: sorted(among), doubt: several(differs) },
        Sense::Unknown(shape, cause) => unknown(file, range.start, &shape, cause, known),
    };
    let place = Place { file, range };
    Occurrence { place, binding, role: reading.role, prefix: reading.prefix, suffix: reading.suffix }
}

fn sorted(among: Vec<Entity>) -> Vec<Entity> {
    among.into_iter().collect::<BTreeSet<_>>().into_iter().collect()
}

fn several(differs: bool) -> Doubt {
    let (code, message) = if differs {
        ("differs_by_configuration", "it means one thing in one configuration and another in the next")
    } else {
        ("means_several", "it means several things at once, which cannot be renamed apart")
    };
    Doubt { code, message: message.to_owned(), likelihood: 80 }
}

/// A token that could not be resolved, among all that it can be by where it stands.
fn unknown(file: FileId, at: usize, shape: &Shape, cause: Cause, known: &BTreeMap<Entity, Known>) -> Binding {
    let is_near = |entity: &Entity| matches!(entity, Entity::Name { file: there, .. } if *there == file);
    let mut among: Vec<Entity> = known
        .iter()
        .filter(|(entity, known)| known.fits(shape) && (!known.way.is_empty() || is_near(entity)))
        .map(|(entity, _)| entity.clone())
        .collect();
    if let Shape::Bare(Some(local)) = shape {
        among.push(local.clone());
    }
    match (among.is_empty(), shape, cause) {
        (_, _, Cause::Outside) => return Binding::Foreign("a name of another crate".to_owned()),
        (true, Shape::Bare(_) | Shape::Item, Cause::Unresolved) => {
            return Binding::Foreign("nothing that these sources define".to_owned());
        }
        // It stands for itself: whatever it is, it is nothing that is defined here under this name.
        (true, _, _) => among.push(Entity::Name { file, at }),
        (false, ..) => {}
    }
    Binding::Open { among: sorted(among), doubt: doubt(cause) }
}

fn doubt(cause: Cause) -> Doubt {
    let (code, message, likelihood) = match cause {
        Cause::Unresolved | Cause::Outside => ("unresolved", "nothing of this name could be found from here", 40),
        Cause::Receiver => ("unknown_type", "the type before the dot could not be found out", 50),
        Cause::MacroCall => ("macro_argument", "it is an argument of a macro whose output is not known", 70),
        Cause::MacroBody => {
            ("macro_body", "it is in what a macro writes, and means what it means where the macro is called", 60)
        }
        Cause::Attribute => ("attribute", "it is in an attribute, whose meaning only its macro knows", 50),
        Cause::Example => ("example", "it is in an example of the documentation, which is compiled as a test", 80),
        Cause::Off => ("switched_off", "it is in code that no configuration that was tried turns on", 60),
        Cause::Failed => ("not_understood", "the code around it could not be understood", 50),
        Cause::Apart => ("no_crate", "its file belongs to no crate that was found", 50),
    };
    Doubt { code, message: message.to_owned(), likelihood }
}

/// Definitions of one thing for several configurations, of which each build has one: `#[cfg(unix)] fn f` and
/// `#[cfg(windows)] fn f`. They are renamed together.
#[derive(Debug, Default)]
struct Twins {
    first: BTreeMap<Entity, Entity>,
}

/// What twins have in common.
type Likeness = (u32, Vec<String>, String, bool, bool, bool);

impl Twins {
    fn among(builds: &[Build]) -> Self {
        let mut alike: BTreeMap<Likeness, Vec<BTreeSet<&Entity>>> = BTreeMap::new();
        for build in builds {
            let mut here: BTreeMap<Likeness, BTreeSet<&Entity>> = BTreeMap::new();
            for (entity, known) in build.known.iter().filter(|(_, known)| !known.way.is_empty()) {
                here.entry(likeness(known)).or_default().insert(entity);
            }
            for (likeness, entities) in here {
                alike.entry(likeness).or_default().push(entities);
            }
        }
        let mut twins = Self::default();
        for sets in alike.into_values().filter(|sets| sets.iter().all(|set| set.len() == 1)) {
            let all: BTreeSet<&Entity> = sets.into_iter().flatten().collect();
            if let (Some(first), true) = (all.first().copied(), all.len() > 1) {
                twins.first.extend(all.iter().map(|entity| ((*entity).clone(), first.clone())));
            }
        }
        twins
    }

    fn first(&self, entity: &Entity) -> Entity {
        self.first.get(entity).unwrap_or(entity).clone()
    }

    fn unify(&self, sense: &mut Sense) {
        match sense {
            Sense::Is(entity) | Sense::Unknown(Shape::Bare(Some(entity)), _) => *entity = self.first(entity),
            Sense::Several(several) => several.iter_mut().for_each(|entity| *entity = self.first(entity)),
            Sense::Via(_) | Sense::Foreign(_) | Sense::Unknown(..) | Sense::Prose(_) => {}
        }
    }
}

fn likeness(known: &Known) -> Likeness {
    let is_field = known.kind == SymbolKind::Field;
    let spaces = known.spaces;
    (known.root, known.way.clone(), known.name.clone(), spaces.types, spaces.values && !is_field, spaces.macros)
}
