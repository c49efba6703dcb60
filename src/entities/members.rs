//! `project_members`: who belongs to which project.

use sea_orm::{QueryOrder, QuerySelect, Set, entity::prelude::*};

use super::{Txn, keyset::older};
use crate::{
    clock::Timestamp,
    domain::{
        page::{Listed, Page, Place},
        role::Role,
    },
    ids::{ProjectId, UserId},
};

/// A row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "project_members")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub project_id: ProjectId,
    #[sea_orm(primary_key, auto_increment = false)]
    pub user_id: UserId,
    pub role: Role,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

/// What `user` is in `project`, if anything.
pub async fn role(db: &impl ConnectionTrait, project: ProjectId, user: UserId) -> Result<Option<Role>, DbErr> {
    Ok(find(db, project, user).await?.map(|member| member.role))
}

/// `user` in `project`.
pub async fn find(db: &impl ConnectionTrait, project: ProjectId, user: UserId) -> Result<Option<Model>, DbErr> {
    Entity::find_by_id((project, user)).one(db).await
}

/// Everybody in `project`.
pub async fn users(db: &impl ConnectionTrait, project: ProjectId) -> Result<Vec<UserId>, DbErr> {
    Entity::find().select_only().column(Column::UserId).filter(Column::ProjectId.eq(project)).into_tuple().all(db).await
}

/// What `user` belongs to.
pub async fn projects(db: &impl ConnectionTrait, user: UserId) -> Result<Vec<ProjectId>, DbErr> {
    Entity::find().select_only().column(Column::ProjectId).filter(Column::UserId.eq(user)).into_tuple().all(db).await
}

/// Everybody in `project`, those who came last first.
pub async fn of_project(db: &impl ConnectionTrait, project: ProjectId, page: Page) -> Result<Listed<Model>, DbErr> {
    let members = Entity::find()
        .filter(Column::ProjectId.eq(project))
        .filter(older(page.before, Column::CreatedAt, Column::UserId))
        .order_by_desc(Column::CreatedAt)
        .order_by_desc(Column::UserId)
        .limit(page.rows_to_read())
        .all(db)
        .await?;
    Ok(page.cut(members, |member| Place { at: member.created_at, id: member.user_id.0 }))
}

/// How many owners `project` has besides `user`.
pub async fn other_owners(txn: &Txn, project: ProjectId, user: UserId) -> Result<u64, DbErr> {
    Entity::find()
        .filter(Column::ProjectId.eq(project))
        .filter(Column::Role.eq(Role::Owner))
        .filter(Column::UserId.ne(user))
        .count(txn)
        .await
}

/// Everybody who owns one of `projects`, with the project.
pub async fn owners(
    db: &impl ConnectionTrait,
    projects: impl IntoIterator<Item = ProjectId>,
) -> Result<Vec<(ProjectId, UserId)>, DbErr> {
    Entity::find()
        .select_only()
        .columns([Column::ProjectId, Column::UserId])
        .filter(Column::ProjectId.is_in(projects))
        .filter(Column::Role.eq(Role::Owner))
        .into_tuple()
        .all(db)
        .await
}

/// Takes somebody in.
pub async fn insert(txn: &Txn, project: ProjectId, user: UserId, role: Role, now: Timestamp) -> Result<(), DbErr> {
    let row = ActiveModel {
        project_id: Set(project),
        user_id: Set(user),
        role: Set(role),
        created_at: Set(now),
        updated_at: Set(now),
    };
    Entity::insert(row).exec_without_returning(txn).await?;
    Ok(())
}

/// Makes `member` something else.
pub async fn change_role(txn: &Txn, member: &Model, role: Role, now: Timestamp) -> Result<(), DbErr> {
    Entity::update_many()
        .col_expr(Column::Role, Expr::value(role))
        .col_expr(Column::UpdatedAt, Expr::value(now))
        .filter(Column::ProjectId.eq(member.project_id))
        .filter(Column::UserId.eq(member.user_id))
        .exec(txn)
        .await?;
    Ok(())
}

/// Lets somebody go.
pub async fn remove(txn: &Txn, project: ProjectId, user: UserId) -> Result<(), DbErr> {
    Entity::delete_by_id((project, user)).exec(txn).await?;
    Ok(())
}
