//! The folders of one mirror: the bare repository, and beside it the lock and the scratch folder of whoever holds it.
//!
//! `<dir>` is whole or absent. `<dir>.lock` is never removed, for its lock would go with it. Everything in
//! `<dir>.scratch`, and every lock or temporary pack inside `<dir>`, belongs to the holder of the lock; found by the
//! next holder, it is a dead process's, and is swept.

use std::{
    fs::{self, DirBuilder, File, TryLockError},
    io::{self, Write},
    os::unix::fs::DirBuilderExt,
    path::{Path, PathBuf},
};

use super::{SyncError, refs::Refs};
use crate::git::{Area, end_orphans};

/// The right to write one mirror, in this process and among processes. Ends when dropped.
#[derive(Debug)]
pub(super) struct Lock(File);

impl Drop for Lock {
    /// Closing the file is not enough: a process that is being started at this moment holds a copy of it until it runs
    /// its program.
    fn drop(&mut self) {
        if let Err(error) = self.0.unlock() {
            tracing::warn!(%error, "a mirror's lock is not released");
        }
    }
}

/// Deepest folder that the sweep looks into: refs are shallow, and a hostile name must not make it recurse for ever.
const MAX_SWEEP_DEPTH: usize = 64;

/// `<dir>` with an ending of ours.
fn beside(dir: &Path, ending: &str) -> PathBuf {
    let mut name = dir.as_os_str().to_owned();
    name.push(ending);
    name.into()
}

/// The mirror's own area.
pub(crate) fn area(dir: &Path) -> Area {
    Area { git_dir: dir.to_owned(), scratch: beside(dir, ".scratch") }
}

/// Where a first clone grows until it is whole: on the same file system, so that a rename publishes it.
pub(super) fn nursery(area: &Area) -> Area {
    Area { git_dir: area.scratch.join("clone.git"), scratch: area.scratch.clone() }
}

/// Whether there is a mirror. A folder without a repository in it is none.
pub(crate) fn is_present(area: &Area) -> bool {
    area.git_dir.join("HEAD").is_file()
}

/// Takes the mirror's lock and sweeps what dead holders left.
pub(super) fn acquire(area: &Area) -> Result<Lock, SyncError> {
    let failed = || SyncError::local("prepare the mirror's folder");
    if let Some(parent) = area.git_dir.parent() {
        fs::create_dir_all(parent).map_err(failed())?;
    }
    let lock = File::create(beside(&area.git_dir, ".lock")).map_err(failed())?;
    match lock.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => return Err(SyncError::Locked),
        Err(TryLockError::Error(error)) => return Err(failed()(error)),
    }
    // Looking at every process is for when a dead holder left something.
    if area.scratch.exists() {
        end_orphans(&area.scratch.join("home"));
    }
    clear(&area.scratch).map_err(failed())?;
    sweep(&area.git_dir, 0).map_err(failed())?;
    for folder in ["home", "tmp"] {
        DirBuilder::new().mode(0o700).recursive(true).create(area.scratch.join(folder)).map_err(failed())?;
    }
    Ok(Lock(lock))
}

/// Removes a folder and all in it; one that is not there is as good.
pub(super) fn clear(folder: &Path) -> io::Result<()> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// Removes lock files and unfinished packs of killed processes. Looks into every folder but those of loose objects.
fn sweep(folder: &Path, depth: usize) -> io::Result<()> {
    let entries = match fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        entries => entries?,
    };
    for entry in entries {
        let entry = entry?;
        let name = entry.file_name();
        let name = name.as_encoded_bytes();
        let is_folder = entry.file_type()?.is_dir();
        let loose_objects = name.len() == 2 && name.iter().all(u8::is_ascii_hexdigit);
        if is_folder && !loose_objects && depth < MAX_SWEEP_DEPTH {
            sweep(&entry.path(), depth + 1)?;
        } else if !is_folder && (name.ends_with(b".lock") || name.starts_with(b"tmp_")) {
            fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}

/// Writes an empty bare repository (gitrepository-layout(5)), without a process and without templates.
pub(super) fn lay_out(git_dir: &Path) -> Result<(), SyncError> {
    let failed = || SyncError::local("make the mirror's folder");
    for folder in ["objects/info", "objects/pack", "refs/hivesync"] {
        fs::create_dir_all(git_dir.join(folder)).map_err(failed())?;
    }
    let config = "[core]\n\trepositoryformatversion = 0\n\tfilemode = true\n\tbare = true\n";
    write_durably(&git_dir.join("config"), config.as_bytes()).map_err(failed())?;
    write_durably(&git_dir.join("HEAD"), b"ref: refs/hivesync/upstream/heads/main\n").map_err(failed())
}

/// Makes a clone follow a branch, before anybody sees it.
pub(super) fn set_head(git_dir: &Path, target: &[u8]) -> Result<(), SyncError> {
    let line = [b"ref: ", target, b"\n"].concat();
    write_durably(&git_dir.join("HEAD"), &line).map_err(SyncError::local("write the mirror's head"))
}

/// Makes these, by their full names, the refs of a clone, before anybody sees it: as one file, where Git would write one
/// for each. Without peeled tags, which readers then peel themselves.
pub(super) fn write_refs(git_dir: &Path, refs: &Refs) -> Result<(), SyncError> {
    let failed = || SyncError::local("write the mirror's refs");
    let mut packed = b"# pack-refs with: sorted \n".to_vec();
    for (name, id) in refs {
        packed.extend_from_slice(format!("{id} ").as_bytes());
        packed.extend_from_slice(name);
        packed.push(b'\n');
    }
    write_durably(&git_dir.join("packed-refs"), &packed).map_err(failed())?;
    clear(&git_dir.join("refs/hivesync")).map_err(failed())
}

/// Makes the finished clone the mirror: all of it, or, after a power cut, none.
pub(super) fn reveal(nursery: &Area, area: &Area) -> Result<(), SyncError> {
    let failed = || SyncError::local("move the mirror into place");
    for folder in ["objects/pack", "objects", "refs", ""] {
        sync_folder(&nursery.git_dir.join(folder)).map_err(failed())?;
    }
    fs::rename(&nursery.git_dir, &area.git_dir).map_err(failed())?;
    match area.git_dir.parent() {
        Some(parent) => sync_folder(parent).map_err(failed()),
        None => Ok(()),
    }
}

fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

fn write_durably(file: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = File::create(file)?;
    file.write_all(bytes)?;
    file.sync_all()
}
