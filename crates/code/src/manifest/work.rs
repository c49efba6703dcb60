//! The jobs of a build: which files, with which attributes; and what one worker does with one job.

use std::{
    ops::Range,
    sync::atomic::{AtomicBool, Ordering},
};

use super::{
    assemble::{Tagged, Tally},
    build::{BuildError, shown},
    split::Cut,
};
use crate::{
    attributes::{FILE_LIMIT, Walk},
    blob::{BlobError, BlobReader, BlobSource, Entry},
    facts::{Analyst, Facts, Key, Known, Unknown},
    kind::Mode,
};

/// Files that one thread takes at a time.
const JOB: usize = 32;

/// Records of consecutive files of one shard, joined by commas.
pub(super) struct Done<'e> {
    pub(super) lines: Vec<u8>,
    pub(super) files: Vec<(&'e Entry, Tally)>,
    pub(super) fresh: Vec<(Key, Vec<u8>)>,
}

/// Hands out the files in order, with their attributes. Attribute files are read as their directories come up.
pub(super) struct Jobs<'e, R> {
    entries: &'e [Entry],
    ranges: std::vec::IntoIter<Range<usize>>,
    reader: R,
    walk: Walk<'e>,
    cancel: &'e AtomicBool,
}

impl<'e, R: BlobReader> Jobs<'e, R> {
    pub(super) fn new<S: BlobSource<Reader = R>>(
        entries: &'e [Entry],
        cuts: &[Cut],
        source: &S,
        cancel: &'e AtomicBool,
    ) -> Result<Self, BuildError> {
        let reader = source.reader().map_err(|source| BuildError::Blob { path: String::new(), source })?;
        let ranges: Vec<_> = cuts
            .iter()
            .flat_map(|cut| {
                let end = cut.entries.end;
                cut.entries.clone().step_by(JOB).map(move |start| start..end.min(start + JOB))
            })
            .collect();
        Ok(Self { entries, ranges: ranges.into_iter(), reader, walk: Walk::new(entries), cancel })
    }

    pub(super) fn next(&mut self) -> Result<Option<Vec<Tagged<'e>>>, BuildError> {
        if self.cancel.load(Ordering::Relaxed) {
            return Err(BuildError::Cancelled);
        }
        let Some(range) = self.ranges.next() else { return Ok(None) };
        let entries: &'e [Entry] = self.entries;
        let files = entries.get(range).unwrap_or_default();
        files.iter().map(|entry| self.tag(entry)).collect::<Result<_, _>>().map(Some)
    }

    fn tag(&mut self, entry: &'e Entry) -> Result<Tagged<'e>, BuildError> {
        let reader = &mut self.reader;
        let read = |file: &Entry| -> Result<Option<Vec<u8>>, BuildError> {
            let failed = |source| BuildError::Blob { path: shown(&file.path), source };
            if reader.size(&file.id).map_err(failed)? > FILE_LIMIT {
                return Ok(None);
            }
            let mut content = Vec::new();
            reader.read(&file.id, &mut content).map_err(failed)?;
            Ok(Some(content))
        };
        Ok(Tagged { entry, attributes: self.walk.of(&entry.path, read)? })
    }
}

/// Works out and writes the records of one job.
pub(super) fn work<'e, R: BlobReader>(
    analyst: &mut Result<Analyst<'_, R>, BlobError>,
    known: Known<'_>,
    job: Vec<Tagged<'e>>,
    cancel: &AtomicBool,
) -> Result<Done<'e>, BuildError> {
    let mut done = Done { lines: Vec::new(), files: Vec::with_capacity(job.len()), fresh: Vec::new() };
    for file in job {
        if cancel.load(Ordering::Relaxed) {
            return Err(BuildError::Cancelled);
        }
        let facts = facts_of(analyst, known, &file, &mut done.fresh)?;
        if !done.lines.is_empty() {
            done.lines.push(b',');
        }
        file.write(facts.as_ref(), &mut done.lines).map_err(BuildError::Json)?;
        done.files.push((file.entry, Tally::of(facts.as_ref())));
    }
    Ok(done)
}

/// Looks the facts up, or finds them out. None for a submodule.
fn facts_of<R: BlobReader>(
    analyst: &mut Result<Analyst<'_, R>, BlobError>,
    known: Known<'_>,
    file: &Tagged<'_>,
    fresh: &mut Vec<(Key, Vec<u8>)>,
) -> Result<Option<Facts>, BuildError> {
    let entry = file.entry;
    if Mode::of(entry.mode) == Mode::Submodule {
        return Ok(None);
    }
    let hint = file.hint();
    let key = Key::new(entry.id, &hint);
    if let Some(facts) = known.get(&key) {
        return Ok(Some(facts));
    }
    let path = || shown(&entry.path);
    let analyst = match analyst {
        Ok(analyst) => analyst,
        Err(error) => {
            let source = BlobError::Unopened(error.to_string().into());
            return Err(BuildError::Blob { path: path(), source });
        }
    };
    let facts = analyst.facts(entry, &hint).map_err(|error| match error {
        Unknown::Stopped(_) => BuildError::Cancelled,
        Unknown::Blob(source) => BuildError::Blob { path: path(), source },
    })?;
    fresh.push((key, serde_json::to_vec(&facts).map_err(BuildError::Json)?));
    Ok(Some(facts))
}
