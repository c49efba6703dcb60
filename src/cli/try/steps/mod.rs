//! The steps of a trial, one a file: each asks the service, shows what it says, and checks it.

pub(super) mod account;
pub(super) mod again;
pub(super) mod browse;
pub(super) mod manifest;
pub(super) mod open;
pub(super) mod rename;
pub(super) mod search;
pub(super) mod sync;
pub(super) mod tree;

use base64::{Engine, prelude::BASE64_STANDARD};

use super::{
    api::{Api, ApiError, encoded},
    wire::File,
};

/// A file's bytes as the service gives them, with the id of its blob.
async fn content(api: &Api, project: &str, path: &[u8]) -> Result<(Vec<u8>, String), ApiError> {
    let file: File = api.get(&format!("/api/v1/projects/{project}/files/{}", encoded(path)), &[]).await?;
    let bytes = match file.encoding.as_str() {
        "base64" => BASE64_STANDARD.decode(&file.content).unwrap_or_default(),
        _ => file.content.into_bytes(),
    };
    Ok((bytes, file.blob_id))
}

/// The front of a commit's id, as people write it.
fn short(commit: &str) -> &str {
    commit.get(..12).unwrap_or(commit)
}
