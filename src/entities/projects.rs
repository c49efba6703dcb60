//! `projects`: the unit of ownership, with what its mirror stands at.

use std::collections::HashSet;

use sea_orm::{QueryOrder, QuerySelect, Set, TryIntoModel, entity::prelude::*, sea_query::LockType};

use super::{Txn, keyset::older, members, mirror_owners::Fence};
use crate::{
    clock::Timestamp,
    domain::{
        page::{Listed, Page, Place},
        patch::Patch,
        profile::{Description, ProjectName},
        role::Role,
        schedule::SyncInterval,
        vault::{self, Sealed},
    },
    ids::{ProjectId, UserId},
};

/// A row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "projects")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: ProjectId,
    pub name: String,
    pub description: String,
    pub repo_url: Option<String>,
    /// The branch asked for; without one the remote's default is followed.
    pub branch: Option<String>,
    /// What clients see: where the remote stood, or what was applied on top of it.
    pub head_commit: Option<String>,
    /// Where the remote stood at the last published synchronisation.
    pub upstream_commit: Option<String>,
    pub head_branch: Option<String>,
    pub last_synced_at: Option<Timestamp>,
    /// What Git hosts sign their deliveries with.
    pub hook_secret: Option<Sealed>,
    /// A push wants a synchronisation that begins then or later.
    pub push_due_at: Option<Timestamp>,
    pub sync_interval_s: Option<SyncInterval>,
    /// When the schedule wants the next synchronisation.
    pub sync_due_at: Option<Timestamp>,
    /// Failed synchronisations since the last success.
    pub sync_failures: i32,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl Model {
    fn place(&self) -> Place {
        Place { at: self.created_at, id: self.id.0 }
    }

    /// Where the secret of a project's push hook stands, for the vault.
    pub fn hook_secret_place(id: ProjectId) -> vault::Place {
        vault::Place { table: "projects", column: "hook_secret", row: id.0 }
    }
}

/// The one with this id.
pub async fn find(db: &impl ConnectionTrait, id: ProjectId) -> Result<Option<Model>, DbErr> {
    Entity::find_by_id(id).one(db).await
}

/// The one with this id, kept from changing until the transaction ends.
pub async fn find_for_update(txn: &Txn, id: ProjectId) -> Result<Option<Model>, DbErr> {
    // Rows that refer to it may still be written: the weaker lock holds up nobody who only adds to the queue.
    Entity::find_by_id(id).lock(LockType::NoKeyUpdate).one(txn).await
}

/// Which of these there are.
pub async fn existing(db: &impl ConnectionTrait, ids: &[ProjectId]) -> Result<HashSet<ProjectId>, DbErr> {
    let found = Entity::find().select_only().column(Column::Id).filter(Column::Id.is_in(ids.iter().copied()));
    Ok(found.into_tuple().all(db).await?.into_iter().collect())
}

/// Those that `user` belongs to, with what they are there; newest first.
pub async fn of_user(db: &impl ConnectionTrait, user: UserId, page: Page) -> Result<Listed<(Model, Role)>, DbErr> {
    let roles = members::Entity::find().filter(members::Column::UserId.eq(user)).all(db).await?;
    let projects = Entity::find()
        .filter(Column::Id.is_in(roles.iter().map(|member| member.project_id)))
        .filter(older(page.before, Column::CreatedAt, Column::Id))
        .order_by_desc(Column::CreatedAt)
        .order_by_desc(Column::Id)
        .limit(page.rows_to_read())
        .all(db)
        .await?;
    let role = |project: &Model| roles.iter().find(|member| member.project_id == project.id).map(|member| member.role);
    let with_roles = projects.into_iter().filter_map(|project| role(&project).map(|role| (project, role))).collect();
    Ok(page.cut(with_roles, |(project, _)| project.place()))
}

/// Those that `user` owns, kept from changing until the transaction ends.
pub async fn owned_for_update(txn: &Txn, user: UserId) -> Result<Vec<Model>, DbErr> {
    let owned = members::Entity::find()
        .filter(members::Column::UserId.eq(user))
        .filter(members::Column::Role.eq(Role::Owner))
        .all(txn)
        .await?;
    Entity::find()
        .filter(Column::Id.is_in(owned.iter().map(|member| member.project_id)))
        // In one order, so that two who do this do not wait for each other.
        .order_by_asc(Column::Id)
        .lock(LockType::Update)
        .all(txn)
        .await
}

/// Makes an empty project.
pub async fn insert(txn: &Txn, name: ProjectName, description: Description, now: Timestamp) -> Result<Model, DbErr> {
    let row = ActiveModel {
        id: Set(ProjectId::new()),
        name: Set(name.into_string()),
        description: Set(description.into_string()),
        repo_url: Set(None),
        branch: Set(None),
        head_commit: Set(None),
        upstream_commit: Set(None),
        head_branch: Set(None),
        last_synced_at: Set(None),
        hook_secret: Set(None),
        push_due_at: Set(None),
        sync_interval_s: Set(None),
        sync_due_at: Set(None),
        sync_failures: Set(0),
        created_at: Set(now),
        updated_at: Set(now),
    };
    row.insert(txn).await
}

