//! What is built of a package: by its manifest's tables, and by where files are.

use std::collections::BTreeSet;

use toml::{Table, Value};

use super::cargo::{Files, Package, Target, TargetKind, join};

/// The kinds of targets that Cargo finds by itself: the table that names them, the folder they are in, their kind, and
/// the key that turns the finding off.
const FOUND: [(&str, &str, TargetKind, &str); 4] = [
    ("bin", "src/bin", TargetKind::Program, "autobins"),
    ("test", "tests", TargetKind::Other, "autotests"),
    ("example", "examples", TargetKind::Other, "autoexamples"),
    ("bench", "benches", TargetKind::Other, "autobenches"),
];

/// Everything that is built of a package, each first file once.
pub(super) fn targets(manifest: &Table, own: &Table, package: &Package, files: &dyn Files) -> Vec<Target> {
    let mut targets = Vec::new();
    targets.extend(library(manifest, package, files));
    let main = join(&package.folder, "src/main.rs");
    if files.exists(&main) {
        targets.push(Target { kind: TargetKind::Program, name: package.name.replace('-', "_"), root: main });
    }
    for (table, folder, kind, switch) in FOUND {
        targets.extend(named(manifest, table, folder, kind, package, files));
        if own.get(switch).and_then(Value::as_bool) != Some(false) {
            targets.extend(conventional(&join(&package.folder, folder), kind, files));
        }
    }
    targets.extend(build_script(own, package, files));
    let mut seen = BTreeSet::new();
    targets.retain(|target| files.exists(&target.root) && seen.insert(target.root.clone()));
    targets
}

fn library(manifest: &Table, package: &Package, files: &dyn Files) -> Option<Target> {
    let table = manifest.get("lib").and_then(Value::as_table);
    let text = |key: &str| table.and_then(|table| table.get(key)).and_then(Value::as_str);
    let is_macros = ["proc-macro", "proc_macro"]
        .iter()
        .any(|key| table.and_then(|table| table.get(*key)).and_then(Value::as_bool) == Some(true));
    let root = join(&package.folder, text("path").unwrap_or("src/lib.rs"));
    let name = text("name").unwrap_or(&package.name).replace('-', "_");
    let kind = if is_macros { TargetKind::Macros } else { TargetKind::Library };
    files.exists(&root).then_some(Target { kind, name, root })
}

/// The targets of a table, such as `[[test]]`.
fn named(
    manifest: &Table,
    table: &str,
    folder: &str,
    kind: TargetKind,
    package: &Package,
    files: &dyn Files,
) -> Vec<Target> {
    let entries = manifest.get(table).and_then(Value::as_array).into_iter().flatten();
    let target = |entry: &Value| {
        let name = entry.get("name").and_then(Value::as_str)?;
        let path = entry.get("path").and_then(Value::as_str).map(|path| join(&package.folder, path));
        let guesses = [format!("{folder}/{name}.rs"), format!("{folder}/{name}/main.rs")];
        let guess = guesses.iter().map(|guess| join(&package.folder, guess)).find(|path| files.exists(path));
        Some(Target { kind, name: name.replace('-', "_"), root: path.or(guess)? })
    };
    entries.filter_map(target).collect()
}

/// The targets of a folder: each file, and each folder with a `main.rs`.
fn conventional(folder: &str, kind: TargetKind, files: &dyn Files) -> Vec<Target> {
    let target = |path: String| {
        let inside = path.strip_prefix(folder)?.strip_prefix('/')?.strip_suffix(".rs")?;
        let name = match inside.split_once('/') {
            None => inside,
            Some((name, "main")) => name,
            Some(_) => return None,
        };
        Some(Target { kind, name: name.replace('-', "_"), root: path.clone() })
    };
    files.rust_files(folder).into_iter().filter_map(target).collect()
}

fn build_script(own: &Table, package: &Package, files: &dyn Files) -> Option<Target> {
    let build = own.get("build");
    if build.and_then(Value::as_bool) == Some(false) {
        return None;
    }
    let root = join(&package.folder, build.and_then(Value::as_str).unwrap_or("build.rs"));
    files.exists(&root).then(|| Target { kind: TargetKind::Build, name: "build_script_build".to_owned(), root })
}
