//! Sources with edits and moves applied in memory, and the way from a place before to the same place after.

use std::{
    borrow::Cow,
    collections::{BTreeMap, HashMap},
    ops::Range,
};

use crate::{
    known::Known,
    language::Entity,
    sources::{FileId, SourceFile, Sources, Unreadable},
};

/// New letters for a range of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Replacement {
    /// The bytes that go.
    pub(crate) range: Range<usize>,
    /// What is written before the name; kept apart, so that the name can be found again.
    pub(crate) prefix: String,
    /// The name.
    pub(crate) name: String,
    /// What is written after the name.
    pub(crate) suffix: String,
}

impl Replacement {
    /// All that is written.
    pub(crate) fn text(&self) -> String {
        [self.prefix.as_str(), &self.name, &self.suffix].concat()
    }

    fn len(&self) -> usize {
        self.prefix.len() + self.name.len() + self.suffix.len()
    }
}

/// The edits of a file: sorted, none touching another.
pub(crate) type Edits = BTreeMap<FileId, Vec<Replacement>>;

/// Sources as they would be after a rename. Files keep their numbers, so `files` is no longer sorted by path.
#[derive(Clone)]
pub(crate) struct Overlay<'s> {
    base: &'s dyn Sources,
    files: Vec<SourceFile>,
    moved: HashMap<String, FileId>,
    folder: Option<(String, String)>,
    edits: Edits,
    /// What was written and what went in a file before each of its edits, and after the last, in bytes.
    shifts: BTreeMap<FileId, Vec<(usize, usize)>>,
    texts: BTreeMap<FileId, String>,
}

impl<'s> Overlay<'s> {
    /// Applies edits and moves. Fails with the file whose text cannot be read, or whose edits do not fit it.
    ///
    /// `folder` is the old and the new path of a folder that moves whole.
    pub(crate) fn new(
        base: &'s dyn Sources,
        edits: Edits,
        moves: &[(FileId, String)],
        folder: Option<(String, String)>,
    ) -> Result<Self, FileId> {
        let mut files = base.files().to_vec();
        for (file, to) in moves {
            files.get_mut(file.index()).ok_or(*file)?.path.clone_from(to);
        }
        for file in edits.keys() {
            // The text has no name yet, so nothing is taken for known of it.
            files.get_mut(file.index()).ok_or(*file)?.blob_id.clear();
        }
        let taken = moves.iter().map(|(file, to)| (to.clone(), *file)).collect();
        let texts = edits
            .iter()
            .map(|(file, edits)| {
                let before = base.text(*file).ok().ok_or(*file)?;
                Ok((*file, edited(&before, edits).ok_or(*file)?))
            })
            .collect::<Result<_, FileId>>()?;
        let shifts = edits.iter().map(|(file, edits)| (*file, shifts(edits))).collect();
        Ok(Self { base, files, moved: taken, folder, edits, shifts, texts })
    }

    /// The files that are not as they were.
    pub(crate) fn changed(&self) -> Vec<FileId> {
        let mut changed: Vec<_> = self.edits.keys().chain(self.moved.values()).copied().collect();
        changed.sort_unstable();
        changed.dedup();
        changed
    }

    /// Where a token that began at a byte begins now. Of one that was replaced, it is the new name.
    pub(crate) fn token(&self, file: FileId, at: usize) -> usize {
        let (index, edit) = self.edit_at(file, at);
        let shift = self.shifts.get(&file).and_then(|shifts| shifts.get(index));
        let (grown, shrunk) = shift.copied().unwrap_or_default();
        let prefix = edit.map_or(0, |edit| edit.prefix.len());
        (at + grown + prefix).saturating_sub(shrunk)
    }

    /// The edit that begins at a byte, and how many come before it.
    fn edit_at(&self, file: FileId, at: usize) -> (usize, Option<&Replacement>) {
        let edits = self.edits.get(&file).map_or(&[][..], Vec::as_slice);
        let index = edits.partition_point(|edit| edit.range.start < at);
        (index, edits.get(index).filter(|edit| edit.range.start == at))
    }

    /// Where a name is now that was not renamed, even if another meaning of its token was: then it is what was kept of
    /// the old name before or behind the new one.
    pub(crate) fn kept(&self, entity: &Entity) -> Entity {
        let Entity::Name { file, at } = entity else { return self.entity(entity) };
        let (_, shared) = self.edit_at(*file, *at);
        let start = self.token(*file, *at);
        let at = match shared {
            Some(edit) if !edit.suffix.is_empty() => {
                (start + edit.name.len() + edit.suffix.len()).saturating_sub(edit.range.len())
            }
            Some(edit) => start - edit.prefix.len(),
            None => start,
        };
        Entity::Name { file: *file, at }
    }

    /// What an entity is called now.
    pub(crate) fn entity(&self, entity: &Entity) -> Entity {
        match entity {
            Entity::Name { file, at } => Entity::Name { file: *file, at: self.token(*file, *at) },
            Entity::File(file) => Entity::File(*file),
            Entity::Folder(path) => Entity::Folder(self.folder(path)),
        }
    }

    fn folder(&self, path: &str) -> String {
        if let Some((from, to)) = &self.folder
            && let Some(rest) = path.strip_prefix(from.as_str())
            && (rest.is_empty() || rest.starts_with('/'))
        {
            return format!("{to}{rest}");
        }
        path.to_owned()
    }
}

impl Sources for Overlay<'_> {
    fn files(&self) -> &[SourceFile] {
        &self.files
    }

    fn bytes(&self, file: FileId) -> Result<Cow<'_, [u8]>, Unreadable> {
        match self.texts.get(&file) {
            Some(text) => Ok(Cow::Borrowed(text.as_bytes())),
            None => self.base.bytes(file),
        }
    }

    fn known(&self) -> Option<&Known> {
        self.base.known()
    }

    fn find(&self, path: &str) -> Option<FileId> {
        if let Some(file) = self.moved.get(path) {
            return Some(*file);
        }
        let file = self.base.find(path)?;
        // Somebody who moved away is not found at the old place.
        self.file(file).is_some_and(|now| now.path == path).then_some(file)
    }
}

fn shifts(edits: &[Replacement]) -> Vec<(usize, usize)> {
    let after = edits.iter().scan((0, 0), |(grown, shrunk), edit| {
        *grown += edit.len();
        *shrunk += edit.range.len();
        Some((*grown, *shrunk))
    });
    std::iter::once((0, 0)).chain(after).collect()
}

/// A text with its edits made, or nothing if they do not fit it.
pub(crate) fn edited(text: &str, edits: &[Replacement]) -> Option<String> {
    let mut out = String::with_capacity(text.len() + edits.iter().map(Replacement::len).sum::<usize>());
    let mut done = 0;
    for edit in edits {
        out.push_str(text.get(done..edit.range.start)?);
        text.get(edit.range.clone())?;
        out.push_str(&edit.text());
        done = edit.range.end;
    }
    out.push_str(text.get(done..)?);
    Some(out)
}
