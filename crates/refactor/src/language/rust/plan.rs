//! The crates of a repository and which depends on which, from its manifests. Where there is none, a `lib.rs` or `main.rs`
//! begins a crate.

use std::collections::{BTreeMap, BTreeSet};

use ra_ap_syntax::Edition;

use super::cargo::{self, Files, MANIFEST, Manifests, Needs, Package, Target, TargetKind, parent};
use crate::{
    language::{Family, family},
    sources::{FileId, Sources},
};

/// A crate to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Unit {
    /// Its first file.
    pub(super) root: FileId,
    /// What it is called.
    pub(super) name: String,
    /// What it is.
    pub(super) kind: TargetKind,
    /// Its edition.
    pub(super) edition: Edition,
    /// The package it belongs to: an index into [`Plan::packages`].
    pub(super) package: Option<usize>,
    /// The crates of these sources that it can name, by the names it has for them.
    pub(super) needs: Vec<(String, usize)>,
    /// The names of crates that are not of these sources.
    pub(super) foreign: BTreeSet<String>,
}

/// The crates of a repository.
#[derive(Debug, Clone, Default)]
pub(super) struct Plan {
    /// The packages.
    pub(super) packages: Vec<Package>,
    /// The crates.
    pub(super) units: Vec<Unit>,
}

impl Plan {
    /// Reads the manifests of some sources.
    pub(super) fn of(sources: &dyn Sources) -> Self {
        let index = Index::of(sources);
        let mut manifests = Manifests::new();
        for (path, file) in &index.paths {
            if path == MANIFEST || path.ends_with("/Cargo.toml") {
                let table = sources.text(*file).ok().and_then(|text| text.parse().ok());
                manifests.extend(table.map(|table| (parent(path).to_owned(), table)));
            }
        }
        let mut plan = Self { packages: cargo::packages(&manifests, &index), units: Vec::new() };
        plan.add_targets(&index);
        plan.add_bare(&index);
        plan.connect();
        plan
    }

    fn add_targets(&mut self, index: &Index) {
        for (number, package) in self.packages.iter().enumerate() {
            for Target { kind, name, root } in &package.targets {
                let Some(root) = index.paths.get(root) else { continue };
                self.units.push(Unit {
                    root: *root,
                    name: name.clone(),
                    kind: *kind,
                    edition: package.edition.parse().unwrap_or(Edition::CURRENT),
                    package: Some(number),
                    needs: Vec::new(),
                    foreign: BTreeSet::new(),
                });
            }
        }
    }

    /// Crates of folders that no package is in.
    fn add_bare(&mut self, index: &Index) {
        let is_packaged = |path: &str| {
            self.packages.iter().any(|it| {
                it.folder.is_empty() || path.strip_prefix(&*it.folder).is_some_and(|rest| rest.starts_with('/'))
            })
        };
        let roots: BTreeSet<FileId> = self.units.iter().map(|unit| unit.root).collect();
        let bare: Vec<_> =
            index.paths.iter().filter(|(path, file)| !is_packaged(path) && !roots.contains(file)).collect();
        for (path, file) in bare {
            let kind = match path.rsplit('/').next() {
                Some("lib.rs") => TargetKind::Library,
                Some("main.rs") => TargetKind::Program,
                _ => continue,
            };
            let folder = parent(path);
            let folder = if folder.ends_with("src") { parent(folder) } else { folder };
            let name = folder.rsplit('/').next().filter(|name| !name.is_empty()).unwrap_or("main");
            self.units.push(Unit::alone(*file, name.replace('-', "_"), kind));
        }
    }

    /// Finds out what each crate can name.
    fn connect(&mut self) {
        let libraries: BTreeMap<usize, usize> = (0..)
            .zip(&self.units)
            .filter_map(|(at, unit)| {
                matches!(unit.kind, TargetKind::Library | TargetKind::Macros).then_some((unit.package?, at))
            })
            .collect();
        let folders: BTreeMap<&str, usize> =
            (0..).zip(&self.packages).map(|(number, package)| (package.folder.as_str(), number)).collect();
        let names: BTreeSet<&str> = self.packages.iter().map(|package| package.name.as_str()).collect();
        let mut connections = Vec::new();
        for unit in &self.units {
            let (mut needs, mut foreign) = (Vec::new(), BTreeSet::new());
            let Some((number, package)) = unit.package.and_then(|number| Some((number, self.packages.get(number)?)))
            else {
                connections.push((needs, foreign));
                continue;
            };
            for dependency in package.dependencies.iter().filter(|it| sees(unit.kind, it.by)) {
                let library =
                    dependency.folder.as_deref().and_then(|it| folders.get(it)).and_then(|it| libraries.get(it));
                match library.and_then(|library| Some((*library, self.units.get(*library)?))) {
                    Some((library, _)) if dependency.is_renamed => needs.push((dependency.name.clone(), library)),
                    Some((library, other)) => needs.push((other.name.clone(), library)),
                    None if dependency.folder.is_none() && !names.contains(dependency.package.as_str()) => {
                        foreign.insert(dependency.name.clone());
                    }
                    None => {}
                }
            }
            if let (Some(own), true) =
                (libraries.get(&number), matches!(unit.kind, TargetKind::Program | TargetKind::Other))
            {
                needs.extend(self.units.get(*own).map(|library| (library.name.clone(), *own)));
            }
            connections.push((needs, foreign));
        }
        for (unit, (needs, foreign)) in self.units.iter_mut().zip(connections) {
            unit.needs = needs;
            unit.foreign = foreign;
        }
    }

