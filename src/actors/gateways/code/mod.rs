//! Reading code: manifests, trees, files, search. Reads lean on immutable objects and on the mirror's own; they need
//! no owner and wait for no synchronisation.

mod files;
mod manifests;
mod search;
mod symbols;

use std::{sync::Arc, thread::available_parallelism};

use mirror::{CommitId, ReadError, Reader};
use tokio::sync::Semaphore;

pub use self::{
    files::{FindFile, Folder, FoundFile, ListFiles, OpenBytes, Opened, ReadFile},
    manifests::{Compare, FindPair, GetManifest, Manifest, Pair},
    search::{Found, Search, SearchKind},
    symbols::FindSymbol,
};
use super::access::require;
use crate::{
    actors::{World, world::blocking},
    domain::{
        caller::Caller,
        failure::{Conflict, Failure, Missing},
        role::Action,
    },
    entities::projects,
    ids::ProjectId,
};

/// Owns the budget of reading: so many heavy questions at once, the others wait for their turn.
#[derive(Clone)]
pub struct Code {
    world: World,
    turns: Arc<Semaphore>,
}

answers! {
    Code:
    GetManifest => manifest,
    FindPair => pair,
    Compare => compare,
    ListFiles => list,
    ReadFile => read,
    FindFile => find,
    OpenBytes => open,
    Search => search,
    FindSymbol => symbol,
}

impl Code {
    /// A gateway to code.
    pub fn new(world: World) -> Self {
        // Two a core: one waits for the disk while the other computes.
        let turns = available_parallelism().map_or(1, usize::from) * 2;
        Self { world, turns: Arc::new(Semaphore::new(turns)) }
    }

    /// Does what reads and computes much, when its turn has come.
    async fn in_turn<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T, Failure> + Send + 'static,
    ) -> Result<T, Failure> {
        let turn = Arc::clone(&self.turns).acquire_owned().await;
        blocking(move || {
            // Held by the work itself: an asker who goes away makes no room before it is done.
            let _turn = turn;
            work()
        })
        .await
    }

    /// The project, if the caller may read it and there is something to read.
    async fn synced(&self, by: &Caller, project: ProjectId) -> Result<projects::Model, Failure> {
        let (project, _) = require(self.world.db.read(), by, project, Action::Read).await?;
        if project.repo_url.is_none() {
            return Err(Failure::Conflict(Conflict::RepoNotLinked));
        }
        if project.last_synced_at.is_none() {
            return Err(Failure::Conflict(Conflict::RepoNotSynced));
        }
        Ok(project)
    }

    /// The mirror, and the head that clients see of it.
    async fn reader(&self, by: &Caller, project: ProjectId) -> Result<(Reader, Option<CommitId>), Failure> {
        let project = self.synced(by, project).await?;
        let head = project.head_commit.map(|head| head.parse()).transpose().map_err(Failure::internal)?;
        let mirror = self.world.mirror(project.id);
        blocking(move || {
            if !mirror.is_present() {
                return Err(Failure::Conflict(Conflict::RepoNotSynced));
            }
            Ok((mirror.reader().map_err(of_read)?, head))
        })
        .await
    }
}

/// What reading a mirror fails with, as clients are told.
pub fn of_read(error: ReadError) -> Failure {
    match error {
        ReadError::NotFound => Failure::NotFound(Missing::File),
        ReadError::InvalidRef(_) | ReadError::Ambiguous => Failure::invalid("ref", error.to_string()),
        ReadError::InvalidPath(_)
        | ReadError::WrongKind { .. }
        | ReadError::TooLarge { .. }
        | ReadError::TooManyEntries { .. } => Failure::invalid("path", error.to_string()),
        ReadError::NoSuchLines => Failure::invalid("lines", error.to_string()),
        ReadError::Damaged(_) | ReadError::Stream(_) => Failure::internal(error),
    }
}
