//! What names lead to across files: imports, exports, namespaces, globals.

use std::rc::Rc;

use super::{
    Script,
    facts::{Declared, Export, Facts, Imported, RequestId, ShapeId, SymbolId, Target},
    paths,
    resolve::Module,
};
use crate::{language::Entity, sources::FileId};

/// What a name of a module leads to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Found {
    Symbol(FileId, SymbolId),
    /// A name that an export alone has, by its number.
    Export(FileId, u32),
    /// A member of what the module hands out whole.
    Member(FileId, ShapeId, u32),
    Module(FileId),
    /// Something that is not of these sources.
    Foreign(Rc<str>),
    /// Something in this package of the repository; nobody can say in which of its files.
    Package(Rc<str>),
}

/// What a name is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Lead {
    Entity(Entity),
    Foreign(Rc<str>),
    /// One of these, with why that is not known.
    Open(Vec<Entity>, &'static str),
}

impl Script<'_> {
    /// The module of an import.
    pub(super) fn module(&self, file: FileId, facts: &Facts, request: RequestId) -> Module {
        match facts.request(request) {
            Some(request) => self.resolver.resolve(paths::parent(self.files.path(file)), &request.specifier),
            None => Module::Foreign(String::new()),
        }
    }

    /// What a module calls so. Of a module that is not here, what a description of it in these sources says.
    pub(super) fn imported(&self, file: FileId, facts: &Facts, request: RequestId, name: &str) -> Option<Found> {
        match self.module(file, facts, request) {
            Module::File(module) => self.exported(module, name),
            Module::Package(folder) => Some(Found::Package(folder.into())),
            Module::Foreign(specifier) => {
                let described = self.described(&specifier, name);
                Some(described.unwrap_or_else(|| Found::Foreign(format!("defined by `{specifier}`").into())))
            }
        }
    }

    /// A name in `declare module "specifier"`.
    fn described(&self, specifier: &str, name: &str) -> Option<Found> {
        let known = self.ambients.borrow();
        known.iter().find_map(|(described, file, symbol)| {
            let is_it = &**described == specifier && *self.facts(*file)?.symbol(*symbol)?.name == *name;
            is_it.then_some(Found::Symbol(*file, *symbol))
        })
    }

    /// What a module hands out under a name.
    pub(super) fn exported(&self, module: FileId, name: &str) -> Option<Found> {
        let key = (module, Box::from(name));
        if let Some(known) = self.exported.borrow().get(&key) {
            return known.clone();
        }
        // Modules may hand on each other's names in a circle; who is asked for again has nothing to add.
        self.exported.borrow_mut().insert(key.clone(), None);
        let found = self.facts(module).and_then(|facts| self.look_up(module, &facts, name));
        self.exported.borrow_mut().insert(key, found.clone());
        found
    }

    fn look_up(&self, module: FileId, facts: &Facts, name: &str) -> Option<Found> {
        let own = facts.exports.iter().zip(0..).find(|(export, _)| *export.name == *name);
        if let Some((export, count)) = own {
            return self.of_export(module, facts, export, count);
        }
        for value in &facts.assigned {
            let kind = self.kind(module, *value);
            let hit = kind
                .parts
                .iter()
                .filter(|part| !part.is_module(module))
                .find_map(|part| self.lookup(part, name).hits.into_iter().next());
            if hit.is_some() {
                return hit;
            }
            if let Some(what) = kind.foreign {
                return Some(Found::Foreign(what));
            }
        }
        if name == "default" {
            return None;
        }
        let stars: Vec<_> = facts.stars.iter().filter_map(|star| self.imported(module, facts, *star, name)).collect();
        let is_here = |found: &&Found| !matches!(found, Found::Foreign(_) | Found::Package(_));
        stars.iter().find(is_here).or_else(|| stars.first()).cloned()
    }

    fn of_export(&self, module: FileId, facts: &Facts, export: &Export, count: u32) -> Option<Found> {
        if export.is_renamed {
            return Some(Found::Export(module, count));
        }
        match &export.target {
            Target::Symbol(symbol) => Some(Found::Symbol(module, *symbol)),
            Target::From(request, name) => self.imported(module, facts, *request, name),
            Target::Value(_) | Target::Namespace(_) | Target::Unknown => Some(Found::Export(module, count)),
        }
    }

    /// What an export hands out, whatever it is called.
    pub(super) fn target(&self, module: FileId, count: u32) -> Option<Target> {
        self.facts(module)?.exports.get(count as usize).map(|export| export.target.clone())
    }

    /// The entity that a found name is.
    pub(super) fn lead(&self, found: &Found, name: &str) -> Lead {
        match found {
            Found::Symbol(file, symbol) => self.lead_of(*file, *symbol),
            Found::Export(file, count) => {
                let facts = self.facts(*file);
                let export = facts.as_ref().and_then(|facts| facts.exports.get(*count as usize));
                let at = export.map_or(0, |export| export.place.start as usize);
                Lead::Entity(Entity::Name { file: *file, at })
            }
            Found::Member(file, shape, member) => self.member_entity(*file, *shape, *member),
            Found::Module(file) => Lead::Entity(Entity::File(*file)),
            Found::Foreign(what) => Lead::Foreign(Rc::clone(what)),
            Found::Package(folder) => self.somewhere_in(folder, name),
        }
    }

    /// The entity that a declared name is: its own, or that of what it brings in under the same name.
    pub(super) fn lead_of(&self, file: FileId, symbol: SymbolId) -> Lead {
        let unknown = || Lead::Foreign("declared nowhere".into());
        let Some(facts) = self.facts(file) else { return unknown() };
        let Some(known) = facts.symbol(symbol) else { return unknown() };
        for declared in &known.declared {
            match declared {
                Declared::Import(request, Imported::Named(name)) if *name == known.name => {
                    return match self.imported(file, &facts, *request, name) {
                        Some(Found::Symbol(other, same)) if (other, same) == (file, symbol) => unknown(),
                        Some(found) if self.enter() => {
                            let lead = self.lead(&found, name);
                            self.leave();
                            lead
                        }
                        Some(_) | None => Lead::Foreign("imported from a module that does not export it".into()),
                    };
                }
                Declared::Property(shape, member) => return self.member_entity(file, *shape, *member),
                _ => {}
            }
        }
        let shared = self.augmented(file, &facts, symbol).or_else(|| self.first_global(file, &facts, symbol));
        shared.or_else(|| self.described_beside(file, &facts, symbol)).unwrap_or_else(|| {
            let at = known.places.first().map_or(0, |place| place.start as usize);
            Lead::Entity(Entity::Name { file, at })
        })
    }

    /// What `name.d.ts` says of `name.js` is of the same thing.
    pub(super) fn described_beside(&self, file: FileId, facts: &Facts, symbol: SymbolId) -> Option<Lead> {
        let known = facts.symbol(symbol).filter(|known| known.is_top && !facts.is_typed)?;
        facts.exports.iter().find(|export| export.target == Target::Symbol(symbol))?;
        let path = self.files.path(file);
        let (stem, ending) = path.rsplit_once('.')?;
        let typed = match ending {
            "mjs" => "d.mts",
            "cjs" => "d.cts",
            _ => "d.ts",
        };
        let beside = self.files.sources.find(&format!("{stem}.{typed}"))?;
        match self.exported(beside, &known.name)? {
            Found::Symbol(other, symbol) if other == beside => Some(self.lead_of(other, symbol)),
            _ => None,
        }
    }

    /// What `declare module "./name"` adds to is what that module declares.
    fn augmented(&self, file: FileId, facts: &Facts, symbol: SymbolId) -> Option<Lead> {
        let ambient = facts.ambients.iter().find(|ambient| ambient.symbols.contains(&symbol))?;
        let Module::File(module) = self.module(file, facts, ambient.request) else { return None };
        let name = &facts.symbol(symbol)?.name;
        let found = self.exported(module, name)?;
        (module != file && !matches!(found, Found::Foreign(_)) && self.enter()).then(|| {
            let lead = self.lead(&found, name);
            self.leave();
            lead
        })
    }

    /// Of one global that several files declare, the first is the one.
    fn first_global(&self, file: FileId, facts: &Facts, symbol: SymbolId) -> Option<Lead> {
        if !facts.globals.contains(&symbol) {
            return None;
        }
        let name = &facts.symbol(symbol)?.name;
        let globals = self.globals.borrow();
        let (first, id) = *globals.get(name)?.iter().min()?;
        if (first, id) == (file, symbol) {
            return None;
        }
        let at = self.facts(first)?.symbol(id)?.places.first()?.start as usize;
        Some(Lead::Entity(Entity::Name { file: first, at }))
    }

    /// A name of a package whose entry is not among the sources.
    fn somewhere_in(&self, folder: &str, name: &str) -> Lead {
        let key = (Box::from(folder), Box::from(name));
        if let Some(known) = self.packaged.borrow().get(&key) {
            return known.clone();
        }
        let lead = self.look_in(folder, name);
        self.packaged.borrow_mut().insert(key, lead.clone());
        lead
    }

    fn look_in(&self, folder: &str, name: &str) -> Lead {
        let Ok(holders) = self.files.holders(name) else { return Lead::Open(Vec::new(), "package_entry") };
        let inside = |file: &FileId| {
            let path = self.files.path(*file);
            folder.is_empty() || path.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'))
        };
        let mut among: Vec<_> = holders
            .into_iter()
            .filter(inside)
            .filter_map(|file| match self.exported(file, name)? {
                Found::Symbol(file, symbol) => match self.lead_of(file, symbol) {
                    Lead::Entity(entity) => Some(entity),
                    Lead::Foreign(_) | Lead::Open(..) => None,
                },
                _ => None,
            })
            .collect();
        among.sort();
        among.dedup();
        if among.is_empty() {
            Lead::Foreign(format!("of the package in {folder}").into())
        } else {
            Lead::Open(among, "package_entry")
        }
    }
}
