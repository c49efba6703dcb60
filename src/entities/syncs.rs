//! `repo_syncs`: one row a synchronisation; attempts and progress are its job's.

use sea_orm::{
    QueryOrder, QuerySelect, Set,
    entity::prelude::*,
    sea_query::{ExprTrait, Query},
};

use super::{Txn, keyset::older, projects};
use crate::{
    clock::Timestamp,
    domain::{
        page::{Listed, Page, Place},
        sync::{Cause, SyncStatus},
    },
    ids::{ProjectId, SyncId, UserId},
};

/// A row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "repo_syncs")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: SyncId,
    pub project_id: ProjectId,
    pub requested_by: Option<UserId>,
    pub cause: Cause,
    pub status: SyncStatus,
    /// Whether somebody agreed to the deletion of most branches.
    pub released: bool,
    pub commit_before: Option<String>,
    pub commit_after: Option<String>,
    /// A code of the contract.
    pub error: Option<String>,
    pub error_message: Option<String>,
    pub started_at: Option<Timestamp>,
    pub finished_at: Option<Timestamp>,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

/// The one with this id.
pub async fn find(db: &impl ConnectionTrait, id: SyncId) -> Result<Option<Model>, DbErr> {
    Entity::find_by_id(id).one(db).await
}

/// A project's, newest first.
pub async fn of_project(db: &impl ConnectionTrait, project: ProjectId, page: Page) -> Result<Listed<Model>, DbErr> {
    let syncs = Entity::find()
        .filter(Column::ProjectId.eq(project))
        .filter(older(page.before, Column::CreatedAt, Column::Id))
        .order_by_desc(Column::CreatedAt)
        .order_by_desc(Column::Id)
        .limit(page.rows_to_read())
        .all(db)
        .await?;
    Ok(page.cut(syncs, |sync| Place { at: sync.created_at, id: sync.id.0 }))
}

/// A project's newest.
pub async fn newest(db: &impl ConnectionTrait, project: ProjectId) -> Result<Option<Model>, DbErr> {
    Entity::find()
        .filter(Column::ProjectId.eq(project))
        .order_by_desc(Column::CreatedAt)
        .order_by_desc(Column::Id)
        .one(db)
        .await
}

/// The newest of each of these projects that has any.
pub async fn newest_of(db: &impl ConnectionTrait, projects: &[ProjectId]) -> Result<Vec<Model>, DbErr> {
    // One look at the index for each project, however many synchronisations it has had.
    let newest = Expr::cust(
        "(SELECT n.id FROM repo_syncs n WHERE n.project_id = projects.id ORDER BY n.created_at DESC, n.id DESC LIMIT 1)",
    );
    let ids = Query::select()
        .expr(newest)
        .from(projects::Entity)
        .and_where(projects::Column::Id.is_in(projects.iter().copied()))
        .to_owned();
    Entity::find().filter(Column::Id.in_subquery(ids)).all(db).await
}

/// The one of a project that waits for somebody's word.
pub async fn held(db: &impl ConnectionTrait, project: ProjectId) -> Result<Option<Model>, DbErr> {
    Entity::find().filter(Column::ProjectId.eq(project)).filter(Column::Status.eq(SyncStatus::Held)).one(db).await
}

/// Writes down that one is wanted.
pub async fn insert(
    txn: &Txn,
    id: SyncId,
    project: ProjectId,
    cause: Cause,
    requested_by: Option<UserId>,
    now: Timestamp,
) -> Result<Model, DbErr> {
    let row = ActiveModel {
        id: Set(id),
        project_id: Set(project),
        requested_by: Set(requested_by),
        cause: Set(cause),
        status: Set(SyncStatus::Pending),
        released: Set(false),
        commit_before: Set(None),
        commit_after: Set(None),
        error: Set(None),
        error_message: Set(None),
        started_at: Set(None),
        finished_at: Set(None),
        created_at: Set(now),
        updated_at: Set(now),
    };
    row.insert(txn).await
}

/// An attempt begins; the time of the first one is kept.
pub async fn start(txn: &Txn, id: SyncId, now: Timestamp) -> Result<(), DbErr> {
    Entity::update_many()
        .col_expr(Column::Status, Expr::value(SyncStatus::Running))
        .col_expr(Column::StartedAt, Expr::col(Column::StartedAt).if_null(now))
        .col_expr(Column::UpdatedAt, Expr::value(now))
        .filter(Column::Id.eq(id))
        .exec(txn)
        .await?;
    Ok(())
}

/// Notes the commits that it moved between.
pub async fn set_commits(txn: &Txn, id: SyncId, before: Option<String>, after: Option<String>) -> Result<(), DbErr> {
    Entity::update_many()
        .col_expr(Column::CommitBefore, Expr::value(before))
        .col_expr(Column::CommitAfter, Expr::value(after))
        .filter(Column::Id.eq(id))
        .exec(txn)
        .await?;
    Ok(())
}

/// Moves it to `status`, with a code where something is wrong, and the words for people.
pub async fn set_status(
    txn: &Txn,
    id: SyncId,
    status: SyncStatus,
    error: Option<&str>,
    message: Option<&str>,
    now: Timestamp,
) -> Result<(), DbErr> {
    let finished_at = status.is_end().then_some(now);
    Entity::update_many()
        .col_expr(Column::Status, Expr::value(status))
        .col_expr(Column::Error, Expr::value(error))
        .col_expr(Column::ErrorMessage, Expr::value(message))
        .col_expr(Column::FinishedAt, Expr::value(finished_at))
        .col_expr(Column::UpdatedAt, Expr::value(now))
        .filter(Column::Id.eq(id))
        .exec(txn)
        .await?;
    Ok(())
}

/// A held one may go on: most branches will be deleted.
pub async fn release(txn: &Txn, id: SyncId, now: Timestamp) -> Result<(), DbErr> {
    Entity::update_many().col_expr(Column::Released, Expr::value(true)).filter(Column::Id.eq(id)).exec(txn).await?;
    set_status(txn, id, SyncStatus::Pending, None, None, now).await
}
