//! From a fetched mirror to what clients see: the manifest made and stored, then rows and event in one transaction.

use std::{
    io,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use bytes::Bytes;
use futures::{StreamExt, stream};
use mirror::{CommitId, SyncError};
use sea_orm::DbErr;
use tokio::{
    fs,
    sync::watch,
    time::{Instant, sleep},
};
use tokio_util::sync::CancellationToken;

use super::{sync::Fetched, task::Gauge, trouble::Trouble};
use crate::{
    actors::{World, world::breakpoint},
    domain::{
        failure::Cause,
        job::Outcome,
        sync::{Progress, Stage},
    },
    engine::{Answer, EngineError, Made, ManifestRequest, Request, launch},
    entities::{
        manifests::{self, NewManifest},
        mirror_owners,
        projects::{self, Head},
        queue::{self, Achieved, Claim, Synced},
        refactors,
    },
    ids::ProjectId,
    storage::{manifests as stored, objects::StorageError},
};

/// What was ended has given up its mirror by then …
const REMOVAL_LIMIT: Duration = Duration::from_secs(10);
/// … and usually after a few of these.
const LOOK_AGAIN: Duration = Duration::from_millis(50);

/// Why what was made is not seen by anybody.
#[derive(Debug, thiserror::Error)]
pub enum NotPublished {
    /// The claim or the mirror belongs to somebody else by now.
    #[error("the mirror belongs to another instance by now")]
    Lost,
    /// The objects could not be kept.
    #[error("the manifest could not be stored")]
    Storage(#[from] StorageError),
    /// What a row or an object says cannot be understood.
    #[error("what was kept cannot be read")]
    Unreadable(#[source] Cause),
    /// The rows could not be written.
    #[error("the database failed")]
    Database(#[from] DbErr),
}

impl NotPublished {
    /// What a row or an object says cannot be understood.
    pub fn unreadable(error: impl Into<Cause>) -> Self {
        Self::Unreadable(error.into())
    }
}

impl From<io::Error> for NotPublished {
    fn from(error: io::Error) -> Self {
        Self::Storage(error.into())
    }
}

/// Makes the manifest of `head` and stores its objects; `None` when the newest one already describes it, and what
/// is derived from it is still at hand.
pub async fn manifest(
    world: &World,
    claim: &Claim,
    head: CommitId,
    stop: &CancellationToken,
    gauge: &Arc<watch::Sender<Gauge>>,
) -> Result<Option<NewManifest>, Trouble> {
    let commit = head.to_string();
    let extractor = stored::extractor();
    let newest = manifests::newest(world.db.read(), claim.job.tenant).await?;
    let made = newest.as_ref().filter(|row| row.commit == commit && row.extractor == extractor);
    if let Some(row) = made
        && is_at_hand(world, claim.job.tenant, &commit).await.map_err(NotPublished::from)?
        && stored::is_whole(world.objects.as_ref(), &row.manifest_digest).await.map_err(NotPublished::from)?
    {
        return Ok(None);
    }
    let out = out(world, claim.job.tenant).await?;
    let request = Request::Manifest(ManifestRequest {
        mirror: world.mirror(claim.job.tenant).dir().to_path_buf(),
        git: world.git.program().to_path_buf(),
        commit: head,
        published: newest.as_ref().map(|row| row.commit.clone()),
        cache: world.mirror_cache(claim.job.tenant),
        out: out.clone(),
        threads: world.config.engine.threads,
    });
    let limits = launch::Limits { memory_mb: world.config.engine.memory_mb, time: world.config.engine.time_limit() };
    let show = |done: u64, total: u64| {
        let percent = done.saturating_mul(100).checked_div(total).and_then(|percent| u8::try_from(percent).ok());
        let progress = Progress { percent: percent.unwrap_or(100), bytes: 0, objects: done };
        gauge.send_replace(Gauge { stage: Stage::UpdatingFiles, progress });
    };
    let Answer::Made(made) = launch::run(&request, limits, stop, show).await? else {
        return Err(EngineError::Astray.into());
    };
    keep(world, &made, newest.as_ref(), &out).await?;
    fs::remove_dir_all(&out).await.map_err(NotPublished::from)?;
    let Made { manifest_digest, content_digest, counts, .. } = made;
    Ok(Some(NewManifest { commit, manifest_digest, content_digest, extractor, counts: counts.to_string() }))
}

/// The folder that an engine child leaves objects in.
pub async fn out(world: &World, project: ProjectId) -> Result<PathBuf, Trouble> {
    let out = world.mirror_cache(project).join("out");
    fs::create_dir_all(&out).await?;
    Ok(out)
}

/// Whether what is searched at a commit is there.
async fn is_at_hand(world: &World, project: ProjectId, commit: &str) -> io::Result<bool> {
    for path in [world.snapshot(project, commit), world.symbols(project, commit)] {
        if !fs::try_exists(path).await? {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Stores what the child wrote, the root last: who finds a root finds its shards.
///
/// What is there already may be about to be collected, since no row names it yet. So it is left alone only if the
/// project's newest manifest, which nobody prunes before this one is published, names it too, or if it is young.
async fn keep(world: &World, made: &Made, newest: Option<&manifests::Model>, out: &Path) -> Result<(), NotPublished> {
    let objects = world.objects.as_ref();
    let named = match newest {
        Some(row) => stored::named(objects, &row.manifest_digest).await?.unwrap_or_default(),
        None => Vec::new(),
    };
    let young = world.clock.now().minus(world.config.manifests.collect_after() / 2);
    for digest in &made.objects {
        let key = stored::key(digest).ok_or(NotPublished::Storage(StorageError::NotFound))?;
        match objects.head(&key).await {
            Ok(stat) if stat.put_at >= young || named.contains(digest) => continue,
            Ok(_) | Err(StorageError::NotFound) => {}
            Err(error) => return Err(error.into()),
        }
        // A shard is of a few megabytes at most.
        let bytes = Bytes::from(fs::read(out.join(digest)).await?);
        objects.put_stream(&key, stream::iter([Ok(bytes)]).boxed(), stored::MOST_BYTES).await?;
    }
    Ok(())
}

/// Shows the world what the mirror stands at. Nothing is written unless the claim and the mirror are still ours.
pub async fn publish(world: &World, claim: &Claim, fetched: Fetched, made: Option<NewManifest>) -> Result<(), Trouble> {
    breakpoint("publish");
    let now = world.clock.now();
    let txn = world.db.begin().await?;
    // The project's row first, as everywhere: it is neither deleted nor linked anew until this is written.
    let project = projects::find_for_update(&txn, claim.job.tenant).await?.ok_or(Trouble::Gone)?;
    let Some(fence) = mirror_owners::fenced(&txn, &claim.ownership).await? else {
        return Err(NotPublished::Lost.into());
    };
    if project.repo_url.as_ref() != Some(&fetched.repo_url) || project.branch != fetched.wanted_branch {
        return Err(Trouble::Gone);
    }
    if let Some(made) = made {
        manifests::publish(&fence, made, now).await?;
    }
    let upstream = fetched.synced.head.map(|commit| commit.to_string());
    let after = fetched.own.map(|commit| commit.to_string()).or_else(|| upstream.clone());
    let head = Head { commit: after.clone(), upstream, branch: fetched.synced.branch };
    projects::set_head(&fence, head, now).await?;
    if fetched.own.is_none() {
        refactors::follow(&txn, project.id, fetched.contained, now).await?;
    }
    if let Some(address) = &fetched.synced.address {
        projects::set_address(&fence, address).await?;
    }
    let outcome = Outcome::Done(Achieved::Synced(Synced::Success { before: project.head_commit, after }));
    if !queue::settle(&txn, claim.held, &outcome, now).await? {
        return Err(NotPublished::Lost.into());
    }
    breakpoint("publish-commit");
    txn.commit().await?;
    breakpoint("published");
    if let Some(address) = &fetched.synced.address
        && let Err(error) = fs::write(remote_note(world, claim.job.tenant), address).await
    {
        // All is published. What is lost is that the mirror is this address's: the next synchronisation makes it anew.
        tracing::warn!(project = %claim.job.tenant, %error, "the mirror's new address could not be noted beside it");
    }
    Ok(())
}

/// Where it is written down which address the mirror was made from.
fn remote_note(world: &World, project: ProjectId) -> PathBuf {
    world.mirror_cache(project).join("remote")
}

/// Moves the mirror of another address out of the way: its branches have nothing to do with the new one's.
pub async fn forget_other_remote(world: &World, project: ProjectId, repo_url: &str) -> Result<(), Trouble> {
    let cache = world.mirror_cache(project);
    fs::create_dir_all(&cache).await?;
    let note = remote_note(world, project);
    match fs::read_to_string(&note).await {
        Ok(before) if before == repo_url => return Ok(()),
        Ok(_) => remove(world, project).await?,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(error.into()),
    }
    fs::create_dir_all(&cache).await?;
    Ok(fs::write(note, repo_url).await?)
}

/// Removes a mirror and all that was derived from it. Who still writes it is on the way out, and is waited for.
pub async fn remove(world: &World, project: ProjectId) -> Result<(), SyncError> {
    let until = Instant::now() + REMOVAL_LIMIT;
    loop {
        match world.mirror(project).remove().await {
            Err(SyncError::Locked) if Instant::now() < until => sleep(LOOK_AGAIN).await,
            removed => break removed?,
        }
    }
    match fs::remove_dir_all(world.mirror_cache(project)).await {
        Err(source) if source.kind() != io::ErrorKind::NotFound => {
            Err(SyncError::Local { doing: "remove what was derived from the mirror", source })
        }
        _ => Ok(()),
    }
}
