//! Private repositories behind TLS and basic authentication: who gets in, and that nobody learns how.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on should stop")]

#[path = "support/https.rs"]
mod https;
mod support;

use std::{
    fs, io,
    path::Path,
    sync::{Arc, Mutex, OnceLock},
    time::Duration,
};

use https::HttpsRemote;
use mirror::{Credential, Login, Remote, RemoteUrl, SyncError, SyncOptions, UrlRefused, probe};
use support::{World, policy, processes_of, run, until};
use tokio_util::sync::CancellationToken;
use tracing_subscriber::filter::LevelFilter;

const TOKEN: &str = "ghp_0123456789-secret-%s'\"$";

fn url(server: &HttpsRemote, path: &str) -> RemoteUrl {
    RemoteUrl::parse(&server.url(path), &policy()).unwrap()
}

fn with_token(url: RemoteUrl, token: &str) -> Remote {
    let login = Login::parse("x-access-token", token.into()).unwrap();
    Remote::new(url, Credential::Https(login)).unwrap()
}

/// An upstream, and a server in front of it that wants the token.
async fn private() -> (World, HttpsRemote) {
    let world = World::new().await;
    let server = HttpsRemote::serving(world.dir.path());
    server.require("x-access-token", TOKEN);
    (world.trusting(server.ca_file()), server)
}

#[tokio::test]
async fn the_right_token_opens_a_private_repository_and_no_other_does() {
    let (world, server) = private().await;
    for remote in [Remote::from(url(&server, "upstream")), with_token(url(&server, "upstream"), "wrong")] {
        let refused = world.sync_from(remote).await.unwrap_err();
        assert!(matches!(refused, SyncError::AuthFailed), "{refused:?}");
        assert!(!world.mirror.is_present());
    }

    let synced = world.sync_from(with_token(url(&server, "upstream"), TOKEN)).await.unwrap();
    assert_eq!((synced.head, synced.address), (Some(world.tip("HEAD")), None));

    let before = world.refs("");
    world.commit("a", "1");
    server.require("x-access-token", "another");
    let refused = world.sync_from(with_token(url(&server, "upstream"), TOKEN)).await.unwrap_err();
    assert!(matches!(refused, SyncError::AuthFailed), "{refused:?}");
    assert_eq!(world.refs(""), before, "what was mirrored stays readable");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_token_is_in_no_argument_no_log_and_no_file() {
    let log = Log::capture();
    let (world, server) = private().await;
    let hold = server.hold();
    let sync = tokio::spawn({
        let (mirror, remote) = (world.mirror.clone(), with_token(url(&server, "upstream"), TOKEN));
        async move { mirror.sync(remote, SyncOptions::default(), |_| {}, CancellationToken::new()).await }
    });
    until("git asks", || !server.requests().is_empty()).await;
    assert!(!processes_of(world.mirror.dir()).is_empty());
    assert_unknown(&world, &log);
    drop(hold);
    // The helper runs for a moment only: whichever moments this sees, the token is in none.
    while !sync.is_finished() {
        assert_unknown(&world, &log);
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    sync.await.unwrap().unwrap();
    assert!(server.requests().iter().any(|request| request.headers.contains_key("authorization")));

    server.require("x-access-token", "another");
    let refused = world.sync_from(with_token(url(&server, "upstream"), TOKEN)).await.unwrap_err();
    assert!(!format!("{refused} {refused:?}").contains(TOKEN));
    assert!(log.text().contains("git failed"), "what Git says is logged: {}", log.text());
    assert_unknown(&world, &log);
}

/// No process, no line of the log and no file knows the token, by itself or as the header has it.
fn assert_unknown(world: &World, log: &Log) {
    // The second is base64, of `x-access-token:ghp_0123456789-secret`.
    let forms = [TOKEN.as_bytes(), b"eC1hY2Nlc3MtdG9rZW46Z2hwXzAxMjM0NTY3ODktc2VjcmV0"];
    let holds = |bytes: &[u8]| forms.iter().any(|form| bytes.windows(form.len()).any(|it| it == *form));
    for process in fs::read_dir("/proc").unwrap().flatten() {
        assert!(!holds(&fs::read(process.path().join("cmdline")).unwrap_or_default()), "{}", process.path().display());
    }
    assert!(!holds(log.text().as_bytes()), "{}", log.text());
    each_file(world.dir.path(), &mut |path| {
        assert!(!holds(&fs::read(path).unwrap_or_default()), "{}", path.display());
    });
}

/// Every file below the folder, as far as it stays there while it is looked at.
fn each_file(folder: &Path, look: &mut dyn FnMut(&Path)) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        match entry.file_type() {
            Ok(kind) if kind.is_dir() => each_file(&entry.path(), look),
            Ok(kind) if kind.is_file() => look(&entry.path()),
            _ => {}
        }
    }
}

