//! All declarations of one name over all files, and which of them are one thing.
//!
//! Two declarations are one if some unit sees both: then the language itself says so. What no unit sees together is one
//! only if it has external linkage, and if no more than one of it is defined: two definitions are of two programs.

use std::{
    cell::{OnceCell, RefCell},
    collections::{BTreeMap, HashMap},
    rc::Rc,
};

use super::{
    facts::{Decl, Facts, Owner, RecordId, Space},
    includes::Includes,
    infer::Known,
    macros::Pastes,
    sift::may_declare,
};
use crate::{
    language::{
        Entity, SymbolKind,
        families::Families,
        trees::{DeclarationId, Files},
    },
    limits::Stopped,
    request::Options,
    sources::FileId,
};

/// The files, and what was found out about names so far.
pub(super) struct World<'s> {
    pub(super) files: Files<'s, Facts>,
    pub(super) options: Options,
    pub(super) includes: Rc<Includes>,
    groups: RefCell<HashMap<Box<str>, Rc<Groups>>>,
    holders: RefCell<HashMap<Box<str>, Rc<Vec<FileId>>>>,
    families: RefCell<HashMap<Box<str>, Rc<Vec<usize>>>>,
    pub(super) pastes: OnceCell<Pastes>,
    /// The types of declarations.
    pub(super) kinds: RefCell<HashMap<(FileId, DeclarationId), Known>>,
}

/// Whose a declaration is, over all files.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Home {
    /// A namespace's.
    Namespace(Box<str>),
    /// A record's that can be named from outside.
    Record(Box<str>),
    /// A record's that cannot, of this file.
    Alone(FileId, RecordId),
}

/// A declaration that is not of a block.
#[derive(Debug, Clone)]
pub(super) struct Def {
    pub(super) file: FileId,
    pub(super) id: DeclarationId,
    pub(super) at: u32,
    pub(super) space: Space,
    pub(super) home: Home,
    kind: SymbolKind,
    is_external: bool,
    is_definition: bool,
}

/// All declarations of a name.
#[derive(Debug, Default)]
pub(super) struct Groups {
    /// By file and place.
    pub(super) defs: Vec<Def>,
    /// For each, the first that it is one with.
    first: Vec<usize>,
    /// For the first of some that are only declared, the definitions that each may mean.
    torn: HashMap<usize, Vec<usize>>,
    /// The macros: file, index there, place.
    pub(super) macros: Vec<(FileId, u32, u32)>,
    first_macro: Vec<usize>,
}

impl Groups {
    /// The first of the declarations that one belongs to.
    pub(super) fn first(&self, def: usize) -> usize {
        self.first.get(def).copied().unwrap_or(def)
    }

    /// All that are one with a declaration.
    pub(super) fn same(&self, def: usize) -> impl Iterator<Item = usize> + '_ {
        let first = self.first(def);
        (0..self.defs.len()).filter(move |it| self.first(*it) == first)
    }

    /// What a declaration may mean besides itself.
    pub(super) fn torn(&self, def: usize) -> &[usize] {
        self.torn.get(&self.first(def)).map_or(&[], Vec::as_slice)
    }

    /// The declaration of a file that has this id.
    pub(super) fn find(&self, file: FileId, id: DeclarationId) -> Option<usize> {
        self.defs.iter().position(|def| def.file == file && def.id == id)
    }

    /// The entity of a macro.
    pub(super) fn macro_entity(&self, index: usize) -> Option<Entity> {
        let first = self.first_macro.get(index).copied().unwrap_or(index);
        self.macros.get(first).map(|(file, _, at)| Entity::Name { file: *file, at: *at as usize })
    }

    /// The entity of a declaration, without its family.
    pub(super) fn entity(&self, def: usize) -> Option<Entity> {
        let def = self.defs.get(self.first(def))?;
        Some(Entity::Name { file: def.file, at: def.at as usize })
    }

    /// Whether some of these have a definition that other units may see.
    pub(super) fn is_external(&self, def: usize) -> bool {
        self.same(def).all(|it| self.defs.get(it).is_some_and(|def| def.is_external))
    }

    /// Whether one of these is the definition.
    pub(super) fn is_defined(&self, def: usize) -> bool {
        self.same(def).any(|it| self.defs.get(it).is_some_and(|def| def.is_definition))
    }
}

