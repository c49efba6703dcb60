//! What happens in a tree, said once: a line of log for the operator and a call for the metrics.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use crate::exit::{Exit, caught};

/// Something that happened to a child.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// Where in the tree, as in the report: `root/infra/keeper`.
    pub path: Arc<str>,
    /// Which life of the child, from 1; 0 when it never had one.
    pub generation: u64,
    /// What happened.
    pub what: What,
}

/// What happened to a child.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum What {
    /// A life has started.
    Started,
    /// A life, or the attempt at one, has ended.
    Exited(Exit),
    /// The next life starts after this delay.
    BackingOff(Duration),
    /// An operator asked for a restart.
    RestartAsked,
    /// Its thread did not answer and was left behind; it ends if it ever wakes up.
    ThreadAbandoned,
    /// It failed too often and is left alone for this long.
    Quarantined(Duration),
    /// It lived through its trial after a quarantine.
    Recovered,
    /// Too much went wrong below: this supervisor gives up.
    Escalated(Exit),
}

type Listener = Arc<dyn Fn(&Event) + Send + Sync>;

/// Where events go; cloned down the tree.
#[derive(Clone, Default)]
pub(crate) struct Events(Option<Listener>);

impl Events {
    pub(crate) fn to(listener: impl Fn(&Event) + Send + Sync + 'static) -> Self {
        Self(Some(Arc::new(listener)))
    }

    pub(crate) fn emit(&self, path: &Arc<str>, generation: u64, what: What) {
        log(path, generation, &what);
        let Some(listener) = &self.0 else {
            return;
        };
        let event = Event { path: Arc::clone(path), generation, what };
        if let Err(message) = caught(|| listener(&event)) {
            tracing::error!(%message, "the listener to supervision events panicked");
        }
    }
}

impl fmt::Debug for Events {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Events").field(&self.0.is_some()).finish()
    }
}

fn log(path: &str, generation: u64, what: &What) {
    match what {
        What::Started => tracing::debug!(path, generation, "started"),
        What::Exited(exit) if exit.is_failure() => {
            tracing::error!(path, generation, %exit, "exited");
        }
        What::Exited(exit) => tracing::info!(path, generation, %exit, "exited"),
        What::BackingOff(delay) => {
            tracing::info!(path, generation, delay_ms = millis(*delay), "restarts");
        }
        What::RestartAsked => tracing::info!(path, generation, "restart asked by an operator"),
        What::ThreadAbandoned => tracing::error!(path, generation, "left a blocked thread behind"),
        What::Quarantined(delay) => {
            tracing::error!(path, generation, delay_ms = millis(*delay), "quarantined");
        }
        What::Recovered => tracing::info!(path, generation, "recovered from quarantine"),
        What::Escalated(exit) => tracing::error!(path, generation, %exit, "gives up"),
    }
}

fn millis(delay: Duration) -> u64 {
    u64::try_from(delay.as_millis()).unwrap_or(u64::MAX)
}
