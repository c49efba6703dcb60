//! Refactors: asked for, looked at, approved, taken back, pushed, ended. The work itself is the mirrors' actors'.

mod approve;
mod propose;

use std::collections::HashMap;

use actix::Message;

pub use self::{
    approve::{Apply, Push, Revert},
    propose::Propose,
};
use super::{access::require, live};
use crate::{
    actors::{
        World,
        mirrors::{Mirrors, task::Gauge},
    },
    clock::Timestamp,
    domain::{
        caller::Caller,
        failure::{Conflict, Failure, Missing},
        page::{Listed, Page},
        role::Action,
        version::Version,
    },
    entities::{jobs, members, projects, pushes, queue, refactors},
    ids::{ProjectId, RefactorId},
    storage::refactors as stored,
};

/// Owns the budget of questions about refactors.
#[derive(Clone)]
pub struct Refactors {
    world: World,
    mirrors: Mirrors,
}

/// A refactor with what its job says of it.
#[derive(Debug, Clone)]
pub struct Watched {
    /// The row.
    pub row: refactors::Model,
    /// How far its work is.
    pub gauge: Gauge,
    /// Its newest job, as long as that is remembered.
    pub job: Option<jobs::Model>,
    /// What of it was pushed, newest first.
    pub pushes: Vec<pushes::Model>,
    /// When this was true.
    pub seen_at: Timestamp,
}

impl Watched {
    /// Changes with the refactor, and not with the progress of its work.
    pub fn version(&self) -> Version {
        version(&self.row, &self.pushes)
    }
}

fn version(row: &refactors::Model, pushes: &[pushes::Model]) -> Version {
    Version::of(&(row, pushes))
}

/// Those of a project, or of all that the caller belongs to.
#[derive(Message)]
#[rtype(result = "Result<Listed<Watched>, Failure>")]
pub struct List {
    /// Who looks.
    pub by: Caller,
    /// Of which project.
    pub project: Option<ProjectId>,
    /// Which of them.
    pub page: Page,
}

/// What is asked or wanted of one refactor.
#[derive(Debug, Clone)]
pub struct One {
    /// Who.
    pub by: Caller,
    /// Which.
    pub refactor: RefactorId,
}

/// One refactor, as it is at this moment.
#[derive(Message)]
#[rtype(result = "Result<Watched, Failure>")]
pub struct Get(pub One);

/// Ends its work.
#[derive(Message)]
#[rtype(result = "Result<Watched, Failure>")]
pub struct CancelRefactor(pub One);

answers! {
    Refactors:
    Propose => propose,
    List => list,
    Get => get,
    CancelRefactor => cancel,
    Apply => apply,
    Revert => revert,
    Push => push,
}

impl Refactors {
    /// A gateway to refactors, whose work is done in `mirrors`.
    pub fn new(world: World, mirrors: Mirrors) -> Self {
        Self { world, mirrors }
    }

    async fn list(&self, list: List) -> Result<Listed<Watched>, Failure> {
        let db = self.world.db.read();
        let projects = match list.project {
            Some(project) => vec![require(db, &list.by, project, Action::Read).await?.0.id],
            None => members::projects(db, list.by.user).await?,
        };
        let found = refactors::of_projects(db, projects, list.page).await?;
        let jobs = jobs::of_subjects(db, found.items.iter().map(|row| row.id.0).collect()).await?;
        let mut of_each = HashMap::<_, Vec<_>>::new();
        for push in pushes::of_all(db, found.items.iter().map(|row| row.id)).await? {
            of_each.entry(push.refactor_id).or_default().push(push);
        }
        let seen_at = self.world.clock.now();
        let mut jobs: HashMap<_, _> = jobs.into_iter().map(|job| (job.subject, job)).collect();
        Ok(found.map(|row| {
            let job = jobs.remove(&row.id.0);
            let gauge = live::written(job.as_ref()).unwrap_or_default();
            let pushes = of_each.remove(&row.id).unwrap_or_default();
            Watched { row, gauge, job, pushes, seen_at }
        }))
    }

    async fn get(&self, Get(one): Get) -> Result<Watched, Failure> {
        let (row, _) = self.find(&one, Action::Read).await?;
        self.watch(row).await
    }

    async fn cancel(&self, CancelRefactor(one): CancelRefactor) -> Result<Watched, Failure> {
        let (row, _) = self.find(&one, Action::Refactor).await?;
        let txn = self.world.db.begin().await?;
        // The project's row before its jobs', as whoever settles one of them does; then read again.
        projects::find_for_update(&txn, row.project_id).await?;
        let row = refactors::find(&txn, row.id).await?.ok_or(Failure::NotFound(Missing::Job))?;
        if !row.status.is_at_work() {
            return Err(Failure::Conflict(Conflict::JobAlreadyCompleted));
        }
        let running = queue::cancel_refactor(&txn, &row, &one.by, self.world.clock.now()).await?;
        txn.commit().await?;
        if let Some(job) = running {
            live::hurry(&self.mirrors, row.project_id, job.id).await;
        }
        self.reread(row.id).await
    }

    /// The row and its project, if the caller may do this to it. Whose project is none of the caller's is not there.
    async fn find(&self, one: &One, action: Action) -> Result<(refactors::Model, projects::Model), Failure> {
        let db = self.world.db.read();
        let row = refactors::find(db, one.refactor).await?.ok_or(Failure::NotFound(Missing::Job))?;
        match require(db, &one.by, row.project_id, action).await {
            Ok((project, _)) => Ok((row, project)),
            Err(Failure::NotFound(_)) => Err(Failure::NotFound(Missing::Job)),
            Err(failure) => Err(failure),
        }
    }

    async fn reread(&self, id: RefactorId) -> Result<Watched, Failure> {
        let row = refactors::find(self.world.db.read(), id).await?.ok_or(Failure::NotFound(Missing::Job))?;
        self.watch(row).await
    }

    /// The row, with progress from the mirror's actor where it runs here, else from the job's row.
    async fn watch(&self, row: refactors::Model) -> Result<Watched, Failure> {
        let db = self.world.db.read();
        let job = jobs::of_subjects(db, vec![row.id.0]).await?.into_iter().last();
        let pushes = pushes::of(db, row.id).await?;
        let live = live::gauge(&self.mirrors, job.as_ref()).await?;
        let gauge = live.or_else(|| live::written(job.as_ref())).unwrap_or_default();
        Ok(Watched { row, gauge, job, pushes, seen_at: self.world.clock.now() })
    }

    /// The proposal of a row, read whole and checked.
    async fn stored(&self, row: &refactors::Model) -> Result<Vec<u8>, Failure> {
        let digest = row.proposal_digest.as_ref().ok_or(Failure::Conflict(Conflict::Other(NO_PROPOSAL)))?;
        Ok(stored::read(self.world.objects.as_ref(), digest).await?)
    }
}

const NO_PROPOSAL: &str = "there is no proposal; ask for the rename again";
