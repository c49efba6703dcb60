//! What a `Cargo.toml` says of a package: its targets, its features, where its dependencies are. Text in, facts out;
//! nothing is run and no other file is read but through the names of those that exist.

use std::collections::{BTreeMap, BTreeSet};

use toml::{Table, Value};

use super::targets::targets;

/// The file that makes a folder a package.
pub(super) const MANIFEST: &str = "Cargo.toml";

/// A package, as its manifest says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Package {
    /// Its folder from the repository's root; empty for the root.
    pub(super) folder: String,
    /// Its name, as it is written.
    pub(super) name: String,
    /// The edition: `2015`, `2018`, `2021`, `2024`.
    pub(super) edition: String,
    /// Features and what each turns on.
    pub(super) features: BTreeMap<String, Vec<String>>,
    /// What it needs.
    pub(super) dependencies: Vec<Dependency>,
    /// What is built of it.
    pub(super) targets: Vec<Target>,
}

/// Something that a package needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Dependency {
    /// What its crate is called in the package's sources.
    pub(super) name: String,
    /// What the package itself is called.
    pub(super) package: String,
    /// Its folder, if it is in the repository.
    pub(super) folder: Option<String>,
    /// Whether `name` was chosen here, and not by the other package.
    pub(super) is_renamed: bool,
    /// Who needs it.
    pub(super) by: Needs,
}

/// What part of a package needs a dependency.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Needs {
    /// All of it.
    Normal,
    /// Its tests, examples and benches.
    Dev,
    /// Its build script.
    Build,
}

/// A crate of a package.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Target {
    /// What it is.
    pub(super) kind: TargetKind,
    /// What it is called.
    pub(super) name: String,
    /// Its first file, from the repository's root.
    pub(super) root: String,
}

/// The kinds of crates that differ in what they see.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum TargetKind {
    /// What others depend on.
    Library,
    /// A library of macros.
    Macros,
    /// A program.
    Program,
    /// A test, example or bench.
    Other,
    /// The build script.
    Build,
}

/// The files of a repository, as far as a package needs to know them.
pub(super) trait Files {
    /// Whether there is a file at a path.
    fn exists(&self, path: &str) -> bool;
    /// The paths below a folder that end in `.rs`, at most one folder further down.
    fn rust_files(&self, folder: &str) -> Vec<String>;
}

/// The manifests of a repository, parsed, by folder. Those that are no TOML are left out.
pub(super) type Manifests = BTreeMap<String, Table>;

/// Every package, in the order of their folders.
pub(super) fn packages(manifests: &Manifests, files: &dyn Files) -> Vec<Package> {
    manifests.keys().filter_map(|folder| package(manifests, folder, files)).collect()
}

fn package(manifests: &Manifests, folder: &str, files: &dyn Files) -> Option<Package> {
    let manifest = manifests.get(folder)?;
    let own = manifest.get("package").or_else(|| manifest.get("project"))?.as_table()?;
    let name = own.get("name")?.as_str()?.to_owned();
    let workspace = workspace_of(manifests, folder, own);
    let edition = inherited(own, "edition", workspace.map(|(_, root)| root)).unwrap_or("2015").to_owned();
    let dependencies = dependencies(manifest, folder, workspace);
    let mut package = Package { folder: folder.to_owned(), name, edition, dependencies, ..Package::default() };
    package.features = features(manifest);
    package.targets = targets(manifest, own, &package, files);
    Some(package)
}

/// The manifest of the workspace that a package belongs to, with its folder.
fn workspace_of<'m>(manifests: &'m Manifests, folder: &str, own: &Table) -> Option<(&'m str, &'m Table)> {
    if let Some(named) = own.get("workspace").and_then(Value::as_str) {
        return manifests.get_key_value(&join(folder, named)).map(|(folder, table)| (folder.as_str(), table));
    }
    let mut at = Some(folder);
    while let Some(folder) = at {
        if let Some((folder, table)) = manifests.get_key_value(folder)
            && table.contains_key("workspace")
        {
            return Some((folder, table));
        }
        at = (!folder.is_empty()).then(|| parent(folder));
    }
    None
}

