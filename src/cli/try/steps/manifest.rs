//! The manifest: read whole, and everything that can be worked out again worked out again.

use std::{
    cmp::Reverse,
    fs::File,
    io::Write,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use code::manifest::Counts;
use indicatif::{HumanBytes, HumanCount};
use reqwest::{StatusCode, header};
use serde_json::{Value, json};

use super::{
    super::{
        api::Api,
        record::{Problem, Step},
        show,
        survey::{self, Manifest},
        wire::Envelope,
    },
    sync::Synced,
};

/// Languages shown; the rest is summed up.
const LANGUAGES: usize = 4;

/// A manifest, and the answer that it came in.
pub(crate) struct Read {
    pub(crate) manifest: Manifest,
    pub(crate) tag: String,
    /// Where the answer's bytes are.
    pub(crate) kept: PathBuf,
    pub(crate) bytes: u64,
}

pub(crate) fn address(project: &str) -> String {
    format!("/api/v1/projects/{project}/manifest")
}

pub(crate) async fn read(
    api: &Api,
    project: &str,
    synced: &Synced,
    folder: &Path,
    step: &mut Step,
) -> Result<Read, Problem> {
    let kept = folder.join("manifest.json");
    let started = Instant::now();
    let (tag, bytes) = download(api, project, &kept).await?;
    step.saw("bytes", bytes);
    step.saw("download_ms", u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX));
    let manifest = survey::read(&kept)?;
    tell(&manifest, synced.took, step);
    check(&manifest, &tag, synced, step)?;
    let again = api.fetch(&address(project), Some(&tag)).await?;
    let known = again.status() == StatusCode::NOT_MODIFIED;
    step.verify(known, "who has it gets 304", || format!("{} came instead", again.status()))?;
    Ok(Read { manifest, tag, kept, bytes })
}

/// An empty repository has none.
pub(crate) async fn absent(api: &Api, project: &str, step: &mut Step) -> Result<(), Problem> {
    let answer = api.get::<Value>(&address(project), &[]).await;
    step.say("there is nothing to describe, browse, search or open");
    let none = answer.as_ref().is_err_and(|error| error.is("MANIFEST_NOT_FOUND"));
    step.verify(none, "an empty repository has no manifest (404)", || format!("the answer was {answer:?}"))
}

/// Keeps the answer as it comes, since it may be larger than memory likes; answers its `ETag` and its length.
pub(super) async fn download(api: &Api, project: &str, to: &Path) -> Result<(String, u64), Problem> {
    let mut answer = api.fetch(&address(project), None).await?;
    let tag = answer.headers().get(header::ETAG).and_then(|tag| tag.to_str().ok()).unwrap_or_default().to_owned();
    let (mut file, mut bytes) = (File::create(to)?, 0);
    while let Some(chunk) = answer.chunk().await.map_err(super::super::api::ApiError::from)? {
        file.write_all(&chunk)?;
        bytes += chunk.len() as u64;
    }
    Ok((tag, bytes))
}

fn tell(manifest: &Manifest, took: Duration, step: &mut Step) {
    let Envelope { counts, .. } = manifest;
    let rate = speed(counts.bytes, took);
    let (files, symbols) = (show::counted(counts.files, "file", "files"), HumanCount(counts.symbols));
    step.say(format!(
        "version {}: {files}, {}, {symbols} symbols; synchronised at {rate:.1} MB/s",
        manifest.version,
        HumanBytes(counts.bytes)
    ));
    step.say(format!("kinds    {}", kinds(counts)));
    step.say(format!("digest   {}", manifest.manifest_digest));
    step.say(format!("content  {}", manifest.content_digest));
    for line in languages(counts) {
        step.say(line);
    }
    step.saw("version", manifest.version);
    step.saw("manifest_digest", manifest.manifest_digest.to_string());
    step.saw("content_digest", manifest.content_digest.to_string());
    step.saw("megabytes_per_second", (rate * 10.0).round() / 10.0);
    step.saw("counts", json!(counts));
}

/// Content that went from the remote into the manifest, 10^6 bytes a second.
fn speed(bytes: u64, took: Duration) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "one decimal is shown")]
    let megabytes = bytes as f64 / 1e6;
    megabytes / took.as_secs_f64().max(0.001)
}

fn kinds(counts: &Counts) -> String {
    let kinds = json!(counts.kinds);
    let parts =
        kinds.as_object().into_iter().flatten().map(|(kind, files)| format!("{} {files}", kind.replace('_', " ")));
    parts.collect::<Vec<_>>().join(", ")
}

fn languages(counts: &Counts) -> Vec<String> {
    let mut languages: Vec<_> = counts.languages.iter().collect();
    languages.sort_by_key(|(name, count)| (Reverse(count.bytes), *name));
    let count = |number: u64| HumanCount(number).to_string();
    let rows = languages
        .iter()
        .take(LANGUAGES)
        .map(|(name, of)| [show::cut(name, 24), count(of.files), count(of.lines), HumanBytes(of.bytes).to_string()]);
    let head = ["language", "files", "lines", "size"].map(str::to_owned);
    let rows: Vec<_> = [head].into_iter().chain(rows).collect();
    let others = languages.len().saturating_sub(LANGUAGES) as u64;
    let others = (others > 0).then(|| format!("and {}", show::counted(others, "other", "others")));
    if languages.is_empty() { Vec::new() } else { show::table(&rows).into_iter().chain(others).collect() }
}

fn check(manifest: &Manifest, tag: &str, synced: &Synced, step: &mut Step) -> Result<(), Problem> {
    let (survey, commit) = (&manifest.body.files, synced.commit.as_ref());
    let same = commit == Some(&manifest.commit) && commit == Some(&manifest.body.commit);
    step.verify(same, "it describes this commit", || format!("it describes {}", manifest.commit))?;
    let named = tag == format!("\"{}\"", manifest.manifest_digest);
    step.verify(named, "its ETag is its digest", || format!("the ETag is {tag}"))?;
    step.verify(survey.sorted, "its files are in order", || "they are not".into())?;
    let sums = survey.counts == manifest.counts;
    step.verify(sums, "its sums add up", || format!("they come to {:?}", survey.counts))?;
    let content = survey.content_digest == Some(manifest.content_digest);
    step.verify(content, "content digest made again: same", || format!("it is {:?}", survey.content_digest))
}
