//! The sequencer owns the order in which people are told: it turns events into notifications, numbered without gaps.
//!
//! One at a time in the whole fleet: on `PostgreSQL` by a lock that lives as long as the transaction, on `SQLite` by
//! the one writer. So no instance can die with the turn in its hand.

use std::time::Duration;

use sea_orm::DbErr;
use supervise::Stop;
use tokio::time::{sleep, timeout};

use crate::{
    actors::World,
    entities::{Txn, events, members, notifications, users},
    storage::transport::Topic,
};

const BATCH: u64 = 100;
const SECOND_LOOK: Duration = Duration::from_secs(2);

/// Tells people of events as they come, until it is told to stop.
pub async fn sequence(world: World, stop: Stop) {
    while !stop.is_requested() {
        match batch(&world).await {
            // A full batch: there is more.
            Ok(told) if told == BATCH => continue,
            Ok(_) => {}
            Err(error) => {
                tracing::warn!(%error, "events could not be sequenced");
                sleep(Duration::from_millis(500)).await;
            }
        }
        tokio::select! {
            _ = timeout(SECOND_LOOK, world.db.transport().nudged(Topic::Events)) => {}
            () = stop.requested() => {}
        }
    }
}

async fn batch(world: &World) -> Result<u64, DbErr> {
    let txn = world.db.begin().await?;
    if !events::take_turn(&txn).await? {
        return Ok(0);
    }
    let events = events::waiting(&txn, BATCH).await?;
    for event in &events {
        tell(world, &txn, event).await?;
    }
    if !events.is_empty() {
        let ids = events.iter().map(|event| event.id).collect();
        events::mark_sequenced(&txn, ids, world.clock.now()).await?;
    }
    txn.commit().await?;
    Ok(u64::try_from(events.len()).unwrap_or(BATCH))
}

async fn tell(world: &World, txn: &Txn, event: &events::Model) -> Result<(), DbErr> {
    let Some(project) = event.project_id.filter(|_| event.kind.notifies() && !event.quiet) else { return Ok(()) };
    for user in members::users(txn, project).await? {
        if let Some(number) = users::next_notification(txn, user).await? {
            notifications::insert(txn, user, number, event, world.clock.now()).await?;
        }
    }
    Ok(())
}
