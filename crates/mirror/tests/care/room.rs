//! Quotas, the disk, and the number of refs: looked at before, during and after.

use std::{fs, path::PathBuf, process::Command};

use mirror::{Mirror, RemoteUrl, SyncError, SyncOptions};
use tokio_util::sync::CancellationToken;

use super::support::{
    World, noise,
    served::{Served, blob, pack},
};

async fn sync(mirror: &Mirror, remote: &RemoteUrl, options: SyncOptions) -> SyncError {
    mirror.sync(remote, options, |_| {}, CancellationToken::new()).await.unwrap_err()
}

fn is_too_large(error: &SyncError) -> bool {
    matches!(error, SyncError::TooLarge(_)) && !error.retryable()
}

/// A remote that sends the first 3 MB of a pack of 4 MB, and then no more.
fn endless() -> Served {
    let bytes = pack(&[blob(&noise(4 << 20, 1))]);
    Served::by(move |talk| {
        talk.negotiate();
        talk.say(&bytes[..3 << 20]);
        talk.hold();
    })
}

fn unfinished(world: &World) -> usize {
    let folder = fs::read_dir(world.mirror.dir().join("objects/pack")).unwrap();
    folder.filter(|it| it.as_ref().unwrap().file_name().to_string_lossy().starts_with("tmp_")).count()
}

#[tokio::test]
async fn a_mirror_over_its_quota_is_not_even_asked_about() {
    let world = World::new().await;
    world.commit("noise", noise(300_000, 1));
    let head = world.sync().await.unwrap().head;
    fs::rename(world.upstream(), world.dir.path().join("away")).unwrap();
    let options = SyncOptions { max_disk_bytes: Some(100_000), ..SyncOptions::default() };
    assert!(is_too_large(&world.sync_with(options).await.unwrap_err()), "the remote is gone, and nobody noticed");
    assert_eq!(world.reader().head().unwrap(), head);
}

#[tokio::test]
async fn a_fetch_is_stopped_when_the_packs_outgrow_the_quota() {
    let world = World::new().await;
    let remote = endless();
    let options = SyncOptions { max_disk_bytes: Some(1 << 20), ..SyncOptions::default() };
    assert!(is_too_large(&sync(&world.mirror, &remote.git(), options.clone()).await));
    assert_eq!(world.beside_mirror(), ["p.lock"]);

    let head = world.sync().await.unwrap().head;
    assert!(is_too_large(&sync(&world.mirror, &remote.git(), options).await));
    assert_eq!((world.reader().head().unwrap(), unfinished(&world)), (head, 0));
    assert_eq!(world.beside_mirror(), ["p", "p.lock"]);
}

#[tokio::test]
async fn what_came_too_fast_to_be_stopped_is_not_published() {
    let world = World::new().await;
    let head = world.sync().await.unwrap().head;
    world.commit("noise", noise(300_000, 1));
    let options = SyncOptions { max_disk_bytes: Some(100_000), ..SyncOptions::default() };
    assert!(is_too_large(&world.sync_with(options).await.unwrap_err()));
    assert_eq!(world.reader().head().unwrap(), head);
}

#[tokio::test]
async fn refs_are_counted_before_they_are_written_and_over_all_syncs() {
    let world = World::new().await;
    for number in 0..30 {
        world.git(&["branch", &format!("b{number}")]);
    }
    let at_most = |max_refs| SyncOptions { max_refs, ..SyncOptions::default() };
    let refused = world.sync_with(at_most(20)).await.unwrap_err();
    assert!(is_too_large(&refused), "{refused:?}");
    assert_eq!(world.beside_mirror(), ["p.lock"]);
    world.sync_with(at_most(31)).await.unwrap();
    world.git(&["tag", "one-more"]);
    assert!(is_too_large(&world.sync_with(at_most(31)).await.unwrap_err()));
    assert!(world.refs("upstream/tags").is_empty());
    world.sync_with(at_most(32)).await.unwrap();
}

#[tokio::test]
async fn a_disk_with_less_than_must_stay_free_is_not_written_to() {
    let world = World::new().await;
    let options = SyncOptions { least_free_bytes: u64::MAX / 2, ..SyncOptions::default() };
    let refused = world.sync_with(options.clone()).await.unwrap_err();
    assert!(matches!(refused, SyncError::StorageFull) && refused.retryable(), "{refused:?}");
    assert!(!world.mirror.is_present());
    let head = world.sync().await.unwrap().head;
    assert!(matches!(world.sync_with(options).await, Err(SyncError::StorageFull)));
    assert_eq!(world.reader().head().unwrap(), head);
}

/// A small disk of its own, taken away at the end.
struct Disk(PathBuf);

impl Disk {
    /// None, with the reason printed, where this user may not mount one.
    fn of(world: &World, megabytes: u32) -> Option<Self> {
        let path = world.dir.path().join("disk");
        fs::create_dir(&path).unwrap();
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o", &format!("size={megabytes}m"), "tmpfs"])
            .arg(&path)
            .output();
        match mounted {
            Ok(output) if output.status.success() => Some(Self(path)),
            refused => {
                eprintln!("skipped: no disk can be mounted here: {refused:?}");
                None
            }
        }
    }

    fn grow(&self, megabytes: u32) {
        let size = format!("remount,size={megabytes}m");
        assert!(Command::new("mount").args(["-o", &size]).arg(&self.0).status().unwrap().success());
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(&self.0).status();
    }
}

#[tokio::test]
async fn a_disk_that_runs_full_stops_the_sync_and_keeps_the_mirror_readable() {
    let world = World::new().await;
    let Some(disk) = Disk::of(&world, 8) else { return };
    let world = World { mirror: Mirror::new(world.git.clone(), disk.0.join("p")), ..world };
    let head = world.sync_with(SyncOptions { least_free_bytes: 0, ..SyncOptions::default() }).await.unwrap().head;

    let options = SyncOptions { least_free_bytes: 6 << 20, ..SyncOptions::default() };
    let refused = sync(&world.mirror, &endless().git(), options).await;
    assert!(matches!(refused, SyncError::StorageFull), "stopped before it is full: {refused:?}");
    assert_eq!(unfinished(&world), 0);

    let tip = world.commit("noise", noise(12 << 20, 1));
    let brimful = SyncOptions { least_free_bytes: 0, ..SyncOptions::default() };
    let full = world.sync_with(brimful.clone()).await.unwrap_err();
    assert!(matches!(full, SyncError::StorageFull) && full.retryable(), "{full:?}");
    assert_eq!(unfinished(&world), 0, "it is not left full");
    assert_eq!(world.reader().head().unwrap(), head);

    disk.grow(64);
    let synced = world.sync_with(brimful).await.unwrap();
    assert_eq!((synced.head, synced.repaired), (Some(tip), None));
}
