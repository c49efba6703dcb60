//! Members: fields and methods of a type, its own and those it has from what it embeds.

use std::rc::Rc;

use super::{Meaning, Method, Named, Package, Type, World, is_exported, types::Bound};
use crate::{
    language::{
        Entity,
        arena::Id,
        go::facts::{Facts, Field, Function, Interface, Struct, TypeExpr},
    },
    sources::FileId,
};

/// How deep embedded types are looked into.
const MOST_EMBEDDED: usize = 12;
/// How many of them are.
const MOST_LEVEL: usize = 256;
/// How many types are looked into on one level, embedded interfaces included.
const MOST_LOOKED: usize = 2_000;

/// A member that was found.
#[derive(Debug, Clone)]
pub(in super::super) struct Member {
    /// The first of its declarations; of an embedded field, the type that it is called after.
    pub(in super::super) entity: Entity,
    file: FileId,
    of: Of,
    bound: Rc<Bound>,
}

#[derive(Debug, Clone, Copy)]
enum Of {
    Field(Id<TypeExpr>),
    Method(Id<Function>),
    /// Build tags choose among several.
    Several,
}

impl Member {
    pub(in super::super) fn is_method(&self) -> bool {
        matches!(self.of, Of::Method(_))
    }
}

/// What was found of a name in a type.
#[derive(Debug)]
pub(in super::super) enum Found {
    Member(Member),
    /// A library's.
    Foreign,
    /// One of these, or a library's.
    Among(Vec<Entity>),
    /// The type is known and has no such member.
    Nothing,
    /// The type is not known.
    Unknown,
}

/// One level of embedding.
#[derive(Default)]
struct Level {
    looked: usize,
    hits: Vec<Member>,
    next: Vec<Type>,
    has_foreign: bool,
    has_unknown: bool,
}

