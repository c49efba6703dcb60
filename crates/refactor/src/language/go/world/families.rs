//! All members of one name, and which are one: the methods of an interface and of the types that may stand for it.

use std::{
    collections::{BTreeMap, HashSet},
    rc::Rc,
};

use super::{Found, Named, Type, World};
use crate::{
    language::{
        Entity,
        arena::Id,
        families::Families,
        go::facts::{Facts, Function, Interface, Struct, TypeExpr},
    },
    limits::Stopped,
    sources::FileId,
};

/// How many types are looked at that embed others with the member.
const MOST_TYPES: usize = 5_000;
/// Under how many names one of them is looked for.
const MOST_ALIASES: usize = 64;

/// All members of one name.
#[derive(Debug, Default)]
pub(in super::super) struct Members {
    /// The first of its family, by each.
    roots: BTreeMap<Entity, Entity>,
    /// The files in which they are declared.
    homes: BTreeMap<Entity, FileId>,
}

impl Members {
    /// The family of a member.
    pub(in super::super) fn family(&self, member: &Entity) -> Entity {
        self.roots.get(member).unwrap_or(member).clone()
    }

    /// All members of a family.
    pub(in super::super) fn of(&self, family: &Entity) -> impl Iterator<Item = &Entity> {
        self.roots.iter().filter(move |(_, root)| *root == family).map(|(member, _)| member)
    }

    /// The families, each with a file that declares one of them.
    pub(in super::super) fn families(&self) -> impl Iterator<Item = (&Entity, FileId)> {
        self.roots.iter().filter_map(|(member, root)| Some((root, *self.homes.get(member)?)))
    }
}

/// Members as they are collected.
#[derive(Default)]
struct Collected {
    entities: BTreeMap<Entity, FileId>,
    /// Types that have a method of the name.
    types: Vec<Type>,
    interfaces: Vec<(FileId, Id<Interface>)>,
}

