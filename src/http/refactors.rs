//! `/refactor/jobs`: renames, proposed, looked at, applied, taken back, pushed.

use std::io;

use actix_web::{
    HttpRequest, HttpResponse, HttpResponseBuilder, Responder,
    body::{BoxBody, SizedStream},
    get,
    http::header,
    post,
    web::{Bytes, Json},
};
use futures::{Stream, StreamExt, stream};
use serde::Deserialize;
use utoipa::IntoParams;

use super::{
    State,
    body::{Body, Path, Query},
    error::ApiError,
    etag::{self, IfMatch},
    list::List,
    refactor_views::{Approval, NewRefactor, ProposedView, PushWish, RefactorAccepted, RefactorView},
};
use crate::{
    actors::gateways::refactors::{self, Apply, CancelRefactor, Get, One, Propose, Push, Revert, Watched},
    domain::{
        branch::BranchName,
        caller::Caller,
        failure::{Conflict, Failure},
        page::Page,
    },
    ids::{ProjectId, RefactorId},
    storage::{
        objects::{ByteStream, StorageError},
        refactors as stored,
    },
};

/// Which refactor.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub struct RefactorPath {
    /// The refactor's id.
    id: RefactorId,
}

/// Which refactors.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct RefactorsQuery {
    /// Only those of a project.
    project_id: Option<ProjectId>,
    /// At most so many items, 1 to 100; 50 without it.
    #[param(minimum = 1, maximum = 100)]
    limit: Option<u16>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
}

/// Answers 202 with the place to look at.
pub struct Accepted(RefactorAccepted);

impl From<Watched> for Accepted {
    fn from(watched: Watched) -> Self {
        Self(RefactorAccepted { job_id: watched.row.id, status: watched.row.status })
    }
}

impl Responder for Accepted {
    type Body = BoxBody;

    fn respond_to(self, _: &HttpRequest) -> HttpResponse<BoxBody> {
        let place = format!("/api/v1/refactor/jobs/{}", self.0.job_id);
        HttpResponse::Accepted().insert_header((header::LOCATION, place)).json(self.0)
    }
}

impl RefactorPath {
    fn one(self, by: Caller) -> One {
        One { by, refactor: self.id }
    }
}

/// Propose a rename
///
/// Nothing changes. What only computing can find out, such as a name that the language does not allow, ends as `FAILED`
/// with its code in `error`.
#[utoipa::path(operation_id = "propose_refactor", tag = "refactor", request_body = NewRefactor,
    responses((status = ACCEPTED, body = RefactorAccepted)))]
#[post("/refactor/jobs")]
pub async fn propose(state: State, caller: Caller, Body(wish): Body<NewRefactor>) -> Result<Accepted, ApiError> {
    let propose = Propose { by: caller, project: wish.project_id, asked: wish.asked()? };
    Ok(state.gateways.refactors.ask(propose).await?.into())
}

/// List refactors
#[utoipa::path(operation_id = "list_refactors", tag = "refactor", params(RefactorsQuery), responses((status = OK, body = List<RefactorView>)))]
#[get("/refactor/jobs")]
pub async fn list(
    state: State,
    caller: Caller,
    Query(query): Query<RefactorsQuery>,
) -> Result<List<RefactorView>, ApiError> {
    let page = Page::parse(query.limit, query.cursor.as_deref())?;
    let list = refactors::List { by: caller, project: query.project_id, page };
    Ok(List::of(state.gateways.refactors.ask(list).await?, |watched| RefactorView::from(&watched)))
}

/// Read a refactor
///
/// With its proposal, once it is computed.
#[utoipa::path(operation_id = "read_refactor", tag = "refactor", params(RefactorPath),
    responses((status = OK, body = ProposedView), (status = NOT_MODIFIED)))]
#[get("/refactor/jobs/{id}")]
pub async fn read(
    state: State,
    caller: Caller,
    request: HttpRequest,
    Path(path): Path<RefactorPath>,
) -> Result<HttpResponse, ApiError> {
    let watched = state.gateways.refactors.ask(Get(path.one(caller))).await?;
    let tag = etag::strong(watched.version().as_str());
    // While it is worked on, its progress changes and its version does not.
    let known = !watched.row.status.is_at_work() && etag::is_known(&request, &tag);
    let mut response = if known { HttpResponse::NotModified() } else { HttpResponse::Ok() };
    response.insert_header((header::ETAG, tag)).insert_header((header::CACHE_CONTROL, "private, no-cache"));
    if known {
        return Ok(response.finish());
    }
    let view = serde_json::to_string(&RefactorView::from(&watched)).map_err(Failure::internal)?;
    let Some(digest) = &watched.row.proposal_digest else {
        return Ok(response.content_type("application/json").body(framed(&view, "null")));
    };
    let (_, proposal) = stored::open(state.objects.as_ref(), digest).await.map_err(of_storage)?;
    Ok(response.content_type("application/json").streaming(joined(&view, proposal)))
}

/// The view with a proposal in it.
fn framed(view: &str, proposal: &str) -> String {
    format!("{},\"proposal\":{proposal}}}", view.strip_suffix('}').unwrap_or(view))
}