impl<'s> World<'s> {
    pub(super) fn new(files: Files<'s, Facts>, includes: Rc<Includes>, options: Options) -> Self {
        let (groups, holders, families) = Default::default();
        Self { files, options, includes, groups, holders, families, pastes: OnceCell::new(), kinds: RefCell::default() }
    }

    /// The files that hold the letters of a name.
    pub(super) fn holders(&self, name: &str) -> Result<Rc<Vec<FileId>>, Stopped> {
        if let Some(known) = self.holders.borrow().get(name) {
            return Ok(Rc::clone(known));
        }
        let found = Rc::new(self.files.holders(name)?);
        self.holders.borrow_mut().insert(name.into(), Rc::clone(&found));
        Ok(found)
    }

    /// All declarations of a name. What the time limit cut off is seen by whoever asks next.
    pub(super) fn groups(&self, name: &str) -> Rc<Groups> {
        if let Some(known) = self.groups.borrow().get(name) {
            return Rc::clone(known);
        }
        let found = Rc::new(self.gather(name));
        self.groups.borrow_mut().insert(name.into(), Rc::clone(&found));
        found
    }

    fn gather(&self, name: &str) -> Groups {
        let mut groups = Groups::default();
        let holders = self.holders(name).unwrap_or_default();
        for file in holders.iter().copied() {
            if self.files.check().is_err() {
                break;
            }
            let text = self.files.sources.text(file);
            if !text.is_ok_and(|text| may_declare(&text, name)) {
                continue;
            }
            let Some(facts) = self.files.facts(file) else { continue };
            for id in facts.shared(name) {
                groups.defs.extend(facts.decl(*id).map(|decl| def(file, &facts, *id, decl)));
            }
            let macros = facts.macros.iter().zip(0..).filter(|(it, _)| *it.name == *name);
            groups.macros.extend(macros.map(|(it, index)| (file, index, it.place.start)));
        }
        groups.defs.sort_by_key(|def| (def.file, def.at));
        adopt(&mut groups.defs);
        self.join(&mut groups);
        groups
    }

    /// What some unit sees together is one.
    fn join(&self, groups: &mut Groups) {
        let mut families = Families::apart(groups.defs.len());
        let mut seen: HashMap<(Space, Sort, &Home, FileId), usize> = HashMap::new();
        for (at, def) in groups.defs.iter().enumerate() {
            for root in self.includes.roots(def.file).iter() {
                let other = *seen.entry((def.space, sort(def.kind), &def.home, *root)).or_insert(at);
                families.join(other, at);
            }
        }
        join_linked(groups, &mut families);
        groups.first = (0..groups.defs.len()).map(|at| families.root(at)).collect();
        groups.torn = torn(groups);
        let mut families = Families::apart(groups.macros.len());
        let mut seen: HashMap<FileId, usize> = HashMap::new();
        for (at, (file, ..)) in groups.macros.iter().enumerate() {
            for above in self.includes.roots(*file).iter() {
                let other = *seen.entry(*above).or_insert(at);
                families.join(other, at);
            }
        }
        groups.first_macro = (0..groups.macros.len()).map(|at| families.root(at)).collect();
    }

    /// For each declaration of a name, the first of its family: of the methods that override one another.
    pub(super) fn families(&self, name: &str) -> Rc<Vec<usize>> {
        if let Some(known) = self.families.borrow().get(name) {
            return Rc::clone(known);
        }
        let found = Rc::new(self.join_families(name));
        self.families.borrow_mut().insert(name.into(), Rc::clone(&found));
        found
    }

    /// The entity of a declaration.
    pub(super) fn entity(&self, name: &str, def: usize) -> Option<Entity> {
        let groups = self.groups(name);
        let first = self.families(name).get(def).copied().unwrap_or(def);
        groups.entity(first)
    }
}

/// What can be one: a type and a function of one name are two things.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
enum Sort {
    Type,
    Value,
    Space,
}

fn sort(kind: SymbolKind) -> Sort {
    match kind {
        SymbolKind::Type | SymbolKind::Class | SymbolKind::Enum => Sort::Type,
        SymbolKind::Package => Sort::Space,
        _ => Sort::Value,
    }
}

