//! `/projects/{id}/search`: where something stands in the files of the head.

use actix_web::{get, web::Json};
use code::{index::Named, snapshot::Match, symbols::SymbolKind};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::{
    State,
    body::{Path, Query},
    error::ApiError,
    files::PathView,
    projects::ProjectPath,
};
use crate::{
    actors::gateways::code::{self as gateway, Found, Search},
    domain::caller::Caller,
};

/// What is looked for.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct SearchQuery {
    /// A text, an expression, or the name of a symbol; at most 1,000 bytes.
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
#[derive(Debug, Clone, Copy, Default, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum SearchKind {
    /// To the letter.
    #[default]
    Text,
    /// A regular expression in the syntax of Rust's `regex`. A match lies within one line.
    Regex,
    /// The name of a symbol or a part of it, in any case. The very name comes first, then names that begin so, then
    /// names that hold it.
    Symbol,
}

impl From<SearchKind> for gateway::SearchKind {
    fn from(kind: SearchKind) -> Self {
        match kind {
            SearchKind::Text => Self::Text,
            SearchKind::Regex => Self::Expression,
            SearchKind::Symbol => Self::Symbol,
        }
    }
}

/// What was found.
#[derive(Debug, Serialize, ToSchema)]
pub struct FoundView {
    /// In the order of paths and places; symbols best first.
    matches: Vec<MatchView>,
    /// Whether there are, or may be, more: the limit or the time was reached.
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
    /// What stands there, where symbols were looked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    symbol: Option<SymbolView>,
}

/// A symbol.
#[derive(Debug, Serialize, ToSchema)]
pub struct SymbolView {
    name: String,
    /// The path of names that leads to it in its file.
    descriptor: String,
    /// `function`, `method`, `class`, `struct`, `enum`, `trait`, `interface`, `type`, `constant`, `variable`,
    /// `module` or `macro`.
    #[schema(value_type = String)]
    kind: SymbolKind,
}

impl From<(Match, Option<Named>)> for MatchView {
    fn from((Match { path, line, column, snippet }, symbol): (Match, Option<Named>)) -> Self {
        let symbol = symbol.map(|Named { name, descriptor, kind, .. }| SymbolView { name, descriptor, kind });
        Self { path: PathView::of(&path), line, column, snippet, symbol }
    }
}

impl From<Found> for FoundView {
    fn from(found: Found) -> Self {
        let matches = found.matches.into_iter().map(MatchView::from).collect();
        Self { matches, truncated: found.truncated, files_searched: found.files_searched }
    }
}

/// Search the files of the head
///
/// After five seconds the answer is what was found until then, and `truncated`.
#[utoipa::path(tag = "code", params(ProjectPath, SearchQuery), responses((status = OK, body = FoundView)))]
#[get("/projects/{id}/search")]
pub async fn search(
    state: State,
    caller: Caller,
    Path(path): Path<ProjectPath>,
    Query(query): Query<SearchQuery>,
) -> Result<Json<FoundView>, ApiError> {
    let SearchQuery { q, kind, path: below, limit } = query;
    let search = Search { by: caller, project: path.id, text: q, kind: kind.into(), path: below.into_bytes(), limit };
    Ok(Json(state.gateways.code.ask(search).await?.into()))
}
