//! From dotted names to files (reference, 5; packages without `__init__.py`: PEP 420).

use std::collections::{BTreeSet, HashMap};

use ruff_python_stdlib::sys::is_known_standard_library;

use crate::sources::{FileId, Sources};

/// What an import can name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Module {
    /// A file that is no package's own.
    File(FileId),
    /// A package, with or without `__init__.py`, by its path.
    Folder(String),
}

/// The layout of the Python files.
#[derive(Debug)]
pub(crate) struct Modules {
    /// Everything that an import can name, by its path without an extension.
    all: HashMap<String, Module>,
    /// `__init__.py` of each folder that has one, or its stub.
    initials: HashMap<String, FileId>,
    /// Folders that packages lie in, other than those that are packages.
    roots: BTreeSet<String>,
}

impl Modules {
    pub(crate) fn of(sources: &dyn Sources) -> Self {
        let mut modules = Self { all: HashMap::new(), initials: HashMap::new(), roots: BTreeSet::new() };
        let mut folders = BTreeSet::new();
        for (id, file) in (0..).map(FileId).zip(sources.files()).filter(|(_, file)| is_python(&file.path)) {
            modules.add(id, &file.path);
            let mut folder = parent(&file.path);
            while !folder.is_empty() && folders.insert(folder) {
                folder = parent(folder);
            }
        }
        modules.roots.extend([String::new(), "src".to_owned()]);
        for folder in folders {
            let is_package = modules.initial(folder).is_some();
            // A package comes before a module of its name, and that before a mere folder.
            if is_package || !modules.all.contains_key(folder) {
                modules.all.insert(folder.to_owned(), Module::Folder(folder.to_owned()));
            }
            if is_package && modules.initial(parent(folder)).is_none() {
                modules.roots.insert(parent(folder).to_owned());
            }
        }
        modules
    }

    /// A module comes before its stub.
    fn add(&mut self, id: FileId, path: &str) {
        let stem = stem(path);
        let is_stub = path.ends_with('i');
        if let Some((folder, "__init__")) = stem.rsplit_once('/')
            && !(is_stub && self.initials.contains_key(folder))
        {
            self.initials.insert(folder.to_owned(), id);
        }
        if !(is_stub && self.all.contains_key(stem)) {
            self.all.insert(stem.to_owned(), Module::File(id));
        }
    }

    /// `__init__.py` of a folder, or its stub.
    fn initial(&self, folder: &str) -> Option<FileId> {
        self.initials.get(folder).copied()
    }

    /// What a file is as a module.
    pub(crate) fn module_of(sources: &dyn Sources, file: FileId) -> Module {
        let path = sources.file(file).map_or("", |file| &file.path);
        match path.rsplit_once('/') {
            Some((folder, "__init__.py" | "__init__.pyi")) => Module::Folder(folder.to_owned()),
            _ => Module::File(sources.find(path.strip_suffix('i').unwrap_or(path)).unwrap_or(file)),
        }
    }

    /// The file whose names a module's are.
    pub(crate) fn file_of(&self, module: &Module) -> Option<FileId> {
        match module {
            Module::File(file) => Some(*file),
            Module::Folder(folder) => self.initial(folder),
        }
    }

    /// A module in a folder.
    pub(crate) fn child(&self, folder: &str, name: &str) -> Option<Module> {
        if folder.is_empty() {
            return self.all.get(name).cloned();
        }
        self.all.get([folder, "/", name].concat().as_str()).cloned()
    }

    /// What the first part of an absolute import names, in each of the places where it may be looked for: the nearest
    /// first. Those that lie beside the importing file or above it come before all others.
    pub(crate) fn top(&self, sources: &dyn Sources, from: FileId, name: &str) -> Vec<Module> {
        let path = sources.file(from).map_or("", |file| &file.path);
        let mut folder = parent(path);
        while self.initial(folder).is_some() {
            folder = parent(folder);
        }
        let mut found = Vec::new();
        loop {
            found.extend(self.child(folder, name));
            if folder.is_empty() {
                break;
            }
            folder = parent(folder);
        }
        if found.is_empty() && !is_known_standard_library(14, name) {
            found.extend(self.roots.iter().filter_map(|root| self.child(root, name)));
        }
        found.dedup();
        found
    }

    /// The package that dots before a name mean: one dot is the file's own.
    pub(crate) fn above(sources: &dyn Sources, from: FileId, level: u32) -> Option<String> {
        let mut folder = parent(&sources.file(from)?.path);
        for _ in 1..level {
            if folder.is_empty() {
                return None;
            }
            folder = parent(folder);
        }
        Some(folder.to_owned())
    }

    /// A module's dotted name from the root that it is imported by.
    pub(crate) fn dotted(&self, sources: &dyn Sources, module: &Module) -> String {
        let path = match module {
            Module::Folder(folder) => folder.as_str(),
            Module::File(file) => sources.file(*file).map_or("", |file| stem(&file.path)),
        };
        let mut root = parent(path);
        while self.initial(root).is_some() {
            root = parent(root);
        }
        let inside = path.strip_prefix(root).unwrap_or(path).trim_start_matches('/');
        inside.replace('/', ".")
    }
}

/// Whether a path is one of Python's.
pub(crate) fn is_python(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    name.rsplit_once('.').is_some_and(|(stem, extension)| !stem.is_empty() && matches!(extension, "py" | "pyi"))
}

pub(crate) fn parent(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

/// A path without its extension.
pub(crate) fn stem(path: &str) -> &str {
    path.rsplit_once('.').map_or(path, |(stem, _)| stem)
}
