//! What a web server may answer in the place of a repository.

use std::time::{Duration, Instant};

use mirror::{SyncError, SyncOptions, TimeLimit, UrlRefused};
use tokio_util::sync::CancellationToken;

use super::support::{
    World,
    served::{Served, Talk, line},
};

type Check = fn(&SyncError) -> bool;
type Script = fn(&mut Talk);

#[tokio::test]
async fn each_answer_has_its_meaning_and_none_is_repeated() {
    let gone: Check = |error| matches!(error, SyncError::NotFound);
    let away: Check = |error| matches!(error, SyncError::Unreachable(_)) && error.retryable();
    let denied: Check = |error| matches!(error, SyncError::AuthFailed) && !error.retryable();
    let moved: Check = |error| matches!(error, SyncError::UrlRefused(UrlRefused::Redirected));
    let git = "Content-Type: application/x-git-upload-pack-advertisement\r\n";
    let cases: [(&str, &str, &str, Check); 13] = [
        ("401 Unauthorized", "WWW-Authenticate: Basic realm=\"hunter2\"\r\n", "hunter2", denied),
        ("401 Unauthorized", "WWW-Authenticate: Negotiate\r\n", "", denied),
        ("403 Forbidden", "", "hunter2", denied),
        ("404 Not Found", "", "hunter2", gone),
        ("410 Gone", "", "", gone),
        ("301 Moved Permanently", "Location: http://127.0.0.1:1/hunter2\r\n", "", moved),
        ("302 Found", "Location: file:///etc/hunter2\r\n", "", moved),
        ("307 Temporary Redirect", "Location: https://u:hunter2@h/\r\n", "", moved),
        ("429 Too Many Requests", "Retry-After: 1\r\n", "", away),
        ("503 Service Unavailable", "", "hunter2", away),
        ("200 OK", "Content-Type: text/html\r\n", "<html>\nhunter2\n</html>\n", gone),
        ("200 OK", git, "hunter2 \u{1b}[2J and so on", away),
        ("200 OK", git, "", away),
    ];
    let world = World::new().await;
    let head = world.sync().await.unwrap().head;
    for (status, headers, body, is_right) in cases {
        let remote = Served::by(move |talk: &mut Talk| talk.respond(status, headers, body));
        let url = remote.http();
        let failed = world.mirror.sync(&url, SyncOptions::default(), |_| {}, CancellationToken::new()).await;
        let failed = failed.unwrap_err();
        assert!(is_right(&failed), "{status} {body:?}: {failed:?}");
        assert!(!failed.to_string().contains("hunter2"), "{failed}");
        assert!(!failed.to_string().contains(world.dir.path().to_str().unwrap()), "{failed}");
        assert_eq!(world.reader().head().unwrap(), head, "{status}");
    }
    assert_eq!(world.beside_mirror(), ["p", "p.lock"]);
}

#[tokio::test]
async fn a_web_server_that_stops_talking_is_given_up() {
    let world = World::new().await;
    let scripts: [(&str, Script); 3] = [
        ("before its answer", |talk| talk.hold()),
        ("in its headers", |talk| {
            talk.say("HTTP/1.1 200 OK\r\nContent-");
            talk.hold();
        }),
        ("in its body", |talk| {
            talk.hear(b"\r\n\r\n");
            talk.say("HTTP/1.1 200 OK\r\nContent-Type: application/x-git-upload-pack-advertisement\r\n");
            talk.say(format!("Content-Length: 999\r\n\r\n{}", line("# service=git-upload-pack\n")));
            talk.hold();
        }),
    ];
    for (name, script) in scripts {
        let remote = Served::by(script);
        let options = SyncOptions { no_progress_limit: Duration::from_millis(300), ..SyncOptions::default() };
        let started = Instant::now();
        let failed = world.mirror.sync(&remote.http(), options, |_| {}, CancellationToken::new()).await.unwrap_err();
        assert!(matches!(failed, SyncError::TimedOut(TimeLimit::NoProgress(_))), "{name}: {failed:?}");
        assert!(started.elapsed() < Duration::from_secs(10), "{name}");
        assert_eq!(world.beside_mirror(), ["p.lock"]);
    }
}

#[tokio::test]
async fn a_server_of_files_whose_objects_nobody_checks_is_refused_and_nothing_is_kept() {
    let world = World::new().await;
    let head = world.sync().await.unwrap().head;
    world.commit("more", "1");
    let files = |world: &World| {
        world.git(&["update-server-info"]);
        let root = world.upstream().join(".git");
        Served::by(move |talk| {
            let path = talk.request();
            let name = path.split('?').next().unwrap_or_default().trim_start_matches("/a.git/").to_owned();
            match std::fs::read(root.join(name)) {
                Ok(bytes) => talk.answer("200 OK", "", &bytes),
                Err(_) => talk.answer("404 Not Found", "", b""),
            }
        })
    };
    for packed in [false, true] {
        if packed {
            world.git(&["repack", "-q", "-a", "-d"]);
        }
        let remote = files(&world);
        let url = remote.http();
        let sync = || world.mirror.sync(&url, SyncOptions::default(), |_| {}, CancellationToken::new());
        let refused = sync().await.unwrap_err();
        assert!(matches!(&refused, SyncError::Unreachable(why) if why.contains("files")), "{refused:?}");
        assert_eq!(world.reader().head().unwrap(), head);
        assert!(world.reader().commit(world.tip("main")).is_err(), "what came is gone");
    }
    let synced = world.sync().await.unwrap();
    assert_eq!((synced.head, synced.repaired), (Some(world.tip("main")), None));
    assert!(world.reader().commit(world.tip("main")).is_ok());
}
