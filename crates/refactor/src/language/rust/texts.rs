//! The Rust files of some sources, and what the parser is given of each.

use std::{borrow::Cow, collections::BTreeMap};

use super::{depth::is_too_deep, examples};
use crate::{
    language::{Family, Unparsed},
    limits::{Budget, MOST_FILE_BYTES, Stopped},
    sources::{FileId, Sources, Unreadable},
};

/// Files that come later in a list are not read: the database has no room for more.
const MOST_FILES: u32 = 4_000_000;
/// A byte order mark, and what the parser sees in its place.
const MARK: (&str, &str) = ("\u{feff}", "   ");

/// The Rust files, and why some are not parsed.
#[derive(Debug, Clone, Default)]
pub(super) struct Texts {
    files: BTreeMap<FileId, Seen>,
}

/// What was seen of a file.
#[derive(Debug, Clone, Default)]
struct Seen {
    refusal: Option<Unparsed>,
    /// Whether its documentation has examples.
    has_examples: bool,
}

impl Texts {
    /// Looks at every Rust file.
    pub(super) fn of(sources: &dyn Sources, budget: &Budget<'_>) -> Result<Self, Stopped> {
        let mut texts = Self::default();
        for file in sources.ids().filter(|file| file.0 < MOST_FILES && is_rust(sources, *file)) {
            budget.check()?;
            texts.files.insert(file, seen(sources, file));
        }
        Ok(texts)
    }

    /// Looks again at files that have changed.
    pub(super) fn update(&mut self, sources: &dyn Sources, changed: &[FileId]) {
        for file in changed {
            if self.holds(*file) {
                self.files.insert(*file, seen(sources, *file));
            }
        }
    }

    /// All of them, in order.
    pub(super) fn files(&self) -> impl Iterator<Item = FileId> + '_ {
        self.files.keys().copied()
    }

    /// Whether it is one of them.
    pub(super) fn holds(&self, file: FileId) -> bool {
        self.files.contains_key(&file)
    }

    /// Why a file is not parsed.
    pub(super) fn refusal(&self, file: FileId) -> Option<&Unparsed> {
        self.files.get(&file)?.refusal.as_ref()
    }

    /// The files whose documentation has examples, in order.
    pub(super) fn with_examples(&self) -> impl Iterator<Item = FileId> + '_ {
        self.files.iter().filter(|(_, seen)| seen.has_examples).map(|(file, _)| *file)
    }

    /// The code of the examples of a file, each at its place.
    pub(super) fn examples(&self, sources: &dyn Sources, file: FileId) -> String {
        examples::code(&self.parsed(sources, file)).unwrap_or_default()
    }

    /// What the parser is given: nothing of a file that is not parsed. Places in it are those of the file.
    pub(super) fn parsed<'s>(&self, sources: &'s dyn Sources, file: FileId) -> Cow<'s, str> {
        if self.refusal(file).is_some() {
            return Cow::Borrowed("");
        }
        let text = sources.text(file).unwrap_or_default();
        match text.strip_prefix(MARK.0) {
            Some(rest) => Cow::Owned([MARK.1, rest].concat()),
            None => text,
        }
    }
}

fn is_rust(sources: &dyn Sources, file: FileId) -> bool {
    sources.file(file).is_some_and(|file| file.family == Some(Family::Rust))
}

fn seen(sources: &dyn Sources, file: FileId) -> Seen {
    let refused = |refusal| Seen { refusal: Some(refusal), has_examples: false };
    match sources.text(file) {
        Err(reason) => refused(Unparsed::Unreadable(reason)),
        Ok(text) if text.len() > MOST_FILE_BYTES => refused(Unparsed::Unreadable(Unreadable::TooLarge)),
        Ok(text) if is_too_deep(&text) => refused(Unparsed::TooComplex),
        Ok(text) => {
            let has_examples = examples::code(&text).is_some_and(|code| !is_too_deep(&code));
            Seen { refusal: None, has_examples }
        }
    }
}
