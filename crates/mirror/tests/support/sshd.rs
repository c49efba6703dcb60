//! A real `sshd` on a free port of this machine, with keys and configuration of its own, that serves Git's commands.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::disallowed_methods,
    clippy::indexing_slicing,
    clippy::missing_panics_doc,
    dead_code,
    missing_docs,
    unreachable_pub,
    reason = "a test that cannot go on should stop, starts real servers, and uses only some of this"
)]

use std::{
    fs,
    net::{TcpListener, TcpStream},
    os::unix::fs::DirBuilderExt,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use tempfile::TempDir;

/// Where distributions put it, which is not on everybody's `PATH`.
const PROGRAMS: [&str; 3] = ["/usr/sbin/sshd", "/usr/local/sbin/sshd", "/usr/bin/sshd"];

const PATIENCE: Duration = Duration::from_secs(20);

/// The server. Killed, with its folder, when dropped.
pub struct Sshd {
    dir: TempDir,
    port: u16,
    process: Child,
}

impl Sshd {
    /// Starts one that lets nobody in yet.
    ///
    /// # Panics
    ///
    /// When there is no `sshd` on this machine, or it does not start.
    pub fn start() -> Self {
        let dir = tempfile::tempdir().unwrap();
        make_host_key(dir.path());
        fs::write(dir.path().join("authorized_keys"), "").unwrap();
        make_privilege_separation_folder();
        // A port that was free a moment ago may be taken now: then another is tried.
        for _ in 0..10 {
            let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
            if let Some(process) = start(dir.path(), port) {
                return Self { dir, port, process };
            }
        }
        panic!("sshd does not start: {}", fs::read_to_string(dir.path().join("log")).unwrap_or_default());
    }

    /// Lets the owner of this key in: a line as `ssh-keygen` makes it.
    pub fn authorize(&self, public_line: &str) {
        fs::write(self.dir.path().join("authorized_keys"), format!("{public_line}\n")).unwrap();
    }

    /// Lets nobody write from now on, as a host does to whom the key is known as one for reading.
    pub fn make_read_only(&self) {
        fs::write(self.dir.path().join("read_only"), "").unwrap();
    }

    /// The address of a repository of this machine.
    pub fn url(&self, repository: &Path) -> String {
        format!("ssh://{}@127.0.0.1:{}{}", user(), self.port, repository.display())
    }

    pub fn port(&self) -> u16 {
        self.port
    }

    /// The line that pins its host key.
    pub fn known_host(&self) -> String {
        let line = fs::read_to_string(self.dir.path().join("host_key.pub")).unwrap();
        format!("[127.0.0.1]:{} {}", self.port, line.trim())
    }

    /// Shows another host key from now on.
    pub fn change_host_key(&mut self) {
        self.stop();
        for name in ["host_key", "host_key.pub"] {
            fs::remove_file(self.dir.path().join(name)).unwrap();
        }
        make_host_key(self.dir.path());
        self.process = start(self.dir.path(), self.port).expect("sshd starts again on the same port");
    }

    /// Holds every command up, after its client was let in, as long as the answer lives.
    pub fn hold(&self) -> Hold {
        let gate = self.dir.path().join("hold");
        fs::write(&gate, "").unwrap();
        Hold(gate)
    }

    fn stop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Drop for Sshd {
    fn drop(&mut self) {
        self.stop();
    }
}

/// Commands wait while this lives.
pub struct Hold(PathBuf);

impl Drop for Hold {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}

fn make_host_key(dir: &Path) {
    let mut keygen = Command::new("ssh-keygen");
    keygen.args(["-q", "-t", "ed25519", "-N", "", "-C", "host", "-f"]).arg(dir.join("host_key"));
    assert!(keygen.status().expect("ssh-keygen is installed").success());
}

/// Run by root, `sshd` wants an empty folder that its system makes at boot.
fn make_privilege_separation_folder() {
    if user() == "root" {
        let _ = fs::DirBuilder::new().mode(0o755).create("/run/sshd");
    }
}

fn start(dir: &Path, port: u16) -> Option<Child> {
    let program = PROGRAMS.iter().find(|it| Path::new(it).exists());
    let program = program.expect("this test needs a real sshd: apt-get install openssh-server");
    let config = dir.join("sshd_config");
    fs::write(&config, configuration(dir, port)).unwrap();
    let log = fs::File::create(dir.join("log")).unwrap();
    let mut sshd = Command::new(program);
    sshd.arg("-f").arg(config).args(lenient(program, dir)).args(["-D", "-e"]);
    sshd.stdin(Stdio::null()).stdout(Stdio::null()).stderr(log);
    let mut process = sshd.spawn().unwrap();
    let end = Instant::now() + PATIENCE;
    while Instant::now() < end && process.try_wait().unwrap().is_none() {
        if TcpStream::connect(("127.0.0.1", port)).is_ok() {
            return Some(process);
        }
        std::thread::park_timeout(Duration::from_millis(5));
    }
    let _ = process.kill();
    let _ = process.wait();
    None
}

/// Since 9.8 `sshd` makes clients wait that failed before, as tests do; older ones refuse to be told not to.
fn lenient(program: &str, dir: &Path) -> &'static [&'static str] {
    const OPTION: &[&str] = &["-o", "PerSourcePenalties=no"];
    let mut check = Command::new(program);
    check.arg("-t").arg("-f").arg(dir.join("sshd_config")).args(OPTION).stdout(Stdio::null()).stderr(Stdio::null());
    if check.status().unwrap().success() { OPTION } else { &[] }
}

/// `git shell` runs Git's own commands and nothing else.
fn configuration(dir: &Path, port: u16) -> String {
    let (dir, path) = (dir.display(), std::env::var("PATH").unwrap());
    format!(
        "ListenAddress 127.0.0.1\nPort {port}\nHostKey {dir}/host_key\nAuthorizedKeysFile {dir}/authorized_keys\n\
         PidFile none\nUsePAM no\nStrictModes no\nLogLevel VERBOSE\nMaxStartups 100\nPubkeyAuthentication yes\n\
         PasswordAuthentication no\nKbdInteractiveAuthentication no\nPermitRootLogin prohibit-password\n\
         ForceCommand while [ -e '{dir}/hold' ]; do sleep 0.02; done; \
         case \"$SSH_ORIGINAL_COMMAND\" in git-receive-pack*) if [ -e '{dir}/read_only' ]; then \
         echo 'ERROR: The key you are authenticating with has been marked as read only.' >&2; exit 1; fi;; esac; \
         PATH='{path}' GIT_CONFIG_GLOBAL=/dev/null \
         exec git shell -c \"$SSH_ORIGINAL_COMMAND\"\n"
    )
}

/// Whoever runs the tests is who logs in.
fn user() -> String {
    let output = Command::new("id").arg("-un").output().unwrap();
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}
