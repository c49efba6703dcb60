//! Private repositories over ssh: a deploy key, a pinned host key, and files that are gone when the call is.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "a test that cannot go on should stop, and may kill what it started"
)]

#[path = "support/sshd.rs"]
mod sshd;
mod support;

use std::{
    env, fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::Instant,
};

use mirror::{
    Credential, DeployKey, Git, HostKeyFault, KnownHosts, Mirror, Remote, RemoteUrl, SyncError, SyncOptions, probe,
};
use secrecy::ExposeSecret;
use sshd::Sshd;
use support::{PATIENCE, World, policy, processes_of, until};
use tokio_util::sync::CancellationToken;

type Syncing = tokio::task::JoinHandle<Result<mirror::Synced, SyncError>>;

/// An upstream, a server that serves it, and a key that the server knows.
struct Private {
    world: World,
    sshd: Sshd,
    key: DeployKey,
}

impl Private {
    async fn new() -> Self {
        let (world, sshd) = (World::new().await, Sshd::start());
        let key = DeployKey::generate("a test's").unwrap();
        sshd.authorize(key.public_line());
        Self { world, sshd, key }
    }

    fn url(&self) -> RemoteUrl {
        RemoteUrl::parse(&self.sshd.url(&self.world.upstream()), &policy()).unwrap()
    }

    fn remote(&self) -> Remote {
        self.with(&self.key, &self.sshd.known_host())
    }

    fn with(&self, key: &DeployKey, known_hosts: &str) -> Remote {
        let (key, known_hosts) = (key.clone(), KnownHosts::parse(known_hosts).unwrap());
        Remote::new(self.url(), Credential::Ssh { key, known_hosts }).unwrap()
    }

    async fn refused(&self, remote: impl Into<Remote>) -> SyncError {
        self.world.sync_from(remote).await.unwrap_err()
    }

    /// Syncs once the lock is free, which a cancelled or killed sync keeps until all of it is gone.
    async fn sync_when_free(&self) -> Result<mirror::Synced, SyncError> {
        let end = Instant::now() + PATIENCE;
        loop {
            match self.world.sync_from(self.remote()).await {
                Err(SyncError::Locked) if Instant::now() < end => tokio::task::yield_now().await,
                outcome => return outcome,
            }
        }
    }

    /// Whether the private key is in any file: of the mirror, or of memory's file system.
    fn is_kept(&self) -> bool {
        let secret = self.key.private_pem().expose_secret().lines().nth(2).unwrap();
        let mut grep = Command::new("grep");
        grep.args(["-rlsF", "--", secret]).arg(self.world.dir.path()).arg("/dev/shm");
        !grep.output().unwrap().stdout.is_empty()
    }

    /// The folder with the key's file, while a call of the mirror is under way.
    fn keys(&self) -> Option<PathBuf> {
        let place = self.world.dir.path().join("mirrors/p.scratch/keys");
        let folder = fs::read_link(&place).unwrap_or(place);
        folder.join("key").is_file().then_some(folder)
    }

    /// Begins a sync that the server holds up, and waits until the key is in use.
    async fn held(&self, cancel: &CancellationToken) -> (Syncing, PathBuf) {
        let syncing = tokio::spawn({
            let (mirror, remote, cancel) = (self.world.mirror.clone(), self.remote(), cancel.clone());
            async move { mirror.sync(remote, SyncOptions::default(), |_| {}, cancel).await }
        });
        until("git runs", || !processes_of(self.world.mirror.dir()).is_empty() && self.keys().is_some()).await;
        (syncing, self.keys().unwrap())
    }
}

#[tokio::test]
async fn the_deploy_key_opens_a_private_repository_and_no_other_key_does() {
    let private = Private::new().await;
    let stranger = DeployKey::generate("").unwrap();
    let refused = private.refused(private.with(&stranger, &private.sshd.known_host())).await;
    assert!(matches!(refused, SyncError::AuthFailed), "{refused:?}");

    let synced = private.world.sync_from(private.remote()).await.unwrap();
    assert_eq!(synced.head, Some(private.world.tip("HEAD")));
    private.world.commit("a", "1");
    let again = DeployKey::parse(private.key.private_pem()).unwrap();
    let synced = private.world.sync_from(private.with(&again, &private.sshd.known_host())).await.unwrap();
    assert_eq!(synced.refs_changed, 1, "a key that was kept and read back is as good");
}

