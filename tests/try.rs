//! `hivesync try`, run as a person runs it: the real binary on real repositories.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on should stop"
)]
#![allow(clippy::disallowed_methods, reason = "the program is started as a shell starts it")]

#[path = "api/support/repo.rs"]
#[allow(dead_code, reason = "other tests use the rest")]
mod repo;

use std::{
    env,
    ffi::OsStr,
    fs,
    io::{BufRead, BufReader, Read},
    net::TcpListener,
    os::unix::{ffi::OsStrExt, fs::symlink, process::CommandExt},
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
    time::Duration,
};

use rustix::process::{Pid, Signal, kill_process_group};
use serde_json::{Value, json};
use tempfile::TempDir;

use repo::Repo;

/// A trial with a temporary folder of its own, in which nothing may be left.
struct Trial {
    temporary: TempDir,
    command: Command,
}

impl Trial {
    fn of(repository: impl AsRef<OsStr>) -> Self {
        let temporary = TempDir::new().unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_hivesync"));
        command.arg("try").arg(repository).env_clear().env("PATH", env::var_os("PATH").unwrap_or_default());
        // The last one would be used if settings of another service were not left alone.
        command.env("TMPDIR", temporary.path()).env("HIVESYNC_DATABASE__URL", "postgres://nobody@192.0.2.1/none");
        Self { temporary, command }
    }

    fn with(mut self, arguments: &[&str]) -> Self {
        self.command.args(arguments);
        self
    }

    fn within(mut self, folder: &Path) -> Self {
        self.command.current_dir(folder);
        self
    }

    fn run(&mut self) -> Output {
        self.command.output().unwrap()
    }

    /// What is left in its temporary folder.
    fn left(&self) -> Vec<PathBuf> {
        fs::read_dir(self.temporary.path()).unwrap().map(|entry| entry.unwrap().path()).collect()
    }

    /// Runs it to its good end; answers with what it printed.
    fn succeeds(mut self) -> String {
        let output = self.run();
        assert!(output.status.success(), "{}\n{}", text(&output.stdout), text(&output.stderr));
        assert_eq!(self.left(), Vec::<PathBuf>::new());
        text(&output.stdout)
    }

    /// The same with `--json`.
    fn document(self) -> Value {
        let document: Value = serde_json::from_str(&self.with(&["--json"]).succeeds()).unwrap();
        assert_eq!((&document["ok"], &document["error"]), (&json!(true), &Value::Null));
        document
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// What a step of a document saw.
fn seen<'d>(document: &'d Value, step: &str) -> &'d Value {
    let steps = document["steps"].as_array().unwrap();
    &steps.iter().find(|found| found["name"] == step).unwrap_or_else(|| panic!("no step {step}"))["seen"]
}

fn names(document: &Value) -> Vec<&str> {
    document["steps"].as_array().unwrap().iter().map(|step| step["name"].as_str().unwrap()).collect()
}

/// The steps of a trial of a repository with files.
const STEPS: [&str; 11] =
    ["server", "account", "sync", "manifest", "browse", "search", "open", "again", "rename", "actors", "stop"];
/// A trial's page is read at a glance.
const MOST_LINES: usize = 80;

/// Something of everything that is usual.
fn small() -> Repo {
    let repo = Repo::empty();
    repo.write("README.md", "# Bees\n");
    repo.write(
        "src/hive.rs",
        "/// Where bees live.\npub struct Hive {\n    bees: u32,\n}\n\npub fn visit(_: &Hive) {}\n",
    );
    repo.write("src/lib.rs", "mod hive;\nuse hive::{Hive, visit};\n");
    repo.write("honey.bin", b"\0\x01\x02");
    symlink("README.md", repo.path().join("link")).unwrap();
    repo.commit("first");
    repo
}

#[test]
fn every_step_is_shown_in_plain_lines_and_nothing_is_left() {
    let repo = small();
    let shown = Trial::of(repo.path()).succeeds();
    let headings =
        ["Server", "Account", "Synchronise", "Manifest", "Browse", "Search", "Open", "Rename", "Supervision"];
    for heading in headings.into_iter().chain(["Stop"]) {
        assert!(shown.lines().any(|line| line.starts_with(heading)), "no {heading} in\n{shown}");
    }
    assert!(shown.contains("src/hive.rs:2:12  pub struct Hive {"), "{shown}");
    assert!(shown.contains("All of it holds"), "{shown}");
    assert!(!shown.contains('\u{1b}'), "no colours where no terminal watches");
    assert!(shown.lines().count() <= MOST_LINES, "{shown}");
}

