//! Housekeeping: what is rolled together, what goes and what stays, and who may go on meanwhile.

use std::{
    fs,
    ops::ControlFlow,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::Duration,
};

use mirror::{CommitId, Reader, Repack, SyncError, SyncOptions, TendOptions, Tended, TimeLimit, TreeLimits};
use tokio_util::sync::CancellationToken;

use super::support::{
    World,
    served::{Served, Talk},
    until,
};

/// A mirror of as many packs as there were syncs.
async fn piled_up(packs: usize) -> World {
    let world = World::new().await;
    world.sync().await.unwrap();
    for number in 1..packs {
        world.commit(&format!("src/{number}.rs"), format!("fn f() {{}}\n{number}\n").repeat(50));
        world.sync().await.unwrap();
    }
    world
}

fn packs(world: &World) -> usize {
    let folder = fs::read_dir(world.mirror.dir().join("objects/pack")).unwrap();
    folder.filter(|it| it.as_ref().unwrap().path().extension().is_some_and(|it| it == "pack")).count()
}

fn few() -> TendOptions {
    TendOptions { max_packs: 3, ..TendOptions::default() }
}

/// Everything, now, with nothing spared.
fn everything() -> TendOptions {
    TendOptions { full_every: Duration::ZERO, keep_unreachable: Duration::ZERO, ..TendOptions::default() }
}

async fn tend(world: &World, options: TendOptions) -> Result<Tended, SyncError> {
    world.mirror.tend(options, CancellationToken::new()).await
}

fn read_all(reader: &Reader, at: CommitId) -> usize {
    let mut blobs = reader.blobs();
    let mut read = 0;
    let visit = &mut |entry: mirror::Entry<'_>| {
        blobs.stream(entry.id, &mut |piece| read += piece.len()).unwrap();
        ControlFlow::Continue(())
    };
    reader.entries(at, TreeLimits::default(), visit).unwrap();
    read
}

#[tokio::test]
async fn packs_that_pile_up_are_rolled_together_and_then_there_is_nothing_to_do() {
    let world = piled_up(3).await;
    assert!(!world.mirror.needs_tending(&few()));
    let idle = tend(&world, few()).await.unwrap();
    assert_eq!((idle.repacked, idle.packs), (None, (3, 3)));

    world.commit("one-more", "1");
    let head = world.sync().await.unwrap().head.unwrap();
    assert!(world.mirror.needs_tending(&few()));
    let tended = tend(&world, few()).await.unwrap();

    assert_eq!((tended.repacked, tended.packs.0), (Some(Repack::Small), 4));
    assert!(tended.packs.1 < 4 && tended.packs.1 == packs(&world), "{tended:?}");
    assert!(world.mirror.dir().join("objects/info/commit-graphs/commit-graph-chain").exists());
    assert!(!world.mirror.needs_tending(&few()));
    assert!(read_all(&world.reader(), head) > 0);
    assert_eq!(world.beside_mirror(), ["p", "p.lock"]);
    world.in_mirror(&["commit-graph", "verify"]);
    world.in_mirror(&["rev-list", "--objects", "--quiet", "--all"]);
    assert_eq!(world.sync().await.unwrap().refs_changed, 0);
}

#[tokio::test]
async fn a_mirror_of_one_pack_or_of_none_never_needs_anything() {
    let world = World::empty().await;
    assert!(!world.mirror.needs_tending(&everything()));
    assert_eq!(tend(&world, everything()).await.unwrap().repacked, None);
    assert_eq!(world.beside_mirror(), ["p.lock"]);
    world.sync().await.unwrap();
    assert_eq!(tend(&world, everything()).await.unwrap().repacked, None, "an empty repository has no pack");
    world.commit("a", "1");
    world.sync().await.unwrap();
    assert!(!world.mirror.needs_tending(&everything()));
}

#[tokio::test]
async fn what_nothing_leads_to_is_set_aside_and_dropped_in_its_time() {
    let world = piled_up(2).await;
    world.git(&["checkout", "-q", "--orphan", "doomed"]);
    let doomed = world.commit("doomed", "x");
    world.git(&["checkout", "-q", "-f", "main"]);
    world.sync().await.unwrap();
    world.git(&["branch", "-q", "-D", "doomed"]);
    assert_eq!(world.sync().await.unwrap().backed_up, 1);
    let is_there = || world.reader().commit(doomed).is_ok();

    tend(&world, everything()).await.unwrap();
    assert!(is_there(), "a backup leads to it");
    world.in_mirror(&["update-ref", "-d", "refs/hivesync/backup/1/heads/doomed"]);
    let patient = TendOptions { keep_unreachable: Duration::from_hours(1), ..everything() };
    world.commit("another", "pack");
    let head = world.sync().await.unwrap().head.unwrap();
    assert_eq!(tend(&world, patient).await.unwrap().packs.1, 2, "one of them for what is set aside");
    assert!(is_there());

    assert_eq!(tend(&world, everything()).await.unwrap().packs, (2, 1));
    assert!(!is_there());
    assert!(read_all(&world.reader(), head) > 0);
    world.in_mirror(&["commit-graph", "verify"]);
    world.in_mirror(&["rev-list", "--objects", "--quiet", "--all"]);
}

