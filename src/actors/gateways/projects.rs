//! Projects: what belongs to whom.

use std::collections::HashMap;

use actix::Message;
use sea_orm::ConnectionTrait;
use serde_json::json;

use super::{
    access::{require, require_alone},
    deed::record,
};
use crate::{
    actors::{
        World,
        mirrors::{Mirrors, publish},
        world::breakpoint,
    },
    domain::{
        caller::Caller,
        event::EventKind,
        failure::Failure,
        page::{Listed, Page},
        profile::{Description, ProjectName},
        role::{Action, Role},
        version::{Expected, Version},
    },
    entities::{
        Txn, jobs, manifests, members,
        projects::{self, Change},
        syncs,
    },
    ids::ProjectId,
};

/// Owns the budget of questions about projects.
#[derive(Clone)]
pub struct Projects {
    world: World,
    mirrors: Mirrors,
}

/// A project as somebody sees it.
#[derive(Debug, Clone)]
pub struct Seen {
    /// The row.
    pub project: projects::Model,
    /// What the one who sees it is in it.
    pub role: Role,
    /// Its newest synchronisation.
    pub last_sync: Option<syncs::Model>,
    /// Its newest manifest's version.
    pub manifest_version: Option<i32>,
}

impl Seen {
    /// Changes with whatever is seen.
    pub fn version(&self) -> Version {
        Version::of(self)
    }
}

/// Makes a project that belongs to the caller.
#[derive(Message)]
#[rtype(result = "Result<Seen, Failure>")]
pub struct Create {
    /// The owner.
    pub by: Caller,
    /// What it is called.
    pub name: ProjectName,
    /// What it is about.
    pub description: Description,
}

/// Those that the caller belongs to.
#[derive(Message)]
#[rtype(result = "Result<Listed<Seen>, Failure>")]
pub struct List {
    /// Who looks.
    pub by: Caller,
    /// Which of them.
    pub page: Page,
}

/// One project.
#[derive(Message)]
#[rtype(result = "Result<Seen, Failure>")]
pub struct Get {
    /// Who looks.
    pub by: Caller,
    /// Which.
    pub project: ProjectId,
}

/// Changes what people wrote about it.
#[derive(Message)]
#[rtype(result = "Result<Seen, Failure>")]
pub struct Edit {
    /// Who.
    pub by: Caller,
    /// Which.
    pub project: ProjectId,
    /// What.
    pub change: Change,
    /// Only if it is still so.
    pub expected: Option<Expected>,
}

/// Deletes it with all that belongs to it, its mirror included.
#[derive(Message)]
#[rtype(result = "Result<(), Failure>")]
pub struct Delete {
    /// Who.
    pub by: Caller,
    /// Which.
    pub project: ProjectId,
    /// Only if it is still so.
    pub expected: Option<Expected>,
}

answers! {
    Projects:
    Create => create,
    List => list,
    Get => get,
    Edit => edit,
    Delete => delete,
}

impl Projects {
    /// A gateway to projects, whose mirrors are reached through `mirrors`.
    pub fn new(world: World, mirrors: Mirrors) -> Self {
        Self { world, mirrors }
    }

    async fn create(&self, create: Create) -> Result<Seen, Failure> {
        let (by, now) = (create.by, self.world.clock.now());
        let txn = self.world.db.begin().await?;
        let project = projects::insert(&txn, create.name, create.description, now).await?;
        members::insert(&txn, project.id, by.user, Role::Owner, now).await?;
        let payload = json!({ "project_id": project.id });
        record(&txn, &by, project.id, EventKind::ProjectCreated, payload, now).await?;
        txn.commit().await?;
        Ok(Seen { project, role: Role::Owner, last_sync: None, manifest_version: None })
    }

    async fn list(&self, list: List) -> Result<Listed<Seen>, Failure> {
        let db = self.world.db.read();
        let found = projects::of_user(db, list.by.user, list.page).await?;
        let ids: Vec<_> = found.items.iter().map(|(project, _)| project.id).collect();
        let syncs = syncs::newest_of(db, &ids).await?.into_iter().map(|sync| (sync.project_id, sync));
        let mut syncs: HashMap<_, _> = syncs.collect();
        let versions: HashMap<_, _> = manifests::newest_versions(db, &ids).await?.into_iter().collect();
        let seen = |(project, role): (projects::Model, Role)| {
            let (last_sync, manifest_version) = (syncs.remove(&project.id), versions.get(&project.id).copied());
            Seen { project, role, last_sync, manifest_version }
        };
        Ok(Listed { items: found.items.into_iter().map(seen).collect(), next: found.next })
    }

    async fn get(&self, get: Get) -> Result<Seen, Failure> {
        let db = self.world.db.read();
        let (project, role) = require(db, &get.by, get.project, Action::Read).await?;
        seen(db, project, role).await
    }

    async fn edit(&self, edit: Edit) -> Result<Seen, Failure> {
        let txn = self.world.db.begin().await?;
        let (project, role) = require_alone(&txn, &edit.by, edit.project, Action::Change).await?;
        check(&txn, &project, role, edit.expected).await?;
        let project = projects::change(&txn, project, edit.change, self.world.clock.now()).await?;
        let seen = seen(&txn, project, role).await?;
        txn.commit().await?;
        Ok(seen)
    }

    async fn delete(&self, delete: Delete) -> Result<(), Failure> {
        let txn = self.world.db.begin().await?;
        // The project's row before its jobs', as whoever settles one of them does.
        let (found, role) = require_alone(&txn, &delete.by, delete.project, Action::Delete).await?;
        check(&txn, &found, role, delete.expected).await?;
        let project = found.id;
        let payload = json!({ "project_id": project });
        record(&txn, &delete.by, project, EventKind::ProjectDeleted, payload, self.world.clock.now()).await?;
        jobs::delete_of(&txn, project).await?;
        projects::delete(&txn, project).await?;
        txn.commit().await?;
        breakpoint("project-deleted");
        // The rows are gone, so nothing can begin any more; what runs is ended with its actor.
        self.mirrors.retire(&project).await;
        if let Err(error) = publish::remove(&self.world, project).await {
            tracing::warn!(%project, %error, "the mirror of a deleted project is left behind");
        }
        Ok(())
    }
}

/// A project with what stands beside it.
async fn seen(db: &impl ConnectionTrait, project: projects::Model, role: Role) -> Result<Seen, Failure> {
    let last_sync = syncs::newest(db, project.id).await?;
    let manifest_version = manifests::newest(db, project.id).await?.map(|manifest| manifest.version);
    Ok(Seen { project, role, last_sync, manifest_version })
}

/// Refuses to change what is not, or no longer, as it was expected.
async fn check(txn: &Txn, project: &projects::Model, role: Role, expected: Option<Expected>) -> Result<(), Failure> {
    match expected {
        Some(expected) => expected.check(&seen(txn, project.clone(), role).await?.version()),
        None => Ok(()),
    }
}
