//! `/projects/{id}/manifest/diff`: what leads from one version of a manifest to another.

use actix_web::{HttpRequest, HttpResponse, get, http::header};
use code::{
    kind::Kind,
    manifest::{FileCounts, FileSide, ManifestDiff, RenamedFile, SymbolCounts, SymbolSide},
    symbols::SymbolKind,
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::{
    State,
    body::{Path, Query},
    error::ApiError,
    etag,
    files::PathView,
    projects::ProjectPath,
};
use crate::{
    actors::gateways::code::{Compare, FindPair},
    domain::caller::Caller,
    entities::manifests,
};

/// Which manifests are compared.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct DiffQuery {
    /// The version that the difference begins at.
    from: i32,
    /// The version that it leads to; without it the newest.
    to: Option<i32>,
}

/// What leads from one manifest to another.
#[derive(Debug, Serialize, ToSchema)]
pub struct DiffView {
    from: VersionView,
    to: VersionView,
    files: FilesView,
    symbols: SymbolsView,
    /// Whether a list is shorter than its count.
    truncated: bool,
}

/// One of the manifests.
#[derive(Debug, Serialize, ToSchema)]
pub struct VersionView {
    version: i32,
    commit: String,
    manifest_digest: String,
}

/// Files that differ, at most 5,000 in each list.
#[derive(Debug, Serialize, ToSchema)]
pub struct FilesView {
    added: Vec<FileSideView>,
    removed: Vec<FileSideView>,
    /// At the same path, with another mode or content.
    changed: Vec<FilePairView>,
    /// At another path.
    renamed: Vec<RenamedView>,
    counts: FileCountsView,
}

/// How many files differ.
#[derive(Debug, Serialize, ToSchema)]
pub struct FileCountsView {
    added: u64,
    removed: u64,
    changed: u64,
    renamed: u64,
}

/// A file in one of the manifests.
#[derive(Debug, Serialize, ToSchema)]
pub struct FileSideView {
    #[serde(flatten)]
    path: PathView,
    /// Git's, six octal digits.
    mode: String,
    blob_id: String,
    /// Of the content; a submodule has none.
    sha256: Option<String>,
    size: u64,
    #[schema(value_type = String)]
    kind: Kind,
    language: Option<String>,
}

/// A file before and after.
#[derive(Debug, Serialize, ToSchema)]
pub struct FilePairView {
    from: FileSideView,
    to: FileSideView,
}

/// A file that was found again.
#[derive(Debug, Serialize, ToSchema)]
pub struct RenamedView {
    from: FileSideView,
    to: FileSideView,
    /// In percent: 100 is the same content, less the share of symbols whose bodies are the same.
    similarity: u8,
}

/// Symbols that differ, at most 10,000 in each list.
#[derive(Debug, Serialize, ToSchema)]
pub struct SymbolsView {
    added: Vec<SymbolSideView>,
    removed: Vec<SymbolSideView>,
    /// With the same descriptor in the same file, or in one that was renamed, and another body.
    changed: Vec<SymbolPairView>,
    /// With the same body in another place.
    moved: Vec<SymbolPairView>,
    counts: SymbolCountsView,
}

/// How many symbols differ.
#[derive(Debug, Serialize, ToSchema)]
pub struct SymbolCountsView {
    added: u64,
    removed: u64,
    changed: u64,
    moved: u64,
}

/// A symbol in one of the manifests.
#[derive(Debug, Serialize, ToSchema)]
pub struct SymbolSideView {
    #[serde(flatten)]
    path: PathView,
    descriptor: String,
    #[schema(value_type = String)]
    kind: SymbolKind,
    /// From 1.
    start_line: u32,
    end_line: u32,
}

/// A symbol before and after.
#[derive(Debug, Serialize, ToSchema)]
pub struct SymbolPairView {
    from: SymbolSideView,
    to: SymbolSideView,
}

impl From<&manifests::Model> for VersionView {
    fn from(row: &manifests::Model) -> Self {
        Self { version: row.version, commit: row.commit.clone(), manifest_digest: row.manifest_digest.clone() }
    }
}

