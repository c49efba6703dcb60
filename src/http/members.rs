//! `/projects/{id}/members`: who belongs to a project, and as what.

use actix_web::{HttpResponse, Responder, delete, get, http::StatusCode, put, web::Json};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::{
    State,
    body::{Body, Path, Query},
    error::ApiError,
    list::{List, PageQuery},
    projects::ProjectPath,
};
use crate::{
    actors::gateways::members::{self, Appoint, Appointed, Get, Member, One, Remove},
    clock::Timestamp,
    domain::{caller::Caller, role::Role},
    entities,
    ids::{ProjectId, UserId},
};

/// What somebody is to be in a project.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Appointment {
    role: Role,
}

/// Which member of which project.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub struct MemberPath {
    /// The project's id.
    id: ProjectId,
    /// The person's id.
    user_id: UserId,
}

/// Somebody who belongs to a project.
#[derive(Debug, Serialize, ToSchema)]
pub struct MemberView {
    /// The person's id, the same in every project.
    id: UserId,
    display_name: Option<String>,
    /// `null` unless the caller is an owner, or this is the caller.
    email: Option<String>,
    role: Role,
    /// Since when.
    created_at: Timestamp,
    updated_at: Timestamp,
}

impl From<Member> for MemberView {
    fn from(Member { row, display_name, email }: Member) -> Self {
        let entities::members::Model { user_id, role, created_at, updated_at, .. } = row;
        Self { id: user_id, display_name, email, role, created_at, updated_at }
    }
}

impl MemberPath {
    fn one(self, by: Caller) -> One {
        One { by, project: self.id, user: self.user_id }
    }
}

/// List members
#[utoipa::path(operation_id = "list_members", tag = "members", params(ProjectPath, PageQuery), responses((status = OK, body = List<MemberView>)))]
#[get("/projects/{id}/members")]
pub async fn list(
    state: State,
    caller: Caller,
    Path(path): Path<ProjectPath>,
    Query(query): Query<PageQuery>,
) -> Result<List<MemberView>, ApiError> {
    let list = members::List { by: caller, project: path.id, page: query.page()? };
    Ok(List::of(state.gateways.members.ask(list).await?, MemberView::from))
}

/// Read a member
#[utoipa::path(operation_id = "read_member", tag = "members", params(MemberPath), responses((status = OK, body = MemberView)))]
#[get("/projects/{id}/members/{user_id}")]
pub async fn read(state: State, caller: Caller, Path(path): Path<MemberPath>) -> Result<Json<MemberView>, ApiError> {
    Ok(Json(state.gateways.members.ask(Get(path.one(caller))).await?.into()))
}

/// Set a member's role
///
/// Somebody with an account who does not belong to the project yet is taken in. The last owner cannot become less.
#[utoipa::path(operation_id = "set_member", tag = "members", params(MemberPath), request_body = Appointment,
    responses((status = OK, body = MemberView), (status = CREATED, body = MemberView)))]
#[put("/projects/{id}/members/{user_id}")]
pub async fn appoint(
    state: State,
    caller: Caller,
    Path(path): Path<MemberPath>,
    Body(Appointment { role }): Body<Appointment>,
) -> Result<impl Responder, ApiError> {
    let Appointed { member, is_new } = state.gateways.members.ask(Appoint { one: path.one(caller), role }).await?;
    let status = if is_new { StatusCode::CREATED } else { StatusCode::OK };
    Ok((Json(MemberView::from(member)), status))
}

/// Remove a member, or leave
///
/// Access ends at once, and so do invitations that the person made. The last owner cannot leave.
#[utoipa::path(operation_id = "remove_member", tag = "members", params(MemberPath), responses((status = NO_CONTENT)))]
#[delete("/projects/{id}/members/{user_id}")]
pub async fn remove(state: State, caller: Caller, Path(path): Path<MemberPath>) -> Result<HttpResponse, ApiError> {
    state.gateways.members.ask(Remove(path.one(caller))).await?;
    Ok(HttpResponse::NoContent().finish())
}
