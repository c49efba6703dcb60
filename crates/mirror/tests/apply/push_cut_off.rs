//! Pushes that are cut off in the middle, and made again.

use std::{
    env, fs,
    path::PathBuf,
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use mirror::{CommitId, Git, Mirror, Push, PushError, Pushed, RemoteUrl, SyncError, TimeLimit};
use tokio_util::sync::CancellationToken;

use super::{
    asked::{branch, changed, push_to},
    push::behind_ssh,
    push_refused::hook,
    support::{PATIENCE, World, policy, processes_of, until},
};

const DIR: &str = "MIRROR_TEST_DIR";
const REMOTE: &str = "MIRROR_TEST_REMOTE";
const COMMIT: &str = "MIRROR_TEST_COMMIT";

/// Holds each push up once its objects have come, until the gate is gone; the gate, and a sign that somebody waits.
fn gate(world: &World) -> (PathBuf, PathBuf) {
    let (gate, here) = (world.dir.path().join("hold"), world.dir.path().join("here"));
    fs::write(&gate, "").unwrap();
    let script = format!("touch '{}'; while [ -e '{}' ]; do sleep 0.02; done", here.display(), gate.display());
    hook(world, "pre-receive", &script);
    (gate, here)
}

/// Pushes once the lock is free, which a killed push keeps until all of it is gone.
async fn push_when_free(world: &World, remote: impl Into<mirror::Remote>, commit: CommitId) -> Pushed {
    let (end, remote) = (Instant::now() + PATIENCE, remote.into());
    loop {
        match push_to(world, &remote, commit, "x").await {
            Err(PushError::Sync(SyncError::Locked)) if Instant::now() < end => tokio::task::yield_now().await,
            outcome => return outcome.unwrap(),
        }
    }
}

#[tokio::test]
async fn a_push_that_is_cancelled_ends_at_once_and_can_be_made_again() {
    let (world, commit, _server, remote) = behind_ssh().await;
    let (gate, here) = gate(&world);
    let cancel = CancellationToken::new();
    let push = || {
        let (mirror, remote, cancel) = (world.mirror.clone(), remote.clone(), cancel.clone());
        async move { mirror.push(remote, Push::new(commit, branch("x")), |_| {}, cancel).await }
    };
    let pushing = tokio::spawn(push());
    until("the remote has it", || here.exists()).await;
    let locked = push_to(&world, &remote, commit, "y").await.unwrap_err();
    assert!(matches!(locked, PushError::Sync(SyncError::Locked)), "{locked:?}");
    cancel.cancel();
    let ended = pushing.await.unwrap().unwrap_err();
    assert!(matches!(ended, PushError::Cancelled), "{ended:?}");
    assert_eq!(processes_of(world.mirror.dir()), Vec::<String>::new());

    fs::remove_file(&gate).unwrap();
    push_when_free(&world, &remote, commit).await;
    assert_eq!(world.tip("refs/heads/x"), commit);
    assert_eq!(world.beside_mirror(), ["p", "p.lock"]);
}

#[tokio::test]
async fn a_push_that_is_dropped_or_takes_too_long_leaves_no_process() {
    let (world, commit, server, remote) = behind_ssh().await;
    let hold = server.hold();
    let patient = Push::new(commit, branch("x"));
    let silent = Push { no_progress_limit: Duration::from_millis(300), ..patient.clone() };
    let late = Push { hard_deadline: Duration::from_millis(300), ..patient.clone() };
    for (push, is_silence) in [(silent, true), (late, false)] {
        let ended = world.mirror.push(&remote, push, |_| {}, CancellationToken::new()).await.unwrap_err();
        let PushError::TimedOut(limit) = &ended else { panic!("{ended:?}") };
        assert!(ended.retryable() && matches!(limit, TimeLimit::NoProgress(_)) == is_silence, "{ended:?}");
    }
    let dropped = world.mirror.push(&remote, patient, |_| {}, CancellationToken::new());
    assert!(tokio::time::timeout(Duration::from_millis(300), dropped).await.is_err());
    until("git has ended", || processes_of(world.mirror.dir()).is_empty()).await;
    drop(hold);
    assert_eq!(push_when_free(&world, &remote, commit).await, Pushed::Made);
}

/// Not a test by itself: what is killed.
#[tokio::test]
#[ignore = "it is the service that another test starts and kills"]
async fn a_service_pushes() {
    let (Ok(dir), Ok(remote)) = (env::var(DIR), env::var(REMOTE)) else { return };
    let mirror = Mirror::new(Git::locate().await.unwrap(), dir);
    let remote = RemoteUrl::parse(&remote, &policy()).unwrap();
    let push = Push::new(env::var(COMMIT).unwrap().parse().unwrap(), branch("x"));
    let _ = mirror.push(remote, push, |_| {}, CancellationToken::new()).await;
}

#[tokio::test]
async fn a_service_killed_in_mid_push_leaves_no_process_and_the_next_push_succeeds() {
    let (world, applied) = changed().await;
    let (gate, here) = gate(&world);
    let mut service = Command::new(env::current_exe().unwrap())
        .args(["push_cut_off::a_service_pushes", "--exact", "--ignored"])
        .env(DIR, world.mirror.dir())
        .env(REMOTE, world.remote().as_str())
        .env(COMMIT, applied.commit.to_string())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    until("the remote has it", || here.exists()).await;
    service.kill().unwrap();
    service.wait().unwrap();
    assert!(!processes_of(world.mirror.dir()).is_empty(), "git goes on without it");

    fs::remove_file(&gate).unwrap();
    push_when_free(&world, world.remote(), applied.commit).await;

    assert_eq!(world.tip("refs/heads/x"), applied.commit);
    until("git has ended", || processes_of(world.mirror.dir()).is_empty()).await;
    assert_eq!(world.beside_mirror(), ["p", "p.lock"]);
}
