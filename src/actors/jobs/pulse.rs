//! What a worker role of this instance last did, for operators.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use serde::Serialize;
use strum::IntoEnumIterator;
use utoipa::ToSchema;

use crate::{clock::Timestamp, domain::job::Queue};

/// One role's signs of life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, ToSchema)]
pub struct Pulse {
    /// When it last looked for work.
    pub heartbeat: Option<Timestamp>,
    /// When a job last came to its end well.
    pub last_success: Option<Timestamp>,
    /// When a job last did not.
    pub last_failure: Option<Timestamp>,
    /// Jobs under way.
    pub running: u32,
}

/// All roles' signs of life; clones share them.
#[derive(Clone)]
pub struct Pulses(Arc<HashMap<Queue, Mutex<Pulse>>>);

impl Default for Pulses {
    fn default() -> Self {
        Self(Arc::new(Queue::iter().map(|queue| (queue, Mutex::default())).collect()))
    }
}

impl Pulses {
    /// Changes the pulse of `queue`.
    pub fn beat(&self, queue: Queue, change: impl FnOnce(&mut Pulse)) {
        if let Some(pulse) = self.0.get(&queue) {
            change(&mut pulse.lock().unwrap_or_else(PoisonError::into_inner));
        }
    }

    /// The pulse of `queue`.
    pub fn of(&self, queue: Queue) -> Pulse {
        self.0.get(&queue).map(|pulse| *pulse.lock().unwrap_or_else(PoisonError::into_inner)).unwrap_or_default()
    }
}