/// A text of the package, which it may leave to its workspace.
fn inherited<'t>(own: &'t Table, key: &str, workspace: Option<&'t Table>) -> Option<&'t str> {
    let value = own.get(key)?;
    value.as_str().or_else(|| workspace?.get("workspace")?.get("package")?.get(key)?.as_str())
}

fn dependencies(manifest: &Table, folder: &str, workspace: Option<(&str, &Table)>) -> Vec<Dependency> {
    let tables = [
        ("dependencies", Needs::Normal),
        ("dev-dependencies", Needs::Dev),
        ("dev_dependencies", Needs::Dev),
        ("build-dependencies", Needs::Build),
        ("build_dependencies", Needs::Build),
    ];
    let targets = manifest.get("target").and_then(Value::as_table);
    let holders = std::iter::once(manifest).chain(targets.into_iter().flatten().filter_map(|(_, it)| it.as_table()));
    let mut found = Vec::new();
    for holder in holders {
        for (table, by) in tables {
            for (key, value) in holder.get(table).and_then(Value::as_table).into_iter().flatten() {
                found.push(dependency(key, value, by, folder, workspace));
            }
        }
    }
    found
}

fn dependency(key: &str, value: &Value, by: Needs, folder: &str, workspace: Option<(&str, &Table)>) -> Dependency {
    let is_inherited = value.get("workspace").and_then(Value::as_bool) == Some(true);
    let shared = workspace.and_then(|(at, root)| Some((at, root.get("workspace")?.get("dependencies")?.get(key)?)));
    let (base, value) = shared.filter(|_| is_inherited).unwrap_or((folder, value));
    let renamed = value.get("package").and_then(Value::as_str);
    let package = renamed.unwrap_or(key);
    let path = value.get("path").and_then(Value::as_str).map(|path| join(base, path));
    let patched = workspace.and_then(|(at, root)| patch(root, package).map(|path| join(at, path)));
    Dependency {
        name: key.replace('-', "_"),
        package: package.to_owned(),
        folder: path.or(patched),
        is_renamed: renamed.is_some(),
        by,
    }
}

/// The folder that a workspace puts in the place of a published package.
fn patch<'t>(root: &'t Table, package: &str) -> Option<&'t str> {
    let sources = root.get("patch")?.as_table()?;
    sources.iter().find_map(|(_, patches)| patches.get(package)?.get("path")?.as_str())
}

/// The features of a package, with those that optional dependencies stand for.
fn features(manifest: &Table) -> BTreeMap<String, Vec<String>> {
    let texts = |value: &Value| {
        let list = value.as_array().into_iter().flatten();
        list.filter_map(|it| it.as_str().map(str::to_owned)).collect::<Vec<_>>()
    };
    let table = manifest.get("features").and_then(Value::as_table);
    let mut features: BTreeMap<_, _> =
        table.into_iter().flatten().map(|(name, value)| (name.clone(), texts(value))).collect();
    let optional = manifest.get("dependencies").and_then(Value::as_table).into_iter().flatten();
    for (key, value) in optional {
        if value.get("optional").and_then(Value::as_bool) == Some(true) {
            features.entry(key.clone()).or_default();
        }
    }
    features
}

/// The features that are on if some are asked for.
pub(super) fn enabled(features: &BTreeMap<String, Vec<String>>, asked: &[&str]) -> BTreeSet<String> {
    let mut on = BTreeSet::new();
    let mut next: Vec<&str> = asked.to_vec();
    while let Some(name) = next.pop() {
        let name = name.strip_prefix("dep:").unwrap_or(name);
        let name = name.split(['/', '?']).next().unwrap_or(name);
        if let Some((name, more)) = features.get_key_value(name)
            && on.insert(name.clone())
        {
            next.extend(more.iter().map(String::as_str));
        }
    }
    on
}

