//! What a commit is, and that the same call makes the same one.

use mirror::{
    CommitError, CommitLimits, Damaged, FileChange, Identity, Kind, NewCommit, ObjectId, Pushed, RepoPath, SyncError,
    SyncOptions,
};
use tokio_util::sync::CancellationToken;

use super::{
    asked::{blob, changed, commit, make, new, path, push_to, rename, rewrite},
    support::{
        World, feed,
        served::{Served, Talk},
        until,
    },
};

fn names(world: &World, at: impl std::fmt::Display) -> Vec<String> {
    let listed = world.in_mirror(&["ls-tree", "-r", "--format=%(objectmode) %(path)", &at.to_string()]);
    listed.lines().map(str::to_owned).collect()
}

#[tokio::test]
async fn a_commit_holds_what_was_asked_for_and_nothing_else_changes() {
    let world = World::new().await;
    world.write("src/run.sh", "#!/bin/sh\n");
    world.write("src/deep/a.rs", "fn a() {}\n");
    world.write("lib/c.rs", "fn c() {}\n");
    world.git(&["add", "-A"]);
    world.git(&["update-index", "--chmod=+x", "src/run.sh"]);
    world.git(&["commit", "-q", "-m", "all"]);
    world.sync().await.unwrap();
    let (head, refs) = (world.tip("HEAD"), world.refs("upstream"));

    let moved =
        FileChange { new_path: Some(path("src/other/b.rs")), ..rewrite(&world, "src/deep/a.rs", "fn b() {}\r\n") };
    let changes = vec![rewrite(&world, "readme", ""), moved, rename(&world, "src/run.sh", "run.sh")];
    let committed = commit(&world, "one", changes).await.unwrap();

    let shown = world.in_mirror(&["cat-file", "commit", &committed.commit.to_string()]);
    let expected = format!(
        "tree {}\nparent {head}\nauthor Ada <ada@example.com> 1767323045 +0000\n\
         committer HiveSync <hivesync@example.com> 1767323045 +0000\n\nRename a to b\n",
        committed.tree
    );
    assert_eq!(shown, expected);
    let listed = names(&world, committed.commit);
    assert_eq!(listed, ["100644 lib/c.rs", "100644 readme", "100755 run.sh", "100644 src/other/b.rs"]);
    let read = world.in_mirror(&["cat-file", "blob", &format!("{}:src/other/b.rs", committed.commit)]);
    assert_eq!(read, "fn b() {}\r\n", "byte for byte");
    assert_eq!(world.refs("changes"), [format!("changes/one {}", committed.commit)]);
    assert_eq!((world.reader().head().unwrap(), world.refs("upstream")), (Some(head), refs), "no branch has moved");
    assert_eq!(world.beside_mirror(), ["p", "p.lock"]);
    world.in_mirror(&["fsck", "--strict", &committed.commit.to_string()]);
    let kind = world.reader().stat(committed.commit, &path("run.sh")).unwrap().kind;
    assert_eq!(kind, Kind::Executable, "a reader finds it");
}

#[tokio::test]
async fn the_same_call_makes_the_same_commit_and_another_call_another() {
    let (world, first) = changed().await;
    let change = || vec![rewrite(&world, "src/a.rs", "fn b() {}\n")];
    let again = commit(&world, "one", change()).await.unwrap();
    assert!(!first.existed && again.existed);
    assert_eq!((again.commit, again.tree, &again.files), (first.commit, first.tree, &first.files));

    let elsewhere = commit(&world, "two", change()).await.unwrap();
    assert_eq!((elsewhere.commit, elsewhere.existed), (first.commit, false), "the ref's name is not part of it");
    let parts: [fn(&mut NewCommit); 5] = [
        |it| it.time += 1,
        |it| it.message.push('x'),
        |it| it.author = Identity::parse("B", "b@example.com").unwrap(),
        |it| it.committer = Identity::parse("B", "b@example.com").unwrap(),
        |it| it.changes[0].new_path = Some(path("x")),
    ];
    for (number, part) in parts.into_iter().enumerate() {
        let mut other = new(world.tip("HEAD"), "one", change());
        part(&mut other);
        let taken = make(&world.mirror, other.clone()).await.unwrap_err();
        assert!(matches!(&taken, CommitError::NameTaken(name) if name.to_string() == "one"), "{taken:?}");
        let other = NewCommit { name: super::asked::name(&format!("other-{number}")), ..other };
        assert_ne!(make(&world.mirror, other).await.unwrap().commit, first.commit);
    }
    assert_eq!(world.refs("changes/one"), [format!("changes/one {}", first.commit)]);
}

