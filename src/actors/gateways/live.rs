//! How far a job is: by the mirror's actor where it runs here, else by what its row says.

use std::time::Duration;

use supervise::AskError;

use crate::{
    actors::mirrors::{
        Mirrors,
        actor::{Cancel, Status},
        task::Gauge,
    },
    domain::{failure::Failure, job::JobState},
    entities::jobs,
    ids::{JobId, ProjectId},
};

/// Live progress is worth so much waiting.
const LIVE_LIMIT: Duration = Duration::from_secs(1);

/// What the mirror's actor says of a job that runs here.
pub(super) async fn gauge(mirrors: &Mirrors, job: Option<&jobs::Model>) -> Result<Option<Gauge>, Failure> {
    let Some(job) = job.filter(|job| job.state == JobState::Running) else { return Ok(None) };
    match mirrors.existing(&job.tenant) {
        Some(slot) => live(slot.send_within(Status(job.id), LIVE_LIMIT).await),
        None => Ok(None),
    }
}

/// An actor that is away or busy is no reason to fail: the row says what is known. One that died over the question is
/// said, since it may be the question that it died of.
fn live(answer: Result<Option<Gauge>, AskError>) -> Result<Option<Gauge>, Failure> {
    match answer {
        Ok(gauge) => Ok(gauge),
        Err(AskError::Lost) => Err(AskError::Lost.into()),
        Err(AskError::Down | AskError::Overloaded | AskError::Timeout | AskError::Quarantined { .. }) => Ok(None),
    }
}

/// What a job's row says, if it says something.
pub(super) fn written(job: Option<&jobs::Model>) -> Option<Gauge> {
    serde_json::from_str(job?.progress.as_deref()?).ok()
}

/// The row says that the end is wanted, and its worker will read it; this only tells it sooner.
pub(super) async fn hurry(mirrors: &Mirrors, project: ProjectId, job: JobId) {
    if let Some(slot) = mirrors.existing(&project)
        && let Err(error) = slot.send(Cancel(job)).await
    {
        tracing::debug!(%project, %error, "the mirror's actor was not told to cancel; its row says it");
    }
}
