//! `access_tokens`: personal tokens, each known by its hash only.

use std::time::Duration;

use sea_orm::{PaginatorTrait, QueryOrder, QuerySelect, Set, entity::prelude::*, sea_query::Condition};

use super::{Txn, keyset::older};
use crate::{
    clock::Timestamp,
    domain::{
        page::{Listed, Page, Place},
        personal::TokenHash,
        scope::Scopes,
    },
    ids::{AccessTokenId, UserId},
};

/// A row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "access_tokens")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: AccessTokenId,
    pub user_id: UserId,
    /// What the owner knows it by.
    pub name: String,
    /// SHA-256, in hexadecimal.
    pub hash: String,
    pub scopes: Scopes,
    pub expires_at: Option<Timestamp>,
    /// To the minute.
    pub used_at: Option<Timestamp>,
    pub revoked_at: Option<Timestamp>,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

/// The one with this hash.
pub async fn find_by_hash(db: &impl ConnectionTrait, hash: &TokenHash) -> Result<Option<Model>, DbErr> {
    Entity::find().filter(Column::Hash.eq(hash.as_str())).one(db).await
}

/// Which of somebody's tokens are wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Which {
    /// Those that were not ended; expired ones are among them.
    Kept,
    /// All that is remembered.
    All,
}

/// A user's, newest first.
pub async fn of_user(
    db: &impl ConnectionTrait,
    user: UserId,
    which: Which,
    page: Page,
) -> Result<Listed<Model>, DbErr> {
    let mut found = Entity::find().filter(Column::UserId.eq(user));
    if which == Which::Kept {
        found = found.filter(Column::RevokedAt.is_null());
    }
    let found = found
        .filter(older(page.before, Column::CreatedAt, Column::Id))
        .order_by_desc(Column::CreatedAt)
        .order_by_desc(Column::Id)
        .limit(page.rows_to_read())
        .all(db)
        .await?;
    Ok(page.cut(found, |token| Place { at: token.created_at, id: token.id.0 }))
}

/// How many a user has that were not ended.
pub async fn count(txn: &Txn, user: UserId) -> Result<u64, DbErr> {
    Entity::find().filter(Column::UserId.eq(user)).filter(Column::RevokedAt.is_null()).count(txn).await
}

/// A new token.
#[derive(Debug, Clone)]
pub struct NewToken {
    /// What the owner knows it by.
    pub name: String,
    /// What the token itself is known by.
    pub hash: TokenHash,
    /// What it may do.
    pub scopes: Scopes,
    /// From then on it opens nothing.
    pub expires_at: Option<Timestamp>,
}

/// Makes one.
pub async fn insert(txn: &Txn, user: UserId, token: NewToken, now: Timestamp) -> Result<Model, DbErr> {
    let row = ActiveModel {
        id: Set(AccessTokenId::new()),
        user_id: Set(user),
        name: Set(token.name),
        hash: Set(token.hash.as_str().to_owned()),
        scopes: Set(token.scopes),
        expires_at: Set(token.expires_at),
        used_at: Set(None),
        revoked_at: Set(None),
        created_at: Set(now),
        updated_at: Set(now),
    };
    row.insert(txn).await
}

/// Notes that it was used.
pub async fn note_use(txn: &Txn, id: AccessTokenId, now: Timestamp) -> Result<(), DbErr> {
    Entity::update_many().col_expr(Column::UsedAt, Expr::value(now)).filter(Column::Id.eq(id)).exec(txn).await?;
    Ok(())
}

/// Ends one, if it is `user`'s; says whether it was, and was not ended already.
pub async fn revoke(txn: &Txn, user: UserId, id: AccessTokenId, now: Timestamp) -> Result<bool, DbErr> {
    let this = Condition::all().add(Column::UserId.eq(user)).add(Column::Id.eq(id));
    Ok(revoke_where(txn, this, now).await? == 1)
}

/// Ends all of a user's; says how many.
pub async fn revoke_all(txn: &Txn, user: UserId, now: Timestamp) -> Result<u64, DbErr> {
    revoke_where(txn, Condition::all().add(Column::UserId.eq(user)), now).await
}

async fn revoke_where(txn: &Txn, which: Condition, now: Timestamp) -> Result<u64, DbErr> {
    let revoked = Entity::update_many()
        .col_expr(Column::RevokedAt, Expr::value(now))
        .col_expr(Column::UpdatedAt, Expr::value(now))
        .filter(which)
        .filter(Column::RevokedAt.is_null())
        .exec(txn)
        .await?;
    Ok(revoked.rows_affected)
}

/// Forgets those that were ended, or expired, longer than `kept` ago; says how many.
pub async fn forget(txn: &Txn, kept: Duration, now: Timestamp) -> Result<u64, DbErr> {
    let before = now.minus(kept);
    let over = Condition::any().add(Column::RevokedAt.lt(before)).add(Column::ExpiresAt.lt(before));
    Ok(Entity::delete_many().filter(over).exec(txn).await?.rows_affected)
}
