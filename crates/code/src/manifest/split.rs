//! How the files of a tree are cut into shards, so that a change in one directory moves no other's cuts.

use std::ops::Range;

use crate::{blob::Entry, hash::Digest};

/// A directory's subtree of at most this many files is never cut.
pub(crate) const WHOLE: usize = 1_000;

/// Inside a directory that is cut, a subdirectory of at least this many files stands alone.
const ALONE: usize = 250;

/// Loose files and small subdirectories between those that stand alone are cut at marked names, one name in
/// this many for a single file.
const LOOSE: usize = 400;

/// Hard bound for loose files without a marked name among them.
const LOOSE_LIMIT: usize = 4 * LOOSE;

/// A cut: consecutive entries, and the length of the directory prefix that they share by rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Cut {
    pub(crate) entries: Range<usize>,
    pub(crate) prefix: usize,
}

/// A file, or the subtree of one directory, directly inside a directory that is cut.
struct Unit {
    entries: Range<usize>,
    /// Length of the unit's own path; with the `/` for a directory.
    path: usize,
    directory: bool,
}

/// Cuts entries, which are sorted by path, into consecutive shards.
///
/// Every rule looks at one directory's own names and counts, so that adding or removing a file moves only the
/// cuts next to it, up to the point where a directory passes one of the bounds.
pub(crate) fn split(entries: &[Entry]) -> Vec<Cut> {
    let mut cuts = Vec::new();
    let mut waiting = vec![Cut { entries: 0..entries.len(), prefix: 0 }];
    while let Some(cut) = waiting.pop() {
        if cut.entries.is_empty() {
            continue;
        }
        if cut.entries.len() <= WHOLE {
            cuts.push(cut);
        } else {
            divide(entries, &cut, &mut waiting, &mut cuts);
        }
    }
    cuts.sort_by_key(|cut| cut.entries.start);
    cuts
}

/// Takes a large directory apart: large subdirectories wait for their own turn, the rest is cut by name.
fn divide(entries: &[Entry], cut: &Cut, waiting: &mut Vec<Cut>, cuts: &mut Vec<Cut>) {
    let mut loose = cut.entries.start..cut.entries.start;
    for unit in units(entries, cut) {
        if unit.directory && unit.entries.len() >= ALONE {
            close(&mut loose, cut.prefix, cuts, unit.entries.end);
            waiting.push(Cut { entries: unit.entries, prefix: unit.path });
            continue;
        }
        let marked =
            entries.get(unit.entries.start).is_some_and(|entry| is_marked(&entry.path, unit.path, unit.entries.len()));
        if marked || loose.len() + unit.entries.len() > LOOSE_LIMIT {
            close(&mut loose, cut.prefix, cuts, unit.entries.start);
        }
        loose.end = unit.entries.end;
    }
    close(&mut loose, cut.prefix, cuts, cut.entries.end);
}

/// Ends a run of loose files and starts the next one at `next`.
fn close(loose: &mut Range<usize>, prefix: usize, cuts: &mut Vec<Cut>, next: usize) {
    if loose.start < loose.end {
        cuts.push(Cut { entries: loose.clone(), prefix });
    }
    *loose = next..next;
}

/// Whether a run of loose files is cut before this unit: decided by its name, more likely for more files.
fn is_marked(path: &[u8], length: usize, files: usize) -> bool {
    let name = path.get(..length).unwrap_or(path);
    let [a, b, c, d, ..] = Digest::of(name).0;
    let draw = u32::from_be_bytes([a, b, c, d]) as usize;
    draw % LOOSE < files
}

/// The direct children of a directory, in order.
fn units<'a>(entries: &'a [Entry], cut: &Cut) -> impl Iterator<Item = Unit> + 'a {
    let (mut at, end, prefix) = (cut.entries.start, cut.entries.end, cut.prefix);
    std::iter::from_fn(move || {
        let path = &entries.get(at..end)?.first()?.path;
        let rest = path.get(prefix..).unwrap_or_default();
        let start = at;
        let Some(slash) = memchr::memchr(b'/', rest) else {
            at += 1;
            return Some(Unit { entries: start..at, path: path.len(), directory: false });
        };
        let length = prefix + slash + 1;
        let name = path.get(..length).unwrap_or(path);
        at += entries.get(at..end)?.partition_point(|entry| entry.path.starts_with(name));
        Some(Unit { entries: start..at, path: length, directory: true })
    })
}
