//! The `hivesync` command.

use std::process::ExitCode;

use clap::Parser;

fn main() -> ExitCode {
    hivesync::cli::Cli::parse().run()
}
