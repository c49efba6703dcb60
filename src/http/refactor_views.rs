//! What is sent and answered about refactors.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use super::proposal_views::{CountsView, ProposalView, VerdictView};
use crate::{
    actors::gateways::refactors::Watched,
    clock::Timestamp,
    domain::{
        failure::Failure,
        job::JobState,
        proposal::{Chosen, Wanted},
        refactor::{Asked, NewName, PushStatus, RefactorKind, RefactorStatus, Target},
        sync::Progress,
    },
    entities::{pushes, refactors},
    ids::{ProjectId, PushId, RefactorId, UserId},
};

/// A refactor that is wanted.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewRefactor {
    /// In which project.
    pub project_id: ProjectId,
    /// What kind of change.
    #[serde(default = "rename")]
    pub kind: RefactorKind,
    symbol: SymbolInput,
    /// One word of 1 to 255 characters; whether the language allows it, the job finds out.
    new_name: String,
    /// How far edits may go: `FILE`, `PACKAGE` or `PROJECT`. A use beyond it is a conflict.
    #[serde(default)]
    #[schema(value_type = Option<String>, example = "PROJECT")]
    scope: refactor::Scope,
    #[serde(default)]
    #[schema(value_type = Option<OptionsInput>)]
    options: refactor::Options,
}

fn rename() -> RefactorKind {
    RefactorKind::Rename
}

/// A symbol, by a place where it is written, or by its name.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct SymbolInput {
    /// From the repository's root.
    path: Option<String>,
    /// From 1.
    line: Option<u32>,
    /// From 1, in code points.
    column: Option<u32>,
    /// The path of names that leads to it, instead of a place.
    qualified_name: Option<String>,
}

/// Choices on which people disagree.
#[derive(Debug, Serialize, ToSchema)]
pub struct OptionsInput {
    /// `family`: a method with all that it overrides and that override it; `only`: just the one.
    hierarchy: Option<String>,
    /// Also the word in comments.
    comments: Option<bool>,
    /// Also the word in strings that no code resolves to a name.
    strings: Option<bool>,
    /// Also the word in documentation and other texts.
    docs: Option<bool>,
    /// Also the file that is named after the symbol.
    rename_file: Option<bool>,
}

impl NewRefactor {
    /// What is asked for, if it makes sense.
    pub fn asked(self) -> Result<Asked, Failure> {
        Ok(Asked {
            symbol: self.symbol.target()?,
            new_name: NewName::parse(self.new_name)?,
            scope: self.scope,
            options: self.options,
        })
    }
}

impl SymbolInput {
    fn target(self) -> Result<Target, Failure> {
        match (self.qualified_name, self.path, self.line, self.column) {
            (Some(name), None, None, None) => Target::qualified(name),
            (None, Some(path), Some(line), Some(column)) => Target::position(path, line, column),
            (Some(_), ..) => Err(Failure::invalid("symbol", "is a place or a qualified name, not both")),
            (None, None, ..) => Err(Failure::missing("symbol.path")),
            (None, Some(_), None, _) => Err(Failure::missing("symbol.line")),
            (None, Some(_), Some(_), None) => Err(Failure::missing("symbol.column")),
        }
    }
}

/// What of a proposal is approved.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Approval {
    #[schema(value_type = EditsInput)]
    edits: EditsInput,
}

/// `"all"`, or the ids of edits; ids of `needs_review[].edit` may be among them.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(untagged)]
enum EditsInput {
    Word(String),
    Ids(Vec<String>),
}

impl Approval {
    /// The edits, if they can be some.
    pub fn wanted(self) -> Result<Wanted, Failure> {
        match self.edits {
            EditsInput::Word(word) if word == "all" => Ok(Wanted::All),
            EditsInput::Word(_) => Err(Failure::invalid("edits", "must be \"all\", or the ids of edits")),
            EditsInput::Ids(ids) => Ok(Wanted::Some(ids)),
        }
    }
}

/// Where an applied refactor is to be pushed.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PushWish {
    /// A branch that the remote has not.
    #[schema(example = "rename/load-config")]
    pub branch: String,
}

/// A refactor that is worked on.
#[derive(Debug, Serialize, ToSchema)]
pub struct RefactorAccepted {
    /// The refactor's id.
    pub job_id: RefactorId,
    /// Where it stands.
    pub status: RefactorStatus,
}

/// A refactor. Its proposal stands beside it, where one is read alone.
#[derive(Debug, Serialize, ToSchema)]
pub struct RefactorView {
    id: RefactorId,
    project_id: ProjectId,
    kind: RefactorKind,
    status: RefactorStatus,
    requested_by: Option<UserId>,
    symbol: Option<Target>,
    new_name: Option<String>,
    #[schema(value_type = Option<String>)]
    scope: Option<refactor::Scope>,
    #[schema(value_type = Option<OptionsInput>)]
    options: Option<refactor::Options>,
    #[schema(value_type = Option<VerdictView>)]
    verdict: Option<String>,
    /// How every token of the old name was classed.
    #[schema(value_type = Option<CountsView>)]
    counts: Option<Value>,
    /// The commit that the proposal was computed for.
    base_commit: Option<String>,
    manifest_version: Option<i32>,
    /// Of the work under way.
    progress: Progress,
    /// Why the last work did not come to its end.
    error: Option<RefactorError>,
    applied_changes: Option<AppliedView>,
    reverted_changes: Option<RevertedView>,
    /// Whether the project's head has the change.
    on_head: bool,
    /// Whether the remote had the change when it last moved.
    upstream_contains: bool,
    /// Newest first.
    pushes: Vec<PushView>,
    /// Attempts at the newest work.
    attempts: i32,
    /// When it is tried again, if it waits for that.
    next_attempt_at: Option<Timestamp>,
    started_at: Option<Timestamp>,
    finished_at: Option<Timestamp>,
    created_at: Timestamp,
    updated_at: Timestamp,
}

