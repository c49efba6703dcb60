//! `project_members`: who belongs to which project.

use sea_orm::{QuerySelect, Set, entity::prelude::*};

use super::Txn;
use crate::{
    clock::Timestamp,
    domain::role::Role,
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
    Ok(Entity::find_by_id((project, user)).one(db).await?.map(|member| member.role))
}

/// Everybody in `project`.
pub async fn users(db: &impl ConnectionTrait, project: ProjectId) -> Result<Vec<UserId>, DbErr> {
    Entity::find().select_only().column(Column::UserId).filter(Column::ProjectId.eq(project)).into_tuple().all(db).await
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
