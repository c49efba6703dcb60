//! The end of a mirror, and that there may be another one after it.

use std::fs;

use mirror::{Mirror, SyncError, SyncOptions};
use tokio_util::sync::CancellationToken;

use super::support::World;

#[tokio::test]
async fn a_removed_mirror_leaves_nothing_and_a_later_sync_starts_anew() {
    let world = World::new().await;
    let first = world.sync().await.unwrap();
    fs::create_dir_all(world.dir.path().join("mirrors/p.damaged/objects")).unwrap();
    fs::create_dir_all(world.dir.path().join("mirrors/p.scratch/home")).unwrap();

    world.mirror.remove().await.unwrap();

    assert_eq!(world.beside_mirror(), Vec::<String>::new());
    assert!(world.mirror.reader().is_err());
    world.mirror.remove().await.unwrap();
    assert_eq!(world.beside_mirror(), Vec::<String>::new(), "twice is as good as once");
    let again = world.sync().await.unwrap();
    assert_eq!((again.head, again.before, again.refs_changed), (first.head, None, 1));
}

#[tokio::test]
async fn removing_what_never_was_makes_nothing() {
    let world = World::empty().await;
    world.mirror.remove().await.unwrap();
    assert!(!world.dir.path().join("mirrors").exists());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn removals_and_syncs_that_race_never_hold_the_lock_together() {
    let world = World::new().await;
    let remove = async |mirror: Mirror| {
        let mut removed = 0;
        while removed < 10 {
            match mirror.remove().await {
                Ok(()) => removed += 1,
                Err(SyncError::Locked) => tokio::task::yield_now().await,
                Err(error) => panic!("{error:?}"),
            }
        }
    };
    let remover = tokio::spawn(remove(world.mirror.clone()));
    let (mut synced, upstream) = (0, world.remote());
    while synced < 10 || !remover.is_finished() {
        let cancel = CancellationToken::new();
        match world.mirror.sync(&upstream, SyncOptions::default(), |_| {}, cancel).await {
            Ok(done) => {
                assert_eq!(done.repaired, None);
                synced += 1;
            }
            Err(SyncError::Locked) => tokio::task::yield_now().await,
            Err(error) => panic!("{error:?}"),
        }
    }
    remover.await.unwrap();
    world.sync().await.unwrap();
    assert_eq!(world.beside_mirror(), ["p", "p.lock"]);
}