    /// The same crates, the last first, and programs without their package's library: a file that several crates are made
    /// of is then read as part of another.
    pub(super) fn turned(&self) -> Self {
        let last = self.units.len().saturating_sub(1);
        let mut units: Vec<Unit> = self.units.iter().rev().cloned().collect();
        for unit in &mut units {
            let is_own =
                |at: usize| unit.package.is_some() && self.units.get(at).is_some_and(|it| it.package == unit.package);
            let kept = unit.needs.iter().filter(|(_, at)| !is_own(*at));
            unit.needs = kept.map(|(name, at)| (name.clone(), last - at)).collect();
        }
        Self { packages: self.packages.clone(), units }
    }

    /// The package that a path lies in: of several, the innermost.
    pub(super) fn package_of(&self, path: &str) -> Option<usize> {
        let holds =
            |folder: &str| folder.is_empty() || path.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'));
        let holding = (0..).zip(&self.packages).filter(|(_, package)| holds(&package.folder));
        holding.max_by_key(|(_, package)| package.folder.len()).map(|(number, _)| number)
    }

    /// The edition that a file is written in.
    pub(super) fn edition_of(&self, path: &str) -> Edition {
        let package = self.package_of(path).and_then(|number| self.packages.get(number));
        package.and_then(|package| package.edition.parse().ok()).unwrap_or(Edition::CURRENT)
    }

    /// The crate that the examples in a file's documentation are compiled as.
    pub(super) fn examples(&self, path: &str, root: FileId) -> Unit {
        let package = self.package_of(path);
        let library = self
            .units
            .iter()
            .position(|unit| unit.package == package && matches!(unit.kind, TargetKind::Library | TargetKind::Macros));
        let mut unit = Unit {
            edition: self.edition_of(path),
            package,
            ..Unit::alone(root, "examples".to_owned(), TargetKind::Other)
        };
        if let Some((at, library)) = library.and_then(|at| Some((at, self.units.get(at)?))) {
            unit.needs.clone_from(&library.needs);
            unit.needs.push((library.name.clone(), at));
        }
        unit
    }

    /// Whether a crate is called so in some manifest, though not in these sources.
    pub(super) fn is_foreign(&self, name: &str) -> bool {
        matches!(name, "std" | "core" | "alloc" | "proc_macro" | "test")
            || self.units.iter().any(|unit| unit.foreign.contains(name))
    }

    /// The features of any package.
    pub(super) fn features(&self, features: super::cfg::Features) -> BTreeSet<String> {
        self.packages.iter().flat_map(|package| of_package(package, features)).collect()
    }
}

/// The features of a package that are on.
pub(super) fn of_package(package: &Package, features: super::cfg::Features) -> BTreeSet<String> {
    match features {
        super::cfg::Features::All => package.features.keys().cloned().collect(),
        super::cfg::Features::Default => cargo::enabled(&package.features, &["default"]),
        super::cfg::Features::None => BTreeSet::new(),
    }
}

impl Unit {
    /// A crate of which only its first file is known.
    pub(super) fn alone(root: FileId, name: String, kind: TargetKind) -> Self {
        let edition = Edition::CURRENT;
        Self { root, name, kind, edition, package: None, needs: Vec::new(), foreign: BTreeSet::new() }
    }
}

/// Whether a kind of crate can name a kind of dependency. Unit tests are part of libraries and programs.
fn sees(kind: TargetKind, by: Needs) -> bool {
    match by {
        Needs::Normal | Needs::Dev => kind != TargetKind::Build,
        Needs::Build => kind == TargetKind::Build,
    }
}

fn is_rust(path: &str) -> bool {
    family(path) == Some(Family::Rust)
}

/// The paths of the files that matter here.
struct Index {
    paths: BTreeMap<String, FileId>,
}

impl Index {
    fn of(sources: &dyn Sources) -> Self {
        let path = |file: FileId| {
            let path = &sources.file(file)?.path;
            let matters = is_rust(path) || path.rsplit('/').next() == Some(MANIFEST);
            matters.then(|| (path.clone(), file))
        };
        Self { paths: sources.ids().filter_map(path).collect() }
    }
}

impl Files for Index {
    fn exists(&self, path: &str) -> bool {
        self.paths.contains_key(path)
    }

    fn rust_files(&self, folder: &str) -> Vec<String> {
        let below = format!("{folder}/");
        let depth = |path: &str| path.strip_prefix(&below).map_or(usize::MAX, |rest| rest.matches('/').count());
        let inside =
            self.paths.range(below.clone()..).map(|(path, _)| path).take_while(|path| path.starts_with(&below));
        inside.filter(|path| is_rust(path) && depth(path) <= 1).cloned().collect()
    }
}