#[tokio::test]
async fn everything_is_repacked_once_in_its_time_only() {
    let world = piled_up(3).await;
    let weekly = TendOptions { full_every: Duration::from_hours(7 * 24), ..everything() };
    assert!(!world.mirror.needs_tending(&weekly), "it was made just now");
    let config = fs::File::options().write(true).open(world.mirror.dir().join("config")).unwrap();
    config.set_modified(std::time::SystemTime::now() - Duration::from_hours(8 * 24)).unwrap();
    assert_eq!(tend(&world, weekly.clone()).await.unwrap().repacked, Some(Repack::All));
    world.commit("a", "1");
    world.sync().await.unwrap();
    assert!(!world.mirror.needs_tending(&weekly));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn readers_go_on_while_everything_is_repacked() {
    let world = piled_up(4).await;
    let head = world.reader().head().unwrap().unwrap();
    let expected = read_all(&world.reader(), head);
    let (stop, rounds) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
    let readers: Vec<_> = (0..3)
        .map(|number| {
            let (mirror, stop, rounds) = (world.mirror.clone(), stop.clone(), rounds.clone());
            let opened = world.reader();
            std::thread::spawn(move || {
                while !stop.load(Ordering::Relaxed) {
                    // Two were opened before all of it, one is opened anew each time.
                    let reader = if number == 0 { mirror.reader().unwrap() } else { opened.clone() };
                    assert_eq!(read_all(&reader, head), expected);
                    rounds.fetch_add(1, Ordering::Relaxed);
                }
            })
        })
        .collect();
    for number in 0..9 {
        world.commit(&format!("round/{number}"), number.to_string());
        world.sync().await.unwrap();
        let options = if number % 3 == 2 { everything() } else { TendOptions { max_packs: 1, ..few() } };
        assert!(tend(&world, options).await.unwrap().repacked.is_some());
        let seen = rounds.load(Ordering::Relaxed);
        until("somebody reads", || rounds.load(Ordering::Relaxed) > seen).await;
    }
    stop.store(true, Ordering::Relaxed);
    for reader in readers {
        reader.join().unwrap();
    }
    assert!(packs(&world) <= 2);
}

#[tokio::test]
async fn tending_and_syncing_never_meet() {
    let world = piled_up(2).await;
    let silent = Served::by(Talk::hold);
    let cancel = CancellationToken::new();
    let sync = tokio::spawn({
        let (mirror, remote, cancel) = (world.mirror.clone(), silent.git(), cancel.clone());
        async move { mirror.sync(&remote, SyncOptions::default(), |_| {}, cancel).await }
    });
    until("the sync holds the lock", || world.beside_mirror().contains(&"p.scratch".to_owned())).await;
    assert!(matches!(tend(&world, everything()).await, Err(SyncError::Locked)));
    assert!(matches!(world.mirror.remove().await, Err(SyncError::Locked)));
    cancel.cancel();
    assert!(matches!(sync.await.unwrap(), Err(SyncError::Cancelled)));
    assert!(tend(&world, everything()).await.is_ok());
}

#[tokio::test]
async fn tending_ends_when_it_is_told_to_has_no_time_or_no_room() {
    let world = piled_up(2).await;
    let cancelled = CancellationToken::new();
    cancelled.cancel();
    assert!(matches!(world.mirror.tend(everything(), cancelled).await, Err(SyncError::Cancelled)));
    let hurried = TendOptions { hard_deadline: Duration::ZERO, ..everything() };
    let failed = tend(&world, hurried).await;
    assert!(matches!(failed, Err(SyncError::TimedOut(TimeLimit::Deadline(_)))), "{failed:?}");
    let cramped = TendOptions { least_free_bytes: u64::MAX / 2, ..everything() };
    assert!(matches!(tend(&world, cramped).await, Err(SyncError::StorageFull)));
    assert_eq!((packs(&world), world.beside_mirror()), (2, vec!["p".into(), "p.lock".into()]));

    fs::write(world.mirror.dir().join("objects/pack/.tmp-1-pack-x.pack"), "half").unwrap();
    assert!(tend(&world, everything()).await.is_ok());
    assert!(!world.mirror.dir().join("objects/pack/.tmp-1-pack-x.pack").exists(), "what a dead repack left is swept");
}
