//! From dotted names to files (reference, 5; packages without `__init__.py`: PEP 420).

use std::collections::BTreeSet;

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
    /// Every folder that holds Python, at whatever depth.
    folders: BTreeSet<String>,
    /// Folders that packages lie in, other than those that are packages.
    roots: BTreeSet<String>,
}

impl Modules {
    pub(crate) fn of(sources: &dyn Sources) -> Self {
        let mut folders = BTreeSet::new();
        let mut roots = BTreeSet::from([String::new(), "src".to_owned()]);
        for file in sources.files().iter().filter(|file| is_python(&file.path)) {
            let mut folder = parent(&file.path);
            while !folder.is_empty() && folders.insert(folder.to_owned()) {
                folder = parent(folder);
            }
        }
        for folder in &folders {
            if initial(sources, folder).is_some() && initial(sources, parent(folder)).is_none() {
                roots.insert(parent(folder).to_owned());
            }
        }
        Self { folders, roots }
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
    pub(crate) fn file_of(sources: &dyn Sources, module: &Module) -> Option<FileId> {
        match module {
            Module::File(file) => Some(*file),
            Module::Folder(folder) => initial(sources, folder),
        }
    }

    /// A module in a folder.
    pub(crate) fn child(&self, sources: &dyn Sources, folder: &str, name: &str) -> Option<Module> {
        let path = if folder.is_empty() { name.to_owned() } else { format!("{folder}/{name}") };
        let is_folder = self.folders.contains(&path);
        if is_folder && initial(sources, &path).is_some() {
            return Some(Module::Folder(path));
        }
        let file = ["py", "pyi"].iter().find_map(|extension| sources.find(&format!("{path}.{extension}")));
        file.map(Module::File).or_else(|| is_folder.then_some(Module::Folder(path)))
    }

    /// What the first part of an absolute import names, in each of the places where it may be looked for: the nearest
    /// first. Those that lie beside the importing file or above it come before all others.
    pub(crate) fn top(&self, sources: &dyn Sources, from: FileId, name: &str) -> Vec<Module> {
        let path = sources.file(from).map_or("", |file| &file.path);
        let mut folder = parent(path);
        while !folder.is_empty() && initial(sources, folder).is_some() {
            folder = parent(folder);
        }
        let mut found = Vec::new();
        loop {
            found.extend(self.child(sources, folder, name));
            if folder.is_empty() {
                break;
            }
            folder = parent(folder);
        }
        if found.is_empty() && !is_known_standard_library(14, name) {
            found.extend(self.roots.iter().filter_map(|root| self.child(sources, root, name)));
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
    pub(crate) fn dotted(sources: &dyn Sources, module: &Module) -> String {
        let path = match module {
            Module::Folder(folder) => folder.as_str(),
            Module::File(file) => sources.file(*file).map_or("", |file| stem(&file.path)),
        };
        let mut root = parent(path);
        while !root.is_empty() && initial(sources, root).is_some() {
            root = parent(root);
        }
        let inside = path.strip_prefix(root).unwrap_or(path).trim_start_matches('/');
        inside.replace('/', ".")
    }
}

/// `__init__.py` of a folder, or its stub.
pub(crate) fn initial(sources: &dyn Sources, folder: &str) -> Option<FileId> {
    if folder.is_empty() {
        return None;
    }
    sources.find(&format!("{folder}/__init__.py")).or_else(|| sources.find(&format!("{folder}/__init__.pyi")))
}

/// Whether a path is one of Python's.
pub(crate) fn is_python(path: &str) -> bool {
    std::path::Path::new(path).extension().is_some_and(|extension| extension == "py" || extension == "pyi")
}

pub(crate) fn parent(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

/// A path without its extension.
pub(crate) fn stem(path: &str) -> &str {
    path.rsplit_once('.').map_or(path, |(stem, _)| stem)
}
