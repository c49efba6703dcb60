//! `hivesync engine`: the child that reads a repository's content. Not for people.

use clap::Args;

use super::Failed;
use crate::engine::child;

/// Read a request from standard input and work on it.
#[derive(Debug, Args)]
pub struct Engine {
    /// MiB of memory; 0: no limit.
    #[arg(long, default_value_t = 0)]
    memory_mb: u64,
}

impl Engine {
    pub(super) fn run(self) -> Result<(), Failed> {
        Ok(child::run(self.memory_mb)?)
    }
}
