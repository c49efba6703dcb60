//! What keeps a change's commit: refs that no sync, no housekeeping and no repair loses, until they are let go.

use std::{fs, time::Duration};

use mirror::{ChangedFile, Repair, SyncOptions, TendOptions};
use tokio_util::sync::CancellationToken;

use super::{
    asked::{changed, make, name, new, path},
    support::World,
};

fn everything() -> TendOptions {
    TendOptions { full_every: Duration::ZERO, keep_unreachable: Duration::ZERO, ..TendOptions::default() }
}

/// Every object of the change can be read.
fn is_whole(world: &World, commit: mirror::CommitId) {
    assert_eq!(world.refs("changes"), [format!("changes/one {commit}")]);
    world.in_mirror(&["rev-list", "--objects", "--quiet", &commit.to_string()]);
    assert_eq!(world.in_mirror(&["cat-file", "blob", &format!("{commit}:src/a.rs")]), "fn b() {}\n");
}

#[tokio::test]
async fn a_change_outlives_syncs_that_prune_and_housekeeping_that_drops_the_unreachable() {
    let (world, applied) = changed().await;
    // Upstream is another history altogether by now, and even the change's parent is nowhere in it.
    world.git(&["checkout", "-q", "--orphan", "other"]);
    world.commit("new", "1");
    world.git(&["branch", "-q", "-D", "main"]);
    let options = SyncOptions { allow_mass_deletion: true, ..SyncOptions::default() };
    world.sync_with(options.clone()).await.unwrap();
    for number in 0..3 {
        world.commit("more", number.to_string());
        world.sync_with(options.clone()).await.unwrap();
        for line in world.refs("backup") {
            let backup = line.split(' ').next().unwrap().to_owned();
            world.in_mirror(&["update-ref", "-d", &format!("refs/hivesync/{backup}")]);
        }
        world.mirror.tend(everything(), CancellationToken::new()).await.unwrap();
        is_whole(&world, applied.commit);
    }
    let undo = applied.files.iter().map(ChangedFile::inverse).collect();
    make(&world.mirror, new(applied.commit, "undo", undo)).await.unwrap();
}

#[tokio::test]
async fn a_mirror_that_is_cloned_anew_brings_its_changes_along() {
    let (world, applied) = changed().await;
    let tree = world.tip("HEAD^{tree}").to_string();
    let packs = world.mirror.dir().join("objects/pack");
    // The upstream's own objects are lost; the change's pack stays.
    let lost = fs::read_dir(&packs).unwrap().map(|it| it.unwrap().path()).find(|it| {
        it.extension().is_some_and(|it| it == "idx")
            && world.in_mirror(&["verify-pack", "-v", it.to_str().unwrap()]).contains(&tree)
    });
    fs::write(lost.unwrap(), "").unwrap();

    let synced = world.sync().await.unwrap();

    assert_eq!(synced.repaired, Some(Repair::Cloned { kept: 1, lost: 0 }));
    is_whole(&world, applied.commit);
    world.mirror.tend(everything(), CancellationToken::new()).await.unwrap();
    is_whole(&world, applied.commit);
}

#[tokio::test]
async fn changes_that_are_forgotten_are_dropped_and_the_others_stay() {
    let (world, applied) = changed().await;
    let undo = applied.files.iter().map(ChangedFile::inverse).collect();
    let undone = make(&world.mirror, new(applied.commit, "undo", undo)).await.unwrap();
    let forget = async |names: &[&str]| {
        let names = names.iter().map(|it| name(it)).collect();
        world.mirror.forget_changes(names, CancellationToken::new()).await.unwrap()
    };

    assert_eq!(forget(&["never", "undo", "undo"]).await, 1);
    is_whole(&world, applied.commit);
    assert_eq!(forget(&["undo", "never"]).await, 0);
    world.commit("new", "1");
    world.sync().await.unwrap();
    world.mirror.tend(everything(), CancellationToken::new()).await.unwrap();
    assert!(world.reader().commit(undone.commit).is_err(), "what only it led to is gone");
    is_whole(&world, applied.commit);

    assert_eq!(forget(&["one"]).await, 1);
    assert_eq!(world.refs("changes"), Vec::<String>::new());
    world.commit("new", "2");
    world.sync().await.unwrap();
    assert_eq!(world.reader().stat(world.tip("HEAD"), &path("new")).unwrap().size, 1);
    let absent = mirror::Mirror::new(world.git.clone(), world.dir.path().join("mirrors/none"));
    assert_eq!(absent.forget_changes(vec![name("one")], CancellationToken::new()).await.unwrap(), 0);
}
