//! Manifests, and what leads from one to another.

use std::{
    io,
    sync::Arc,
    time::{Duration, Instant},
};

use actix::Message;
use code::{
    hash::Digest,
    manifest::{DiffLimits, ManifestDiff, ReadError, Root, ShardSource, diff},
};
use tokio::runtime::Handle;

use super::Code;
use crate::{
    domain::{
        caller::Caller,
        failure::{Conflict, Failure, Missing},
    },
    entities::manifests,
    ids::ProjectId,
    storage::{
        manifests as stored,
        objects::{Objects, StorageError},
    },
};

/// What is listed of a difference.
const DIFF_LIMITS: DiffLimits = DiffLimits { files: 5_000, symbols: 10_000 };
/// No shard is asked for later than this after a comparison began.
const DIFF_TIME: Duration = Duration::from_secs(15);

/// A project's manifest: the newest, or the one of a version.
#[derive(Message)]
#[rtype(result = "Result<Manifest, Failure>")]
pub struct GetManifest {
    /// Who reads.
    pub by: Caller,
    /// Whose.
    pub project: ProjectId,
    /// Which.
    pub version: Option<i32>,
}

/// A manifest without its files, which are streamed from storage.
pub struct Manifest {
    /// The row.
    pub row: manifests::Model,
    /// The root document, checked.
    pub root: Root,
}

/// Two manifests of a project, to be compared.
#[derive(Message)]
#[rtype(result = "Result<Pair, Failure>")]
pub struct FindPair {
    /// Who reads.
    pub by: Caller,
    /// Whose.
    pub project: ProjectId,
    /// The version that the difference begins at.
    pub from: i32,
    /// The version that it leads to; without one the newest.
    pub to: Option<i32>,
}

/// Two manifests that the asker may read.
pub struct Pair {
    from: Manifest,
    to: Manifest,
}

impl Pair {
    /// The rows, the earlier one of the question first.
    pub fn rows(&self) -> (&manifests::Model, &manifests::Model) {
        (&self.from.row, &self.to.row)
    }
}

/// What leads from the first of two manifests to the second.
#[derive(Message)]
#[rtype(result = "Result<ManifestDiff, Failure>")]
pub struct Compare(pub Pair);

impl Code {
    pub(super) async fn manifest(&self, get: GetManifest) -> Result<Manifest, Failure> {
        let db = self.world.db.read();
        let project = self.synced(&get.by, get.project).await?;
        let row = match get.version {
            Some(version) => manifests::find(db, project.id, version).await?,
            // Without a head the newest one describes what is no longer there.
            None if project.head_commit.is_none() => None,
            None => manifests::newest(db, project.id).await?,
        };
        let row = row.ok_or(Failure::NotFound(Missing::Manifest))?;
        let bytes = stored::read(self.world.objects.as_ref(), &row.manifest_digest).await.map_err(of_storage)?;
        let digest: Digest = row.manifest_digest.parse().map_err(Failure::internal)?;
        let root = Root::parse(&bytes, digest).map_err(Failure::internal)?;
        Ok(Manifest { row, root })
    }

    pub(super) async fn pair(&self, find: FindPair) -> Result<Pair, Failure> {
        let version = |version| GetManifest { by: find.by.clone(), project: find.project, version };
        let from = self.manifest(version(Some(find.from))).await?;
        let to = self.manifest(version(find.to)).await?;
        Ok(Pair { from, to })
    }

    pub(super) async fn compare(&self, Compare(pair): Compare) -> Result<ManifestDiff, Failure> {
        let mut shards = Shards {
            objects: Arc::clone(&self.world.objects),
            runtime: Handle::current(),
            until: Instant::now() + DIFF_TIME,
        };
        self.in_turn(move || {
            diff(&pair.from.root, &pair.to.root, &mut shards, DIFF_LIMITS).map_err(|error| match error {
                ReadError::Source { source, .. } if source.kind() == io::ErrorKind::TimedOut => Failure::TimedOut,
                ReadError::Source { source, .. } if source.kind() == io::ErrorKind::NotFound => {
                    of_storage(StorageError::NotFound)
                }
                ReadError::Source { .. } => Failure::Dependency(error.into()),
                ReadError::Damaged(_) | ReadError::Form(_) => Failure::internal(error),
            })
        })
        .await
    }
}

/// The shards in storage, for a thread that may block.
struct Shards {
    objects: Arc<dyn Objects>,
    runtime: Handle,
    until: Instant,
}

impl ShardSource for Shards {
    fn get(&mut self, digest: &Digest) -> io::Result<Vec<u8>> {
        let Some(left) = self.until.checked_duration_since(Instant::now()) else {
            return Err(io::ErrorKind::TimedOut.into());
        };
        let digest = digest.to_string();
        let read = async { tokio::time::timeout(left, stored::read(self.objects.as_ref(), &digest)).await };
        self.runtime.block_on(read)?.map_err(|error| {
            let is_lost = matches!(error, StorageError::NotFound);
            if is_lost { io::ErrorKind::NotFound.into() } else { io::Error::other(error) }
        })
    }
}

/// An object that is lost is made again by the next synchronisation.
fn of_storage(error: StorageError) -> Failure {
    match error {
        StorageError::NotFound => Failure::Conflict(Conflict::RepoNotSynced),
        StorageError::Full | StorageError::TooLarge | StorageError::Interrupted(_) | StorageError::Failed(_) => {
            error.into()
        }
    }
}
