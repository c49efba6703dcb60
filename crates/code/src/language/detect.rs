//! Which language a file is in: attribute, modeline, name, `#!` line, extension, patterns, in this order.

use super::{
    CONSIDERED, Language, modeline, shebang,
    table::{Table, table},
};
use crate::hash::Digest;

/// What is known of a file's language before it is read: the part of its path and attributes that counts.
/// Two files with equal hints and equal content are in the same language.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Hint {
    /// An attribute says so; the content is not asked.
    Fixed(&'static str),
    /// The whole name of the file is known.
    Filename(String),
    /// The longest extension that is known, in lower case, with its dot; empty for none.
    Extension(String),
    /// An attribute says that the file is binary: it has no language.
    Binary,
}

impl Hint {
    /// What the path says. `attribute` is the value of `linguist-language`; a name nobody knows is as none.
    pub fn of(path: &[u8], attribute: Option<&str>) -> Self {
        if let Some(language) = attribute.and_then(Language::named) {
            return Self::Fixed(&language.name);
        }
        let name = path.rsplit(|byte| *byte == b'/').next().unwrap_or(path);
        // Bytes that are not UTF-8 are in no known name or extension, and end none.
        let name = String::from_utf8_lossy(name);
        if !table().with_filename(&name).is_empty() {
            return Self::Filename(name.into_owned());
        }
        Self::Extension(extension(table(), &name.to_lowercase()).to_owned())
    }

    /// The language of a file with this hint and content. The first 50 KiB count, and its last lines.
    pub fn language(&self, content: &[u8]) -> Option<&'static Language> {
        let table = table();
        let at = match self {
            Self::Binary => None,
            Self::Fixed(name) => table.named(name),
            Self::Filename(name) => {
                by_content(table, content, table.with_filename(name), extension(table, &name.to_lowercase()))
            }
            Self::Extension(extension) => by_content(table, content, &[], extension),
        };
        table.languages.get(at?)
    }

    /// A key for caches: equal exactly for equal hints, up to collisions of 128 bits of SHA-256.
    pub(crate) fn key(&self) -> [u8; 16] {
        let text = match self {
            Self::Fixed(name) => format!("fixed {name}"),
            Self::Filename(name) => format!("name {name}"),
            Self::Extension(extension) => format!("extension {extension}"),
            Self::Binary => "binary".to_owned(),
        };
        let mut key = [0; 16];
        for (to, from) in key.iter_mut().zip(Digest::of(text.as_bytes()).0) {
            *to = from;
        }
        key
    }
}

/// The longest known extension of a name in lower case.
fn extension<'a>(table: &Table, name: &'a str) -> &'a str {
    name.match_indices('.')
        .filter_map(|(at, _)| name.get(at..))
        .find(|end| !table.with_extension(end).is_empty() || table.heuristics.contains_key(*end))
        .unwrap_or_default()
}

fn by_content(table: &Table, content: &[u8], by_name: &[usize], extension: &str) -> Option<usize> {
    let front = content.get(..CONSIDERED).unwrap_or(content);
    if let Some(at) = modeline::named(content).and_then(|name| table.named(&name)) {
        return Some(at);
    }
    let mut candidates = by_name.to_vec();
    if candidates.len() != 1 {
        narrow(&mut candidates, interpreted(table, front));
    }
    if candidates.len() != 1 {
        narrow(&mut candidates, table.with_extension(extension));
    }
    if candidates.is_empty() && front.starts_with(b"<?xml") {
        return table.named("XML");
    }
    if let [only] = candidates.as_slice() {
        return Some(*only);
    }
    heuristic(table, front, &candidates, extension).or_else(|| likeliest(table, &candidates, extension))
}

/// Keeps what both sides name; where they name nothing in common, what was there; at first, the new ones.
fn narrow(candidates: &mut Vec<usize>, found: &[usize]) {
    if candidates.is_empty() {
        candidates.extend_from_slice(found);
    } else if candidates.iter().any(|at| found.contains(at)) {
        candidates.retain(|at| found.contains(at));
    }
}

fn interpreted<'a>(table: &'a Table, front: &[u8]) -> &'a [usize] {
    let Some(program) = shebang::interpreter(front) else {
        return &[];
    };
    let known = table.with_interpreter(&program);
    if known.is_empty() {
        return table.with_interpreter(program.trim_end_matches(|last: char| last.is_ascii_digit()));
    }
    known
}

fn heuristic(table: &Table, front: &[u8], candidates: &[usize], extension: &str) -> Option<usize> {
    let rules = &table.heuristics.get(extension)?.rules;
    let rule = rules.iter().find(|rule| rule.holds(front))?;
    let named = rule.languages.iter().filter_map(|name| table.named(name));
    named.into_iter().find(|at| candidates.is_empty() || candidates.contains(at))
}

/// Where nothing decides: the language whose main extension this is, then a programming language, then the
/// first by name. Linguist asks a statistical classifier here; a manifest needs an answer that never drifts.
fn likeliest(table: &Table, candidates: &[usize], extension: &str) -> Option<usize> {
    candidates.iter().copied().min_by_key(|at| {
        let language = table.languages.get(*at);
        let is_main = language.and_then(|language| language.extensions.first()).is_some_and(|main| main == extension);
        (!is_main, language.map(|language| language.kind), *at)
    })
}
