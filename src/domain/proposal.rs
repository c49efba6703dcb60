//! A proposal as it is read back: which edits there are, and what somebody's choice of them makes of a file.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap, HashSet},
    hash::BuildHasher,
};

use serde::{Deserialize, Serialize};

use super::failure::Failure;

/// Ids that one request may name.
const MOST_IDS: usize = 100_000;

/// What of a stored proposal applying needs.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Stored {
    files: Vec<StoredFile>,
    needs_review: Vec<StoredReview>,
    /// Blobs of the files that only reviews are in.
    #[serde(default)]
    review_blobs: BTreeMap<String, String>,
    #[serde(default)]
    conflicts: Vec<StoredConflict>,
    #[serde(default)]
    unparsed: Vec<StoredUnparsed>,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
struct StoredConflict {
    code: String,
    #[serde(default)]
    path: Option<String>,
    #[serde(default)]
    line: Option<u32>,
    #[serde(default)]
    column: Option<u32>,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
struct StoredUnparsed {
    path: String,
}

/// What a proposal says of a file, to hold against what another one says: places, letters, doubts.
type Said<'p> = BTreeMap<&'p str, BTreeSet<(&'p str, usize, usize, &'p str)>>;

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
struct StoredFile {
    path: String,
    #[serde(default)]
    new_path: Option<String>,
    blob_id: String,
    edits: Vec<StoredEdit>,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
struct StoredReview {
    path: String,
    edit: StoredEdit,
}

/// New letters for old ones.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct StoredEdit {
    /// Unique in the proposal.
    pub id: String,
    start: usize,
    end: usize,
    before: String,
    after: String,
}

/// Which edits somebody wants.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wanted {
    /// All that are the symbol for certain; none of those that need a look.
    All,
    /// These, by their ids.
    Some(Vec<String>),
}

/// A choice that fits the proposal; kept with the approval.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Chosen {
    /// In the order of files and places.
    pub edits: Vec<String>,
    /// Whether files are moved, which they are only with every edit of the proposal: the edits name the new places.
    pub moves: bool,
}

/// What becomes of one file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileEdits {
    /// Where it is.
    pub path: String,
    /// Where it goes, if it moves.
    pub new_path: Option<String>,
    /// The content that the edits were made for.
    pub blob_id: String,
    /// From the first to the last; may be none, if the file only moves.
    pub edits: Vec<StoredEdit>,
}

impl Stored {
    /// The choice, if each id of it is an edit's, and something would change.
    pub fn choose(&self, wanted: Wanted) -> Result<Chosen, Failure> {
        let certain: Vec<&str> = self.files.iter().flat_map(|file| &file.edits).map(|edit| edit.id.as_str()).collect();
        let ids = match wanted {
            Wanted::All => {
                return Ok(Chosen { edits: certain.into_iter().map(str::to_owned).collect(), moves: true });
            }
            Wanted::Some(ids) => ids,
        };
        if ids.is_empty() || ids.len() > MOST_IDS {
            return Err(Failure::invalid("edits", format!("must be \"all\", or 1 to {MOST_IDS} ids")));
        }
        let wanted: HashSet<&str> = ids.iter().map(String::as_str).collect();
        let doubtful = self.needs_review.iter().map(|review| review.edit.id.as_str());
        let known: Vec<&str> = certain.iter().copied().chain(doubtful).collect();
        let names: HashSet<&str> = known.iter().copied().collect();
        if let Some(stranger) = wanted.difference(&names).next() {
            return Err(Failure::invalid("edits", format!("has {stranger:?}, which is no edit of this proposal")));
        }
        Ok(Chosen {
            moves: certain.iter().all(|id| wanted.contains(id)),
            edits: known.into_iter().filter(|id| wanted.contains(id)).map(str::to_owned).collect(),
        })
    }

