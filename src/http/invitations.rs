//! `/projects/{id}/invitations` and `/invitations`: how people come into a project.

use actix_web::{
    HttpResponse, Responder, delete, get,
    http::{StatusCode, header},
    post,
    web::Json,
};
use secrecy::SecretString;
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
    actors::gateways::invitations::{self, Accept, Invite, Joined, Offered, Revoke},
    clock::Timestamp,
    domain::{
        caller::Caller,
        invitation::{InvitationStatus, InvitationToken},
        profile::Email,
        role::Role,
    },
    ids::{InvitationId, ProjectId, UserId},
};

/// An invitation that is wanted.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewInvitation {
    /// What the one who comes will be.
    role: Role,
    /// Whose account it is for; without one it is for whoever comes first.
    #[schema(example = "ada@example.org")]
    email: Option<String>,
}

/// Which invitation.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub struct InvitationPath {
    /// The project's id.
    id: ProjectId,
    /// The invitation's id.
    invitation_id: InvitationId,
}

/// What somebody was sent.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub struct TokenPath {
    /// The invitation's token.
    #[param(value_type = String)]
    token: SecretString,
}

/// An invitation.
#[derive(Debug, Serialize, ToSchema)]
pub struct InvitationView {
    id: InvitationId,
    role: Role,
    /// Whose account it is for; `null`: anybody's.
    email: Option<String>,
    status: InvitationStatus,
    /// Who invited.
    created_by: UserId,
    /// Who came.
    accepted_by: Option<UserId>,
    expires_at: Timestamp,
    created_at: Timestamp,
    updated_at: Timestamp,
}

/// An invitation with its token.
#[derive(Debug, Serialize, ToSchema)]
pub struct InvitationMade {
    /// For `POST /invitations/{token}/accept`. It is shown here and never again.
    #[schema(example = "hsi_q83vEjRWeJq83vEjRWeJqw")]
    token: String,
    #[serde(flatten)]
    invitation: InvitationView,
}

/// What the one who accepted an invitation is now.
#[derive(Debug, Serialize, ToSchema)]
pub struct JoinedView {
    project_id: ProjectId,
    role: Role,
}

impl From<Offered> for InvitationView {
    fn from(Offered { row, status }: Offered) -> Self {
        Self {
            id: row.id,
            role: row.role,
            email: row.email,
            status,
            created_by: row.created_by,
            accepted_by: row.accepted_by,
            expires_at: row.expires_at,
            created_at: row.created_at,
            updated_at: row.updated_at,
        }
    }
}

impl From<(Offered, InvitationToken)> for InvitationMade {
    fn from((offered, token): (Offered, InvitationToken)) -> Self {
        Self { token: token.reveal().to_owned(), invitation: offered.into() }
    }
}

/// List invitations
#[utoipa::path(operation_id = "list_invitations", tag = "members", params(ProjectPath, PageQuery), responses((status = OK, body = List<InvitationView>)))]
#[get("/projects/{id}/invitations")]
pub async fn list(
    state: State,
    caller: Caller,
    Path(path): Path<ProjectPath>,
    Query(query): Query<PageQuery>,
) -> Result<List<InvitationView>, ApiError> {
    let list = invitations::List { by: caller, project: path.id, page: query.page()? };
    Ok(List::of(state.gateways.invitations.ask(list).await?, InvitationView::from))
}

/// Invite somebody
///
/// Give the token to the person yourself; it lets one person in.
#[utoipa::path(operation_id = "create_invitation", tag = "members", params(ProjectPath), request_body = NewInvitation,
    responses((status = CREATED, body = InvitationMade)))]
#[post("/projects/{id}/invitations")]
pub async fn create(
    state: State,
    caller: Caller,
    Path(path): Path<ProjectPath>,
    Body(new): Body<NewInvitation>,
) -> Result<impl Responder, ApiError> {
    let email = new.email.map(|email| Email::parse(&email)).transpose()?;
    let invite = Invite { by: caller, project: path.id, role: new.role, email };
    let made: InvitationMade = state.gateways.invitations.ask(invite).await?.into();
    let answer = Json(made).customize().with_status(StatusCode::CREATED);
    Ok(answer.insert_header((header::CACHE_CONTROL, "no-store")))
}

/// Take an invitation back
#[utoipa::path(operation_id = "revoke_invitation", tag = "members", params(InvitationPath), responses((status = NO_CONTENT)))]
#[delete("/projects/{id}/invitations/{invitation_id}")]
pub async fn revoke(state: State, caller: Caller, Path(path): Path<InvitationPath>) -> Result<HttpResponse, ApiError> {
    let revoke = Revoke { by: caller, project: path.id, invitation: path.invitation_id };
    state.gateways.invitations.ask(revoke).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Accept an invitation
///
/// Who is more in the project already stays it, and the invitation waits for somebody else. Accepted again by the one
/// who accepted it, the answer is the same.
#[utoipa::path(operation_id = "accept_invitation", tag = "members", params(TokenPath), responses((status = OK, body = JoinedView)))]
#[post("/invitations/{token}/accept")]
pub async fn accept(state: State, caller: Caller, Path(path): Path<TokenPath>) -> Result<Json<JoinedView>, ApiError> {
    let accept = Accept { by: caller, token: InvitationToken::parse(&path.token) };
    let Joined { project, role } = state.gateways.invitations.ask(accept).await?;
    Ok(Json(JoinedView { project_id: project, role }))
}