fn def(file: FileId, facts: &Facts, id: DeclarationId, decl: &Decl) -> Def {
    let home = match &decl.owner {
        Owner::Block => Home::Namespace("".into()),
        Owner::Namespace(path) => Home::Namespace(path.clone()),
        Owner::Record(record) => home_of(file, facts, *record),
        Owner::Path(asked) => Home::Record(facts.asked(*asked).map(|it| it.path.join("::")).unwrap_or_default().into()),
    };
    Def {
        file,
        id,
        at: decl.place.start,
        space: decl.space,
        home,
        kind: decl.kind,
        is_external: decl.is_external,
        is_definition: decl.is_definition,
    }
}

/// Whose the members of a record are.
pub(super) fn home_of(file: FileId, facts: &Facts, record: RecordId) -> Home {
    let outward = std::iter::successors(Some(record), |id| facts.record(*id)?.is_part_of.filter(|outer| outer < id));
    let last = outward.last().unwrap_or(record);
    match facts.record(last).and_then(|it| it.path.clone()) {
        Some(path) => Home::Record(path),
        None => Home::Alone(file, last),
    }
}

/// What is defined outside of its class or namespace (`int A::f() {}`) belongs to what declared it.
fn adopt(defs: &mut [Def]) {
    let inside: Vec<(Home, Space)> = defs.iter().map(|def| (def.home.clone(), def.space)).collect();
    for def in defs.iter_mut() {
        let Home::Record(path) = &def.home else { continue };
        let path = path.trim_start_matches("::").to_owned();
        let fits = |home: &Home| match home {
            Home::Namespace(other) | Home::Record(other) => {
                other.strip_suffix(path.as_str()).is_some_and(|front| front.is_empty() || front.ends_with("::"))
            }
            Home::Alone(..) => false,
        };
        let mut fitting: Vec<&(Home, Space)> =
            inside.iter().filter(|(home, _)| fits(home) && *home != def.home).collect();
        fitting.sort();
        fitting.dedup();
        let is_own = inside.iter().filter(|(home, _)| *home == def.home).count() > 1;
        if let ([(home, space)], false) = (fitting.as_slice(), is_own) {
            (def.home, def.space) = (home.clone(), *space);
        }
    }
}

/// One external name is one thing in all units, as long as no two define it.
fn join_linked(groups: &Groups, families: &mut Families) {
    let first: Vec<usize> = (0..groups.defs.len()).map(|at| families.root(at)).collect();
    for (_, sets) in linked(groups, &first) {
        let defined: Vec<usize> = sets.iter().filter(|(_, is_defined)| **is_defined).map(|(first, _)| *first).collect();
        if defined.len() < 2 {
            families.join_all(&sets.keys().copied().collect::<Vec<_>>());
        }
    }
}

/// The sets of external functions and variables of each namespace, and whether they are defined.
fn linked<'g>(groups: &'g Groups, first: &[usize]) -> BTreeMap<&'g Home, BTreeMap<usize, bool>> {
    let mut hidden: BTreeMap<usize, bool> = BTreeMap::new();
    for (at, def) in groups.defs.iter().enumerate() {
        *hidden.entry(first.get(at).copied().unwrap_or(at)).or_default() |= !def.is_external;
    }
    let mut linked: BTreeMap<&Home, BTreeMap<usize, bool>> = BTreeMap::new();
    for (at, def) in groups.defs.iter().enumerate() {
        let first = first.get(at).copied().unwrap_or(at);
        if hidden.get(&first) == Some(&false) && def.space == Space::Ordinary {
            *linked.entry(&def.home).or_default().entry(first).or_default() |= def.is_definition;
        }
    }
    linked
}

/// What is only declared, where several programs define it.
fn torn(groups: &Groups) -> HashMap<usize, Vec<usize>> {
    let mut torn = HashMap::new();
    for (_, sets) in linked(groups, &groups.first) {
        let defined: Vec<usize> = sets.iter().filter(|(_, is_defined)| **is_defined).map(|(first, _)| *first).collect();
        if defined.len() > 1 {
            torn.extend(sets.iter().filter(|(_, is)| !**is).map(|(first, _)| (*first, defined.clone())));
        }
    }
    torn
}