#[test]
fn the_document_agrees_with_git() {
    let repo = small();
    let document = Trial::of(repo.path()).document();
    assert_eq!(names(&document), STEPS);
    for step in document["steps"].as_array().unwrap() {
        assert!(!step["verified"].as_array().unwrap().is_empty(), "{step}");
    }
    let files = repo.git(["ls-tree", "-r", "--name-only", "HEAD"]).lines().count();
    assert_eq!(seen(&document, "sync")["commit"], json!(repo.head()));
    assert_eq!(seen(&document, "manifest")["counts"]["files"], json!(files));
    assert_eq!(seen(&document, "search")["query"], json!("Hive"));
    assert_eq!(seen(&document, "open")["line"], json!(2));
}

/// A package of which one function is used in more files than anything else.
fn package() -> Repo {
    let repo = Repo::empty();
    let users = ["one", "two", "three", "four", "five", "six"];
    repo.write("hive/__init__.py", "");
    // How a base that nobody sees calls it, nobody knows.
    repo.write(
        "hive/base.py",
        "import elsewhere\n\n\nclass Comb(elsewhere.Base):\n    def fill(self):\n        pass\n",
    );
    repo.write("hive/core.py", "# gather is documented in README.md\ndef gather(path):\n    return path\n");
    for user in users {
        let text = format!("from hive.core import gather\n\n\ndef visit_{user}():\n    return gather('{user}')\n");
        repo.write(format!("hive/{user}.py"), text);
    }
    repo.write("README.md", "`gather` gathers.\n");
    repo.commit("first");
    repo
}

#[test]
fn the_best_known_symbol_that_is_certain_is_renamed_and_renamed_back() {
    let repo = package();
    let document = Trial::of(repo.path()).document();
    assert_eq!(names(&document), STEPS);
    let renamed = seen(&document, "rename");
    assert_eq!((&renamed["symbol"], &renamed["new_name"]), (&json!("gather"), &json!("gather_renamed")));
    assert_eq!((&renamed["verdict"], &renamed["edits"]), (&json!("SAFE"), &json!(13)));
    assert_eq!(renamed["files"].as_array().unwrap().len(), 7);
    assert_ne!(renamed["commit"], renamed["reverted_commit"]);
    assert_eq!(repo.git(["status", "--porcelain"]), "", "the repository itself is only read");
    assert_eq!(repo.git(["for-each-ref", "--format=%(refname)"]), "refs/heads/main");
    let shown = Trial::of(repo.path()).succeeds();
    for line in ["hive/core.py:2  function gather → gather_renamed", "SAFE: 13 edits in 7 files", "+++ b/hive/core.py"]
    {
        assert!(shown.contains(line), "no {line} in\n{shown}");
    }
    assert!(shown.contains("more lines of the patch"), "the patch is shortened:\n{shown}");
    assert!(shown.lines().count() <= MOST_LINES, "{shown}");
}

#[test]
fn a_repository_with_nothing_to_rename_says_so_and_is_no_failure() {
    let words = Repo::of(&[("notes.txt", "a few ordinary words\n")]);
    let document = Trial::of(words.path()).document();
    assert_eq!(names(&document), STEPS);
    assert_eq!(seen(&document, "rename")["symbol"], Value::Null);
    // What a file does with the name that nobody can read, nobody knows.
    let doubtful = Repo::of(&[("a.py", "def anything():\n    return 1\n"), ("b.py", "anything(\n")]);
    let shown = Trial::of(doubtful.path()).succeeds();
    assert!(shown.contains("anything: NEEDS_REVIEW, 1 place to look at"), "{shown}");
    assert!(shown.contains("no symbol of this repository can be renamed for certain"), "{shown}");
}

