//! `hivesync try`: the whole main job on a repository, end to end, over real HTTP.

use clap::Args;

use super::Failed;

/// Try the service on a repository.
#[derive(Debug, Args)]
pub struct Try {}

impl Try {
    pub(super) fn run(self) -> Result<(), Failed> {
        Ok(())
    }
}
