//! What a trial found out: steps, each with what it verified, what it saw and how long it took.

use std::{
    error::Error,
    io,
    iter::successors,
    path::PathBuf,
    time::{Duration, Instant},
};

use serde::Serialize;
use serde_json::{Map, Value};

use super::api::ApiError;
use crate::cli::Failed;

/// What stopped a step.
#[derive(Debug, thiserror::Error)]
pub(super) enum Problem {
    /// The service refused, or does not answer.
    #[error(transparent)]
    Api(Box<ApiError>),
    /// Something is not as it must be.
    #[error("this does not hold: {claim}; {found}")]
    Untrue {
        /// What should be true.
        claim: String,
        /// What is.
        found: String,
    },
    /// The synchronisation came to no good end.
    #[error("the synchronisation ended with {code}: {message}")]
    Sync {
        /// One of the contract's codes for failed work.
        code: String,
        /// For people.
        message: String,
    },
    /// A proposal could not be computed, applied or taken back.
    #[error("the rename ended with {code}: {message}")]
    Rename {
        /// One of the contract's codes for failed work.
        code: String,
        /// For people.
        message: String,
    },
    /// The remote got new commits in the midst of the trial.
    #[error("the repository got new commits meanwhile (now {0}); try it again")]
    Moved(String),
    /// The temporary folder cannot be used.
    #[error("the temporary folder cannot be used: {0}")]
    Folder(#[from] io::Error),
    /// The manifest is not what the contract says.
    #[error("the manifest cannot be read: {0}")]
    Manifest(#[from] serde_json::Error),
    /// The server itself failed.
    #[error("{0}")]
    Server(String),
    /// Somebody pressed Ctrl-C.
    #[error("interrupted")]
    Interrupted,
}

impl From<ApiError> for Problem {
    fn from(error: ApiError) -> Self {
        Self::Api(error.into())
    }
}

/// One step, under way or over.
#[derive(Debug, Serialize)]
pub(super) struct Step {
    /// For machines.
    pub(super) name: &'static str,
    /// For people.
    #[serde(skip)]
    pub(super) title: &'static str,
    /// From its begin to its end.
    pub(super) milliseconds: u64,
    /// What was found true, as sentences.
    pub(super) verified: Vec<String>,
    /// What was seen.
    pub(super) seen: Map<String, Value>,
    /// What people are shown of it.
    #[serde(skip)]
    pub(super) lines: Vec<String>,
    #[serde(skip)]
    pub(super) took: Duration,
    #[serde(skip)]
    began: Instant,
}

impl Step {
    pub(super) fn begin(name: &'static str, title: &'static str) -> Self {
        Self {
            name,
            title,
            milliseconds: 0,
            verified: Vec::new(),
            seen: Map::new(),
            lines: Vec::new(),
            took: Duration::ZERO,
            began: Instant::now(),
        }
    }

    pub(super) fn end(&mut self) {
        self.took = self.began.elapsed();
        self.milliseconds = u64::try_from(self.took.as_millis()).unwrap_or(u64::MAX);
    }

    /// A line for people.
    pub(super) fn say(&mut self, line: impl Into<String>) {
        self.lines.push(line.into());
    }

    /// A value for machines.
    pub(super) fn saw(&mut self, name: &str, value: impl Into<Value>) {
        self.seen.insert(name.to_owned(), value.into());
    }

    /// Notes that `claim` is true, or ends the step.
    pub(super) fn verify(
        &mut self,
        holds: bool,
        claim: impl Into<String>,
        found: impl FnOnce() -> String,
    ) -> Result<(), Problem> {
        let claim = claim.into();
        if holds {
            self.verified.push(claim);
            Ok(())
        } else {
            Err(Problem::Untrue { claim, found: found() })
        }
    }
}

/// The step that could not be verified, and why.
#[derive(Debug, thiserror::Error)]
#[error("the step `{step}` failed{}", told(.log.as_ref()))]
pub(super) struct Halted {
    pub(super) step: &'static str,
    /// The server's log, where it is left to be read.
    pub(super) log: Option<PathBuf>,
    #[source]
    pub(super) problem: Problem,
}

fn told(log: Option<&PathBuf>) -> String {
    log.map(|path| format!("; the server's log is kept in {}", path.display())).unwrap_or_default()
}

/// What ended a trial early.
#[derive(Debug, thiserror::Error)]
pub(super) enum Ended {
    /// There is nothing to try, or no place for it.
    #[error(transparent)]
    Unready(Failed),
    /// A step failed.
    #[error(transparent)]
    Halted(Halted),
    /// Somebody wanted the end.
    #[error("interrupted; the server was stopped and its folder removed")]
    Interrupted,
}

/// An error with its causes, in one line.
pub(super) fn chain(error: &dyn Error) -> String {
    let causes = successors(error.source(), |cause| (**cause).source());
    causes.fold(error.to_string(), |text, cause| format!("{text}: {cause}"))
}

/// What ended a trial early, for machines.
#[derive(Debug, Serialize)]
pub(super) struct Stopped {
    /// The step's name; before the first there is none.
    step: Option<&'static str>,
    /// With its causes.
    message: String,
    /// Where the server's log is left.
    log: Option<String>,
}

impl From<&Ended> for Stopped {
    fn from(ended: &Ended) -> Self {
        match ended {
            Ended::Halted(Halted { step, log, problem }) => {
                let log = log.as_ref().map(|path| path.display().to_string());
                Self { step: Some(step), message: chain(problem), log }
            }
            Ended::Unready(error) => Self { step: None, message: chain(error.as_ref()), log: None },
            Ended::Interrupted => Self { step: None, message: ended.to_string(), log: None },
        }
    }
}

/// What `--keep` leaves.
#[derive(Debug, Serialize)]
pub(super) struct Kept {
    pub(super) folder: String,
    /// For a shell.
    pub(super) serve: String,
    pub(super) email: &'static str,
    pub(super) password: String,
}

/// The whole trial, as `--json` prints it.
#[derive(Debug, Serialize)]
pub(super) struct Document<'a> {
    pub(super) ok: bool,
    pub(super) version: &'static str,
    pub(super) repository: &'a str,
    pub(super) branch: Option<&'a str>,
    pub(super) milliseconds: u64,
    pub(super) steps: &'a [Step],
    pub(super) error: Option<Stopped>,
    pub(super) kept: Option<&'a Kept>,
}
