//! A program in the memory of rust-analyzer's database: file texts, crates, switches. Nothing is read but what is given.

use std::collections::{BTreeMap, BTreeSet};

use ra_ap_hir::{CfgAtom, CfgOptions, ChangeWithProcMacros, Symbol};
use ra_ap_ide_db::{
    FileId as VfsId, RootDatabase,
    base_db::{
        AbsPathBuf, CrateGraphBuilder, CrateName, CrateOrigin, CrateWorkspaceData, DependencyBuilder, Env, FileSet,
        LangCrateOrigin, SourceRoot, VfsPath,
    },
};
use ra_ap_syntax::Edition;
use triomphe::Arc;

use super::{
    cargo::TargetKind,
    cfg::{Setting, Switch},
    library::libraries,
    plan::{Plan, Unit, of_package},
    texts::Texts,
};
use crate::sources::{FileId, Sources};

/// The examples of a file's documentation have the file's number and this.
const EXAMPLES: u32 = 4_000_000;
/// The files of the libraries come after all others; the database has room for 2²³ files.
const CORE: u32 = 8_000_000;
const STD: u32 = CORE + 1;

/// A program that is built in one way.
pub(super) struct World {
    /// The database.
    pub(super) db: RootDatabase,
    /// The switches of the crate that begins in a file.
    pub(super) switches: BTreeMap<FileId, BTreeSet<Switch>>,
    /// The files whose examples are in the database.
    pub(super) with_examples: BTreeSet<FileId>,
}

/// A file's number in the database.
pub(super) fn vfs(file: FileId) -> VfsId {
    VfsId::from_raw(file.0)
}

/// A file of these sources by its number in the database, also when it is its examples that are meant; nothing for one of
/// a library.
pub(super) fn own(file: VfsId) -> Option<FileId> {
    match file.index() {
        index if index < EXAMPLES => Some(FileId(index)),
        index if index < CORE => Some(FileId(index - EXAMPLES)),
        _ => None,
    }
}

/// The file that holds the examples of another.
pub(super) fn examples_of(file: FileId) -> FileId {
    FileId(file.0 + EXAMPLES)
}

/// The file itself, if it is one of examples.
pub(super) fn original(file: FileId) -> FileId {
    FileId(file.0 % EXAMPLES)
}

impl World {
    /// Puts some sources into a database.
    pub(super) fn open(sources: &dyn Sources, texts: &Texts, plan: &Plan, setting: &Setting) -> Self {
        let mut world = Self { db: RootDatabase::new(None), switches: BTreeMap::new(), with_examples: BTreeSet::new() };
        let mut change = ChangeWithProcMacros::default();
        let [core, std] = libraries();
        change.set_roots(roots(sources, texts, plan, [core.path, std.path]));
        change.change_file(VfsId::from_raw(CORE), Some(core.text));
        change.change_file(VfsId::from_raw(STD), Some(std.text));
        for file in texts.files() {
            change.change_file(vfs(file), Some(texts.parsed(sources, file).into_owned()));
        }
        for file in texts.with_examples() {
            change.change_file(vfs(examples_of(file)), Some(texts.examples(sources, file)));
        }
        world.set_crates(&mut change, sources, texts, plan, setting);
        world.db.apply_change(change);
        world
    }

    /// Takes over what has changed in a second version of the sources.
    pub(super) fn update(
        &mut self,
        sources: &dyn Sources,
        texts: &Texts,
        changed: &[FileId],
        plan: &Plan,
        setting: &Setting,
    ) {
        let mut change = ChangeWithProcMacros::default();
        let [core, std] = libraries();
        change.set_roots(roots(sources, texts, plan, [core.path, std.path]));
        for file in changed.iter().copied().filter(|file| texts.holds(*file)) {
            change.change_file(vfs(file), Some(texts.parsed(sources, file).into_owned()));
        }
        for file in texts.with_examples().filter(|file| changed.contains(file)) {
            change.change_file(vfs(examples_of(file)), Some(texts.examples(sources, file)));
        }
        self.set_crates(&mut change, sources, texts, plan, setting);
        self.db.apply_change(change);
    }

