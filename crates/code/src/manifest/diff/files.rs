//! Files that came, went, changed; and those of the first two that are one file at another path.

use std::collections::{BTreeMap, HashMap};

use super::{DiffLimits, FileChanges, FileSide, RenamedFile, symbols::Symbols};
use crate::{hash::Digest, manifest::FileRecord};

/// Of two files that share the bodies of symbols, the least share that makes them one file, in percent.
const ALIKE: usize = 50;

/// A body that so many files have says nothing about any of them.
const COMMON: usize = 16;

/// What is gathered of the files while the manifests are read side by side.
pub(super) struct Files {
    limits: DiffLimits,
    changes: FileChanges,
    removed: Vec<Option<FileRecord>>,
    added: Vec<Option<FileRecord>>,
    /// Symbols that are held of those that went, and of those that came.
    symbols: (usize, usize),
    cut: bool,
}

impl Files {
    pub(super) fn new(limits: DiffLimits) -> Self {
        Self {
            limits,
            changes: FileChanges::default(),
            removed: Vec::new(),
            added: Vec::new(),
            symbols: (0, 0),
            cut: false,
        }
    }

    pub(super) fn compare(&mut self, before: &FileRecord, after: &FileRecord) {
        if (before.mode, before.blob_id) == (after.mode, after.blob_id) {
            return;
        }
        self.changes.counts.changed += 1;
        if self.changes.changed.len() < self.limits.files {
            self.changes.changed.push((FileSide::of(before), FileSide::of(after)));
        } else {
            self.cut = true;
        }
    }

    pub(super) fn remove(&mut self, file: FileRecord) {
        self.changes.counts.removed += 1;
        self.cut |= !hold(file, &mut self.removed, &mut self.symbols.0, self.limits);
    }

    pub(super) fn add(&mut self, file: FileRecord) {
        self.changes.counts.added += 1;
        self.cut |= !hold(file, &mut self.added, &mut self.symbols.1, self.limits);
    }

    /// Finds the renamed ones, and passes the symbols of all that came or went on. Says whether a list is cut.
    pub(super) fn finish(mut self, symbols: &mut Symbols) -> (FileChanges, bool) {
        self.same_content();
        self.alike(symbols);
        for file in self.removed.iter().flatten() {
            symbols.remove_all(file);
            self.changes.removed.push(FileSide::of(file));
        }
        for file in self.added.iter().flatten() {
            symbols.add_all(file);
            self.changes.added.push(FileSide::of(file));
        }
        self.changes.renamed.sort_by(|a, b| a.to.path.cmp(&b.to.path));
        (self.changes, self.cut)
    }

    /// The same content at another path: of several that went, the one with the same name, else the first.
    fn same_content(&mut self) {
        let mut gone: HashMap<Digest, Vec<usize>> = HashMap::new();
        for (at, file) in self.removed.iter().enumerate() {
            // Nothing is said by two empty files.
            if let Some((file, digest)) = file.as_ref().and_then(|file| Some((file, file.sha256?)))
                && file.size > 0
            {
                gone.entry(digest).or_default().push(at);
            }
        }
        for to in 0..self.added.len() {
            let Some(Some(file)) = self.added.get(to) else { continue };
            let Some(places) = file.sha256.and_then(|digest| gone.get_mut(&digest)) else { continue };
            let same_name = places.iter().position(|at| {
                self.removed.get(*at).and_then(Option::as_ref).is_some_and(|gone| name(&gone.path) == name(&file.path))
            });
            if places.is_empty() {
                continue;
            }
            let from = places.remove(same_name.unwrap_or(0));
            self.rename(from, to, 100);
        }
    }

    /// At least half of the symbols have the same bodies. Each file that came takes the likest that went, the first of
    /// equals.
    fn alike(&mut self, symbols: &mut Symbols) {
        let mut gone: HashMap<Digest, Vec<usize>> = HashMap::new();
        for (at, file) in self.removed.iter().enumerate() {
            for symbol in file.iter().flat_map(|file| &file.symbols) {
                gone.entry(symbol.body_sha256).or_default().push(at);
            }
        }
        for to in 0..self.added.len() {
            let Some(Some(file)) = self.added.get(to) else { continue };
            let mut shared: BTreeMap<usize, usize> = BTreeMap::new();
            for symbol in &file.symbols {
                let places = gone.get(&symbol.body_sha256).map(Vec::as_slice).unwrap_or_default();
                for at in places.iter().take(COMMON).filter(|at| self.removed.get(**at).is_some_and(Option::is_some)) {
                    *shared.entry(*at).or_default() += 1;
                }
            }
            let share = |(at, shared): (usize, usize)| {
                let before = self.removed.get(at)?.as_ref()?.symbols.len();
                Some((shared.saturating_mul(100) / before.max(file.symbols.len()).max(1), at))
            };
            let likest =
                shared.into_iter().filter_map(share).max_by_key(|(share, at)| (*share, std::cmp::Reverse(*at)));
            if let Some((share, from)) = likest.filter(|(share, _)| *share >= ALIKE) {
                if let (Some(Some(before)), Some(Some(after))) = (self.removed.get(from), self.added.get(to)) {
                    symbols.compare(before, after);
                }
                self.rename(from, to, u8::try_from(share.min(99)).unwrap_or(99));
            }
        }
    }

    fn rename(&mut self, from: usize, to: usize, similarity: u8) {
        let taken = (self.removed.get_mut(from).and_then(Option::take), self.added.get_mut(to).and_then(Option::take));
        if let (Some(from), Some(to)) = taken {
            let (from, to) = (FileSide::of(&from), FileSide::of(&to));
            self.changes.renamed.push(RenamedFile { from, to, similarity });
            self.changes.counts.renamed += 1;
            self.changes.counts.added -= 1;
            self.changes.counts.removed -= 1;
        }
    }
}

/// Puts a file among those held, without what is of no use here. Says whether all of it is held.
fn hold(mut file: FileRecord, files: &mut Vec<Option<FileRecord>>, symbols: &mut usize, limits: DiffLimits) -> bool {
    if files.len() >= limits.files {
        return false;
    }
    let left = limits.symbols.saturating_sub(*symbols);
    let is_whole = file.symbols.len() <= left;
    file.imports = Vec::new();
    file.symbols.truncate(left);
    file.symbols.shrink_to_fit();
    for symbol in &mut file.symbols {
        symbol.doc = None;
    }
    *symbols += file.symbols.len();
    files.push(Some(file));
    is_whole
}

/// The last part of a path.
fn name(path: &[u8]) -> &[u8] {
    path.rsplit(|byte| *byte == b'/').next().unwrap_or(path)
}
