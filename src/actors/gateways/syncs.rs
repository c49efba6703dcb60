//! Synchronisations: asked for, looked at, cancelled, released.

use std::collections::HashMap;

use actix::Message;

use super::{
    access::{require, require_alone},
    live,
};
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
        sync::{Stage, SyncStatus},
    },
    entities::{
        jobs,
        queue::{self, Wish},
        syncs,
    },
    ids::{ProjectId, SyncId},
    storage::limits::{Class, Key},
};

/// Owns the budget of questions about synchronisations.
#[derive(Clone)]
pub struct Syncs {
    world: World,
    mirrors: Mirrors,
}

/// A synchronisation with what its job says of it.
#[derive(Debug, Clone)]
pub struct Watched {
    /// The row.
    pub sync: syncs::Model,
    /// How far it is.
    pub gauge: Gauge,
    /// Its job, as long as that is remembered.
    pub job: Option<jobs::Model>,
    /// When this was true.
    pub seen_at: Timestamp,
}

/// Wants a synchronisation; one that waits is returned instead of doubled.
#[derive(Message)]
#[rtype(result = "Result<Watched, Failure>")]
pub struct RequestSync {
    /// Who.
    pub by: Caller,
    /// Of which project.
    pub project: ProjectId,
    /// Although the last one was a moment ago.
    pub force: bool,
}

/// A project's synchronisations.
#[derive(Message)]
#[rtype(result = "Result<Listed<Watched>, Failure>")]
pub struct List {
    /// Who looks.
    pub by: Caller,
    /// Of which project.
    pub project: ProjectId,
    /// Which of them.
    pub page: Page,
}

/// What is asked or wanted of one synchronisation.
#[derive(Debug, Clone)]
pub struct One {
    /// Who.
    pub by: Caller,
    /// Of which project.
    pub project: ProjectId,
    /// Which.
    pub sync: SyncId,
}

/// One synchronisation, as it is at this moment.
#[derive(Message)]
#[rtype(result = "Result<Watched, Failure>")]
pub struct Get(pub One);

/// Ends one that has not ended.
#[derive(Message)]
#[rtype(result = "Result<Watched, Failure>")]
pub struct CancelSync(pub One);

/// Lets a held one go on, and delete the branches that are gone at the remote.
#[derive(Message)]
#[rtype(result = "Result<Watched, Failure>")]
pub struct Release(pub One);

answers! {
    Syncs:
    RequestSync => request,
    List => list,
    Get => get,
    CancelSync => cancel,
    Release => release,
}

impl Syncs {
    /// A gateway to synchronisations, which run in `mirrors`.
    pub fn new(world: World, mirrors: Mirrors) -> Self {
        Self { world, mirrors }
    }

    async fn request(&self, request: RequestSync) -> Result<Watched, Failure> {
        let (by, now) = (request.by, self.world.clock.now());
        let txn = self.world.db.begin().await?;
        let (project, _) = require_alone(&txn, &by, request.project, Action::Sync).await?;
        if project.repo_url.is_none() {
            return Err(Failure::Conflict(Conflict::RepoNotLinked));
        }
        self.world.limits.take(Class::Sync, Key::Project(project.id))?;
        let newest = syncs::newest(&txn, project.id).await?;
        if let Some(newest) = newest.filter(|newest| newest.status.is_end() && !request.force) {
            let interval = self.world.config.limits.sync_interval();
            let elapsed = now.since(newest.created_at);
            if elapsed < interval {
                let policy = format!("\"sync-interval\";q=1;w={}", interval.as_secs());
                return Err(Failure::RateLimited { retry_in: interval.saturating_sub(elapsed), policy });
            }
        }
        let sync = queue::request_sync(&txn, &project, Wish::of(&by), now).await?;
        queue::trace_sync(&txn, &sync, by.trace).await?;
        txn.commit().await?;
        self.watch(sync).await
    }

