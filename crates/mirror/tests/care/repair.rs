//! Damage of every kind, and the least that helps against it.

use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
};

use mirror::{
    CommitId, Content, Damaged, Reader, Repair, RepoPath, SyncError, SyncOptions, Synced, TendOptions, TreeLimits,
};
use tokio_util::sync::CancellationToken;

use super::support::{
    World,
    served::{Served, blob, difference_from, pack},
};

const SUSPECTED: fn() -> SyncOptions = || SyncOptions { suspected: true, ..SyncOptions::default() };

/// A mirror of two packs and a commit-graph.
async fn mirrored() -> World {
    let world = World::new().await;
    world.write("src/a.rs", "fn a() {}\n".repeat(1_000));
    world.commit_all("one");
    world.sync().await.unwrap();
    world.commit("src/b.rs", "fn b() {}\n".repeat(1_000));
    world.sync().await.unwrap();
    world.in_mirror(&["commit-graph", "write", "--reachable", "--split"]);
    world
}

fn packs(world: &World, extension: &str) -> Vec<PathBuf> {
    files(&world.mirror.dir().join("objects/pack"), extension)
}

fn graph(world: &World) -> PathBuf {
    files(&world.mirror.dir().join("objects/info/commit-graphs"), "graph").remove(0)
}

fn files(folder: &Path, extension: &str) -> Vec<PathBuf> {
    let all = fs::read_dir(folder).unwrap().map(|it| it.unwrap().path());
    let mut files: Vec<PathBuf> = all.filter(|it| it.extension().is_some_and(|it| it == extension)).collect();
    files.sort_by_key(|it| fs::metadata(it).unwrap().len());
    files
}

/// Changes the file's bytes behind Git's back.
fn change(file: &Path, change: impl FnOnce(&mut Vec<u8>)) {
    let mut bytes = fs::read(file).unwrap();
    change(&mut bytes);
    fs::set_permissions(file, fs::Permissions::from_mode(0o644)).unwrap();
    fs::write(file, bytes).unwrap();
}

fn flip(file: &Path, range: std::ops::Range<usize>) {
    change(file, |bytes| bytes[range].iter_mut().for_each(|byte| *byte = !*byte));
}

/// Reads every byte of a commit.
fn read_all(reader: &Reader, at: CommitId) -> usize {
    let mut blobs = reader.blobs();
    let mut read = 0;
    let visit = &mut |entry: mirror::Entry<'_>| {
        blobs.stream(entry.id, &mut |piece| read += piece.len()).unwrap();
        std::ops::ControlFlow::Continue(())
    };
    reader.entries(at, TreeLimits::default(), visit).unwrap();
    read
}

/// The mirror is whole, says so, and forgets the damaged one at the next sync.
async fn is_well(world: &World, synced: &Synced) {
    assert_eq!(synced.head, Some(world.tip("main")));
    world.in_mirror(&["rev-list", "--objects", "--quiet", "--all"]);
    read_all(&world.reader(), synced.head.unwrap());
    let cloned = matches!(synced.repaired, Some(Repair::Cloned { .. }));
    assert_eq!(world.beside_mirror().contains(&"p.damaged".to_owned()), cloned);
    let next = world.sync().await.unwrap();
    assert_eq!((next.refs_changed, next.repaired), (0, None));
    assert_eq!(world.beside_mirror(), ["p", "p.lock"]);
}

const CLONED: Option<Repair> = Some(Repair::Cloned { kept: 0, lost: 0 });

#[tokio::test]
async fn a_pack_or_index_that_is_not_whole_is_seen_by_the_next_sync_and_replaced() {
    type Harm = fn(&World);
    let harms: [(&str, Harm); 6] = [
        ("a pack's head", |world| flip(&packs(world, "pack")[1], 0..8)),
        ("a pack's end", |world| change(&packs(world, "pack")[1], |bytes| bytes.truncate(bytes.len() / 2))),
        ("an empty pack", |world| change(&packs(world, "pack")[0], Vec::clear)),
        ("an index's head", |world| flip(&packs(world, "idx")[1], 0..1_032)),
        ("an index's end", |world| change(&packs(world, "idx")[0], |bytes| bytes.truncate(bytes.len() - 1))),
        ("two indexes mixed up", |world| {
            let indexes = packs(world, "idx");
            let other = fs::read(&indexes[0]).unwrap();
            change(&indexes[1], |bytes| *bytes = other);
        }),
    ];
    for (name, harm) in harms {
        let world = mirrored().await;
        harm(&world);
        let synced = world.sync().await.unwrap_or_else(|error| panic!("{name}: {error:?}"));
        assert_eq!((synced.repaired, synced.refs_changed), (CLONED, 0), "{name}");
        is_well(&world, &synced).await;
    }
}

