//! `users`: people with an account.

use sea_orm::{DbBackend, PaginatorTrait, QueryOrder, QuerySelect, Set, entity::prelude::*, sea_query::LockType};

use super::{Txn, keyset::older};
use crate::{
    clock::Timestamp,
    domain::{
        page::{Listed, Page, Place},
        patch::Patch,
        profile::{DisplayName, Email},
    },
    ids::UserId,
};

/// A row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "users")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: UserId,
    /// Lower case.
    pub email: String,
    pub display_name: Option<String>,
    /// A PHC string; empty where there is no password, so that nobody can sign in.
    pub password_hash: String,
    pub is_admin: bool,
    /// The number of the user's newest notification; only the sequencer moves it.
    pub last_notification: i64,
    /// From then on nobody signs in, and nothing that was given before is believed.
    pub disabled_at: Option<Timestamp>,
    /// Failed sign-ins until then are forgiven.
    pub unlocked_at: Option<Timestamp>,
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

/// The one with this id, kept from changing until the transaction ends.
pub async fn find_for_update(txn: &Txn, id: UserId) -> Result<Option<Model>, DbErr> {
    Entity::find_by_id(id).lock(LockType::Update).one(txn).await
}

/// The one with this address, kept from changing until the transaction ends.
pub async fn find_by_email_for_update(txn: &Txn, email: &Email) -> Result<Option<Model>, DbErr> {
    Entity::find().filter(Column::Email.eq(email.as_str())).lock(LockType::Update).one(txn).await
}

/// Everybody, or the one with this address; newest first.
pub async fn list(db: &impl ConnectionTrait, email: Option<&Email>, page: Page) -> Result<Listed<Model>, DbErr> {
    let mut found = Entity::find();
    if let Some(email) = email {
        found = found.filter(Column::Email.eq(email.as_str()));
    }
    let found = found
        .filter(older(page.before, Column::CreatedAt, Column::Id))
        .order_by_desc(Column::CreatedAt)
        .order_by_desc(Column::Id)
        .limit(page.rows_to_read())
        .all(db)
        .await?;
    Ok(page.cut(found, |user| Place { at: user.created_at, id: user.id.0 }))
}

/// Whether somebody administers the service besides `user`. Nobody stops to until the transaction ends.
pub async fn has_other_admin(txn: &Txn, user: UserId) -> Result<bool, DbErr> {
    let admins = Entity::find()
        .filter(Column::IsAdmin.eq(true))
        .filter(Column::DisabledAt.is_null())
        .order_by_asc(Column::Id)
        .lock(LockType::Update)
        .all(txn)
        .await?;
    Ok(admins.iter().any(|admin| admin.id != user))
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
        disabled_at: Set(None),
        unlocked_at: Set(None),
        created_at: Set(now),
        updated_at: Set(now),
    };
    row.insert(txn).await
}

/// What is changed of an account; the default leaves all of it as it is.
#[derive(Debug, Clone, Default)]
pub struct Change {
    /// What the person is called.
    pub display_name: Patch<DisplayName>,
    /// A PHC string.
    pub password_hash: Option<String>,
    /// Whether they administer the service.
    pub is_admin: Option<bool>,
    /// Since when the account is disabled.
    pub disabled_at: Patch<Timestamp>,
    /// Failed sign-ins until now are forgiven.
    pub unlocked: bool,
}

/// Changes it.
pub async fn change(txn: &Txn, user: Model, change: Change, now: Timestamp) -> Result<Model, DbErr> {
    let mut row: ActiveModel = user.into();
    change.display_name.apply(|name| row.display_name = Set(name.map(DisplayName::into_string)));
    if let Some(hash) = change.password_hash {
        row.password_hash = Set(hash);
    }
    if let Some(is_admin) = change.is_admin {
        row.is_admin = Set(is_admin);
    }
    change.disabled_at.apply(|at| row.disabled_at = Set(at));
    if change.unlocked {
        row.unlocked_at = Set(Some(now));
    }
    row.updated_at = Set(now);
    row.update(txn).await
}

/// Deletes an account with all that belongs to it alone.
pub async fn delete(txn: &Txn, id: UserId) -> Result<(), DbErr> {
    Entity::delete_by_id(id).exec(txn).await?;
    Ok(())
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

/// Those with these ids, in no order.
pub async fn of_ids(db: &impl ConnectionTrait, ids: Vec<UserId>) -> Result<Vec<Model>, DbErr> {
    Entity::find().filter(Column::Id.is_in(ids)).all(db).await
}
