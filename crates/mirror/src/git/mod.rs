//! The `git` command: found once, its version checked, and every process of it made here.

mod command;
mod group;
mod memory;
mod orphans;
mod redact;
mod run;
mod ssh;

use std::{
    env, fmt, io,
    path::{Path, PathBuf},
    str::FromStr,
    sync::Arc,
    time::Duration,
};

pub(crate) use command::{Area, GitCommand};
pub(crate) use group::Group;
pub(crate) use memory::bound_memory;
pub(crate) use orphans::end_orphans;
pub(crate) use redact::redact;
pub(crate) use run::{Finished, Limits, RunError, Watch, run};

use crate::remote::{Resolve, SystemResolver};

/// The oldest version with every setting that the hardening relies on.
pub const OLDEST: Version = Version { major: 2, minor: 39, patch: 0 };

/// How long `git --version` and its like may take.
const VERSION_LIMIT: Duration = Duration::from_secs(10);

/// A `git` command that is recent enough, and how it reaches the world. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Git {
    program: Arc<Path>,
    version: Version,
    ca_file: Option<Arc<Path>>,
    resolver: Arc<dyn Resolve>,
}

/// A release of Git.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Version {
    /// `2` of 2.47.3.
    pub major: u32,
    /// `47` of 2.47.3.
    pub minor: u32,
    /// `3` of 2.47.3.
    pub patch: u32,
}

/// Why there is no usable `git` command.
#[derive(Debug, thiserror::Error)]
pub enum GitUnusable {
    /// No folder of `PATH` has it.
    #[error("there is no git command on the path")]
    NotFound,
    /// It cannot be run.
    #[error("the git command does not run")]
    DoesNotRun(#[source] io::Error),
    /// It runs, but does not answer `git --version` as Git does, or not in time.
    #[error("the git command does not tell its version")]
    NoVersion,
    /// It lacks settings that protect the service.
    #[error("the git command is version {0}; at least {OLDEST} is needed")]
    TooOld(Version),
}

impl Git {
    /// Looks for `git` in the folders of this process's `PATH`.
    pub async fn locate() -> Result<Self, GitUnusable> {
        let path = env::var_os("PATH").unwrap_or_default();
        let program = env::split_paths(&path).filter(|it| it.is_absolute()).map(|it| it.join("git"));
        match program.into_iter().find(|it| it.is_file()) {
            Some(program) => Self::at(program).await,
            None => Err(GitUnusable::NotFound),
        }
    }

    /// Uses the command at this absolute path.
    pub async fn at(program: impl Into<PathBuf>) -> Result<Self, GitUnusable> {
        let program: Arc<Path> = program.into().into();
        if !program.is_absolute() {
            return Err(GitUnusable::NotFound);
        }
        let version: Version = ask(&program, "--version").await?.parse()?;
        if version < OLDEST {
            return Err(GitUnusable::TooOld(version));
        }
        Ok(Self { program, version, ca_file: None, resolver: Arc::new(SystemResolver) })
    }

    /// Trusts, for https, the authorities in this file of PEM certificates, named by an absolute path. They may take the
    /// place of the system's (it depends on how Git's libcurl was built), so put into it all that is to be trusted.
    #[must_use]
    pub fn trusting(mut self, ca_file: impl Into<PathBuf>) -> Self {
        self.ca_file = Some(ca_file.into().into());
        self
    }

    /// Looks hosts' names up by other means than the system's.
    #[must_use]
    pub fn resolving_by(mut self, resolver: impl Resolve + 'static) -> Self {
        self.resolver = Arc::new(resolver);
        self
    }

    /// Where the command is.
    pub fn program(&self) -> &Path {
        &self.program
    }

    /// The version found.
    pub fn version(&self) -> Version {
        self.version
    }

    /// Whom hosts' names are asked from.
    pub(crate) fn resolver(&self) -> &dyn Resolve {
        self.resolver.as_ref()
    }

    /// The folder of the helpers that Git itself runs, `git-remote-https` among them.
    pub async fn helpers(&self) -> Result<PathBuf, GitUnusable> {
        Ok(ask(&self.program, "--exec-path").await?.trim_end().into())
    }

    /// A process for a local task on the mirror at `area`: it may speak no protocol.
    pub(crate) fn local(&self, area: &Area) -> GitCommand {
        let command = GitCommand::new(&self.program, area);
        match &self.ca_file {
            Some(file) => command.config("http.sslCAInfo", file.as_os_str()),
            None => command,
        }
    }
}

/// What the command says of itself.
async fn ask(program: &Path, question: &str) -> Result<String, GitUnusable> {
    let mut asked = tokio::process::Command::from(command::bare(program));
    asked.arg(question).kill_on_drop(true);
    match tokio::time::timeout(VERSION_LIMIT, asked.output()).await {
        Ok(answer) => Ok(String::from_utf8_lossy(&answer.map_err(GitUnusable::DoesNotRun)?.stdout).into_owned()),
        Err(_) => Err(GitUnusable::NoVersion),
    }
}

impl FromStr for Version {
    type Err = GitUnusable;

    /// Reads `git version 2.39.2 (Apple Git-143)` and `git version 2.45.1.windows.1`.
    fn from_str(text: &str) -> Result<Self, GitUnusable> {
        let numbers = text.trim().strip_prefix("git version ").ok_or(GitUnusable::NoVersion)?;
        let numbers = numbers.split(' ').next().unwrap_or_default();
        let mut numbers = numbers.split('.').map_while(|it| it.parse().ok());
        match (numbers.next(), numbers.next()) {
            (Some(major), Some(minor)) => Ok(Self { major, minor, patch: numbers.next().unwrap_or(0) }),
            _ => Err(GitUnusable::NoVersion),
        }
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.major, self.minor, self.patch)
    }
}

#[cfg(test)]
mod tests;
