//! What actors are given: configuration, clock, keys, database, storage, rates, Git, and threads to work on.

use std::{future::Future, sync::Arc};

use actix::ResponseFuture;
use mirror::Git;
use tokio::{runtime::Handle, task::JoinError};
use tokio_util::task::AbortOnDropHandle;
use tracing::Instrument;

use super::infra::disk::Room;
use crate::{
    clock::Clock,
    config::Config,
    domain::{failure::Failure, keys::KeyRing},
    engine::warm::Warm,
    entities::Db,
    storage::{limits::Limiter, objects::Objects},
};

/// The world as actors see it; clones share everything.
#[derive(Clone)]
pub struct World {
    /// Every setting.
    pub config: Arc<Config>,
    /// The hour.
    pub clock: Clock,
    /// The master keys.
    pub keys: Arc<KeyRing>,
    /// Rows.
    pub db: Db,
    /// Bytes.
    pub objects: Arc<dyn Objects>,
    /// Whether there is room to write.
    pub room: Room,
    /// Rates.
    pub limits: Arc<Limiter>,
    /// The `git` command.
    pub git: Arc<Git>,
    /// Engine children that stay a while.
    pub warm: Arc<Warm>,
    /// Threads.
    pub work: Work,
}

/// The threads that work is done on, apart from those that actors live on: an actor is never held up by its own
/// work, and connections of the database live as long as these threads, not as long as an actor's.
#[derive(Clone)]
pub struct Work(Handle);

impl Work {
    /// Works on the runtime behind `handle`.
    pub fn on(handle: Handle) -> Self {
        Self(handle)
    }

    /// Runs `work`; it is aborted when the answer is dropped.
    pub fn run<T: Send + 'static>(&self, work: impl Future<Output = T> + Send + 'static) -> AbortOnDropHandle<T> {
        AbortOnDropHandle::new(self.0.spawn(work.in_current_span()))
    }

    /// Runs `work` as an actor's answer. A panic in it fails this one question and leaves the actor as it was.
    pub fn answer<T: Send + 'static>(
        &self,
        work: impl Future<Output = Result<T, Failure>> + Send + 'static,
    ) -> ResponseFuture<Result<T, Failure>> {
        let work = self.run(work);
        Box::pin(async move { work.await.unwrap_or_else(|error| Err(Failure::from(error))) })
    }
}

/// Where a test may stop or break work; the other threads take over what this one was to do.
pub fn breakpoint(name: &str) {
    #[cfg(feature = "failpoints")]
    tokio::task::block_in_place(|| {
        if fail::list().iter().any(|(set, _)| set == name) {
            tracing::info!(breakpoint = name, "come to a breakpoint");
        }
        fail::fail_point!(name);
    });
    #[cfg(not(feature = "failpoints"))]
    let _ = name;
}

/// Runs what blocks (Git objects, hashing) where it holds nobody up.
pub async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Failure> + Send + 'static,
) -> Result<T, Failure> {
    let span = tracing::Span::current();
    tokio::task::spawn_blocking(move || span.in_scope(work)).await?
}

impl From<JoinError> for Failure {
    fn from(error: JoinError) -> Self {
        if error.is_panic() { Self::Internal(error.into()) } else { Self::Busy }
    }
}
