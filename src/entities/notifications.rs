//! `notifications`: what each person was told, numbered 1, 2, 3 … for each of them.

use sea_orm::{
    PaginatorTrait, QueryOrder, QuerySelect, Set,
    entity::prelude::*,
    sea_query::{Condition, ExprTrait},
};

use super::{Txn, events, keyset::older};
use crate::{
    clock::Timestamp,
    domain::{
        event::EventKind,
        page::{Listed, Page, Place},
    },
    ids::{JobId, NotificationId, ProjectId, UserId},
};

/// A row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "notifications")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: NotificationId,
    pub user_id: UserId,
    /// The user's sequence, without gaps.
    pub number: i64,
    pub kind: EventKind,
    pub project_id: Option<ProjectId>,
    pub job_id: Option<JobId>,
    /// JSON: ids and states.
    pub payload: String,
    pub read_at: Option<Timestamp>,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

/// Tells `user` of `event`, as their notification `number`.
pub async fn insert(txn: &Txn, user: UserId, number: i64, event: &events::Model, now: Timestamp) -> Result<(), DbErr> {
    let row = ActiveModel {
        id: Set(NotificationId::new()),
        user_id: Set(user),
        number: Set(number),
        kind: Set(event.kind),
        project_id: Set(event.project_id),
        job_id: Set(event.job_id),
        payload: Set(event.payload.clone()),
        read_at: Set(None),
        created_at: Set(now),
        updated_at: Set(now),
    };
    Entity::insert(row).exec_without_returning(txn).await?;
    Ok(())
}

/// Which of a user's notifications are wanted.
#[derive(Debug, Clone, Copy, Default)]
pub struct Filter {
    /// Only those not read yet.
    pub unread: bool,
    /// Only those of this project.
    pub project: Option<ProjectId>,
}

/// A user's, newest first.
pub async fn of_user(
    db: &impl ConnectionTrait,
    user: UserId,
    filter: Filter,
    page: Page,
) -> Result<Listed<Model>, DbErr> {
    let mut found = Entity::find().filter(Column::UserId.eq(user));
    if filter.unread {
        found = found.filter(Column::ReadAt.is_null());
    }
    if let Some(project) = filter.project {
        found = found.filter(Column::ProjectId.eq(project));
    }
    let found = found
        .filter(older(page.before, Column::CreatedAt, Column::Id))
        .order_by_desc(Column::CreatedAt)
        .order_by_desc(Column::Id)
        .limit(page.rows_to_read())
        .all(db)
        .await?;
    Ok(page.cut(found, |row| Place { at: row.created_at, id: row.id.0 }))
}

/// How many of a user's are not read yet.
pub async fn unread(db: &impl ConnectionTrait, user: UserId) -> Result<u64, DbErr> {
    Entity::find().filter(Column::UserId.eq(user)).filter(Column::ReadAt.is_null()).count(db).await
}

/// Marks one as read; says whether the user has it.
pub async fn read(txn: &Txn, user: UserId, id: NotificationId, now: Timestamp) -> Result<bool, DbErr> {
    let marked = mark(Condition::all().add(Column::Id.eq(id)).add(Column::UserId.eq(user)), now).exec(txn).await?;
    Ok(marked.rows_affected == 1)
}

/// Marks all of a user's as read.
pub async fn read_all(txn: &Txn, user: UserId, now: Timestamp) -> Result<(), DbErr> {
    let unread = Condition::all().add(Column::UserId.eq(user)).add(Column::ReadAt.is_null());
    mark(unread, now).exec(txn).await?;
    Ok(())
}

fn mark(which: Condition, now: Timestamp) -> sea_orm::UpdateMany<Entity> {
    Entity::update_many()
        .col_expr(Column::ReadAt, Expr::col(Column::ReadAt).if_null(now))
        .col_expr(Column::UpdatedAt, Expr::value(now))
        .filter(which)
}
