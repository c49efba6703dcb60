//! The first synchronisation, watched to its end.

use std::time::Duration;

use serde_json::json;
use tokio::time::sleep;

use super::{
    super::{
        api::Api,
        journey::Plan,
        record::{Problem, Step},
        show,
        wire::{Accepted, Project, Sync},
    },
    short,
};
use crate::{
    cli::progress::{Progress, Reading},
    domain::sync::{Stage, SyncStatus},
};

const LOOK_EVERY: Duration = Duration::from_millis(100);
/// The second try is a few seconds after the first; nobody wants to watch for the third.
const PATIENCE: u32 = 2;

/// What the mirror stands at.
pub(crate) struct Synced {
    /// None where there is none: the repository is empty.
    pub(crate) commit: Option<String>,
    pub(crate) version: Option<i32>,
    pub(crate) took: Duration,
}

pub(crate) async fn first(
    api: &Api,
    project: &str,
    plan: &Plan,
    step: &mut Step,
    progress: &Progress,
) -> Result<Synced, Problem> {
    let body = json!({ "repo_url": plan.source.url, "branch": plan.branch });
    let accepted: Accepted = api.post(&format!("/api/v1/projects/{project}/link-repo"), &body).await?;
    let sync = follow(api, project, &accepted.sync_id, |sync| progress.show(&reading(sync))).await;
    let sync = sync.map_err(|problem| advised(problem, plan.source.foreign))?;
    let seen: Project = api.get(&format!("/api/v1/projects/{project}"), &[]).await?;
    let took = Duration::from_millis(sync.duration_ms.unwrap_or(0));
    step.saw("sync_ms", sync.duration_ms);
    step.saw("commit", sync.commit_after.clone());
    step.say(format!("fetched, read and published in {}", show::duration(took)));
    if plan.source.work_tree {
        step.say("only what is committed counts; changes in the work tree are not seen");
    }
    let claim = match &sync.commit_after {
        Some(commit) => format!("the mirror stands at commit {}", short(commit)),
        None => "the mirror is as empty as the repository: no branch, or no commit on the one followed".into(),
    };
    let found = || format!("the project says {:?}", seen.head_commit);
    step.verify(seen.head_commit == sync.commit_after, claim, found)?;
    Ok(Synced { commit: sync.commit_after, version: seen.manifest_version, took })
}

/// Watches a synchronisation until it has succeeded.
pub(crate) async fn follow(api: &Api, project: &str, id: &str, mut seen: impl FnMut(&Sync)) -> Result<Sync, Problem> {
    let address = format!("/api/v1/projects/{project}/syncs/{id}");
    loop {
        let sync: Sync = api.get(&address, &[]).await?;
        seen(&sync);
        let given_up = sync.attempts >= PATIENCE && sync.next_attempt_at.is_some();
        match sync.status {
            SyncStatus::Success => return Ok(sync),
            SyncStatus::Pending | SyncStatus::Running if !given_up => sleep(LOOK_EVERY).await,
            SyncStatus::Pending
            | SyncStatus::Running
            | SyncStatus::Held
            | SyncStatus::Failed
            | SyncStatus::Cancelled => return Err(failure(sync)),
        }
    }
}

fn failure(sync: Sync) -> Problem {
    let code = sync.error.unwrap_or_else(|| sync.status.to_string());
    Problem::Sync { code, message: sync.error_message.unwrap_or_else(|| "no reason is given".into()) }
}

/// What to do where the service cannot know it.
fn advised(mut problem: Problem, foreign: bool) -> Problem {
    if let Problem::Sync { code, message } = &mut problem
        && foreign
        && code == "REPO_AUTH_FAILED"
    {
        message.push_str(": Git does not read what belongs to another user; run this as the repository's owner");
    }
    problem
}

fn reading(sync: &Sync) -> Reading {
    let (stage, measured) = match (sync.stage, sync.next_attempt_at.is_some()) {
        (_, true) => ("waiting to retry", false),
        (Stage::Queued, _) => ("waiting", false),
        (Stage::Running, _) => ("fetching", sync.progress.percent > 0),
        (Stage::UpdatingFiles, _) => ("reading files", true),
        (Stage::Cleaning, _) => ("cleaning", false),
        (Stage::Finalizing, _) => ("publishing", false),
    };
    let percent = measured.then_some(sync.progress.percent);
    let unit = if sync.stage == Stage::UpdatingFiles { "files" } else { "objects" };
    Reading { stage, percent, bytes: sync.progress.bytes, items: sync.progress.objects, unit }
}
