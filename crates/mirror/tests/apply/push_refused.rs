//! Pushing to remotes that will not have it, and what is told of why.

use std::{fs, path::Path, process::Command};

use mirror::{
    CommitId, Damaged, HostKeyFault, KnownHosts, Mirror, PushError, Pushed, Remote, RemoteUrl, SyncError, SyncOptions,
};
use tokio_util::sync::CancellationToken;

use super::{
    asked::{changed, make, new, push_to, rewrite},
    push::{behind_https, behind_ssh, with_token},
    support::{World, feed, policy, until},
};

/// By another process: nobody can run a file that is still open for writing in whatever other tests start meanwhile.
pub(super) fn write_hook(at: &Path, script: &str) {
    fs::create_dir_all(at.parent().unwrap()).unwrap();
    let draft = at.with_extension("draft");
    fs::write(&draft, format!("#!/bin/sh\n{script}\n")).unwrap();
    assert!(Command::new("install").args(["-m", "755"]).args([&draft, at]).status().unwrap().success());
}

/// A hook of the upstream.
pub(super) fn hook(world: &World, name: &str, script: &str) {
    write_hook(&world.upstream().join(".git/hooks").join(name), script);
}

/// Makes each object of the mirror a file of its own.
pub(super) fn unpack(world: &World) {
    let (packs, away) = (world.mirror.dir().join("objects/pack"), world.dir.path().join("away"));
    fs::rename(&packs, &away).unwrap();
    fs::create_dir(&packs).unwrap();
    for pack in fs::read_dir(&away).unwrap().map(|it| it.unwrap().path()) {
        if pack.extension().is_some_and(|it| it == "pack") {
            feed(world.mirror.dir(), &["unpack-objects", "-q"], &fs::read(pack).unwrap());
        }
    }
}

/// Removes an object that is a file of its own.
pub(super) fn lose(world: &World, id: &str) {
    let (folder, rest) = id.split_at(2);
    fs::remove_file(world.mirror.dir().join("objects").join(folder).join(rest)).unwrap();
}

#[tokio::test]
async fn a_credential_that_may_only_read_or_not_even_that_is_denied() {
    let (world, commit, server, remote) = behind_https().await;
    for wrong in [with_token(&server, "wrong"), Remote::from(remote.url())] {
        let denied = push_to(&world, wrong, commit, "x").await.unwrap_err();
        assert!(matches!(denied, PushError::Denied) && !denied.retryable(), "{denied:?}");
    }
    server.make_read_only();
    world.sync_from(&remote).await.unwrap();
    let denied = push_to(&world, &remote, commit, "x").await.unwrap_err();
    assert!(matches!(denied, PushError::Denied), "{denied:?}");

    let (world, commit, server, remote) = behind_ssh().await;
    server.make_read_only();
    world.sync_from(&remote).await.unwrap();
    let denied = push_to(&world, &remote, commit, "x").await.unwrap_err();
    assert!(matches!(denied, PushError::Denied), "{denied:?}");
    server.authorize("");
    let denied = push_to(&world, &remote, commit, "x").await.unwrap_err();
    assert!(matches!(denied, PushError::Denied), "{denied:?}");
    assert_eq!(world.git(&["branch", "--list", "x"]), "");
}

#[tokio::test]
async fn a_hook_that_declines_is_told_of_and_nothing_that_it_shouts() {
    let (world, commit, _server, remote) = behind_https().await;
    hook(
        &world,
        "pre-receive",
        "echo 'token=ghp_0123456789-secret https://u:hunter2@h/x /srv/keys' >&2; yes hunter2 | head -c 300000; exit 1",
    );
    let declined = push_to(&world, &remote, commit, "x").await.unwrap_err();
    assert!(
        matches!(&declined, PushError::Declined { reason } if reason == "pre-receive hook declined"),
        "{declined:?}"
    );
    assert!(!declined.retryable());

    fs::remove_file(world.upstream().join(".git/hooks/pre-receive")).unwrap();
    hook(&world, "update", "exit 1");
    let declined = push_to(&world, &remote, commit, "x").await.unwrap_err();
    assert_eq!(declined.to_string(), "the remote declined the branch: hook declined");
    fs::remove_file(world.upstream().join(".git/hooks/update")).unwrap();

    // `main` is a file where `main/x` would need a folder.
    let declined = push_to(&world, &remote, commit, "main/x").await.unwrap_err();
    assert!(matches!(&declined, PushError::Declined { reason } if reason == "failed to update ref"), "{declined:?}");
    world.git(&["config", "receive.denyCurrentBranch", "refuse"]);
    world.git(&["config", "transfer.hideRefs", "refs/heads/secret"]);
    let declined = push_to(&world, &remote, commit, "secret/x").await.unwrap_err();
    assert!(matches!(declined, PushError::Declined { .. }), "{declined:?}");
    assert_eq!(push_to(&world, &remote, commit, "x").await.unwrap(), Pushed::Made);
}

