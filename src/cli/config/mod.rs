//! `hivesync config`: what can be set, what is set, and whether that will do.

mod check;
mod print;
mod reference;

use clap::{Args, Subcommand};

use super::{DataDir, Failed, Listen};
use crate::config::Overrides;

/// Explain, show and check the settings.
#[derive(Debug, Args)]
pub struct Config {
    #[command(subcommand)]
    task: Task,
}

#[derive(Debug, Subcommand)]
enum Task {
    Check(check::Check),
    Print(print::Print),
    Reference(reference::Reference),
}

/// What `serve` would be given, and how to tell of it.
#[derive(Debug, Args)]
struct Given {
    /// Print one JSON document instead.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    listen: Listen,
    #[command(flatten)]
    data: DataDir,
}

impl Given {
    fn overrides(&self) -> Overrides {
        Overrides { listen: self.listen.listen, data_dir: self.data.data_dir.clone() }
    }
}

impl Config {
    pub(super) fn run(self) -> Result<(), Failed> {
        match self.task {
            Task::Check(task) => task.run(),
            Task::Print(task) => task.run(),
            Task::Reference(task) => task.run(),
        }
    }
}
