//! Somebody decides about a proposal: it is applied, taken back, or pushed.

use actix::Message;
use mirror::Reader;

use super::{One, Refactors, Watched, version};
use crate::{
    actors::{
        gateways::{access::require_alone, code::of_read},
        mirrors::{content, stale::not_present},
        world::blocking,
    },
    domain::{
        branch::BranchName,
        failure::{Conflict, Failure, Missing, StaleFile},
        job::Task,
        proposal::{FileEdits, Stored, Wanted},
        role::Action,
        version::Expected,
    },
    entities::{
        Txn, projects, pushes,
        queue::{self, Approval},
        refactors, repo_credentials,
    },
    ids::ProjectId,
};

const NO_CREDENTIAL: &str = "nothing opens the repository for writing; give a credential that may write, then push";
const UNREACHED: &str = "the repository's address is not allowed any more; link the project anew";
const REFUSED: &str = "the rename was refused, so there is nothing to apply; the proposal says why";

/// Approves of a proposal, or of some edits of it.
#[derive(Message)]
#[rtype(result = "Result<Watched, Failure>")]
pub struct Apply {
    /// Which.
    pub one: One,
    /// What of it.
    pub wanted: Wanted,
    /// Only if it is still so.
    pub expected: Option<Expected>,
}

/// Wants an applied refactor taken back.
#[derive(Message)]
#[rtype(result = "Result<Watched, Failure>")]
pub struct Revert {
    /// Which.
    pub one: One,
    /// Only if it is still so.
    pub expected: Option<Expected>,
}

/// Wants an applied refactor on a new branch of the remote.
#[derive(Message)]
#[rtype(result = "Result<Watched, Failure>")]
pub struct Push {
    /// Which.
    pub one: One,
    /// The branch.
    pub branch: BranchName,
}

impl Refactors {
    pub(super) async fn apply(&self, apply: Apply) -> Result<Watched, Failure> {
        let (row, project) = self.find(&apply.one, Action::Refactor).await?;
        self.check_version(&row, apply.expected.as_ref()).await?;
        let to = row.status.approve().map_err(Failure::Conflict)?;
        if row.verdict.as_deref() == Some("REFUSED") {
            return Err(Failure::Conflict(Conflict::Other(REFUSED)));
        }
        let stored: Stored = serde_json::from_slice(&self.stored(&row).await?).map_err(Failure::internal)?;
        let chosen = stored.choose(apply.wanted)?;
        let files = stored.changes(&chosen);
        if files.is_empty() {
            return Err(Failure::invalid("edits", "would change nothing"));
        }
        self.check_present(&project, files, Failure::Stale).await?;
        let chosen = serde_json::to_string(&chosen).map_err(Failure::internal)?;
        let approval = Approval { task: Task::Apply, to, chosen: Some(chosen) };
        self.decide(&apply.one, &row, approval, apply.expected).await
    }

    pub(super) async fn revert(&self, revert: Revert) -> Result<Watched, Failure> {
        let (row, project) = self.find(&revert.one, Action::Refactor).await?;
        self.check_version(&row, revert.expected.as_ref()).await?;
        let to = row.status.take_back().map_err(Failure::Conflict)?;
        let recipe = row.applied_recipe.as_deref().ok_or(Failure::Conflict(Conflict::JobAlreadyCompleted))?;
        let recipe = content::read(&self.world, recipe).await.map_err(|error| Failure::Dependency(error.into()))?;
        self.check_present(&project, content::expected(&recipe), Failure::ChangedSince).await?;
        let approval = Approval { task: Task::Revert, to, chosen: None };
        self.decide(&revert.one, &row, approval, revert.expected).await
    }

    /// Whether the refactor is what the caller decides about: told before what its status allows, which follows from the version.
    async fn check_version(&self, row: &refactors::Model, expected: Option<&Expected>) -> Result<(), Failure> {
        let Some(expected) = expected else { return Ok(()) };
        expected.check(&version(row, &pushes::of(self.world.db.read(), row.id).await?))
    }

