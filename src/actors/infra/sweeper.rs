//! The sweeper owns the second look: whatever a lost hint, a dead instance or the mere passing of time left behind.

use std::time::Duration;

use sea_orm::DbErr;
use supervise::Stop;
use tokio::time::{Instant, sleep};

use super::retirement;
use crate::{
    actors::World,
    domain::{failure::Failure, idempotency},
    entities::{access_tokens, idempotency_keys, instances, invitations, jobs, queue, sessions, triggers},
    ids::ProjectId,
    storage::transport::Topic,
};

const PRUNE_EVERY: Duration = Duration::from_hours(1);
const KEEP_DONE: Duration = Duration::from_hours(7 * 24);
const KEEP_FAILED: Duration = Duration::from_hours(90 * 24);
/// No upload takes longer.
const KEEP_INCOMPLETE: Duration = Duration::from_hours(24);
const KEEP_INSTANCES: Duration = Duration::from_hours(24);
/// Who comes late with an invitation is told why for so long.
const KEEP_INVITATIONS: Duration = Duration::from_hours(30 * 24);
/// Projects that are due and synchronised in one sweep; the rest follows in the next.
const MOST_DUE: u64 = 100;
/// So long an ended session or token is told from one that never was.
const KEEP_ENDED: Duration = Duration::from_hours(90 * 24);

/// Sweeps every three to five seconds until it is told to stop. A sweep that fails is followed by the next one.
pub async fn sweep(world: World, stop: Stop) {
    let mut pruned: Option<Instant> = None;
    while !stop.is_requested() {
        if let Err(error) = once(&world).await {
            tracing::warn!(%error, "sweep failed");
        }
        if pruned.is_none_or(|at| at.elapsed() >= PRUNE_EVERY) {
            match prune(&world).await {
                Ok(()) => pruned = Some(Instant::now()),
                Err(error) => tracing::warn!(%error, "pruning failed"),
            }
        }
        let pause = Duration::from_millis(rand::random_range(3_000..5_000));
        tokio::select! {
            () = sleep(pause) => {}
            () = stop.requested() => {}
        }
    }
}

async fn once(world: &World) -> Result<(), DbErr> {
    let now = world.clock.now();
    let rescued = queue::rescue(&world.db, now).await?;
    if rescued > 0 {
        tracing::warn!(rescued, "jobs of a dead instance were given back");
    }
    for project in triggers::due(world.db.read(), MOST_DUE, now).await? {
        // One that fails does not hold up the others; it is still due in the next sweep.
        if let Err(error) = request_due(world, project).await {
            tracing::warn!(%project, %error, "a due synchronisation could not be asked for");
        }
    }
    for queue in jobs::due_queues(world.db.read(), now).await? {
        world.db.transport().nudge(Topic::Queue(queue));
    }
    Ok(())
}

async fn request_due(world: &World, project: ProjectId) -> Result<(), DbErr> {
    let txn = world.db.begin().await?;
    triggers::request_due(&txn, project, world.clock.now()).await?;
    txn.commit().await
}

async fn prune(world: &World) -> Result<(), Failure> {
    let (txn, now) = (world.db.begin().await?, world.clock.now());
    let pruned = jobs::prune(&txn, KEEP_DONE, KEEP_FAILED, now).await?;
    sessions::forget(&txn, now.minus(world.config.auth.session_max()).minus(KEEP_ENDED)).await?;
    access_tokens::forget(&txn, KEEP_ENDED, now).await?;
    idempotency_keys::prune(&txn, idempotency::LIFE, now).await?;
    instances::forget(&txn, KEEP_INSTANCES).await?;
    invitations::prune(&txn, world.clock.now().minus(KEEP_INVITATIONS)).await?;
    txn.commit().await?;
    let swept = world.objects.sweep_incomplete(KEEP_INCOMPLETE).await?;
    retirement::sweep(world).await?;
    tracing::debug!(pruned, swept, "old jobs and incomplete objects forgotten");
    Ok(())
}
