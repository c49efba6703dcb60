//! `sessions`: signed-in devices.

use sea_orm::{QuerySelect, Set, entity::prelude::*, sea_query::LockType};

use super::Txn;
use crate::{
    clock::Timestamp,
    ids::{SessionId, UserId},
};

/// A row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "sessions")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: SessionId,
    pub user_id: UserId,
    /// The newest refresh token's counter.
    pub counter: i32,
    /// Whether that token, or an access token that came with it, was used.
    pub confirmed: bool,
    pub refreshed_at: Timestamp,
    pub revoked_at: Option<Timestamp>,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

/// The one with this id.
pub async fn find(db: &impl ConnectionTrait, id: SessionId) -> Result<Option<Model>, DbErr> {
    Entity::find_by_id(id).one(db).await
}

/// The one with this id, kept from changing until the transaction ends.
pub async fn find_for_update(txn: &Txn, id: SessionId) -> Result<Option<Model>, DbErr> {
    Entity::find_by_id(id).lock(LockType::Update).one(txn).await
}

/// Signs a device in.
pub async fn insert(txn: &Txn, user: UserId, now: Timestamp) -> Result<Model, DbErr> {
    let row = ActiveModel {
        id: Set(SessionId::new()),
        user_id: Set(user),
        counter: Set(1),
        confirmed: Set(false),
        refreshed_at: Set(now),
        revoked_at: Set(None),
        created_at: Set(now),
        updated_at: Set(now),
    };
    row.insert(txn).await
}

/// Moves the counter on to a token that nobody has used yet.
pub async fn rotate(txn: &Txn, session: &Model, counter: i32, now: Timestamp) -> Result<(), DbErr> {
    Entity::update_many()
        .col_expr(Column::Counter, Expr::value(counter))
        .col_expr(Column::Confirmed, Expr::value(false))
        .col_expr(Column::RefreshedAt, Expr::value(now))
        .col_expr(Column::UpdatedAt, Expr::value(now))
        .filter(Column::Id.eq(session.id))
        .exec(txn)
        .await?;
    Ok(())
}

/// Notes that the client has what belongs to `counter`.
pub async fn confirm(txn: &Txn, id: SessionId, counter: i32) -> Result<(), DbErr> {
    Entity::update_many()
        .col_expr(Column::Confirmed, Expr::value(true))
        .filter(Column::Id.eq(id))
        .filter(Column::Counter.eq(counter))
        .exec(txn)
        .await?;
    Ok(())
}

/// Ends one session.
pub async fn revoke(txn: &Txn, id: SessionId, now: Timestamp) -> Result<(), DbErr> {
    revoke_where(txn, Column::Id.eq(id), now).await
}

/// Ends all of a user's, and says which had not ended before.
pub async fn revoke_all(txn: &Txn, user: UserId, now: Timestamp) -> Result<Vec<SessionId>, DbErr> {
    let live = Entity::find().filter(Column::UserId.eq(user)).filter(Column::RevokedAt.is_null());
    let live = live.select_only().column(Column::Id).into_tuple().all(txn).await?;
    revoke_where(txn, Column::UserId.eq(user), now).await?;
    Ok(live)
}

async fn revoke_where(txn: &Txn, which: sea_orm::sea_query::SimpleExpr, now: Timestamp) -> Result<(), DbErr> {
    Entity::update_many()
        .col_expr(Column::RevokedAt, Expr::value(now))
        .col_expr(Column::UpdatedAt, Expr::value(now))
        .filter(which)
        .filter(Column::RevokedAt.is_null())
        .exec(txn)
        .await?;
    Ok(())
}
