//! Files put together: packages, imports, and what a name means that is looked up from the inside out.

mod families;
mod infer;
mod members;
mod sameness;
mod types;

use std::{
    cell::{Cell, RefCell},
    collections::HashMap,
    rc::Rc,
};

pub(super) use self::{
    families::Members,
    infer::Value,
    members::Found,
    sameness::may_be_same,
    types::{Named, Signature, Type},
};
use super::{
    facts::{Expr, Facts, Name, TypeExpr, Use},
    library::{is_standard, is_universal},
    modules::{Modules, Target},
    read,
};
use crate::{
    language::{
        Entity, Family,
        arena::Id,
        trees::{DeclarationId, Files, folder_of},
    },
    limits::{Budget, Stopped},
    request::{Hierarchy, Options},
    sources::{FileId, Sources},
};

/// How many names, types and embeddings are followed one through the other.
const MOST_STEPS: usize = 128;

/// The Go files of some sources.
pub(super) struct World<'s> {
    pub(super) files: Files<'s, Facts>,
    pub(super) options: Options,
    pub(super) modules: Modules,
    units: RefCell<HashMap<Key, Rc<Unit>>>,
    homes: RefCell<HashMap<FileId, Rc<Unit>>>,
    packages: RefCell<HashMap<String, Option<Name>>>,
    types: RefCell<HashMap<(FileId, Id<TypeExpr>), Type>>,
    values: RefCell<HashMap<(FileId, Id<Expr>), Value>>,
    members: RefCell<HashMap<Name, Rc<Members>>>,
    steps: Cell<usize>,
}

/// A package: its folder and its name, because tests may be of another one in the same folder.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Key {
    pub(super) folder: Rc<str>,
    pub(super) name: Name,
}

/// The files of a package, put together. All of them count, whatever their build tags say.
#[derive(Debug)]
pub(super) struct Unit {
    pub(super) key: Key,
    pub(super) files: Vec<FileId>,
    /// The declarations of each name, by file and place.
    pub(super) tops: HashMap<Name, Vec<(FileId, usize)>>,
    /// The methods of each type and name, by file and place.
    pub(super) methods: HashMap<Name, HashMap<Name, Vec<Method>>>,
    /// Whether all of its files were understood.
    pub(super) is_whole: bool,
}

impl Unit {
    /// What a name of the package is, by its first declaration.
    pub(super) fn entity(&self, name: &str) -> Option<Entity> {
        let (file, at) = self.tops.get(name)?.first().copied()?;
        Some(Entity::Name { file, at })
    }
}

/// A method where it is declared.
pub(super) type Method = (FileId, Id<super::facts::Function>);

/// What a package is that an import names.
#[derive(Debug, Clone)]
pub(super) enum Package {
    Own(Rc<Unit>),
    Foreign(Name),
    Unknown,
}

/// What a name means.
pub(super) enum Meaning {
    Local(DeclarationId),
    Top(Rc<Unit>),
    /// The import of this number.
    Import(usize),
    /// The language's, or a library's.
    Foreign(String),
    /// Nothing declares it.
    Missing,
}

/// Whether other packages can use a name.
pub(super) fn is_exported(name: &str) -> bool {
    name.chars().next().is_some_and(char::is_uppercase)
}

impl<'s> World<'s> {
    pub(super) fn new(sources: &'s dyn Sources, options: Options, budget: &'s Budget<'s>) -> Self {
        Self::with(Files::new(sources, budget, Family::Go, read::facts), options)
    }

