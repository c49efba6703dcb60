//! What is never written, each with an error that names the path.

use mirror::{After, CommitError, CommitId, CommitLimits, FileChange, PathRefused};
use tokio_util::sync::CancellationToken;

use super::{
    asked::{blob, changed, commit, make, new, path, rename, rewrite},
    support::World,
};

/// A head with something of every kind.
async fn mixed() -> World {
    let world = World::new().await;
    for (at, content) in [
        ("a.rs", "1"),
        ("src/b.rs", "2"),
        ("src/Makefile", "3"),
        ("Stra\u{df}e/x", "4"),
        ("caf\u{e9}/y", "5"),
        (".gitignore", "6"),
        ("docs/.gitattributes", "7"),
    ] {
        world.write(at, content);
    }
    std::os::unix::fs::symlink("src", world.upstream().join("link")).unwrap();
    world.git(&["add", "-A"]);
    let commit = world.tip("HEAD");
    world.git(&["update-index", "--add", "--cacheinfo", &format!("160000,{commit},sub")]);
    world.git(&["commit", "-q", "-m", "mixed"]);
    world.sync().await.unwrap();
    world
}

/// The path and the reason of a refusal.
async fn why(world: &World, changes: Vec<FileChange>) -> (String, PathRefused) {
    match commit(world, "x", changes).await {
        Err(CommitError::Refused { path, why }) => (String::from_utf8_lossy(path.as_bytes()).into_owned(), why),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_file_that_is_not_what_it_was_is_stale() {
    let world = mixed().await;
    let other = blob(&world, "src/b.rs");
    for at in ["a.rs", "gone", "src", "a.rs/x", "src/gone/x", "src/b.rs/x"] {
        for to in [None, Some(path("new"))] {
            let change = FileChange { path: path(at), new_path: to, before: other, after: After::Bytes(b"x".to_vec()) };
            let stale = commit(&world, "x", vec![rewrite(&world, "readme", "x"), change]).await.unwrap_err();
            assert!(matches!(&stale, CommitError::Stale { path: named } if *named == path(at)), "{at}: {stale:?}");
            assert!(!stale.retryable());
        }
    }
    assert_eq!(world.refs("changes"), Vec::<String>::new());
}

#[tokio::test]
async fn links_and_submodules_are_neither_changed_nor_followed() {
    let world = mixed().await;
    let id = blob(&world, "a.rs");
    for (at, reason) in [
        ("link", PathRefused::Symlink),
        ("link/b.rs", PathRefused::Symlink),
        ("sub", PathRefused::Submodule),
        ("sub/x", PathRefused::Submodule),
    ] {
        let change = FileChange::rewrite(path(at), id, b"x".to_vec());
        assert_eq!(why(&world, vec![change]).await, (at.into(), reason.clone()));
        assert_eq!(why(&world, vec![rename(&world, "a.rs", at)]).await, (at.into(), reason));
    }
}

#[tokio::test]
async fn gits_own_files_are_protected_in_every_spelling() {
    let world = mixed().await;
    for at in [".gitignore", "docs/.gitattributes"] {
        assert_eq!(why(&world, vec![rewrite(&world, at, "*")]).await, (at.into(), PathRefused::Protected));
        assert_eq!(why(&world, vec![rename(&world, at, "free")]).await, (at.into(), PathRefused::Protected));
    }
    for to in [
        ".git",
        ".git/config",
        "x/.GIT/hooks/y",
        ".git /x",
        ".git./x",
        ".git::$INDEX_ALLOCATION/x",
        "git~1/x",
        "GIT~2",
        ".g\u{200c}it/x",
        ".gitmodules",
        "gi7eba~1",
        "gitmod~1",
        "x\\.git\\y",
        ".github/workflows/x.yml",
    ] {
        assert_eq!(why(&world, vec![rename(&world, "a.rs", to)]).await, (to.into(), PathRefused::Protected));
    }
}

#[tokio::test]
async fn nothing_is_put_where_something_stands_or_some_file_system_sees_it() {
    let world = mixed().await;
    let with = |text: &str| PathRefused::Clash { with: path(text) };
    for (to, at, reason) in [
        ("src/b.rs", "src/b.rs", PathRefused::Exists),
        ("src", "src", PathRefused::IsFolder),
        ("readme/x", "readme/x", PathRefused::BelowFile),
        ("src/b.rs/x/y", "src/b.rs/x/y", PathRefused::BelowFile),
        ("src/MAKEFILE", "src/MAKEFILE", with("src/Makefile")),
        ("SRC/c.rs", "SRC/c.rs", with("src")),
        ("STRASSE/z", "STRASSE/z", with("Stra\u{df}e")),
        ("Stra\u{1e9e}e", "Stra\u{1e9e}e", with("Stra\u{df}e")),
        ("cafe\u{301}/y", "cafe\u{301}/y", with("caf\u{e9}")),
        ("Sub", "Sub", with("sub")),
    ] {
        assert_eq!(why(&world, vec![rename(&world, "a.rs", to)]).await, (at.into(), reason));
    }
    for (one, other, reason) in [
        ("x", "X", with("x")),
        ("n/x", "N/y", with("n")),
        ("x", "x/y", PathRefused::BelowFile),
        ("x/y", "x", PathRefused::IsFolder),
    ] {
        let both = vec![rename(&world, "a.rs", one), rename(&world, "readme", other)];
        assert_eq!(why(&world, both).await, (other.into(), reason));
    }
    let only_case = vec![rename(&world, "src/Makefile", "src/makefile"), rename(&world, "a.rs", "A.rs")];
    commit(&world, "case", only_case).await.unwrap();
}

#[tokio::test]
async fn a_list_that_makes_no_sense_is_refused_before_anything_is_read() {
    let world = mixed().await;
    let twice = || rewrite(&world, "a.rs", "x");
    assert_eq!(why(&world, vec![twice(), twice()]).await, ("a.rs".into(), PathRefused::Twice));
    let both = vec![rename(&world, "a.rs", "x"), rename(&world, "readme", "x")];
    assert_eq!(why(&world, both).await, ("x".into(), PathRefused::Twice));
    let root = FileChange::rename(mirror::RepoPath::root(), path("x"), blob(&world, "a.rs"));
    assert_eq!(why(&world, vec![root]).await, (String::new(), PathRefused::Root));
    let deep = ["d"; 300].join("/");
    assert_eq!(why(&world, vec![rename(&world, "a.rs", &deep)]).await, (deep, PathRefused::TooDeep(256)));
    let long = "d".repeat(256);
    for to in [format!("a/{long}"), ["x".repeat(250).as_str(); 17].join("/")] {
        assert_eq!(why(&world, vec![rename(&world, "a.rs", &to)]).await, (to, PathRefused::TooLong));
    }
    let lost = FileChange { after: After::Blob([7; 20].into()), ..twice() };
    assert_eq!(why(&world, vec![lost]).await, ("a.rs".into(), PathRefused::NoContent));
    let tree = FileChange { after: After::Blob(blob(&world, "src")), ..twice() };
    assert_eq!(why(&world, vec![tree]).await, ("a.rs".into(), PathRefused::NoContent));
    for same in [vec![], vec![rewrite(&world, "a.rs", "1")], vec![rename(&world, "a.rs", "a.rs")]] {
        let nothing = commit(&world, "x", same).await.unwrap_err();
        assert!(matches!(nothing, CommitError::NothingChanged), "{nothing:?}");
    }
}

#[tokio::test]
async fn what_is_larger_than_allowed_is_refused() {
    let (world, _) = changed().await;
    let ask = async |limits, changes| {
        world.mirror.commit(new(world.tip("HEAD"), "x", changes), limits, CancellationToken::new()).await.unwrap_err()
    };
    let limits = CommitLimits::default;
    let both = || vec![rewrite(&world, "src/a.rs", "12345678"), rewrite(&world, "readme", "12345678")];
    let refused = ask(CommitLimits { max_changes: 1, ..limits() }, both()).await;
    assert!(matches!(refused, CommitError::TooLarge { of: "changes", limit: 1 }), "{refused:?}");
    let refused = ask(CommitLimits { max_bytes: 15, ..limits() }, both()).await;
    assert!(matches!(refused, CommitError::TooLarge { of: "bytes of new content", limit: 15 }), "{refused:?}");
    let refused = ask(CommitLimits { max_folder_bytes: 50, ..limits() }, both()).await;
    assert!(matches!(refused, CommitError::TooLarge { limit: 50, .. }), "{refused:?}");
    let refused = ask(CommitLimits { max_file_bytes: 7, ..limits() }, both()).await;
    let is_right =
        matches!(&refused, CommitError::Refused { path: at, why: PathRefused::TooLarge(7) } if *at == path("src/a.rs"));
    assert!(is_right, "{refused:?}");
    assert_eq!(refused.to_string(), "\"src/a.rs\" cannot be changed: its new content has more than 7 bytes");
}

#[tokio::test]
async fn a_parent_that_is_no_commit_here_and_a_text_that_none_can_hold_are_refused() {
    let (world, applied) = changed().await;
    let tree: CommitId = applied.tree.to_string().parse().unwrap();
    let nothing: CommitId = "1111111111111111111111111111111111111111".parse().unwrap();
    for parent in [tree, nothing] {
        let refused = make(&world.mirror, new(parent, "x", vec![rewrite(&world, "readme", "x")])).await.unwrap_err();
        assert!(matches!(refused, CommitError::NoSuchCommit(id) if id == parent), "{refused:?}");
    }
    for message in ["", " \n", "a\0b", &"x".repeat(70_000)] {
        let mut asked = new(world.tip("HEAD"), "x", vec![rewrite(&world, "readme", "x")]);
        asked.message = message.into();
        let refused = make(&world.mirror, asked).await.unwrap_err();
        assert!(matches!(refused, CommitError::Malformed(_)), "{refused:?}");
    }
    let absent = mirror::Mirror::new(world.git.clone(), world.dir.path().join("mirrors/none"));
    let refused = make(&absent, new(applied.commit, "x", Vec::new())).await.unwrap_err();
    assert!(matches!(refused, CommitError::NoSuchCommit(_)), "{refused:?}");
}
