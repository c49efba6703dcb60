//! `hivesync openapi`: the description of the HTTP interface.

use clap::Args;

use super::Failed;
use crate::http::openapi;

/// Print the OpenAPI description.
#[derive(Debug, Args)]
pub struct Openapi {}

impl Openapi {
    #[expect(clippy::unused_self, reason = "every command is run in the same way")]
    pub(super) fn run(self) -> Result<(), Failed> {
        print!("{}", openapi::text()?);
        Ok(())
    }
}
