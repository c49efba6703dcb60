//! `/projects`: what belongs to the caller, and which repository each mirrors.

use actix_web::{HttpRequest, HttpResponse, delete, get, patch, post};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::{
    State,
    body::{Body, Path, Query},
    credentials::{CredentialInput, CredentialView},
    error::ApiError,
    etag::{self, IfMatch},
    list::{List, PageQuery},
    syncs::{Accepted, SyncAccepted},
};
use crate::{
    actors::gateways::{
        projects::{self, Create, Delete, Edit, Get, Seen},
        remotes::{Link, Linked},
    },
    clock::Timestamp,
    domain::{
        branch::BranchName,
        caller::Caller,
        patch::{Patch, given},
        profile::{Description, ProjectName},
        role::Role,
        schedule::SyncInterval,
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
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = String, required = false)]
    name: Option<String>,
    /// At most 4000 characters.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = String, required = false)]
    description: Option<String>,
    /// Seconds between two scheduled synchronisations, at least 300; `null`: there are none.
    #[serde(default)]
    #[schema(value_type = Option<i64>, minimum = 300, maximum = 2_592_000)]
    sync_interval_s: Patch<i64>,
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
    /// What opens it, where it is private. Over ssh a deploy key is made without being asked for.
    credential: Option<CredentialInput>,
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
    /// Whether Git hosts may announce pushes.
    hook_secret_set: bool,
    /// Seconds between two scheduled synchronisations; `null`: there are none.
    #[schema(value_type = Option<i32>)]
    sync_interval_s: Option<SyncInterval>,
    created_at: Timestamp,
    updated_at: Timestamp,
}

/// What a link leads to: a first synchronisation, and what the repository is opened with.
#[derive(Debug, Serialize, ToSchema)]
pub struct LinkAccepted {
    #[serde(flatten)]
    sync: SyncAccepted,
    /// Of a deploy key, `public_key` is what the host's settings want.
    credential: Option<CredentialView>,
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
            hook_secret_set: project.hook_secret.is_some(),
            sync_interval_s: project.sync_interval_s,
            created_at: project.created_at,
            updated_at: project.updated_at,
        }
    }
}

/// Make a project
#[utoipa::path(operation_id = "create_project", tag = "projects", request_body = NewProject, responses((status = CREATED, body = ProjectView)))]
#[post("/projects")]
pub async fn create(state: State, caller: Caller, Body(new): Body<NewProject>) -> Result<HttpResponse, ApiError> {
    let create = Create {
        by: caller,
        name: ProjectName::parse("name", &new.name)?,
        description: Description::parse(&new.description)?,
    };
    let project = state.gateways.projects.ask(create).await?;
    Ok(etag::versioned(HttpResponse::Created(), &project.version(), ProjectView::from(project)))
}

/// List the caller's projects
#[utoipa::path(operation_id = "list_projects", tag = "projects", params(PageQuery), responses((status = OK, body = List<ProjectView>)))]
#[get("/projects")]
pub async fn list(state: State, caller: Caller, Query(query): Query<PageQuery>) -> Result<List<ProjectView>, ApiError> {
    let found = state.gateways.projects.ask(projects::List { by: caller, page: query.page()? }).await?;
    Ok(List::of(found, ProjectView::from))
}

/// Read a project
///
/// The `ETag` changes with whatever is answered here; sent back as `If-Match` it guards a change.
#[utoipa::path(operation_id = "read_project", tag = "projects", params(ProjectPath), responses((status = OK, body = ProjectView), (status = NOT_MODIFIED)))]
#[get("/projects/{id}")]
pub async fn read(
    state: State,
    caller: Caller,
    request: HttpRequest,
    Path(path): Path<ProjectPath>,
) -> Result<HttpResponse, ApiError> {
    let project = state.gateways.projects.ask(Get { by: caller, project: path.id }).await?;
    let version = project.version();
    if etag::is_known(&request, &etag::strong(version.as_str())) {
        return Ok(etag::unchanged(&version));
    }
    Ok(etag::versioned(HttpResponse::Ok(), &version, ProjectView::from(project)))
}

/// Change a project
#[utoipa::path(operation_id = "change_project", tag = "projects", request_body = ProjectChange, params(ProjectPath, IfMatch), responses((status = OK, body = ProjectView)))]
#[patch("/projects/{id}")]
pub async fn change(
    state: State,
    caller: Caller,
    Path(path): Path<ProjectPath>,
    IfMatch(expected): IfMatch,
    Body(change): Body<ProjectChange>,
) -> Result<HttpResponse, ApiError> {
    let change = Change {
        name: change.name.map(|name| ProjectName::parse("name", &name)).transpose()?,
        description: change.description.map(|text| Description::parse(&text)).transpose()?,
        sync_interval: change.sync_interval_s.try_map(|seconds| SyncInterval::parse("sync_interval_s", seconds))?,
    };
    let project = state.gateways.projects.ask(Edit { by: caller, project: path.id, change, expected }).await?;
    Ok(etag::versioned(HttpResponse::Ok(), &project.version(), ProjectView::from(project)))
}

/// Delete a project
///
/// Its jobs end, and its mirror is removed.
#[utoipa::path(operation_id = "delete_project", tag = "projects", params(ProjectPath, IfMatch), responses((status = NO_CONTENT)))]
#[delete("/projects/{id}")]
pub async fn remove(
    state: State,
    caller: Caller,
    Path(path): Path<ProjectPath>,
    IfMatch(expected): IfMatch,
) -> Result<HttpResponse, ApiError> {
    state.gateways.projects.ask(Delete { by: caller, project: path.id, expected }).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Link a repository
///
/// The first synchronisation begins at once.
#[utoipa::path(operation_id = "link_repo", tag = "mirror", request_body = Repository, params(ProjectPath), responses((status = ACCEPTED, body = LinkAccepted)))]
#[post("/projects/{id}/link-repo")]
pub async fn link(
    state: State,
    caller: Caller,
    Path(path): Path<ProjectPath>,
    Body(repository): Body<Repository>,
) -> Result<Accepted<LinkAccepted>, ApiError> {
    let Repository { repo_url, branch, credential } = repository;
    let branch = branch.map(|name| BranchName::parse("branch", &name)).transpose()?;
    let credential = credential.map(|credential| credential.parse("credential.")).transpose()?;
    let link = Link { by: caller, project: path.id, repo_url, branch, credential };
    let Linked { sync, credential } = state.gateways.remotes.ask(link).await?;
    let credential = credential.map(Into::into);
    Ok(Accepted::of(&sync, LinkAccepted { sync: SyncAccepted::of(&sync), credential }))
}
