//! A second synchronisation, which must find nothing to do and leave the manifest as it was, byte for byte.

use std::{
    fs::File,
    io::{BufReader, Read as _},
    time::Instant,
};

use reqwest::header;
use serde_json::json;

use super::{
    super::{
        api::{Api, ApiError},
        record::{Problem, Step},
        show,
        wire::{Accepted, Project},
    },
    manifest::{self, Read},
    short,
    sync::{Synced, follow},
};

pub(crate) async fn nothing_to_do(api: &Api, project: &str, synced: &Synced, step: &mut Step) -> Result<(), Problem> {
    let accepted: Accepted = api.post(&format!("/api/v1/projects/{project}/sync-repo"), &json!({})).await?;
    let started = Instant::now();
    let sync = follow(api, project, &accepted.sync_id, |_| {}).await?;
    if sync.commit_after != synced.commit {
        return Err(Problem::Moved(sync.commit_after.as_deref().map_or("none", short).to_owned()));
    }
    let seen: Project = api.get(&format!("/api/v1/projects/{project}"), &[]).await?;
    let idle = sync.commit_before == sync.commit_after && seen.manifest_version == synced.version;
    let claim = format!("nothing to do, in {}", show::duration(started.elapsed()));
    step.saw("sync_ms", sync.duration_ms);
    step.verify(idle, claim, || format!("the manifest has version {:?} now", seen.manifest_version))
}

pub(crate) async fn same_bytes(api: &Api, project: &str, read: &Read, step: &mut Step) -> Result<(), Problem> {
    let mut answer = api.fetch(&manifest::address(project), None).await?;
    let tag = answer.headers().get(header::ETAG).and_then(|tag| tag.to_str().ok()).unwrap_or_default().to_owned();
    step.verify(tag == read.tag, "same manifest digest", || format!("its ETag is {tag}"))?;
    let mut before = BufReader::with_capacity(1 << 20, File::open(&read.kept)?);
    let (mut at, mut piece) = (0, Vec::new());
    let claim = format!("same {} bytes", indicatif::HumanCount(read.bytes));
    while let Some(chunk) = answer.chunk().await.map_err(ApiError::from)? {
        piece.clear();
        (&mut before).take(chunk.len() as u64).read_to_end(&mut piece)?;
        if piece != chunk {
            return step.verify(false, claim, || format!("they differ after byte {at}"));
        }
        at += chunk.len() as u64;
    }
    step.saw("bytes_compared", at);
    step.verify(at == read.bytes, claim, || format!("{at} bytes came"))
}
