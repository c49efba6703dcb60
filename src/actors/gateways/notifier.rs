//! Notifications: what a person was told, and what of it they have read.

use actix::Message;

use crate::{
    actors::World,
    domain::{
        caller::Caller,
        failure::{Failure, Missing},
        page::{Listed, Page},
    },
    entities::notifications::{self, Filter},
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
    MarkRead => mark_read,
    MarkAllRead => mark_all_read,
}

impl Notifier {
    /// A gateway to notifications.
    pub fn new(world: World) -> Self {
        Self { world }
    }

    async fn list(&self, list: List) -> Result<Listed<notifications::Model>, Failure> {
        Ok(notifications::of_user(self.world.db.read(), list.by.user, list.filter, list.page).await?)
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
