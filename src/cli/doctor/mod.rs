//! `hivesync doctor`: looks at all that the service leans on, whether it runs or not, and changes nothing.

mod data;
mod database;
mod finding;
mod machine;
mod policy;
mod service;

use clap::Args;
use serde_json::json;

use self::finding::{Finding, Status};
use super::{DataDir, Failed, Listen, runtime};
use crate::config::{Config, ConfigError, Overrides};

/// Look at all that the service leans on: what is well, what is not, and what to do about it.
#[derive(Debug, Args)]
pub struct Doctor {
    /// Print one JSON document instead.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    listen: Listen,
    #[command(flatten)]
    data: DataDir,
}

impl Doctor {
    pub(super) fn run(self) -> Result<(), Failed> {
        let overrides = Overrides { listen: self.listen.listen, data_dir: self.data.data_dir };
        let findings = match Config::load(overrides) {
            Ok(config) => runtime::run(|_| async move { Ok::<_, Failed>(look(&config).await) })?,
            // What the rest would be judged by is not known.
            Err(ConfigError(faults)) => vec![Finding::failed(
                "configuration",
                "CONFIGURATION_INVALID",
                faults.join("; "),
                "mend the settings; docs/CONFIGURATION.md explains each",
            )],
        };
        if self.json {
            print_document(&findings)?;
        } else {
            for finding in &findings {
                println!("{finding}");
            }
        }
        match findings.iter().filter(|finding| finding.status == Status::Failed).count() {
            0 => Ok(()),
            1 => Err("1 check failed".into()),
            count => Err(format!("{count} checks failed").into()),
        }
    }
}

async fn look(config: &Config) -> Vec<Finding> {
    let running = data::is_served(config);
    let mut findings = vec![Finding::ok("configuration", "the settings are in order")];
    findings.extend(machine::git(config).await);
    findings.push(machine::ssh(config));
    findings.push(data::directory(config));
    findings.push(data::lock(&running));
    findings.extend(data::disk(config));
    findings.push(data::keys(config));
    findings.extend(database::look(config).await);
    findings.push(service::listen(config, matches!(running, Ok(true))).await);
    findings.push(machine::temporary_folder());
    findings.push(machine::open_files());
    findings.push(policy::proxies(std::env::vars_os()));
    findings.push(policy::protocols(config));
    findings.push(policy::private_hosts(config));
    findings
}

fn print_document(findings: &[Finding]) -> Result<(), Failed> {
    let worst = findings.iter().map(|finding| finding.status).max().unwrap_or(Status::Ok);
    println!("{}", serde_json::to_string_pretty(&json!({ "status": worst, "checks": findings }))?);
    Ok(())
}