    /// The decision as a row and a job, unless the refactor has moved on since it was read.
    async fn decide(
        &self,
        one: &One,
        read: &refactors::Model,
        approval: Approval,
        expected: Option<Expected>,
    ) -> Result<Watched, Failure> {
        let txn = self.world.db.begin().await?;
        let row = self.again(&txn, one, Action::Refactor).await?;
        if let Some(expected) = expected {
            expected.check(&version(&row, &pushes::of(&txn, row.id).await?))?;
        }
        if row.status != read.status {
            let moved = if approval.task == Task::Apply { row.status.approve() } else { row.status.take_back() };
            moved.map_err(Failure::Conflict)?;
        }
        let now = self.world.clock.now();
        if !queue::approve(&txn, &row, &one.by, approval, now).await? {
            return Err(Failure::PreconditionFailed);
        }
        queue::trace_refactor(&txn, row.id.0, one.by.trace).await?;
        txn.commit().await?;
        self.reread(row.id).await
    }

    pub(super) async fn push(&self, push: Push) -> Result<Watched, Failure> {
        let (row, project) = self.find(&push.one, Action::Push).await?;
        row.status.push().map_err(Failure::Conflict)?;
        self.check_credential(&project).await?;
        let txn = self.world.db.begin().await?;
        let row = self.again(&txn, &push.one, Action::Push).await?;
        row.status.push().map_err(Failure::Conflict)?;
        let commit = row.applied_commit.clone().ok_or(Failure::Conflict(Conflict::JobAlreadyCompleted))?;
        let (branch, now) = (push.branch.into_string(), self.world.clock.now());
        let pushed = queue::request_push(&txn, &row, &push.one.by, &branch, &commit, now).await?;
        queue::trace_refactor(&txn, pushed.id.0, push.one.by.trace).await?;
        txn.commit().await?;
        self.reread(row.id).await
    }

    /// Whether there is something that may open the remote for writing; whether it does, the remote says.
    async fn check_credential(&self, project: &projects::Model) -> Result<(), Failure> {
        let url = project.repo_url.as_deref().ok_or(Failure::Conflict(Conflict::RepoNotLinked))?;
        let origin = self.world.remote(url).map_err(|_refused| Failure::Conflict(Conflict::Other(UNREACHED)))?.origin();
        let rows = repo_credentials::of_project(self.world.db.read(), project.id).await?;
        if origin.is_none() || rows.iter().any(|row| row.origin == origin) {
            return Ok(());
        }
        Err(Failure::Conflict(Conflict::Other(NO_CREDENTIAL)))
    }

    /// The row, read within the transaction that is to change it. The project's row is held, so one at a time decides.
    async fn again(&self, txn: &Txn, one: &One, action: Action) -> Result<refactors::Model, Failure> {
        let row = refactors::find(txn, one.refactor).await?.ok_or(Failure::NotFound(Missing::Job))?;
        require_alone(txn, &one.by, row.project_id, action).await?;
        refactors::find(txn, one.refactor).await?.ok_or(Failure::NotFound(Missing::Job))
    }

    /// Whether the head still has what the edits were made for. An unrelated change of other files is no reason to refuse.
    async fn check_present(
        &self,
        project: &projects::Model,
        files: Vec<FileEdits>,
        otherwise: fn(Vec<StaleFile>) -> Failure,
    ) -> Result<(), Failure> {
        let head = project.head_commit.as_deref().ok_or(Failure::Conflict(Conflict::RepoNotSynced))?;
        let (commit, id) = (head.parse().map_err(Failure::internal)?, project.id);
        let reader = self.reader(id).await?;
        blocking(move || {
            let faults = not_present(&reader, commit, &files).map_err(of_read)?;
            if faults.is_empty() { Ok(()) } else { Err(otherwise(faults)) }
        })
        .await
    }

    async fn reader(&self, project: ProjectId) -> Result<Reader, Failure> {
        let mirror = self.world.mirror(project);
        blocking(move || {
            if mirror.is_present() {
                mirror.reader().map_err(of_read)
            } else {
                Err(Failure::Conflict(Conflict::RepoNotSynced))
            }
        })
        .await
    }
}
