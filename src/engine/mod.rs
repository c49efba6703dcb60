//! The engine child: what works heavily on a repository's content runs in a process of its own, this same program
//! under a hidden command, with limits of memory and time. A bomb or a stack overflow ends it, not the service.
//! For questions about symbols it may stay a while ([`warm`]).

pub mod child;
pub mod launch;
pub mod manifest;
mod rename;
pub mod sources;
mod tree;
pub mod warm;

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::domain::refactor::{Asked, Target};

/// What a child is asked for, as a JSON document on its standard input.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "task", rename_all = "snake_case")]
pub enum Request {
    /// Make the manifest of a commit.
    Manifest(ManifestRequest),
    /// Compute a rename in the files of a commit.
    Rename(RenameRequest),
    /// Say which symbol stands somewhere in the files of a commit.
    Look(LookRequest),
}

impl Request {
    /// The mirror whose files the child will know afterwards.
    pub fn mirror_that_is_read(&self) -> Option<&Path> {
        match self {
            Self::Manifest(_) => None,
            Self::Rename(request) => Some(&request.code.mirror),
            Self::Look(request) => Some(&request.code.mirror),
        }
    }
}

/// What a manifest is made of.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ManifestRequest {
    /// The bare mirror.
    pub mirror: PathBuf,
    /// The `git` command.
    pub git: PathBuf,
    /// 40 hexadecimal digits.
    pub commit: mirror::CommitId,
    /// The commit that clients see until this one is published: they go on searching its snapshot.
    pub published: Option<String>,
    /// Where facts and snapshots are kept between runs.
    pub cache: PathBuf,
    /// Where new shards and the root go, each named by its digest.
    pub out: PathBuf,
    /// 0: as many as the machine has cores.
    pub threads: usize,
}

/// The files of a commit, for a question about their symbols.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Code {
    /// The bare mirror.
    pub mirror: PathBuf,
    /// The `git` command.
    pub git: PathBuf,
    /// 40 hexadecimal digits.
    pub commit: mirror::CommitId,
    /// Where snapshots are kept; one that is missing is made.
    pub cache: PathBuf,
    /// Milliseconds until the question is given up.
    pub time_ms: u64,
}

/// What a rename is computed of.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct RenameRequest {
    /// The files.
    pub code: Code,
    /// What is wanted.
    pub asked: Asked,
    /// The manifest of the commit.
    pub manifest: ManifestName,
    /// Where proposal and patch go, each named by its digest.
    pub out: PathBuf,
}

/// Which manifest a proposal was computed for.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ManifestName {
    /// 1, 2, 3 … for each project.
    pub version: i32,
    /// 64 hexadecimal digits.
    pub manifest_digest: String,
}

/// What is looked at.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct LookRequest {
    /// The files.
    pub code: Code,
    /// Where, or what it is called.
    pub symbol: Target,
}

/// What a child says, one JSON document a line, on its standard output; the last one of an answer is an end.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "said", rename_all = "snake_case")]
pub enum Line {
    /// How far it is, in files.
    Progress {
        /// Done so far.
        done: u64,
        /// In all.
        total: u64,
    },
    /// The manifest is made.
    Made(Made),
    /// The rename is computed.
    Proposed(Proposed),
    /// This symbol stands there; in the words of the refactor engine.
    Seen {
        /// JSON.
        symbol: serde_json::Value,
    },
    /// The question has no answer, whoever asks it.
    Unanswered {
        /// What is wrong with it.
        lack: Lack,
        /// For people.
        message: String,
    },
    /// Reading went wrong.
    Failed {
        /// Why, without paths of this machine.
        message: String,
        /// Whether the mirror is damaged.
        corrupt: bool,
    },
}

/// A manifest that was made.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Made {
    /// 64 hexadecimal digits: SHA-256 of the root, and its name in `out`.
    pub manifest_digest: String,
    /// 64 hexadecimal digits.
    pub content_digest: String,
    /// Sums over all files, as the root has them.
    pub counts: serde_json::Value,
    /// Every object of the manifest that `out` holds.
    pub objects: Vec<String>,
}

/// A proposal that was made.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Proposed {
    /// As the proposal says it.
    pub verdict: String,
    /// The symbol's old name.
    pub symbol: String,
    /// How every token of it was classed.
    pub counts: serde_json::Value,
    /// 64 hexadecimal digits: SHA-256 of the proposal, and its name in `out`.
    pub proposal: String,
    /// The same of the patch.
    pub patch: String,
}

/// What is wrong with a question.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Lack {
    /// The file is not there.
    NoFile,
    /// No symbol stands there, or is called so.
    NoSymbol,
    /// Nobody can say which symbol is meant.
    Ambiguous,
    /// The symbol cannot be called so.
    InvalidName,
    /// The answer would be too large.
    TooLarge,
    /// The time was over.
    TimedOut,
}

/// How a child answered.
#[derive(Debug, Clone)]
pub enum Answer {
    /// A manifest.
    Made(Made),
    /// A rename.
    Proposed(Proposed),
    /// A symbol, as JSON.
    Seen(serde_json::Value),
    /// Not at all: the question is wrong.
    Unanswered(Lack, String),
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// It took too long.
    #[error("reading the repository took too long")]
    TimedOut,
    /// Somebody ended it.
    #[error("reading the repository was cancelled")]
    Cancelled,
    /// The mirror lacks objects or holds damaged ones.
    #[error("the mirror is damaged: {0}")]
    Corrupt(String),
    /// The child said why it failed.
    #[error("the repository could not be read: {0}")]
    Failed(String),
    /// The child went away without a word: killed by a limit, or crashed.
    #[error("the engine child ended without a result ({0})")]
    Died(String),
    /// It answered another question.
    #[error("the engine child answered another question")]
    Astray,
    /// It could not be started, or not be talked to.
    #[error("the engine child could not be run")]
    Io(#[from] std::io::Error),
}
