//! Logs and differences on generated histories, beside what Git says of them.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on should stop")]

mod support;

use std::{fs, time::Duration};

use mirror::{Change, CommitId, LogLimits, Reader, RepoPath};
use support::{World, command};

const LIMITS: LogLimits = LogLimits { count: 1_000, time: Duration::from_secs(20) };

/// Numbers that look random and are the same each time.
struct Dice(u32);

impl Dice {
    fn roll(&mut self, sides: u32) -> u32 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 17;
        self.0 ^= self.0 << 5;
        self.0 % sides
    }
}

/// Commits everything at a second of its own, so that no order depends on chance.
fn commit_at(world: &World, args: &[&str], seconds: u32) {
    let mut git = command(&world.upstream());
    git.env("GIT_AUTHOR_DATE", format!("{} +0200", 1_600_000_000 + seconds));
    git.env("GIT_COMMITTER_DATE", format!("{} +0200", 1_600_000_000 + seconds));
    assert!(git.args(args).status().unwrap().success(), "{args:?}");
}

/// A history with edits, additions, deletions, renames, mode changes and merges.
async fn generated(seed: u32, commits: u32) -> World {
    let world = World::empty().await;
    let mut dice = Dice(seed);
    for number in 0..commits {
        change(&world, &mut dice, number);
        world.git(&["add", "-A"]);
        commit_at(&world, &["commit", "-q", "--allow-empty", "-m", &format!("commit {number}")], number);
        if number % 7 == 3 {
            world.git(&["branch", "-f", "side"]);
        }
        if number % 7 == 6 {
            merge(&world, &mut dice, number);
        }
    }
    world.sync().await.unwrap();
    world
}

fn change(world: &World, dice: &mut Dice, number: u32) {
    let name =
        |dice: &mut Dice| format!("{}/{}.txt", ["a", "a/b", "c"].get(dice.roll(3) as usize).unwrap(), dice.roll(5));
    for _ in 0..=dice.roll(2) {
        let (from, to) = (name(dice), name(dice));
        let (from_file, to_file) = (world.upstream().join(&from), world.upstream().join(&to));
        match dice.roll(6) {
            0 if from_file.exists() => fs::remove_file(from_file).unwrap(),
            1 if from_file.exists() && !to_file.exists() => {
                fs::create_dir_all(to_file.parent().unwrap()).unwrap();
                fs::rename(from_file, to_file).unwrap();
            }
            _ => {
                let text = (0..20).map(|line| format!("{from} line {line}\n")).collect::<Vec<_>>().concat();
                world.write(&from, format!("{text}{number}\n"));
            }
        }
    }
}

/// Puts a commit on the side branch and merges it, without conflicts: the merge takes one side or makes its own.
fn merge(world: &World, dice: &mut Dice, number: u32) {
    world.git(&["checkout", "-q", "side"]);
    world.write(&format!("c/{}.txt", dice.roll(5)), format!("side {number}\n"));
    world.git(&["add", "-A"]);
    commit_at(world, &["commit", "-q", "--allow-empty", "-m", "side"], number * 1_000 + 100_000);
    world.git(&["checkout", "-q", "main"]);
    let strategy = *["ours", "recursive"].get(dice.roll(2) as usize).unwrap();
    let mut args = vec!["merge", "-q", "--no-ff", "-m", "merge", "-s", strategy];
    if strategy == "recursive" {
        args.extend(["-X", "ours"]);
    }
    args.push("side");
    let mut git = command(&world.upstream());
    git.env("GIT_COMMITTER_DATE", format!("{} +0000", 1_600_000_000 + number * 1_000 + 100_001));
    if !git.args(&args).output().unwrap().status.success() {
        world.git(&["add", "-A"]);
        commit_at(world, &["commit", "-q", "-m", "merge"], number * 1_000 + 100_001);
    }
}

fn log(reader: &Reader, head: CommitId, path: &str) -> Vec<String> {
    let history = reader.log(head, &RepoPath::parse(path).unwrap(), LIMITS).unwrap();
    assert!(history.complete);
    history.commits.iter().map(|commit| commit.id.to_string()).collect()
}

#[tokio::test]
async fn the_log_of_a_path_is_gits() {
    for seed in [7, 99, 2_026] {
        let world = generated(seed, 40).await;
        let reader = world.reader();
        let head = reader.head().unwrap().unwrap();
        let mut listed = 0;
        for path in ["", "a", "a/b", "c", "a/1.txt", "a/b/2.txt", "c/0.txt", "c/3.txt", "nothing"] {
            let mut args = vec!["log", "--format=%H"];
            if !path.is_empty() {
                args.extend(["--", path]);
            }
            let git: Vec<String> = world.git(&args).lines().map(str::to_owned).collect();
            assert_eq!(log(&reader, head, path), git, "seed {seed}, path {path:?}");
            listed += git.len();
        }
        assert!(listed > 60, "{listed}");
    }
}

