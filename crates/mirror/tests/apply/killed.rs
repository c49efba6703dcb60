//! A service that is killed while it commits: this test's own program, run once more, plays it.

use std::{
    env, fs,
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};

use mirror::{FileChange, Git, Mirror, NewCommit};

use super::{
    asked::{blob, make, new, path, rewrite},
    support::{World, noise, until},
};

const DIR: &str = "MIRROR_TEST_DIR";
const PARENT: &str = "MIRROR_TEST_PARENT";
const BEFORE: &str = "MIRROR_TEST_BEFORE";
const SIZE: &str = "MIRROR_TEST_SIZE";

/// What both the service and the one after it ask for.
fn asked(parent: &str, before: &str, size: usize) -> NewCommit {
    let change = FileChange::rewrite(path("readme"), before.parse().unwrap(), noise(size, 7));
    new(parent.parse().unwrap(), "one", vec![change])
}

/// Not a test by itself: what is killed.
#[tokio::test]
#[ignore = "it is the service that another test starts and kills"]
async fn a_service_commits() {
    let (Ok(dir), Ok(parent)) = (env::var(DIR), env::var(PARENT)) else { return };
    let _broken = fail::FailScenario::setup();
    tracing_subscriber::fmt().init();
    let size = env::var(SIZE).unwrap().parse().unwrap();
    let mirror = Mirror::new(Git::locate().await.unwrap(), dir);
    let _ = make(&mirror, asked(&parent, &env::var(BEFORE).unwrap(), size)).await;
}

fn service(world: &World, size: usize, points: &str) -> Child {
    Command::new(env::current_exe().unwrap())
        .args(["killed::a_service_commits", "--exact", "--ignored", "--nocapture"])
        .env(DIR, world.mirror.dir())
        .env(PARENT, world.tip("HEAD").to_string())
        .env(BEFORE, blob(world, "readme").to_string())
        .env(SIZE, size.to_string())
        .env("FAILPOINTS", points)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap()
}

async fn mirrored() -> World {
    let world = World::new().await;
    world.sync().await.unwrap();
    world
}

/// The same call after the kill gives the whole commit, and nothing of a dead service is left.
async fn is_made_by_the_next(world: &World, size: usize) -> bool {
    let head = world.tip("HEAD");
    let made = make(&world.mirror, asked(&head.to_string(), &blob(world, "readme").to_string(), size)).await.unwrap();
    assert_eq!(world.refs("changes"), [format!("changes/one {}", made.commit)]);
    world.in_mirror(&["rev-list", "--objects", "--quiet", "--all"]);
    world.in_mirror(&["fsck", "--strict", &made.commit.to_string()]);
    assert_eq!(world.beside_mirror(), ["p", "p.lock"]);
    let other = make(&world.mirror, new(head, "two", vec![rewrite(world, "readme", "x")])).await.unwrap();
    assert!(!other.existed);
    made.existed
}

#[tokio::test]
async fn a_service_killed_before_or_after_the_ref_moves_leaves_nothing_or_the_whole_commit() {
    if !fail::has_failpoints() {
        eprintln!("skipped: build with `--features failpoints`");
        return;
    }
    for (point, is_there) in [("commit-objects", false), ("commit-ref", true)] {
        let world = mirrored().await;
        let mut service = service(&world, 100, &format!("{point}=pause"));
        let said = BufReader::new(service.stdout.take().unwrap()).lines();
        let stands = said.map_while(Result::ok).any(|line| line.contains("come to a breakpoint"));
        assert!(stands, "{point}");
        service.kill().unwrap();
        service.wait().unwrap();

        assert_eq!(world.refs("changes").len(), usize::from(is_there), "{point}");
        assert_eq!(is_made_by_the_next(&world, 100).await, is_there, "{point}");
    }
}

fn arriving(packs: &Path) -> Vec<PathBuf> {
    let files = fs::read_dir(packs).into_iter().flatten().flatten().map(|it| it.path());
    files.filter(|it| it.file_name().unwrap().to_string_lossy().starts_with("tmp_")).collect()
}

#[tokio::test]
async fn a_service_killed_while_its_objects_are_written_leaves_nothing() {
    let world = mirrored().await;
    let size = 24 << 20;
    let mut service = service(&world, size, "");
    let packs = world.mirror.dir().join("objects/pack");
    until("the pack is being written", || !arriving(&packs).is_empty()).await;
    service.kill().unwrap();
    service.wait().unwrap();

    assert_eq!(world.refs("changes"), Vec::<String>::new());
    assert!(!is_made_by_the_next(&world, size).await);
    assert_eq!(arriving(&packs), Vec::<PathBuf>::new());
}
