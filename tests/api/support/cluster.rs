//! A server of `PostgreSQL` of one test's own, which may be restarted under a service.

#![allow(clippy::disallowed_methods, reason = "the server is managed by its own commands")]

use std::{
    env,
    ffi::OsStr,
    fs,
    net::TcpListener,
    os::unix::fs::chown,
    path::{Path, PathBuf},
    process::{Command, Output},
};

use reqwest::Url;
use rustix::process::geteuid;
use tempfile::TempDir;

/// A port that was free a moment ago may be taken now.
const ATTEMPTS: usize = 5;

/// A server that only this machine reaches. Dropped, it is stopped.
pub(crate) struct Cluster {
    home: TempDir,
    programs: PathBuf,
    port: u16,
}

impl Cluster {
    /// Makes and starts one; `None`, with the reason on standard error, where its programs are not installed.
    pub(crate) fn start() -> Option<Self> {
        let Some(programs) = programs() else {
            eprintln!("skipped: initdb and pg_ctl are not installed");
            return None;
        };
        let home = TempDir::new().expect("a temporary folder");
        if geteuid().is_root() {
            let (user, group) = (id_of_postgres("-u"), id_of_postgres("-g"));
            chown(home.path(), Some(user), Some(group)).expect("the server's user gets its folder");
        }
        let mut cluster = Self { home, programs, port: 0 };
        let data = cluster.data();
        let made = ["--username=postgres", "--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync", "--pgdata"];
        cluster.run("initdb", made.map(OsStr::new).into_iter().chain([data.as_os_str()])).expect("a server is made");
        let started = (0..ATTEMPTS).find(|_| {
            let free = TcpListener::bind("127.0.0.1:0").expect("a free port");
            cluster.port = free.local_addr().expect("an address").port();
            drop(free);
            cluster.control("start").is_ok()
        });
        assert!(started.is_some(), "the server does not start: {}", cluster.log());
        Some(cluster)
    }

    /// Its address, for a client that may do everything.
    pub(crate) fn url(&self) -> Url {
        let url = format!("postgres://postgres@127.0.0.1:{}/postgres", self.port);
        Url::parse(&url).expect("an address")
    }

    /// Ends it as a crash would, with all its connections; answers once it is gone.
    pub(crate) fn crash(&self) {
        self.control("stop").unwrap_or_else(|error| panic!("{error}: {}", self.log()));
    }

    /// Starts it again, and it recovers what was committed.
    pub(crate) fn recover(&self) {
        self.control("start").unwrap_or_else(|error| panic!("{error}: {}", self.log()));
    }

    fn control(&self, order: &str) -> Result<(), String> {
        let options = format!(
            "-p {} -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c max_connections=100 -c fsync=off",
            self.port
        );
        let (data, log) = (self.data(), self.home.path().join("log"));
        let mut arguments =
            vec![OsStr::new(order), OsStr::new("--wait"), OsStr::new("--silent"), OsStr::new("--pgdata")];
        arguments.push(data.as_os_str());
        if order == "start" {
            arguments.extend([OsStr::new("--log"), log.as_os_str(), OsStr::new("--options"), OsStr::new(&options)]);
        } else {
            arguments.extend([OsStr::new("--mode"), OsStr::new("immediate")]);
        }
        self.run("pg_ctl", arguments)
    }

    /// The server refuses to run as root, and so do its programs.
    fn run<'a>(&self, program: &str, arguments: impl IntoIterator<Item = &'a OsStr>) -> Result<(), String> {
        let program = self.programs.join(program);
        let mut command = if geteuid().is_root() {
            let mut command = Command::new("runuser");
            command.args(["-u", "postgres", "--"]).arg(program);
            command
        } else {
            Command::new(program)
        };
        let output: Output = command.args(arguments).current_dir("/").output().map_err(|error| error.to_string())?;
        if output.status.success() { Ok(()) } else { Err(String::from_utf8_lossy(&output.stderr).into_owned()) }
    }

    fn data(&self) -> PathBuf {
        self.home.path().join("data")
    }

    fn log(&self) -> String {
        fs::read_to_string(self.home.path().join("log")).unwrap_or_default()
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        // It is not running when the test has stopped it.
        let _stopped = self.control("stop");
    }
}

fn programs() -> Option<PathBuf> {
    let on_path = env::split_paths(&env::var_os("PATH").unwrap_or_default()).collect::<Vec<_>>();
    let installed = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let folders = on_path.into_iter().chain(installed.map(|version| version.path().join("bin")));
    let has = |folder: &Path| ["initdb", "pg_ctl"].iter().all(|program| folder.join(program).is_file());
    // A link to a program does not lead it to its neighbours, so the folder is named as it is.
    folders.into_iter().find(|folder| has(folder)).and_then(|folder| {
        let program = folder.join("pg_ctl").canonicalize().ok()?;
        program.parent().map(Path::to_owned)
    })
}

fn id_of_postgres(which: &str) -> u32 {
    let output = Command::new("id").args([which, "postgres"]).output().expect("the system knows its users");
    String::from_utf8_lossy(&output.stdout).trim().parse().expect("a user named postgres")
}
