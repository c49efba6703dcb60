//! Real repositories made by the real `git`, and mirrors of them.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::disallowed_methods,
    clippy::indexing_slicing,
    clippy::cast_possible_truncation,
    dead_code,
    unreachable_pub,
    reason = "a test that cannot go on should stop, starts the user's own git, and uses only some of this"
)]

pub mod served;

use std::{
    fs,
    io::Write,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use mirror::{
    CommitId, Git, Mirror, Policy, Progress, Protocol, Reader, Remote, RemoteUrl, SyncError, SyncOptions, Synced,
};
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;

/// Longest that any test waits for something to become true.
pub const PATIENCE: Duration = Duration::from_secs(20);

/// Everything is allowed, as on a developer's machine.
pub fn policy() -> Policy {
    use Protocol::{File, Git, Http, Https, Ssh};
    Policy { protocols: vec![Https, Ssh, Git, Http, File], allow_private_hosts: true }
}

/// A folder with an upstream repository and a mirror of it.
pub struct World {
    pub dir: TempDir,
    pub git: Git,
    pub mirror: Mirror,
}

impl World {
    /// An upstream with one commit on `main`.
    pub async fn new() -> Self {
        let world = Self::empty().await;
        world.commit("readme", "hello\n");
        world
    }

    /// An upstream without a commit.
    pub async fn empty() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let git = Git::locate().await.unwrap();
        let mirror = Mirror::new(git.clone(), dir.path().join("mirrors/p"));
        let world = Self { dir, git, mirror };
        fs::create_dir(world.upstream()).unwrap();
        world.git(&["init", "-q", "-b", "main", "."]);
        world.git(&["config", "uploadpack.allowFilter", "true"]);
        world
    }

    pub fn upstream(&self) -> PathBuf {
        self.dir.path().join("upstream")
    }

    pub fn remote(&self) -> RemoteUrl {
        RemoteUrl::parse(self.upstream().to_str().unwrap(), &policy()).unwrap()
    }

    /// Runs git in the upstream's working tree.
    pub fn git(&self, args: &[&str]) -> String {
        run(&self.upstream(), args)
    }

    /// Runs git in the mirror.
    pub fn in_mirror(&self, args: &[&str]) -> String {
        run(self.mirror.dir(), args)
    }

    pub fn write(&self, path: &str, content: impl AsRef<[u8]>) {
        let path = self.upstream().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }

    /// Writes one file and commits everything; the commit's id.
    pub fn commit(&self, path: &str, content: impl AsRef<[u8]>) -> CommitId {
        self.write(path, content);
        self.commit_all(path)
    }

    pub fn commit_all(&self, message: &str) -> CommitId {
        self.git(&["add", "-A"]);
        self.git(&["commit", "-q", "--allow-empty", "-m", message]);
        self.tip("HEAD")
    }

    pub fn tip(&self, name: &str) -> CommitId {
        self.git(&["rev-parse", name]).trim().parse().unwrap()
    }

    pub async fn sync(&self) -> Result<Synced, SyncError> {
        self.sync_with(SyncOptions::default()).await
    }

    pub async fn sync_with(&self, options: SyncOptions) -> Result<Synced, SyncError> {
        self.mirror.sync(&self.remote(), options, |_| {}, CancellationToken::new()).await
    }

    /// Syncs from elsewhere than the upstream's folder.
    pub async fn sync_from(&self, remote: impl Into<Remote>) -> Result<Synced, SyncError> {
        self.mirror.sync(remote, SyncOptions::default(), |_| {}, CancellationToken::new()).await
    }

    /// The mirror, reached through a server whose certificate only this authority vouches for.
    pub fn trusting(mut self, ca_file: impl Into<PathBuf>) -> Self {
        self.git = self.git.trusting(ca_file);
        self.mirror = Mirror::new(self.git.clone(), self.dir.path().join("mirrors/p"));
        self
    }

    pub fn reader(&self) -> Reader {
        self.mirror.reader().unwrap()
    }

    /// The mirror's refs of one kind, with what they point to.
    pub fn refs(&self, below: &str) -> Vec<String> {
        let prefix = format!("refs/hivesync/{below}");
        let refs = self.in_mirror(&["for-each-ref", "--format=%(refname) %(objectname)", &prefix]);
        refs.lines().map(|line| line.strip_prefix("refs/hivesync/").unwrap().to_owned()).collect()
    }

    /// Names in the folder that holds the mirror.
    pub fn beside_mirror(&self) -> Vec<String> {
        let folder = fs::read_dir(self.mirror.dir().parent().unwrap()).unwrap();
        let mut names: Vec<String> = folder.map(|it| it.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }
}

/// Runs git with an environment of its own; its output.
pub fn run(dir: &Path, args: &[&str]) -> String {
    String::from_utf8_lossy(&run_bytes(dir, args)).into_owned()
}

pub fn run_bytes(dir: &Path, args: &[&str]) -> Vec<u8> {
    let output = command(dir).args(args).output().unwrap();
    assert!(output.status.success(), "git {args:?}: {}", String::from_utf8_lossy(&output.stderr));
    output.stdout
}

/// Runs git with something to read; its output.
pub fn feed(dir: &Path, args: &[&str], input: &[u8]) -> String {
    let mut child = command(dir).args(args).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(input).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "git {args:?}");
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

/// Bytes that hardly compress, others for each seed.
pub fn noise(bytes: usize, seed: u32) -> Vec<u8> {
    let mut state = seed.wrapping_mul(2_654_435_761) | 1;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        state.to_le_bytes()
    };
    (0..bytes.div_ceil(4)).flat_map(|_| next()).take(bytes).collect()
}

pub fn command(dir: &Path) -> Command {
    let mut command = Command::new("git");
    command.current_dir(dir).env_clear().env("PATH", std::env::var_os("PATH").unwrap()).env("HOME", "/nonexistent");
    for (key, value) in [
        ("GIT_CONFIG_GLOBAL", "/dev/null"),
        ("GIT_CONFIG_NOSYSTEM", "1"),
        ("GIT_AUTHOR_NAME", "A"),
        ("GIT_AUTHOR_EMAIL", "a@example.com"),
        ("GIT_COMMITTER_NAME", "C"),
        ("GIT_COMMITTER_EMAIL", "c@example.com"),
    ] {
        command.env(key, value);
    }
    command
}

/// Waits until something is true, looking often; fails when it never becomes so.
pub async fn until(what: &str, mut is_true: impl FnMut() -> bool) {
    let end = Instant::now() + PATIENCE;
    while !is_true() {
        assert!(Instant::now() < end, "never: {what}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// Collects what a sync reports.
#[derive(Clone, Default)]
pub struct Reports(Arc<Mutex<Vec<Progress>>>);

impl Reports {
    pub fn sink(&self) -> impl FnMut(Progress) + Send + 'static {
        let reports = self.0.clone();
        move |progress| reports.lock().unwrap().push(progress)
    }

    pub fn seen(&self) -> Vec<Progress> {
        self.0.lock().unwrap().clone()
    }
}

/// Processes whose command line or environment mentions the folder.
pub fn processes_of(dir: &Path) -> Vec<String> {
    let needle = dir.to_str().unwrap();
    let mut found = Vec::new();
    for entry in fs::read_dir("/proc").unwrap().flatten() {
        let line = fs::read(entry.path().join("cmdline")).unwrap_or_default();
        let line = String::from_utf8_lossy(&line).replace('\0', " ");
        let is_number = entry.file_name().to_string_lossy().bytes().all(|byte| byte.is_ascii_digit());
        if is_number && line.contains(needle) {
            found.push(line);
        }
    }
    found
}
