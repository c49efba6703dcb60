//! `users`: people with an account.

use sea_orm::{DbBackend, PaginatorTrait, QuerySelect, Set, entity::prelude::*, sea_query::LockType};

use super::Txn;
use crate::{clock::Timestamp, domain::profile::Email, ids::UserId};

/// A row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "users")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: UserId,
    /// Lower case.
    pub email: String,
    pub display_name: Option<String>,
    /// A PHC string.
    pub password_hash: String,
    pub is_admin: bool,
    /// The number of the user's newest notification; only the sequencer moves it.
    pub last_notification: i64,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

/// The one with this id.
pub async fn find(db: &impl ConnectionTrait, id: UserId) -> Result<Option<Model>, DbErr> {
    Entity::find_by_id(id).one(db).await
}

/// The one with this address.
pub async fn find_by_email(db: &impl ConnectionTrait, email: &Email) -> Result<Option<Model>, DbErr> {
    Entity::find().filter(Column::Email.eq(email.as_str())).one(db).await
}

/// Whether nobody has an account yet.
pub async fn none_yet(db: &impl ConnectionTrait) -> Result<bool, DbErr> {
    Ok(Entity::find().limit(1).count(db).await? == 0)
}

/// The same, and nobody else makes an account until `txn` ends.
pub async fn none_yet_until_end(txn: &Txn) -> Result<bool, DbErr> {
    // `SQLite` has one writer, which is `txn`.
    if txn.get_database_backend() == DbBackend::Postgres {
        txn.execute_unprepared("LOCK TABLE users IN SHARE ROW EXCLUSIVE MODE").await?;
    }
    none_yet(txn).await
}

/// A new account.
pub struct NewUser {
    /// Not yet taken.
    pub email: Email,
    /// What the person is called.
    pub display_name: Option<String>,
    /// A PHC string.
    pub password_hash: String,
    /// Whether they administer the service.
    pub is_admin: bool,
}

/// Makes an account; fails on a taken address.
pub async fn insert(txn: &Txn, user: NewUser, now: Timestamp) -> Result<Model, DbErr> {
    let row = ActiveModel {
        id: Set(UserId::new()),
        email: Set(user.email.as_str().to_owned()),
        display_name: Set(user.display_name),
        password_hash: Set(user.password_hash),
        is_admin: Set(user.is_admin),
        last_notification: Set(0),
        created_at: Set(now),
        updated_at: Set(now),
    };
    row.insert(txn).await
}

/// Gives the user's next notification number. The row is locked until the transaction ends.
pub async fn next_notification(txn: &Txn, id: UserId) -> Result<Option<i64>, DbErr> {
    let user = Entity::find_by_id(id).lock(LockType::Update).one(txn).await?;
    let Some(user) = user else { return Ok(None) };
    let number = user.last_notification.saturating_add(1);
    Entity::update_many()
        .col_expr(Column::LastNotification, Expr::value(number))
        .filter(Column::Id.eq(id))
        .exec(txn)
        .await?;
    Ok(Some(number))
}
