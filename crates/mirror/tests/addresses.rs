//! Where a sync goes: to the addresses that were looked up and checked for it, straight, each time anew.

#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a test that cannot go on should stop, and runs itself in a process of its own"
)]

#[path = "support/https.rs"]
mod https;
mod support;

use std::{
    env, io,
    net::{IpAddr, TcpListener},
    process::Command,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    thread,
};

use https::HttpsRemote;
use mirror::{Git, Mirror, Policy, RemoteUrl, Resolve, Resolving, SyncError, SyncOptions, UrlRefused};
use support::{World, policy};
use tokio_util::sync::CancellationToken;

/// Gives these answers, one after another, and the last for ever; may end the sync that asked first.
#[derive(Debug, Clone, Default)]
struct Answers {
    addresses: Vec<IpAddr>,
    asked: Arc<Mutex<Vec<String>>>,
    ends: CancellationToken,
}

impl Answers {
    fn of(addresses: &[&str]) -> Self {
        Self { addresses: addresses.iter().map(|it| it.parse().unwrap()).collect(), ..Self::default() }
    }

    fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }
}

impl Resolve for Answers {
    fn resolve<'a>(&'a self, host: &'a str) -> Resolving<'a> {
        Box::pin(async move {
            let mut asked = self.asked.lock().unwrap();
            let answer = self.addresses.get(asked.len()).or(self.addresses.last());
            asked.push(host.to_owned());
            self.ends.cancel();
            answer.map(|it| vec![*it]).ok_or_else(|| io::ErrorKind::NotFound.into())
        })
    }
}

#[tokio::test]
async fn git_goes_where_the_resolver_says_and_asks_nobody_else() {
    let world = World::new().await;
    let server = HttpsRemote::serving(world.dir.path());
    let answers = Answers::of(&["127.0.0.1"]);
    let git = world.git.clone().trusting(server.ca_file()).resolving_by(answers.clone());
    let mirror = Mirror::new(git, world.mirror.dir());
    // A name that no other resolver knows (RFC 6761).
    let url = format!("https://git.example.test:{}/upstream", server.port());
    let url = RemoteUrl::parse(&url, &policy()).unwrap();

    for syncs in 1..=2 {
        mirror.sync(&url, SyncOptions::default(), |_| {}, CancellationToken::new()).await.unwrap();
        assert_eq!(answers.asked(), vec!["git.example.test"; syncs], "once for each sync");
    }
    let named = format!("git.example.test:{}", server.port());
    assert!(server.requests().iter().all(|it| it.headers.get("host") == Some(&named)));
}

#[tokio::test]
async fn a_certificate_for_another_name_is_not_trusted() {
    let world = World::new().await;
    let server = HttpsRemote::serving(world.dir.path());
    let git = world.git.clone().trusting(server.ca_file()).resolving_by(Answers::of(&["127.0.0.1"]));
    let url = format!("https://other.example.test:{}/upstream", server.port());
    let url = RemoteUrl::parse(&url, &policy()).unwrap();
    let mirror = Mirror::new(git, world.mirror.dir());
    let failed = mirror.sync(&url, SyncOptions::default(), |_| {}, CancellationToken::new()).await.unwrap_err();
    assert_eq!(failed.to_string(), "the remote cannot be reached: its certificate is for another host");
    assert!(server.requests().is_empty());
}

#[tokio::test]
async fn a_name_that_leads_to_a_private_address_at_the_second_look_is_refused() {
    let world = World::new().await;
    let server = HttpsRemote::serving(world.dir.path());
    let answers = Answers::of(&["8.8.8.8", "127.0.0.1"]);
    let git = world.git.clone().trusting(server.ca_file()).resolving_by(answers.clone());
    let mirror = Mirror::new(git, world.mirror.dir());
    let url = format!("https://git.example.test:{}/upstream", server.port());
    let url = RemoteUrl::parse(&url, &Policy::default()).unwrap();

    // The first look finds nothing wrong; the sync ends there, so that nobody is contacted.
    let first = mirror.sync(&url, SyncOptions::default(), |_| {}, answers.ends.clone()).await;
    assert!(matches!(first, Err(SyncError::Cancelled)), "{first:?}");
    let second = mirror.sync(&url, SyncOptions::default(), |_| {}, CancellationToken::new()).await;
    assert!(matches!(second, Err(SyncError::UrlRefused(UrlRefused::PrivateAddress))), "{second:?}");
    assert_eq!(answers.asked().len(), 2);
    assert_eq!(server.connections(), 0);
}

/// A proxy that counts who comes, and sends everybody away.
struct Proxy {
    address: String,
    visitors: Arc<AtomicUsize>,
    stopped: Arc<AtomicBool>,
}

impl Proxy {
    fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let (visitors, stopped) = (Arc::<AtomicUsize>::default(), Arc::<AtomicBool>::default());
        let (count, end) = (Arc::clone(&visitors), Arc::clone(&stopped));
        thread::spawn(move || {
            for _visitor in listener.incoming() {
                if end.load(Ordering::SeqCst) {
                    return;
                }
                count.fetch_add(1, Ordering::SeqCst);
            }
        });
        Self { address, visitors, stopped }
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.stopped.store(true, Ordering::SeqCst);
        let _ = std::net::TcpStream::connect(&self.address);
    }
}

#[tokio::test]
async fn proxies_of_the_services_environment_are_not_used() {
    let world = World::new().await;
    let (server, proxy) = (HttpsRemote::serving(world.dir.path()), Proxy::start());
    let mut child = Command::new(env::current_exe().unwrap());
    child.args(["--ignored", "--exact", "a_process_with_proxies_in_its_environment"]);
    for name in ["http_proxy", "https_proxy", "all_proxy", "HTTPS_PROXY", "ALL_PROXY", "GIT_HTTP_PROXY"] {
        child.env(name, format!("http://{}", proxy.address));
    }
    child.env("GIT_PROXY_COMMAND", "false").env("GIT_SSL_NO_VERIFY", "1").env("GIT_TRACE_CURL", "1");
    child.env("CHILD_MIRROR", world.mirror.dir()).env("CHILD_URL", server.url("upstream"));
    child.env("CHILD_CA", server.ca_file());

    let output = child.output().unwrap();

    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    assert!(world.mirror.is_present());
    assert_eq!(proxy.visitors.load(Ordering::SeqCst), 0);
}

#[tokio::test]
#[ignore = "run by another test, in a process of its own"]
async fn a_process_with_proxies_in_its_environment() {
    let given = |name| env::var(name).unwrap();
    let git = Git::locate().await.unwrap();
    let url = RemoteUrl::parse(&given("CHILD_URL"), &policy()).unwrap();
    let sync = async |git: Git| {
        let mirror = Mirror::new(git, given("CHILD_MIRROR"));
        mirror.sync(&url, SyncOptions::default(), |_| {}, CancellationToken::new()).await
    };
    let refused = sync(git.clone()).await;
    assert!(matches!(refused, Err(SyncError::Unreachable(_))), "the environment does not weaken TLS: {refused:?}");
    sync(git.trusting(given("CHILD_CA"))).await.unwrap();
}