/// A refactor with its proposal.
#[derive(Debug, Serialize, ToSchema)]
pub struct ProposedView {
    #[serde(flatten)]
    refactor: RefactorView,
    /// `null` until it is computed.
    #[schema(value_type = Option<ProposalView>)]
    proposal: Option<Value>,
}

/// Why something did not come to its end.
#[derive(Debug, Serialize, ToSchema)]
pub struct RefactorError {
    /// For machines.
    code: String,
    /// What happened and what to do.
    message: String,
    /// Whether asking again may help.
    retryable: bool,
}

/// A commit of what was approved.
#[derive(Debug, Serialize, ToSchema)]
pub struct AppliedView {
    commit: String,
    /// The ids of the edits that it makes.
    edits: Vec<String>,
    /// The manifest of the commit.
    manifest_version: Option<i32>,
    at: Option<Timestamp>,
}

/// A commit of what takes it back.
#[derive(Debug, Serialize, ToSchema)]
pub struct RevertedView {
    commit: String,
    /// The manifest of the commit.
    manifest_version: Option<i32>,
    at: Option<Timestamp>,
}

/// A push.
#[derive(Debug, Serialize, ToSchema)]
pub struct PushView {
    id: PushId,
    branch: String,
    commit: String,
    status: PushStatus,
    error: Option<RefactorError>,
    created_at: Timestamp,
    finished_at: Option<Timestamp>,
}

impl From<&Watched> for RefactorView {
    fn from(Watched { row, gauge, job, pushes, .. }: &Watched) -> Self {
        let asked: Option<Asked> = serde_json::from_str(&row.asked).ok();
        let waiting = job.as_ref().filter(|job| job.state == JobState::Queued && job.attempt > 0);
        let (name, scope, options) = match &asked {
            Some(asked) => (Some(asked.new_name.as_str().to_owned()), Some(asked.scope), Some(asked.options)),
            None => (None, None, None),
        };
        Self {
            id: row.id,
            project_id: row.project_id,
            kind: row.kind,
            status: row.status,
            requested_by: row.requested_by,
            symbol: asked.map(|asked| asked.symbol),
            new_name: name,
            scope,
            options,
            verdict: row.verdict.clone(),
            counts: row.counts.as_deref().and_then(|counts| serde_json::from_str(counts).ok()),
            base_commit: row.base_commit.clone(),
            manifest_version: row.manifest_version,
            progress: if row.status.is_at_work() {
                gauge.progress
            } else {
                Progress { percent: 100, ..gauge.progress }
            },
            error: error(row.error.as_deref(), row.error_message.as_deref(), row.retryable),
            applied_changes: applied(row),
            reverted_changes: reverted(row),
            on_head: row.on_head,
            upstream_contains: row.upstream_contains,
            pushes: pushes.iter().map(PushView::from).collect(),
            attempts: job.as_ref().map_or(0, |job| job.attempt),
            next_attempt_at: waiting.map(|job| job.run_at),
            started_at: row.started_at,
            finished_at: row.finished_at,
            created_at: row.created_at,
            updated_at: row.updated_at,
        }
    }
}

fn error(code: Option<&str>, message: Option<&str>, retryable: bool) -> Option<RefactorError> {
    let message = message.unwrap_or_default().to_owned();
    Some(RefactorError { code: code?.to_owned(), message, retryable })
}

fn applied(row: &refactors::Model) -> Option<AppliedView> {
    let chosen: Option<Chosen> = row.chosen.as_deref().and_then(|chosen| serde_json::from_str(chosen).ok());
    Some(AppliedView {
        commit: row.applied_commit.clone()?,
        edits: chosen.map(|chosen| chosen.edits).unwrap_or_default(),
        manifest_version: row.applied_version,
        at: row.applied_at,
    })
}

fn reverted(row: &refactors::Model) -> Option<RevertedView> {
    let (manifest_version, at) = (row.reverted_version, row.reverted_at);
    Some(RevertedView { commit: row.reverted_commit.clone()?, manifest_version, at })
}

impl From<&pushes::Model> for PushView {
    fn from(push: &pushes::Model) -> Self {
        Self {
            id: push.id,
            branch: push.branch.clone(),
            commit: push.commit.clone(),
            status: push.status,
            error: error(push.error.as_deref(), push.error_message.as_deref(), false),
            created_at: push.created_at,
            finished_at: push.finished_at,
        }
    }
}
