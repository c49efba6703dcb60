//! Retirement of mirrors: what deleted projects left on this machine's disk goes, also when whoever deleted them did not
//! live to remove it.

use std::{
    collections::HashMap,
    fs::{self, DirEntry},
    io,
    path::Path,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use mirror::SyncError;
use uuid::Uuid;

use crate::{
    actors::{World, world::blocking},
    clock::Timestamp,
    domain::failure::Failure,
    entities::projects,
    ids::ProjectId,
};

/// What was touched since may belong to a project whose row is not committed yet.
const GRACE: Duration = Duration::from_mins(10);
/// Projects asked for in one query.
const BATCH: usize = 500;

/// Removes what is below `mirrors/` of projects that no row names. What another process holds waits for the next sweep.
pub async fn sweep(world: &World) -> Result<(), Failure> {
    let (folder, now) = (world.config.mirrors_dir(), world.clock.now());
    let found = blocking(move || untouched(&folder, now).map_err(Failure::internal)).await?;
    for some in found.chunks(BATCH) {
        let alive = projects::existing(world.db.read(), some).await?;
        for project in some.iter().copied().filter(|project| !alive.contains(project)) {
            match remove(world, project).await {
                Ok(true) => tracing::info!(%project, "the mirror of a deleted project was removed"),
                Ok(false) => tracing::debug!(%project, "the mirror of a deleted project is still held"),
                Err(error) => tracing::warn!(%project, %error, "the mirror of a deleted project is left behind"),
            }
        }
    }
    Ok(())
}

/// The projects that have something here, and nothing that was touched within the grace.
fn untouched(mirrors: &Path, now: Timestamp) -> io::Result<Vec<ProjectId>> {
    let mut touched: HashMap<ProjectId, Timestamp> = HashMap::new();
    for entry in entries(mirrors)? {
        let entry = entry?;
        let Some(project) = project(&entry) else { continue };
        let modified = timestamp(entry.metadata()?.modified()?);
        let newest = touched.entry(project).or_insert(modified);
        *newest = modified.max(*newest);
    }
    let old = touched.into_iter().filter(|(_, touched)| now.since(*touched) >= GRACE);
    Ok(old.map(|(project, _)| project).collect())
}

/// Removes the mirror under its lock, then what was derived from it; `false` when another process has the lock.
async fn remove(world: &World, project: ProjectId) -> Result<bool, Failure> {
    match world.mirror(project).remove().await {
        Ok(()) => {}
        Err(SyncError::Locked) => return Ok(false),
        Err(error) => return Err(Failure::internal(error)),
    }
    let mirrors = world.config.mirrors_dir();
    blocking(move || remove_rest(&mirrors, project).map_err(Failure::internal)).await?;
    Ok(true)
}

fn remove_rest(mirrors: &Path, project: ProjectId) -> io::Result<()> {
    for entry in entries(mirrors)? {
        let entry = entry?;
        if self::project(&entry) != Some(project) {
            continue;
        }
        if entry.file_type()?.is_dir() {
            fs::remove_dir_all(entry.path())?;
        } else {
            fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}

fn entries(mirrors: &Path) -> io::Result<impl Iterator<Item = io::Result<DirEntry>>> {
    match fs::read_dir(mirrors) {
        Ok(entries) => Ok(Some(entries).into_iter().flatten()),
        // Nothing was synchronised yet.
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None.into_iter().flatten()),
        Err(error) => Err(error),
    }
}

/// Whose it is: the name is the project's id, alone or before a point. What is named otherwise is not ours to remove.
fn project(entry: &DirEntry) -> Option<ProjectId> {
    let name = entry.file_name();
    let name = name.to_str()?;
    Uuid::parse_str(name.split_once('.').map_or(name, |(id, _)| id)).ok().map(ProjectId)
}

fn timestamp(time: SystemTime) -> Timestamp {
    let micros = time.duration_since(UNIX_EPOCH).unwrap_or_default().as_micros();
    Timestamp(i64::try_from(micros).unwrap_or(i64::MAX))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

    use super::*;

    fn names(folder: &Path) -> Vec<String> {
        let mut names: Vec<_> =
            fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    #[test]
    fn everything_of_the_project_goes_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let (gone, kept) = (ProjectId::new(), ProjectId::new());
        for name in [gone.to_string(), format!("{gone}.cache"), format!("{gone}.scratch"), kept.to_string()] {
            fs::create_dir_all(folder.path().join(name).join("within")).unwrap();
        }
        for name in [format!("{gone}.lock"), "note.txt".into()] {
            fs::write(folder.path().join(name), "").unwrap();
        }
        let now = timestamp(SystemTime::now());
        assert!(untouched(folder.path(), now).unwrap().is_empty());
        let mut old = untouched(folder.path(), now.plus(GRACE + Duration::from_mins(1))).unwrap();
        old.sort_by_key(|project| project.0);
        assert_eq!(old, [gone, kept]);
        remove_rest(folder.path(), gone).unwrap();
        assert_eq!(names(folder.path()), [kept.to_string(), "note.txt".into()]);
    }

    #[test]
    fn a_service_without_mirrors_has_nothing_to_retire() {
        let folder = tempfile::tempdir().unwrap();
        assert!(untouched(&folder.path().join("mirrors"), Timestamp(0)).unwrap().is_empty());
    }
}
