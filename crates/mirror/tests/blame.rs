//! Where lines come from and when a range of them changed, beside what Git says.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on should stop")]

mod support;

use std::time::Duration;

use mirror::{Blame, CommitId, LogLimits, ReadError, Reader, RepoPath};
use support::World;

const LIMITS: LogLimits = LogLimits { count: 10_000, time: Duration::from_secs(20) };

fn path(text: &str) -> RepoPath {
    RepoPath::parse(text).unwrap()
}

/// The commit of each line, and its number there.
fn lines(blame: &Blame) -> Vec<(String, usize)> {
    assert!(blame.complete);
    let each = |span: &mirror::BlameSpan| {
        let (first, commit) = (span.original_first, span.commit.unwrap().to_string());
        (0..=span.last - span.first).map(move |line| (commit.clone(), first + line)).collect::<Vec<_>>()
    };
    blame.spans.iter().flat_map(each).collect()
}

fn by_git(world: &World, file: &str, range: &str) -> Vec<(String, usize)> {
    let told = world.git(&["blame", "--no-follow", "--porcelain", "-L", range, "HEAD", "--", file]);
    let heads = told.lines().filter_map(|line| {
        let mut words = line.split(' ');
        let id = words.next().filter(|id| id.len() == 40 && id.bytes().all(|byte| byte.is_ascii_hexdigit()))?;
        Some((id.to_owned(), words.next()?.parse().ok()?))
    });
    heads.collect()
}

/// A history with edits, insertions, deletions, a file that goes and comes back, and a merge of both sides' edits.
async fn edited() -> (World, CommitId) {
    let world = World::empty().await;
    let text = |lines: &[usize]| lines.iter().map(|line| format!("line number {line}\n")).collect::<Vec<_>>().concat();
    let many: Vec<usize> = (0..60).collect();
    world.commit("a.txt", text(&many));
    world.commit("other.txt", "x\n");
    world.commit("a.txt", text(&many).replace("number 7\n", "number seven\n"));
    let cut: Vec<usize> = many.iter().copied().filter(|line| !(20..25).contains(line)).collect();
    world.commit("a.txt", text(&cut).replace("number 7\n", "number seven\n"));
    world.git(&["checkout", "-q", "-b", "side"]);
    let now = text(&cut).replace("number 7\n", "number seven\n");
    world.commit("a.txt", now.replace("number 50\n", "number fifty\nand one more\n"));
    world.git(&["checkout", "-q", "main"]);
    world.commit("a.txt", format!("a new first line\n{}", now.replace("number 3\n", "number three\n")));
    world.git(&["merge", "-q", "--no-ff", "-m", "both", "side"]);
    let now = std::fs::read_to_string(world.upstream().join("a.txt")).unwrap();
    world.commit("a.txt", now.replace("number 30\n", "number thirty\n").replace("number seven", "NUMBER SEVEN"));
    world.commit("no-end.txt", "first\nlast");
    world.commit("no-end.txt", "first\nlast\nmore");
    let head = world.tip("HEAD");
    world.sync().await.unwrap();
    (world, head)
}

#[tokio::test]
async fn each_line_comes_from_the_commit_that_git_names() {
    let (world, head) = edited().await;
    let reader = world.reader();
    for (file, last) in [("a.txt", 57), ("other.txt", 1), ("no-end.txt", 3)] {
        let all = reader.blame(head, &path(file), 1..=usize::MAX, LIMITS).unwrap();
        assert_eq!(lines(&all), by_git(&world, file, &format!("1,{last}")), "{file}");
        assert_eq!(all.spans.last().unwrap().last, last, "{file}");
    }
    for range in [1..=1, 1..=10, 5..=8, 30..=57, 52..=53] {
        let git = format!("{},{}", range.start(), range.end());
        let part = reader.blame(head, &path("a.txt"), range, LIMITS).unwrap();
        assert_eq!(lines(&part), by_git(&world, "a.txt", &git), "{git}");
    }
}

fn changed(reader: &Reader, head: CommitId, range: std::ops::RangeInclusive<usize>) -> Vec<String> {
    let history = reader.log_range(head, &path("a.txt"), range, LIMITS).unwrap();
    assert!(history.complete);
    // Git is asked for no merges: which of them it lists is another question.
    let own = history.commits.iter().filter(|commit| commit.parents.len() < 2);
    own.map(|commit| commit.id.to_string()).collect()
}

#[tokio::test]
async fn a_range_was_changed_by_the_commits_that_git_lists() {
    let (world, head) = edited().await;
    let reader = world.reader();
    for range in [1..=1, 2..=4, 5..=5, 8..=10, 15..=30, 20..=22, 26..=26, 40..=57, 1..=57] {
        let git = format!("-L{},{}:a.txt", range.start(), range.end());
        let told = world.git(&["log", "-s", "--format=%H", "--no-merges", &git]);
        let mut wanted: Vec<_> = told.lines().map(str::to_owned).collect();
        let mut found = changed(&reader, head, range);
        wanted.sort();
        found.sort();
        assert_eq!(found, wanted, "{git}");
    }
}

#[tokio::test]
async fn limits_cut_the_search_and_the_answer_says_so() {
    let (world, head) = edited().await;
    let reader = world.reader();
    let few = LogLimits { count: 2, ..LIMITS };
    let blame = reader.blame(head, &path("a.txt"), 1..=57, few).unwrap();
    assert!(!blame.complete && blame.spans.iter().any(|span| span.commit.is_none()));
    let told: usize = blame.spans.iter().map(|span| span.last - span.first + 1).sum();
    assert_eq!(told, 57, "every line is in the answer");
    let log = reader.log_range(head, &path("a.txt"), 1..=57, few).unwrap();
    assert_eq!((log.commits.len(), log.complete), (2, false));
    let now = LogLimits { time: Duration::ZERO, ..LIMITS };
    assert!(!reader.blame(head, &path("a.txt"), 1..=57, now).unwrap().complete);
    assert!(!reader.log_range(head, &path("a.txt"), 1..=57, now).unwrap().complete);
}

#[tokio::test]
async fn what_has_no_lines_is_refused() {
    let (world, _) = edited().await;
    world.write("large.txt", "x\n".repeat(3 << 20));
    world.write("folder/inside.txt", "x\n");
    let head = world.commit_all("more");
    world.sync().await.unwrap();
    let reader = world.reader();
    let blame = |name: &str, range| reader.blame(head, &path(name), range, LIMITS);
    assert!(matches!(blame("absent", 1..=1), Err(ReadError::NotFound)));
    assert!(matches!(blame("folder", 1..=1), Err(ReadError::WrongKind { .. })));
    assert!(matches!(blame("large.txt", 1..=1), Err(ReadError::TooLarge { .. })));
    for range in [0..=1, 58..=60] {
        assert!(matches!(blame("a.txt", range.clone()), Err(ReadError::NoSuchLines)));
        assert!(matches!(reader.log_range(head, &path("a.txt"), range, LIMITS), Err(ReadError::NoSuchLines)));
    }
    assert!(matches!(reader.log_range(head, &path("absent"), 1..=1, LIMITS), Err(ReadError::NotFound)));
}
