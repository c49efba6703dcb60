//! Commits against what Git itself makes of the same changes, and against their own inverses.

use std::{collections::BTreeMap, fmt::Write as _, path::Path};

use mirror::{After, ChangedFile, CommitError, FileChange};
use proptest::{prelude::*, sample::Index};
use tokio::runtime::Runtime;

use super::{
    asked::{make, new, path},
    support::{World, command, feed},
};

/// Modes and contents by path.
type Files = BTreeMap<String, (&'static str, String)>;

/// A change as it is drawn: which file, where to, what content.
type Drawn = (Index, Option<To>, Option<String>);

/// A change as the model has it: from where, to where, what content.
type Modelled = (String, String, Option<String>);

/// Where a file goes: to a path that is drawn, or to where another one is.
#[derive(Debug, Clone)]
enum To {
    New(String),
    Where(Index),
}

fn any_path() -> impl Strategy<Value = String> {
    "[a-e](/[a-e]){0,3}(\\.x|-|0)?"
}

fn any_files() -> impl Strategy<Value = Files> {
    let file = (any_path(), any::<bool>(), "[01]{0,3}");
    proptest::collection::vec(file, 3..16).prop_map(|drawn| {
        let mut files = Files::new();
        for (path, executable, content) in drawn {
            if fits(&files, &path) {
                files.insert(path, (if executable { "100755" } else { "100644" }, content));
            }
        }
        files
    })
}

fn any_changes() -> impl Strategy<Value = Vec<Drawn>> {
    let to = prop_oneof![any_path().prop_map(To::New), any::<Index>().prop_map(To::Where)];
    let change = (any::<Index>(), proptest::option::of(to), proptest::option::of("[01]{0,3}"));
    proptest::collection::vec(change, 1..6)
}

/// Whether a file can be at the path, beside these.
fn fits(files: &Files, path: &str) -> bool {
    files.keys().all(|other| {
        let (short, long) = if other.len() < path.len() { (other.as_str(), path) } else { (path, other.as_str()) };
        short != long && !long.strip_prefix(short).is_some_and(|rest| rest.starts_with('/'))
    })
}

/// What the files are after the changes; none where they do not fit together.
fn changed(files: &Files, changes: &[Modelled]) -> Option<Files> {
    let mut after = files.clone();
    let mut moved = Vec::new();
    for (from, to, content) in changes {
        let (mode, before) = files.get(from)?.clone();
        after.remove(from);
        moved.push((from, to, (mode, content.clone().unwrap_or(before))));
    }
    moved.sort_by_key(|(from, to, _)| from != to);
    for (_, to, file) in moved {
        if !fits(&after, to) {
            return None;
        }
        after.insert(to.clone(), file);
    }
    Some(after)
}

/// The tree of these files as `git update-index` and `git write-tree` make it of another tree.
fn git_tree(world: &World, base: Option<&str>, gone: &Files, files: &Files) -> String {
    let index = world.dir.path().join("index");
    let _ = std::fs::remove_file(&index);
    let git = |args: &[&str], input: &[u8]| feed_with(&world.upstream(), &index, args, input);
    if let Some(base) = base {
        git(&["read-tree", base], b"");
    }
    let mut lines = String::new();
    for path in gone.keys() {
        writeln!(lines, "0 {}\t{path}", "0".repeat(40)).unwrap();
    }
    for (path, (mode, content)) in files {
        let blob = feed(&world.upstream(), &["hash-object", "-w", "--stdin"], content.as_bytes());
        writeln!(lines, "{mode} {blob}\t{path}").unwrap();
    }
    git(&["update-index", "--index-info"], lines.as_bytes());
    git(&["write-tree"], b"")
}

fn feed_with(dir: &Path, index: &Path, args: &[&str], input: &[u8]) -> String {
    use std::{io::Write, process::Stdio};
    let mut git = command(dir);
    let mut child =
        git.args(args).env("GIT_INDEX_FILE", index).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(input).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "git {args:?}");
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

/// Drawn changes as the mirror takes them and as the model does, each file and each target once.
fn asked(world: &World, base: &str, files: &Files, drawn: &[Drawn]) -> (Vec<FileChange>, Vec<Modelled>) {
    let paths: Vec<&String> = files.keys().collect();
    let (mut changes, mut model) = (Vec::new(), Vec::new());
    for (which, to, content) in drawn {
        let from = (*which.get(&paths)).clone();
        let to = match to {
            None => from.clone(),
            Some(To::New(to)) => to.clone(),
            Some(To::Where(other)) => (*other.get(&paths)).clone(),
        };
        if model.iter().any(|(other, there, _): &Modelled| *other == from || *there == to) {
            continue;
        }
        let before = world.git(&["rev-parse", &format!("{base}:{from}")]).trim().parse().unwrap();
        let after = content.as_ref().map_or(After::Blob(before), |it| After::Bytes(it.clone().into_bytes()));
        changes.push(FileChange { path: path(&from), new_path: Some(path(&to)), before, after });
        model.push((from, to, content.clone()));
    }
    (changes, model)
}

async fn agrees(files: &Files, sets: &[Vec<Drawn>]) {
    let world = World::empty().await;
    let base = git_tree(&world, None, &Files::new(), files);
    let head = world.git(&["commit-tree", "-m", "base", &base]).trim().to_owned();
    world.git(&["update-ref", "HEAD", &head]);
    world.sync().await.unwrap();
    for (number, drawn) in sets.iter().enumerate() {
        let (changes, model) = asked(&world, &base, files, drawn);
        let made = make(&world.mirror, new(world.tip("HEAD"), &format!("there-{number}"), changes.clone())).await;
        let Some(after) = changed(files, &model) else {
            assert!(matches!(made, Err(CommitError::Refused { .. })), "{model:?}: {made:?}");
            continue;
        };
        let expected = git_tree(&world, Some(&base), files, &after);
        if expected == base {
            assert!(matches!(made, Err(CommitError::NothingChanged)), "{model:?}: {made:?}");
            continue;
        }
        let made = made.unwrap_or_else(|error| panic!("{model:?}: {error:?}"));
        assert_eq!(made.tree.to_string(), expected, "{model:?}");
        let back = made.files.iter().map(ChangedFile::inverse).collect();
        let back = make(&world.mirror, new(made.commit, &format!("back-{number}"), back)).await.unwrap();
        assert_eq!(back.tree.to_string(), base, "{model:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { max_shrink_iters: 50, ..ProptestConfig::with_cases(8) })]

    #[test]
    fn a_commit_has_the_tree_that_git_makes_and_its_inverse_the_one_before(
        files in any_files(),
        sets in proptest::collection::vec(any_changes(), 6..10),
    ) {
        Runtime::new().unwrap().block_on(agrees(&files, &sets));
    }
}
