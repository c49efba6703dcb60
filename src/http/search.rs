//! `/projects/{id}/search`: where something stands in the files of the head.

use actix_web::{get, web::Json};
use code::snapshot::{Found, Match};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::{
    State,
    body::{Path, Query},
    error::ApiError,
    files::PathView,
    projects::ProjectPath,
};
use crate::{actors::gateways::code::Search, domain::caller::Caller};

/// What is looked for.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct SearchQuery {
    /// The text, to the letter.
    q: String,
    /// How `q` is meant.
    #[serde(default)]
    #[param(inline)]
    kind: SearchKind,
    /// Only in paths that begin so.
    #[serde(default)]
    path: String,
    /// At most so many matches, 1 to 1000.
    #[param(minimum = 1, maximum = 1000)]
    limit: Option<usize>,
}

/// How a search is meant.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum SearchKind {
    /// To the letter.
    #[default]
    Text,
}

/// What was found.
#[derive(Debug, Serialize, ToSchema)]
pub struct FoundView {
    /// In the order of paths and places.
    matches: Vec<MatchView>,
    /// Whether there are, or may be, more.
    truncated: bool,
    files_searched: u64,
}

/// One place.
#[derive(Debug, Serialize, ToSchema)]
pub struct MatchView {
    #[serde(flatten)]
    path: PathView,
    /// From 1.
    line: u32,
    /// In code points, from 1.
    column: u32,
    /// The line, or the part of it round the match.
    snippet: String,
}

impl From<Match> for MatchView {
    fn from(Match { path, line, column, snippet }: Match) -> Self {
        Self { path: PathView::of(&path), line, column, snippet }
    }
}

impl From<Found> for FoundView {
    fn from(found: Found) -> Self {
        let matches = found.matches.into_iter().map(MatchView::from).collect();
        Self { matches, truncated: found.truncated, files_searched: found.files_searched }
    }
}

/// Search the files of the head
#[utoipa::path(tag = "code", params(ProjectPath, SearchQuery), responses((status = OK, body = FoundView)))]
#[get("/projects/{id}/search")]
pub async fn search(
    state: State,
    caller: Caller,
    Path(path): Path<ProjectPath>,
    Query(query): Query<SearchQuery>,
) -> Result<Json<FoundView>, ApiError> {
    let SearchKind::Text = query.kind;
    let search =
        Search { by: caller, project: path.id, text: query.q, path: query.path.into_bytes(), limit: query.limit };
    Ok(Json(state.gateways.code.ask(search).await?.into()))
}