impl World<'_> {
    /// All members of a name.
    pub(in super::super) fn members(&self, name: &str) -> Result<Rc<Members>, Stopped> {
        if let Some(known) = self.members.borrow().get(name) {
            return Ok(Rc::clone(known));
        }
        let members = Rc::new(self.gather(name)?);
        self.members.borrow_mut().insert(name.into(), Rc::clone(&members));
        Ok(members)
    }

    fn gather(&self, name: &str) -> Result<Members, Stopped> {
        let mut all = Collected::default();
        for file in self.files.holders(name)? {
            self.check()?;
            if let Some(facts) = self.files.facts(file) {
                self.collect(file, &facts, name, &mut all);
            }
        }
        let entities: Vec<Entity> = all.entities.keys().cloned().collect();
        let mut families = Families::apart(entities.len());
        if !all.interfaces.is_empty() && !self.is_alone() {
            self.embedders(&mut all.types)?;
            for (one, other) in self.joined(name, &all)? {
                if let (Ok(one), Ok(other)) = (entities.binary_search(&one), entities.binary_search(&other)) {
                    families.join(one, other);
                }
            }
        }
        let root = |at: usize| entities.get(families.root(at)).cloned();
        let roots = entities.iter().enumerate().filter_map(|(at, it)| Some((it.clone(), root(at)?))).collect();
        Ok(Members { roots, homes: all.entities })
    }

    fn collect(&self, file: FileId, facts: &Facts, name: &str, all: &mut Collected) {
        for (id, of) in facts.structs.iter() {
            for field in of.fields.iter().filter(|field| *field.name == *name) {
                all.entities.extend(self.field_entity(file, facts, id, field).map(|it| (it, file)));
            }
        }
        for (_, function) in facts.functions.iter().filter(|(_, it)| *it.name == *name) {
            let Some(receiver) = &function.receiver else { continue };
            let entity = self.method_entity(file, function);
            all.entities.insert(entity, file);
            let unit = self.unit_of(file);
            let first = unit.as_ref().and_then(|unit| unit.tops.get(&receiver.base)?.first().copied());
            if let Some(named) = first.and_then(|(file, at)| self.spec_at(file, at)) {
                all.types.push(Type::Named(named, Rc::new([])));
            }
        }
        for (id, interface) in facts.interfaces.iter() {
            let methods = interface.methods.iter().map(|method| facts.functions.get(*method));
            for method in methods.filter(|method| *method.name == *name) {
                all.entities.insert(self.interface_entity(file, facts, id, method), file);
                all.interfaces.push((file, id));
                all.types.push(match interface.owner {
                    Some(spec) => Type::Named(self.canonical(file, spec), Rc::new([])),
                    None => Type::Interface(file, id),
                });
            }
        }
    }

    /// A method by the first of its declarations.
    pub(in super::super) fn method_entity(&self, file: FileId, function: &Function) -> Entity {
        let own = Entity::Name { file, at: function.at };
        let Some(receiver) = &function.receiver else { return own };
        let first = self.unit_of(file).and_then(|unit| unit.tops.get(&receiver.base)?.first().copied());
        let named = first.and_then(|(file, at)| self.spec_at(file, at));
        named.and_then(|named| self.member_of(named, &function.name)).unwrap_or(own)
    }

    pub(in super::super) fn interface_entity(
        &self,
        file: FileId,
        facts: &Facts,
        id: Id<Interface>,
        method: &Function,
    ) -> Entity {
        let owner = facts.interfaces.get(id).owner.map(|spec| self.canonical(file, spec));
        let own = owner.and_then(|named| self.member_of(named, &method.name));
        own.unwrap_or(Entity::Name { file, at: method.at })
    }

    /// Adds the types that embed one of these, and those that embed them: they have its methods as well.
    fn embedders(&self, types: &mut Vec<Type>) -> Result<(), Stopped> {
        let mut known: HashSet<Named> = types.iter().filter_map(named).collect();
        let mut next = 0;
        while let Some(of) = types.get(next).cloned() {
            next += 1;
            let Some(of) = named(&of).filter(|_| types.len() < MOST_TYPES) else { continue };
            for found in self.embedders_of(of)? {
                if named(&found).is_none_or(|named| known.insert(named)) {
                    types.push(found);
                }
            }
        }
        Ok(())
    }

    /// The types that embed a declared one, under its name or one that stands for it.
    fn embedders_of(&self, of: Named) -> Result<Vec<Type>, Stopped> {
        let mut found = Vec::new();
        let Some(facts) = self.files.facts(of.file) else { return Ok(found) };
        let mut names = vec![facts.specs.get(of.spec).name.clone()];
        let mut next = 0;
        while let Some(name) = names.get(next).filter(|_| next < MOST_ALIASES).cloned() {
            next += 1;
            for file in self.files.holders(&name)? {
                self.check()?;
                let Some(facts) = self.files.facts(file) else { continue };
                found.extend(self.embedding(file, &facts, of, &name));
                let aliases = facts.specs.iter().filter(|(_, spec)| spec.is_alias && !names.contains(&spec.name));
                let aliases = aliases.filter(|(_, spec)| named(self.type_at(file, spec.of).pointed()) == Some(of));
                let aliases: Vec<_> = aliases.map(|(_, spec)| spec.name.clone()).collect();
                names.extend(aliases);
            }
        }
        Ok(found)
    }

    /// The types of a file that embed a declared one.
    fn embedding(&self, file: FileId, facts: &Facts, of: Named, name: &str) -> Vec<Type> {
        let is_it = |written: &Id<TypeExpr>| {
            ends_with(facts, *written, name, 0) && named(self.type_at(file, *written).pointed()) == Some(of)
        };
        let owned = |spec: Option<Id<_>>, otherwise| match spec {
            Some(spec) => Type::Named(self.canonical(file, spec), Rc::new([])),
            None => otherwise,
        };
        let embeds = |it: &Struct| it.fields.iter().any(|field| field.is_embedded && is_it(&field.of));
        let structs = facts.structs.iter().filter(|(_, it)| embeds(it));
        let structs = structs.map(|(id, it)| owned(it.owner, Type::Struct(file, id)));
        let interfaces = facts.interfaces.iter().filter(|(_, it)| it.embedded.iter().any(is_it));
        structs.chain(interfaces.map(|(id, it)| owned(it.owner, Type::Interface(file, id)))).collect()
    }

    /// Pairs of methods that have to be called the same.
    fn joined(&self, name: &str, all: &Collected) -> Result<Vec<(Entity, Entity)>, Stopped> {
        let mut pairs = Vec::new();
        for (file, id) in &all.interfaces {
            let Some(facts) = self.files.facts(*file) else { continue };
            let methods = facts.interfaces.get(*id).methods.iter().map(|method| facts.functions.get(*method));
            let Some(method) = methods.into_iter().find(|method| *method.name == *name) else { continue };
            let entity = self.interface_entity(*file, &facts, *id, method);
            for of in &all.types {
                self.check()?;
                if let Found::Member(own) = self.find(of, name, *file)
                    && own.entity != entity
                    && own.is_method()
                    && self.satisfies(of, (*file, *id))
                {
                    pairs.push((entity.clone(), own.entity));
                }
            }
        }
        Ok(pairs)
    }
}

fn named(of: &Type) -> Option<Named> {
    match of {
        Type::Named(named, _) => Some(*named),
        _ => None,
    }
}

/// Whether a written type ends with a name: a quick look before it is resolved.
fn ends_with(facts: &Facts, written: Id<TypeExpr>, name: &str, depth: usize) -> bool {
    match facts.types.get(written) {
        TypeExpr::Name(used) => *used.name == *name,
        TypeExpr::Qualified { name: last, .. } => **last == *name,
        TypeExpr::Generic(base, _) | TypeExpr::Pointer(base) if depth < 4 => ends_with(facts, *base, name, depth + 1),
        _ => false,
    }
}
