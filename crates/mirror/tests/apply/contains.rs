//! Whether upstream has a change by now: its commit, or the same blobs in another one.

use mirror::{CommitId, ReadError};

use super::{
    asked::{blob, changed, path},
    support::World,
};

#[tokio::test]
async fn a_commit_is_an_ancestor_of_what_leads_to_it() {
    let world = World::new().await;
    let root = world.tip("HEAD");
    world.git(&["checkout", "-q", "-b", "side"]);
    let side = world.commit("side", "1");
    world.git(&["checkout", "-q", "main"]);
    let main = world.commit("main", "1");
    world.git(&["merge", "-q", "--no-edit", "side"]);
    let merge = world.tip("HEAD");
    world.git(&["checkout", "-q", "--orphan", "other"]);
    let other = world.commit("other", "1");
    world.sync().await.unwrap();
    let reader = world.reader();
    for (commit, tip, expected) in [
        (root, merge, true),
        (side, merge, true),
        (main, merge, true),
        (merge, merge, true),
        (merge, root, false),
        (side, main, false),
        (other, merge, false),
        (root, other, false),
    ] {
        assert_eq!(reader.is_ancestor(commit, tip).unwrap(), expected, "{commit} {tip}");
    }
    let nothing: CommitId = "1111111111111111111111111111111111111111".parse().unwrap();
    for (commit, tip) in [(nothing, root), (root, nothing)] {
        assert!(matches!(reader.is_ancestor(commit, tip), Err(ReadError::NotFound)));
    }
}

#[tokio::test]
async fn a_change_that_came_in_by_another_commit_is_found_by_its_blobs() {
    let (world, applied) = changed().await;
    let files = || applied.files.iter().map(|it| (&it.path, it.after));
    let reader = world.reader();
    assert!(reader.holds(applied.commit, files()).unwrap());
    assert!(!reader.holds(world.tip("HEAD"), files()).unwrap());

    let squashed = world.commit("src/a.rs", "fn b() {}\n");
    world.sync().await.unwrap();

    assert!(reader.holds(squashed, files()).unwrap());
    assert!(!reader.is_ancestor(applied.commit, squashed).unwrap());
    let (there, gone) = (path("src/a.rs"), path("gone"));
    let right = blob(&world, "src/a.rs");
    assert!(!reader.holds(squashed, [(&there, right), (&gone, right)]).unwrap());
    assert!(!reader.holds(squashed, [(&path("src"), blob(&world, "src"))]).unwrap(), "a folder is no file");
    assert!(reader.holds(squashed, []).unwrap());
    let nothing: CommitId = "1111111111111111111111111111111111111111".parse().unwrap();
    assert!(matches!(reader.holds(nothing, files()), Err(ReadError::NotFound)));
}
