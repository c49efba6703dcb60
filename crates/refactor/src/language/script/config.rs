//! What `package.json`, `tsconfig.json` and `jsconfig.json` say about modules. They are read, never followed elsewhere.

use serde_json::Value;

use super::paths;
use crate::sources::{FileId, Sources};

/// How many configurations may extend one another.
const MOST_EXTENDS: usize = 8;
/// Bytes of the largest configuration that is read.
const MOST_BYTES: usize = 1 << 20;

/// Where a compiler looks for modules.
#[derive(Debug, Clone, Default)]
pub(super) struct Compiler {
    /// Folder that bare names are looked for in.
    pub(super) base: Option<String>,
    /// Patterns with one `*` at most, and the paths they stand for.
    pub(super) paths: Vec<(String, Vec<String>)>,
}

/// A package of this repository.
#[derive(Debug, Clone)]
pub(super) struct Package {
    pub(super) name: String,
    pub(super) folder: String,
    pub(super) json: Value,
}

/// A part of an object, which is nothing if it is not there.
fn field<'j>(json: &'j Value, name: &str) -> &'j Value {
    json.get(name).unwrap_or(&Value::Null)
}

/// Reads JSON that may have comments and trailing commas.
fn read(sources: &dyn Sources, file: FileId) -> Option<Value> {
    let text = sources.text(file).ok().filter(|text| text.len() <= MOST_BYTES)?;
    serde_json::from_str(&plain(text.trim_start_matches('\u{feff}'))).ok()
}

/// The same text with blanks for comments and for commas before a closing bracket.
fn plain(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    let mut in_string = false;
    while let Some(next) = chars.next() {
        match (in_string, next, chars.peek()) {
            (true, '\\', Some(_)) => {
                out.push(next);
                out.extend(chars.next());
                continue;
            }
            (_, '"', _) => in_string = !in_string,
            (false, '/', Some('/')) => {
                while chars.peek().is_some_and(|it| *it != '\n') {
                    chars.next();
                }
                continue;
            }
            (false, '/', Some('*')) => {
                let mut last = ' ';
                for it in chars.by_ref().skip(1) {
                    if last == '*' && it == '/' {
                        break;
                    }
                    last = it;
                }
                continue;
            }
            (false, ']' | '}', _) => {
                let kept = out.trim_end().len();
                if out.get(..kept).is_some_and(|kept| kept.ends_with(',')) {
                    out.truncate(kept - 1);
                }
            }
            _ => {}
        }
        out.push(next);
    }
    out
}

impl Compiler {
    /// What a configuration says, with those it extends.
    pub(super) fn read(sources: &dyn Sources, file: FileId) -> Self {
        let mut compiler = Self::default();
        let mut next = Some(file);
        for _ in 0..MOST_EXTENDS {
            let Some(file) = next.take() else { break };
            let Some(json) = read(sources, file) else { break };
            let folder = sources.file(file).map_or("", |it| paths::parent(&it.path)).to_owned();
            compiler.add(&folder, &json);
            let parents: Vec<&str> = match field(&json, "extends") {
                Value::String(one) => vec![one],
                Value::Array(all) => all.iter().rev().filter_map(Value::as_str).collect(),
                _ => Vec::new(),
            };
            next = parents.into_iter().find_map(|parent| extended(sources, &folder, parent));
        }
        compiler
    }

    /// What is said nearer counts.
    fn add(&mut self, folder: &str, json: &Value) {
        let options = field(json, "compilerOptions");
        let base = field(options, "baseUrl").as_str().and_then(|base| paths::join(folder, base));
        if self.paths.is_empty()
            && let Some(patterns) = field(options, "paths").as_object()
        {
            let from = base.as_deref().or(self.base.as_deref()).unwrap_or(folder);
            let targets = |all: &Value| {
                let all = all.as_array()?.iter().filter_map(Value::as_str);
                Some(all.filter_map(|one| paths::join(from, one)).collect::<Vec<_>>())
            };
            let patterns = patterns.iter().filter_map(|(key, all)| Some((key.clone(), targets(all)?)));
            self.paths = patterns.collect();
        }
        self.base = self.base.take().or(base);
    }

