//! Whose member a name is: a class's with all that it extends, a merged interface's, a module's.

use std::{collections::BTreeSet, rc::Rc};

use super::{
    Script,
    facts::{Base, Context, Declared, Facts, ShapeId, ShapeKind, SymbolId, Value},
    infer::{Kind, Part, View},
    library::LANGUAGE,
    links::{Found, Lead},
};
use crate::{language::Entity, sources::FileId};

/// Something with members, in whichever file.
pub(super) type Place = (FileId, ShapeId);

/// How many ancestors are looked at.
const MOST_ANCESTORS: usize = 256;

/// What was found of a member.
#[derive(Debug, Default)]
pub(super) struct Lookup {
    pub(super) hits: Vec<Found>,
    /// Whether there may be members that are not seen.
    pub(super) is_partial: bool,
    /// Whose it is, if it is not of these sources.
    pub(super) foreign: Option<Rc<str>>,
}

/// A class or type with all that it extends or implements.
#[derive(Debug, Default)]
pub(super) struct Lineage {
    pub(super) shapes: Vec<Place>,
    /// Whether something among it is not known.
    pub(super) is_partial: bool,
    /// What of it is not of these sources.
    pub(super) foreign: Option<Rc<str>>,
}

impl Script<'_> {
    /// The member of something.
    pub(super) fn lookup(&self, part: &Part, name: &str) -> Lookup {
        match part {
            Part::Instance(file, shape) => self.inherited((*file, *shape), name, false),
            Part::Class(file, shape) => self.inherited((*file, *shape), name, true),
            Part::Module(file) if name == "exports" => Lookup { hits: vec![Found::Module(*file)], ..Lookup::default() },
            Part::Module(file) => {
                let hits: Vec<_> = self.exported(*file, name).into_iter().collect();
                Lookup { hits, ..Lookup::default() }
            }
            Part::Space(file, space) => self.in_space(*file, *space, name),
            Part::Function(..) => Lookup { is_partial: true, ..Lookup::default() },
            Part::List(..) | Part::Promise(..) => Lookup { foreign: Some(LANGUAGE.into()), ..Lookup::default() },
        }
    }

    fn in_space(&self, file: FileId, space: SymbolId, name: &str) -> Lookup {
        let Some(facts) = self.facts(file) else { return Lookup::default() };
        let declared = facts.symbol(space).map(|space| space.declared.as_slice()).unwrap_or_default();
        let members = declared.iter().flat_map(|declared| match declared {
            Declared::Space(members) => members.as_slice(),
            _ => &[],
        });
        let hit = members.copied().find(|id| facts.symbol(*id).is_some_and(|symbol| *symbol.name == *name));
        Lookup { hits: hit.map(|id| Found::Symbol(file, id)).into_iter().collect(), ..Lookup::default() }
    }

    /// The nearest definition, from the thing itself upwards.
    fn inherited(&self, start: Place, name: &str, is_static: bool) -> Lookup {
        let mut found = Lookup::default();
        let mut level = vec![start];
        let mut seen = BTreeSet::new();
        while !level.is_empty() && seen.len() < MOST_ANCESTORS {
            let mut next = Vec::new();
            for place in level {
                for place in self.group(place) {
                    if !seen.insert(place) {
                        continue;
                    }
                    self.own_members(place, name, is_static, &mut found);
                    let up = self.bases(place, is_static);
                    found.is_partial |= up.is_partial;
                    found.foreign = found.foreign.or(up.foreign);
                    next.extend(up.shapes);
                }
            }
            if !found.hits.is_empty() {
                found.foreign = None;
                break;
            }
            level = next;
        }
        found
    }

    fn own_members(&self, (file, shape): Place, name: &str, is_static: bool, found: &mut Lookup) {
        let Some(facts) = self.facts(file) else { return };
        let Some(known) = facts.shape(shape) else { return };
        found.is_partial |= known.is_open;
        let is_it = |member: &super::facts::Member| *member.name == *name && member.is_static == is_static;
        let hits = known.members.iter().zip(0..).filter(|(member, _)| is_it(member));
        found.hits.extend(hits.map(|(_, member)| Found::Member(file, shape, member)));
    }

    /// All that a class or type extends or implements, itself first.
    pub(super) fn lineage(&self, start: Place, is_static: bool) -> Lineage {
        let mut lineage = Lineage::default();
        let mut next = vec![start];
        let mut seen = BTreeSet::new();
        while let Some(place) = next.pop() {
            for place in self.group(place) {
                if !seen.insert(place) || seen.len() > MOST_ANCESTORS {
                    continue;
                }
                lineage.shapes.push(place);
                let up = self.bases(place, is_static);
                lineage.is_partial |= up.is_partial;
                lineage.foreign = lineage.foreign.take().or(up.foreign);
                next.extend(up.shapes);
            }
        }
        lineage
    }

    /// What something extends or implements at once.
    fn bases(&self, (file, shape): Place, is_static: bool) -> Lineage {
        let mut bases = Lineage::default();
        let Some(facts) = self.facts(file) else { return bases };
        let Some(known) = facts.shape(shape) else { return bases };
        for base in &known.bases {
            let kind = match base {
                Base::Class(value) => self.kind(file, *value),
                Base::Type(_) if is_static => continue,
                Base::Type(kind) => self.type_kind(file, *kind, View::Outside),
            };
            bases.is_partial |= kind.is_unknown || kind.parts.is_empty() && kind.foreign.is_none();
            bases.foreign = bases.foreign.or(kind.foreign);
            bases.shapes.extend(kind.parts.iter().filter_map(|part| match part {
                Part::Instance(file, shape) | Part::Class(file, shape) => Some((*file, *shape)),
                _ => None,
            }));
        }
        bases
    }

    /// Everything that is declared as one with a shape: a class and the interfaces of its name, an interface in parts.
    pub(super) fn group(&self, place: Place) -> Vec<Place> {
        let (file, shape) = place;
        let mut group = vec![place];
        let Some(facts) = self.facts(file) else { return group };
        let Some(symbol) = facts.shape(shape).filter(|it| it.kind != ShapeKind::Object).and_then(|it| it.symbol) else {
            return group;
        };
        group.extend(shapes_of(file, &facts, symbol).filter(|other| *other != place));
        if let Some(Lead::Entity(beside)) = self.described_beside(file, &facts, symbol) {
            group.extend(self.shapes_at(&beside));
        }
        if self.additions.borrow().is_empty() {
            return group;
        }
        if let Lead::Entity(entity) = self.lead_of(file, symbol) {
            let mut more = self.additions.borrow().get(&entity).cloned().unwrap_or_default();
            if !more.is_empty() {
                more.extend(self.shapes_at(&entity));
            }
            more.retain(|other| !group.contains(other));
            group.extend(more);
        }
        group
    }

    fn shapes_at(&self, entity: &Entity) -> Vec<Place> {
        let Entity::Name { file, at } = entity else { return Vec::new() };
        let Some(facts) = self.facts(*file) else { return Vec::new() };
        let is_here =
            |symbol: &super::facts::Symbol| symbol.places.first().is_some_and(|place| place.start as usize == *at);
        let symbol = facts.symbols.iter().zip(0..).find(|(symbol, _)| is_here(symbol)).map(|(_, id)| SymbolId(id));
        symbol.map(|symbol| shapes_of(*file, &facts, symbol).collect()).unwrap_or_default()
    }

    /// What an object literal is expected to be.
    pub(super) fn context_kind(&self, file: FileId, context: &Context) -> Kind {
        if !self.enter() {
            return Kind::unknown();
        }
        let kind = match context {
            Context::None => Kind::unknown(),
            Context::Typed(kind) => self.type_kind(file, *kind, View::Inside),
            Context::Assigned(target) => self.kind(file, *target),
            Context::Argument(callee, count) => self.argument_kind(file, *callee, *count),
            Context::Within(shape, name) => {
                let facts = self.facts(file);
                let outer = facts.as_ref().and_then(|facts| facts.shape(*shape)).map(|shape| shape.context.clone());
                let outer = outer.map_or_else(Kind::unknown, |outer| self.context_kind(file, &outer));
                self.member_kind(&outer, name)
            }
            Context::Element(list) => {
                let list = self.context_kind(file, list);
                let inner = list.parts.iter().find_map(|part| match part {
                    Part::List(file, inner) => Some(self.type_kind(*file, *inner, View::Outside)),
                    _ => None,
                });
                inner.unwrap_or_else(|| Kind { parts: Vec::new(), is_unknown: list.foreign.is_none(), ..list })
            }
        };
        self.leave();
        kind
    }

    /// What a call expects as one of its arguments.
    fn argument_kind(&self, file: FileId, callee: super::facts::ValueId, count: u32) -> Kind {
        let Some(facts) = self.facts(file) else { return Kind::unknown() };
        let function = self.kind(file, callee);
        let is_new = matches!(facts.value(callee), Value::New(_));
        let mut kinds = Vec::new();
        for part in &function.parts {
            match part {
                Part::Function(home, signature) if !is_new => kinds.push((*home, *signature)),
                Part::Instance(..) if is_new => {
                    let constructors = self.lookup(part, "constructor").hits;
                    kinds.extend(constructors.iter().flat_map(|hit| self.found_kind(hit).parts).filter_map(|part| {
                        match part {
                            Part::Function(home, signature) => Some((home, signature)),
                            _ => None,
                        }
                    }));
                }
                _ => {}
            }
        }
        let expected = kinds.into_iter().map(|(home, signature)| {
            let facts = self.facts(home);
            let signature = facts.as_ref().and_then(|facts| facts.signature(signature));
            let annotation = signature.and_then(|it| it.parameters.get(count as usize).copied().flatten());
            annotation.map_or_else(Kind::unknown, |annotation| self.type_kind(home, annotation, View::Outside))
        });
        let expected = expected.reduce(|one, other| Kind {
            parts: [one.parts, other.parts].concat(),
            is_unknown: one.is_unknown || other.is_unknown,
            ..one
        });
        expected.unwrap_or(Kind {
            is_unknown: function.foreign.is_none(),
            foreign: function.foreign,
            ..Kind::default()
        })
    }
}

fn shapes_of(file: FileId, facts: &Facts, symbol: SymbolId) -> impl Iterator<Item = Place> {
    let declared = facts.symbol(symbol).map(|symbol| symbol.declared.as_slice()).unwrap_or_default();
    declared.iter().filter_map(move |declared| match declared {
        Declared::Shape(shape) => Some((file, *shape)),
        _ => None,
    })
}
