//! `instances`: the processes that are alive, each by a lease that it renews; the database's clock judges.

use std::time::Duration;

use sea_orm::{Set, entity::prelude::*, sea_query::OnConflict};

use super::{Txn, db};
use crate::{clock::Timestamp, ids::InstanceId};

/// A row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "instances")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: InstanceId,
    /// By the database's clock.
    pub lease_until: Timestamp,
    /// Where it listens.
    pub address: String,
    pub version: String,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

/// Everybody, alive or not yet swept away.
pub async fn all(db: &impl ConnectionTrait) -> Result<Vec<Model>, DbErr> {
    Entity::find().all(db).await
}

/// Begins a life.
pub async fn register(txn: &Txn, id: InstanceId, address: &str, lease: Duration) -> Result<(), DbErr> {
    let now = db::now(txn).await?;
    let row = ActiveModel {
        id: Set(id),
        lease_until: Set(now.plus(lease)),
        address: Set(address.to_owned()),
        version: Set(env!("CARGO_PKG_VERSION").to_owned()),
        created_at: Set(now),
        updated_at: Set(now),
    };
    let again = OnConflict::column(Column::Id).update_column(Column::LeaseUntil).to_owned();
    Entity::insert(row).on_conflict(again).exec_without_returning(txn).await?;
    Ok(())
}

/// Prolongs a life that is not over yet; says whether it was not.
pub async fn renew(txn: &Txn, id: InstanceId, lease: Duration) -> Result<bool, DbErr> {
    let now = db::now(txn).await?;
    let renewed = Entity::update_many()
        .col_expr(Column::LeaseUntil, Expr::value(now.plus(lease)))
        .col_expr(Column::UpdatedAt, Expr::value(now))
        .filter(Column::Id.eq(id))
        .filter(Column::LeaseUntil.gt(now))
        .exec(txn)
        .await?;
    Ok(renewed.rows_affected == 1)
}

/// Ends a life on purpose, so that others need not wait for its lease.
pub async fn release(txn: &Txn, id: InstanceId) -> Result<(), DbErr> {
    Entity::delete_by_id(id).exec(txn).await?;
    Ok(())
}

/// Sweeps away those whose lease ended longer than `kept` ago.
pub async fn forget(txn: &Txn, kept: Duration) -> Result<(), DbErr> {
    let now = db::now(txn).await?;
    Entity::delete_many().filter(Column::LeaseUntil.lt(now.minus(kept))).exec(txn).await?;
    Ok(())
}

/// Writes something that changes nothing, to see whether writing works.
pub async fn probe(txn: &Txn) -> Result<(), DbErr> {
    let now = db::now(txn).await?;
    Entity::update_many()
        .col_expr(Column::UpdatedAt, Expr::col(Column::UpdatedAt))
        .filter(Column::LeaseUntil.gt(now))
        .exec(txn)
        .await?;
    Ok(())
}
