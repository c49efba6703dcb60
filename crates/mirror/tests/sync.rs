//! Syncs against real upstreams: what is published, held, kept and refused.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on should stop")]

mod support;

use std::{fs, os::unix::fs::PermissionsExt};

use mirror::{Mirror, RemoteUrl, Stage, SyncError, SyncOptions};
use support::{Reports, World, policy, run};
use tokio_util::sync::CancellationToken;

#[tokio::test]
async fn the_first_sync_makes_a_whole_mirror_and_leaves_nothing_else() {
    let world = World::new().await;
    world.git(&["tag", "-a", "v1", "-m", "one"]);
    let tip = world.tip("main");

    let synced = world.sync().await.unwrap();

    assert_eq!((synced.head, synced.branch.as_deref(), synced.before), (Some(tip), Some("main"), None));
    assert_eq!(synced.refs_changed, 2);
    assert_eq!(world.reader().head().unwrap(), Some(tip));
    assert_eq!(world.refs("upstream/heads"), [format!("upstream/heads/main {tip}")]);
    assert_eq!(world.beside_mirror(), ["p", "p.lock"]);
    world.in_mirror(&["rev-list", "--objects", "--quiet", "--all"]);
    assert_eq!(world.in_mirror(&["symbolic-ref", "HEAD"]).trim(), "refs/hivesync/upstream/heads/main");
}

#[tokio::test]
async fn a_sync_with_nothing_new_changes_nothing() {
    let world = World::new().await;
    let first = world.sync().await.unwrap();
    let refs = world.refs("");

    let second = world.sync().await.unwrap();

    assert_eq!((second.head, second.before), (first.head, first.head));
    assert_eq!((second.refs_changed, second.received_bytes), (0, 0));
    assert_eq!(world.refs(""), refs);
}

#[tokio::test]
async fn new_commits_branches_and_tags_arrive() {
    let world = World::new().await;
    world.sync().await.unwrap();
    let reader = world.reader();
    let old = world.tip("main");
    let new = world.commit("src/a.rs", "fn a() {}\n");
    world.git(&["branch", "dev"]);
    world.git(&["tag", "light"]);

    let synced = world.sync().await.unwrap();

    assert_eq!((synced.before, synced.head, synced.refs_changed), (Some(old), Some(new), 3));
    assert_eq!(synced.backed_up, 0);
    assert_eq!(reader.head().unwrap(), Some(new), "a reader opened before sees it");
    assert_eq!(reader.resolve("dev").unwrap(), new);
    assert_eq!(reader.resolve("light").unwrap(), new);
}

#[tokio::test]
async fn a_force_push_keeps_the_lost_tip() {
    let world = World::new().await;
    let lost = world.commit("a", "1");
    world.sync().await.unwrap();
    world.git(&["reset", "-q", "--hard", "HEAD~1"]);
    let new = world.commit("b", "2");

    let synced = world.sync().await.unwrap();

    assert_eq!((synced.head, synced.backed_up), (Some(new), 1));
    assert_eq!(world.refs("backup"), [format!("backup/1/heads/main {lost}")]);
    assert_eq!(world.reader().resolve(&lost.to_string()).unwrap(), lost);
}

#[tokio::test]
async fn a_deleted_branch_is_kept_only_if_it_was_not_merged() {
    let world = World::new().await;
    world.git(&["branch", "merged"]);
    world.git(&["checkout", "-q", "-b", "unmerged"]);
    let lost = world.commit("a", "1");
    world.git(&["checkout", "-q", "main"]);
    for other in ["x", "y", "z"] {
        world.git(&["branch", other]);
    }
    world.sync().await.unwrap();
    world.git(&["branch", "-q", "-D", "merged", "unmerged"]);

    let synced = world.sync().await.unwrap();

    assert_eq!((synced.refs_changed, synced.backed_up), (2, 1));
    assert_eq!(world.refs("backup"), [format!("backup/1/heads/unmerged {lost}")]);
}

#[tokio::test]
async fn the_remotes_default_branch_is_followed_whatever_its_name_and_wherever_it_goes() {
    let world = World::new().await;
    world.git(&["branch", "dev"]);
    world.git(&["symbolic-ref", "HEAD", "refs/heads/dev"]);
    let synced = world.sync().await.unwrap();
    assert_eq!(synced.branch.as_deref(), Some("dev"), "although main is at the same commit");

    world.git(&["reset", "-q", "--hard"]);
    let tip = world.commit("a", "1");
    world.git(&["branch", "-m", "dev", "trunk"]);
    let synced = world.sync().await.unwrap();
    assert_eq!((synced.branch.as_deref(), synced.head), (Some("trunk"), Some(tip)));
    assert_eq!(world.reader().head().unwrap(), Some(tip));

    world.git(&["symbolic-ref", "HEAD", "refs/heads/main"]);
    let synced = world.sync().await.unwrap();
    assert_eq!((synced.branch.as_deref(), synced.head), (Some("main"), Some(world.tip("main"))));
}

