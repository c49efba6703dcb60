//! `/projects/{id}/files`: trees and files of the mirror, at the head or at any branch, tag or commit.

use std::{io, ops::RangeInclusive};

use actix_web::{HttpRequest, HttpResponse, HttpResponseBuilder, get, http::header, web::Bytes};
use base64::{Engine, prelude::BASE64_STANDARD};
use futures::{Stream, StreamExt, TryStreamExt, stream};
use mirror::{Kind, Listing, TreeEntry};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::{
    State,
    body::{Path, Query},
    error::ApiError,
    etag,
    openapi::ErrorView,
    projects::ProjectPath,
    raw,
};
use crate::{
    actors::gateways::code::{FindFile, Folder, ListFiles, Opened, ReadFile},
    domain::{
        caller::Caller,
        failure::{Failure, Missing},
    },
};

/// Entries of a long listing that are read at once.
const BATCH: usize = 1_000;

/// Which folder.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct TreeQuery {
    /// The folder; empty for the root.
    #[serde(default)]
    path: String,
    /// Branch, tag or commit; without it the head.
    #[serde(rename = "ref")]
    #[param(rename = "ref")]
    at: Option<String>,
    /// All that is below, files only.
    #[serde(default)]
    recursive: bool,
}

/// Which part of a file.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct FileQuery {
    /// Branch, tag or commit; without it the head.
    #[serde(rename = "ref")]
    #[param(rename = "ref")]
    at: Option<String>,
    /// Only these lines, `a-b`, from 1, both included.
    #[param(example = "10-20")]
    lines: Option<String>,
}

/// A path, or its bytes in base64 where they are not UTF-8.
#[derive(Debug, Serialize, ToSchema)]
pub struct PathView {
    #[serde(skip_serializing_if = "Option::is_none")]
    path: Option<String>,
    /// Standard base64.
    #[serde(skip_serializing_if = "Option::is_none")]
    path_b64: Option<String>,
}

impl PathView {
    /// The form that shows all of it.
    pub fn of(path: &[u8]) -> Self {
        match str::from_utf8(path) {
            Ok(text) => Self { path: Some(text.to_owned()), path_b64: None },
            Err(_) => Self { path: None, path_b64: Some(BASE64_STANDARD.encode(path)) },
        }
    }
}

/// A folder.
#[derive(Debug, Serialize, ToSchema)]
pub struct TreeView {
    /// The commit that was looked at.
    commit: String,
    /// The folder that was asked for.
    path: String,
    entries: Vec<EntryView>,
}

/// One entry of a folder.
#[derive(Debug, Serialize, ToSchema)]
pub struct EntryView {
    #[serde(flatten)]
    path: PathView,
    /// `file`, `directory`, `symlink` or `submodule`.
    kind: &'static str,
    /// Git's, six octal digits.
    mode: String,
    /// The blob, tree, or commit of a submodule.
    object_id: String,
    /// Bytes, of what has bytes.
    size: Option<u64>,
}

/// A file.
#[derive(Debug, Serialize, ToSchema)]
pub struct FileView {
    #[serde(flatten)]
    path: PathView,
    /// As `encoding` says.
    content: String,
    /// `utf-8`, or `base64` for what is not text.
    encoding: &'static str,
    language: Option<&'static str>,
    /// Bytes of the whole file.
    size: u64,
    /// Lines of the whole file; `null` for what is not text.
    lines: Option<usize>,
    blob_id: String,
    /// The commit that was looked at.
    commit: String,
}

impl From<TreeEntry> for EntryView {
    fn from(entry: TreeEntry) -> Self {
        let kind = match entry.kind {
            Kind::File | Kind::Executable => "file",
            Kind::Symlink => "symlink",
            Kind::Submodule => "submodule",
            Kind::Directory => "directory",
        };
        Self {
            path: PathView::of(&entry.path),
            kind,
            mode: format!("{:06o}", entry.mode),
            object_id: entry.id.to_string(),
            size: entry.size,
        }
    }
}

