//! `hivesync engine`: the child that reads a repository's content. Not for people.

use std::time::Duration;

use clap::Args;

use super::Failed;
use crate::engine::child;

/// Read requests from standard input and work on them.
#[derive(Debug, Args)]
pub struct Engine {
    /// MiB of memory; 0: no limit.
    #[arg(long, default_value_t = 0)]
    memory_mb: u64,
    /// Milliseconds that it waits for another request when it has answered one.
    #[arg(long, default_value_t = 0)]
    patience_ms: u64,
}

impl Engine {
    pub(super) fn run(self) -> Result<(), Failed> {
        Ok(child::run(self.memory_mb, Duration::from_millis(self.patience_ms))?)
    }
}