#[tokio::test]
async fn what_only_a_reader_finds_is_repaired_when_it_is_suspected() {
    type Harm = fn(&World);
    let harms: [(&str, Harm); 3] = [
        ("a byte of a pack", |world| flip(&packs(world, "pack")[1], 40..41)),
        ("a name in an index", |world| flip(&packs(world, "idx")[1], 1_032..1_092)),
        ("an object that is gone", |world| {
            fs::create_dir(world.dir.path().join("packs")).unwrap();
            for file in ["pack", "idx", "rev"].iter().flat_map(|it| packs(world, it)) {
                fs::rename(&file, world.dir.path().join("packs").join(file.file_name().unwrap())).unwrap();
            }
            let moved = files(&world.dir.path().join("packs"), "pack");
            for file in moved {
                let bytes = fs::read(file).unwrap();
                super::support::feed(world.mirror.dir(), &["unpack-objects", "-q"], &bytes);
            }
            let blob = world.git(&["rev-parse", "HEAD:src/a.rs"]);
            let (folder, rest) = blob.trim().split_at(2);
            fs::remove_file(world.mirror.dir().join("objects").join(folder).join(rest)).unwrap();
        }),
    ];
    for (name, harm) in harms {
        let world = mirrored().await;
        harm(&world);
        assert_eq!(world.sync().await.unwrap().repaired, None, "{name}: a glance does not find it");
        let synced = world.sync_with(SUSPECTED()).await.unwrap_or_else(|error| panic!("{name}: {error:?}"));
        assert_eq!(synced.repaired, CLONED, "{name}");
        is_well(&world, &synced).await;
    }
}

#[tokio::test]
async fn files_that_can_be_made_again_are_dropped_and_nothing_is_cloned() {
    type Harm = fn(&World);
    let harms: [(&str, Harm); 6] = [
        ("a graph's head", |world| flip(&graph(world), 0..8)),
        ("a graph's end", |world| change(&graph(world), |bytes| bytes.truncate(bytes.len() - 100))),
        ("a graph's parents", |world| {
            // In gitformat-commit-graph(5)'s commit data, each parent's position is four bytes after a tree's name.
            change(&graph(world), |bytes| {
                let at = bytes.windows(4).position(|it| it == b"CDAT").unwrap();
                let start = u64::from_be_bytes(bytes[at + 4..at + 12].try_into().unwrap());
                let start = usize::try_from(start).unwrap();
                (0..3).for_each(|row| bytes[start + row * 36 + 20..start + row * 36 + 24].fill(0x0f));
            });
        }),
        ("a multi-pack-index", |world| {
            world.in_mirror(&["multi-pack-index", "write"]);
            flip(&world.mirror.dir().join("objects/pack/multi-pack-index"), 0..60);
        }),
        ("the configuration", |world| fs::write(world.mirror.dir().join("config"), "[core\nbare").unwrap()),
        ("the head", |world| fs::remove_file(world.mirror.dir().join("HEAD")).unwrap()),
    ];
    for (name, harm) in harms {
        let world = mirrored().await;
        let inode = || std::os::unix::fs::MetadataExt::ino(&fs::metadata(world.mirror.dir()).unwrap());
        let before = inode();
        harm(&world);
        world.commit("new", "1");
        let synced = world.sync().await.unwrap_or_else(|error| panic!("{name}: {error:?}"));
        assert_eq!(synced.repaired, Some(Repair::Derived), "{name}");
        assert_eq!(inode(), before, "{name}: the repository is the same");
        is_well(&world, &synced).await;
    }
}

#[tokio::test]
async fn a_mirror_that_was_suspected_wrongly_is_synced_and_not_cloned() {
    let world = mirrored().await;
    let kept = packs(&world, "pack");
    let tip = world.commit("new", "1");
    let synced = world.sync_with(SUSPECTED()).await.unwrap();
    assert_eq!((synced.head, synced.refs_changed), (Some(tip), 1));
    assert!(!matches!(synced.repaired, Some(Repair::Cloned { .. })));
    assert!(kept.iter().all(|it| it.exists()));
}

