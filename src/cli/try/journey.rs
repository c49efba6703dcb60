//! The steps of a trial, in their order, and the log that they leave.

use std::path::PathBuf;

use secrecy::SecretString;

use super::{
    api::Api,
    record::{Halted, Problem, Step},
    show::Page,
    source::Source,
    steps::{account, again, browse, manifest, open, rename, search, sync, tree},
};
use crate::cli::progress::Progress;

/// What a trial is given.
pub(super) struct Plan {
    pub(super) source: Source,
    pub(super) branch: Option<String>,
    pub(super) account: account::Credentials,
    /// Where answers are kept that are compared later.
    pub(super) folder: PathBuf,
}

/// The steps that were made; each is shown as soon as it is over.
pub(super) struct Log {
    pub(super) steps: Vec<Step>,
    pub(super) page: Page,
    /// Somebody else writes to standard error too.
    pub(super) shared: bool,
}

impl Log {
    /// Makes a step.
    pub(super) async fn step<T>(
        &mut self,
        name: &'static str,
        title: &'static str,
        work: impl AsyncFnOnce(&mut Step, &Progress) -> Result<T, Problem>,
    ) -> Result<T, Halted> {
        let mut step = Step::begin(name, title);
        let progress = Progress::begin(title, self.shared);
        let done = work(&mut step, &progress).await;
        step.end();
        // The bar goes before the step is written in its place.
        drop(progress);
        self.page.step(&step);
        if done.is_err() {
            self.page.stopped("stopped here");
        }
        self.steps.push(step);
        done.map_err(|problem| Halted { step: name, log: None, problem })
    }
}

/// Makes every step that a client can make.
pub(super) async fn walk(plan: &Plan, mut api: Api, setup_token: &SecretString, log: &mut Log) -> Result<(), Halted> {
    let made = log
        .step("account", "Account and project", async |step, _| account::make(&mut api, plan, setup_token, step).await);
    let project = made.await?;
    let synced =
        log.step("sync", "Synchronise", async |step, show| sync::first(&api, &project, plan, step, show).await);
    let synced = synced.await?;
    if synced.commit.is_some() {
        read_code(&api, &project, &synced, plan, log).await?;
    } else {
        log.step("manifest", "Manifest", async |step, _| manifest::absent(&api, &project, step).await).await?;
        let again = async |step: &mut Step, _: &Progress| again::nothing_to_do(&api, &project, &synced, step).await;
        log.step("again", "Synchronise again", again).await?;
    }
    log.step("actors", "Supervision tree", async |step, _| tree::look(&api, step).await).await
}

/// What there is to see where there are files.
async fn read_code(api: &Api, project: &str, synced: &sync::Synced, plan: &Plan, log: &mut Log) -> Result<(), Halted> {
    let read = log
        .step("manifest", "Manifest", async |step, _| manifest::read(api, project, synced, &plan.folder, step).await);
    let read = read.await?;
    let survey = &read.manifest.body.files;
    log.step("browse", "Browse", async |step, _| browse::look(api, project, survey, step).await).await?;
    let target = log.step("search", "Search", async |step, _| search::find(api, project, survey, step).await).await?;
    log.step("open", "Open", async |step, _| open::open(api, project, survey, target.as_ref(), step).await).await?;
    log.step("again", "Synchronise again", async |step, _| {
        again::nothing_to_do(api, project, synced, step).await?;
        again::same_bytes(api, project, &read, step).await
    })
    .await?;
    let there_and_back = async |step: &mut Step, show: &Progress| {
        rename::there_and_back(api, project, &read, &plan.folder, step, show).await
    };
    log.step("rename", "Rename", there_and_back).await
}
