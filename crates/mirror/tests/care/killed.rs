//! A service that is killed in the middle: this test's own program, run once more, plays it.

use std::{
    env, fs,
    process::{Command, Stdio},
};

use mirror::{Git, Mirror, RemoteUrl, SyncOptions};
use tokio_util::sync::CancellationToken;

use super::support::{
    World, noise, policy, processes_of,
    served::{Served, blob, pack},
    until,
};

const DIR: &str = "MIRROR_TEST_DIR";
const REMOTE: &str = "MIRROR_TEST_REMOTE";

/// Not a test by itself: what is killed.
#[tokio::test]
#[ignore = "it is the service that another test starts and kills"]
async fn a_service_syncs() {
    let (Ok(dir), Ok(remote)) = (env::var(DIR), env::var(REMOTE)) else { return };
    let mirror = Mirror::new(Git::locate().await.unwrap(), dir);
    let remote = RemoteUrl::parse(&remote, &policy()).unwrap();
    let _ = mirror.sync(&remote, SyncOptions::default(), |_| {}, CancellationToken::new()).await;
}

#[tokio::test]
async fn a_service_killed_in_mid_fetch_leaves_no_process_and_no_residue_to_the_next() {
    for has_mirror in [false, true] {
        let world = World::new().await;
        if has_mirror {
            world.sync().await.unwrap();
        }
        let bytes = pack(&[blob(&noise(1 << 20, 1))]);
        let remote = Served::by(move |talk| {
            talk.negotiate();
            talk.say(&bytes[..1 << 19]);
            talk.hold();
        });
        let mut service = Command::new(env::current_exe().unwrap())
            .args(["killed::a_service_syncs", "--exact", "--ignored"])
            .env(DIR, world.mirror.dir())
            .env(REMOTE, remote.git().as_str())
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        let home =
            if has_mirror { world.mirror.dir().into() } else { world.dir.path().join("mirrors/p.scratch/clone.git") };
        let packs = home.join("objects/pack");
        let is_arriving = || {
            let files = fs::read_dir(&packs).into_iter().flatten().flatten();
            files.filter(|it| it.file_name().to_string_lossy().starts_with("tmp_pack")).count() == 1
        };
        until("the pack arrives", is_arriving).await;

        service.kill().unwrap();
        service.wait().unwrap();
        assert!(!processes_of(world.mirror.dir()).is_empty(), "git goes on without it");
        let synced = world.sync().await.unwrap();

        assert_eq!((synced.head, synced.repaired), (Some(world.tip("main")), None));
        until("git has ended", || processes_of(world.mirror.dir()).is_empty()).await;
        assert_eq!(world.beside_mirror(), ["p", "p.lock"]);
        let left = fs::read_dir(world.mirror.dir().join("objects/pack")).unwrap().flatten();
        assert!(left.map(|it| it.file_name().into_string().unwrap()).all(|name| name.starts_with("pack-")));
    }
}