impl FileView {
    fn of(Opened { commit, file, language }: Opened, range: Option<&RangeInclusive<usize>>) -> Result<Self, Failure> {
        let (commit, blob_id, path) = (commit.to_string(), file.id.to_string(), PathView::of(&file.path));
        let text = str::from_utf8(&file.bytes).ok().filter(|text| !text.contains('\0'));
        let (content, encoding) = match (text, range) {
            (Some(text), Some(range)) => (cut(text, range)?, "utf-8"),
            (Some(text), None) => (text.to_owned(), "utf-8"),
            (None, Some(_)) => return Err(Failure::invalid("lines", "cannot be cut from a file that is not text")),
            (None, None) => (BASE64_STANDARD.encode(&file.bytes), "base64"),
        };
        let lines = text.map(|text| text.split_inclusive('\n').count());
        Ok(Self { path, content, encoding, language, size: file.size, lines, blob_id, commit })
    }
}

fn cut(text: &str, range: &RangeInclusive<usize>) -> Result<String, Failure> {
    let skipped = range.start().saturating_sub(1);
    let lines: String = text.split_inclusive('\n').skip(skipped).take(range.end() - skipped).collect();
    if lines.is_empty() { Err(Failure::invalid("lines", "begin after the end of the file")) } else { Ok(lines) }
}

fn lines(text: &str) -> Result<RangeInclusive<usize>, Failure> {
    let range = text.split_once('-').and_then(|(first, last)| Some(first.parse().ok()?..=last.parse().ok()?));
    let range = range.filter(|range: &RangeInclusive<usize>| *range.start() >= 1 && !range.is_empty());
    range.ok_or_else(|| Failure::invalid("lines", "must be `a-b` with 1 ≤ a ≤ b"))
}

/// List a folder
#[utoipa::path(operation_id = "list_files", tag = "code", params(ProjectPath, TreeQuery), responses((status = OK, body = TreeView), (status = NOT_MODIFIED)))]
#[get("/projects/{id}/files")]
pub async fn list(
    state: State,
    caller: Caller,
    request: HttpRequest,
    Path(path): Path<ProjectPath>,
    Query(query): Query<TreeQuery>,
) -> Result<HttpResponse, ApiError> {
    let bytes = query.path.trim_end_matches('/').as_bytes().to_vec();
    let list = ListFiles { by: caller, project: path.id, at: query.at, path: bytes, recursive: query.recursive };
    let Folder { commit, entries, rest } = state.gateways.code.ask(list).await?;
    let commit = commit.to_string();
    let tag = etag::of(&["tree", &commit, &query.path, &query.recursive.to_string()]);
    let entries = entries.into_iter().map(EntryView::from).collect();
    let view = TreeView { commit, path: query.path, entries };
    match rest {
        Some(rest) if !etag::is_known(&request, &tag) => {
            let body = streamed(&view, rest).map_err(Failure::internal)?;
            Ok(dressed(&request, &tag).content_type("application/json").streaming(body))
        }
        _ => Ok(tagged(&request, &tag, view)),
    }
}

/// Read a file
///
/// A symlink is answered as its target's name, never followed. With `Accept: application/octet-stream` the answer is
/// the file's bytes as they are; then `Range` asks for some of them, and `lines` is refused.
#[utoipa::path(operation_id = "read_file", tag = "code", params(ProjectPath, ("path" = String, Path, description = "From the root; `%2F` is a slash."), FileQuery,
    ("Range" = Option<String>, Header, description = "One range of bytes, with `Accept: application/octet-stream`.")),
    responses((status = OK, content((FileView = "application/json"), (Vec<u8> = "application/octet-stream"))),
        (status = PARTIAL_CONTENT, body = Vec<u8>, content_type = "application/octet-stream"),
        (status = NOT_MODIFIED), (status = RANGE_NOT_SATISFIABLE, body = ErrorView)))]
