//! `/notifications`: what the caller was told.

use actix_web::{
    HttpRequest, HttpResponse, Responder, get,
    http::header::{self, HeaderName, HeaderValue},
    post,
    web::{Data, Json},
};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};

use super::{
    State,
    body::{Path, Query},
    error::ApiError,
    etag,
    list::List,
    terms::Terms,
};
use crate::{
    actors::gateways::notifier::{self, MarkAllRead, MarkRead, Stand},
    clock::Timestamp,
    domain::{caller::Caller, event::EventKind, failure::Failure, page::Page},
    entities::notifications::{self, Filter},
    ids::{JobId, NotificationId, ProjectId},
};

/// Seconds that those who poll should wait.
const POLL_INTERVAL: HeaderName = HeaderName::from_static("x-poll-interval");

/// Which notifications are wanted.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct NotificationQuery {
    /// Only those not read yet.
    #[serde(default)]
    unread: bool,
    /// Only those of this project.
    project_id: Option<ProjectId>,
    /// At most so many items, 1 to 100; 50 without it.
    #[param(minimum = 1, maximum = 100)]
    limit: Option<u16>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
}

/// Which notification.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub struct NotificationPath {
    /// The notification's id.
    id: NotificationId,
}

/// Something the caller was told.
#[derive(Debug, Serialize, ToSchema)]
pub struct NotificationView {
    id: NotificationId,
    #[serde(rename = "type")]
    kind: EventKind,
    project_id: Option<ProjectId>,
    job_id: Option<JobId>,
    /// Ids and states.
    #[schema(value_type = Object)]
    payload: Value,
    read_at: Option<Timestamp>,
    created_at: Timestamp,
}

/// It is done.
#[derive(Debug, Serialize, ToSchema)]
pub struct Done {
    #[schema(example = "ok")]
    status: &'static str,
}

impl From<notifications::Model> for NotificationView {
    fn from(row: notifications::Model) -> Self {
        let notifications::Model { id, kind, project_id, job_id, read_at, created_at, .. } = row;
        // Written by us as JSON; what is not would be shown as nothing rather than fail the list.
        let payload = serde_json::from_str(&row.payload).unwrap_or_default();
        Self { id, kind, project_id, job_id, payload, read_at, created_at }
    }
}

/// List notifications
///
/// Those who poll send the `ETag` back as `If-None-Match`, and wait `X-Poll-Interval` seconds in between.
#[utoipa::path(operation_id = "list_notifications", tag = "notifications", params(NotificationQuery),
    responses((status = OK, body = List<NotificationView>), (status = NOT_MODIFIED)))]
#[get("/notifications")]
pub async fn list(
    state: State,
    terms: Data<Terms>,
    caller: Caller,
    request: HttpRequest,
    Query(query): Query<NotificationQuery>,
) -> Result<HttpResponse, ApiError> {
    let page = Page::parse(query.limit, query.cursor.as_deref())?;
    let filter = Filter { unread: query.unread, project: query.project_id };
    // First, so that what comes in between is shown again rather than never.
    let tag = etag::strong(state.gateways.notifier.ask(Stand(caller.clone())).await?.version().as_str());
    let mut response = if etag::is_known(&request, &tag) {
        HttpResponse::NotModified().finish()
    } else {
        let found = state.gateways.notifier.ask(notifier::List { by: caller, filter, page }).await?;
        List::of(found, NotificationView::from).respond_to(&request)
    };
    for (name, value) in [(header::ETAG, tag), (POLL_INTERVAL, terms.poll_interval().as_secs().to_string())] {
        response.headers_mut().insert(name, HeaderValue::try_from(value).map_err(Failure::internal)?);
    }
    Ok(response)
}

/// Mark one as read
#[utoipa::path(operation_id = "mark_notification_read", tag = "notifications", params(NotificationPath), responses((status = OK, body = Done)))]
#[post("/notifications/{id}/read")]
pub async fn mark_read(
    state: State,
    caller: Caller,
    Path(path): Path<NotificationPath>,
) -> Result<Json<Done>, ApiError> {
    state.gateways.notifier.ask(MarkRead { by: caller, notification: path.id }).await?;
    Ok(Json(Done { status: "ok" }))
}

/// Mark all as read
#[utoipa::path(operation_id = "mark_all_notifications_read", tag = "notifications", responses((status = OK, body = Done)))]
#[post("/notifications/read-all")]
pub async fn mark_all_read(state: State, caller: Caller) -> Result<Json<Done>, ApiError> {
    state.gateways.notifier.ask(MarkAllRead(caller)).await?;
    Ok(Json(Done { status: "ok" }))
}
