//! Members that are one symbol: a method, and those that override it or that it overrides.

use std::{
    collections::{BTreeMap, BTreeSet},
    rc::Rc,
};

use super::{ClassRef, World};
use crate::{
    language::{
        Entity,
        python::facts::{Bound, Facts, How, Id, Name},
    },
    request::Hierarchy,
    sources::FileId,
};

/// All members of a name.
#[derive(Debug, Default)]
pub(crate) struct Family {
    /// The classes that define it, each with the symbol that it belongs to.
    symbols: BTreeMap<ClassRef, Entity>,
}

impl Family {
    /// The symbol of a class's own definition.
    pub(crate) fn of(&self, class: ClassRef) -> Option<&Entity> {
        self.symbols.get(&class)
    }

    /// The classes whose definitions are one symbol.
    pub(crate) fn classes<'f>(&'f self, symbol: &'f Entity) -> impl Iterator<Item = ClassRef> + 'f {
        self.symbols.iter().filter(move |(_, one)| *one == symbol).map(|(class, _)| *class)
    }

    /// Every symbol.
    pub(crate) fn all(&self) -> Vec<Entity> {
        let all: BTreeSet<_> = self.symbols.values().cloned().collect();
        all.into_iter().collect()
    }

    pub(crate) fn definers(&self) -> impl Iterator<Item = ClassRef> + '_ {
        self.symbols.keys().copied()
    }
}

impl World<'_> {
    /// The members of a name, over all files that hold it.
    pub(crate) fn family(&self, name: &str) -> Rc<Family> {
        if let Some(known) = self.families.borrow().get(name) {
            return Rc::clone(known);
        }
        // While it is made, each definition stands for itself.
        let definers = self.definers(name);
        let alone = definers.iter().filter_map(|class| Some((*class, self.own_definition(*class, name)?)));
        let alone = Rc::new(Family { symbols: alone.collect() });
        self.families.borrow_mut().insert(name.to_owned(), Rc::clone(&alone));
        let is_static = matches!(name, "__init__" | "__new__");
        if self.options.hierarchy == Hierarchy::Only || is_static {
            return alone;
        }
        let family = Rc::new(self.united(&alone, &definers));
        self.families.borrow_mut().insert(name.to_owned(), Rc::clone(&family));
        family
    }

    fn united(&self, alone: &Family, definers: &BTreeSet<ClassRef>) -> Family {
        let mut group: BTreeMap<ClassRef, ClassRef> = definers.iter().map(|class| (*class, *class)).collect();
        let mut classes = definers.clone();
        for class in definers {
            classes.extend(self.heirs(*class).iter().copied());
        }
        for class in classes {
            let line: Vec<_> = self.own_lineage(class).into_iter().filter(|one| definers.contains(one)).collect();
            for pair in line.windows(2) {
                if let [one, other] = pair {
                    let (one, other) = (root(&group, *one), root(&group, *other));
                    group.insert(one.max(other), one.min(other));
                }
            }
        }
        for (one, other) in self.stood_in_for(definers) {
            let (one, other) = (root(&group, one), root(&group, other));
            group.insert(one.max(other), one.min(other));
        }
        let mut firsts: BTreeMap<ClassRef, &Entity> = BTreeMap::new();
        for (class, entity) in &alone.symbols {
            let first = firsts.entry(root(&group, *class)).or_insert(entity);
            *first = (*first).min(entity);
        }
        let symbols = definers.iter().filter_map(|class| {
            let first = firsts.get(&root(&group, *class))?;
            Some((*class, (*first).clone()))
        });
        Family { symbols: symbols.collect() }
    }

    /// The definers that are said to stand in for other definers, or inherit what they define from who is.
    fn stood_in_for(&self, definers: &BTreeSet<ClassRef>) -> Vec<(ClassRef, ClassRef)> {
        if definers.len() < 2 || !definers.iter().any(|class| self.is_abstract(*class)) {
            return Vec::new();
        }
        let definer = |class: ClassRef| self.own_lineage(class).into_iter().find(|one| definers.contains(one));
        let pairs = self.registered();
        pairs.iter().filter_map(|(base, class)| Some((definer(*base)?, definer(*class)?))).collect()
    }

    /// The classes that define a name themselves.
    fn definers(&self, name: &str) -> BTreeSet<ClassRef> {
        let mut found = BTreeSet::new();
        for file in self.holders(unmangled(name)).iter() {
            let Ok(facts) = self.facts(*file) else { continue };
            let own = facts.classes.iter().filter(|(id, _)| defines(&facts, *id, name));
            found.extend(own.map(|(id, _)| (*file, id)));
        }
        found
    }

    /// Where a class defines a name first.
    pub(crate) fn own_definition(&self, class: ClassRef, name: &str) -> Option<Entity> {
        let facts = self.known(class.0);
        let first = own_bindings(&facts, class.1, name).map(|bound| bound.span.start).min()?;
        Some(self.canonical(class.0, first))
    }

    /// What a stub declares is what its module defines.
    pub(crate) fn canonical(&self, file: FileId, at: u32) -> Entity {
        self.in_module(file, at).unwrap_or_else(|| Self::name_entity(file, at))
    }
}

fn root(group: &BTreeMap<ClassRef, ClassRef>, class: ClassRef) -> ClassRef {
    let mut class = class;
    while let Some(next) = group.get(&class).filter(|next| **next != class) {
        class = *next;
    }
    class
}

/// A private name as it is written.
pub(crate) fn unmangled(name: &str) -> &str {
    let is_mangled = name.starts_with('_') && !name.starts_with("__");
    let at = name.get(1..).and_then(|rest| rest.find("__")).filter(|_| is_mangled);
    at.and_then(|at| name.get(at + 1..)).unwrap_or(name)
}

/// Every place where a class gives a name a value.
pub(crate) fn own_bindings<'f>(
    facts: &'f Facts,
    class: Id<super::super::facts::Class>,
    name: &str,
) -> impl Iterator<Item = &'f Bound> {
    let it = facts.classes.get(class);
    let body = facts.variable(it.scope, name).map(|variable| facts.variables.get(variable));
    let body = body.into_iter().flat_map(|variable| &variable.bindings);
    let assigned = it.assigned.get(&Name::new(name)).into_iter().flatten();
    body.chain(assigned).filter(|bound| bound.how != How::Touched)
}

pub(crate) fn defines(facts: &Facts, class: Id<super::super::facts::Class>, name: &str) -> bool {
    own_bindings(facts, class, name).next().is_some()
}
