//! What of the service's answers a trial reads.

use code::{hash::Digest, manifest::PathText};
use serde::Deserialize;

use crate::domain::{
    refactor::RefactorStatus,
    sync::{Progress, Stage, SyncStatus},
};

#[derive(Deserialize)]
pub(super) struct Status {
    pub(super) status: String,
}

#[derive(Deserialize)]
pub(super) struct User {
    pub(super) id: String,
    pub(super) email: String,
    pub(super) is_admin: bool,
}

#[derive(Deserialize)]
pub(super) struct Tokens {
    pub(super) access_token: String,
}

#[derive(Deserialize)]
pub(super) struct Project {
    pub(super) id: String,
    pub(super) head_commit: Option<String>,
    pub(super) manifest_version: Option<i32>,
}

#[derive(Deserialize)]
pub(super) struct Accepted {
    pub(super) sync_id: String,
}

#[derive(Deserialize)]
pub(super) struct Sync {
    pub(super) status: SyncStatus,
    pub(super) stage: Stage,
    pub(super) progress: Progress,
    pub(super) commit_before: Option<String>,
    pub(super) commit_after: Option<String>,
    pub(super) error: Option<String>,
    pub(super) error_message: Option<String>,
    pub(super) duration_ms: Option<u64>,
    pub(super) attempts: u32,
    pub(super) next_attempt_at: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct Folder {
    pub(super) commit: String,
    pub(super) entries: Vec<Entry>,
}

#[derive(Deserialize)]
pub(super) struct Entry {
    #[serde(flatten)]
    pub(super) path: PathText,
    pub(super) kind: String,
    pub(super) mode: String,
    pub(super) object_id: String,
    pub(super) size: Option<u64>,
}

#[derive(Deserialize)]
pub(super) struct File {
    pub(super) content: String,
    pub(super) encoding: String,
    pub(super) blob_id: String,
}

#[derive(Deserialize)]
pub(super) struct Found {
    pub(super) matches: Vec<Match>,
    pub(super) truncated: bool,
    pub(super) files_searched: u64,
}

#[derive(Deserialize)]
pub(super) struct Match {
    #[serde(flatten)]
    pub(super) path: PathText,
    pub(super) line: u32,
    pub(super) column: u32,
    pub(super) snippet: String,
}

/// A manifest's envelope; its body is read by itself.
#[derive(Deserialize)]
pub(super) struct Envelope<Body> {
    pub(super) version: i32,
    pub(super) commit: String,
    pub(super) manifest_digest: Digest,
    pub(super) content_digest: Digest,
    pub(super) counts: code::manifest::Counts,
    pub(super) body: Body,
}

/// What stands at a place.
#[derive(Deserialize)]
pub(super) struct Symbol {
    pub(super) name: String,
    pub(super) kind: String,
    pub(super) public: bool,
    pub(super) can_rename: bool,
}

#[derive(Deserialize)]
pub(super) struct Asked {
    pub(super) job_id: String,
}

/// A refactor, and what has come of it.
#[derive(Deserialize)]
pub(super) struct Refactor {
    pub(super) id: String,
    pub(super) status: RefactorStatus,
    pub(super) error: Option<Fault>,
    pub(super) applied_changes: Option<Commit>,
    pub(super) reverted_changes: Option<Commit>,
    pub(super) attempts: u32,
    pub(super) next_attempt_at: Option<String>,
    /// Once it is computed.
    pub(super) proposal: Option<Proposal>,
}

#[derive(Deserialize)]
pub(super) struct Fault {
    pub(super) code: String,
    pub(super) message: String,
}

#[derive(Deserialize)]
pub(super) struct Commit {
    pub(super) commit: String,
    pub(super) manifest_version: i32,
}

#[derive(Deserialize)]
pub(super) struct Proposal {
    pub(super) verdict: String,
    pub(super) files: Vec<ChangedFile>,
    pub(super) needs_review: Vec<serde::de::IgnoredAny>,
    pub(super) conflicts: Vec<serde::de::IgnoredAny>,
    pub(super) unparsed: Vec<serde::de::IgnoredAny>,
    pub(super) patch: String,
}

#[derive(Deserialize)]
pub(super) struct ChangedFile {
    pub(super) path: String,
    pub(super) new_path: Option<String>,
    pub(super) edits: Vec<Edit>,
}

#[derive(Deserialize)]
pub(super) struct Edit {
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) before: String,
    pub(super) after: String,
}

/// A child of the supervision tree.
#[derive(Deserialize)]
pub(super) struct Node {
    pub(super) path: String,
    pub(super) state: String,
    pub(super) restarts: u64,
    pub(super) handled: u64,
    pub(super) handle_p99_us: Option<u64>,
    #[serde(default)]
    pub(super) children: Vec<Node>,
}