#[tokio::test]
async fn a_remote_that_is_not_reached_or_not_the_one_it_was_is_told_as_by_a_sync() {
    let (world, commit, _server, remote) = behind_ssh().await;
    let url = RemoteUrl::parse("https://127.0.0.1:1/a", &policy()).unwrap();
    let failed = push_to(&world, url, commit, "x").await.unwrap_err();
    assert!(matches!(failed, PushError::Sync(SyncError::Unreachable(_))) && failed.retryable(), "{failed:?}");
    let private = RemoteUrl::parse("https://127.0.0.1:1/a", &mirror::Policy::default()).unwrap();
    let failed = push_to(&world, private, commit, "x").await.unwrap_err();
    assert!(matches!(failed, PushError::Sync(SyncError::UrlRefused(_))), "{failed:?}");
    let unknown = Remote::from(remote.url());
    let failed = push_to(&world, unknown, commit, "x").await.unwrap_err();
    assert!(matches!(failed, PushError::Sync(SyncError::HostKey(HostKeyFault::Unknown))), "{failed:?}");
    assert!(KnownHosts::default().is_empty());
    let missing = RemoteUrl::parse(world.dir.path().join("none").to_str().unwrap(), &policy()).unwrap();
    let failed = push_to(&world, missing, commit, "x").await.unwrap_err();
    assert!(matches!(failed, PushError::Sync(SyncError::NotFound)), "{failed:?}");
}

#[tokio::test]
async fn a_commit_that_is_not_whole_is_not_the_remotes_fault() {
    let (world, applied) = changed().await;
    let nothing: CommitId = "1111111111111111111111111111111111111111".parse().unwrap();
    for none in [nothing, applied.tree.to_string().parse().unwrap()] {
        let failed = push_to(&world, world.remote(), none, "x").await.unwrap_err();
        assert!(matches!(failed, PushError::NoSuchCommit(id) if id == none), "{failed:?}");
    }

    unpack(&world);
    lose(&world, &applied.files[0].after.to_string());
    let failed = push_to(&world, world.remote(), applied.commit, "x").await.unwrap_err();
    let is_ours = matches!(failed, PushError::Sync(SyncError::Corrupt { damaged: Damaged::Mirror, .. }));
    assert!(is_ours, "{failed:?}");
    assert_eq!(world.git(&["branch", "--list", "x"]), "");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_who_push_at_once_both_succeed_with_the_same_commit_and_one_with_another() {
    for same in [true, false] {
        let (world, applied) = changed().await;
        let other = Mirror::new(world.git.clone(), world.dir.path().join("mirrors/q"));
        other.sync(world.remote(), SyncOptions::default(), |_| {}, CancellationToken::new()).await.unwrap();
        let mut asked = new(world.tip("HEAD"), "one", vec![rewrite(&world, "src/a.rs", "fn b() {}\n")]);
        asked.time += u64::from(!same);
        let second = make(&other, asked).await.unwrap().commit;
        assert_eq!(second == applied.commit, same);
        let gate = world.dir.path().join("hold");
        fs::write(&gate, "").unwrap();
        hook(
            &world,
            "pre-receive",
            &format!("touch ../here-$$; while [ -e '{}' ]; do sleep 0.02; done", gate.display()),
        );
        let push = |mirror: &Mirror, commit| {
            let (mirror, remote) = (mirror.clone(), world.remote());
            let push = mirror::Push::new(commit, super::asked::branch("x"));
            tokio::spawn(async move { mirror.push(remote, push, |_| {}, CancellationToken::new()).await })
        };
        let pushes = [push(&world.mirror, applied.commit), push(&other, second)];
        let waiting = || fs::read_dir(world.upstream()).unwrap().flatten();
        let here = || waiting().filter(|it| it.file_name().to_string_lossy().starts_with("here-")).count();
        until("both have sent theirs", || here() == 2).await;
        fs::remove_file(&gate).unwrap();
        let mut made = 0;
        for push in pushes {
            match push.await.unwrap() {
                Ok(Pushed::Made) => made += 1,
                Ok(Pushed::Already) => assert!(same),
                Err(PushError::BranchTaken) => assert!(!same),
                Err(error) => panic!("{error:?}"),
            }
        }
        assert_eq!(made, 1);
    }
}
