//! `/projects/{id}/syncs`: synchronisations of a project's mirror.

use actix_web::{HttpRequest, HttpResponse, Responder, body::BoxBody, get, http::header, post, web::Json};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::{
    State,
    body::{OptionalBody, Path, Query},
    error::ApiError,
    list::{List, PageQuery},
    projects::ProjectPath,
};
use crate::{
    actors::gateways::syncs::{self, CancelSync, Get, One, Release, RequestSync, Watched},
    clock::Timestamp,
    domain::{
        caller::Caller,
        job::JobState,
        sync::{Progress, Stage, SyncStatus},
    },
    entities,
    ids::{ProjectId, SyncId},
};

/// How a synchronisation is asked for.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SyncWish {
    /// Although the last one was a moment ago.
    #[serde(default)]
    force: bool,
}

/// Which synchronisation.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub struct SyncPath {
    /// The project's id.
    id: ProjectId,
    /// The synchronisation's id.
    sync_id: SyncId,
}

/// A synchronisation that will be done.
#[derive(Debug, Serialize, ToSchema)]
pub struct SyncAccepted {
    sync_id: SyncId,
    status: SyncStatus,
}

/// Answers 202 with the place to look at.
pub struct Accepted<T> {
    project: ProjectId,
    sync: SyncId,
    body: T,
}

/// A synchronisation.
#[derive(Debug, Serialize, ToSchema)]
pub struct SyncView {
    id: SyncId,
    status: SyncStatus,
    stage: Stage,
    progress: Progress,
    commit_before: Option<String>,
    commit_after: Option<String>,
    /// A code; `null` when nothing is wrong.
    error: Option<String>,
    /// What happened and what to do.
    error_message: Option<String>,
    /// From the first attempt's start to the end, or to now.
    duration_ms: Option<u64>,
    /// Attempts so far.
    attempts: i32,
    /// When it is tried again, if it waits for that.
    next_attempt_at: Option<Timestamp>,
    started_at: Option<Timestamp>,
    finished_at: Option<Timestamp>,
    created_at: Timestamp,
}

impl SyncAccepted {
    /// How a synchronisation stands.
    pub fn of(sync: &entities::syncs::Model) -> Self {
        Self { sync_id: sync.id, status: sync.status }
    }
}

impl<T> Accepted<T> {
    /// `body`, and the place of `sync`.
    pub fn of(sync: &entities::syncs::Model, body: T) -> Self {
        Self { project: sync.project_id, sync: sync.id, body }
    }
}

impl<T: Serialize> Responder for Accepted<T> {
    type Body = BoxBody;

    fn respond_to(self, _: &HttpRequest) -> HttpResponse<BoxBody> {
        let place = format!("/api/v1/projects/{}/syncs/{}", self.project, self.sync);
        HttpResponse::Accepted().insert_header((header::LOCATION, place)).json(self.body)
    }
}

impl From<Watched> for SyncView {
    fn from(Watched { sync, gauge, job, seen_at }: Watched) -> Self {
        let end = sync.finished_at.unwrap_or(seen_at);
        let duration = sync.started_at.map(|started| end.since(started).as_millis());
        // The two rows are read one after the other, so the job may be a step ahead.
        let waits = sync.status == SyncStatus::Pending;
        let waiting = job.as_ref().filter(|job| waits && job.state == JobState::Queued && job.attempt > 0);
        Self {
            id: sync.id,
            status: sync.status,
            stage: gauge.stage,
            progress: gauge.progress,
            commit_before: sync.commit_before,
            commit_after: sync.commit_after,
            error: sync.error,
            error_message: sync.error_message,
            duration_ms: duration.and_then(|duration| u64::try_from(duration).ok()),
            attempts: job.as_ref().map_or(0, |job| job.attempt),
            next_attempt_at: waiting.map(|job| job.run_at),
            started_at: sync.started_at,
            finished_at: sync.finished_at,
            created_at: sync.created_at,
        }
    }
}

impl SyncPath {
    fn one(self, by: Caller) -> One {
        One { by, project: self.id, sync: self.sync_id }
    }
}

/// Synchronise the mirror
///
/// One that waits or runs already is answered instead of a second one.
#[utoipa::path(operation_id = "request_sync", tag = "mirror", params(ProjectPath), request_body = Option<SyncWish>,
    responses((status = ACCEPTED, body = SyncAccepted)))]
#[post("/projects/{id}/sync-repo")]
pub async fn request(
    state: State,
    caller: Caller,
    Path(path): Path<ProjectPath>,
    OptionalBody(wish): OptionalBody<SyncWish>,
) -> Result<Accepted<SyncAccepted>, ApiError> {
    let request = RequestSync { by: caller, project: path.id, force: wish.force };
    let watched = state.gateways.syncs.ask(request).await?;
    Ok(Accepted::of(&watched.sync, SyncAccepted::of(&watched.sync)))
}

/// List synchronisations
#[utoipa::path(operation_id = "list_syncs", tag = "mirror", params(ProjectPath, PageQuery), responses((status = OK, body = List<SyncView>)))]
#[get("/projects/{id}/syncs")]
pub async fn list(
    state: State,
    caller: Caller,
    Path(path): Path<ProjectPath>,
    Query(query): Query<PageQuery>,
) -> Result<List<SyncView>, ApiError> {
    let list = syncs::List { by: caller, project: path.id, page: query.page()? };
    Ok(List::of(state.gateways.syncs.ask(list).await?, SyncView::from))
}

/// Read a synchronisation
#[utoipa::path(operation_id = "read_sync", tag = "mirror", params(SyncPath), responses((status = OK, body = SyncView)))]
#[get("/projects/{id}/syncs/{sync_id}")]
pub async fn read(state: State, caller: Caller, Path(path): Path<SyncPath>) -> Result<Json<SyncView>, ApiError> {
    Ok(Json(state.gateways.syncs.ask(Get(path.one(caller))).await?.into()))
}

/// Cancel a synchronisation
#[utoipa::path(operation_id = "cancel_sync", tag = "mirror", params(SyncPath), responses((status = OK, body = SyncView)))]
#[post("/projects/{id}/syncs/{sync_id}/cancel")]
pub async fn cancel(state: State, caller: Caller, Path(path): Path<SyncPath>) -> Result<Json<SyncView>, ApiError> {
    Ok(Json(state.gateways.syncs.ask(CancelSync(path.one(caller))).await?.into()))
}

/// Release a held synchronisation
///
/// Most branches are gone at the remote; they are deleted in the mirror too.
#[utoipa::path(operation_id = "release_sync", tag = "mirror", params(SyncPath), responses((status = OK, body = SyncView)))]
#[post("/projects/{id}/syncs/{sync_id}/release")]
pub async fn release(state: State, caller: Caller, Path(path): Path<SyncPath>) -> Result<Json<SyncView>, ApiError> {
    Ok(Json(state.gateways.syncs.ask(Release(path.one(caller))).await?.into()))
}