#[get("/projects/{id}/files/{path:.*}")]
pub async fn read(
    state: State,
    caller: Caller,
    request: HttpRequest,
    Path(path): Path<ProjectPath>,
    Query(query): Query<FileQuery>,
) -> Result<HttpResponse, ApiError> {
    let range = query.lines.as_deref().map(lines).transpose()?;
    let bytes = file_path(&request).ok_or(Failure::NotFound(Missing::File))?;
    let read = ReadFile { by: caller, project: path.id, at: query.at, path: bytes };
    if raw::is_wanted(&request) {
        refuse_lines(range.as_ref())?;
        let file = state.gateways.code.ask(FindFile(read)).await?;
        return raw::answer(&state, &request, file).await;
    }
    let opened = state.gateways.code.ask(read).await?;
    let (commit, blob) = (opened.commit.to_string(), opened.file.id.to_string());
    let tag = etag::of(&["file", &commit, &blob, query.lines.as_deref().unwrap_or_default()]);
    Ok(tagged(&request, &tag, FileView::of(opened, range.as_ref())?))
}

fn refuse_lines(range: Option<&RangeInclusive<usize>>) -> Result<(), Failure> {
    match range {
        Some(_) => Err(Failure::invalid("lines", "are cut from text in JSON; ask for bytes with `Range`")),
        None => Ok(()),
    }
}

/// The bytes behind `/files/` in the address, with every `%XX` read.
fn file_path(request: &HttpRequest) -> Option<Vec<u8>> {
    let (_, raw) = request.uri().path().split_once("/files/")?;
    Some(percent_encoding::percent_decode_str(raw).collect())
}

fn tagged(request: &HttpRequest, tag: &str, view: impl Serialize) -> HttpResponse {
    let mut response = dressed(request, tag);
    if etag::is_known(request, tag) { response.finish() } else { response.json(view) }
}

fn dressed(request: &HttpRequest, tag: &str) -> HttpResponseBuilder {
    let mut response = if etag::is_known(request, tag) { HttpResponse::NotModified() } else { HttpResponse::Ok() };
    response
        .insert_header((header::ETAG, tag))
        .insert_header((header::CACHE_CONTROL, "private, no-cache"))
        .insert_header((header::VARY, "Accept"));
    response
}

/// The view with the entries that come after its own in their place, a batch in memory at a time.
fn streamed(view: &TreeView, rest: Listing) -> serde_json::Result<impl Stream<Item = io::Result<Bytes>> + use<>> {
    let whole = serde_json::to_string(view)?;
    // The entries are the last member: the view ends with theirs and its own brackets.
    let head = whole.strip_suffix("]}").unwrap_or(&whole).to_owned();
    let batches = stream::try_unfold(Some(rest), |rest| async {
        let Some(mut rest) = rest else { return Ok(None) };
        let look = move || rest.next_batch(BATCH).map(|entries| (entries, rest));
        let seen = tokio::task::spawn_blocking(look).await.map_err(io::Error::other)?;
        let (entries, rest) = seen.map_err(io::Error::other)?;
        let rest = (entries.len() == BATCH).then_some(rest);
        Ok::<_, io::Error>(Some((joined(entries)?, rest)))
    });
    let ends = |text: String| stream::iter([Ok(Bytes::from(text))]);
    Ok(ends(head).chain(batches.into_stream()).chain(ends("]}".to_owned())))
}

/// Entries, each behind a comma.
fn joined(entries: Vec<TreeEntry>) -> serde_json::Result<Bytes> {
    let mut text = Vec::new();
    for entry in entries {
        text.push(b',');
        serde_json::to_writer(&mut text, &EntryView::from(entry))?;
    }
    Ok(text.into())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

    use super::*;

    #[test]
    fn lines_are_a_range_from_one() {
        assert_eq!(lines("2-3").unwrap(), 2..=3);
        for text in ["", "1", "0-1", "3-2", "a-b", "-1-2", "1-2-3", "1-99999999999999999999999"] {
            assert!(lines(text).is_err(), "{text}");
        }
    }

    #[test]
    fn lines_keep_their_ends() {
        assert_eq!(cut("a\r\nb\nc", &(1..=2)).unwrap(), "a\r\nb\n");
        assert_eq!(cut("a\r\nb\nc", &(3..=9)).unwrap(), "c");
        assert!(cut("a\n", &(2..=2)).is_err());
    }
}