    /// What a choice makes of which files, in the order of their paths; files that stay as they are, are left out.
    pub fn changes(&self, chosen: &Chosen) -> Vec<FileEdits> {
        let wanted: HashSet<&str> = chosen.edits.iter().map(String::as_str).collect();
        let mut files: BTreeMap<&str, FileEdits> = BTreeMap::new();
        for file in &self.files {
            let new_path = file.new_path.clone().filter(|_| chosen.moves);
            let edits = file.edits.iter().filter(|edit| wanted.contains(edit.id.as_str())).cloned().collect();
            let (path, blob_id) = (file.path.clone(), file.blob_id.clone());
            files.insert(&file.path, FileEdits { path, new_path, blob_id, edits });
        }
        for review in self.needs_review.iter().filter(|review| wanted.contains(review.edit.id.as_str())) {
            let blob_id = self.review_blobs.get(&review.path).cloned().unwrap_or_default();
            let path = review.path.clone();
            let file = FileEdits { path, new_path: None, blob_id, edits: Vec::new() };
            files.entry(&review.path).or_insert(file).edits.push(review.edit.clone());
        }
        let mut files: Vec<_> = files.into_values().filter(FileEdits::is_some).collect();
        for file in &mut files {
            file.edits.sort_by_key(|edit| (edit.start, edit.end));
        }
        files
    }
}

impl Stored {
    /// The files that it would change, or asks about.
    pub fn paths(&self) -> BTreeSet<String> {
        self.said().into_keys().map(str::to_owned).collect()
    }

    /// The files of which another proposal says something else: other edits, other doubts.
    pub fn differs_in(&self, other: &Self) -> BTreeSet<String> {
        let (ours, theirs) = (self.said(), other.said());
        let paths: BTreeSet<&str> = ours.keys().chain(theirs.keys()).copied().collect();
        paths.into_iter().filter(|path| ours.get(path) != theirs.get(path)).map(str::to_owned).collect()
    }

    fn said(&self) -> Said<'_> {
        let mut said = Said::new();
        let mut say = |path, what| said.entry(path).or_default().extend([what]);
        for file in &self.files {
            say(file.path.as_str(), ("file", 0, 0, file.new_path.as_deref().unwrap_or_default()));
            for edit in &file.edits {
                say(&file.path, ("edit", edit.start, edit.end, &edit.after));
            }
        }
        for review in &self.needs_review {
            say(&review.path, ("review", review.edit.start, review.edit.end, &review.edit.after));
        }
        for conflict in &self.conflicts {
            let place = |number: Option<u32>| number.and_then(|number| usize::try_from(number).ok()).unwrap_or(0);
            let path = conflict.path.as_deref().or_else(|| Some(self.files.first()?.path.as_str()));
            say(path.unwrap_or_default(), ("conflict", place(conflict.line), place(conflict.column), &conflict.code));
        }
        for unparsed in &self.unparsed {
            say(&unparsed.path, ("unparsed", 0, 0, ""));
        }
        said
    }
}

impl FileEdits {
    fn is_some(&self) -> bool {
        self.new_path.is_some() || !self.edits.is_empty()
    }

    /// A text with the edits made; nothing if it is not the text they were made for.
    pub fn apply(&self, text: &str) -> Option<String> {
        let (mut out, mut done) = (String::with_capacity(text.len()), 0);
        for edit in &self.edits {
            out.push_str(text.get(done..edit.start)?);
            if text.get(edit.start..edit.end)? != edit.before {
                return None;
            }
            out.push_str(&edit.after);
            done = edit.end;
        }
        out.push_str(text.get(done..)?);
        Some(out)
    }

    /// The ids of the edits.
    pub fn ids(&self) -> Vec<String> {
        self.edits.iter().map(|edit| edit.id.clone()).collect()
    }
}

