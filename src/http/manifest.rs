//! `/projects/{id}/manifest`: the snapshot of a mirror at a commit, streamed shard by shard.

use actix_web::{HttpRequest, HttpResponse, get, http::header, web::Bytes};
use code::manifest::{Root, ShardEntry};
use futures::{StreamExt, TryStreamExt, stream};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::{io, sync::Arc};
use utoipa::{IntoParams, ToSchema};

use super::{
    State,
    body::{Path, Query},
    error::ApiError,
    etag,
    projects::ProjectPath,
};
use crate::{
    actors::gateways::code::{GetManifest, Manifest},
    clock::Timestamp,
    domain::{caller::Caller, failure::Failure},
    entities::manifests,
    storage::{manifests as stored, objects::Objects},
};

/// Which manifest, and what of it.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ManifestQuery {
    /// Without it the newest.
    version: Option<i32>,
    /// `files` leaves symbols and imports out.
    #[param(inline)]
    fields: Option<Fields>,
    /// Only files whose path is this or below it.
    path: Option<String>,
}

/// What of each file is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Fields {
    /// The file itself, without symbols and imports.
    Files,
}

/// A manifest: its envelope and its body.
#[derive(Debug, Serialize, ToSchema)]
pub struct ManifestView {
    /// Grows when the digest changes.
    version: i32,
    commit: String,
    /// SHA-256 of the root document: of all that the body holds.
    manifest_digest: String,
    /// SHA-256 over mode, content and path of every file.
    content_digest: String,
    created_at: Timestamp,
    previous_version: Option<i32>,
    /// Sums over all files.
    #[schema(value_type = Object)]
    counts: Value,
    body: ManifestBody,
}

/// The root document, with the files in place of its shards.
#[derive(Debug, Serialize, ToSchema)]
pub struct ManifestBody {
    schema: String,
    object_format: String,
    commit: String,
    tree: String,
    #[schema(value_type = Object)]
    extractor: Value,
    /// In the order of their paths.
    #[schema(value_type = Vec<Object>)]
    files: Vec<Value>,
}

impl ManifestView {
    /// The view without files, which are streamed into its place.
    fn of(row: manifests::Model, root: &Root) -> Self {
        let body = ManifestBody {
            schema: root.schema.clone(),
            object_format: root.object_format.clone(),
            commit: root.commit.clone(),
            tree: root.tree.clone(),
            extractor: json!(root.extractor),
            files: Vec::new(),
        };
        Self {
            version: row.version,
            commit: row.commit,
            manifest_digest: row.manifest_digest,
            content_digest: row.content_digest,
            created_at: row.created_at,
            previous_version: row.previous_version,
            counts: json!(root.counts),
            body,
        }
    }
}

/// Read the manifest
///
/// The `ETag` is the manifest's digest, so a client that has it asks with `If-None-Match` and gets 304.
#[utoipa::path(operation_id = "read_manifest", tag = "code", params(ProjectPath, ManifestQuery), responses((status = OK, body = ManifestView), (status = NOT_MODIFIED)))]
#[get("/projects/{id}/manifest")]
pub async fn read(
    state: State,
    caller: Caller,
    request: HttpRequest,
    Path(path): Path<ProjectPath>,
    Query(query): Query<ManifestQuery>,
) -> Result<HttpResponse, ApiError> {
    let get = GetManifest { by: caller, project: path.id, version: query.version };
    let Manifest { row, root } = state.gateways.code.ask(get).await?;
    let tag = etag::strong(&row.manifest_digest);
    let mut response = if etag::is_known(&request, &tag) { HttpResponse::NotModified() } else { HttpResponse::Ok() };
    response.insert_header((header::ETAG, tag.clone())).insert_header((header::CACHE_CONTROL, "private, no-cache"));
    if etag::is_known(&request, &tag) {
        return Ok(response.finish());
    }
    let wanted = Wanted { path: query.path.unwrap_or_default(), symbols: query.fields.is_none() };
    let body = stream_body(Arc::clone(&state.objects), row, &root, wanted).map_err(ApiError::from)?;
    Ok(response.content_type("application/json").streaming(body))
}

/// What of the files is wanted.
struct Wanted {
    path: String,
    symbols: bool,
}

impl Wanted {
    /// A path stands for itself and for all that is below it.
    fn takes(&self, path: &[u8]) -> bool {
        let below = path.strip_prefix(self.path.trim_end_matches('/').as_bytes());
        self.path.is_empty() || below.is_some_and(|rest| rest.is_empty() || rest.starts_with(b"/"))
    }
}

/// The view with each file's record in its place, as it was written, one shard in memory at a time.
fn stream_body(
    objects: Arc<dyn Objects>,
    row: manifests::Model,
    root: &Root,
    wanted: Wanted,
) -> Result<impl futures::Stream<Item = io::Result<Bytes>> + use<>, Failure> {
    let frame = serde_json::to_string(&ManifestView::of(row, root)).map_err(Failure::internal)?;
    let (head, tail) = frame.rsplit_once("[]").unwrap_or((frame.as_str(), ""));
    let (head, tail) = (Bytes::from(format!("{head}[")), Bytes::from(format!("]{tail}")));
    let shards: Vec<ShardEntry> = root.shards_under(wanted.path.trim_end_matches('/').as_bytes()).cloned().collect();
    let wanted = Arc::new(wanted);
    let chunks = stream::iter(shards).then(move |shard| shard_chunk(Arc::clone(&objects), shard, Arc::clone(&wanted)));
    // A comma stands between chunks, not before the first.
    let chunks = chunks.try_filter(|chunk| std::future::ready(!chunk.is_empty())).enumerate().map(|(at, chunk)| {
        chunk.map(|chunk| if at == 0 { chunk } else { Bytes::from([b",".as_slice(), &chunk].concat()) })
    });
    Ok(stream::iter([Ok(head)]).chain(chunks).chain(stream::iter([Ok(tail)])))
}

/// The records of one shard that are wanted, joined by commas.
async fn shard_chunk(objects: Arc<dyn Objects>, shard: ShardEntry, wanted: Arc<Wanted>) -> io::Result<Bytes> {
    let compressed = stored::read(objects.as_ref(), &shard.digest.to_string()).await.map_err(io::Error::other)?;
    let unpack = move || {
        let shard = code::manifest::Shard::read(&compressed, &shard).map_err(io::Error::other)?;
        shard.select(&|path| wanted.takes(path), wanted.symbols).map_err(io::Error::other)
    };
    let records = tokio::task::spawn_blocking(unpack).await.map_err(io::Error::other)??;
    Ok(records.join(b",".as_slice()).into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_stands_for_itself_and_what_is_below() {
        let wanted = |path: &str| Wanted { path: path.to_owned(), symbols: true };
        assert!(wanted("").takes(b"src/lib.rs"));
        assert!(wanted("src").takes(b"src/lib.rs") && wanted("src/").takes(b"src/lib.rs"));
        assert!(wanted("src/lib.rs").takes(b"src/lib.rs"));
        assert!(!wanted("src").takes(b"src2/lib.rs") && !wanted("src").takes(b"lib.rs"));
    }
}
