//! From the name of a module, as an import writes it, to its file: the rules of Node and of TypeScript, over the files of
//! the repository alone.

use std::{
    cell::{OnceCell, RefCell},
    collections::HashMap,
    rc::Rc,
};

use super::{
    config::{Compiler, Package},
    paths,
};
use crate::sources::{FileId, Sources};

/// Where an import leads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Module {
    File(FileId),
    /// A package of this repository, but none of the files that are here: all below this folder may be meant.
    Package(String),
    /// Somebody else's, or a file that is not here.
    Foreign(String),
}

/// Finds modules, and remembers what the configurations say.
pub(super) struct Resolver<'s> {
    sources: &'s dyn Sources,
    packages: OnceCell<Vec<Package>>,
    compilers: RefCell<HashMap<String, Option<Rc<Compiler>>>>,
    known: RefCell<HashMap<(String, String), Module>>,
}

impl<'s> Resolver<'s> {
    pub(super) fn new(sources: &'s dyn Sources) -> Self {
        Self { sources, packages: OnceCell::new(), compilers: RefCell::default(), known: RefCell::default() }
    }

    /// The module that a file in `folder` means by a specifier.
    pub(super) fn resolve(&self, folder: &str, specifier: &str) -> Module {
        let key = (folder.to_owned(), specifier.to_owned());
        if let Some(known) = self.known.borrow().get(&key) {
            return known.clone();
        }
        let found = self.look(folder, specifier);
        self.known.borrow_mut().insert(key, found.clone());
        found
    }

    fn look(&self, folder: &str, specifier: &str) -> Module {
        let foreign = || Module::Foreign(specifier.to_owned());
        if specifier.starts_with('.') {
            let path = paths::join(folder, specifier);
            return path.and_then(|path| self.file(&path)).map_or_else(foreign, Module::File);
        }
        let configured = self.compiler(folder).map(|compiler| compiler.candidates(specifier)).unwrap_or_default();
        if let Some(file) = configured.iter().find_map(|path| self.file(path)) {
            return Module::File(file);
        }
        let (name, inner) = split(specifier);
        let packages = self.packages.get_or_init(|| Package::all(self.sources));
        let Some(package) = packages.iter().find(|package| package.name == name) else { return foreign() };
        let found = package.candidates(inner).iter().find_map(|path| self.file(path));
        found.map_or_else(|| Module::Package(package.folder.clone()), Module::File)
    }

    /// The file that a path stands for: itself, with an ending, or the index of a folder.
    fn file(&self, path: &str) -> Option<FileId> {
        let exact = |path: &str| self.sources.find(path).filter(|file| self.is_code(*file));
        let written = paths::sources_of(path);
        let ended = || paths::ENDINGS.iter().find_map(|ending| exact(&format!("{path}{ending}")));
        let index = || {
            let index = if path.is_empty() { "index".to_owned() } else { format!("{path}/index") };
            paths::ENDINGS.iter().find_map(|ending| exact(&format!("{index}{ending}")))
        };
        let typed = || written.iter().find_map(|path| exact(path));
        typed().or_else(|| exact(path)).or_else(ended).or_else(index)
    }

    fn is_code(&self, file: FileId) -> bool {
        self.sources.file(file).is_some_and(|it| paths::ENDINGS.iter().any(|ending| it.path.ends_with(ending)))
    }

    /// The configuration that counts for a folder: its own, or that of the nearest folder above.
    fn compiler(&self, folder: &str) -> Option<Rc<Compiler>> {
        if let Some(known) = self.compilers.borrow().get(folder) {
            return known.clone();
        }
        let at = |name: &str| if folder.is_empty() { name.to_owned() } else { format!("{folder}/{name}") };
        let names = ["tsconfig.json", "jsconfig.json", "tsconfig.base.json"];
        let own = names.iter().find_map(|name| self.sources.find(&at(name)));
        let found = match own {
            Some(file) => Some(Rc::new(Compiler::read(self.sources, file))),
            None if folder.is_empty() => None,
            None => self.compiler(paths::parent(folder)),
        };
        self.compilers.borrow_mut().insert(folder.to_owned(), found.clone());
        found
    }
}

/// `@scope/name/inner` into `@scope/name` and `inner`.
fn split(specifier: &str) -> (&str, &str) {
    let slashes = usize::from(specifier.starts_with('@'));
    match specifier.match_indices('/').nth(slashes) {
        Some((at, _)) => (specifier.get(..at).unwrap_or(specifier), specifier.get(at + 1..).unwrap_or_default()),
        None => (specifier, ""),
    }
}
