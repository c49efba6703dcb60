//! A remote that falls silent in mid-transfer until a test lets it go on: `git daemon` behind a gate.

#![allow(clippy::disallowed_methods, reason = "remotes are served by the git command itself")]

use std::{env, io, net::SocketAddr, path::PathBuf, process::Stdio, time::Duration};

use tokio::{
    io::{AsyncReadExt, copy},
    net::{TcpListener, TcpStream},
    process::Command,
    sync::watch,
    time::timeout,
};
use tokio_util::task::AbortOnDropHandle;

use super::Repo;

const STALL_LIMIT: Duration = Duration::from_secs(30);

/// A repository served over `git://`. Each connection falls silent after the same number of bytes, until the gate is
/// opened. Dropped, it is gone with its connections.
pub(crate) struct Gate {
    address: SocketAddr,
    allowed: watch::Sender<u64>,
    silent: watch::Receiver<usize>,
    _serving: AbortOnDropHandle<()>,
}

impl Gate {
    /// Serves `repo`, closed, and lets `bytes` of each answer through.
    pub(crate) async fn before(repo: &Repo, bytes: u64) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("an address");
        let (allowed, most) = watch::channel(bytes);
        let (silence, silent) = watch::channel(0);
        let way = Way { directory: repo.path().to_owned(), most, silence };
        let serving = AbortOnDropHandle::new(tokio::spawn(serve(listener, way)));
        Self { address, allowed, silent, _serving: serving }
    }

    /// What the service is given.
    pub(crate) fn url(&self) -> String {
        format!("git://{}/.git", self.address)
    }

    /// Waits until somebody waits at the gate.
    pub(crate) async fn holds_somebody(&self) {
        let mut silent = self.silent.clone();
        let seen = timeout(STALL_LIMIT, silent.wait_for(|waiting| *waiting > 0)).await;
        seen.expect("somebody came to the gate").expect("the gate is there");
    }

    /// Lets so many more bytes of each answer through.
    pub(crate) fn let_through(&self, bytes: u64) {
        self.allowed.send_modify(|allowed| *allowed += bytes);
    }

    /// Lets everything through from now on.
    pub(crate) fn open(&self) {
        self.allowed.send_replace(u64::MAX);
    }
}

/// What every connection goes through.
#[derive(Clone)]
struct Way {
    directory: PathBuf,
    most: watch::Receiver<u64>,
    silence: watch::Sender<usize>,
}

async fn serve(listener: TcpListener, way: Way) {
    let mut connections = tokio::task::JoinSet::new();
    while let Ok((socket, _)) = listener.accept().await {
        let way = way.clone();
        // A connection that breaks is the service's to notice, not the gate's.
        connections.spawn(async move { drop(relay(socket, way).await) });
    }
}

async fn relay(socket: TcpStream, mut way: Way) -> io::Result<()> {
    let mut daemon = daemon(&way)?;
    let (Some(mut stdin), Some(mut stdout)) = (daemon.stdin.take(), daemon.stdout.take()) else {
        return Err(io::Error::other("no pipes"));
    };
    let (mut from, mut to) = socket.into_split();
    let answer = async {
        let mut passed = 0;
        loop {
            let most = *way.most.borrow_and_update();
            passed += copy(&mut (&mut stdout).take(most - passed), &mut to).await?;
            if passed < most {
                return Ok::<_, io::Error>(());
            }
            way.silence.send_modify(|waiting| *waiting += 1);
            way.most.changed().await.map_err(io::Error::other)?;
            way.silence.send_modify(|waiting| *waiting -= 1);
        }
    };
    // The one that asks goes away when it has all, or when it was ended.
    tokio::select! {
        asked = copy(&mut from, &mut stdin) => asked.map(drop),
        answered = answer => answered,
    }
}

fn daemon(way: &Way) -> io::Result<tokio::process::Child> {
    let mut base = std::ffi::OsString::from("--base-path=");
    base.push(&way.directory);
    Command::new("git")
        .args(["daemon", "--inetd", "--export-all", "--log-destination=none"])
        .arg(base)
        .env_clear()
        .env("PATH", env::var_os("PATH").unwrap_or_default())
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()
}
