//! `sessions`: signed-in devices.

use std::net::{IpAddr, Ipv6Addr};

use sea_orm::{
    QueryOrder, QuerySelect, Set,
    entity::prelude::*,
    sea_query::{Condition, LockType},
};

use super::{Txn, keyset::older};
use crate::{
    clock::Timestamp,
    config::Auth,
    domain::{
        device::UserAgent,
        page::{Listed, Page, Place},
    },
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
    /// What the device said of itself when it signed in.
    pub user_agent: Option<String>,
    /// Where it was then.
    pub address: Option<String>,
    /// The network of that address, by which a device is known again.
    pub network: Option<String>,
    /// When it was last heard of, to the minute; without it, when it was refreshed.
    pub used_at: Option<Timestamp>,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl Model {
    /// When it ends by itself, unless it is refreshed before.
    pub fn ends(&self, auth: &Auth) -> Timestamp {
        self.refreshed_at.plus(auth.session_idle()).min(self.created_at.plus(auth.session_max()))
    }
}

/// The one with this id.
pub async fn find(db: &impl ConnectionTrait, id: SessionId) -> Result<Option<Model>, DbErr> {
    Entity::find_by_id(id).one(db).await
}

/// The one with this id, kept from changing until the transaction ends.
pub async fn find_for_update(txn: &Txn, id: SessionId) -> Result<Option<Model>, DbErr> {
    Entity::find_by_id(id).lock(LockType::Update).one(txn).await
}

/// Whether somebody signed in to `user` from `network` after `since`.
pub async fn knows(db: &impl ConnectionTrait, user: UserId, network: &str, since: Timestamp) -> Result<bool, DbErr> {
    let known = Entity::find()
        .filter(Column::UserId.eq(user))
        .filter(Column::Network.eq(network))
        .filter(Column::CreatedAt.gt(since));
    Ok(known.limit(1).one(db).await?.is_some())
}

/// Which of somebody's sessions are wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Which {
    /// Those that are not over.
    Living {
        /// Not refreshed since then, they are over.
        refreshed_after: Timestamp,
        /// Begun before then, they are over.
        begun_after: Timestamp,
    },
    /// All that is remembered.
    All,
}

impl Which {
    /// Those that are not over at `now`.
    pub fn living(auth: &Auth, now: Timestamp) -> Self {
        Self::Living { refreshed_after: now.minus(auth.session_idle()), begun_after: now.minus(auth.session_max()) }
    }
}

/// A user's, newest first.
pub async fn of_user(
    db: &impl ConnectionTrait,
    user: UserId,
    which: Which,
    page: Page,
) -> Result<Listed<Model>, DbErr> {
    let mut found = Entity::find().filter(Column::UserId.eq(user));
    if let Which::Living { refreshed_after, begun_after } = which {
        found = found
            .filter(Column::RevokedAt.is_null())
            .filter(Column::RefreshedAt.gt(refreshed_after))
            .filter(Column::CreatedAt.gt(begun_after));
    }
    let found = found
        .filter(older(page.before, Column::CreatedAt, Column::Id))
        .order_by_desc(Column::CreatedAt)
        .order_by_desc(Column::Id)
        .limit(page.rows_to_read())
        .all(db)
        .await?;
    Ok(page.cut(found, |session| Place { at: session.created_at, id: session.id.0 }))
}

/// A device that somebody signs in on.
#[derive(Debug, Clone)]
pub struct Device {
    /// Where it is.
    pub address: IpAddr,
    /// What it says of itself.
    pub agent: Option<UserAgent>,
}

impl Device {
    /// An IPv4 address; of an IPv6 address the first 64 bits, since the rest is the subscriber's to choose.
    pub fn network(&self) -> String {
        match self.address.to_canonical() {
            IpAddr::V4(address) => address.to_string(),
            IpAddr::V6(address) => {
                let prefix = Ipv6Addr::from_bits(address.to_bits() & (u128::MAX << 64));
                format!("{prefix}/64")
            }
        }
    }
}

/// Signs a device in.
pub async fn insert(txn: &Txn, user: UserId, device: Device, now: Timestamp) -> Result<Model, DbErr> {
    let row = ActiveModel {
        id: Set(SessionId::new()),
        user_id: Set(user),
        counter: Set(1),
        confirmed: Set(false),
        refreshed_at: Set(now),
        revoked_at: Set(None),
        address: Set(Some(device.address.to_canonical().to_string())),
        network: Set(Some(device.network())),
        user_agent: Set(device.agent.map(UserAgent::into_string)),
        used_at: Set(None),
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

/// Notes that it was heard of.
pub async fn note_use(txn: &Txn, id: SessionId, now: Timestamp) -> Result<(), DbErr> {
    Entity::update_many().col_expr(Column::UsedAt, Expr::value(now)).filter(Column::Id.eq(id)).exec(txn).await?;
    Ok(())
}

/// Ends one session; says whether it was not over already.
pub async fn revoke(txn: &Txn, id: SessionId, now: Timestamp) -> Result<bool, DbErr> {
    Ok(revoke_where(txn, Condition::all().add(Column::Id.eq(id)), now).await? == 1)
}

/// Ends one session, if it is `user`'s; says whether it was, and was not over already.
pub async fn revoke_own(txn: &Txn, user: UserId, id: SessionId, now: Timestamp) -> Result<bool, DbErr> {
    let this = Condition::all().add(Column::Id.eq(id)).add(Column::UserId.eq(user));
    Ok(revoke_where(txn, this, now).await? == 1)
}

/// Ends all of a user's; says how many.
pub async fn revoke_all(txn: &Txn, user: UserId, now: Timestamp) -> Result<u64, DbErr> {
    revoke_where(txn, Condition::all().add(Column::UserId.eq(user)), now).await
}

/// Ends all of a user's but `kept`; says how many.
pub async fn revoke_others(txn: &Txn, user: UserId, kept: SessionId, now: Timestamp) -> Result<u64, DbErr> {
    let others = Condition::all().add(Column::UserId.eq(user)).add(Column::Id.ne(kept));
    revoke_where(txn, others, now).await
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

/// Forgets those that began before `before`; says how many.
pub async fn forget(txn: &Txn, before: Timestamp) -> Result<u64, DbErr> {
    Ok(Entity::delete_many().filter(Column::CreatedAt.lt(before)).exec(txn).await?.rows_affected)
}
