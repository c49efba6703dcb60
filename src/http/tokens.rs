//! `/auth/tokens`: personal access tokens, for programs that act in somebody's name.

use actix_web::{
    HttpResponse, delete, get,
    http::{StatusCode, header},
    post,
};
use secrecy::ExposeSecret;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::{
    State,
    body::{Body, Path, Query},
    error::ApiError,
    list::{List, PageQuery},
};
use crate::{
    actors::gateways::tokens::{self as gateway, End, Made, Make},
    clock::Timestamp,
    domain::{
        caller::InPerson,
        failure::Failure,
        profile::TokenName,
        scope::{Scope, Scopes},
    },
    entities::access_tokens,
    ids::AccessTokenId,
};

/// A token to be made.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewAccessToken {
    /// What to know it by.
    #[schema(example = "build server")]
    name: String,
    /// What it may do of what its owner may: `read` is every GET, `write` every other method; administrators' addresses
    /// need `admin` besides. `preview` opens nothing yet.
    scopes: Vec<Scope>,
    /// From then on it opens nothing; within a year. Without it, until it is ended.
    #[schema(value_type = Option<String>, format = DateTime)]
    expires_at: Option<String>,
}

/// Which token.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub struct TokenPath {
    /// The token's id.
    id: AccessTokenId,
}

/// What is kept of a token.
#[derive(Debug, Serialize, ToSchema)]
pub struct AccessTokenView {
    id: AccessTokenId,
    name: String,
    scopes: Vec<Scope>,
    expires_at: Option<Timestamp>,
    /// To the minute.
    last_used_at: Option<Timestamp>,
    created_at: Timestamp,
}

/// A new token.
#[derive(Debug, Serialize, ToSchema)]
pub struct MadeAccessToken {
    /// For `Authorization: Bearer`; shown here and never again.
    #[schema(example = "hsp_…")]
    token: String,
    #[serde(flatten)]
    kept: AccessTokenView,
}

impl From<access_tokens::Model> for AccessTokenView {
    fn from(token: access_tokens::Model) -> Self {
        Self {
            id: token.id,
            name: token.name,
            scopes: token.scopes.iter().collect(),
            expires_at: token.expires_at,
            last_used_at: token.used_at,
            created_at: token.created_at,
        }
    }
}

impl From<Made> for MadeAccessToken {
    fn from(made: Made) -> Self {
        Self { token: made.token.expose_secret().to_owned(), kept: made.row.into() }
    }
}

/// List my tokens
///
/// Those that were not ended; expired ones are among them.
#[utoipa::path(operation_id = "list_tokens", tag = "accounts", params(PageQuery), responses((status = OK, body = List<AccessTokenView>)))]
#[get("/auth/tokens")]
pub async fn list(
    state: State,
    by: InPerson,
    Query(query): Query<PageQuery>,
) -> Result<List<AccessTokenView>, ApiError> {
    let list = gateway::List { by: by.caller, ended: false, page: query.page()? };
    Ok(List::of(state.gateways.tokens.ask(list).await?, AccessTokenView::from))
}

/// Make a token
///
/// It never does more than its owner may, and never manages sessions, tokens or the account itself.
#[utoipa::path(operation_id = "create_token", tag = "accounts", request_body = NewAccessToken, responses((status = CREATED, body = MadeAccessToken)))]
#[post("/auth/tokens")]
pub async fn create(state: State, by: InPerson, Body(new): Body<NewAccessToken>) -> Result<HttpResponse, ApiError> {
    let unreadable = || Failure::invalid("expires_at", "must be a time as in `2026-01-31T12:00:00Z`");
    let make = Make {
        by,
        name: TokenName::parse("name", &new.name)?,
        scopes: Scopes::parse(&new.scopes)?,
        expires_at: new.expires_at.map(|text| Timestamp::parse(&text).ok_or_else(unreadable)).transpose()?,
    };
    let token = MadeAccessToken::from(state.gateways.tokens.ask(make).await?);
    let mut response = HttpResponse::build(StatusCode::CREATED);
    Ok(response.insert_header((header::CACHE_CONTROL, "no-store")).json(token))
}

/// End a token
#[utoipa::path(operation_id = "end_token", tag = "accounts", params(TokenPath), responses((status = NO_CONTENT)))]
#[delete("/auth/tokens/{id}")]
pub async fn end(state: State, by: InPerson, Path(path): Path<TokenPath>) -> Result<HttpResponse, ApiError> {
    state.gateways.tokens.ask(End { by, token: path.id }).await?;
    Ok(HttpResponse::NoContent().finish())
}