    /// The paths that a specifier may stand for, best first.
    pub(super) fn candidates(&self, specifier: &str) -> Vec<String> {
        let mut matches: Vec<_> = self
            .paths
            .iter()
            .filter_map(|(pattern, targets)| Some((pattern, matched(pattern, specifier)?, targets)))
            .collect();
        matches.sort_by_key(|(pattern, _, _)| std::cmp::Reverse(pattern.find('*').unwrap_or(usize::MAX)));
        let mapped =
            matches.into_iter().flat_map(|(_, part, targets)| targets.iter().map(move |it| it.replacen('*', part, 1)));
        mapped.chain(self.base.iter().filter_map(|base| paths::join(base, specifier))).collect()
    }
}

/// What `*` stands for, if a pattern fits.
fn matched<'t>(pattern: &str, text: &'t str) -> Option<&'t str> {
    match pattern.split_once('*') {
        Some((before, after)) => {
            let rest = text.strip_prefix(before)?;
            rest.strip_suffix(after)
        }
        None => (pattern == text).then_some(""),
    }
}

fn extended(sources: &dyn Sources, folder: &str, parent: &str) -> Option<FileId> {
    if !parent.starts_with('.') {
        return None;
    }
    let path = paths::join(folder, parent)?;
    sources.find(&path).or_else(|| sources.find(&format!("{path}.json")))
}

impl Package {
    /// All packages of a repository that have a name, but for those that were installed.
    pub(super) fn all(sources: &dyn Sources) -> Vec<Self> {
        let is_manifest = |path: &str| paths::name(path) == "package.json" && !path.contains("node_modules/");
        let files = sources.ids().filter(|file| sources.file(*file).is_some_and(|it| is_manifest(&it.path)));
        let package = |file: FileId| {
            let json = read(sources, file)?;
            let name = field(&json, "name").as_str()?.to_owned();
            Some(Self { name, folder: paths::parent(&sources.file(file)?.path).to_owned(), json })
        };
        files.filter_map(package).collect()
    }

    /// The paths that `name/inner` may stand for, best first; `inner` is empty for the package itself.
    pub(super) fn candidates(&self, inner: &str) -> Vec<String> {
        let key = if inner.is_empty() { ".".to_owned() } else { format!("./{inner}") };
        let mut found = Vec::new();
        exported(field(&self.json, "exports"), &key, &mut found);
        if inner.is_empty() {
            let fields = ["source", "types", "typings", "module", "main"];
            found.extend(fields.iter().filter_map(|name| field(&self.json, name).as_str().map(str::to_owned)));
            found.extend(["index", "src/index"].map(str::to_owned));
        } else {
            found.extend([inner.to_owned(), format!("src/{inner}")]);
        }
        // What is built is not in the repository; what it is built from lies in `src` by custom.
        let built: Vec<_> = found.iter().filter_map(|path| from_source(path)).collect();
        found.extend(built);
        found.iter().filter_map(|path| paths::join(&self.folder, path)).collect()
    }
}

/// `dist/esm/index.js` is built from `src/index`.
fn from_source(path: &str) -> Option<String> {
    const BUILT: [&str; 12] =
        ["dist", "lib", "build", "out", "es", "esm", "cjs", "umd", "types", "typings", "module", "node"];
    let path = path.trim_start_matches("./");
    let parts: Vec<_> = path.split('/').collect();
    let inner: Vec<_> = parts.iter().copied().skip_while(|part| BUILT.contains(part)).collect();
    if inner.is_empty() || inner.len() == parts.len() {
        return None;
    }
    Some(format!("src/{}", inner.join("/")))
}

/// The paths of an entry of `exports`, whatever the conditions.
fn exported(exports: &Value, key: &str, found: &mut Vec<String>) {
    match exports {
        Value::String(path) if key == "." => found.push(path.clone()),
        Value::Object(entries) if entries.keys().any(|entry| entry.starts_with('.')) => {
            for (entry, target) in entries {
                if let Some(part) = matched(entry, key) {
                    targets(target, part, found, 0);
                }
            }
        }
        Value::Object(_) | Value::Array(_) if key == "." => targets(exports, "", found, 0),
        _ => {}
    }
}

fn targets(target: &Value, part: &str, found: &mut Vec<String>, depth: usize) {
    if depth > MOST_EXTENDS {
        return;
    }
    match target {
        Value::String(path) => found.push(path.replacen('*', part, 1)),
        Value::Array(all) => all.iter().for_each(|one| targets(one, part, found, depth + 1)),
        Value::Object(conditions) => conditions.values().for_each(|one| targets(one, part, found, depth + 1)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}
