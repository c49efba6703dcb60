//! The folders of one mirror: the bare repository, and beside it the lock and the scratch folder of whoever holds it.
//!
//! `<dir>` is whole or absent. Everything in `<dir>.scratch`, and every lock or temporary pack inside `<dir>`, belongs to
//! the holder of `<dir>.lock`; found by the next holder, it is a dead process's, and is swept. `<dir>.damaged` is a
//! repository that was replaced because it had lost objects, kept for a look until the next good sync.

use std::{
    fs::{self, DirBuilder, File},
    io::{self, Write},
    os::unix::fs::DirBuilderExt,
    path::{Path, PathBuf},
};

use rustix::fs::{CWD, RenameFlags, renameat_with};

use super::{SyncError, lock::Lock, refs::Refs};
use crate::git::{Area, end_orphans};

/// The configuration of every mirror. It says what a bare repository is, and nothing else.
pub(super) const CONFIG: &[u8] = b"[core]\n\trepositoryformatversion = 0\n\tfilemode = true\n\tbare = true\n";

/// The HEAD of a mirror that follows nothing yet.
pub(super) const HEAD: &[u8] = b"ref: refs/hivesync/upstream/heads/main\n";

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

/// Whether there is a repository, be it without a readable HEAD.
pub(super) fn exists(area: &Area) -> bool {
    is_present(area) || area.git_dir.join("objects").is_dir()
}

/// Where a damaged repository is kept.
pub(super) fn damaged(area: &Area) -> PathBuf {
    beside(&area.git_dir, ".damaged")
}

/// Takes the mirror's lock, sweeps what dead holders left, and makes the scratch folder.
pub(super) fn acquire(area: &Area) -> Result<Lock, SyncError> {
    let failed = || SyncError::local("prepare the mirror's folder");
    if let Some(parent) = area.git_dir.parent() {
        fs::create_dir_all(parent).map_err(failed())?;
    }
    let lock = Lock::take(beside(&area.git_dir, ".lock"))?;
    let was_replaced = nursery(area).git_dir.exists() && !area.git_dir.exists() && damaged(area).exists();
    end_leftovers(area)?;
    // Its holder died between moving the damaged repository aside and moving the new one into its place.
    if was_replaced {
        fs::rename(damaged(area), &area.git_dir).map_err(failed())?;
    }
    sweep(&area.git_dir, 0).map_err(failed())?;
    for folder in ["home", "tmp"] {
        DirBuilder::new().mode(0o700).recursive(true).create(area.scratch.join(folder)).map_err(failed())?;
    }
    Ok(lock)
}

/// Takes the lock of a mirror that is about to be removed; none if not even its folder's folder exists.
pub(super) fn acquire_to_remove(area: &Area) -> Result<Option<Lock>, SyncError> {
    if !area.git_dir.parent().is_some_and(Path::is_dir) {
        return Ok(None);
    }
    let lock = Lock::take(beside(&area.git_dir, ".lock"))?;
    end_leftovers(area)?;
    Ok(Some(lock))
}

/// Ends the processes of a dead holder and clears what they worked in.
fn end_leftovers(area: &Area) -> Result<(), SyncError> {
    // Looking at every process is for when a dead holder left something.
    if area.scratch.exists() {
        end_orphans(&area.scratch.join("home"));
        crate::remote::sweep(&area.scratch);
    }
    clear(&area.scratch).map_err(SyncError::local("clear the scratch folder"))
}

/// Clears what the holder worked in, and after a failure what it has not finished: on a full disk it would be missed.
pub(super) fn tidy(area: &Area, failed: bool) -> Result<(), SyncError> {
    clear(&area.scratch).map_err(SyncError::local("clear the scratch folder"))?;
    if failed { sweep(&area.git_dir, 0).map_err(SyncError::local("sweep the mirror's folder")) } else { Ok(()) }
}

/// Removes what was kept of a damaged repository, if there is one: its successor has proven itself.
pub(super) fn forget_damaged(area: &Area) -> Result<(), SyncError> {
    clear(&damaged(area)).map_err(SyncError::local("remove the damaged mirror"))
}

/// Removes all that is the mirror or stands beside it. It goes out of sight in one step: nobody reads half of it.
pub(super) fn remove(area: &Area) -> io::Result<()> {
    let grave = area.scratch.join("removed");
    fs::create_dir_all(&area.scratch)?;
    match fs::rename(&area.git_dir, &grave) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    clear(&damaged(area))?;
    clear(&area.scratch)
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
        } else if !is_folder && is_unfinished(name) {
            fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}

/// The names that Git gives to what it has not finished: locks, downloads, new packs, packs of a repack.
pub(super) fn is_unfinished(name: &[u8]) -> bool {
    name.ends_with(b".lock") || name.ends_with(b".temp") || name.starts_with(b"tmp_") || name.starts_with(b".tmp-")
}

/// Writes an empty bare repository (gitrepository-layout(5)), without a process and without templates.
pub(super) fn lay_out(git_dir: &Path) -> Result<(), SyncError> {
    let failed = || SyncError::local("make the mirror's folder");
    for folder in ["objects/info", "objects/pack", "refs/hivesync"] {
        fs::create_dir_all(git_dir.join(folder)).map_err(failed())?;
    }
    write_durably(&git_dir.join("config"), CONFIG).map_err(failed())?;
    write_durably(&git_dir.join("HEAD"), HEAD).map_err(failed())
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

/// Makes the finished clone the mirror in the place of a damaged one, which stays beside it. They change places in one
/// step where the file system can do that, so that whoever opens the mirror finds one of the two.
pub(super) fn replace(nursery: &Area, area: &Area) -> Result<(), SyncError> {
    let failed = || SyncError::local("move the mirror into place");
    let aside = damaged(area);
    clear(&aside).map_err(failed())?;
    for folder in ["objects/pack", "objects", "refs", ""] {
        sync_folder(&nursery.git_dir.join(folder)).map_err(failed())?;
    }
    if renameat_with(CWD, &nursery.git_dir, CWD, &area.git_dir, RenameFlags::EXCHANGE).is_ok() {
        fs::rename(&nursery.git_dir, &aside).map_err(failed())?;
    } else {
        fs::rename(&area.git_dir, &aside).map_err(failed())?;
        fs::rename(&nursery.git_dir, &area.git_dir).map_err(failed())?;
    }
    area.git_dir.parent().map_or(Ok(()), sync_folder).map_err(failed())
}

/// Lets a clone that nobody sees yet read the objects of another repository (gitrepository-layout(5)).
pub(super) fn borrow_objects(git_dir: &Path, from: &Path) -> Result<(), SyncError> {
    let line = [from.join("objects").as_os_str().as_encoded_bytes(), b"\n"].concat();
    fs::write(git_dir.join("objects/info/alternates"), line).map_err(SyncError::local("read the damaged mirror"))
}

/// Ends [`borrow_objects`].
pub(super) fn return_objects(git_dir: &Path) -> Result<(), SyncError> {
    fs::remove_file(git_dir.join("objects/info/alternates")).map_err(SyncError::local("leave the damaged mirror"))
}

/// Makes the names in a folder safe from a power cut.
pub(crate) fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

pub(super) fn write_durably(file: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = File::create(file)?;
    file.write_all(bytes)?;
    file.sync_all()
}
