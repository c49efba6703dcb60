//! `/auth/register` and `/auth/me`: getting an account, changing it, ending it.

use actix_web::{HttpResponse, delete, get, http::StatusCode, patch, post, web::Json};
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{State, body::Body, edge::RequestId, error::ApiError};
use crate::{
    actors::gateways::accounts::{Edit, End, Me, NewPassword, Register},
    clock::Timestamp,
    domain::{
        caller::{Caller, InPerson},
        failure::Failure,
        patch::Patch,
        profile::{DisplayName, Email},
    },
    entities::{sessions::Device, users},
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
    /// The token of an invitation, which is needed where the registration policy is `invite`. Accept it afterwards.
    #[schema(value_type = Option<String>)]
    invitation: Option<SecretString>,
}

/// What is changed of an account; what is left out stays as it is.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AccountChange {
    /// What to be called; `null`: nothing.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    display_name: Patch<String>,
    /// Another password; every other device is signed out.
    #[schema(value_type = Option<String>, format = Password)]
    password: Option<SecretString>,
    /// The present password; needed for another one.
    #[schema(value_type = Option<String>, format = Password)]
    current_password: Option<SecretString>,
}

/// Proof that it is really the account's owner who ends it.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AccountEnd {
    /// Of the account.
    #[schema(value_type = String, format = Password)]
    password: SecretString,
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

impl From<users::Model> for UserView {
    fn from(user: users::Model) -> Self {
        let users::Model { id, email, display_name, is_admin, created_at, .. } = user;
        Self { id, email, display_name, is_admin, created_at }
    }
}

impl AccountChange {
    fn into_edit(self, by: InPerson, device: Device) -> Result<Edit, Failure> {
        let display_name = self.display_name.try_map(|name| DisplayName::parse("display_name", &name))?;
        let password = match (self.password, self.current_password) {
            (Some(new), Some(current)) => Some(NewPassword { current, new, device }),
            (Some(_), None) => return Err(Failure::missing("current_password")),
            (None, Some(_)) => return Err(Failure::missing("password")),
            (None, None) if display_name == Patch::Keep => {
                return Err(Failure::invalid("body", "must name something to change"));
            }
            (None, None) => None,
        };
        Ok(Edit { by, display_name, password })
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
        invitation: new.invitation,
        request_id: request_id.0,
    };
    let user = state.gateways.accounts.ask(register).await?;
    Ok((Json(user.into()), StatusCode::CREATED))
}

/// Who I am
#[utoipa::path(tag = "accounts", responses((status = OK, body = UserView)))]
#[get("/auth/me")]
pub async fn me(state: State, caller: Caller) -> Result<Json<UserView>, ApiError> {
    Ok(Json(state.gateways.accounts.ask(Me(caller)).await?.into()))
}

/// Change my account
///
/// Another password needs the present one, and signs out every other device. Personal tokens stay.
#[utoipa::path(operation_id = "change_me", tag = "accounts", request_body = AccountChange, responses((status = OK, body = UserView)))]
#[patch("/auth/me")]
pub async fn change(
    state: State,
    by: InPerson,
    device: Device,
    Body(change): Body<AccountChange>,
) -> Result<Json<UserView>, ApiError> {
    let edit = change.into_edit(by, device)?;
    Ok(Json(state.gateways.accounts.ask(edit).await?.into()))
}

/// End my account
///
/// Everything that belongs to it alone goes with it, at once and for good. Refused with 409 while a project would be left
/// without an owner (`details.projects`), and for the last administrator.
#[utoipa::path(operation_id = "end_me", tag = "accounts", request_body = AccountEnd, responses((status = NO_CONTENT)))]
#[delete("/auth/me")]
pub async fn end(
    state: State,
    by: InPerson,
    device: Device,
    Body(proof): Body<AccountEnd>,
) -> Result<HttpResponse, ApiError> {
    state.gateways.accounts.ask(End { by, password: proof.password, device }).await?;
    Ok(HttpResponse::NoContent().finish())
}