/// The same, the proposal streamed as it was stored.
fn joined(view: &str, proposal: ByteStream) -> impl Stream<Item = io::Result<Bytes>> + use<> {
    let head = format!("{},\"proposal\":", view.strip_suffix('}').unwrap_or(view));
    stream::iter([Ok(Bytes::from(head))]).chain(proposal).chain(stream::iter([Ok(Bytes::from_static(b"}"))]))
}

/// Read a proposal's patch
///
/// A unified diff of all edits, as `git apply` takes it. It is empty for a rename that was refused.
#[utoipa::path(operation_id = "read_patch", tag = "refactor", params(RefactorPath),
    responses((status = OK, content_type = "text/x-patch", body = String), (status = NOT_MODIFIED)))]
#[get("/refactor/jobs/{id}/patch")]
pub async fn patch(
    state: State,
    caller: Caller,
    request: HttpRequest,
    Path(path): Path<RefactorPath>,
) -> Result<HttpResponse, ApiError> {
    let watched = state.gateways.refactors.ask(Get(path.one(caller))).await?;
    let missing = || Failure::Conflict(Conflict::Other("there is no proposal; wait for it, or ask again"));
    let digest = watched.row.patch_digest.ok_or_else(missing)?;
    let tag = etag::strong(&digest);
    if etag::is_known(&request, &tag) {
        return Ok(dressed(HttpResponse::NotModified(), tag).finish());
    }
    let (size, bytes) = stored::open(state.objects.as_ref(), &digest).await.map_err(of_storage)?;
    let mut response = dressed(HttpResponse::Ok(), tag);
    Ok(response.content_type("text/x-patch; charset=utf-8").body(SizedStream::new(size, bytes)))
}

fn dressed(mut response: HttpResponseBuilder, tag: String) -> HttpResponseBuilder {
    response.insert_header((header::ETAG, tag)).insert_header((header::CACHE_CONTROL, "private, no-cache"));
    response
}

/// A proposal that is lost is computed again by whoever asks for it again.
fn of_storage(error: StorageError) -> ApiError {
    match error {
        StorageError::NotFound => {
            Failure::Conflict(Conflict::Other("the proposal is lost; ask for the rename again")).into()
        }
        StorageError::Full | StorageError::TooLarge | StorageError::Interrupted(_) | StorageError::Failed(_) => {
            Failure::from(error).into()
        }
    }
}

/// Apply a proposal
///
/// All of its edits, or some: a commit in the mirror, on top of what clients see. Files that are no longer what the edits
/// were made for are named in the 409.
#[utoipa::path(operation_id = "apply_refactor", tag = "refactor", params(RefactorPath, IfMatch), request_body = Approval,
    responses((status = ACCEPTED, body = RefactorAccepted)))]
#[post("/refactor/jobs/{id}/apply")]
pub async fn apply(
    state: State,
    caller: Caller,
    Path(path): Path<RefactorPath>,
    IfMatch(expected): IfMatch,
    Body(approval): Body<Approval>,
) -> Result<Accepted, ApiError> {
    let apply = Apply { one: path.one(caller), wanted: approval.wanted()?, expected };
    Ok(state.gateways.refactors.ask(apply).await?.into())
}

/// Cancel a refactor's work
///
/// What was being applied is a proposal again, and what was being reverted stays applied.
#[utoipa::path(operation_id = "cancel_refactor", tag = "refactor", params(RefactorPath), responses((status = OK, body = RefactorView)))]
#[post("/refactor/jobs/{id}/cancel")]
pub async fn cancel(
    state: State,
    caller: Caller,
    Path(path): Path<RefactorPath>,
) -> Result<Json<RefactorView>, ApiError> {
    Ok(Json(RefactorView::from(&state.gateways.refactors.ask(CancelRefactor(path.one(caller))).await?)))
}

/// Revert an applied refactor
///
/// A commit that brings back what its files were, unless they have changed since.
#[utoipa::path(operation_id = "revert_refactor", tag = "refactor", params(RefactorPath, IfMatch), responses((status = ACCEPTED, body = RefactorAccepted)))]
#[post("/refactor/jobs/{id}/revert")]
pub async fn revert(
    state: State,
    caller: Caller,
    Path(path): Path<RefactorPath>,
    IfMatch(expected): IfMatch,
) -> Result<Accepted, ApiError> {
    Ok(state.gateways.refactors.ask(Revert { one: path.one(caller), expected }).await?.into())
}

/// Push an applied refactor
///
/// To a branch that the remote has not, never over one that it has. The refactor's `pushes` say what came of it.
#[utoipa::path(operation_id = "push_refactor", tag = "refactor", params(RefactorPath), request_body = PushWish,
    responses((status = ACCEPTED, body = RefactorAccepted)))]
#[post("/refactor/jobs/{id}/push")]
pub async fn push(
    state: State,
    caller: Caller,
    Path(path): Path<RefactorPath>,
    Body(wish): Body<PushWish>,
) -> Result<Accepted, ApiError> {
    let branch = BranchName::parse("branch", &wish.branch)?;
    Ok(state.gateways.refactors.ask(Push { one: path.one(caller), branch }).await?.into())
}
