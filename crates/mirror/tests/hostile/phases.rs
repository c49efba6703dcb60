//! A remote that falls silent, talks nonsense or goes away in each phase of a talk.

use std::time::{Duration, Instant};

use mirror::{Damaged, SyncError, SyncOptions, TimeLimit};
use tokio_util::sync::CancellationToken;

use super::support::{
    World, noise, processes_of,
    served::{CLAIMED, Served, Talk, blob, line, pack},
};

type Script = fn(&mut Talk);
type Check = fn(&SyncError) -> bool;

/// The mirror as it is after a sync with the scripted remote has failed, and that it is as it was before.
async fn failure(world: &World, script: impl Fn(&mut Talk) + Clone + Send + 'static, limit: Duration) -> SyncError {
    let head = world.reader().head().unwrap();
    let (refs, remote) = (world.refs(""), Served::by(script));
    let options = SyncOptions { no_progress_limit: limit, ..SyncOptions::default() };
    let failed = world.mirror.sync(&remote.git(), options, |_| {}, CancellationToken::new()).await.unwrap_err();
    assert_eq!((world.reader().head().unwrap(), world.refs("")), (head, refs));
    assert_eq!(world.beside_mirror(), ["p", "p.lock"]);
    assert_eq!(processes_of(world.mirror.dir()), Vec::<String>::new());
    let message = failed.to_string();
    assert!(!message.contains("hunter2") && !message.contains('\u{1b}'), "{message}");
    assert!(!message.contains(world.dir.path().to_str().unwrap()), "{message}");
    failed
}

#[tokio::test]
async fn silence_in_any_phase_ends_at_the_limit_of_silence() {
    let world = World::new().await;
    world.sync().await.unwrap();
    let scripts: [(&str, Script); 5] = [
        ("after connecting", |talk| talk.hold()),
        ("in a packet's length", |talk| {
            talk.say("00");
            talk.hold();
        }),
        ("in the refs", |talk| {
            talk.hear(b"host=");
            talk.say(line(&format!("{CLAIMED} HEAD\0agent=script/1\n")));
            talk.hold();
        }),
        ("while it should count", |talk| {
            talk.advertise();
            talk.hold();
        }),
        ("in the pack", |talk| {
            let bytes = pack(&[blob(&noise(1 << 20, 1))]);
            talk.negotiate();
            talk.say(&bytes[..1 << 19]);
            talk.hold();
        }),
    ];
    for (name, script) in scripts {
        let started = Instant::now();
        let failed = failure(&world, script, Duration::from_millis(400)).await;
        assert!(matches!(failed, SyncError::TimedOut(TimeLimit::NoProgress(_))), "{name}: {failed:?}");
        assert!(failed.retryable() && started.elapsed() < Duration::from_secs(10), "{name}");
    }
}

#[tokio::test]
async fn a_remote_that_drips_forever_ends_at_the_deadline() {
    let world = World::new().await;
    let remote = Served::by(|talk| {
        talk.hear(b"host=");
        let first = line(&format!("{CLAIMED} HEAD\0side-band-64k ofs-delta agent=script/1\n"));
        talk.say(first + &line(&format!("{CLAIMED} refs/heads/main\n")) + "0000");
        talk.hear(b"done");
        talk.say(line("NAK\n"));
        // Always a sign of life, never an object.
        for number in 0..1_000 {
            talk.say(line(&format!("\u{2}Counting objects: {number}\r")));
            talk.pause(Duration::from_millis(20));
        }
    });
    let options = SyncOptions {
        no_progress_limit: Duration::from_millis(800),
        hard_deadline: Duration::from_secs(2),
        ..SyncOptions::default()
    };
    let failed = world.mirror.sync(&remote.git(), options, |_| {}, CancellationToken::new()).await.unwrap_err();
    assert!(matches!(failed, SyncError::TimedOut(TimeLimit::Deadline(_))), "{failed:?}");
}

fn away(error: &SyncError) -> bool {
    matches!(error, SyncError::Unreachable(_)) && error.retryable()
}

fn broken(error: &SyncError) -> bool {
    matches!(error, SyncError::Corrupt { damaged: Damaged::Remote, .. }) && !error.retryable()
}

async fn each_fails(scripts: &[(&str, Script, Check)]) {
    let world = World::new().await;
    world.sync().await.unwrap();
    for (name, script, is_right) in scripts {
        let failed = failure(&world, *script, Duration::from_secs(20)).await;
        assert!(is_right(&failed), "{name}: {failed:?}");
    }
}

#[tokio::test]
async fn nonsense_before_the_pack_is_the_remotes_fault_and_said_so() {
    each_fails(&[
        ("nothing at all", |_| {}, away),
        ("no packets", |talk| talk.say("HTTP/1.1 200 OK hunter2\r\n\r\n"), away),
        ("refs that are none", |talk| talk.say(line("hunter2 \u{1b}[31m\n") + "0000"), away),
        (
            "an error of its own",
            |talk| {
                talk.hear(b"host=");
                talk.say(line("ERR \u{1b}[2J busy, see /etc/hunter2\n"));
            },
            |error| matches!(error, SyncError::Unreachable(said) if said.contains("busy, see <path>")),
        ),
        (
            "neither acknowledged nor not",
            |talk| {
                talk.advertise();
                talk.hear(b"done");
                talk.say(line("hunter2\n"));
            },
            away,
        ),
    ])
    .await;
}

#[tokio::test]
async fn nonsense_in_the_pack_is_the_remotes_fault_and_said_so() {
    each_fails(&[
        (
            "no pack",
            |talk| {
                talk.negotiate();
                talk.say("hunter2 hunter2 hunter2 hunter2");
            },
            away,
        ),
        (
            "half a pack",
            |talk| {
                let bytes = pack(&[blob(&noise(100_000, 1))]);
                talk.negotiate();
                talk.say(&bytes[..50_000]);
            },
            away,
        ),
        (
            "a pack with a wrong checksum",
            |talk| {
                let mut bytes = pack(&[blob(b"x")]);
                *bytes.last_mut().unwrap() ^= 1;
                talk.negotiate();
                talk.say(bytes);
            },
            broken,
        ),
        (
            "a whole pack of something else",
            |talk| {
                talk.negotiate();
                talk.say(pack(&[blob(b"x")]));
            },
            broken,
        ),
    ])
    .await;
}

#[tokio::test]
async fn names_of_refs_that_are_paths_options_or_noise_make_no_ref() {
    let world = World::new().await;
    world.sync().await.unwrap();
    for name in ["refs/heads/../../x", "refs/heads/a.lock", "refs/heads/a b", "refs/heads/\u{1b}", "--upload-pack=x"] {
        let script = move |talk: &mut Talk| {
            talk.hear(b"host=");
            talk.say(line(&format!("{CLAIMED} {name}\0ofs-delta agent=script/1\n")) + "0000");
            talk.hear(b"done");
        };
        let remote = Served::by(script);
        let synced = world.mirror.sync(&remote.git(), SyncOptions::default(), |_| {}, CancellationToken::new()).await;
        assert!(synced.is_err(), "{name}: {synced:?}");
        assert!(world.refs("upstream").iter().all(|it| it.starts_with("upstream/heads/main ")), "{name}");
    }
}
