//! What each token of a name means.

use std::collections::BTreeSet;

use super::{
    Java, Shared,
    calls::{Called, Candidate},
    doubts::open,
    facts::{Context, Facts, Import, Meaning, Part, Token, TypeId, Value, ValueId, joined},
    families::World,
    kind::{ClassRef, FieldRef, Kind, MethodRef, Named},
    library, name,
    scopes::Meant,
};
use crate::{
    language::trees::Lexeme,
    language::{Binding, Entity, Occurrence, Occurrences, Place, Prose, Role},
    limits::Stopped,
    sources::FileId,
    words::Words,
};

/// A name that is looked for in one file.
pub(super) struct Here<'h> {
    pub(super) file: FileId,
    pub(super) facts: &'h Facts,
    pub(super) name: &'h str,
    pub(super) world: &'h World,
}

impl Java<'_> {
    /// All that is spelled like a name.
    pub(super) fn all(&self, name: &str) -> Result<Occurrences, Stopped> {
        let mut all = Occurrences::default();
        if name.is_empty() {
            return Ok(all);
        }
        let world = self.world(name)?;
        all.unparsed.clone_from(&world.unparsed);
        for file in &world.files {
            self.files.check()?;
            let Some(facts) = self.facts(*file) else { continue };
            self.in_file(&Here { file: *file, facts: &facts, name, world: &world }, &mut all.found);
        }
        Ok(all)
    }

    fn in_file(&self, here: &Here<'_>, found: &mut Vec<Occurrence>) {
        let mut taken = BTreeSet::new();
        for token in here.facts.tokens.get(here.name).into_iter().flatten() {
            let start = token.start as usize;
            if taken.insert(start) {
                let place = Place { file: here.file, range: start..start + here.name.len() };
                found.push(Occurrence::plain(place, token.role, self.meaning(here, token)));
            }
        }
        let Ok(text) = self.files.sources.text(here.file) else { return };
        for range in Words::new(here.name).of(&text).filter(|range| !taken.contains(&range.start)) {
            let binding = match here.facts.lexemes.at(&range) {
                Lexeme::Name(whole) if whole != range => Binding::Foreign("part of a longer name".to_owned()),
                Lexeme::Comment(whole) => Binding::Prose(comment(text.get(whole).unwrap_or_default())),
                Lexeme::String(whole) => {
                    let inner = whole.start + 1..whole.end.saturating_sub(1);
                    self.string(
                        here,
                        text.get(inner.clone()).unwrap_or_default(),
                        range.start.saturating_sub(inner.start),
                    )
                }
                Lexeme::Other if here.facts.error.is_none() => Binding::Foreign("a word of the language".to_owned()),
                // A name of which nothing is known, and what was not understood.
                Lexeme::Name(_) | Lexeme::Other => continue,
            };
            found.push(Occurrence::plain(Place { file: here.file, range }, Role::Text, binding));
        }
    }

    /// What a token means.
    pub(super) fn meaning(&self, here: &Here<'_>, token: &Token) -> Binding {
        match token.meaning {
            Meaning::Class(id) => bound(self.class_entity(ClassRef { file: here.file, class: id })),
            Meaning::Method(method) => {
                let method = MethodRef { file: here.file, method };
                bound(here.world.entity(method).cloned().or_else(|| self.method_entity(method)))
            }
            Meaning::Field(field) => bound(self.field_entity(FieldRef { file: here.file, field })),
            Meaning::Local(id) => bound(self.local_entity(here.file, id)),
            Meaning::Variable(id) => bound(here.facts.variable(id).map(|it| name(here.file, it.name.start))),
            Meaning::Label(at) => Binding::Bound(name(here.file, at)),
            Meaning::Value(value) => self.value_meaning(here, value),
            Meaning::Type(id) => self.type_meaning(here, self.named_type(here.file, id)),
            Meaning::Import(import, count) => self.import_meaning(here, import, count),
            Meaning::Package(count) => {
                let parts = here.facts.package.get(..=count as usize);
                parts.map_or_else(unseen, |parts| Binding::Bound(folder(&joined(parts))))
            }
            Meaning::Exported(list, count) => {
                let parts = here.facts.exported.get(list as usize).and_then(|parts| parts.get(..=count as usize));
                parts.map_or_else(unseen, |parts| self.type_meaning(here, Named::Package(joined(parts).into())))
            }
            Meaning::Element(typed) => self.element_meaning(here, typed),
            Meaning::Case(subject) => self.case_meaning(here, token.start, subject),
            Meaning::Text => self.text_meaning(here),
            Meaning::Fixed(what) => Binding::Foreign(what.to_owned()),
        }
    }

    fn value_meaning(&self, here: &Here<'_>, value: ValueId) -> Binding {
        match here.facts.value(value) {
            Some(Value::Name(part)) => self.name_meaning(here, part),
            Some(Value::Field { object, .. }) => self.member_meaning(here, &self.kind(here.file, *object)),
            Some(Value::Call { object, .. }) => self.call_meaning(here, value, object.is_some()),
            Some(Value::Reference { object, context, .. }) => self.reference_meaning(here, *object, *context),
            _ => unseen(),
        }
    }

    pub(super) fn name_meaning(&self, here: &Here<'_>, part: &Part) -> Binding {
        match self.meant(here.file, part) {
            Meant::Local(id) => bound(self.local_entity(here.file, id)),
            Meant::Field { field, is_sure, .. } => match self.own_field_binding(field) {
                Binding::Bound(entity) if !is_sure => {
                    let why = "a class between extends one of a library, which may have a field of this name";
                    open(vec![entity], "may_be_inherited", why, 80)
                }
                binding => binding,
            },
            Meant::Type(Kind::Static(class)) => self.class_binding(class),
            Meant::Type(Kind::Package(package)) => self.package_binding(&package),
            Meant::Type(Kind::Variable(file, id)) => {
                let variable = self.facts(file).and_then(|facts| facts.variable(id).map(|it| it.name.start));
                bound(variable.map(|start| name(file, start)))
            }
            Meant::Type(Kind::StaticForeign(_)) | Meant::Foreign => unseen(),
            Meant::Type(_) => self.open_classes(here),
            Meant::Unknown => self.open_fields(here),
        }
    }

    fn own_field_binding(&self, field: FieldRef) -> Binding {
        if library::is_library(field.file) {
            return unseen();
        }
        bound(self.field_entity(field))
    }

    /// `object.name` where no call follows.
    fn member_meaning(&self, here: &Here<'_>, object: &Kind) -> Binding {
        match object {
            Kind::Object(class, _) | Kind::Static(class) => {
                if let Some((field, _)) = self.field_of(*class, here.name) {
                    return self.own_field_binding(field);
                }
                match self.member_class(*class, here.name) {
                    Some(class) if matches!(object, Kind::Static(_)) => self.class_binding(class),
                    _ if self.lineage(*class).is_unknown => self.open_fields(here),
                    _ => unseen(),
                }
            }
            Kind::Package(package) => {
                self.type_meaning(here, self.inside(here.file, Named::Package(package.clone()), here.name))
            }
            Kind::Variable(file, id) => {
                let bounds = self.bounds(*file, *id);
                bounds.first().map_or_else(unseen, |bound| match bound {
                    Kind::Object(..) => self.member_meaning(here, bound),
                    _ => self.open_fields(here),
                })
            }
            Kind::Foreign(_) | Kind::StaticForeign(_) | Kind::Primitive(_) | Kind::Array(_) => unseen(),
            Kind::Unknown | Kind::Null | Kind::Above(_) | Kind::All(_) | Kind::Function(..) => self.open_fields(here),
        }
    }

    fn call_meaning(&self, here: &Here<'_>, call: ValueId, has_object: bool) -> Binding {
        match &*self.called(here.file, call) {
            Called::One(found) => self.one_of(here, std::slice::from_ref(found), true),
            Called::Several { candidates, is_whole } => self.one_of(here, candidates, *is_whole),
            Called::Foreign => unseen(),
            Called::Unknown => {
                let count = match here.facts.value(call) {
                    Some(Value::Call { arguments, .. }) => Some(arguments.len()),
                    _ => None,
                };
                let what = if has_object {
                    "nobody can tell the class of this object"
                } else {
                    "a class around it is not here"
                };
                self.open_methods(here, count, what)
            }
        }
    }

    fn reference_meaning(&self, here: &Here<'_>, object: ValueId, context: Context) -> Binding {
        let object = self.kind(here.file, object);
        let methods = self.methods(&object, here.name);
        if methods.is_unknown {
            return self.open_methods(here, None, "nobody can tell the class of this object");
        }
        let entities: BTreeSet<_> = methods.candidates.iter().map(|it| self.method_entity(it.method)).collect();
        if methods.candidates.is_empty() {
            return unseen();
        }
        if entities.len() == 1 {
            return self.one_of(here, &methods.candidates, true);
        }
        let takes = self.takes(&self.expected(here.file, context));
        self.one_of(here, &self.referred(&object, here.name, takes), true)
    }

    /// The one thing that all candidates are, or the doubt which it is.
    fn one_of(&self, here: &Here<'_>, candidates: &[Candidate], is_whole: bool) -> Binding {
        let own = candidates.iter().filter(|it| !library::is_library(it.method.file));
        let entities: BTreeSet<Entity> = own
            .filter_map(|it| here.world.entity(it.method).cloned().or_else(|| self.method_entity(it.method)))
            .collect();
        let is_foreign = candidates.iter().any(|it| library::is_library(it.method.file));
        let mut entities: Vec<_> = entities.into_iter().collect();
        match entities.len() {
            0 => unseen(),
            1 if is_whole && !is_foreign => entities.pop().map_or_else(unseen, Binding::Bound),
            1 => open(entities, "may_be_inherited", "a class of a library may have a method of this name as well", 80),
            _ => open(
                entities,
                "overloaded",
                "several methods of this name fit the arguments, as far as their types can be told",
                50,
            ),
        }
    }

    fn type_meaning(&self, here: &Here<'_>, named: Named) -> Binding {
        match named {
            Named::Class(class) => self.class_binding(class),
            Named::Variable(file, id) => {
                let variable = self.facts(file).and_then(|facts| facts.variable(id).map(|it| it.name.start));
                bound(variable.map(|start| name(file, start)))
            }
            Named::Package(package) => self.package_binding(&package),
            Named::Several(_) => self.open_classes(here),
            Named::Foreign(_) | Named::Unknown => unseen(),
        }
    }

    fn class_binding(&self, class: ClassRef) -> Binding {
        if library::is_library(class.file) { unseen() } else { bound(self.class_entity(class)) }
    }

    pub(super) fn class_entity(&self, class: ClassRef) -> Option<Entity> {
        let start = self.with_class(class, |_, it| it.name.as_ref().map(|part| part.start))??;
        Some(name(class.file, start))
    }

    fn package_binding(&self, package: &str) -> Binding {
        if self.index.has_package(package) { Binding::Bound(folder(package)) } else { unseen() }
    }

    pub(super) fn local_entity(&self, file: FileId, id: super::facts::LocalId) -> Option<Entity> {
        let facts = self.facts(file)?;
        let local = facts.local(id)?;
        match local.origin {
            super::facts::Origin::Component(field) => self.field_entity(FieldRef { file, field }),
            _ => Some(name(file, local.name.start)),
        }
    }

    /// A part of an import. The last one of a static import is all members of the name.
    fn import_meaning(&self, here: &Here<'_>, import: u32, count: u32) -> Binding {
        let Some(import) = here.facts.imports.get(import as usize) else { return unseen() };
        let Some(parts) = import.parts.get(..=count as usize) else { return unseen() };
        let is_last = parts.len() == import.parts.len() && !import.is_all;
        if import.is_static && is_last {
            return self.static_import_meaning(here, import);
        }
        self.type_meaning(here, self.path(here.file, parts))
    }

    fn static_import_meaning(&self, here: &Here<'_>, import: &Import) -> Binding {
        let outer = import.parts.split_last().map_or(&[][..], |(_, outer)| outer);
        let class = match self.path(here.file, outer) {
            Named::Class(class) => class,
            Named::Several(_) => return self.open_fields(here),
            _ => return unseen(),
        };
        let methods = self.methods(&Kind::Static(class), here.name).candidates;
        let methods =
            methods.iter().filter(|it| self.is_static(it.method)).filter_map(|it| self.method_entity(it.method));
        let field = self.field_of(class, here.name).and_then(|(field, _)| self.field_entity(field));
        let member = self.member_class(class, here.name).and_then(|class| self.class_entity(class));
        let all: BTreeSet<_> = methods.chain(field).chain(member).collect();
        let mut all: Vec<_> = all.into_iter().collect();
        match all.len() {
            0 => unseen(),
            1 => all.pop().map_or_else(unseen, Binding::Bound),
            _ => open(
                all,
                "imported_together",
                "this import is of several members of the name, which only this one brings in",
                60,
            ),
        }
    }

    fn element_meaning(&self, here: &Here<'_>, typed: TypeId) -> Binding {
        match self.named_type(here.file, typed) {
            Named::Class(class) => {
                let mut methods = self.own_methods(class, here.name).into_iter();
                bound(methods.find_map(|it| self.method_entity(it)))
            }
            Named::Foreign(_) => unseen(),
            _ => self.open_methods(here, Some(0), "nobody can tell which annotation this is"),
        }
    }

    /// `case NAME`: a constant of the enum that is chosen by, else any other constant.
    fn case_meaning(&self, here: &Here<'_>, at: u32, subject: ValueId) -> Binding {
        let kind = self.kind(here.file, subject);
        let part = Part { name: here.name.into(), start: at };
        match &kind {
            Kind::Object(class, _) => {
                let found = self.field_of(*class, here.name).filter(|(field, _)| self.is_constant(*field));
                found.map_or_else(|| self.name_meaning(here, &part), |(field, _)| self.own_field_binding(field))
            }
            Kind::Primitive(_) => self.name_meaning(here, &part),
            Kind::Foreign(_) => unseen(),
            _ => self.open_case(here, &part),
        }
    }

    pub(super) fn is_constant(&self, field: FieldRef) -> bool {
        self.facts(field.file)
            .and_then(|facts: Shared| facts.field(field.field).map(|it| it.is_constant))
            .unwrap_or(false)
    }
}

/// The folder that a package is, below every root of sources.
pub(super) fn folder(package: &str) -> Entity {
    Entity::Folder(package.replace('.', "/"))
}

fn comment(text: &str) -> Prose {
    if text.starts_with("/**") { Prose::Documentation } else { Prose::Comment }
}

fn bound(entity: Option<Entity>) -> Binding {
    entity.map_or_else(unseen, Binding::Bound)
}

/// What is of a library, or nowhere.
pub(super) fn unseen() -> Binding {
    Binding::Foreign("something that is not in these sources".to_owned())
}
