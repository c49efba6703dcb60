//! `/admin/users`: everybody's accounts, for administrators.

use actix_web::{get, http::StatusCode, patch, post, web::Json};
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::{
    State,
    body::{Body, Path, Query},
    caller::Administrator,
    error::ApiError,
    list::List,
};
use crate::{
    actors::gateways::users::{self as gateway, Change, Create, Get},
    clock::Timestamp,
    domain::{
        failure::Failure,
        page::Page,
        profile::{DisplayName, Email, Reason},
    },
    entities::users,
    ids::UserId,
};

/// Which accounts are wanted.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct UserQuery {
    /// Only the one with this address.
    email: Option<String>,
    /// At most so many items, 1 to 100; 50 without it.
    #[param(minimum = 1, maximum = 100)]
    limit: Option<u16>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
}

/// Which account.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub struct UserPath {
    /// The account's id.
    id: UserId,
}

/// An account to be made.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewUser {
    /// Not yet taken.
    email: String,
    /// 8 to 1024 bytes, not easy to guess. Without one nobody can sign in until `hivesync admin reset-password`.
    #[schema(value_type = Option<String>, format = Password)]
    password: Option<SecretString>,
    /// What the person is called.
    display_name: Option<String>,
    /// Whether they administer the service.
    #[serde(default)]
    is_admin: bool,
    /// Why, for the record: one line.
    reason: String,
}

/// What is changed; what is left out stays as it is.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UserChange {
    /// Whether they administer the service.
    is_admin: Option<bool>,
    /// Whether the account is disabled: nobody signs in, and its sessions and tokens end for good.
    disabled: Option<bool>,
    /// Why, for the record: one line.
    reason: String,
}

/// An account as administrators see it.
#[derive(Debug, Serialize, ToSchema)]
pub struct AccountView {
    id: UserId,
    email: String,
    display_name: Option<String>,
    is_admin: bool,
    /// Since when it is disabled.
    disabled_at: Option<Timestamp>,
    created_at: Timestamp,
    updated_at: Timestamp,
}

impl From<users::Model> for AccountView {
    fn from(user: users::Model) -> Self {
        let users::Model { id, email, display_name, is_admin, disabled_at, created_at, updated_at, .. } = user;
        Self { id, email, display_name, is_admin, disabled_at, created_at, updated_at }
    }
}

/// List accounts
#[utoipa::path(operation_id = "list_users", tag = "administration", params(UserQuery), responses((status = OK, body = List<AccountView>)))]
#[get("/admin/users")]
pub async fn list(
    state: State,
    _: Administrator,
    Query(query): Query<UserQuery>,
) -> Result<List<AccountView>, ApiError> {
    let page = Page::parse(query.limit, query.cursor.as_deref())?;
    let email = query.email.map(|text| Email::parse(&text)).transpose()?;
    let found = state.gateways.users.ask(gateway::List { email, page }).await?;
    Ok(List::of(found, AccountView::from))
}

/// Read an account
#[utoipa::path(operation_id = "read_user", tag = "administration", params(UserPath), responses((status = OK, body = AccountView)))]
#[get("/admin/users/{id}")]
pub async fn read(state: State, _: Administrator, Path(path): Path<UserPath>) -> Result<Json<AccountView>, ApiError> {
    Ok(Json(state.gateways.users.ask(Get(path.id)).await?.into()))
}

/// Make an account for somebody
///
/// Whatever the registration policy.
#[utoipa::path(operation_id = "create_user", tag = "administration", request_body = NewUser, responses((status = CREATED, body = AccountView)))]
#[post("/admin/users")]
pub async fn create(
    state: State,
    Administrator(by): Administrator,
    Body(new): Body<NewUser>,
) -> Result<(Json<AccountView>, StatusCode), ApiError> {
    let create = Create {
        by,
        email: Email::parse(&new.email)?,
        password: new.password,
        display_name: new.display_name.map(|name| DisplayName::parse("display_name", &name)).transpose()?,
        is_admin: new.is_admin,
        reason: Reason::parse("reason", &new.reason)?,
    };
    let user = state.gateways.users.ask(create).await?;
    Ok((Json(user.into()), StatusCode::CREATED))
}

/// Change what somebody may do
///
/// Disabling ends every session and personal token: here at once, on other instances within five seconds. The last
/// administrator stays one (409).
#[utoipa::path(operation_id = "change_user", tag = "administration", request_body = UserChange, params(UserPath), responses((status = OK, body = AccountView)))]
#[patch("/admin/users/{id}")]
pub async fn change(
    state: State,
    Administrator(by): Administrator,
    Path(path): Path<UserPath>,
    Body(change): Body<UserChange>,
) -> Result<Json<AccountView>, ApiError> {
    let UserChange { is_admin, disabled, reason } = change;
    if is_admin.is_none() && disabled.is_none() {
        return Err(Failure::invalid("body", "must name something to change").into());
    }
    let reason = Reason::parse("reason", &reason)?;
    let change = Change { by, user: path.id, is_admin, disabled, reason };
    Ok(Json(state.gateways.users.ask(change).await?.into()))
}