#[tokio::test]
async fn a_mirror_of_nothing_may_be_suspected_and_is_still_one() {
    let world = World::empty().await;
    assert_eq!(world.sync_with(SUSPECTED()).await.unwrap().repaired, None, "there was none yet");
    assert_eq!(world.sync_with(SUSPECTED()).await.unwrap().repaired, None);
    let tip = world.commit("a", "1");
    assert_eq!(world.sync_with(SUSPECTED()).await.unwrap().head, Some(tip));
}

/// A commit that only the mirror has, under a ref of ours.
fn own_commit(world: &World, name: &str) -> String {
    let tree = world.in_mirror(&["rev-parse", "HEAD^{tree}"]);
    let commit = world.in_mirror(&["commit-tree", tree.trim(), "-p", "HEAD", "-m", name]);
    world.in_mirror(&["update-ref", &format!("refs/hivesync/{name}"), commit.trim()]);
    commit.trim().to_owned()
}

#[tokio::test]
async fn our_own_commits_are_brought_along_as_far_as_they_can_be_read() {
    let world = mirrored().await;
    let lost = world.tip("main");
    world.git(&["reset", "-q", "--hard", "HEAD~1"]);
    world.commit("c", "3");
    assert_eq!(world.sync().await.unwrap().backed_up, 1);
    let (change, keep) = (own_commit(&world, "changes/1"), own_commit(&world, "keep/m1"));
    let gone = own_commit(&world, "changes/2");
    let (folder, rest) = gone.split_at(2);
    fs::remove_file(world.mirror.dir().join("objects").join(folder).join(rest)).unwrap();

    let synced = world.sync_with(SUSPECTED()).await.unwrap();

    assert_eq!(synced.repaired, Some(Repair::Cloned { kept: 3, lost: 1 }));
    assert_eq!(world.refs("changes"), [format!("changes/1 {change}")]);
    assert_eq!(world.refs("keep"), [format!("keep/m1 {keep}")]);
    assert_eq!(world.refs("backup"), [format!("backup/1/heads/main {lost}")]);
    assert!(!world.mirror.dir().join("objects/info/alternates").exists());
    is_well(&world, &synced).await;
}

#[tokio::test]
async fn what_upstream_dropped_meanwhile_is_backed_up_from_the_damaged_mirror() {
    let world = mirrored().await;
    let lost = world.tip("main");
    world.git(&["reset", "-q", "--hard", "HEAD~1"]);
    let tip = world.commit("c", "3");
    fs::write(world.mirror.dir().join("packed-refs"), "garbage\n").unwrap();

    let synced = world.sync().await.unwrap();

    assert_eq!((synced.head, synced.backed_up), (Some(tip), 1));
    assert_eq!(synced.repaired, Some(Repair::Cloned { kept: 1, lost: 0 }));
    assert_eq!(world.refs("backup"), [format!("backup/1/heads/main {lost}")]);
    is_well(&world, &synced).await;
}

#[tokio::test]
async fn nothing_is_cloned_for_what_a_remote_or_a_network_did() {
    let world = mirrored().await;
    let inode = || std::os::unix::fs::MetadataExt::ino(&fs::metadata(world.mirror.dir()).unwrap());
    let before = inode();
    flip(&packs(&world, "pack")[0], 0..8);
    let sync = async |remote: &mirror::RemoteUrl| {
        world.mirror.sync(remote, SUSPECTED(), |_| {}, CancellationToken::new()).await.unwrap_err()
    };

    let refusing = Served::by(|talk| talk.respond("401 Unauthorized", "WWW-Authenticate: Basic realm=x\r\n", ""));
    assert!(matches!(sync(&refusing.http()).await, SyncError::AuthFailed));
    let broken = Served::by(|talk| {
        talk.negotiate();
        talk.say(b"PACK\0\0\0\x02\0\0\0\x01");
    });
    let failed = sync(&broken.git()).await;
    assert!(matches!(failed, SyncError::Unreachable(_)), "{failed:?}");
    fs::rename(world.upstream(), world.dir.path().join("away")).unwrap();
    assert!(matches!(sync(&world.remote()).await, SyncError::NotFound));
    assert_eq!((inode(), world.beside_mirror()), (before, vec!["p".into(), "p.lock".into()]));

    fs::rename(world.dir.path().join("away"), world.upstream()).unwrap();
    let synced = world.sync().await.unwrap();
    assert_eq!(synced.repaired, CLONED);
}