#[tokio::test]
async fn a_host_whose_key_is_not_the_pinned_one_gets_nothing() {
    let mut private = Private::new().await;
    for remote in [private.url().into(), private.with(&private.key, "")] {
        let refused = private.refused(remote).await;
        assert!(matches!(refused, SyncError::HostKey(HostKeyFault::Unknown)), "{refused:?}");
    }
    private.world.sync_from(private.remote()).await.unwrap();
    let (before, pinned) = (private.world.refs(""), private.remote());
    private.world.commit("a", "1");

    private.sshd.change_host_key();

    let refused = private.refused(pinned).await;
    assert!(matches!(refused, SyncError::HostKey(HostKeyFault::Changed)), "{refused:?}");
    assert!(!refused.retryable(), "only a person can tell which of the two it is");
    assert_eq!(private.world.refs(""), before, "what was mirrored stays readable");
    private.world.sync_from(private.remote()).await.unwrap();
}

#[tokio::test]
async fn a_probe_shows_the_key_of_an_unknown_host_to_be_pinned() {
    let private = Private::new().await;
    let folder = private.world.dir.path().join("probes");
    let look = async |remote| probe(&private.world.git, &folder, remote, PATIENCE, CancellationToken::new()).await;

    let seen = look(private.with(&private.key, "")).await;
    assert_eq!(seen.found.unwrap().default_branch.as_deref(), Some("main"));
    let [key] = seen.host_keys.keys() else { panic!("{:?}", seen.host_keys) };
    assert!(private.sshd.known_host().starts_with(key.line()), "{}", key.line());
    private.world.sync_from(private.with(&private.key, &seen.host_keys.to_string())).await.unwrap();

    let unregistered = look(private.with(&DeployKey::generate("").unwrap(), "")).await;
    assert!(matches!(unregistered.found, Err(SyncError::AuthFailed)), "{unregistered:?}");
    assert_eq!(unregistered.host_keys, seen.host_keys, "before the key is registered there");

    let pinned = look(private.with(&private.key, &private.sshd.known_host())).await;
    assert!(pinned.found.is_ok());
    assert_eq!(pinned.host_keys.to_string(), format!("{}\n", private.sshd.known_host()));
}

#[tokio::test]
async fn a_probe_does_not_trust_another_key_than_the_pinned_one() {
    let mut private = Private::new().await;
    let pinned = private.remote();
    private.sshd.change_host_key();
    let folder = private.world.dir.path().join("probes");
    let seen = probe(&private.world.git, &folder, pinned, PATIENCE, CancellationToken::new()).await;
    assert!(matches!(seen.found, Err(SyncError::HostKey(HostKeyFault::Changed))), "{seen:?}");
}

#[tokio::test]
async fn the_key_is_in_a_private_file_for_the_length_of_a_call_however_it_ends() {
    let private = Private::new().await;
    let cancel = CancellationToken::new();

    let hold = private.sshd.hold();
    let (syncing, folder) = private.held(&cancel).await;
    assert_eq!(mode(&folder), 0o700);
    assert_eq!(mode(&folder.join("key")), 0o600);
    assert_eq!(fs::read_to_string(folder.join("known_hosts")).unwrap().trim_end(), private.sshd.known_host());
    drop(hold);
    syncing.await.unwrap().unwrap();
    assert!(!folder.exists() && !private.is_kept(), "it succeeded");

    let _hold = private.sshd.hold();
    let (syncing, folder) = private.held(&cancel).await;
    cancel.cancel();
    assert!(matches!(syncing.await.unwrap(), Err(SyncError::Cancelled)));
    assert!(!folder.exists() && !private.is_kept(), "it was cancelled");

    let (syncing, folder) = private.held(&CancellationToken::new()).await;
    syncing.abort();
    until("nothing is left", || !folder.exists()).await;
    private.sshd.authorize("");
    assert!(matches!(private.sync_when_free().await, Err(SyncError::AuthFailed)));
    assert!(!private.is_kept(), "it failed");
    assert_eq!(private.world.beside_mirror(), ["p", "p.lock"]);
}

