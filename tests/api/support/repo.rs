//! Repositories to mirror, made by the git command without any configuration of the person who runs the tests.

#![allow(clippy::disallowed_methods, reason = "remotes are made by the git command itself")]

use std::{
    env,
    ffi::{OsStr, OsString},
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use tempfile::TempDir;

/// A repository with a work tree, in a temporary folder. The same content gives the same commit ids.
pub(crate) struct Repo {
    folder: TempDir,
}

impl Repo {
    /// Without a commit, on the branch `main`.
    pub(crate) fn empty() -> Self {
        Self::on_branch("main")
    }

    /// Without a commit, on a branch of this name.
    pub(crate) fn on_branch(branch: &str) -> Self {
        let repo = Self { folder: TempDir::new().expect("a temporary folder") };
        repo.git(["init", "--quiet", "--template=", "--initial-branch", branch]);
        repo
    }

    /// With one commit of these files.
    pub(crate) fn of(files: &[(&str, &str)]) -> Self {
        let repo = Self::empty();
        for (path, text) in files {
            repo.write(path, text);
        }
        repo.commit("first");
        repo
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    /// What the service is given.
    pub(crate) fn url(&self) -> String {
        format!("file://{}", self.path().display())
    }

    /// Writes a file, with the folders above it. Its name need not be UTF-8.
    pub(crate) fn write(&self, path: impl AsRef<OsStr>, content: impl AsRef<[u8]>) {
        fs::write(self.place(path.as_ref()), content).expect("a file in the work tree");
    }

    /// Deletes a file.
    pub(crate) fn remove(&self, path: impl AsRef<OsStr>) {
        fs::remove_file(self.path().join(path.as_ref())).expect("a file in the work tree");
    }

    /// Commits the work tree as it is, changed or not; answers with the commit's id.
    pub(crate) fn commit(&self, message: &str) -> String {
        self.git(["add", "--all"]);
        self.git(["commit", "--quiet", "--allow-empty", "--message", message]);
        self.head()
    }

    /// The id of the commit that is checked out.
    pub(crate) fn head(&self) -> String {
        self.git(["rev-parse", "HEAD"])
    }

    /// Makes a branch at the present commit.
    pub(crate) fn branch(&self, name: &str) {
        self.git(["branch", name]);
    }

    /// Goes on on another branch.
    pub(crate) fn checkout(&self, name: &str) {
        self.git(["checkout", "--quiet", name]);
    }

    /// Takes the present branch back to `commit`, as a forced push does.
    pub(crate) fn reset(&self, commit: &str) {
        self.git(["reset", "--quiet", "--hard", commit]);
    }

    /// Has a shell script run before anything that is pushed here is taken.
    pub(crate) fn hook_before_receiving(&self, script: &str) {
        self.write(".git/hooks/draft", format!("#!/bin/sh\n{script}\n"));
        // Another process writes what is run: what this one has open for writing, the processes of other tests have too.
        let mut install = Command::new("install");
        install.args(["-m", "755", "draft", "pre-receive"]).current_dir(self.path().join(".git/hooks"));
        assert!(install.status().expect("install is part of every system").success());
    }

    /// Runs git; answers with its standard output, without the end of the last line.
    pub(crate) fn git<S: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = S>) -> String {
        let output = self.git_bytes(arguments);
        String::from_utf8(output).expect("git speaks UTF-8 here").trim_end_matches('\n').to_owned()
    }

    /// Runs git; answers with its standard output.
    pub(crate) fn git_bytes<S: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = S>) -> Vec<u8> {
        let arguments: Vec<OsString> = arguments.into_iter().map(|argument| argument.as_ref().to_owned()).collect();
        let output = hermetic(self.path()).args(&arguments).output().expect("git is installed");
        let complaint = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "git {arguments:?} failed: {complaint}");
        output.stdout
    }

    fn place(&self, path: &OsStr) -> PathBuf {
        let place = self.path().join(path);
        fs::create_dir_all(place.parent().expect("a path below the work tree")).expect("a folder in the work tree");
        place
    }
}

fn hermetic(folder: &Path) -> Command {
    let mut command = Command::new("git");
    let path = env::var_os("PATH").unwrap_or_default();
    command.current_dir(folder).env_clear().env("PATH", path).env("HOME", folder).env("LC_ALL", "C");
    command.env("GIT_CONFIG_NOSYSTEM", "1").env("GIT_CONFIG_GLOBAL", "/dev/null");
    for role in ["AUTHOR", "COMMITTER"] {
        command.env(format!("GIT_{role}_NAME"), "Ada").env(format!("GIT_{role}_EMAIL"), "ada@example.org");
        command.env(format!("GIT_{role}_DATE"), "2024-02-29T12:00:00Z");
    }
    command
}