#[test]
fn an_empty_repository_is_tried_as_far_as_it_goes() {
    let document = Trial::of(Repo::empty().path()).document();
    assert_eq!(names(&document), ["server", "account", "sync", "manifest", "again", "actors", "stop"]);
    assert_eq!(seen(&document, "sync")["commit"], Value::Null);
}

#[test]
fn the_default_branch_is_followed_whatever_its_name_unless_another_is_asked_for() {
    let repo = Repo::on_branch("trunk");
    repo.write("a.txt", "one word\n");
    let trunk = repo.commit("first");
    repo.git(["checkout", "--quiet", "-b", "side"]);
    repo.write("b.txt", "another\n");
    let side = repo.commit("second");
    repo.checkout("trunk");
    let followed = Trial::of(repo.path()).document();
    assert_eq!(seen(&followed, "sync")["commit"], json!(trunk));
    let asked_for = Trial::of(repo.path()).with(&["--branch", "side"]).document();
    assert_eq!(seen(&asked_for, "sync")["commit"], json!(side));
}

#[test]
fn names_that_are_not_utf_8_are_read_like_any_other() {
    let repo = Repo::empty();
    for name in [&b"caf\xe9.txt"[..], b"d\xff/\xfe.rs", b"new\nline", b"a b%20c?#.txt", "日本.py".as_bytes()] {
        repo.write(OsStr::from_bytes(name), "fn something() {}\n");
    }
    repo.commit("first");
    let document = Trial::of(repo.path()).document();
    assert_eq!(seen(&document, "browse")["entries"], json!(5));
    assert_eq!(seen(&document, "open")["files_hashed"], json!(5));
    Trial::of(repo.path()).succeeds();
}

#[test]
fn a_repository_without_text_or_symbols_is_no_obstacle() {
    let words = Repo::of(&[("notes", "a few ordinary words\n")]);
    assert_eq!(seen(&Trial::of(words.path()).document(), "search")["query"], json!("ordinary"));
    let binary = Repo::empty();
    binary.write("blob", b"\0\0\0");
    binary.write("empty", "");
    binary.commit("first");
    assert!(Trial::of(binary.path()).succeeds().contains("there is no text to search"));
}

#[test]
fn work_trees_bare_repositories_and_relative_paths_are_all_repositories() {
    let repo = small();
    let place = TempDir::new().unwrap();
    let (bare, linked) = (place.path().join("it is.git"), place.path().join("linked tree"));
    repo.git([OsStr::new("clone"), "--quiet".as_ref(), "--bare".as_ref(), ".".as_ref(), bare.as_ref()]);
    let add = ["worktree", "add", "--quiet", "-b", "linked"].map(OsStr::new);
    repo.git(add.into_iter().chain([linked.as_os_str()]));
    for trial in [
        Trial::of(&bare),
        Trial::of(&linked),
        Trial::of("it is.git").within(place.path()),
        Trial::of("src").within(repo.path()),
        Trial::of(repo.url()),
    ] {
        assert_eq!(seen(&trial.document(), "sync")["commit"], json!(repo.head()));
    }
}

#[test]
fn a_shallow_clone_is_a_repository_like_any_other() {
    let repo = small();
    repo.write("README.md", "# More bees\n");
    repo.commit("second");
    let place = TempDir::new().unwrap();
    let url = repo.url();
    let clone = ["clone", "--quiet", "--depth", "1", &url].map(OsStr::new);
    repo.git(clone.into_iter().chain([place.path().as_os_str()]));
    assert_eq!(seen(&Trial::of(place.path()).document(), "sync")["commit"], json!(repo.head()));
}

#[test]
fn a_path_that_is_no_repository_is_refused_with_a_reason() {
    let place = TempDir::new().unwrap();
    let mut trial = Trial::of(place.path());
    let output = trial.run();
    assert_eq!((output.status.code(), trial.left()), (Some(1), Vec::new()));
    assert!(text(&output.stderr).contains("is not a Git repository"), "{}", text(&output.stderr));
    let mut trial = Trial::of(place.path().join("absent")).with(&["--json"]);
    let output = trial.run();
    let document: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((output.status.code(), &document["ok"]), (Some(1), &json!(false)));
    assert!(document["error"]["message"].as_str().unwrap().contains("no such file or folder"), "{document}");
}

