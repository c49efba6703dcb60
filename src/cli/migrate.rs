//! `hivesync migrate`: brings the schema up to date, for those who do it before a new version starts.

use clap::Args;

use super::{DataDir, Failed, runtime};
use crate::app;

/// Bring the database's schema up to date.
#[derive(Debug, Args)]
pub struct Migrate {
    #[command(flatten)]
    data: DataDir,
}

impl Migrate {
    pub(super) fn run(self) -> Result<(), Failed> {
        let config = self.data.config()?;
        runtime::run(|work| async move { Ok::<_, Failed>(app::open(config, work).await.map(drop)?) })?;
        println!("the schema is up to date");
        Ok(())
    }
}