#[tokio::test]
async fn a_remote_that_sends_half_a_history_is_blamed_and_not_the_mirror() {
    let world = mirrored().await;
    let before = packs(&world, "pack");
    let base: [u8; 20] = [7; 20];
    let bytes = pack(&[blob(b"x"), difference_from(base, &[1, 1, 1, b'x'])]);
    let remote = Served::by(move |talk| {
        talk.negotiate();
        talk.say(&bytes);
    });
    let (url, options) = (remote.git(), SyncOptions::default());
    let failed = world.mirror.sync(&url, options, |_| {}, CancellationToken::new()).await.unwrap_err();
    assert!(matches!(failed, SyncError::Corrupt { damaged: Damaged::Remote, .. }), "{failed:?}");
    assert_eq!((packs(&world, "pack"), world.beside_mirror()), (before, vec!["p".into(), "p.lock".into()]));
}

#[tokio::test]
async fn a_damaged_mirror_is_still_held_when_the_remote_has_lost_its_branches() {
    let world = mirrored().await;
    let tip = world.tip("main");
    flip(&packs(&world, "idx")[0], 0..1_032);
    fs::rename(world.upstream(), world.dir.path().join("old")).unwrap();
    fs::create_dir(world.upstream()).unwrap();
    world.git(&["init", "-q", "."]);

    let held = world.sync().await;
    assert!(matches!(held, Err(SyncError::Held { deleted: 1, total: 1 })), "{held:?}");
    assert_eq!(world.refs("upstream/heads"), [format!("upstream/heads/main {tip}")]);

    let options = SyncOptions { allow_mass_deletion: true, ..SyncOptions::default() };
    let released = world.sync_with(options).await.unwrap();
    assert_eq!(released.head, None);
    assert!(matches!(released.repaired, Some(Repair::Cloned { .. })), "{released:?}");
}

#[tokio::test]
async fn readers_of_a_damaged_mirror_read_what_they_can_and_then_the_new_one() {
    let world = mirrored().await;
    let reader = world.reader();
    let old = world.tip("main");
    // The pack of the first sync; what came with the second can still be read.
    let larger = packs(&world, "pack").pop().unwrap();
    let (b, path) = (RepoPath::parse("src/b.rs").unwrap(), RepoPath::parse("src/a.rs").unwrap());
    let is_read = |reader: &Reader, path: &RepoPath| matches!(reader.file(old, path, 1 << 20), Ok(Content::File(_)));
    assert!(is_read(&reader, &b));
    change(&larger, |bytes| bytes.truncate(100));
    let again = world.reader();
    assert!(is_read(&again, &b) || is_read(&again, &path), "one of the two packs is whole");

    assert_eq!(world.sync().await.unwrap().repaired, CLONED);

    for reader in [&again, &world.reader()] {
        assert!(is_read(reader, &path) && is_read(reader, &b));
        assert_eq!(reader.head().unwrap(), Some(old));
    }
}

#[tokio::test]
async fn a_holder_that_died_between_moving_one_aside_and_the_other_in_leaves_no_gap() {
    let world = mirrored().await;
    let aside = world.dir.path().join("mirrors/p.damaged");
    fs::rename(world.mirror.dir(), &aside).unwrap();
    fs::create_dir_all(world.dir.path().join("mirrors/p.scratch/clone.git")).unwrap();
    let synced = world.sync().await.unwrap();
    assert_eq!((synced.refs_changed, synced.before, synced.repaired), (0, synced.head, None));
    assert_eq!(world.beside_mirror(), ["p", "p.lock"]);

    fs::rename(world.mirror.dir(), &aside).unwrap();
    let anew = world.sync().await.unwrap();
    assert_eq!((anew.before, anew.repaired), (None, None), "one that somebody took away stays away");
    assert_eq!(world.beside_mirror(), ["p", "p.lock"]);
}

#[tokio::test]
async fn tending_a_damaged_mirror_says_so_and_loses_nothing() {
    let world = mirrored().await;
    let before = packs(&world, "pack");
    flip(&before[1], 40..41);
    let options = TendOptions { full_every: std::time::Duration::ZERO, ..TendOptions::default() };
    let failed = world.mirror.tend(options, CancellationToken::new()).await.unwrap_err();
    assert!(
        matches!(failed, SyncError::Corrupt { damaged: Damaged::Mirror, .. } | SyncError::Git { .. }),
        "{failed:?}"
    );
    assert!(!failed.to_string().contains('/'), "{failed}");
    assert_eq!(packs(&world, "pack"), before);
    let synced = world.sync_with(SUSPECTED()).await.unwrap();
    assert_eq!(synced.repaired, CLONED);
}
