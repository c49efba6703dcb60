//! `/projects`: what belongs to the caller, and which repository each mirrors.

use actix_web::{HttpResponse, delete, get, http::StatusCode, patch, post, web::Json};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::{
    State,
    body::{Body, Path, Query},
    error::ApiError,
    list::{List, PageQuery},
    syncs::{Accepted, SyncAccepted},
};
use crate::{
    actors::gateways::projects::{self, Create, Delete, Edit, Get, Link, Seen},
    clock::Timestamp,
    domain::{
        branch::BranchName,
        caller::Caller,
        profile::{Description, ProjectName},
        role::Role,
        sync::SyncStatus,
    },
    entities::projects::Change,
    ids::{ProjectId, SyncId},
};

/// A project that is wanted.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewProject {
    /// One line of 1 to 200 characters.
    #[schema(example = "compiler")]
    name: String,
    /// At most 4000 characters.
    #[serde(default)]
    description: String,
}

/// What of a project is to be changed; absent fields stay.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ProjectChange {
    /// One line of 1 to 200 characters.
    name: Option<String>,
    /// At most 4000 characters.
    description: Option<String>,
}

/// A repository to be mirrored.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Repository {
    /// Without credentials.
    #[schema(example = "https://git.example.org/team/compiler.git")]
    repo_url: String,
    /// Without one the remote's default branch is followed.
    branch: Option<String>,
}

/// Which project.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub struct ProjectPath {
    /// The project's id.
    pub id: ProjectId,
}

/// A project as the caller sees it.
#[derive(Debug, Serialize, ToSchema)]
pub struct ProjectView {
    id: ProjectId,
    name: String,
    description: String,
    /// `null` until a repository is linked.
    repo_url: Option<String>,
    /// The branch asked for; `null`: the remote's default is followed.
    branch: Option<String>,
    /// What the caller is in the project.
    role: Role,
    last_synced_at: Option<Timestamp>,
    last_sync: Option<LastSync>,
    /// What the mirror stands at.
    head_commit: Option<String>,
    /// Of the newest manifest.
    manifest_version: Option<i32>,
    created_at: Timestamp,
    updated_at: Timestamp,
}

/// The newest synchronisation.
#[derive(Debug, Serialize, ToSchema)]
pub struct LastSync {
    id: SyncId,
    status: SyncStatus,
}

impl From<Seen> for ProjectView {
    fn from(Seen { project, role, last_sync, manifest_version }: Seen) -> Self {
        Self {
            id: project.id,
            name: project.name,
            description: project.description,
            repo_url: project.repo_url,
            branch: project.branch,
            role,
            last_synced_at: project.last_synced_at,
            last_sync: last_sync.map(|sync| LastSync { id: sync.id, status: sync.status }),
            head_commit: project.head_commit,
            manifest_version,
            created_at: project.created_at,
            updated_at: project.updated_at,
        }
    }
}

/// Make a project
#[utoipa::path(operation_id = "create_project", tag = "projects", request_body = NewProject, responses((status = CREATED, body = ProjectView)))]
#[post("/projects")]
pub async fn create(
    state: State,
    caller: Caller,
    Body(new): Body<NewProject>,
) -> Result<(Json<ProjectView>, StatusCode), ApiError> {
    let create = Create {
        by: caller,
        name: ProjectName::parse("name", &new.name)?,
        description: Description::parse(&new.description)?,
    };
    let project = state.gateways.projects.ask(create).await?;
    Ok((Json(project.into()), StatusCode::CREATED))
}

/// List the caller's projects
#[utoipa::path(operation_id = "list_projects", tag = "projects", params(PageQuery), responses((status = OK, body = List<ProjectView>)))]
#[get("/projects")]
pub async fn list(state: State, caller: Caller, Query(query): Query<PageQuery>) -> Result<List<ProjectView>, ApiError> {
    let found = state.gateways.projects.ask(projects::List { by: caller, page: query.page()? }).await?;
    Ok(List::of(found, ProjectView::from))
}

/// Read a project
#[utoipa::path(operation_id = "read_project", tag = "projects", params(ProjectPath), responses((status = OK, body = ProjectView)))]
#[get("/projects/{id}")]
pub async fn read(state: State, caller: Caller, Path(path): Path<ProjectPath>) -> Result<Json<ProjectView>, ApiError> {
    Ok(Json(state.gateways.projects.ask(Get { by: caller, project: path.id }).await?.into()))
}

/// Change a project
#[utoipa::path(operation_id = "change_project", tag = "projects", request_body = ProjectChange, params(ProjectPath), responses((status = OK, body = ProjectView)))]
#[patch("/projects/{id}")]
pub async fn change(
    state: State,
    caller: Caller,
    Path(path): Path<ProjectPath>,
    Body(change): Body<ProjectChange>,
) -> Result<Json<ProjectView>, ApiError> {
    let change = Change {
        name: change.name.map(|name| ProjectName::parse("name", &name)).transpose()?,
        description: change.description.map(|text| Description::parse(&text)).transpose()?,
    };
    Ok(Json(state.gateways.projects.ask(Edit { by: caller, project: path.id, change }).await?.into()))
}

/// Delete a project
///
/// Its jobs end, and its mirror is removed.
#[utoipa::path(operation_id = "delete_project", tag = "projects", params(ProjectPath), responses((status = NO_CONTENT)))]
#[delete("/projects/{id}")]
pub async fn remove(state: State, caller: Caller, Path(path): Path<ProjectPath>) -> Result<HttpResponse, ApiError> {
    state.gateways.projects.ask(Delete { by: caller, project: path.id }).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Link a repository
///
/// The first synchronisation begins at once.
#[utoipa::path(operation_id = "link_repo", tag = "mirror", request_body = Repository, params(ProjectPath), responses((status = ACCEPTED, body = SyncAccepted)))]
#[post("/projects/{id}/link-repo")]
pub async fn link(
    state: State,
    caller: Caller,
    Path(path): Path<ProjectPath>,
    Body(repository): Body<Repository>,
) -> Result<Accepted, ApiError> {
    let Repository { repo_url, branch } = repository;
    let branch = branch.map(|name| BranchName::parse("branch", &name)).transpose()?;
    let sync = state.gateways.projects.ask(Link { by: caller, project: path.id, repo_url, branch }).await?;
    Ok(sync.into())
}