#[tokio::test]
async fn a_change_is_taken_back_also_after_others_and_not_where_it_was_changed_again() {
    let (world, applied) = changed().await;
    let undo = || applied.files.iter().map(mirror::ChangedFile::inverse).collect::<Vec<_>>();
    let after = |parent, name: &str, changes| make(&world.mirror, new(parent, name, changes));

    let undone = after(applied.commit, "undo", undo()).await.unwrap();
    assert_eq!(undone.tree, world.reader().commit(world.tip("HEAD")).unwrap().tree);

    let other = FileChange::rewrite(path("readme"), blob(&world, "readme"), b"more\n".to_vec());
    let further = after(applied.commit, "further", vec![other]).await.unwrap();
    let undone = after(further.commit, "undo-later", undo()).await.unwrap();
    let read = |at: &str| world.in_mirror(&["cat-file", "blob", &format!("{}:{at}", undone.commit)]);
    assert_eq!((read("src/a.rs"), read("readme")), ("fn a() {}\n".into(), "more\n".into()));

    let spoiled = FileChange::rewrite(path("src/a.rs"), applied.files[0].after, b"fn c() {}\n".to_vec());
    let spoiled = after(applied.commit, "spoiled", vec![spoiled]).await.unwrap();
    let stale = after(spoiled.commit, "undo-spoiled", undo()).await.unwrap_err();
    assert!(matches!(&stale, CommitError::Stale { path: at } if *at == path("src/a.rs")), "{stale:?}");
}

#[tokio::test]
async fn files_may_change_places_and_take_the_place_of_a_folder() {
    let world = World::new().await;
    world.write("a", "1");
    world.write("b", "2");
    world.write("c/d/e", "3");
    world.commit_all("all");
    world.sync().await.unwrap();
    let before = world.reader().commit(world.tip("HEAD")).unwrap().tree;
    let sets: [&[(&str, &str)]; 5] = [
        &[("a", "b"), ("b", "a")],
        &[("a", "b"), ("b", "c/d/e"), ("c/d/e", "a")],
        &[("a", "a/x")],
        &[("c/d/e", "c")],
        &[("c/d/e", "b/e"), ("b", "c")],
    ];
    for (number, set) in sets.iter().enumerate() {
        let changes = set.iter().map(|(from, to)| rename(&world, from, to)).collect();
        let there = commit(&world, &format!("there-{number}"), changes).await.unwrap();
        assert_ne!(there.tree, before);
        let back = there.files.iter().map(mirror::ChangedFile::inverse).collect();
        let back = make(&world.mirror, new(there.commit, &format!("back-{number}"), back)).await.unwrap();
        assert_eq!(back.tree, before, "{set:?}");
    }
}

#[tokio::test]
async fn a_tree_with_odd_modes_comes_back_as_it_was() {
    let world = World::new().await;
    let bytes = |id: &str| id.trim().parse::<ObjectId>().unwrap().as_bytes().to_vec();
    let store =
        |tree: &[u8]| feed(&world.upstream(), &["hash-object", "-t", "tree", "-w", "--stdin", "--literally"], tree);
    let id = bytes(&world.git(&["hash-object", "-w", "readme"]));
    let inner = store(&[b"100664 a\0".as_slice(), &id, b"100644 b\0", &id].concat());
    let outer = store(&[b"040000 d\0".as_slice(), &bytes(&inner)].concat());
    let odd = world.git(&["commit-tree", "-m", "odd", &outer]);
    world.git(&["update-ref", "HEAD", odd.trim()]);
    world.sync().await.unwrap();

    let there = commit(&world, "there", vec![rewrite(&world, "d/b", "x")]).await.unwrap();
    let back = there.files.iter().map(mirror::ChangedFile::inverse).collect();
    let back = make(&world.mirror, new(there.commit, "back", back)).await.unwrap();
    assert_eq!(back.tree.to_string(), outer);
}

#[tokio::test]
async fn a_file_may_lie_two_hundred_and_fifty_six_folders_deep() {
    let (world, applied) = changed().await;
    let deep = ["d"; 256].join("/") + "/a.rs";
    let down = FileChange::rename(path("src/a.rs"), path(&deep), applied.files[0].after);
    let down = make(&world.mirror, new(applied.commit, "down", vec![down])).await.unwrap();
    assert_eq!(names(&world, down.commit), [format!("100644 {deep}"), "100644 readme".into()]);
    let up = down.files.iter().map(mirror::ChangedFile::inverse).collect();
    assert_eq!(make(&world.mirror, new(down.commit, "up", up)).await.unwrap().tree, applied.tree);
}

#[tokio::test]
async fn a_history_that_begins_in_the_middle_is_committed_to_and_pushed_to() {
    let (full, _) = changed().await;
    full.git(&["branch", "side", "HEAD~1"]);
    full.commit("more", "1");
    let (world, source) = (World::empty().await, format!("file://{}", full.upstream().display()));
    world.git(&["fetch", "-q", "--depth=1", "--update-head-ok", &source, "+refs/heads/*:refs/heads/*"]);
    world.git(&["reset", "-q", "--hard"]);
    world.sync().await.unwrap();
    let made = commit(&world, "one", vec![rewrite(&world, "src/a.rs", "fn b() {}\n")]).await.unwrap();
    assert_eq!(push_to(&world, world.remote(), made.commit, "x").await.unwrap(), Pushed::Made);
    let (main, side) = (world.tip("main"), world.tip("side"));
    let reader = world.reader();
    assert!(reader.is_ancestor(main, made.commit).unwrap());
    assert!(!reader.is_ancestor(side, made.commit).unwrap(), "as far as the history goes");
}