    fn set_crates(
        &mut self,
        change: &mut ChangeWithProcMacros,
        sources: &dyn Sources,
        texts: &Texts,
        plan: &Plan,
        setting: &Setting,
    ) {
        let mut graph = Graph { builder: CrateGraphBuilder::default(), workspace: workspace() };
        let core = graph.library(CORE, LangCrateOrigin::Core);
        let std = graph.library(STD, LangCrateOrigin::Std);
        graph.needs(std, "core", core, true);
        self.switches.clear();
        self.with_examples = texts.with_examples().collect();
        let mut ids = Vec::new();
        let examples = texts.with_examples().filter_map(|file| {
            let path = &sources.file(file)?.path;
            Some(plan.examples(path, examples_of(file)))
        });
        let units: Vec<Unit> = plan.units.iter().cloned().chain(examples).collect();
        for unit in &units {
            let features = unit.package.and_then(|it| plan.packages.get(it));
            let features = features.map(|package| of_package(package, setting.features)).unwrap_or_default();
            let switches = setting.switches(&features);
            let id = graph.unit(unit, &switches);
            self.switches.insert(unit.root, switches);
            for (name, library) in [("core", core), ("alloc", std), ("std", std)] {
                graph.needs(id, name, library, true);
            }
            if unit.kind == TargetKind::Macros {
                graph.needs(id, "proc_macro", std, true);
            }
            ids.push(id);
        }
        for (unit, id) in units.iter().zip(&ids) {
            for (name, needed) in &unit.needs {
                if let Some(needed) = ids.get(*needed) {
                    graph.needs(*id, name, *needed, false);
                }
            }
        }
        change.set_crate_graph(graph.builder);
    }
}

type CrateId = ra_ap_ide_db::base_db::CrateBuilderId;

/// The crates in the making.
struct Graph {
    builder: CrateGraphBuilder,
    workspace: Arc<CrateWorkspaceData>,
}

impl Graph {
    fn library(&mut self, file: u32, which: LangCrateOrigin) -> CrateId {
        let origin = CrateOrigin::Lang(which);
        self.add(VfsId::from_raw(file), Edition::LATEST, &which.to_string(), CfgOptions::default(), origin, false)
    }

    fn unit(&mut self, unit: &Unit, switches: &BTreeSet<Switch>) -> CrateId {
        let atom = |(key, value): &Switch| match value {
            Some(value) => CfgAtom::KeyValue { key: Symbol::intern(key), value: Symbol::intern(value) },
            None => CfgAtom::Flag(Symbol::intern(key)),
        };
        let options = switches.iter().map(atom).collect();
        let origin = CrateOrigin::Local { repo: None, name: Some(Symbol::intern(&unit.name)) };
        self.add(vfs(unit.root), unit.edition, &unit.name, options, origin, unit.kind == TargetKind::Macros)
    }

    fn add(
        &mut self,
        root: VfsId,
        edition: Edition,
        name: &str,
        cfg: CfgOptions,
        origin: CrateOrigin,
        is_macros: bool,
    ) -> CrateId {
        let name = CrateName::normalize_dashes(name);
        let nowhere = Arc::new(AbsPathBuf::assert_utf8("/".into()));
        self.builder.add_crate_root(
            root,
            edition,
            Some(name.into()),
            None,
            cfg,
            None,
            Env::default(),
            origin,
            Vec::new(),
            is_macros,
            nowhere,
            Arc::clone(&self.workspace),
        )
    }

    /// A cycle, which tests of a package's own helpers may make, is left open.
    fn needs(&mut self, from: CrateId, name: &str, to: CrateId, is_library: bool) {
        let name = CrateName::normalize_dashes(name);
        let dependency = if is_library {
            let is_prelude = name.symbol().as_str() != "alloc" && name.symbol().as_str() != "proc_macro";
            DependencyBuilder::with_prelude(name, to, is_prelude, true)
        } else {
            DependencyBuilder::new(name, to)
        };
        let _ = self.builder.add_dep(from, dependency);
    }
}

fn workspace() -> Arc<CrateWorkspaceData> {
    Arc::new(CrateWorkspaceData { target: Err("no machine is meant".into()), toolchain: None })
}

/// Where each file is, so that modules find theirs. Each package has a root of its own, and so have the examples of each
/// file: who asks for a file's crates asks only those of its root.
fn roots(sources: &dyn Sources, texts: &Texts, plan: &Plan, libraries: [&str; 2]) -> Vec<SourceRoot> {
    let path = |file: FileId| sources.file(file).map_or("", |file| file.path.as_str());
    let place = |file: FileId| VfsPath::new_virtual_path(format!("/{}", path(file)));
    let mut packages: BTreeMap<Option<usize>, FileSet> = BTreeMap::new();
    for file in texts.files() {
        packages.entry(plan.package_of(path(file))).or_default().insert(vfs(file), place(file));
    }
    let mut roots: Vec<SourceRoot> = packages.into_values().map(SourceRoot::new_local).collect();
    for file in texts.with_examples() {
        let mut alone = FileSet::default();
        alone.insert(vfs(examples_of(file)), place(file));
        roots.push(SourceRoot::new_local(alone));
    }
    let mut library = FileSet::default();
    for (file, path) in [CORE, STD].into_iter().zip(libraries) {
        library.insert(VfsId::from_raw(file), VfsPath::new_virtual_path(path.to_owned()));
    }
    roots.push(SourceRoot::new_library(library));
    roots
}
