//! Which file declares which classes, found by a quick look at every file, without parsing: what it says is checked when a
//! file is parsed, so it may say too much but not too little.

use std::{
    collections::{BTreeSet, HashMap},
    rc::Rc,
};

use memchr::memmem;

use super::{super::trees::Files, facts::Facts};
use crate::{limits::Stopped, sources::FileId, words::is_letter};

/// The words that begin the declaration of a class.
const WORDS: [&str; 4] = ["class", "interface", "enum", "record"];

/// What a quick look at a file shows.
#[derive(Debug)]
struct Head {
    package: Box<str>,
    /// The names after `class` and its like, wherever that stands.
    declared: Vec<Box<str>>,
}

/// All files, by what they declare.
pub(super) struct Index {
    heads: HashMap<FileId, Rc<Head>>,
    declared: HashMap<Box<str>, Vec<FileId>>,
    /// Packages, and what is around them.
    packages: BTreeSet<Box<str>>,
}

impl Index {
    /// Looks at every file but those that `known` has and that have not changed.
    pub(super) fn new(files: &Files<'_, Facts>, known: Option<(&Self, &[FileId])>) -> Result<Self, Stopped> {
        let mut index = Self { heads: HashMap::new(), declared: HashMap::new(), packages: BTreeSet::new() };
        for file in files.own() {
            let old = known.filter(|(_, changed)| !changed.contains(&file));
            if let Some(head) = old.and_then(|(known, _)| known.heads.get(&file)) {
                index.add(file, Rc::clone(head));
                continue;
            }
            files.check()?;
            if let Ok(text) = files.sources.text(file) {
                index.add(file, Rc::new(head(&text)));
            }
        }
        Ok(index)
    }

    fn add(&mut self, file: FileId, head: Rc<Head>) {
        for name in &head.declared {
            let files = self.declared.entry(name.clone()).or_default();
            if files.last() != Some(&file) {
                files.push(file);
            }
        }
        let mut package = &*head.package;
        while self.packages.insert(package.into()) {
            let Some((around, _)) = package.rsplit_once('.') else { break };
            package = around;
        }
        self.heads.insert(file, head);
    }

    /// The files that may declare a class of this name.
    pub(super) fn declaring(&self, name: &str) -> &[FileId] {
        self.declared.get(name).map_or(&[], Vec::as_slice)
    }

    /// Whether some file is in a package, or in one within it.
    pub(super) fn has_package(&self, package: &str) -> bool {
        self.packages.contains(package)
    }

    /// The files of a package and of those within it.
    pub(super) fn files_below(&self, package: &str) -> Vec<FileId> {
        let is_in = |head: &Head| {
            head.package.strip_prefix(package).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
        };
        let mut files: Vec<_> = self.heads.iter().filter(|(_, head)| is_in(head)).map(|(file, _)| *file).collect();
        files.sort_unstable();
        files
    }
}

fn head(text: &str) -> Head {
    let mut declared: Vec<Box<str>> = Vec::new();
    for word in WORDS {
        for at in memmem::find_iter(text.as_bytes(), word) {
            let (Some(before), Some(after)) = (text.get(..at), text.get(at + word.len()..)) else { continue };
            let begins = before.chars().next_back().is_none_or(|letter| !is_part(letter));
            if let (true, Some(name)) = (begins, first_name(after)) {
                declared.push(name.into());
            }
        }
    }
    declared.sort_unstable();
    declared.dedup();
    Head { package: package(text).into(), declared }
}

/// The name after a word and what may stand between them.
fn first_name(text: &str) -> Option<&str> {
    let mut rest = text.trim_start();
    if rest.len() == text.len() && !rest.starts_with("/*") {
        return None;
    }
    for _ in 0..8 {
        if let Some(comment) = rest.strip_prefix("/*") {
            rest = comment.split_once("*/")?.1.trim_start();
        } else if rest.starts_with("//") {
            rest = rest.split_once('\n')?.1.trim_start();
        }
    }
    let end = rest.find(|letter| !is_part(letter)).unwrap_or(rest.len());
    rest.get(..end).filter(|name| !name.is_empty())
}

/// The first line that says a package. Comments that say one make a package that is not there, which does no harm.
fn package(text: &str) -> String {
    for line in text.lines() {
        let line = line.trim_start();
        let said = line.strip_prefix("package").filter(|rest| rest.starts_with([' ', '\t']));
        if let Some((name, _)) = said.and_then(|said| said.split_once(';')) {
            return name.split_whitespace().collect();
        }
    }
    String::new()
}

fn is_part(letter: char) -> bool {
    letter == '$' || is_letter(letter)
}
