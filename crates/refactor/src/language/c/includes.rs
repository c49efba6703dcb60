//! Which file includes which: found by a plain search for `#include`, before anything is parsed.

use std::{
    cell::RefCell,
    collections::{HashMap, HashSet},
    rc::Rc,
};

use super::words::is_system_header;
use crate::{
    language::{Family, trees::folder_of},
    limits::{Budget, Stopped},
    sources::{FileId, Sources},
};

/// The includes of all files, and what follows from them.
pub(super) struct Includes {
    /// By file, what includes it.
    above: HashMap<FileId, Vec<FileId>>,
    /// Files of no language that is known here that are included, with who does.
    odd: Vec<(FileId, FileId)>,
    /// By file, itself and all that include it, at whatever distance.
    roots: RefCell<HashMap<FileId, Rc<HashSet<FileId>>>>,
}

impl Includes {
    /// Reads all files of the family.
    pub(super) fn read(sources: &dyn Sources, budget: &Budget<'_>) -> Result<Self, Stopped> {
        let mut named: HashMap<&str, Vec<FileId>> = HashMap::new();
        for file in sources.ids() {
            let path = sources.file(file).map_or("", |it| &it.path);
            named.entry(path.rsplit('/').next().unwrap_or(path)).or_default().push(file);
        }
        let finder = Finder { sources, named };
        let mut includes = Self { above: HashMap::new(), odd: Vec::new(), roots: RefCell::default() };
        for file in sources.ids().filter(|file| finder.is_own(*file)) {
            budget.check()?;
            let Ok(bytes) = sources.bytes(file) else { continue };
            for (path, is_quoted) in included(&bytes) {
                for target in finder.find(file, path, is_quoted) {
                    if finder.is_own(target) {
                        includes.above.entry(target).or_default().push(file);
                    } else {
                        includes.odd.push((file, target));
                    }
                }
            }
        }
        Ok(includes)
    }

    /// A file, and all that include it.
    pub(super) fn roots(&self, file: FileId) -> Rc<HashSet<FileId>> {
        if let Some(known) = self.roots.borrow().get(&file) {
            return Rc::clone(known);
        }
        let mut roots = HashSet::from([file]);
        let mut rest = vec![file];
        while let Some(next) = rest.pop() {
            let above = self.above.get(&next).into_iter().flatten();
            rest.extend(above.filter(|above| roots.insert(**above)).copied().collect::<Vec<_>>());
        }
        let roots = Rc::new(roots);
        self.roots.borrow_mut().insert(file, Rc::clone(&roots));
        roots
    }

    /// Whether a file sees another by what it includes itself.
    pub(super) fn sees(&self, from: FileId, to: FileId) -> bool {
        self.roots(to).contains(&from)
    }

    /// Whether there is a unit that both are part of.
    pub(super) fn meet(&self, one: FileId, other: FileId) -> bool {
        one == other || !self.roots(one).is_disjoint(&self.roots(other))
    }

    /// Files that are included and not of the family, with one that includes each.
    pub(super) fn odd(&self) -> &[(FileId, FileId)] {
        &self.odd
    }
}

struct Finder<'s> {
    sources: &'s dyn Sources,
    named: HashMap<&'s str, Vec<FileId>>,
}

impl Finder<'_> {
    fn path(&self, file: FileId) -> &str {
        self.sources.file(file).map_or("", |it| &it.path)
    }

    fn is_own(&self, file: FileId) -> bool {
        self.sources.file(file).is_some_and(|it| it.family == Some(Family::C))
    }

    /// The files that an include may mean: beside the file first, then wherever a folder of headers may be; of several,
    /// the nearest.
    fn find(&self, from: FileId, path: &str, is_quoted: bool) -> Vec<FileId> {
        let folder = folder_of(self.path(from));
        if is_quoted && let Some(beside) = joined(folder, path).and_then(|path| self.sources.find(&path)) {
            return vec![beside];
        }
        if !is_quoted && is_system_header(path) {
            return Vec::new();
        }
        let tail = path.rsplit("../").next().unwrap_or(path).trim_start_matches("./");
        let last = tail.rsplit('/').next().unwrap_or(tail);
        let is_it = |file: &&FileId| {
            let path = self.path(**file);
            path.strip_suffix(tail).is_some_and(|front| front.is_empty() || front.ends_with('/'))
        };
        let found: Vec<FileId> = self.named.get(last).into_iter().flatten().filter(is_it).copied().collect();
        let nearness = |file: FileId| {
            let parts = self.path(file).split('/').zip(folder.split('/'));
            parts.take_while(|(one, other)| one == other).count()
        };
        let best = found.iter().map(|file| nearness(*file)).max();
        found.into_iter().filter(|file| Some(nearness(*file)) == best).collect()
    }
}

/// A path from a folder, without `.` and `..`; nothing if it leads out of the repository.
fn joined(folder: &str, path: &str) -> Option<String> {
    let mut parts: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            _ => parts.push(part),
        }
    }
    Some(parts.join("/"))
}

/// The paths that a text includes, and whether they stand in quotes.
fn included(bytes: &[u8]) -> Vec<(&str, bool)> {
    let starts = memchr::memmem::find_iter(bytes, b"include");
    starts.filter_map(|at| include_at(bytes, at)).collect()
}

fn include_at(bytes: &[u8], at: usize) -> Option<(&str, bool)> {
    let before = bytes.get(..at)?.iter().rev().find(|byte| !matches!(byte, b' ' | b'\t'));
    if before != Some(&b'#') {
        return None;
    }
    let rest = bytes.get(at + "include".len()..)?;
    let rest = rest.strip_prefix(b"_next").unwrap_or(rest);
    let skip = rest.iter().position(|byte| !matches!(byte, b' ' | b'\t'))?;
    let close = match rest.get(skip)? {
        b'"' => b'"',
        b'<' => b'>',
        _ => return None,
    };
    let rest = rest.get(skip + 1..)?;
    let line = rest.get(..memchr::memchr2(b'\n', close, rest)?)?;
    Some((std::str::from_utf8(line).ok()?, close == b'"'))
}
