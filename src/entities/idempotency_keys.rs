//! `idempotency_keys`: requests that may come twice, and the sealed answers that they get again.

use std::time::Duration;

use sea_orm::{
    QuerySelect, Set,
    entity::prelude::*,
    sea_query::{LockType, OnConflict},
};

use super::Txn;
use crate::{clock::Timestamp, ids::UserId};

/// A row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "idempotency_keys")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub name: String,
    pub user_id: UserId,
    /// Of the request that the key belongs to.
    pub fingerprint: String,
    /// Who works, or worked, on it.
    pub claim: Uuid,
    /// Until then that one is waited for.
    pub locked_until: Timestamp,
    /// Sealed; absent until there is one.
    pub answer: Option<Vec<u8>>,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

/// A request that is about to be worked on.
#[derive(Debug, Clone)]
pub struct NewClaim {
    /// Of the row.
    pub name: String,
    /// Whose request it is.
    pub user: UserId,
    /// Of the request.
    pub fingerprint: String,
    /// Who works on it.
    pub claim: Uuid,
    /// Until then others wait for that one.
    pub locked_until: Timestamp,
}

/// The one of these names that there is, kept from changing until the transaction ends.
pub async fn find_for_update(txn: &Txn, names: Vec<String>) -> Result<Option<Model>, DbErr> {
    Entity::find().filter(Column::Name.is_in(names)).lock(LockType::Update).one(txn).await
}

/// Claims a name that nobody has; says whether that was so.
pub async fn insert(txn: &Txn, new: NewClaim, now: Timestamp) -> Result<bool, DbErr> {
    let row = ActiveModel {
        name: Set(new.name),
        user_id: Set(new.user),
        fingerprint: Set(new.fingerprint),
        claim: Set(new.claim),
        locked_until: Set(new.locked_until),
        answer: Set(None),
        created_at: Set(now),
        updated_at: Set(now),
    };
    let taken = OnConflict::new().do_nothing().to_owned();
    Ok(Entity::insert(row).on_conflict(taken).exec_without_returning(txn).await? == 1)
}

/// Takes a name over from whoever had it; what was kept under it is forgotten.
pub async fn take_over(txn: &Txn, new: NewClaim, now: Timestamp) -> Result<(), DbErr> {
    Entity::update_many()
        .col_expr(Column::Fingerprint, Expr::value(new.fingerprint))
        .col_expr(Column::Claim, Expr::value(new.claim))
        .col_expr(Column::LockedUntil, Expr::value(new.locked_until))
        .col_expr(Column::Answer, Expr::value(None::<Vec<u8>>))
        .col_expr(Column::CreatedAt, Expr::value(now))
        .col_expr(Column::UpdatedAt, Expr::value(now))
        .filter(Column::Name.eq(new.name))
        .exec(txn)
        .await?;
    Ok(())
}

/// Keeps the sealed answer, if the claim still holds.
pub async fn keep(txn: &Txn, name: &str, claim: Uuid, answer: Vec<u8>, now: Timestamp) -> Result<(), DbErr> {
    Entity::update_many()
        .col_expr(Column::Answer, Expr::value(Some(answer)))
        .col_expr(Column::UpdatedAt, Expr::value(now))
        .filter(Column::Name.eq(name))
        .filter(Column::Claim.eq(claim))
        .exec(txn)
        .await?;
    Ok(())
}

/// Forgets a claim that came to no answer worth keeping, if it still holds.
pub async fn release(txn: &Txn, name: &str, claim: Uuid) -> Result<(), DbErr> {
    Entity::delete_many().filter(Column::Name.eq(name)).filter(Column::Claim.eq(claim)).exec(txn).await?;
    Ok(())
}

/// Forgets what is older than `age`.
pub async fn prune(txn: &Txn, age: Duration, now: Timestamp) -> Result<u64, DbErr> {
    Ok(Entity::delete_many().filter(Column::CreatedAt.lt(now.minus(age))).exec(txn).await?.rows_affected)
}
