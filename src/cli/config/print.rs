//! `hivesync config print`: the settings as they hold, each with where it comes from.

use clap::Args;
use serde_json::json;

use super::{Failed, Given};
use crate::config::{Config, Effective, effective};

/// Print every setting's value and where it comes from; of secrets only whether they are set.
#[derive(Debug, Args)]
pub(super) struct Print {
    #[command(flatten)]
    given: Given,
}

impl Print {
    pub(super) fn run(self) -> Result<(), Failed> {
        let settings = effective(&self.given.overrides());
        if self.given.json {
            println!("{}", serde_json::to_string_pretty(&settings.iter().map(document).collect::<Vec<_>>())?);
        } else {
            print_table(&settings);
        }
        // Printed in any case, since it helps to find what is wrong.
        Config::load(self.given.overrides())?;
        Ok(())
    }
}

fn document(one: &Effective) -> serde_json::Value {
    json!({
        "setting": one.setting.path(),
        "variable": one.setting.variable(),
        "value": one.shown(),
        "source": one.origin.to_string(),
        "secret": one.setting.is_secret(),
    })
}

fn print_table(settings: &[Effective]) {
    let width = |text: fn(&Effective) -> usize| settings.iter().map(text).max().unwrap_or(0);
    let names = width(|one| one.setting.path().len());
    let values = width(|one| one.shown().len()).min(40);
    for one in settings {
        println!("{:names$}  {:values$}  {}", one.setting.path(), one.shown(), one.origin);
    }
}