    /// The same after an edit.
    pub(super) fn edited<'e>(&self, sources: &'e dyn Sources, changed: &[FileId], budget: &'e Budget<'e>) -> World<'e> {
        World::with(self.files.edited(sources, changed, budget), self.options)
    }

    fn with(files: Files<'s, Facts>, options: Options) -> Self {
        Self {
            modules: Modules::read(files.sources),
            files,
            options,
            units: RefCell::default(),
            homes: RefCell::default(),
            packages: RefCell::default(),
            types: RefCell::default(),
            values: RefCell::default(),
            members: RefCell::default(),
            steps: Cell::new(0),
        }
    }

    pub(super) fn check(&self) -> Result<(), Stopped> {
        self.files.check()
    }

    /// Whether only the member that was pointed at is renamed.
    pub(super) fn is_alone(&self) -> bool {
        self.options.hierarchy == Hierarchy::Only
    }

    /// Goes one step further, if there have not been too many.
    fn step<T>(&self, otherwise: T, work: impl FnOnce() -> T) -> T {
        let steps = self.steps.get();
        if steps >= MOST_STEPS {
            return otherwise;
        }
        self.steps.set(steps + 1);
        let done = stacker::maybe_grow(256 << 10, 4 << 20, work);
        self.steps.set(steps);
        done
    }

    /// The package that a file belongs to.
    pub(super) fn unit_of(&self, file: FileId) -> Option<Rc<Unit>> {
        if let Some(known) = self.homes.borrow().get(&file) {
            return Some(Rc::clone(known));
        }
        let facts = self.files.facts(file)?;
        let unit = self.unit(folder_of(self.files.path(file)), &facts.package);
        self.homes.borrow_mut().insert(file, Rc::clone(&unit));
        Some(unit)
    }

    fn unit(&self, folder: &str, name: &str) -> Rc<Unit> {
        let key = Key { folder: folder.into(), name: name.into() };
        if let Some(known) = self.units.borrow().get(&key) {
            return Rc::clone(known);
        }
        let unit = Rc::new(self.put_together(key.clone()));
        self.units.borrow_mut().insert(key, Rc::clone(&unit));
        unit
    }

    fn put_together(&self, key: Key) -> Unit {
        let mut unit = Unit { files: Vec::new(), tops: HashMap::new(), methods: HashMap::new(), is_whole: true, key };
        let mut files = self.files.folder(&unit.key.folder).to_vec();
        files.sort_unstable();
        for file in files {
            let Some(facts) = self.files.facts(file) else {
                unit.is_whole = false;
                continue;
            };
            if facts.package != unit.key.name {
                continue;
            }
            unit.is_whole &= facts.flaw.is_none();
            unit.files.push(file);
            for top in &facts.tops {
                unit.tops.entry(top.name.clone()).or_default().push((file, top.at));
            }
            for (id, function) in facts.functions.iter() {
                if let Some(receiver) = &function.receiver {
                    let of = unit.methods.entry(receiver.base.clone()).or_default();
                    of.entry(function.name.clone()).or_default().push((file, id));
                }
            }
        }
        unit
    }

    /// What an import names.
    pub(super) fn package(&self, file: FileId, path: &str) -> Package {
        let from = folder_of(self.files.path(file));
        match self.modules.find(from, path, |folder| !self.files.folder(folder).is_empty()) {
            Target::Folder(folder) => match self.package_of(&folder) {
                Some(name) => Package::Own(self.unit(&folder, &name)),
                None => Package::Unknown,
            },
            Target::Foreign => Package::Foreign(path.into()),
            Target::Unknown => Package::Unknown,
        }
    }

    /// The package that an import of a folder means: neither its tests nor a program beside it.
    fn package_of(&self, folder: &str) -> Option<Name> {
        if let Some(known) = self.packages.borrow().get(folder) {
            return known.clone();
        }
        let names: Vec<Name> = self.files.folder(folder).iter().filter_map(|file| self.clause(*file)).collect();
        let last = folder.rsplit('/').next().unwrap_or(folder);
        let plain = || names.iter().filter(|name| &***name != "main" && !name.ends_with("_test"));
        let of_folder = plain().find(|name| ***name == *last);
        let found = of_folder.or_else(|| plain().find(|name| &***name != "documentation")).or_else(|| names.first());
        let found = found.cloned();
        self.packages.borrow_mut().insert(folder.to_owned(), found.clone());
        found
    }

    /// What the package clause of a file says, without parsing the rest of it.
    fn clause(&self, file: FileId) -> Option<Name> {
        let text = self.files.sources.text(file).ok()?;
        let mut rest = text.trim_start_matches('\u{feff}').trim_start();
        loop {
            if let Some(comment) = rest.strip_prefix("/*") {
                rest = comment.split_once("*/")?.1.trim_start();
            } else if rest.starts_with("//") {
                rest = rest.split_once('\n')?.1.trim_start();
            } else {
                let name = rest.strip_prefix("package")?.trim_start();
                let end = name.find(|letter| !crate::words::is_letter(letter)).unwrap_or(name.len());
                return name.get(..end).map(Into::into);
            }
        }
    }

    /// What a name means where it is used.
    pub(super) fn meaning(&self, file: FileId, facts: &Facts, used: &Use) -> Meaning {
        if let Some(found) = facts.scopes.find(used.scope, &used.name, used.at) {
            return Meaning::Local(first(facts, found, &used.name));
        }
        if let Some(found) = self.import_called(file, facts, &used.name) {
            return Meaning::Import(found);
        }
        if let Some(found) = self.unit_of(file).filter(|unit| unit.tops.contains_key(&used.name)) {
            return Meaning::Top(found);
        }
        for import in facts.imports.iter().filter(|import| import.alias.as_deref() == Some(".")) {
            match self.package(file, &import.path) {
                Package::Own(unit) if is_exported(&used.name) && unit.tops.contains_key(&used.name) => {
                    return Meaning::Top(unit);
                }
                Package::Foreign(path) if is_exported(&used.name) => {
                    return Meaning::Foreign(format!("{path}.{}", used.name));
                }
                Package::Own(_) | Package::Foreign(_) | Package::Unknown => {}
            }
        }
        if is_universal(&used.name) { Meaning::Foreign((*used.name).to_owned()) } else { Meaning::Missing }
    }

    /// The import that a name stands for in a file.
    pub(super) fn import_called(&self, file: FileId, facts: &Facts, name: &str) -> Option<usize> {
        facts.imports.iter().position(|import| match import.alias.as_deref() {
            Some(alias) => alias == name && alias != "." && alias != "_",
            None => self.is_called(file, &import.path, name),
        })
    }

    /// Whether the package at a path is called so. Of a library, only its path is known.
    fn is_called(&self, file: FileId, path: &str, name: &str) -> bool {
        let from = folder_of(self.files.path(file));
        match self.modules.find(from, path, |folder| !self.files.folder(folder).is_empty()) {
            Target::Folder(folder) => self.package_of(&folder).as_deref() == Some(name),
            Target::Foreign | Target::Unknown => {
                let mut parts = path.rsplit('/');
                let last = parts.next().unwrap_or(path);
                let is_version = |part: &str| part.strip_prefix('v').is_some_and(|it| it.parse::<u32>().is_ok());
                let last = if is_version(last) { parts.next().unwrap_or(last) } else { last };
                let plain = last.split_once(".v").map_or(last, |(plain, _)| plain);
                let is_odd = !is_standard(path) && plain.contains(['-', '.']);
                plain == name || (is_odd && plain.split(['-', '.']).any(|part| part == name))
            }
        }
    }
}

/// The first declaration of a name in the same scope: a program that is right has no other.
pub(super) fn first(facts: &Facts, id: DeclarationId, name: &str) -> DeclarationId {
    let scope = facts.scopes.declaration(id).map(|it| it.scope);
    scope.and_then(|scope| facts.scopes.declared(scope, name).first().copied()).unwrap_or(id)
}