#[tokio::test]
async fn a_configured_branch_is_followed_instead() {
    let world = World::new().await;
    world.git(&["branch", "dev"]);
    let main = world.commit("a", "1");
    let options = SyncOptions { branch: Some("dev".into()), ..SyncOptions::default() };

    let synced = world.sync_with(options.clone()).await.unwrap();
    assert_eq!((synced.branch.as_deref(), synced.head), (Some("dev"), Some(world.tip("dev"))));

    let synced = world.sync().await.unwrap();
    assert_eq!(
        (synced.branch.as_deref(), synced.head),
        (Some("main"), Some(main)),
        "and no longer when not configured"
    );
    let synced = world.sync_with(options).await.unwrap();
    assert_eq!(synced.branch.as_deref(), Some("dev"));
}

#[tokio::test]
async fn a_configured_branch_that_is_not_there_is_named_before_anything_is_cloned() {
    let world = World::new().await;
    for name in ["nowhere", "--upload-pack=x", "a..b", "*", "refs/heads/main "] {
        let options = SyncOptions { branch: Some(name.into()), ..SyncOptions::default() };
        let refused = world.sync_with(options.clone()).await;
        assert!(matches!(refused, Err(SyncError::BranchNotFound(_))), "{name}: {refused:?}");
        assert!(!world.mirror.is_present());
    }
    world.sync().await.unwrap();
    let options = SyncOptions { branch: Some("nowhere".into()), ..SyncOptions::default() };
    assert!(matches!(world.sync_with(options).await, Err(SyncError::BranchNotFound(_))));
    assert!(world.reader().head().unwrap().is_some());
}

#[tokio::test]
async fn a_branch_may_become_a_folder_of_branches_and_back() {
    let world = World::new().await;
    world.git(&["branch", "feat"]);
    world.sync().await.unwrap();

    world.git(&["branch", "-m", "feat", "feat/x"]);
    world.git(&["branch", "other"]);
    world.sync().await.unwrap();
    assert!(world.reader().resolve("feat/x").is_ok());
    assert!(world.reader().resolve("feat").is_err());

    world.git(&["branch", "-m", "feat/x", "feat"]);
    world.sync().await.unwrap();
    assert!(world.reader().resolve("feat").is_ok());
    assert!(world.reader().resolve("feat/x").is_err());
}

#[tokio::test]
async fn an_upstream_that_became_empty_is_held_until_released() {
    let world = World::new().await;
    let first = world.sync().await.unwrap();
    fs::rename(world.upstream(), world.dir.path().join("old")).unwrap();
    fs::create_dir(world.upstream()).unwrap();
    world.git(&["init", "-q", "."]);

    let held = world.sync().await;
    assert!(matches!(held, Err(SyncError::Held { deleted: 1, total: 1 })), "{held:?}");
    assert_eq!(world.reader().head().unwrap(), first.head, "nothing is lost");

    let options = SyncOptions { allow_mass_deletion: true, ..SyncOptions::default() };
    let released = world.sync_with(options).await.unwrap();
    assert_eq!((released.head, released.branch, released.before), (None, None, first.head));
    assert_eq!(world.reader().head().unwrap(), None);
    assert_eq!(world.refs("backup").len(), 1);

    let tip = world.commit("a", "1");
    assert_eq!(world.sync().await.unwrap().head, Some(tip));
}

#[tokio::test]
async fn losing_most_branches_is_held_and_losing_a_few_is_not() {
    let world = World::new().await;
    for name in ["a", "b", "c", "d"] {
        world.git(&["checkout", "-q", "-b", name, "main"]);
        world.commit(name, name);
    }
    world.git(&["checkout", "-q", "main"]);
    world.sync().await.unwrap();

    world.git(&["branch", "-q", "-D", "a", "b", "c"]);
    assert!(matches!(world.sync().await, Err(SyncError::Held { deleted: 3, total: 5 })));
    assert!(world.reader().resolve("a").is_ok());
    assert!(matches!(world.sync().await, Err(SyncError::Held { .. })), "and stays held");

    let options = SyncOptions { allow_mass_deletion: true, ..SyncOptions::default() };
    assert_eq!(world.sync_with(options).await.unwrap().backed_up, 3);
    world.git(&["branch", "-q", "-D", "d"]);
    assert_eq!(world.sync().await.unwrap().refs_changed, 1);
}