impl From<FileSide> for FileSideView {
    fn from(file: FileSide) -> Self {
        Self {
            path: PathView::of(&file.path),
            mode: format!("{:06o}", file.mode),
            blob_id: file.blob_id.to_string(),
            sha256: file.sha256.map(|digest| digest.to_string()),
            size: file.size,
            kind: file.kind,
            language: file.language,
        }
    }
}

impl From<(FileSide, FileSide)> for FilePairView {
    fn from((from, to): (FileSide, FileSide)) -> Self {
        Self { from: from.into(), to: to.into() }
    }
}

impl From<RenamedFile> for RenamedView {
    fn from(RenamedFile { from, to, similarity }: RenamedFile) -> Self {
        Self { from: from.into(), to: to.into(), similarity }
    }
}

impl From<FileCounts> for FileCountsView {
    fn from(FileCounts { added, removed, changed, renamed }: FileCounts) -> Self {
        Self { added, removed, changed, renamed }
    }
}

impl From<SymbolSide> for SymbolSideView {
    fn from(SymbolSide { path, descriptor, kind, start_line, end_line, .. }: SymbolSide) -> Self {
        Self { path: PathView::of(&path), descriptor, kind, start_line, end_line }
    }
}

impl From<(SymbolSide, SymbolSide)> for SymbolPairView {
    fn from((from, to): (SymbolSide, SymbolSide)) -> Self {
        Self { from: from.into(), to: to.into() }
    }
}

impl From<SymbolCounts> for SymbolCountsView {
    fn from(SymbolCounts { added, removed, changed, moved }: SymbolCounts) -> Self {
        Self { added, removed, changed, moved }
    }
}

impl DiffView {
    fn of(from: VersionView, to: VersionView, diff: ManifestDiff) -> Self {
        let (files, symbols) = (diff.files, diff.symbols);
        Self {
            from,
            to,
            files: FilesView {
                added: views(files.added),
                removed: views(files.removed),
                changed: views(files.changed),
                renamed: views(files.renamed),
                counts: files.counts.into(),
            },
            symbols: SymbolsView {
                added: views(symbols.added),
                removed: views(symbols.removed),
                changed: views(symbols.changed),
                moved: views(symbols.moved),
                counts: symbols.counts.into(),
            },
            truncated: diff.truncated,
        }
    }
}

fn views<T, V: From<T>>(list: Vec<T>) -> Vec<V> {
    list.into_iter().map(V::from).collect()
}

/// Compare two manifests
///
/// Lists are bounded, and say so. Files are counted beyond that; symbols are, of the files that are listed. The `ETag` depends on both manifests' versions and digests alone.
#[utoipa::path(operation_id = "read_manifest_diff", tag = "code", params(ProjectPath, DiffQuery), responses((status = OK, body = DiffView), (status = NOT_MODIFIED)))]
#[get("/projects/{id}/manifest/diff")]
pub async fn read(
    state: State,
    caller: Caller,
    request: HttpRequest,
    Path(path): Path<ProjectPath>,
    Query(query): Query<DiffQuery>,
) -> Result<HttpResponse, ApiError> {
    let find = FindPair { by: caller, project: path.id, from: query.from, to: query.to };
    let pair = state.gateways.code.ask(find).await?;
    let (from, to) = pair.rows();
    let versions = format!("{}-{}", from.version, to.version);
    let tag = etag::of(&["diff", &versions, &from.manifest_digest, &to.manifest_digest]);
    let mut response = if etag::is_known(&request, &tag) { HttpResponse::NotModified() } else { HttpResponse::Ok() };
    response.insert_header((header::ETAG, tag.as_str())).insert_header((header::CACHE_CONTROL, "private, no-cache"));
    if etag::is_known(&request, &tag) {
        return Ok(response.finish());
    }
    let (from, to) = (VersionView::from(from), VersionView::from(to));
    let diff = state.gateways.code.ask(Compare(pair)).await?;
    Ok(response.json(DiffView::of(from, to, diff)))
}