/// Which of `files` are no longer what their edits were made for, when `present` says which blob stands at a path.
pub fn stale<'f, S: BuildHasher>(files: &'f [FileEdits], present: &HashMap<&str, String, S>) -> Vec<&'f FileEdits> {
    files.iter().filter(|file| present.get(file.path.as_str()) != Some(&file.blob_id)).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that cannot go on should stop")]

    use proptest::prelude::*;
    use serde_json::{from_value, json};

    use super::*;

    fn edit(id: &str, start: usize) -> serde_json::Value {
        json!({ "id": id, "start": start, "end": start + 3, "before": "old", "after": "newer", "line": 1 })
    }

    fn stored() -> Stored {
        let files = json!([
            { "path": "a.py", "blob_id": "a1", "edits": [edit("e1", 0), edit("e2", 8)] },
            { "path": "old.py", "new_path": "new.py", "blob_id": "b1", "edits": [] },
        ]);
        let needs_review = json!([
            { "path": "a.py", "edit": edit("r1", 4) },
            { "path": "c.py", "edit": edit("r2", 0) },
        ]);
        let review_blobs = json!({ "c.py": "c1" });
        from_value(json!({ "files": files, "needs_review": needs_review, "review_blobs": review_blobs })).unwrap()
    }

    fn some(ids: &[&str]) -> Wanted {
        Wanted::Some(ids.iter().map(|id| (*id).to_owned()).collect())
    }

    #[test]
    fn all_is_all_that_is_certain_with_the_moves() {
        let chosen = stored().choose(Wanted::All).unwrap();
        assert_eq!(chosen, Chosen { edits: vec!["e1".into(), "e2".into()], moves: true });
        let changes = stored().changes(&chosen);
        assert_eq!(changes.iter().map(|file| file.path.as_str()).collect::<Vec<_>>(), ["a.py", "old.py"]);
        assert_eq!(changes[0].apply("old old old"), Some("newer old newer".into()));
        assert_eq!(changes[1].new_path.as_deref(), Some("new.py"));
    }

    #[test]
    fn doubtful_edits_come_in_by_their_ids_between_the_others() {
        let chosen = stored().choose(some(&["r2", "r1", "e1"])).unwrap();
        assert_eq!(chosen, Chosen { edits: vec!["e1".into(), "r1".into(), "r2".into()], moves: false });
        let changes = stored().changes(&chosen);
        assert_eq!(changes.len(), 2, "no file moves with a part of the edits");
        assert_eq!(changes[0].apply("old old old"), Some("newer newer old".into()));
        assert_eq!((changes[1].path.as_str(), changes[1].blob_id.as_str()), ("c.py", "c1"));
        assert!(stored().choose(some(&["e1", "e2", "r1"])).unwrap().moves);
    }

    #[test]
    fn ids_that_are_none_are_refused_by_name() {
        for wanted in [some(&[]), some(&["e1", "e3"])] {
            assert!(matches!(stored().choose(wanted), Err(Failure::Invalid(_))));
        }
    }

    #[test]
    fn a_file_is_stale_when_another_blob_or_none_stands_there() {
        let changes = stored().changes(&stored().choose(Wanted::All).unwrap());
        let present = |a: &str| HashMap::from([("a.py", a.to_owned()), ("old.py", "b1".to_owned())]);
        assert!(stale(&changes, &present("a1")).is_empty());
        assert_eq!(stale(&changes, &present("a2"))[0].ids(), ["e1", "e2"]);
        assert_eq!(stale(&changes, &HashMap::new()).len(), 2);
    }

    proptest! {
        #[test]
        fn no_text_and_no_places_make_it_panic(text: String, starts in prop::collection::vec(0_usize..40, 0..4)) {
            let edits = starts.iter().map(|start| from_value(edit("e", *start)).unwrap()).collect();
            let file = FileEdits { path: String::new(), new_path: None, blob_id: String::new(), edits };
            if let Some(after) = file.apply(&text) {
                prop_assert_eq!(after.len(), text.len() + 2 * file.edits.len());
            }
        }
    }
}