#[tokio::test]
async fn a_shallow_remote_is_mirrored_and_its_log_ends_where_its_history_does() {
    let world = World::new().await;
    let boundary = world.commit("a", "1\n");
    fs::write(world.upstream().join(".git/shallow"), format!("{boundary}\n")).unwrap();
    let head = world.commit("a", "2\n");
    assert_eq!(world.sync().await.unwrap().head, Some(head));
    for path in ["", "a"] {
        assert_eq!(log(&world.reader(), head, path), [head.to_string(), boundary.to_string()]);
    }
    let newer = world.commit("b", "3\n");
    assert_eq!(world.sync().await.unwrap().head, Some(newer));
    fs::remove_file(world.upstream().join(".git/shallow")).unwrap();
    let whole = world.commit("b", "4\n");
    assert_eq!(world.sync().await.unwrap().head, Some(whole));
}

#[tokio::test]
async fn a_log_stops_at_its_limits_and_says_so() {
    let world = generated(3, 12).await;
    let reader = world.reader();
    let head = reader.head().unwrap().unwrap();
    let few = LogLimits { count: 3, ..LIMITS };
    let history = reader.log(head, &RepoPath::root(), few).unwrap();
    assert_eq!((history.commits.len(), history.complete), (3, false));
    let now = LogLimits { time: Duration::ZERO, ..LIMITS };
    assert!(!reader.log(head, &RepoPath::root(), now).unwrap().complete);
}

#[tokio::test]
async fn a_commit_says_who_when_and_why() {
    let world = World::new().await;
    world.write("a", "1");
    world.git(&["add", "-A"]);
    commit_at(&world, &["commit", "-q", "-m", "why\n\nbecause"], 60);
    world.sync().await.unwrap();
    let reader = world.reader();
    let commit = reader.commit(reader.head().unwrap().unwrap()).unwrap();
    assert_eq!(commit.message, "why\n\nbecause\n");
    assert_eq!((commit.author.name.as_str(), commit.author.email.as_str()), ("A", "a@example.com"));
    assert_eq!((commit.committer.seconds, commit.committer.offset_minutes), (1_600_000_060, 120));
    assert_eq!(commit.parents.len(), 1);
}

/// `A path`, `M path`, `D path` and `R old new`, as `git diff-tree` writes them.
fn statuses(changes: &[Change]) -> Vec<String> {
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    let one = |change: &Change| match change {
        Change::Added(side) => format!("A {}", text(&side.path)),
        Change::Removed(side) => format!("D {}", text(&side.path)),
        Change::Modified { to, .. } => format!("M {}", text(&to.path)),
        Change::Renamed { from, to, .. } => format!("R {} {}", text(&from.path), text(&to.path)),
    };
    let mut statuses: Vec<String> = changes.iter().map(one).collect();
    statuses.sort();
    statuses
}

fn git_statuses(world: &World, a: CommitId, b: CommitId) -> Vec<String> {
    let (a, b) = (a.to_string(), b.to_string());
    let text = world.git(&["diff-tree", "-r", "-M50%", "--name-status", &a, &b]);
    let one = |line: &str| {
        let mut fields = line.split('\t');
        let status: String = fields.next().unwrap().chars().take(1).collect();
        std::iter::once(status.as_str()).chain(fields).collect::<Vec<_>>().join(" ")
    };
    let mut statuses: Vec<String> = text.lines().map(one).collect();
    statuses.sort();
    statuses
}

#[tokio::test]
async fn differences_are_gits() {
    let world = generated(11, 40).await;
    let reader = world.reader();
    let head = reader.head().unwrap().unwrap();
    let history = reader.log(head, &RepoPath::root(), LIMITS).unwrap().commits;
    for (new, old) in history.iter().zip(history.iter().skip(1)) {
        let changes = reader.diff(old.id, new.id).unwrap();
        assert_eq!(statuses(&changes), git_statuses(&world, old.id, new.id), "{} {}", old.id, new.id);
    }
    assert!(reader.diff(head, head).unwrap().is_empty());
}

#[tokio::test]
async fn renames_modes_symlinks_and_folders_in_the_place_of_files_are_told() {
    let world = World::new().await;
    let text = (0..50).map(|line| format!("line {line}\n")).collect::<Vec<_>>().concat();
    world.write("same", &text);
    world.write("edited", text.replace("line 4", "LINE 4"));
    world.write("kind", "x");
    world.write("place", "y");
    let old = world.commit_all("before");
    fs::create_dir(world.upstream().join("to")).unwrap();
    fs::rename(world.upstream().join("same"), world.upstream().join("to/same")).unwrap();
    fs::remove_file(world.upstream().join("edited")).unwrap();
    world.write("to/edited", text.replace("line 4", "LINE 4").replace("line 7\n", "line seven\n"));
    fs::remove_file(world.upstream().join("kind")).unwrap();
    std::os::unix::fs::symlink("readme", world.upstream().join("kind")).unwrap();
    fs::remove_file(world.upstream().join("place")).unwrap();
    world.write("place/inside", "z");
    let new = world.commit_all("after");
    world.sync().await.unwrap();

    let changes = world.reader().diff(old, new).unwrap();

    assert_eq!(statuses(&changes), ["A place/inside", "D place", "M kind", "R edited to/edited", "R same to/same"]);
    for change in &changes {
        if let Change::Renamed { from, similarity, .. } = change {
            assert_eq!(*similarity == 100, from.path == b"same", "{similarity}");
            assert!(*similarity > 80);
        }
    }
}