#[tokio::test]
async fn a_commit_on_a_damaged_tree_is_not_made_and_says_what_is_wrong() {
    let world = World::new().await;
    world.write("src/a.rs", "fn a() {}\n");
    world.commit("src/b.rs", "fn b() {}\n");
    world.sync().await.unwrap();
    super::push_refused::unpack(&world);
    super::push_refused::lose(&world, &blob(&world, "src/b.rs").to_string());
    let refused = commit(&world, "one", vec![rewrite(&world, "src/a.rs", "fn c() {}\n")]).await.unwrap_err();
    let is_damage = matches!(refused, CommitError::Mirror(SyncError::Corrupt { damaged: Damaged::Mirror, .. }));
    assert!(is_damage, "{refused:?}");
    assert_eq!(world.refs("changes"), Vec::<String>::new());
    let options = SyncOptions { suspected: true, ..SyncOptions::default() };
    world.sync_with(options).await.unwrap();
    commit(&world, "one", vec![rewrite(&world, "src/a.rs", "fn c() {}\n")]).await.unwrap();
}

#[tokio::test]
async fn nobody_commits_while_a_sync_runs() {
    let (world, _) = changed().await;
    let silent = Served::by(Talk::hold);
    let cancel = CancellationToken::new();
    let sync = tokio::spawn({
        let (mirror, remote, cancel) = (world.mirror.clone(), silent.git(), cancel.clone());
        async move { mirror.sync(&remote, SyncOptions::default(), |_| {}, cancel).await }
    });
    until("the sync holds the lock", || world.beside_mirror().contains(&"p.scratch".to_owned())).await;
    let locked = commit(&world, "two", vec![rewrite(&world, "readme", "x")]).await.unwrap_err();
    assert!(matches!(locked, CommitError::Mirror(SyncError::Locked)) && locked.retryable(), "{locked:?}");
    cancel.cancel();
    assert!(matches!(sync.await.unwrap(), Err(SyncError::Cancelled)));
    commit(&world, "two", vec![rewrite(&world, "readme", "x")]).await.unwrap();
}

#[tokio::test]
async fn a_commit_that_is_cancelled_late_or_without_room_leaves_nothing() {
    let (world, _) = changed().await;
    let asked = || new(world.tip("HEAD"), "two", vec![rewrite(&world, "readme", "x")]);
    let refs = world.refs("");
    let cancelled = CancellationToken::new();
    cancelled.cancel();
    let limits = CommitLimits::default();
    let ended = world.mirror.commit(asked(), limits.clone(), cancelled).await.unwrap_err();
    assert!(matches!(ended, CommitError::Cancelled), "{ended:?}");
    let hurried = CommitLimits { hard_deadline: std::time::Duration::ZERO, ..limits.clone() };
    let ended = world.mirror.commit(asked(), hurried, CancellationToken::new()).await.unwrap_err();
    assert!(matches!(ended, CommitError::TimedOut(_)), "{ended:?}");
    let cramped = CommitLimits { least_free_bytes: u64::MAX / 2, ..limits };
    let ended = world.mirror.commit(asked(), cramped, CancellationToken::new()).await.unwrap_err();
    assert!(matches!(ended, CommitError::Mirror(SyncError::StorageFull)), "{ended:?}");
    assert_eq!((world.refs(""), world.beside_mirror()), (refs, vec!["p".to_owned(), "p.lock".to_owned()]));
}

#[tokio::test]
async fn a_thousand_files_are_one_commit_and_one_pack() {
    let world = World::new().await;
    for number in 0..1_000 {
        world.write(&format!("src/{}/{number}.py", number % 50), format!("old = {number}\n").repeat(20));
    }
    world.commit_all("many");
    world.sync().await.unwrap();
    let head = world.tip("HEAD");
    let listed = world.git(&["ls-tree", "-r", "HEAD", "src"]);
    let changes = listed.lines().map(|line| {
        let (entry, at) = line.split_once('\t').unwrap();
        let id = entry.split(' ').nth(2).unwrap().parse().unwrap();
        FileChange::rewrite(RepoPath::parse(at).unwrap(), id, format!("new = {at}\n").repeat(20).into_bytes())
    });
    let changes: Vec<FileChange> = changes.collect();
    let packs = || std::fs::read_dir(world.mirror.dir().join("objects/pack")).unwrap().count();
    let before = packs();
    let committed = make(&world.mirror, new(head, "many", changes)).await.unwrap();
    assert_eq!(committed.files.len(), 1_000);
    assert!(packs() - before <= 3, "a pack, its index, and the index in reverse");
    let differs =
        world.in_mirror(&["diff-tree", "-r", "--name-only", &head.to_string(), &committed.commit.to_string()]);
    assert_eq!(differs.lines().count(), 1_000);
}
