//! `/projects/{id}/credential`: what opens a project's private repository.

use actix_web::{HttpResponse, delete, get, post, put, web::Json};
use mirror::HostKey;
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{
    State,
    body::{Body, OptionalBody, Path},
    error::ApiError,
    projects::ProjectPath,
};
use crate::{
    actors::gateways::remotes::{Forget, Keep, Kept, List, Test, Tested},
    clock::Timestamp,
    domain::{
        caller::Caller,
        credential::{CredentialKind, Slot, Wanted},
        failure::Failure,
    },
};

/// How a private repository is to be opened.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum CredentialInput {
    /// Over https, by a user name and a token.
    HttpsToken {
        /// `git` without it.
        username: Option<String>,
        /// Kept encrypted, never shown.
        #[schema(value_type = String, format = Password)]
        token: SecretString,
    },
    /// Over ssh, by a deploy key that the service makes.
    SshKey {
        /// Lines as `ssh-keyscan HOST` prints them; without them the first keys seen are kept.
        known_hosts: Option<String>,
    },
}

impl CredentialInput {
    /// `parent` is what stands before the names of its fields in a refusal.
    pub fn parse(self, parent: &str) -> Result<Wanted, Failure> {
        match self {
            Self::HttpsToken { username, token } => Wanted::token(parent, username.as_deref(), token),
            Self::SshKey { known_hosts } => Wanted::key(parent, known_hosts.as_deref()),
        }
    }
}

/// What a credential is tried with.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TestWish {
    /// Keep the keys that the host shows now, although others were kept before.
    #[serde(default)]
    trust_host_keys: bool,
}

/// A credential without its secret.
#[derive(Debug, Serialize, ToSchema)]
pub struct CredentialView {
    #[serde(rename = "type")]
    kind: CredentialKind,
    /// `current` opens the repository; `pending` takes its place once a test succeeds.
    slot: Slot,
    /// The one place that it is shown to; `null` until a repository is linked.
    origin: Option<String>,
    username: Option<String>,
    /// Of a deploy key: what the host's settings take.
    public_key: Option<String>,
    /// Of the deploy key, as the host's settings show it.
    fingerprint: Option<String>,
    host_keys: Vec<HostKeyView>,
    created_at: Timestamp,
    updated_at: Timestamp,
}

/// A key that the host must show.
#[derive(Debug, Serialize, ToSchema)]
pub struct HostKeyView {
    /// As in a `known_hosts` file.
    line: String,
    /// As `ssh-keygen -l` prints it; compare it with what the host publishes.
    fingerprint: String,
}

impl From<HostKey> for HostKeyView {
    fn from(key: HostKey) -> Self {
        Self { line: key.line().to_owned(), fingerprint: key.fingerprint().to_owned() }
    }
}

/// A project's credentials.
#[derive(Debug, Serialize, ToSchema)]
pub struct CredentialsView {
    /// At most one in each slot, the current one first.
    items: Vec<CredentialView>,
}

/// How a test went.
#[derive(Debug, Serialize, ToSchema)]
pub struct TestView {
    /// Whether the repository opens.
    ok: bool,
    /// Of failed work, as in a synchronisation.
    error: Option<&'static str>,
    /// What was seen and what to do.
    message: String,
    /// The branch that the remote's HEAD names.
    default_branch: Option<String>,
    credential: Option<CredentialView>,
}

impl From<Kept> for CredentialView {
    fn from(Kept { row, fingerprint, host_keys }: Kept) -> Self {
        Self {
            kind: row.kind,
            slot: row.slot,
            origin: row.origin,
            username: row.username,
            public_key: row.public_key,
            fingerprint,
            host_keys: host_keys.into_iter().map(HostKeyView::from).collect(),
            created_at: row.created_at,
            updated_at: row.updated_at,
        }
    }
}

impl From<Tested> for TestView {
    fn from(tested: Tested) -> Self {
        let Tested { error, message, default_branch, credential } = tested;
        Self { ok: error.is_none(), error, message, default_branch, credential: credential.map(Into::into) }
    }
}

/// Show a project's credentials
///
/// Without their secrets.
#[utoipa::path(operation_id = "list_credentials", tag = "mirror", params(ProjectPath), responses((status = OK, body = CredentialsView)))]
#[get("/projects/{id}/credential")]
pub async fn list(
    state: State,
    caller: Caller,
    Path(path): Path<ProjectPath>,
) -> Result<Json<CredentialsView>, ApiError> {
    let kept = state.gateways.remotes.ask(List { by: caller, project: path.id }).await?;
    Ok(Json(CredentialsView { items: kept.into_iter().map(Into::into).collect() }))
}

/// Change what opens the repository
///
/// A token is tried first and kept only if it opens the linked repository. A deploy key is made anew; where one is in
/// use already, the new one waits until a test of it succeeds.
#[utoipa::path(operation_id = "put_credential", tag = "mirror", params(ProjectPath), request_body = CredentialInput, responses((status = OK, body = CredentialView)))]
#[put("/projects/{id}/credential")]
pub async fn keep(
    state: State,
    caller: Caller,
    Path(path): Path<ProjectPath>,
    Body(credential): Body<CredentialInput>,
) -> Result<Json<CredentialView>, ApiError> {
    let keep = Keep { by: caller, project: path.id, wanted: credential.parse("")? };
    Ok(Json(state.gateways.remotes.ask(keep).await?.into()))
}

/// Forget what opens the repository
#[utoipa::path(operation_id = "delete_credential", tag = "mirror", params(ProjectPath), responses((status = NO_CONTENT)))]
#[delete("/projects/{id}/credential")]
pub async fn forget(state: State, caller: Caller, Path(path): Path<ProjectPath>) -> Result<HttpResponse, ApiError> {
    state.gateways.remotes.ask(Forget { by: caller, project: path.id }).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Try what opens the repository
///
/// The pending credential if there is one, else the current one. A pending one that succeeds becomes the current one.
#[utoipa::path(operation_id = "test_credential", tag = "mirror", params(ProjectPath), request_body = Option<TestWish>, responses((status = OK, body = TestView)))]
#[post("/projects/{id}/credential/test")]
pub async fn test(
    state: State,
    caller: Caller,
    Path(path): Path<ProjectPath>,
    OptionalBody(wish): OptionalBody<TestWish>,
) -> Result<Json<TestView>, ApiError> {
    let test = Test { by: caller, project: path.id, trust_host_keys: wish.trust_host_keys };
    Ok(Json(state.gateways.remotes.ask(test).await?.into()))
}
