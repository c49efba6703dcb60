//! `hivesync config check`: every fault of the settings at once, before anything is started with them.

use clap::Args;
use serde_json::json;

use super::{Failed, Given};
use crate::config::{Config, ConfigError};

/// Say whether the service would start with these settings, and if not, everything that is wrong with them.
#[derive(Debug, Args)]
pub(super) struct Check {
    #[command(flatten)]
    given: Given,
}

impl Check {
    pub(super) fn run(self) -> Result<(), Failed> {
        let faults = match Config::load(self.given.overrides()) {
            Ok(_) => Vec::new(),
            Err(ConfigError(faults)) => faults,
        };
        if self.given.json {
            println!("{}", serde_json::to_string_pretty(&json!({ "ok": faults.is_empty(), "faults": faults }))?);
        } else if faults.is_empty() {
            println!("the settings are in order");
        } else {
            for fault in &faults {
                println!("{fault}");
            }
        }
        match faults.len() {
            0 => Ok(()),
            1 => Err("1 fault in the settings".into()),
            count => Err(format!("{count} faults in the settings").into()),
        }
    }
}
