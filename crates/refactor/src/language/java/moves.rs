//! The files that go with a class or a package.

use super::{Java, folder_of};
use crate::{
    language::{Entity, FileMove, Symbol, SymbolKind},
    sources::FileId,
};

impl Java<'_> {
    /// A class that its file is named after takes it along; a package all of its files.
    pub(super) fn file_moves(&self, symbol: &Symbol, new_name: &str) -> Vec<FileMove> {
        match &symbol.entity {
            Entity::Name { file, at } if self.is_namesake(*file, *at, symbol) => {
                let folder = folder_of(self.files.path(*file));
                vec![FileMove { file: *file, to: beside(folder, &format!("{new_name}.java")) }]
            }
            Entity::Folder(package) => self.package_moves(package, new_name),
            Entity::Name { .. } | Entity::File(_) => Vec::new(),
        }
    }

    fn is_namesake(&self, file: FileId, at: usize, symbol: &Symbol) -> bool {
        let stem = self.files.path(file).rsplit('/').next().and_then(|name| name.strip_suffix(".java"));
        let is_top = self.facts(file).is_some_and(|facts| {
            facts.top().any(|(_, class)| class.name.as_ref().is_some_and(|part| part.start as usize == at))
        });
        stem == Some(symbol.name.as_str()) && is_top && symbol.kind != SymbolKind::Package
    }

    /// The files of a package and of those within it, where their folders are named after it; with all that lies beside
    /// them.
    fn package_moves(&self, package: &str, new_name: &str) -> Vec<FileMove> {
        let dotted = package.replace('/', ".");
        let tail = package.rsplit_once('/').map_or("", |(around, _)| around);
        let to = beside(tail, new_name);
        let mut roots: Vec<String> = Vec::new();
        for file in self.index.files_below(&dotted) {
            let path = self.files.path(file);
            let Some(root) = root_of(path, package) else { continue };
            if !roots.iter().any(|one| one == root) {
                roots.push(root.to_owned());
            }
        }
        let mut moves = Vec::new();
        for file in self.files.sources.ids() {
            let path = self.files.path(file);
            let found = roots.iter().find_map(|root| {
                let rest = path.strip_prefix(root.as_str())?.strip_prefix(package)?.strip_prefix('/')?;
                Some(format!("{root}{to}/{rest}"))
            });
            moves.extend(found.map(|to| FileMove { file, to }));
        }
        moves
    }
}

/// What stands before a package's folder in a path, `/` included.
fn root_of<'p>(path: &'p str, package: &str) -> Option<&'p str> {
    let folder = folder_of(path);
    let mut at = folder.match_indices(package).map(|(at, _)| at);
    at.find_map(|at| {
        let (before, rest) = (path.get(..at)?, path.get(at + package.len()..)?);
        let is_whole = (before.is_empty() || before.ends_with('/')) && rest.starts_with('/');
        is_whole.then_some(before)
    })
}

fn beside(folder: &str, name: &str) -> String {
    if folder.is_empty() { name.to_owned() } else { format!("{folder}/{name}") }
}
