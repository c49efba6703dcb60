//! The `hivesync` command.

use std::process::ExitCode;

use clap::Parser;

fn main() -> ExitCode {
    // The variable FAILPOINTS says where tests break this process.
    #[cfg(feature = "failpoints")]
    let _broken = fail::FailScenario::setup();
    hivesync::cli::Cli::parse().run()
}
