//! What is kept of Python files between two questions: facts by blob, and the index of the files that were asked about last.

use std::sync::{Arc, Mutex};

use super::{facts::Facts, world::Index};
use crate::{
    known::{Shelf, lock},
    language::Family,
    sources::{FileId, Sources},
};

/// The paths and blobs of some files: an index is good for the same ones only.
type Layout = Vec<(FileId, String, String)>;

/// Facts, and an index.
#[derive(Default)]
pub(crate) struct Kept {
    pub(super) facts: Shelf<Facts>,
    index: Mutex<Option<(Layout, Arc<Index>)>>,
}

impl Kept {
    /// The index of these files, empty if they are others than before. Nothing if not all of their blobs have names.
    pub(super) fn index(&self, sources: &dyn Sources) -> Option<Arc<Index>> {
        let named =
            |id: FileId| sources.file(id).filter(|file| file.family == Some(Family::Python)).map(|file| (id, file));
        let python = || sources.ids().filter_map(named);
        if python().any(|(_, file)| file.blob_id.is_empty()) {
            return None;
        }
        let mut held = lock(&self.index);
        if let Some((layout, index)) = held.as_ref()
            && layout
                .iter()
                .map(|(id, path, blob)| (*id, path, blob))
                .eq(python().map(|(id, file)| (id, &file.path, &file.blob_id)))
        {
            return Some(Arc::clone(index));
        }
        let index = Arc::new(Index::default());
        let layout = python().map(|(id, file)| (id, file.path.clone(), file.blob_id.clone())).collect();
        *held = Some((layout, Arc::clone(&index)));
        Some(index)
    }

    pub(crate) fn text_bytes(&self) -> usize {
        self.facts.text_bytes()
    }

    pub(crate) fn clear(&self) {
        self.facts.clear();
        *lock(&self.index) = None;
    }
}