/// What a person may change; `None` leaves it as it is.
#[derive(Debug, Clone, Default)]
pub struct Change {
    /// A new name.
    pub name: Option<ProjectName>,
    /// A new description.
    pub description: Option<Description>,
    /// The time between two scheduled synchronisations.
    pub sync_interval: Patch<SyncInterval>,
}

/// Changes it.
pub async fn change(txn: &Txn, project: Model, change: Change, now: Timestamp) -> Result<Model, DbErr> {
    let mut row: ActiveModel = project.into();
    if let Some(name) = change.name {
        row.name = Set(name.into_string());
    }
    if let Some(description) = change.description {
        row.description = Set(description.into_string());
    }
    match change.sync_interval {
        Patch::Keep => {}
        Patch::Clear => {
            row.sync_interval_s = Set(None);
            row.sync_due_at = Set(None);
        }
        Patch::Set(interval) => {
            row.sync_interval_s = Set(Some(interval));
            // A dead remote is given a new chance by whoever cares.
            row.sync_due_at = Set(Some(now.plus(interval.pause(0))));
        }
    }
    if !row.is_changed() {
        return row.try_into_model();
    }
    row.updated_at = Set(now);
    row.update(txn).await
}

/// Links it to a repository; what an earlier one left is no longer its head.
pub async fn link(
    txn: &Txn,
    project: Model,
    repo_url: String,
    branch: Option<String>,
    now: Timestamp,
) -> Result<Model, DbErr> {
    let moved = project.repo_url.as_ref() != Some(&repo_url);
    let mut row: ActiveModel = project.into();
    row.repo_url = Set(Some(repo_url));
    row.branch = Set(branch);
    if moved {
        row.head_commit = Set(None);
        row.upstream_commit = Set(None);
        row.head_branch = Set(None);
        row.last_synced_at = Set(None);
        row.sync_failures = Set(0);
        row.push_due_at = Set(None);
    }
    row.updated_at = Set(now);
    row.update(txn).await
}

/// Sets what Git hosts sign their deliveries with.
pub async fn set_hook_secret(txn: &Txn, id: ProjectId, secret: Sealed, now: Timestamp) -> Result<(), DbErr> {
    Entity::update_many()
        .col_expr(Column::HookSecret, Expr::value(secret))
        .col_expr(Column::UpdatedAt, Expr::value(now))
        .filter(Column::Id.eq(id))
        .exec(txn)
        .await?;
    Ok(())
}

/// Where a synchronisation leaves a mirror.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    /// What clients see.
    pub commit: Option<String>,
    /// Where the remote stands.
    pub upstream: Option<String>,
    /// The branch that is followed.
    pub branch: Option<String>,
}

/// Publishes what the mirror stands at after a synchronisation.
pub async fn set_head(fence: &Fence<'_>, head: Head, now: Timestamp) -> Result<(), DbErr> {
    Entity::update_many()
        .col_expr(Column::HeadCommit, Expr::value(head.commit))
        .col_expr(Column::UpstreamCommit, Expr::value(head.upstream))
        .col_expr(Column::HeadBranch, Expr::value(head.branch))
        .col_expr(Column::LastSyncedAt, Expr::value(now))
        .filter(Column::Id.eq(fence.project()))
        .exec(fence.txn())
        .await?;
    Ok(())
}

/// Publishes a commit of our own on top of `parent`; says whether that was the head.
pub async fn advance_head(fence: &Fence<'_>, parent: &str, commit: &str, now: Timestamp) -> Result<bool, DbErr> {
    let moved = Entity::update_many()
        .col_expr(Column::HeadCommit, Expr::value(commit))
        .col_expr(Column::UpdatedAt, Expr::value(now))
        .filter(Column::Id.eq(fence.project()))
        .filter(Column::HeadCommit.eq(parent))
        .exec(fence.txn())
        .await?;
    Ok(moved.rows_affected == 1)
}

/// Keeps the address that works in the place of one that the remote redirects.
pub async fn set_address(fence: &Fence<'_>, address: &str) -> Result<(), DbErr> {
    Entity::update_many()
        .col_expr(Column::RepoUrl, Expr::value(address))
        .filter(Column::Id.eq(fence.project()))
        .exec(fence.txn())
        .await?;
    Ok(())
}

/// Deletes it with all that belongs to it.
pub async fn delete(txn: &Txn, id: ProjectId) -> Result<(), DbErr> {
    Entity::delete_by_id(id).exec(txn).await?;
    Ok(())
}
