//! `/hooks/git`: push hooks of GitHub, GitLab and Gitea.

use actix_web::{HttpRequest, HttpResponse, Responder, http::header, post, put, web::Json};
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::{
    State,
    body::{OptionalBody, Path, RawBody},
    edge::RequestId,
    error::ApiError,
    projects::ProjectPath,
};
use crate::{
    actors::gateways::hooks::{Deliver, Heard, SetSecret},
    clock::Timestamp,
    domain::{
        caller::Caller,
        hook::{Delivery, HookSecret},
        sync::SyncStatus,
    },
    entities::triggers::Pushed,
    ids::{ProjectId, SyncId},
};

/// The secret that is wanted.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SecretWish {
    /// 16 to 256 visible ASCII characters; without one it is made.
    #[schema(value_type = Option<String>, min_length = 16, max_length = 256)]
    secret: Option<SecretString>,
}

/// The secret of a push hook, and where the host sends to.
#[derive(Debug, Serialize, ToSchema)]
pub struct SecretView {
    /// For the host's settings. It is shown here and never again.
    secret: String,
    /// For the host's settings, below the address of this service.
    #[schema(example = "/api/v1/hooks/git/019a0000-0000-7000-8000-000000000000")]
    path: String,
}

/// To which project.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub struct HookPath {
    /// The project's id.
    project_id: ProjectId,
}

/// What a push leads to.
#[derive(Debug, Serialize, ToSchema)]
pub struct PushAccepted {
    /// The synchronisation that brings it; `null` when it is put off.
    sync_id: Option<SyncId>,
    /// `PENDING`, also when it is put off; `HELD` when somebody must decide about an earlier one first.
    status: SyncStatus,
    /// When one that brings it begins at the earliest, if it is put off: another one runs, or was a moment ago.
    due_at: Option<Timestamp>,
}

impl From<Pushed> for PushAccepted {
    fn from(pushed: Pushed) -> Self {
        match pushed {
            Pushed::Brought(sync) => Self { sync_id: Some(sync.id), status: sync.status, due_at: None },
            Pushed::Due(at) => Self { sync_id: None, status: SyncStatus::Pending, due_at: Some(at) },
        }
    }
}

/// Announce a push
///
/// For Git hosts. GitHub and Gitea sign the body with HMAC-SHA-256 (`X-Hub-Signature-256`, `X-Gitea-Signature`), GitLab sends
/// the secret (`X-Gitlab-Token`). A push of the branch that the project follows leads to a synchronisation; what else
/// is genuine, pings included, is answered with 204.
#[utoipa::path(operation_id = "deliver_push", tag = "hooks", params(HookPath),
    request_body(content((String = "application/json"), (String = "application/x-www-form-urlencoded"))),
    responses((status = ACCEPTED, body = PushAccepted), (status = NO_CONTENT)), security(()))]
#[post("/hooks/git/{project_id}")]
pub async fn deliver(
    state: State,
    request: HttpRequest,
    request_id: RequestId,
    Path(path): Path<HookPath>,
    RawBody(body): RawBody,
) -> Result<HttpResponse, ApiError> {
    let header = |name: &str| request.headers().get(name).and_then(|value| value.to_str().ok());
    let (project, delivery) = (path.project_id, Delivery::read(header));
    let deliver = Deliver { project, delivery, body, request_id: request_id.0 };
    Ok(match state.gateways.hooks.ask(deliver).await? {
        Heard::Nothing => HttpResponse::NoContent().finish(),
        Heard::Push(pushed) => {
            let pushed = PushAccepted::from(pushed);
            let syncs = format!("/api/v1/projects/{project}/syncs");
            let place = pushed.sync_id.map_or(syncs.clone(), |sync| format!("{syncs}/{sync}"));
            HttpResponse::Accepted().insert_header((header::LOCATION, place)).json(pushed)
        }
    })
}

/// Set the secret of the push hook
///
/// The one before is void at once.
#[utoipa::path(operation_id = "set_hook_secret", tag = "hooks", params(ProjectPath), request_body = Option<SecretWish>,
    responses((status = OK, body = SecretView)))]
#[put("/projects/{id}/hook-secret")]
pub async fn set_secret(
    state: State,
    caller: Caller,
    Path(path): Path<ProjectPath>,
    OptionalBody(wish): OptionalBody<SecretWish>,
) -> Result<impl Responder, ApiError> {
    let secret = wish.secret.map(|secret| HookSecret::parse("secret", secret)).transpose()?;
    let secret = state.gateways.hooks.ask(SetSecret { by: caller, project: path.id, secret }).await?;
    let view = SecretView { secret: secret.reveal().to_owned(), path: format!("/api/v1/hooks/git/{}", path.id) };
    Ok(Json(view).customize().insert_header((header::CACHE_CONTROL, "no-store")))
}
