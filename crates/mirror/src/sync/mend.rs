//! What can be made again from what is left, dropped or written anew: no object and no ref is touched.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use super::{
    SyncError,
    layout::{self, CONFIG, HEAD},
};

/// Drops commit-graphs, multi-pack-indexes, bitmaps and reverse indexes; writes the configuration, HEAD and folders again
/// where they are not what they should be. Whether anything had to be done.
pub(super) fn mend(git_dir: &Path) -> Result<bool, SyncError> {
    let failed = || SyncError::local("mend the mirror");
    let derived = derived(git_dir).map_err(failed())?;
    for path in &derived {
        tracing::info!(name = ?path.file_name(), "a derived file is dropped");
        let removed = if path.is_dir() { fs::remove_dir_all(path) } else { fs::remove_file(path) };
        removed.map_err(failed())?;
    }
    // Nearly every pack has a reverse index, and neither a fetch nor a reader looks at it: dropping it helps nobody but
    // the check that reads every file.
    let mut mended = derived.iter().any(|it| it.extension().is_none_or(|it| it != "rev"));
    for folder in ["objects/info", "objects/pack", "refs"].map(|it| git_dir.join(it)) {
        mended |= !folder.is_dir();
        fs::create_dir_all(folder).map_err(failed())?;
    }
    mended |= rewrite(&git_dir.join("config"), CONFIG, |now| now == CONFIG).map_err(failed())?;
    mended |= rewrite(&git_dir.join("HEAD"), HEAD, names_a_ref).map_err(failed())?;
    Ok(mended)
}

fn derived(git_dir: &Path) -> io::Result<Vec<PathBuf>> {
    let info = ["commit-graph", "commit-graphs"].map(|it| git_dir.join("objects/info").join(it));
    let mut found: Vec<PathBuf> = info.into_iter().filter(|it| it.exists()).collect();
    let entries = match fs::read_dir(git_dir.join("objects/pack")) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(found),
        entries => entries?,
    };
    for entry in entries {
        let path = entry?.path();
        let is_derived = path.extension().is_some_and(|it| it == "bitmap" || it == "rev");
        if is_derived || path.file_name().is_some_and(|it| it.as_encoded_bytes().starts_with(b"multi-pack-index")) {
            found.push(path);
        }
    }
    Ok(found)
}

/// Writes the file unless it is good; whether it did.
fn rewrite(file: &Path, bytes: &[u8], is_good: impl FnOnce(&[u8]) -> bool) -> io::Result<bool> {
    if fs::read(file).is_ok_and(|now| is_good(&now)) {
        return Ok(false);
    }
    tracing::info!(name = ?file.file_name(), "a file of the mirror is written again");
    layout::write_durably(file, bytes).map(|()| true)
}

fn names_a_ref(head: &[u8]) -> bool {
    let name = head.strip_prefix(b"ref: ").and_then(|it| it.strip_suffix(b"\n"));
    name.is_some_and(|it| it.starts_with(b"refs/hivesync/") && gix::validate::reference::name(it.into()).is_ok())
}