#[tokio::test]
async fn a_certificate_of_an_unknown_authority_is_not_trusted_and_no_token_is_sent() {
    let world = World::new().await;
    let server = HttpsRemote::serving(world.dir.path());
    let failed = world.sync_from(with_token(url(&server, "upstream"), TOKEN)).await.unwrap_err();
    assert_eq!(failed.to_string(), "the remote cannot be reached: its certificate is not trusted");
    assert!(server.connections() > 0 && server.requests().is_empty());

    let world = world.trusting("/nowhere/ca.pem");
    let failed = world.sync_from(with_token(url(&server, "upstream"), TOKEN)).await.unwrap_err();
    assert_eq!(failed.to_string(), "git failed: the file of certificate authorities cannot be read");
}

#[tokio::test]
async fn a_probe_says_what_is_there_and_leaves_nothing() {
    let (world, server) = private().await;
    run(world.dir.path(), &["init", "-q", "--bare", "empty.git"]);
    let folder = world.dir.path().join("probes");
    let look = async |remote: Remote| {
        let probed = probe(&world.git, &folder, remote, support::PATIENCE, CancellationToken::new()).await;
        assert!(probed.host_keys.is_empty(), "a host is known by its certificate here");
        let left: Vec<_> = fs::read_dir(&folder).unwrap().map(|it| it.unwrap().file_name()).collect();
        assert_eq!(left, ["probe-0.lock"]);
        probed.found
    };

    let found = look(with_token(url(&server, "upstream"), TOKEN)).await.unwrap();
    assert_eq!((found.default_branch.as_deref(), found.is_empty, found.address), (Some("main"), false, None));
    let found = look(with_token(url(&server, "empty.git"), TOKEN)).await.unwrap();
    assert_eq!((found.default_branch, found.is_empty), (None, true));
    let wrong = look(with_token(url(&server, "upstream"), "wrong")).await;
    assert!(matches!(wrong, Err(SyncError::AuthFailed)), "{wrong:?}");
    let missing = look(with_token(url(&server, "elsewhere"), TOKEN)).await;
    assert!(matches!(missing, Err(SyncError::NotFound)), "{missing:?}");

    world.git(&["symbolic-ref", "HEAD", "refs/heads/unborn"]);
    let found = look(with_token(url(&server, "upstream"), TOKEN)).await.unwrap();
    assert_eq!((found.default_branch, found.is_empty), (None, false), "it has branches, and HEAD names another");
}

#[tokio::test]
async fn a_probe_ends_when_it_is_cancelled_and_after_its_time() {
    let (world, server) = private().await;
    let _hold = server.hold();
    let folder = world.dir.path().join("probes");
    let remote = with_token(url(&server, "upstream"), TOKEN);
    let late = probe(&world.git, &folder, &remote, Duration::from_millis(300), CancellationToken::new()).await;
    assert!(matches!(late.found, Err(SyncError::TimedOut(_))), "{late:?}");

    let cancel = CancellationToken::new();
    let asked = server.requests().len();
    let probing = tokio::spawn({
        let (git, folder, cancel) = (world.git.clone(), folder.clone(), cancel.clone());
        async move { probe(&git, &folder, remote, support::PATIENCE, cancel).await }
    });
    until("git asks", || server.requests().len() > asked).await;
    cancel.cancel();
    assert!(matches!(probing.await.unwrap().found, Err(SyncError::Cancelled)));
    assert_eq!(processes_of(&folder), Vec::<String>::new());
}