    async fn list(&self, list: List) -> Result<Listed<Watched>, Failure> {
        let db = self.world.db.read();
        require(db, &list.by, list.project, Action::Read).await?;
        let found = syncs::of_project(db, list.project, list.page).await?;
        let subjects = found.items.iter().map(|sync| sync.id.0).collect();
        let jobs = jobs::of_subjects(db, subjects).await?;
        let seen_at = self.world.clock.now();
        let mut jobs: HashMap<_, _> = jobs.into_iter().map(|job| (job.subject, job)).collect();
        Ok(found.map(|sync| {
            let job = jobs.remove(&sync.id.0);
            Watched { gauge: written(&sync, job.as_ref()), sync, job, seen_at }
        }))
    }

    async fn get(&self, Get(one): Get) -> Result<Watched, Failure> {
        let sync = self.find(&one, Action::Read).await?;
        self.watch(sync).await
    }

    async fn cancel(&self, CancelSync(one): CancelSync) -> Result<Watched, Failure> {
        let sync = self.find(&one, Action::Sync).await?;
        let now = self.world.clock.now();
        let txn = self.world.db.begin().await?;
        // Read again under the project's lock, which whoever ends or starts one takes as well: it may have ended since.
        require_alone(&txn, &one.by, one.project, Action::Sync).await?;
        let sync = syncs::find(&txn, sync.id).await?.ok_or(Failure::NotFound(Missing::Job))?;
        if sync.status.is_end() {
            return Err(Failure::Conflict(Conflict::JobAlreadyCompleted));
        }
        let running = queue::cancel_sync(&txn, &sync, now).await?;
        txn.commit().await?;
        if let Some(job) = running {
            live::hurry(&self.mirrors, sync.project_id, job.id).await;
        }
        self.reread(sync.id).await
    }

    async fn release(&self, Release(one): Release) -> Result<Watched, Failure> {
        let sync = self.find(&one, Action::Sync).await?;
        let txn = self.world.db.begin().await?;
        let (project, _) = require_alone(&txn, &one.by, one.project, Action::Sync).await?;
        let sync = syncs::find(&txn, sync.id).await?.ok_or(Failure::NotFound(Missing::Job))?;
        match sync.status {
            SyncStatus::Held => {}
            SyncStatus::Pending | SyncStatus::Running => {
                return Err(Failure::Conflict(Conflict::Other("the synchronisation is not held")));
            }
            SyncStatus::Success | SyncStatus::Failed | SyncStatus::Cancelled => {
                return Err(Failure::Conflict(Conflict::JobAlreadyCompleted));
            }
        }
        if !queue::release_sync(&txn, &project, &sync, Some(one.by.request_id), self.world.clock.now()).await? {
            return Err(Failure::Conflict(Conflict::Other("another synchronisation is under way; wait for its end")));
        }
        queue::trace_sync(&txn, &sync, one.by.trace).await?;
        txn.commit().await?;
        self.reread(sync.id).await
    }

    async fn find(&self, one: &One, action: Action) -> Result<syncs::Model, Failure> {
        let db = self.world.db.read();
        require(db, &one.by, one.project, action).await?;
        let sync = syncs::find(db, one.sync).await?.filter(|sync| sync.project_id == one.project);
        sync.ok_or(Failure::NotFound(Missing::Job))
    }

    async fn reread(&self, sync: SyncId) -> Result<Watched, Failure> {
        let sync = syncs::find(self.world.db.read(), sync).await?.ok_or(Failure::NotFound(Missing::Job))?;
        self.watch(sync).await
    }

    /// The row, with progress from the mirror's actor where it runs here, else from the job's row.
    async fn watch(&self, sync: syncs::Model) -> Result<Watched, Failure> {
        let jobs = jobs::of_subjects(self.world.db.read(), vec![sync.id.0]).await?;
        let job = jobs.into_iter().last();
        let live = live::gauge(&self.mirrors, job.as_ref()).await?;
        let gauge = live.unwrap_or_else(|| written(&sync, job.as_ref()));
        Ok(Watched { sync, gauge, job, seen_at: self.world.clock.now() })
    }
}

fn written(sync: &syncs::Model, job: Option<&jobs::Model>) -> Gauge {
    if sync.status == SyncStatus::Success {
        return Gauge::FULL;
    }
    let begun = if sync.status == SyncStatus::Running { Gauge::at(Stage::Running) } else { Gauge::default() };
    live::written(job).unwrap_or(begun)
}
