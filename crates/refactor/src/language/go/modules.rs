//! Which folder an import path leads to, by the `go.mod` files of the sources.

use super::library::is_standard;
use crate::{
    language::trees::folder_of,
    sources::{FileId, Sources},
};

/// The modules of the sources.
pub(super) struct Modules {
    /// Folder and path, the longest path first.
    modules: Vec<(String, String)>,
    /// Modules from elsewhere that are required directly.
    pub(super) required: Vec<String>,
}

/// Where an import leads to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Target {
    /// A folder of these sources.
    Folder(String),
    /// A library.
    Foreign,
    /// One or the other: no `go.mod` says.
    Unknown,
}

impl Modules {
    pub(super) fn read(sources: &dyn Sources) -> Self {
        let (mut modules, mut required) = (Vec::new(), Vec::new());
        for (index, file) in (0u32..).zip(sources.files()) {
            let is_module = file.path == "go.mod" || file.path.ends_with("/go.mod");
            let Some(text) = is_module.then(|| sources.text(FileId(index)).ok()).flatten() else { continue };
            let folder = folder_of(&file.path).to_owned();
            let said = said(&text);
            modules.extend(said.path.map(|path| (folder, path)));
            required.extend(said.required);
        }
        modules.sort_by_key(|(_, path)| std::cmp::Reverse(path.len()));
        required.retain(|path| !modules.iter().any(|(_, module)| module == path));
        required.sort();
        required.dedup();
        Self { modules, required }
    }

    /// Where a path leads from a folder. `exists` says whether a folder holds Go files.
    pub(super) fn find(&self, from: &str, path: &str, exists: impl Fn(&str) -> bool) -> Target {
        if let Some(relative) = path.strip_prefix("./").or_else(|| path.starts_with("../").then_some(path)) {
            return walked(from, relative).filter(|folder| exists(folder)).map_or(Target::Foreign, Target::Folder);
        }
        for (folder, module) in &self.modules {
            let Some(rest) = path.strip_prefix(module.as_str()) else { continue };
            if rest.is_empty() || rest.starts_with('/') {
                let folder = joined(folder, rest.trim_start_matches('/'));
                return if exists(&folder) { Target::Folder(folder) } else { Target::Foreign };
            }
        }
        let vendored = self.modules.iter().map(|(folder, _)| joined(&joined(folder, "vendor"), path));
        if let Some(folder) = vendored.into_iter().find(|folder| exists(folder)) {
            return Target::Folder(folder);
        }
        if !self.modules.is_empty() || is_standard(path) { Target::Foreign } else { unguided(path, exists) }
    }

    /// The import path of a folder, as far as a module says it.
    pub(super) fn path_of(&self, folder: &str) -> Option<String> {
        let inside = |root: &str| root.is_empty() || folder == root || folder.starts_with(&format!("{root}/"));
        let (root, path) = self.modules.iter().filter(|(root, _)| inside(root)).max_by_key(|(root, _)| root.len())?;
        Some(joined(path, folder.strip_prefix(root.as_str()).unwrap_or(folder).trim_start_matches('/')))
    }
}

/// Without a `go.mod`, the repository's own path is not known: the longest end of the path that is a folder may be it.
fn unguided(path: &str, exists: impl Fn(&str) -> bool) -> Target {
    let ends = path.match_indices('/').filter_map(|(at, _)| path.get(at + 1..));
    ends.map(str::to_owned).find(|end| exists(end)).map_or(Target::Unknown, Target::Folder)
}

fn joined(folder: &str, rest: &str) -> String {
    match (folder, rest) {
        ("", rest) => rest.to_owned(),
        (folder, "") => folder.to_owned(),
        (folder, rest) => format!("{folder}/{rest}"),
    }
}

fn walked(from: &str, relative: &str) -> Option<String> {
    let mut parts: Vec<_> = from.split('/').filter(|part| !part.is_empty()).collect();
    for part in relative.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            part => parts.push(part),
        }
    }
    Some(parts.join("/"))
}

/// What a `go.mod` says.
#[derive(Default)]
struct Said {
    path: Option<String>,
    required: Vec<String>,
}

fn said(text: &str) -> Said {
    let (mut said, mut block) = (Said::default(), "");
    for line in text.lines() {
        let is_indirect = line.contains("// indirect");
        let line = line.split("//").next().unwrap_or_default().trim();
        let (first, rest) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
        let (verb, path) = if block.is_empty() { (first, rest.trim()) } else { (block, line) };
        match (verb, path) {
            (_, ")") => block = "",
            ("require", "(") => block = "require",
            (_, "(") => block = "other",
            ("module", path) => said.path = Some(path.trim_matches(['"', '`']).to_owned()),
            ("require", path) if !is_indirect => {
                said.required.extend(path.split_whitespace().next().map(str::to_owned));
            }
            _ => {}
        }
    }
    said
}
