//! The command line: one command a file, each with its arguments and a `run`.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "this is where the program speaks to people")]

pub mod admin;
pub mod config;
pub mod doctor;
pub mod engine;
pub mod healthcheck;
pub mod keys;
pub mod migrate;
pub mod openapi;
pub mod progress;
pub mod rename;
pub mod runtime;
pub mod serve;
pub mod r#try;

use std::{error::Error, net::SocketAddr, path::PathBuf, process::ExitCode};

use clap::{Args, Parser, Subcommand};
use rustix::{fs::Mode, process::umask};

use crate::config::{Config, ConfigError, Overrides};

/// The backend of HiveSync: Git mirrors, manifests, and what is made of them.
#[derive(Debug, Parser)]
#[command(version, disable_help_subcommand = true)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Serve(serve::Serve),
    Try(r#try::Try),
    Admin(admin::Admin),
    Config(config::Config),
    Doctor(doctor::Doctor),
    Rename(rename::Rename),
    Keys(keys::Keys),
    Migrate(migrate::Migrate),
    Healthcheck(healthcheck::Healthcheck),
    Openapi(openapi::Openapi),
    #[command(hide = true)]
    Engine(engine::Engine),
}

/// Whatever ended a command; shown with its causes.
type Failed = Box<dyn Error>;

/// Where the data is, for commands that use it.
#[derive(Debug, Args)]
struct DataDir {
    /// Where everything local lives, instead of `HIVESYNC_DATA_DIR`.
    #[arg(long, value_name = "DIR")]
    data_dir: Option<PathBuf>,
}

/// Where the service listens, for commands that look at it or are it.
#[derive(Debug, Args)]
struct Listen {
    /// Address and port, instead of `HIVESYNC_HTTP__LISTEN`; port 0 takes a free one.
    #[arg(long, value_name = "ADDR")]
    listen: Option<SocketAddr>,
}

impl DataDir {
    fn config(self) -> Result<Config, ConfigError> {
        Config::load(Overrides { data_dir: self.data_dir, ..Overrides::default() })
    }
}

impl Cli {
    /// Runs the command: 0 when it did what it is for, 1 when not, with the reason on standard error. A rename has codes
    /// of its own.
    pub fn run(self) -> ExitCode {
        // Whatever this program, or git in its name, writes is its own user's to read.
        umask(Mode::RWXG | Mode::RWXO);
        let done = match self.command {
            Command::Serve(command) => command.run(),
            Command::Try(command) => command.run(),
            Command::Admin(command) => command.run(),
            Command::Config(command) => command.run(),
            Command::Doctor(command) => command.run(),
            Command::Rename(command) => return command.run().unwrap_or_else(|error| complain(&*error, 2)),
            Command::Keys(command) => command.run(),
            Command::Migrate(command) => command.run(),
            Command::Healthcheck(command) => command.run(),
            Command::Openapi(command) => command.run(),
            Command::Engine(command) => command.run(),
        };
        match done {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => complain(&*error, 1),
        }
    }
}

/// Says what ended a command, with its causes, and ends it with this code.
fn complain(error: &dyn Error, code: u8) -> ExitCode {
    let mut said = error.to_string();
    eprintln!("hivesync: {said}");
    let mut cause = error.source();
    while let Some(error) = cause {
        // Many errors tell their cause themselves.
        if !said.contains(&error.to_string()) {
            said = error.to_string();
            eprintln!("  because {said}");
        }
        cause = error.source();
    }
    ExitCode::from(code)
}
