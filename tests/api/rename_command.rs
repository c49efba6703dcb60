//! `hivesync rename`: a rename in a repository on this machine, printed and not made.

use serde_json::json;
use tempfile::TempDir;

use super::support::{
    Repo,
    program::{Program, Ran},
};

fn python() -> Repo {
    Repo::of(&[
        ("core.py", "def load(path):\n    return path\n"),
        ("main.py", "from core import load\n\nprint(load('y'))\n"),
    ])
}

async fn rename(repo: &Repo, arguments: &[&str]) -> Ran {
    let home = TempDir::new().unwrap();
    let repo = repo.path().to_str().unwrap();
    Program::at(home.path()).run(&[&["rename", repo], arguments].concat()).await
}

#[tokio::test]
async fn the_patch_fits_the_files_as_they_are_on_disk() {
    let repo = python();
    // Neither committed nor staged.
    repo.write("main.py", "# changed\nfrom core import load\n\nprint(load('y'))\n");
    repo.write("untracked.py", "from core import load\n");

    let ran = rename(&repo, &["core.py:1:5", "read"]).await.succeeded();

    assert!(ran.stderr.starts_with("safe: "), "{}", ran.stderr);
    assert!(!ran.stdout.contains('\x1b'), "no colours but for people");
    let patch = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(patch.path(), &ran.stdout).unwrap();
    repo.git(["apply", patch.path().to_str().unwrap()]);
    let read = |name: &str| std::fs::read_to_string(repo.path().join(name)).unwrap();
    assert_eq!(read("main.py"), "# changed\nfrom core import read\n\nprint(read('y'))\n");
    assert_eq!(read("core.py"), "def read(path):\n    return path\n");
    assert_eq!(read("untracked.py"), "from core import load\n");
}

#[tokio::test]
async fn json_is_the_proposal_and_the_code_says_what_it_is_worth() {
    let repo = python();
    let ran = rename(&repo, &["main.py:1:18", "read", "--json"]).await.succeeded();
    let proposal = ran.json();
    assert_eq!((&proposal["verdict"], &proposal["counts"]["edits"]), (&json!("SAFE"), &json!(3)));
    assert_eq!(proposal["files"][0]["blob_id"], repo.git(["rev-parse", "HEAD:core.py"]));

    repo.write("other.py", "import core\n\ngetattr(core, 'lo' + 'ad')\ndef load(:\n");
    repo.commit("broken");
    let ran = rename(&repo, &["core.py:1:5", "read"]).await.ended_with(1);
    assert!(ran.stderr.contains("other.py"), "{}", ran.stderr);
}

#[tokio::test]
async fn what_cannot_be_renamed_ends_with_two_and_says_why() {
    let repo = python();
    for (place, name) in [
        ("core.py:2:1", "x"),
        ("absent.py:1:1", "x"),
        ("core.py:1:5", "class"),
        ("core.py:1:5", "load"),
        ("core.py:90:1", "x"),
    ] {
        let ran = rename(&repo, &[place, name]).await.ended_with(2);
        assert!(ran.stdout.is_empty() && ran.stderr.starts_with("hivesync: "), "{place}: {}", ran.stderr);
    }
    for place in ["core.py", "core.py:0:1", ":1:1"] {
        rename(&repo, &[place, "x"]).await.ended_with(2);
    }
    let home = TempDir::new().unwrap();
    let nowhere = home.path().to_str().unwrap();
    Program::at(home.path()).run(&["rename", nowhere, "a.py:1:1", "x"]).await.ended_with(2);
}
