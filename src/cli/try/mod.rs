//! `hivesync try`: the whole main job on a repository, end to end, over real HTTP against a server of its own.

mod api;
mod journey;
mod record;
mod sandbox;
mod server;
mod show;
mod source;
mod steps;
mod survey;
mod wire;

use std::{
    ffi::OsString,
    time::{Duration, Instant},
};

use clap::Args;
use secrecy::ExposeSecret;
use tokio::runtime::{Builder, Runtime};

use self::{
    api::Api,
    journey::{Log, Plan, walk},
    record::{Document, Ended, Halted, Kept, Problem, Step},
    sandbox::Sandbox,
    server::Server,
    show::Page,
    source::Source,
    steps::account::Credentials,
};
use super::{Failed, serve::Signals};
use crate::{config::Config, telemetry};

/// Try the service on a repository.
///
/// Starts a server in a temporary folder, makes an account and a project there, mirrors the repository, reads its
/// manifest, browses, searches, renames a symbol in the mirror and back, and checks each answer. The repository itself
/// is only read.
#[derive(Debug, Args)]
pub struct Try {
    /// A path or a URL.
    #[arg(value_name = "REPO", default_value = ".")]
    repo: OsString,
    /// Follow this branch instead of the repository's default one.
    #[arg(long)]
    branch: Option<String>,
    /// Leave the temporary folder, and print how to serve it.
    #[arg(long)]
    keep: bool,
    /// Print one JSON document instead.
    #[arg(long)]
    json: bool,
    /// Show the server's log on standard error too.
    #[arg(long)]
    verbose: bool,
}

impl Try {
    pub(super) fn run(self) -> Result<(), Failed> {
        let began = Instant::now();
        let mut log = Log { steps: Vec::new(), page: Page::new(self.json), shared: self.verbose };
        let (repository, done) = match Source::find(&self.repo) {
            Ok(source) => (source.shown.clone(), self.trial(source, &mut log)),
            Err(error) => (show::printable(&self.repo.to_string_lossy()), Err(Ended::Unready(error.into()))),
        };
        if self.json {
            let document = Document {
                ok: done.is_ok(),
                version: env!("CARGO_PKG_VERSION"),
                repository: &repository,
                branch: self.branch.as_deref(),
                milliseconds: u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX),
                steps: &log.steps,
                error: done.as_ref().err().map(Into::into),
                kept: done.as_ref().ok().and_then(Option::as_ref),
            };
            println!("{}", serde_json::to_string_pretty(&document)?);
        } else if let Ok(kept) = &done {
            conclude(&log, began.elapsed(), kept.as_ref());
        }
        done.map(drop).map_err(Failed::from)
    }

    fn trial(&self, source: Source, log: &mut Log) -> Result<Option<Kept>, Ended> {
        let (sandbox, config, runtime) = self.prepare().map_err(Ended::Unready)?;
        let branch =
            self.branch.as_ref().map_or_else(|| "its default branch".to_owned(), |name| format!("branch {name}"));
        log.page.line(&format!("{}, {}", source.shown, show::printable(&branch)));
        let (account, folder) = (Credentials::new(), sandbox.path().to_path_buf());
        let plan = Plan { source, branch: self.branch.clone(), account, folder };
        let done = runtime.block_on(visit(config, &plan, log));
        self.leave(sandbox, &plan.account, done)
    }

    fn prepare(&self) -> Result<(Sandbox, Config, Runtime), Failed> {
        let sandbox = Sandbox::new()?;
        let config = sandbox.config()?;
        telemetry::log_to(sandbox.log()?, self.verbose, &config.log)?;
        Ok((sandbox, config, Builder::new_current_thread().enable_all().build()?))
    }

    /// Removes the folder, but for what somebody may want of it.
    fn leave(&self, sandbox: Sandbox, account: &Credentials, done: Result<(), Halted>) -> Result<Option<Kept>, Ended> {
        match done {
            Ok(()) if self.keep => {
                let (email, password) = (account.email, account.password.expose_secret().to_owned());
                let serve = sandbox.serve_command();
                Ok(Some(Kept { folder: sandbox.keep().display().to_string(), serve, email, password }))
            }
            Ok(()) => sandbox.remove().map(|()| None).map_err(|error| Ended::Unready(error.into())),
            Err(Halted { problem: Problem::Interrupted, .. }) => Err(Ended::Interrupted),
            Err(halted) => Err(Ended::Halted(Halted { log: sandbox.keep_log().ok(), ..halted })),
        }
    }
}

/// Starts the server, walks, and stops the server, however far the walk came.
async fn visit(config: Config, plan: &Plan, log: &mut Log) -> Result<(), Halted> {
    let halted = |problem| Halted { step: "server", log: None, problem };
    let mut signals = Signals::new().map_err(|error| halted(error.into()))?;
    let interrupted = || Err(halted(Problem::Interrupted));
    let mut server = tokio::select! {
        server = log.step("server", "Server", async |step, _| Server::start(config, step).await) => server?,
        () = signals.next() => return interrupted(),
    };
    let api = Api::new(server.url()).map_err(|error| halted(error.into()))?;
    let token = server.setup_token.clone();
    let walked = tokio::select! {
        walked = walk(plan, api, &token, log) => walked,
        problem = server.gave_up() => Err(halted(problem)),
        () = signals.next() => interrupted(),
    };
    let stopping = async {
        if walked.is_ok() {
            return log.step("stop", "Stop", async |step, _| server.stop(step).await).await;
        }
        // Why the walk ended matters more than how the stop goes.
        drop(server.stop(&mut Step::begin("stop", "Stop")).await);
        walked
    };
    tokio::select! {
        stopped = stopping => stopped,
        () = signals.next() => interrupted(),
    }
}

/// The last words: how much was verified, and what is left.
fn conclude(log: &Log, took: Duration, kept: Option<&Kept>) {
    let facts: usize = log.steps.iter().map(|step| step.verified.len()).sum();
    let time = show::duration(took);
    log.page.heading(&format!("All of it holds: {} steps, {facts} facts, {time}.", log.steps.len()));
    if let Some(Kept { folder, serve, email, password }) = kept {
        log.page.line(&format!("\n{folder} is kept. To serve it:\n  {serve}\nand sign in as {email} with {password}"));
    }
}
