//! `/auth`: signing devices in and out, and which are signed in.

use actix_web::{HttpResponse, delete, get, post, web::Json};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::{
    State,
    accounts::UserView,
    body::{Body, Path, Query},
    edge::RequestId,
    error::ApiError,
    list::{List, PageQuery},
};
use crate::{
    actors::gateways::{
        passwords::Claim,
        sessions::{self as gateway, End, Login, Logout, Refresh, SignedIn},
    },
    clock::Timestamp,
    domain::{caller::InPerson, profile::Email},
    entities::sessions::{self, Device},
    ids::SessionId,
};

/// Somebody who signs in.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Credentials {
    /// Of the account.
    #[schema(example = "ada@example.org")]
    email: String,
    /// Of the account.
    #[schema(value_type = String, format = Password)]
    password: SecretString,
}

/// A refresh token to be exchanged.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Exchange {
    /// The newest that the client has.
    #[schema(value_type = String)]
    refresh_token: SecretString,
}

/// What a device keeps after it signed in or refreshed.
#[derive(Debug, Serialize, ToSchema)]
pub struct Tokens {
    /// For `Authorization: Bearer`.
    access_token: String,
    #[schema(example = "bearer")]
    token_type: &'static str,
    /// Seconds until the access token expires.
    expires_in: u64,
    /// For one refresh.
    refresh_token: String,
    user: UserView,
}

/// Which devices are signed out.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct LogoutQuery {
    /// Every device of the user, not only this one.
    #[serde(default)]
    all: bool,
}

/// Which session.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub struct SessionPath {
    /// The session's id.
    id: SessionId,
}

/// A device on which the caller is signed in.
#[derive(Debug, Serialize, ToSchema)]
pub struct SessionView {
    id: SessionId,
    /// Whether it is the device that asks.
    current: bool,
    /// What it said of itself when it signed in, shortened.
    user_agent: Option<String>,
    /// Where it was then.
    address: Option<String>,
    /// When it was last heard of, to the minute.
    last_used_at: Timestamp,
    created_at: Timestamp,
}

impl SessionView {
    /// As the device with the session `current` sees it.
    pub fn seen_from(current: SessionId, session: sessions::Model) -> Self {
        let sessions::Model { id, user_agent, address, created_at, refreshed_at, used_at, .. } = session;
        let last_used_at = used_at.map_or(refreshed_at, |used| used.max(refreshed_at));
        Self { id, current: id == current, user_agent, address, last_used_at, created_at }
    }
}

impl From<SignedIn> for Tokens {
    fn from(signed_in: SignedIn) -> Self {
        Self {
            access_token: signed_in.access_token,
            token_type: "bearer",
            expires_in: signed_in.expires_in.as_secs(),
            refresh_token: signed_in.refresh_token.expose_secret().to_owned(),
            user: signed_in.user.into(),
        }
    }
}

/// Sign in
///
/// After five wrong passwords for an account from one address the answer is 429 for a second, then two, four and so on,
/// up to a quarter of an hour; the right password is not looked at meanwhile. What others get wrong elsewhere holds
/// nobody back who signed in from their address before.
#[utoipa::path(tag = "accounts", request_body = Credentials, responses((status = OK, body = Tokens)), security(()))]
#[post("/auth/login")]
pub async fn login(
    state: State,
    request_id: RequestId,
    device: Device,
    Body(given): Body<Credentials>,
) -> Result<Json<Tokens>, ApiError> {
    // What is no address belongs to nobody, and is answered like an unknown one.
    let claim = Claim { email: Email::parse(&given.email).ok(), password: given.password, device };
    Ok(Json(state.gateways.sessions.ask(Login { claim, request_id: request_id.0 }).await?.into()))
}

/// Exchange a refresh token
///
/// Each works once. When the answer was lost, the same token gets the same answer, until the newer token, or the
/// access token that came with it, was used. A token used after that ends the session.
#[utoipa::path(tag = "accounts", request_body = Exchange, responses((status = OK, body = Tokens)), security(()))]
#[post("/auth/refresh")]
pub async fn refresh(
    state: State,
    request_id: RequestId,
    Body(given): Body<Exchange>,
) -> Result<Json<Tokens>, ApiError> {
    let refresh = Refresh { token: given.refresh_token, request_id: request_id.0 };
    Ok(Json(state.gateways.sessions.ask(refresh).await?.into()))
}

/// Sign out
#[utoipa::path(tag = "accounts", params(LogoutQuery), responses((status = NO_CONTENT)))]
#[post("/auth/logout")]
pub async fn logout(state: State, by: InPerson, Query(query): Query<LogoutQuery>) -> Result<HttpResponse, ApiError> {
    state.gateways.sessions.ask(Logout { by, all: query.all }).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// List the devices I am signed in on
#[utoipa::path(operation_id = "list_sessions", tag = "accounts", params(PageQuery), responses((status = OK, body = List<SessionView>)))]
#[get("/auth/sessions")]
pub async fn list(state: State, by: InPerson, Query(query): Query<PageQuery>) -> Result<List<SessionView>, ApiError> {
    let list = gateway::List { by: by.caller, over: false, page: query.page()? };
    let found = state.gateways.sessions.ask(list).await?;
    Ok(List::of(found, |session| SessionView::seen_from(by.session, session)))
}

/// Sign a device out
#[utoipa::path(operation_id = "end_session", tag = "accounts", params(SessionPath), responses((status = NO_CONTENT)))]
#[delete("/auth/sessions/{id}")]
pub async fn end(state: State, by: InPerson, Path(path): Path<SessionPath>) -> Result<HttpResponse, ApiError> {
    state.gateways.sessions.ask(End { by, session: path.id }).await?;
    Ok(HttpResponse::NoContent().finish())
}