#[tokio::test]
async fn a_ninth_probe_at_once_is_turned_away() {
    let (world, server) = private().await;
    let hold = server.hold();
    let folder = world.dir.path().join("probes");
    let look = || {
        let (git, folder, remote) = (world.git.clone(), folder.clone(), with_token(url(&server, "upstream"), TOKEN));
        async move { probe(&git, &folder, remote, support::PATIENCE, CancellationToken::new()).await }
    };
    let probing: Vec<_> = (0..8).map(|_| tokio::spawn(look())).collect();
    until("eight ask", || server.requests().len() == 8).await;
    assert!(matches!(look().await.found, Err(SyncError::Locked)));
    drop(hold);
    for probe in probing {
        assert!(probe.await.unwrap().found.is_ok());
    }
}

#[tokio::test]
async fn a_redirect_to_the_same_address_with_git_at_its_end_is_kept() {
    let (world, server) = private().await;
    run(world.dir.path(), &["clone", "-q", "--bare", "upstream", "kept.git"]);
    server.redirect("/kept", server.url("kept.git"));
    let remote = with_token(url(&server, "kept"), TOKEN);

    let synced = world.sync_from(&remote).await.unwrap();
    assert_eq!(synced.head, Some(world.tip("HEAD")));
    assert_eq!(synced.address, Some(server.url("kept.git")), "so that whoever asked can go there at once");
    assert_eq!(world.sync_from(&remote).await.unwrap().refs_changed, 0);

    let folder = world.dir.path().join("probes");
    let probed = probe(&world.git, &folder, remote, support::PATIENCE, CancellationToken::new()).await;
    assert_eq!(probed.found.unwrap().address, Some(server.url("kept.git")));
}

#[tokio::test]
async fn a_redirect_anywhere_else_is_refused_and_its_target_never_contacted() {
    let (world, server) = private().await;
    let elsewhere = HttpsRemote::serving(world.dir.path());
    let same = server.url("upstream");
    for (path, to) in [
        ("/foreign", elsewhere.url("upstream")),
        ("/foreign.git", elsewhere.url("upstream")),
        ("/renamed", same.clone()),
        ("/loop", server.url("loop.git")),
        ("/loop.git", server.url("loop.git.git")),
        ("/file", "file:///etc".into()),
    ] {
        server.redirect(path, to);
    }
    for (path, tried) in [("foreign", 2), ("foreign.git", 1), ("renamed", 2), ("loop", 2), ("file", 2)] {
        let asked = server.requests().len();
        let refused = world.sync_from(with_token(url(&server, path), TOKEN)).await.unwrap_err();
        assert!(matches!(refused, SyncError::UrlRefused(UrlRefused::Redirected)), "{path}: {refused:?}");
        let mut paths: Vec<_> = server.requests().split_off(asked).into_iter().map(|it| it.path).collect();
        // Asked anew with the token, where none was wanted at first.
        paths.dedup();
        let expected = [format!("/{path}/info/refs"), format!("/{path}.git/info/refs")];
        assert_eq!(paths, expected.split_at(tried).0);
    }
    assert_eq!(elsewhere.connections(), 0);
    assert!(!world.mirror.is_present());
}

/// All that is logged by this process, at every level.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Log {
    fn capture() -> Self {
        static LOG: OnceLock<Log> = OnceLock::new();
        LOG.get_or_init(|| {
            let log = Self::default();
            let sink = log.clone();
            let subscriber = tracing_subscriber::fmt().with_max_level(LevelFilter::TRACE);
            subscriber.with_writer(move || sink.clone()).init();
            log
        })
        .clone()
    }

    fn text(&self) -> String {
        String::from_utf8_lossy(&self.0.lock().unwrap()).into_owned()
    }
}

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
