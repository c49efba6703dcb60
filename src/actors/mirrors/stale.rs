//! Which edits no longer fit: the files of a commit against what a proposal was computed for.

use std::collections::HashMap;

use mirror::{CommitId, ReadError, Reader, RepoPath};

use crate::domain::{
    failure::StaleFile,
    proposal::{FileEdits, stale},
};

/// Files that are no longer what their edits were made for, at a commit.
pub fn not_present(reader: &Reader, commit: CommitId, files: &[FileEdits]) -> Result<Vec<StaleFile>, ReadError> {
    let mut present = HashMap::new();
    for file in files {
        let Ok(path) = RepoPath::parse(file.path.as_str()) else { continue };
        match reader.stat(commit, &path) {
            Ok(stat) => drop(present.insert(file.path.as_str(), stat.id.to_string())),
            Err(ReadError::NotFound | ReadError::WrongKind { .. }) => {}
            Err(error) => return Err(error),
        }
    }
    let faults = stale(files, &present).into_iter();
    Ok(faults.map(|file| StaleFile { path: file.path.clone(), edits: file.ids() }).collect())
}