#[test]
fn a_step_that_fails_is_named_and_the_servers_log_is_left() {
    let repo = small();
    let mut trial = Trial::of(repo.path()).with(&["--branch", "absent", "--json"]);
    let output = trial.run();
    let document: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((output.status.code(), &document["error"]["step"]), (Some(1), &json!("sync")));
    assert!(document["error"]["message"].as_str().unwrap().contains("BRANCH_NOT_FOUND"), "{document}");
    let log = Path::new(document["error"]["log"].as_str().unwrap());
    assert!(fs::read_to_string(log).unwrap().contains("absent"));
    assert_eq!(trial.left(), [log.parent().unwrap()]);
    assert_eq!(fs::read_dir(log.parent().unwrap()).unwrap().count(), 1, "nothing but the log");
}

#[test]
fn an_interrupted_trial_stops_its_server_and_removes_its_folder() {
    // A remote that accepts and then says nothing.
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let mut trial = Trial::of(format!("git://{}/repository", silent.local_addr().unwrap()));
    let mut child = Running::spawn(trial.command.stderr(Stdio::piped()).stdout(Stdio::null()));
    let mut said = BufReader::new(child.0.stderr.take().unwrap());
    wait_for_line(&mut said, |line| line == "fetching");
    let _connected = silent.accept().unwrap();
    child.signal(Signal::INT);
    let mut rest = String::new();
    said.read_to_string(&mut rest).unwrap();
    assert_eq!(child.0.wait().unwrap().code(), Some(1));
    assert!(rest.contains("interrupted"), "{rest}");
    assert_eq!(trial.left(), Vec::<PathBuf>::new());
}

#[tokio::test]
async fn a_kept_folder_is_served_by_the_command_that_is_printed() {
    let repo = small();
    let mut trial = Trial::of(repo.path()).with(&["--keep", "--json"]);
    let output = trial.run();
    let document: Value = serde_json::from_slice(&output.stdout).unwrap();
    let kept = &document["kept"];
    let command = format!("{} --listen 127.0.0.1:0", kept["serve"].as_str().unwrap());
    let mut shell = Command::new("sh");
    let mut server = Running::spawn(shell.arg("-c").arg(command).stdout(Stdio::piped()).stderr(Stdio::null()));
    let mut said = BufReader::new(server.0.stdout.take().unwrap());
    let line = wait_for_line(&mut said, |line| line.starts_with("listening on "));
    let base = line.trim_start_matches("listening on ").to_owned();
    let client = reqwest::Client::builder().no_proxy().timeout(Duration::from_secs(20)).build().unwrap();
    let account = json!({ "email": kept["email"], "password": kept["password"] });
    let tokens = client.post(format!("{base}/api/v1/auth/login")).json(&account).send().await.unwrap();
    let tokens: Value = tokens.error_for_status().unwrap().json().await.unwrap();
    let project = seen(&document, "account")["project_id"].as_str().unwrap();
    let manifest = client.get(format!("{base}/api/v1/projects/{project}/manifest"));
    let manifest = manifest.bearer_auth(tokens["access_token"].as_str().unwrap()).send().await.unwrap();
    let manifest: Value = manifest.error_for_status().unwrap().json().await.unwrap();
    // Renamed and renamed back, it stands at another commit with the same content.
    assert_eq!(manifest["content_digest"], seen(&document, "manifest")["content_digest"]);
}

/// A program with its children; none of them outlives the test.
struct Running(Child);

impl Running {
    fn spawn(command: &mut Command) -> Self {
        Self(command.process_group(0).spawn().unwrap())
    }

    fn signal(&self, signal: Signal) {
        let group = Pid::from_raw(i32::try_from(self.0.id()).unwrap()).unwrap();
        // An error means that they are gone already.
        let _gone = kill_process_group(group, signal);
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.signal(Signal::KILL);
        drop(self.0.wait());
    }
}

fn wait_for_line(from: &mut impl BufRead, wanted: impl Fn(&str) -> bool) -> String {
    let found = from.lines().map(Result::unwrap).find(|line| wanted(line));
    found.expect("the program ended without that line")
}
