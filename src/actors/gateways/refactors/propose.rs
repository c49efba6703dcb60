//! A refactor is asked for: what can be known at once is checked, the rest becomes a row and a job.

use actix::Message;
use mirror::RepoPath;

use super::{Refactors, Watched};
use crate::{
    actors::{
        gateways::{
            access::{require, require_alone},
            code::of_read,
        },
        world::blocking,
    },
    domain::{
        caller::Caller,
        failure::{Conflict, Failure, Missing},
        refactor::{Asked, Target},
        role::Action,
    },
    entities::{projects, queue, refactors},
    ids::ProjectId,
};

/// Refactors of one project that may wait to be computed.
const MOST_WAITING: u64 = 50;
const TOO_MANY: &str = "too many refactors of the project wait already; wait for one of them, or cancel it";

/// Wants a refactor computed.
#[derive(Message)]
#[rtype(result = "Result<Watched, Failure>")]
pub struct Propose {
    /// Who.
    pub by: Caller,
    /// In which project.
    pub project: ProjectId,
    /// What.
    pub asked: Asked,
}

impl Refactors {
    pub(super) async fn propose(&self, propose: Propose) -> Result<Watched, Failure> {
        let Propose { by, project, asked } = propose;
        let (project, _) = require(self.world.db.read(), &by, project, Action::Refactor).await?;
        self.check_place(&project, &asked.symbol).await?;
        let (text, now) = (serde_json::to_string(&asked).map_err(Failure::internal)?, self.world.clock.now());
        let txn = self.world.db.begin().await?;
        let (project, _) = require_alone(&txn, &by, project.id, Action::Refactor).await?;
        if refactors::waiting(&txn, project.id).await? >= MOST_WAITING {
            return Err(Failure::Conflict(Conflict::Other(TOO_MANY)));
        }
        let row = queue::propose(&txn, project.id, &by, text, now).await?;
        queue::trace_refactor(&txn, row.id.0, by.trace).await?;
        txn.commit().await?;
        self.watch(row).await
    }

    /// Whether there is a head, and the file in it that is pointed at.
    async fn check_place(&self, project: &projects::Model, symbol: &Target) -> Result<(), Failure> {
        if project.repo_url.is_none() {
            return Err(Failure::Conflict(Conflict::RepoNotLinked));
        }
        if project.last_synced_at.is_none() {
            return Err(Failure::Conflict(Conflict::RepoNotSynced));
        }
        let head = project.head_commit.as_deref().ok_or(Failure::NotFound(Missing::File))?;
        let commit = head.parse().map_err(Failure::internal)?;
        let mirror = self.world.mirror(project.id);
        let path = match symbol {
            Target::Position { path, .. } => Some(path.clone()),
            Target::Qualified { .. } => None,
        };
        blocking(move || {
            if !mirror.is_present() {
                return Err(Failure::Conflict(Conflict::RepoNotSynced));
            }
            let Some(path) = path else { return Ok(()) };
            let path = RepoPath::parse(path).map_err(|error| Failure::invalid("symbol.path", error.to_string()))?;
            mirror.reader().map_err(of_read)?.stat(commit, &path).map_err(of_read).map(drop)
        })
        .await
    }
}
