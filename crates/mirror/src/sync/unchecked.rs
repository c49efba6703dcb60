//! What came past the checks: over HTTP's old protocol Git fetches file by file, and checks nothing but names. Whether a
//! server speaks it is the server's choice, so what has come that way is found afterwards, and goes.

use std::{
    collections::BTreeSet,
    fs, io,
    path::{Path, PathBuf},
};

use super::layout::is_unfinished;

/// The files of a repository's objects at one moment.
#[derive(Debug)]
pub(super) struct Holdings(BTreeSet<PathBuf>);

impl Holdings {
    pub(super) fn of(git_dir: &Path) -> io::Result<Self> {
        object_files(&git_dir.join("objects")).map(Self)
    }

    /// Removes the objects that have come since and were not checked on their way, and says whether there were any.
    ///
    /// What is checked comes as one pack (`fetch.unpackLimit`), never as loose objects; `pack_arrived` says whether one
    /// did. Refs that were moved to what goes are as those of a fetch that was killed: the next one fetches it again.
    pub(super) fn drop_unchecked(&self, git_dir: &Path, pack_arrived: bool) -> io::Result<bool> {
        let now = object_files(&git_dir.join("objects"))?;
        let is_pack = |path: &Path| path.parent().is_some_and(|it| it.ends_with("pack"));
        let mut dropped = false;
        for path in now.difference(&self.0).filter(|path| !(pack_arrived && is_pack(path))) {
            tracing::debug!(name = ?path.file_name(), "an object that was not checked is dropped");
            fs::remove_file(path)?;
            dropped = true;
        }
        Ok(dropped)
    }
}

/// Packs with what belongs to them, and loose objects; what is not finished is for the sweep.
fn object_files(objects: &Path) -> io::Result<BTreeSet<PathBuf>> {
    let mut files = BTreeSet::new();
    for folder in children(objects)? {
        let name = folder.file_name().unwrap_or_default().as_encoded_bytes();
        if name == b"pack" || (name.len() == 2 && name.iter().all(u8::is_ascii_hexdigit)) {
            let is_finished = |path: &PathBuf| !is_unfinished(path.file_name().unwrap_or_default().as_encoded_bytes());
            files.extend(children(&folder)?.into_iter().filter(is_finished));
        }
    }
    Ok(files)
}

fn children(folder: &Path) -> io::Result<Vec<PathBuf>> {
    match fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
        entries => entries?.map(|it| it.map(|it| it.path())).collect(),
    }
}
