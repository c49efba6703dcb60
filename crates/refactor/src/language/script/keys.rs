//! Strings that name members: keys of an object that a call is handed.

use super::{
    Script,
    bind::{Here, entities, open},
    facts::{Declared, Type, TypeId, Value, ValueId},
    infer::{Kind, Part},
};
use crate::{
    language::{Binding, Entity, Prose},
    sources::FileId,
};

impl Script<'_> {
    /// A string that may name a member of an object that stands before it in a call: `spyOn(object, "name")`.
    pub(super) fn keyed(&self, here: &Here<'_>, kind: &Kind) -> Vec<Binding> {
        let hits = kind.parts.iter().flat_map(|part| self.lookup(part, here.name).hits);
        let mut among: Vec<_> =
            hits.map(|hit| super::bind::binding(self.lead(&hit, here.name))).flat_map(|it| entities(&it)).collect();
        among.sort();
        among.dedup();
        if among.is_empty() {
            return vec![Binding::Prose(Prose::String)];
        }
        vec![open(among, "string_key", "the string may name this member of the object before it", 80)]
    }

    /// A string that is handed to a function which takes `keyof` something.
    pub(super) fn handed(&self, here: &Here<'_>, callee: ValueId, count: u32) -> Binding {
        let function = self.kind(here.file, callee);
        let takes_keys = function.parts.iter().any(|part| match part {
            Part::Function(home, signature) => self.facts(*home).is_some_and(|facts| {
                let parameters = facts.signature(*signature).map(|it| it.parameters.as_slice()).unwrap_or_default();
                let expected = parameters.get(count as usize).or(parameters.last()).copied().flatten();
                expected.is_some_and(|expected| self.is_key(*home, expected))
            }),
            _ => false,
        });
        let mut among: Vec<Entity> =
            here.world.all().map(|(_, entity)| entity).filter(|it| self.is_wanted(it)).cloned().collect();
        among.sort();
        among.dedup();
        if !takes_keys || among.is_empty() {
            return Binding::Prose(Prose::String);
        }
        open(among, "string_key", "the function takes the name of a member", 60)
    }

    /// Whether a type is made of the keys of another.
    fn is_key(&self, file: FileId, kind: TypeId) -> bool {
        if !self.enter() {
            return true;
        }
        let is_key = self.facts(file).is_some_and(|facts| match facts.typed(kind) {
            Type::Keys => true,
            Type::List(inner) => self.is_key(file, *inner),
            Type::Union(all) | Type::Intersection(all) => all.iter().any(|one| self.is_key(file, *one)),
            Type::Named(name, arguments) => {
                let declared = match facts.value(*name) {
                    Value::Symbol(symbol) => facts.symbol(*symbol).map(|it| it.declared.as_slice()).unwrap_or_default(),
                    _ => &[],
                };
                arguments.iter().any(|one| self.is_key(file, *one))
                    || declared.iter().any(|it| match it {
                        Declared::Parameter(Some(inner)) | Declared::Alias(inner) => self.is_key(file, *inner),
                        _ => false,
                    })
            }
            _ => false,
        });
        self.leave();
        is_key
    }
}
