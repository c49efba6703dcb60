//! Notifications: what a person was told, and what of it they have read.

use actix::Message;

use crate::{
    actors::World,
    domain::{
        caller::Caller,
        failure::{Failure, Missing},
        page::{Listed, Page},
        version::Version,
    },
    entities::{
        notifications::{self, Filter},
        users,
    },
    ids::NotificationId,
};

/// Owns the budget of questions about notifications.
#[derive(Clone)]
pub struct Notifier {
    world: World,
}

/// The caller's notifications, newest first.
#[derive(Message)]
#[rtype(result = "Result<Listed<notifications::Model>, Failure>")]
pub struct List {
    /// Whose.
    pub by: Caller,
    /// Which of them.
    pub filter: Filter,
    /// Which page of those.
    pub page: Page,
}

/// Where the caller's notifications stand.
#[derive(Message)]
#[rtype(result = "Result<Standing, Failure>")]
pub struct Stand(pub Caller);

/// What a person was told so far, and has read of it. A number only grows, and with the same number what is unread only
/// shrinks: two standings that are equal stand for the same notifications.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    newest: i64,
    unread: u64,
}

/// Marks one as read.
#[derive(Message)]
#[rtype(result = "Result<(), Failure>")]
pub struct MarkRead {
    /// Whose.
    pub by: Caller,
    /// Which.
    pub notification: NotificationId,
}

/// Marks all of the caller's as read.
#[derive(Message)]
#[rtype(result = "Result<(), Failure>")]
pub struct MarkAllRead(pub Caller);

answers! {
    Notifier:
    List => list,
    Stand => stand,
    MarkRead => mark_read,
    MarkAllRead => mark_all_read,
}

impl Standing {
    /// Changes with whatever a list of notifications may show.
    pub fn version(self) -> Version {
        Version::of(&self)
    }
}

impl Notifier {
    /// A gateway to notifications.
    pub fn new(world: World) -> Self {
        Self { world }
    }

    async fn list(&self, list: List) -> Result<Listed<notifications::Model>, Failure> {
        Ok(notifications::of_user(self.world.db.read(), list.by.user, list.filter, list.page).await?)
    }

    async fn stand(&self, Stand(caller): Stand) -> Result<Standing, Failure> {
        let db = self.world.db.read();
        let user = users::find(db, caller.user).await?.ok_or(Failure::NotFound(Missing::Resource))?;
        Ok(Standing { newest: user.last_notification, unread: notifications::unread(db, caller.user).await? })
    }

    async fn mark_read(&self, mark: MarkRead) -> Result<(), Failure> {
        let txn = self.world.db.begin().await?;
        if !notifications::read(&txn, mark.by.user, mark.notification, self.world.clock.now()).await? {
            return Err(Failure::NotFound(Missing::Notification));
        }
        Ok(txn.commit().await?)
    }

    async fn mark_all_read(&self, MarkAllRead(caller): MarkAllRead) -> Result<(), Failure> {
        let txn = self.world.db.begin().await?;
        notifications::read_all(&txn, caller.user, self.world.clock.now()).await?;
        Ok(txn.commit().await?)
    }
}
