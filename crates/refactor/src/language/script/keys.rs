//! Strings that name members: keys of an object that a call is handed.

use std::{rc::Rc, sync::Arc};

use memchr::memmem::Finder;

use super::{
    Script,
    bind::{Here, binding, entities, open},
    facts::{Declared, Facts, Type, TypeId, Value, ValueId},
    infer::{Kind, Part, View},
};
use crate::{
    language::{Binding, Clash, Entity, Place, Prose, Symbol},
    limits::Stopped,
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

    /// A string that is the name and nothing else: where `keyof` takes the names of an object's members, it may be one.
    pub(super) fn literal(&self, here: &Here<'_>) -> Binding {
        let known = self.keys.borrow().get(here.name).cloned();
        let all = known.unwrap_or_else(|| {
            let found: Rc<[Entity]> = self.taken_as_keys(here.name).into();
            self.keys.borrow_mut().insert(here.name.to_owned(), Rc::clone(&found));
            found
        });
        let among: Vec<Entity> = all.iter().filter(|entity| self.is_wanted(entity)).cloned().collect();
        if among.is_empty() {
            return Binding::Prose(Prose::String);
        }
        open(among, "string_key", "`keyof` takes the names of members, and this may be one", 40)
    }

    /// The members of a name whose objects' keys some type takes.
    fn taken_as_keys(&self, name: &str) -> Vec<Entity> {
        let mut among: Vec<Entity> = Vec::new();
        for (file, facts) in self.taking_keys("keyof") {
            let kinds = facts.keyed.iter().map(|keyed| self.type_kind(file, keyed.of, View::Inside));
            let hits = kinds.flat_map(|kind| kind.parts).flat_map(|part| self.lookup(&part, name).hits);
            among.extend(hits.flat_map(|hit| entities(&binding(self.lead(&hit, name)))));
        }
        among.sort();
        among.dedup();
        among
    }

    /// Where names are put together of those of an object's members, if a longer name is written somewhere that may be one.
    pub(super) fn parts_of_keys(&self, symbol: &Symbol) -> Result<Vec<Clash>, Stopped> {
        let mut capitalized = symbol.name.clone();
        capitalized.get_mut(..1).into_iter().for_each(str::make_ascii_uppercase);
        let mut clashes = Vec::new();
        if self.files.holders(&capitalized)?.is_empty() {
            return Ok(clashes);
        }
        for (file, facts) in self.taking_keys("`") {
            let ours = facts.keyed.iter().filter(|keyed| keyed.is_made && self.has_member(file, keyed.of, symbol));
            clashes.extend(ours.map(|keyed| Clash {
                code: "part_of_a_name",
                message: format!("names are put together here of those of members, `{}` may be one", symbol.name),
                place: Some(Place { file, range: keyed.start as usize..keyed.start as usize + "keyof".len() }),
            }));
        }
        Ok(clashes)
    }

    /// Whether a type has the symbol for a member, or may have.
    fn has_member(&self, file: FileId, of: TypeId, symbol: &Symbol) -> bool {
        let kind = self.type_kind(file, of, View::Inside);
        let mut hits = kind.parts.iter().flat_map(|part| self.lookup(part, &symbol.name).hits);
        kind.is_unknown || hits.any(|hit| entities(&binding(self.lead(&hit, &symbol.name))).contains(&symbol.entity))
    }

    /// The files with `keyof` that hold some other letters as well.
    fn taking_keys(&self, letters: &str) -> Vec<(FileId, Arc<Facts>)> {
        let files = self.files.holders("keyof").unwrap_or_default().into_iter();
        let search = Finder::new(letters);
        let holds = |file: &FileId| self.files.sources.bytes(*file).is_ok_and(|bytes| search.find(&bytes).is_some());
        files.filter(holds).filter_map(|file| Some((file, self.files.facts(file)?))).collect()
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
