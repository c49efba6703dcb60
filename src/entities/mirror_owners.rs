//! `mirror_owners`: one owner a mirror in the whole fleet, and the fence that keeps everybody else from publishing.

use sea_orm::{
    QuerySelect, Set,
    entity::prelude::*,
    sea_query::{LockType, OnConflict},
};

use super::{Txn, db, instances};
use crate::{
    clock::Timestamp,
    ids::{InstanceId, ProjectId},
};

/// A row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "mirror_owners")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub project_id: ProjectId,
    pub instance_id: InstanceId,
    /// Grows with each change of owner and never falls.
    pub epoch: i64,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

/// That `instance` owns a mirror, as of `epoch`. It may have lost it since: only a [`Fence`] proves otherwise.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ownership {
    /// Whose mirror.
    pub project: ProjectId,
    /// The owner.
    pub instance: InstanceId,
    /// Which ownership of the mirror this is.
    pub epoch: i64,
}

/// Proof that the ownership holds until `txn` ends. What publishes something of a mirror takes one.
pub struct Fence<'t> {
    txn: &'t Txn,
    project: ProjectId,
}

impl Fence<'_> {
    /// The transaction in which the proof holds.
    pub fn txn(&self) -> &Txn {
        self.txn
    }

    /// Whose mirror.
    pub fn project(&self) -> ProjectId {
        self.project
    }
}

/// Takes the mirror for `me` when it is free, mine, or its owner's lease is over; `None` when another has it.
pub async fn acquire(txn: &Txn, project: ProjectId, me: InstanceId) -> Result<Option<Ownership>, DbErr> {
    let now = db::now(txn).await?;
    let free = ActiveModel {
        project_id: Set(project),
        instance_id: Set(me),
        epoch: Set(0),
        created_at: Set(now),
        updated_at: Set(now),
    };
    let taken = OnConflict::column(Column::ProjectId).do_nothing().to_owned();
    Entity::insert(free).on_conflict(taken).exec_without_returning(txn).await?;
    let Some(row) = Entity::find_by_id(project).lock(LockType::Update).one(txn).await? else { return Ok(None) };
    if row.instance_id == me && row.epoch > 0 {
        return Ok(Some(Ownership { project, instance: me, epoch: row.epoch }));
    }
    if row.instance_id != me && is_alive(txn, row.instance_id, now).await? {
        return Ok(None);
    }
    let epoch = row.epoch.saturating_add(1);
    Entity::update_many()
        .col_expr(Column::InstanceId, Expr::value(me))
        .col_expr(Column::Epoch, Expr::value(epoch))
        .col_expr(Column::UpdatedAt, Expr::value(now))
        .filter(Column::ProjectId.eq(project))
        .exec(txn)
        .await?;
    Ok(Some(Ownership { project, instance: me, epoch }))
}

/// The instance's row is locked, so that it cannot renew its lease while the mirror changes hands.
async fn is_alive(txn: &Txn, id: InstanceId, now: Timestamp) -> Result<bool, DbErr> {
    let instance = instances::Entity::find_by_id(id).lock(LockType::Update).one(txn).await?;
    Ok(instance.is_some_and(|instance| instance.lease_until > now))
}

/// Proves that `ownership` still holds, and keeps it so until the transaction ends; `None` when it is lost.
pub async fn fenced<'t>(txn: &'t Txn, ownership: &Ownership) -> Result<Option<Fence<'t>>, DbErr> {
    let row = Entity::find_by_id(ownership.project).lock(LockType::Share).one(txn).await?;
    let holds = row.is_some_and(|row| row.instance_id == ownership.instance && row.epoch == ownership.epoch);
    Ok(holds.then_some(Fence { txn, project: ownership.project }))
}
