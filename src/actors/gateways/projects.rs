//! Projects: what belongs to whom, and which repository each mirrors.

use actix::Message;
use serde_json::json;

use super::access::require;
use crate::{
    actors::{
        World,
        mirrors::{Mirrors, publish},
    },
    domain::{
        branch::BranchName,
        caller::Caller,
        event::EventKind,
        failure::{Failure, Missing},
        page::{Listed, Page},
        profile::{Description, ProjectName},
        role::{Action, Role},
    },
    entities::{
        Txn,
        events::{self, NewEvent},
        jobs, manifests, members,
        projects::{self, Change},
        queue, syncs,
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
}

/// Deletes it with all that belongs to it, its mirror included.
#[derive(Message)]
#[rtype(result = "Result<(), Failure>")]
pub struct Delete {
    /// Who.
    pub by: Caller,
    /// Which.
    pub project: ProjectId,
}

/// Links it to a repository and wants the first synchronisation.
#[derive(Message)]
#[rtype(result = "Result<syncs::Model, Failure>")]
pub struct Link {
    /// Who.
    pub by: Caller,
    /// Which.
    pub project: ProjectId,
    /// As the user wrote it.
    pub repo_url: String,
    /// Without one the remote's default is followed.
    pub branch: Option<BranchName>,
}

answers! {
    Projects:
    Create => create,
    List => list,
    Get => get,
    Edit => edit,
    Delete => delete,
    Link => link,
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
        self.record(&txn, EventKind::ProjectCreated, &by, project.id).await?;
        txn.commit().await?;
        Ok(Seen { project, role: Role::Owner, last_sync: None, manifest_version: None })
    }

    async fn list(&self, list: List) -> Result<Listed<Seen>, Failure> {
        let found = projects::of_user(self.world.db.read(), list.by.user, list.page).await?;
        let mut items = Vec::with_capacity(found.items.len());
        for (project, role) in found.items {
            items.push(self.seen(project, role).await?);
        }
        Ok(Listed { items, next: found.next })
    }

    async fn get(&self, get: Get) -> Result<Seen, Failure> {
        let (project, role) = require(self.world.db.read(), &get.by, get.project, Action::Read).await?;
        self.seen(project, role).await
    }

    async fn seen(&self, project: projects::Model, role: Role) -> Result<Seen, Failure> {
        let db = self.world.db.read();
        let last_sync = syncs::newest(db, project.id).await?;
        let manifest_version = manifests::newest(db, project.id).await?.map(|manifest| manifest.version);
        Ok(Seen { project, role, last_sync, manifest_version })
    }

    async fn edit(&self, edit: Edit) -> Result<Seen, Failure> {
        let txn = self.world.db.begin().await?;
        let (project, role) = require(&txn, &edit.by, edit.project, Action::Change).await?;
        let project = projects::change(&txn, project, edit.change, self.world.clock.now()).await?;
        txn.commit().await?;
        self.seen(project, role).await
    }

    async fn delete(&self, delete: Delete) -> Result<(), Failure> {
        let txn = self.world.db.begin().await?;
        let (project, _) = require(&txn, &delete.by, delete.project, Action::Delete).await?;
        self.record(&txn, EventKind::ProjectDeleted, &delete.by, project.id).await?;
        jobs::delete_of(&txn, project.id).await?;
        projects::delete(&txn, project.id).await?;
        txn.commit().await?;
        // The rows are gone, so nothing can begin any more; what runs is ended with its actor.
        self.mirrors.retire(&project.id).await;
        if let Err(error) = publish::remove(&self.world, project.id).await {
            tracing::warn!(project = %project.id, %error, "the mirror of a deleted project is left behind");
        }
        Ok(())
    }

    async fn link(&self, link: Link) -> Result<syncs::Model, Failure> {
        let remote =
            self.world.remote(&link.repo_url).map_err(|refused| Failure::invalid("repo_url", refused.to_string()))?;
        let (by, now) = (link.by, self.world.clock.now());
        let txn = self.world.db.begin().await?;
        require(&txn, &by, link.project, Action::Link).await?;
        let project = projects::find_for_update(&txn, link.project).await?;
        let project = project.ok_or(Failure::NotFound(Missing::Project))?;
        let branch = link.branch.map(BranchName::into_string);
        let project = projects::link(&txn, project, remote.as_str().to_owned(), branch, now).await?;
        self.record(&txn, EventKind::RepoLinked, &by, project.id).await?;
        queue::cancel_superseded(&txn, &project, now).await?;
        let sync = queue::request_sync(&txn, &project, Some(by.user), Some(by.request_id), now).await?;
        txn.commit().await?;
        Ok(sync)
    }

    async fn record(&self, txn: &Txn, kind: EventKind, by: &Caller, project: ProjectId) -> Result<(), Failure> {
        let event = NewEvent {
            kind,
            user: Some(by.user),
            project: Some(project),
            job: None,
            payload: json!({ "project_id": project }),
            request_id: Some(by.request_id.clone()),
        };
        Ok(events::record(txn, event, self.world.clock.now()).await?)
    }
}