impl World<'_> {
    /// Looks for a member that is used in a file: the one of the least depth.
    pub(in super::super) fn find(&self, of: &Type, name: &str, from: FileId) -> Found {
        let mut types = vec![of.pointed().clone()];
        let (mut foreign, mut unknown) = (false, false);
        for _ in 0..MOST_EMBEDDED {
            let mut level = Level::default();
            for of in types.iter().take(MOST_LEVEL) {
                self.look(of, name, from, &mut level, 0);
            }
            self.unite(&mut level.hits);
            let doubtful = unknown || (foreign && is_exported(name));
            match level.hits.pop() {
                Some(only) if level.hits.is_empty() && !doubtful => return Found::Member(only),
                Some(last) => {
                    let all = level.hits.into_iter().chain([last]).map(|hit| hit.entity).collect();
                    return Found::Among(all);
                }
                None => {}
            }
            foreign |= level.has_foreign;
            unknown |= level.has_unknown;
            types = level.next;
            if types.is_empty() {
                break;
            }
        }
        match (unknown, foreign) {
            (true, _) => Found::Unknown,
            (false, true) => Found::Foreign,
            (false, false) => Found::Nothing,
        }
    }

    /// Makes one of what build tags declare several times.
    fn unite(&self, hits: &mut Vec<Member>) {
        hits.dedup_by(|one, first| {
            let is_same = one.entity == first.entity;
            if is_same && self.member_type(one) != self.member_type(first) {
                first.of = Of::Several;
            }
            is_same
        });
    }

    fn look(&self, of: &Type, name: &str, from: FileId, level: &mut Level, depth: usize) {
        level.looked += 1;
        if depth > MOST_EMBEDDED || level.looked > MOST_LOOKED {
            level.has_unknown = true;
            return;
        }
        match of {
            Type::Unknown => level.has_unknown = true,
            Type::Foreign(_) => level.has_foreign = true,
            Type::Named(named, arguments) => self.look_in_named((*named, arguments), name, from, level, depth),
            Type::Struct(file, id) => self.look_in_struct((*file, *id), name, from, (level, &Bound::new())),
            Type::Interface(file, id) => self.look_in_interface((*file, *id), name, from, level, depth),
            Type::Parameter(file, at) => self.look_in_parameter((*file, *at), name, from, level, depth),
            // These have no members.
            Type::Pointer(_) | Type::List(_) | Type::Map(_) | Type::Channel(_) | Type::Function(_) => {}
        }
    }

    fn look_in_named(
        &self,
        (named, arguments): (Named, &[Type]),
        name: &str,
        from: FileId,
        level: &mut Level,
        depth: usize,
    ) {
        let hits = level.hits.len();
        for (file, id) in self.methods_of(named, name) {
            let Some(facts) = self.files.facts(file).filter(|_| self.sees(from, file, name)) else { continue };
            let function = facts.functions.get(id);
            let parameters = function.receiver.iter().flat_map(|receiver| &receiver.parameters);
            let bound = parameters.map(|at| Type::Parameter(file, *at)).zip(arguments.iter().cloned()).collect();
            let entity = self.member_of(named, name).unwrap_or(Entity::Name { file, at: function.at });
            level.hits.push(Member { entity, file, of: Of::Method(id), bound: Rc::new(bound) });
        }
        if level.hits.len() > hits {
            return;
        }
        for variant in &self.variants(named) {
            let bound = self.bound(*variant, arguments);
            let Some(facts) = self.files.facts(variant.file) else { continue };
            let of = facts.specs.get(variant.spec).of;
            match self.type_at(variant.file, of) {
                Type::Struct(file, id) => self.look_in_struct((file, id), name, from, (level, &bound)),
                // A type that is made of another has its fields, and its methods only if that is an interface.
                Type::Named(..) => match self.underlying(&Type::Named(*variant, arguments.into())) {
                    Type::Pointer(_) => {}
                    under => self.look(&under, name, from, level, depth + 1),
                },
                Type::Foreign(name) if !name.contains('.') && &*name != "error" => {}
                other => self.look(&other.with(&bound), name, from, level, depth + 1),
            }
        }
    }

    fn look_in_struct(
        &self,
        (file, id): (FileId, Id<Struct>),
        name: &str,
        from: FileId,
        (level, bound): (&mut Level, &Bound),
    ) {
        let Some(facts) = self.files.facts(file) else { return };
        for field in &facts.structs.get(id).fields {
            if *field.name == *name && self.sees(from, file, name) {
                let Some(entity) = self.field_entity(file, &facts, id, field) else {
                    level.has_foreign = true;
                    continue;
                };
                level.hits.push(Member { entity, file, of: Of::Field(field.of), bound: Rc::new(bound.clone()) });
            } else if field.is_embedded {
                let of = self.type_at(file, field.of).with(bound);
                level.next.push(of.pointed().clone());
            }
        }
    }

    fn look_in_interface(
        &self,
        (file, id): (FileId, Id<Interface>),
        name: &str,
        from: FileId,
        level: &mut Level,
        depth: usize,
    ) {
        let Some(facts) = self.files.facts(file) else { return };
        let interface = facts.interfaces.get(id);
        for method in &interface.methods {
            let function = facts.functions.get(*method);
            if *function.name == *name && self.sees(from, file, name) {
                let own = interface.owner.and_then(|spec| self.member_of(self.canonical(file, spec), name));
                let entity = own.unwrap_or(Entity::Name { file, at: function.at });
                level.hits.push(Member { entity, file, of: Of::Method(*method), bound: Rc::default() });
            }
        }
        for embedded in &interface.embedded {
            self.look(&self.type_at(file, *embedded), name, from, level, depth + 1);
        }
    }

    /// A type parameter has the methods of its constraint. What stands for it may have more.
    fn look_in_parameter(
        &self,
        (file, at): (FileId, usize),
        name: &str,
        from: FileId,
        level: &mut Level,
        depth: usize,
    ) {
        let Some(facts) = self.files.facts(file) else { return };
        let constraint = facts.scopes.declarations().find_map(|(_, it)| match it.data.source {
            crate::language::go::facts::Source::Constraint(of) if it.at == at => Some(of),
            _ => None,
        });
        let hits = level.hits.len();
        if let Some(of) = constraint {
            self.look(&self.type_at(file, of), name, from, level, depth + 1);
        }
        level.has_unknown |= level.hits.len() == hits;
    }

    /// Whether a member that is declared in one file can be used by name in another.
    pub(in super::super) fn sees(&self, from: FileId, declared: FileId, name: &str) -> bool {
        is_exported(name) || from == declared || {
            self.unit_of(from).zip(self.unit_of(declared)).is_some_and(|(own, its)| Rc::ptr_eq(&own, &its))
        }
    }

    /// The type of a member's value: of a method, its function.
    pub(in super::super) fn member_type(&self, member: &Member) -> Type {
        let Some(facts) = self.files.facts(member.file) else { return Type::Unknown };
        match member.of {
            Of::Field(of) => self.type_at(member.file, of).with(&member.bound),
            Of::Method(id) => {
                let signature = self.signature(member.file, facts.functions.get(id));
                Type::Function(signature.into()).with(&member.bound)
            }
            Of::Several => Type::Unknown,
        }
    }

    /// The declarations of a method of a declared type, by file and place.
    pub(in super::super) fn methods_of(&self, named: Named, name: &str) -> Vec<Method> {
        let Some(facts) = self.files.facts(named.file) else { return Vec::new() };
        let spec = facts.specs.get(named.spec);
        let unit = spec.is_top.then(|| self.unit_of(named.file)).flatten();
        let all = unit.as_ref().and_then(|unit| unit.methods.get(&spec.name)?.get(name));
        all.cloned().unwrap_or_default()
    }

    /// A declared type by the first of its declarations.
    pub(in super::super) fn canonical(&self, file: FileId, spec: Id<super::super::facts::Spec>) -> Named {
        let named = Named { file, spec };
        self.variants(named).first().copied().unwrap_or(named)
    }

    /// What a declared type itself calls so, by its first declaration: no type has two members of one name.
    pub(in super::super) fn member_of(&self, named: Named, name: &str) -> Option<Entity> {
        let place = |(file, id): (FileId, Id<Function>)| Some((file, self.files.facts(file)?.functions.get(id).at));
        let mut found: Vec<_> = self.methods_of(named, name).into_iter().filter_map(place).collect();
        for variant in self.variants(named) {
            let Some(facts) = self.files.facts(variant.file) else { continue };
            let of = facts.specs.get(variant.spec).of;
            let at = match facts.types.get(of) {
                TypeExpr::Struct(id) => {
                    let fields = facts.structs.get(*id).fields.iter();
                    fields.filter(|it| !it.is_embedded && *it.name == *name).map(|it| it.at).min()
                }
                TypeExpr::Interface(id) => {
                    let methods = facts.interfaces.get(*id).methods.iter().map(|id| facts.functions.get(*id));
                    methods.filter(|it| *it.name == *name).map(|it| it.at).min()
                }
                _ => None,
            };
            found.extend(at.map(|at| (variant.file, at)));
        }
        found.into_iter().min().map(|(file, at)| Entity::Name { file, at })
    }

    /// What a field is; nothing if it is called after a library's type.
    pub(in super::super) fn field_entity(
        &self,
        file: FileId,
        facts: &Facts,
        id: Id<Struct>,
        field: &Field,
    ) -> Option<Entity> {
        if field.is_embedded {
            return self.embedded(file, facts, field.of);
        }
        let of = facts.structs.get(id);
        let own = of.owner.and_then(|spec| self.member_of(self.canonical(file, spec), &field.name));
        let first = || of.fields.iter().find(|it| it.name == field.name).map_or(field.at, |it| it.at);
        Some(own.unwrap_or_else(|| Entity::Name { file, at: first() }))
    }

    /// The declaration of the name that a written type ends with.
    fn embedded(&self, file: FileId, facts: &Facts, of: Id<TypeExpr>) -> Option<Entity> {
        match facts.types.get(of) {
            TypeExpr::Name(used) => match self.meaning(file, facts, used) {
                Meaning::Local(id) => facts.local(id).map(|(at, _)| Entity::Name { file, at }),
                Meaning::Top(unit) => unit.entity(&used.name),
                Meaning::Import(_) | Meaning::Foreign(_) | Meaning::Missing => None,
            },
            TypeExpr::Qualified { package, name } => {
                let Meaning::Import(index) = self.meaning(file, facts, package) else { return None };
                let Package::Own(unit) = self.package(file, &facts.imports.get(index)?.path) else { return None };
                unit.entity(name)
            }
            TypeExpr::Generic(base, _) | TypeExpr::Pointer(base) => self.embedded(file, facts, *base),
            _ => None,
        }
    }
}
