//! `/auth`: register, sign in and out, refresh, and who one is.

use actix_web::{HttpResponse, get, http::StatusCode, post, web::Json};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::{
    State,
    body::{Body, Query},
    edge::RequestId,
    error::ApiError,
};
use crate::{
    actors::gateways::accounts::{Login, Logout, Me, Refresh, Register, SignedIn},
    clock::Timestamp,
    domain::{
        caller::Caller,
        profile::{DisplayName, Email},
    },
    entities::users,
    ids::UserId,
};

/// Somebody who wants an account.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewAccount {
    /// Not yet taken.
    #[schema(example = "ada@example.org")]
    email: String,
    /// 8 to 1024 bytes, not easy to guess.
    #[schema(value_type = String, format = Password)]
    password: SecretString,
    /// What to be called.
    display_name: Option<String>,
    /// What the first account needs; printed at the first start.
    #[schema(value_type = Option<String>)]
    setup_token: Option<SecretString>,
}

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

/// A person.
#[derive(Debug, Serialize, ToSchema)]
pub struct UserView {
    id: UserId,
    email: String,
    display_name: Option<String>,
    is_admin: bool,
    created_at: Timestamp,
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

impl From<users::Model> for UserView {
    fn from(user: users::Model) -> Self {
        let users::Model { id, email, display_name, is_admin, created_at, .. } = user;
        Self { id, email, display_name, is_admin, created_at }
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

/// Make an account
///
/// Subject to the registration policy. With no account yet it makes the administrator and needs the setup token.
#[utoipa::path(tag = "accounts", request_body = NewAccount, responses((status = CREATED, body = UserView)), security(()))]
#[post("/auth/register")]
pub async fn register(
    state: State,
    request_id: RequestId,
    Body(new): Body<NewAccount>,
) -> Result<(Json<UserView>, StatusCode), ApiError> {
    let register = Register {
        email: Email::parse(&new.email)?,
        password: new.password,
        display_name: new.display_name.map(|name| DisplayName::parse("display_name", &name)).transpose()?,
        setup_token: new.setup_token,
        request_id: request_id.0,
    };
    let user = state.gateways.accounts.ask(register).await?;
    Ok((Json(user.into()), StatusCode::CREATED))
}

/// Sign in
#[utoipa::path(tag = "accounts", request_body = Credentials, responses((status = OK, body = Tokens)), security(()))]
#[post("/auth/login")]
pub async fn login(state: State, Body(given): Body<Credentials>) -> Result<Json<Tokens>, ApiError> {
    // What is no address belongs to nobody, and is answered like an unknown one.
    let login = Login { email: Email::parse(&given.email).ok(), password: given.password };
    Ok(Json(state.gateways.accounts.ask(login).await?.into()))
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
    Ok(Json(state.gateways.accounts.ask(refresh).await?.into()))
}

/// Sign out
#[utoipa::path(tag = "accounts", params(LogoutQuery), responses((status = NO_CONTENT)))]
#[post("/auth/logout")]
pub async fn logout(state: State, caller: Caller, Query(query): Query<LogoutQuery>) -> Result<HttpResponse, ApiError> {
    state.gateways.accounts.ask(Logout { by: caller, all: query.all }).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Who I am
#[utoipa::path(tag = "accounts", responses((status = OK, body = UserView)))]
#[get("/auth/me")]
pub async fn me(state: State, caller: Caller) -> Result<Json<UserView>, ApiError> {
    Ok(Json(state.gateways.accounts.ask(Me(caller)).await?.into()))
}