#[tokio::test]
async fn the_private_key_is_in_no_argument_and_in_no_other_file() {
    let private = Private::new().await;
    let secret = private.key.private_pem().expose_secret().lines().nth(2).unwrap().to_owned();
    let hold = private.sshd.hold();
    let (syncing, folder) = private.held(&CancellationToken::new()).await;
    for process in fs::read_dir("/proc").unwrap().flatten() {
        for name in ["cmdline", "environ"] {
            let text = fs::read(process.path().join(name)).unwrap_or_default();
            assert!(!String::from_utf8_lossy(&text).contains(&secret), "{}", process.path().display());
        }
    }
    assert_eq!(fs::read_dir(&folder).unwrap().count(), 2, "the key and the host's");
    drop(hold);
    syncing.await.unwrap().unwrap();
    assert!(!private.is_kept());
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[tokio::test]
async fn the_key_that_a_killed_process_left_is_removed_by_the_next_sync() {
    let private = Private::new().await;
    let hold = private.sshd.hold();
    let mut child = Command::new(env::current_exe().unwrap());
    child.args(["--ignored", "--exact", "a_process_to_be_killed"]).stdout(Stdio::null()).stderr(Stdio::null());
    child.env("CHILD_MIRROR", private.world.mirror.dir()).env("CHILD_URL", private.url().as_str());
    child.env("CHILD_KEY", private.key.private_pem().expose_secret()).env("CHILD_HOST", private.sshd.known_host());
    let mut child = child.spawn().unwrap();
    until("git runs", || !processes_of(private.world.mirror.dir()).is_empty() && private.keys().is_some()).await;
    let folder = private.keys().unwrap();

    child.kill().unwrap();
    child.wait().unwrap();

    assert!(folder.join("key").exists(), "nobody was left to remove it");
    drop(hold);
    let synced = private.sync_when_free().await.unwrap();
    assert_eq!(synced.head, Some(private.world.tip("HEAD")));
    assert!(!folder.exists() && !private.is_kept());
}

#[tokio::test]
async fn the_key_that_a_killed_probe_left_is_removed_by_the_next_one_in_whatever_place() {
    let private = Private::new().await;
    let folder = private.world.dir.path().join("probes");
    let (scratch, keys) =
        (folder.join("probe-5.scratch"), format!("/dev/shm/hivesync-keys-{:032x}", std::process::id()));
    fs::create_dir_all(&scratch).unwrap();
    fs::create_dir(&keys).unwrap();
    fs::write(format!("{keys}/key"), private.key.private_pem().expose_secret()).unwrap();
    std::os::unix::fs::symlink(&keys, scratch.join("keys")).unwrap();

    let probed = probe(&private.world.git, &folder, private.remote(), PATIENCE, CancellationToken::new()).await;

    assert!(probed.found.is_ok());
    assert!(!Path::new(&keys).exists() && !scratch.exists() && !private.is_kept());
}

#[tokio::test]
#[ignore = "run by another test, in a process of its own"]
async fn a_process_to_be_killed() {
    let given = |name| env::var(name).unwrap();
    let mirror = Mirror::new(Git::locate().await.unwrap(), given("CHILD_MIRROR"));
    let key = DeployKey::parse(&given("CHILD_KEY").into()).unwrap();
    let known_hosts = KnownHosts::parse(&given("CHILD_HOST")).unwrap();
    let url = RemoteUrl::parse(&given("CHILD_URL"), &policy()).unwrap();
    let remote = Remote::new(url, Credential::Ssh { key, known_hosts }).unwrap();
    let _ = mirror.sync(remote, SyncOptions::default(), |_| {}, CancellationToken::new()).await;
}
