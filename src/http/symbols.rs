//! `/projects/{id}/symbols/at`: what stands under a cursor, and whether it can be renamed.

use actix_web::{get, web::Json};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};

use super::{
    State,
    body::{Path, Query},
    error::ApiError,
    projects::ProjectPath,
    proposal_views::SymbolView,
};
use crate::{
    actors::gateways::code::FindSymbol,
    domain::{caller::Caller, refactor::Target},
};

/// A place in a file of the head.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct PlaceQuery {
    /// From the repository's root.
    path: String,
    /// From 1.
    #[param(minimum = 1)]
    line: u32,
    /// From 1, in code points.
    #[param(minimum = 1)]
    column: u32,
}

/// A symbol, as renames know it.
#[derive(Debug, Serialize, ToSchema)]
pub struct RenamableView {
    /// Whether it can be given another name; if not, `refusal` says why.
    can_rename: bool,
    #[serde(flatten)]
    #[schema(value_type = SymbolView)]
    symbol: Value,
}

/// Say which symbol stands at a place
///
/// Where there is none, the answer is 404 with what stands there instead.
#[utoipa::path(operation_id = "symbol_at", tag = "refactor", params(ProjectPath, PlaceQuery), responses((status = OK, body = RenamableView)))]
#[get("/projects/{id}/symbols/at")]
pub async fn at(
    state: State,
    caller: Caller,
    Path(path): Path<ProjectPath>,
    Query(query): Query<PlaceQuery>,
) -> Result<Json<RenamableView>, ApiError> {
    let symbol = Target::position(query.path, query.line, query.column)?;
    let symbol = state.gateways.code.ask(FindSymbol { by: caller, project: path.id, symbol }).await?;
    Ok(Json(RenamableView { can_rename: symbol.get("refusal").is_none(), symbol }))
}
