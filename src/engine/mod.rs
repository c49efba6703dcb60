//! The engine child: what works heavily on a repository's content runs in a process of its own, this same program
//! under a hidden command, with limits of memory and time. A bomb or a stack overflow ends it, not the service.

pub mod child;
pub mod launch;
pub mod manifest;

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

/// What a child is asked for, as one JSON document on its standard input.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "task", rename_all = "snake_case")]
pub enum Request {
    /// Make the manifest of a commit.
    Manifest(ManifestRequest),
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

/// What a child says, one JSON document a line, on its standard output; the last one is an end.
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
    /// There is none.
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

/// Why there is no manifest.
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
    /// It could not be started, or not be talked to.
    #[error("the engine child could not be run")]
    Io(#[from] std::io::Error),
}