#[tokio::test]
async fn an_empty_repository_is_a_mirror_without_a_head() {
    let world = World::empty().await;
    let synced = world.sync().await.unwrap();
    assert_eq!((synced.head, synced.branch), (None, None));
    assert!(world.mirror.is_present());
    assert_eq!(world.reader().head().unwrap(), None);
    assert_eq!(world.sync().await.unwrap().head, None);

    let tip = world.commit("a", "1");
    assert_eq!(world.sync().await.unwrap().head, Some(tip));
}

#[tokio::test]
async fn a_remote_whose_head_leads_nowhere_is_followed_on_main_or_its_only_branch() {
    let world = World::new().await;
    world.git(&["branch", "-m", "main", "only"]);
    world.git(&["symbolic-ref", "HEAD", "refs/heads/gone"]);
    assert_eq!(world.sync().await.unwrap().branch.as_deref(), Some("only"));

    world.git(&["branch", "main", "only"]);
    let again = World { mirror: Mirror::new(world.git.clone(), world.dir.path().join("again")), ..world };
    assert_eq!(again.sync().await.unwrap().branch.as_deref(), Some("main"));
}

#[tokio::test]
async fn hooks_and_configuration_in_the_mirrors_folder_run_nothing() {
    let world = World::new().await;
    world.sync().await.unwrap();
    let ran = world.dir.path().join("ran");
    let hooks = world.mirror.dir().join("hooks");
    fs::create_dir(&hooks).unwrap();
    for hook in ["reference-transaction", "post-update", "pre-auto-gc", "fsmonitor-watchman", "post-index-change"] {
        let file = hooks.join(hook);
        fs::write(&file, format!("#!/bin/sh\ntouch {}\n", ran.display())).unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o755)).unwrap();
    }
    let config = world.mirror.dir().join("config");
    let mut text = fs::read_to_string(&config).unwrap();
    text.push_str("\thooksPath = hooks\n\tsshCommand = touch ran\n[gc]\n\tauto = 1\n");
    fs::write(&config, text).unwrap();
    world.commit("a", "1");

    world.sync().await.unwrap();
    assert!(!ran.exists());

    run(world.mirror.dir(), &["-c", "core.hooksPath=hooks", "update-ref", "refs/x", "HEAD"]);
    assert!(ran.exists(), "the trap works");
}

#[tokio::test]
async fn what_is_not_a_repository_is_not_found() {
    let world = World::new().await;
    for path in ["nowhere", "mirrors"] {
        let dir = world.dir.path().join(path);
        let remote = RemoteUrl::parse(dir.to_str().unwrap(), &policy()).unwrap();
        let options = SyncOptions::default();
        let failed = world.mirror.sync(&remote, options, |_| {}, CancellationToken::new()).await.unwrap_err();
        assert!(matches!(failed, SyncError::NotFound), "{failed:?}");
        assert!(!failed.retryable());
        assert_eq!(world.beside_mirror(), ["p.lock"]);
    }
}

#[tokio::test]
async fn a_sha256_repository_is_refused_clearly() {
    let world = World::empty().await;
    fs::remove_dir_all(world.upstream()).unwrap();
    fs::create_dir(world.upstream()).unwrap();
    world.git(&["init", "-q", "--object-format=sha256", "-b", "main", "."]);
    world.git(&["commit", "-q", "--allow-empty", "-m", "a"]);
    let refused = world.sync().await;
    assert!(matches!(refused, Err(SyncError::UnsupportedObjectFormat)), "{refused:?}");
    assert!(!world.mirror.is_present());
}

#[tokio::test]
async fn progress_goes_through_the_stages_and_comes_at_most_four_times_a_second() {
    let world = World::new().await;
    let reports = Reports::default();
    let started = std::time::Instant::now();
    let cancel = CancellationToken::new();
    world.mirror.sync(&world.remote(), SyncOptions::default(), reports.sink(), cancel).await.unwrap();
    let seen = reports.seen();
    assert_eq!(seen.first().map(|it| it.stage), Some(Stage::Connecting));
    assert_eq!(seen.last().map(|it| it.stage), Some(Stage::Publishing));
    let quarters = started.elapsed().as_millis() / 250;
    assert!(seen.len() as u128 <= quarters + 2, "{} in {quarters} quarters", seen.len());
}

/// The mirror's packs and their indexes.
fn packs(world: &World) -> Vec<std::path::PathBuf> {
    let folder = fs::read_dir(world.mirror.dir().join("objects/pack")).unwrap();
    folder.map(|it| it.unwrap().path()).collect()
}

#[tokio::test]
async fn objects_that_are_gone_are_fetched_again() {
    let world = World::new().await;
    let first = world.sync().await.unwrap();
    for file in packs(&world) {
        fs::remove_file(file).unwrap();
    }
    let again = world.sync().await.unwrap();
    assert_eq!((again.head, again.refs_changed), (first.head, 0));
    assert!(again.received_bytes > 0);
}