/// The folder that a path lies in; empty for the root.
pub(super) fn parent(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

/// A path relative to a folder, without `.` and `..`. One that leads out of the repository ends at its root.
pub(super) fn join(folder: &str, path: &str) -> String {
    let mut parts: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    parts.join("/")
}

#[cfg(test)]
mod tests {
    #![allow(
        clippy::expect_used,
        clippy::panic,
        clippy::indexing_slicing,
        reason = "a test that cannot go on should stop"
    )]

    use super::{BTreeMap, Files, Manifests, Needs, TargetKind, enabled, join, packages};

    struct Paths(&'static [&'static str]);

    impl Files for Paths {
        fn exists(&self, path: &str) -> bool {
            self.0.contains(&path)
        }

        fn rust_files(&self, folder: &str) -> Vec<String> {
            let inside = |path: &&&str| path.starts_with(&format!("{folder}/")) && path.contains(".rs");
            self.0.iter().filter(inside).map(|path| (*path).to_owned()).collect()
        }
    }

    fn manifests(texts: &[(&str, &str)]) -> Manifests {
        texts.iter().map(|(folder, text)| ((*folder).to_owned(), text.parse().expect("it is TOML"))).collect()
    }

    #[test]
    fn a_member_inherits_its_edition_and_its_dependencies_paths_from_its_workspace() {
        let root = "[workspace]\nmembers = ['crates/*']\n[workspace.package]\nedition = '2024'\n\
                    [workspace.dependencies]\nother = { path = 'crates/other-one', package = 'other-one' }\n";
        let one =
            "[package]\nname = 'one'\nedition.workspace = true\n[dependencies]\nother.workspace = true\nserde = '1'\n";
        let files = Paths(&["crates/one/src/lib.rs"]);
        let packages = packages(&manifests(&[("", root), ("crates/one", one)]), &files);
        let [one] = packages.as_slice() else { panic!("one package") };
        assert_eq!(one.edition, "2024");
        let folders: Vec<_> = one.dependencies.iter().map(|it| (it.name.as_str(), it.folder.as_deref())).collect();
        assert_eq!(folders, [("other", Some("crates/other-one")), ("serde", None)]);
        assert!(one.dependencies.iter().all(|it| it.by == Needs::Normal));
    }

    #[test]
    fn targets_are_found_by_convention_and_by_table_each_once() {
        let text = "[package]\nname = 'a-b'\nedition = '2021'\n[lib]\npath = 'lib.rs'\n[[test]]\nname = 'odd'\npath = 't/odd.rs'\n\
                    [[bench]]\nname = 'fast'\nharness = false\n";
        let files = Paths(&[
            "lib.rs",
            "src/main.rs",
            "src/bin/more.rs",
            "src/bin/dir/main.rs",
            "src/bin/dir/part.rs",
            "tests/it.rs",
            "t/odd.rs",
            "benches/fast.rs",
            "build.rs",
        ]);
        let packages = packages(&manifests(&[("", text)]), &files);
        let targets: Vec<_> =
            packages[0].targets.iter().map(|it| (it.kind, it.name.as_str(), it.root.as_str())).collect();
        assert_eq!(
            targets,
            [
                (TargetKind::Library, "a_b", "lib.rs"),
                (TargetKind::Program, "a_b", "src/main.rs"),
                (TargetKind::Program, "more", "src/bin/more.rs"),
                (TargetKind::Program, "dir", "src/bin/dir/main.rs"),
                (TargetKind::Other, "odd", "t/odd.rs"),
                (TargetKind::Other, "it", "tests/it.rs"),
                (TargetKind::Other, "fast", "benches/fast.rs"),
                (TargetKind::Build, "build_script_build", "build.rs"),
            ]
        );
    }

    #[test]
    fn a_feature_turns_on_what_it_names() {
        let feature = |name: &str, on: &[&str]| (name.to_owned(), on.iter().map(|it| (*it).to_owned()).collect());
        let features: BTreeMap<_, _> = [
            feature("default", &["std", "dep:serde", "b/x"]),
            feature("std", &[]),
            feature("serde", &[]),
            feature("c", &["c"]),
        ]
        .into();
        let on: Vec<_> = enabled(&features, &["default"]).into_iter().collect();
        assert_eq!(on, ["default", "serde", "std"]);
    }

    #[test]
    fn a_path_cannot_leave_the_repository() {
        assert_eq!(join("crates/a", "../b"), "crates/b");
        assert_eq!(join("a", "../../../x"), "x");
    }
}
