//! Remotes that hang, callers who go away, processes that die: what is left is what was before.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "a test that cannot go on should stop, and may kill what it started"
)]

mod support;

use std::{
    fs,
    net::TcpListener,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use mirror::{Mirror, RemoteUrl, SyncError, SyncOptions, TimeLimit};
use support::{Reports, World, command, policy, processes_of, until};
use tokio_util::sync::CancellationToken;

/// A remote that accepts connections and never says a word.
fn silent() -> (TcpListener, RemoteUrl) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("git://{}/a", listener.local_addr().unwrap());
    (listener, RemoteUrl::parse(&url, &policy()).unwrap())
}

/// An upstream served by a real daemon, killed at the end.
struct Daemon {
    process: Child,
    url: RemoteUrl,
}

impl Daemon {
    async fn serving(world: &World) -> Self {
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let mut daemon = command(world.dir.path());
        daemon.args(["daemon", "--export-all", "--reuseaddr", "--listen=127.0.0.1", &format!("--port={port}")]);
        daemon.arg(format!("--base-path={}", world.dir.path().display()));
        let process = daemon.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        until("the daemon listens", || std::net::TcpStream::connect(("127.0.0.1", port)).is_ok()).await;
        let url = RemoteUrl::parse(&format!("git://127.0.0.1:{port}/upstream"), &policy()).unwrap();
        Self { process, url }
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn quick(no_progress_ms: u64, deadline_ms: u64) -> SyncOptions {
    SyncOptions {
        no_progress_limit: Duration::from_millis(no_progress_ms),
        hard_deadline: Duration::from_millis(deadline_ms),
        ..SyncOptions::default()
    }
}

async fn sync(mirror: &Mirror, remote: &RemoteUrl, options: SyncOptions) -> Result<mirror::Synced, SyncError> {
    mirror.sync(remote, options, |_| {}, CancellationToken::new()).await
}

#[tokio::test]
async fn a_silent_remote_is_given_up_after_the_limit_of_silence() {
    let world = World::empty().await;
    let (_listener, remote) = silent();
    let started = Instant::now();
    let failed = sync(&world.mirror, &remote, quick(200, 60_000)).await.unwrap_err();
    assert!(matches!(failed, SyncError::TimedOut(TimeLimit::NoProgress(_))), "{failed:?}");
    assert!(failed.retryable());
    assert!(started.elapsed() < Duration::from_secs(10));
    assert_eq!(world.beside_mirror(), ["p.lock"]);
    assert_eq!(processes_of(world.mirror.dir()), Vec::<String>::new());
}

#[tokio::test]
async fn a_sync_ends_at_its_deadline() {
    let world = World::empty().await;
    let (_listener, remote) = silent();
    let failed = sync(&world.mirror, &remote, quick(60_000, 200)).await.unwrap_err();
    assert!(matches!(failed, SyncError::TimedOut(TimeLimit::Deadline(_))), "{failed:?}");
    assert_eq!(world.beside_mirror(), ["p.lock"]);
}

#[tokio::test]
async fn cancelling_in_mid_clone_leaves_nothing() {
    let world = World::empty().await;
    let (_listener, remote) = silent();
    let cancel = CancellationToken::new();
    let task = tokio::spawn({
        let (mirror, remote, cancel) = (world.mirror.clone(), remote.clone(), cancel.clone());
        async move { mirror.sync(&remote, SyncOptions::default(), |_| {}, cancel).await }
    });
    until("git runs", || !processes_of(world.mirror.dir()).is_empty()).await;

    cancel.cancel();

    assert!(matches!(task.await.unwrap(), Err(SyncError::Cancelled)));
    assert_eq!(world.beside_mirror(), ["p.lock"]);
    assert_eq!(processes_of(world.mirror.dir()), Vec::<String>::new());
}

#[tokio::test]
async fn dropping_the_future_kills_every_process_and_frees_the_lock_after() {
    let world = World::new().await;
    world.sync().await.unwrap();
    let before = world.refs("");
    let (_listener, remote) = silent();
    let task = tokio::spawn({
        let (mirror, remote) = (world.mirror.clone(), remote.clone());
        async move { mirror.sync(&remote, SyncOptions::default(), |_| {}, CancellationToken::new()).await }
    });
    until("git runs", || !processes_of(world.mirror.dir()).is_empty()).await;
    assert!(matches!(world.sync().await, Err(SyncError::Locked)), "one at a time");

    task.abort();

    until("all processes are gone", || processes_of(world.mirror.dir()).is_empty()).await;
    let tip = world.commit("a", "1");
    let end = Instant::now() + support::PATIENCE;
    let synced = loop {
        match world.sync().await {
            Err(SyncError::Locked) if Instant::now() < end => tokio::task::yield_now().await,
            outcome => break outcome.unwrap(),
        }
    };
    assert_eq!(synced.head, Some(tip));
    assert_ne!(world.refs(""), before);
}

#[tokio::test]
async fn what_a_killed_process_left_is_swept_by_the_next_sync() {
    let world = World::new().await;
    let scratch = world.dir.path().join("mirrors/p.scratch/clone.git/objects");
    fs::create_dir_all(&scratch).unwrap();
    fs::write(scratch.join("tmp_pack_abc"), "half").unwrap();
    world.sync().await.unwrap();
    assert_eq!(world.beside_mirror(), ["p", "p.lock"]);

    let residue =
        ["packed-refs.lock", "HEAD.lock", "objects/pack/tmp_pack_x", "refs/hivesync/upstream/heads/main.lock"];
    for file in residue {
        let file = world.mirror.dir().join(file);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, "").unwrap();
    }
    let tip = world.commit("a", "1");
    assert_eq!(world.sync().await.unwrap().head, Some(tip));
    assert!(residue.iter().all(|file| !world.mirror.dir().join(file).exists()));
}

#[tokio::test]
async fn a_daemons_repository_is_cloned_with_progress() {
    let world = World::new().await;
    for number in 0..40_u32 {
        let noise: Vec<u8> =
            (0..12_500_u32).flat_map(|it| (it.wrapping_mul(2_654_435_761 + number)).to_le_bytes()).collect();
        world.write(&format!("noise/{number}"), noise);
    }
    let tip = world.commit_all("noise");
    let daemon = Daemon::serving(&world).await;
    let reports = Reports::default();
    let cancel = CancellationToken::new();
    let synced = world.mirror.sync(&daemon.url, SyncOptions::default(), reports.sink(), cancel).await.unwrap();
    assert_eq!(synced.head, Some(tip));
    assert!(synced.received_bytes > 10_000, "{}", synced.received_bytes);
    assert!(reports.seen().len() >= 2);

    let other = Mirror::new(world.git.clone(), world.dir.path().join("other"));
    let options = SyncOptions { max_received_bytes: Some(1_000), ..SyncOptions::default() };
    let refused = sync(&other, &daemon.url, options).await;
    assert!(matches!(refused, Err(SyncError::TooLarge(_))), "{refused:?}");
    assert!(!other.is_present());
}

#[tokio::test]
async fn a_repository_that_the_daemon_does_not_export_is_not_found() {
    let world = World::new().await;
    let daemon = Daemon::serving(&world).await;
    let url = daemon.url.to_string().replace("upstream", "elsewhere");
    let failed = sync(&world.mirror, &RemoteUrl::parse(&url, &policy()).unwrap(), SyncOptions::default()).await;
    assert!(matches!(failed, Err(SyncError::NotFound)), "{failed:?}");
}

#[tokio::test]
async fn a_port_where_nobody_listens_is_unreachable() {
    let world = World::empty().await;
    let (listener, remote) = silent();
    drop(listener);
    let failed = sync(&world.mirror, &remote, SyncOptions::default()).await.unwrap_err();
    assert!(matches!(failed, SyncError::Unreachable(_)), "{failed:?}");
    assert!(failed.retryable());
}

#[tokio::test]
async fn a_killed_git_leaves_the_mirror_as_it_was() {
    let world = World::new().await;
    let first = world.sync().await.unwrap();
    let (_listener, remote) = silent();
    let task = tokio::spawn({
        let (mirror, remote) = (world.mirror.clone(), remote.clone());
        async move { mirror.sync(&remote, SyncOptions::default(), |_| {}, CancellationToken::new()).await }
    });
    let mut pid = None;
    until("git runs", || {
        pid = leader(&world);
        pid.is_some()
    })
    .await;
    assert!(Command::new("kill").args(["-9", &pid.unwrap()]).status().unwrap().success());
    assert!(task.await.unwrap().is_err());
    assert_eq!(world.reader().head().unwrap(), first.head);
    assert_eq!(world.sync().await.unwrap().refs_changed, 0);
}

#[tokio::test]
async fn a_process_that_outlived_its_service_is_ended_by_the_next_sync() {
    let world = World::new().await;
    let home = world.dir.path().join("mirrors/p.scratch/home");
    fs::create_dir_all(&home).unwrap();
    let sleep = |home| Command::new("sleep").arg("600").env_clear().env("HOME", home).spawn().unwrap();
    let (mut orphan, mut stranger) = (sleep(home), sleep(world.dir.path().join("mirrors/q.scratch/home")));

    world.sync().await.unwrap();

    assert!(!orphan.wait().unwrap().success());
    assert!(stranger.try_wait().unwrap().is_none(), "another mirror's is left alone");
    stranger.kill().unwrap();
    stranger.wait().unwrap();
}

/// The number of the git process that fetches into the world's mirror.
fn leader(world: &World) -> Option<String> {
    let needle = world.mirror.dir().to_str().unwrap().to_owned();
    let mut processes = fs::read_dir("/proc").unwrap().flatten().filter(|entry| {
        let line = fs::read(entry.path().join("cmdline")).unwrap_or_default();
        String::from_utf8_lossy(&line).contains(&needle)
    });
    processes.next().and_then(|entry| entry.file_name().into_string().ok())
}
