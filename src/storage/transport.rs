//! Hints that there is something to look at. They may be lost, doubled or late: the rows are the truth,
//! and whoever waits for a hint also looks now and then without one.

use std::collections::HashMap;

use futures::future::BoxFuture;
use strum::IntoEnumIterator;
use tokio::sync::Notify;

use crate::domain::job::Queue;

/// What there may be news of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Topic {
    /// A job that is due.
    Queue(Queue),
    /// An event that nobody was told of yet.
    Events,
}

/// Carries hints from those who commit to those who look.
pub trait Transport: Send + Sync {
    /// Says that there is news. Does not block and cannot fail.
    fn nudge(&self, topic: Topic);

    /// Waits for news. A nudge that came since the last wait ends this one at once.
    fn nudged(&self, topic: Topic) -> BoxFuture<'_, ()>;
}

/// Within one process.
pub struct Local(HashMap<Topic, Notify>);

impl Default for Local {
    fn default() -> Self {
        let topics = Queue::iter().map(Topic::Queue).chain([Topic::Events]);
        Self(topics.map(|topic| (topic, Notify::new())).collect())
    }
}

impl Transport for Local {
    fn nudge(&self, topic: Topic) {
        if let Some(listener) = self.0.get(&topic) {
            listener.notify_one();
        }
    }

    fn nudged(&self, topic: Topic) -> BoxFuture<'_, ()> {
        match self.0.get(&topic) {
            Some(listener) => Box::pin(listener.notified()),
            None => Box::pin(std::future::pending()),
        }
    }
}
