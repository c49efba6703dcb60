//! The `hivesync` command in an environment that holds what the test put there and nothing else.

#![allow(clippy::disallowed_methods, reason = "tests start the program itself")]

use std::{
    collections::BTreeMap,
    env,
    io::Write,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use serde_json::Value;
use tokio::task::spawn_blocking;

/// The command, its settings and its home.
#[derive(Clone)]
pub(crate) struct Program {
    home: PathBuf,
    variables: BTreeMap<String, String>,
}

/// A command that has ended.
#[derive(Debug)]
pub(crate) struct Ran {
    what: String,
    /// `None`: a signal ended it.
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Program {
    /// With the data directory `home/data` and no other setting.
    pub(crate) fn at(home: &Path) -> Self {
        let data = home.join("data").display().to_string();
        Self { home: home.to_owned(), variables: BTreeMap::from([("HIVESYNC_DATA_DIR".to_owned(), data)]) }
    }

    /// The same command with one more variable.
    pub(crate) fn with(mut self, name: &str, value: &str) -> Self {
        self.variables.insert(name.to_owned(), value.to_owned());
        self
    }

    pub(crate) fn home(&self) -> &Path {
        &self.home
    }

    pub(crate) fn data_dir(&self) -> PathBuf {
        PathBuf::from(&self.variables["HIVESYNC_DATA_DIR"])
    }

    /// The command, ready to be started.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_hivesync"));
        let path = env::var_os("PATH").unwrap_or_default();
        command.env_clear().env("PATH", path).env("HOME", &self.home).envs(&self.variables);
        command.current_dir(&self.home).args(arguments);
        command
    }

    /// Runs it to its end.
    pub(crate) async fn run(&self, arguments: &[&str]) -> Ran {
        self.run_with(arguments, "").await
    }

    /// Runs it to its end with `input` on its standard input.
    pub(crate) async fn run_with(&self, arguments: &[&str], input: &str) -> Ran {
        let mut command = self.command(arguments);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let (what, input) = (arguments.join(" "), input.to_owned());
        let run = move || {
            let mut child = command.spawn().expect("the program starts");
            let mut stdin = child.stdin.take().expect("its input is ours");
            // A command that ends without reading its input is judged by its exit code, not here.
            drop(stdin.write_all(input.as_bytes()));
            drop(stdin);
            child.wait_with_output().expect("the program ends")
        };
        let output = spawn_blocking(run).await.expect("the program was waited for");
        Ran {
            what,
            code: output.status.code(),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }
}

impl Ran {
    /// Itself, if the exit code is 0.
    #[track_caller]
    pub(crate) fn succeeded(self) -> Self {
        self.ended_with(0)
    }

    /// Itself, if the exit code is `code`.
    #[track_caller]
    pub(crate) fn ended_with(self, code: i32) -> Self {
        let Self { what, code: ended, stdout, stderr } = &self;
        assert_eq!(*ended, Some(code), "hivesync {what}\n--- stdout\n{stdout}\n--- stderr\n{stderr}");
        self
    }

    /// The one JSON document on standard output.
    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error} in {:?}", self.stdout))
    }
}
