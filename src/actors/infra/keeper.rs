//! The lease keeper owns this instance's life: everything claimed or owned lives as long as its lease.
//!
//! It has a thread and a connection of its own, so that nothing the service does can keep it from renewing.
//!
//! Who uses a data directory writes his life down there. The directory has one user at a time, so whoever comes next knows
//! that this life is over, and ends it without waiting for its lease.

use std::{fs, path::Path, sync::Arc, time::Duration};

use sea_orm::DbErr;
use supervise::Stop;
use tokio::{
    sync::watch,
    time::{Instant, MissedTickBehavior, interval, sleep, timeout},
};
use tokio_util::sync::CancellationToken;

use crate::{
    config::Config,
    entities::{Db, instances},
    ids::InstanceId,
    storage::transport::Local,
};

/// Others may take over after this time …
const LEASE: Duration = Duration::from_secs(15);
/// … so it is prolonged this often …
const RENEWAL: Duration = Duration::from_secs(3);
/// … and who could not prolong it for so long, by a clock that cannot jump, stops before others begin.
const SURRENDER: Duration = Duration::from_secs(10);
const ATTEMPT_LIMIT: Duration = Duration::from_secs(2);

/// Where the life is written down, in the data directory.
const LIFE: &str = "life";

/// One life of this instance: from a lease taken to the lease lost.
#[derive(Debug, Clone)]
pub struct Life {
    /// A new one each time.
    pub id: InstanceId,
    /// Cancelled when the lease is lost: whatever was claimed in this life must stop.
    pub over: CancellationToken,
}

/// Where this instance's present life is read.
#[derive(Clone)]
pub struct Membership(watch::Sender<Option<Life>>);

impl Default for Membership {
    fn default() -> Self {
        Self(watch::Sender::new(None))
    }
}

impl Membership {
    /// The present life, if there is one.
    pub fn current(&self) -> Option<Life> {
        self.0.borrow().clone()
    }

    /// Waits for a life.
    pub async fn life(&self) -> Life {
        let mut seen = self.0.subscribe();
        match seen.wait_for(Option::is_some).await.map(|life| life.clone()) {
            Ok(Some(life)) => life,
            // The sender is ourselves, so it is not gone.
            Ok(None) | Err(_) => std::future::pending().await,
        }
    }
}

/// Lives one life after another until it is told to stop; then gives the lease back.
pub async fn keep(
    config: Arc<Config>,
    address: String,
    membership: Membership,
    stop: Stop,
) -> Result<(), supervise::Failure> {
    let db = Db::connect(&config.database_url(), 1, Arc::new(Local::default())).await?;
    let written = config.data_dir.join(LIFE);
    while !stop.is_requested() {
        let life = Life { id: InstanceId::new(), over: CancellationToken::new() };
        succeed(&db, &written, life.id).await;
        if let Err(error) = register(&db, life.id, &address).await {
            tracing::warn!(%error, "no lease could be taken; trying again");
            tokio::select! {
                () = sleep(RENEWAL) => {}
                () = stop.requested() => {}
            }
            continue;
        }
        tracing::info!(instance = %life.id, "lease taken");
        membership.0.send_replace(Some(life.clone()));
        renew_until_lost(&db, life.id, &stop).await;
        membership.0.send_replace(None);
        life.over.cancel();
        if stop.is_requested() {
            release(&db, life.id).await;
        } else {
            tracing::error!(instance = %life.id, "lease lost; what was claimed under it is stopped");
        }
    }
    Ok(db.close().await?)
}

/// Ends the life that is written down, and writes down the one that follows. Without that, the old one's lease runs out.
async fn succeed(db: &Db, written: &Path, life: InstanceId) {
    let known = fs::read_to_string(written).ok().and_then(|id| id.trim().parse().ok());
    if let Some(former) = known {
        release(db, former).await;
    }
    if let Err(error) = fs::write(written, life.to_string()) {
        tracing::warn!(%error, "this life could not be written down; after a crash its lease must run out");
    }
}

async fn renew_until_lost(db: &Db, id: InstanceId, stop: &Stop) {
    let mut renewed = Instant::now();
    let mut ticks = interval(RENEWAL);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            _ = ticks.tick() => {}
            () = stop.requested() => return,
        }
        let asked = Instant::now();
        match timeout(ATTEMPT_LIMIT, renew(db, id)).await {
            Ok(Ok(true)) => renewed = asked,
            Ok(Ok(false)) => return,
            Ok(Err(error)) => tracing::warn!(%error, "the lease could not be renewed"),
            Err(_) => tracing::warn!("the lease could not be renewed in time"),
        }
        if renewed.elapsed() >= SURRENDER {
            return;
        }
    }
}

async fn register(db: &Db, id: InstanceId, address: &str) -> Result<(), DbErr> {
    let txn = db.begin().await?;
    instances::register(&txn, id, address, LEASE).await?;
    txn.commit().await
}

async fn renew(db: &Db, id: InstanceId) -> Result<bool, DbErr> {
    let txn = db.begin().await?;
    let renewed = instances::renew(&txn, id, LEASE).await?;
    txn.commit().await?;
    Ok(renewed)
}

async fn release(db: &Db, id: InstanceId) {
    let released = async {
        let txn = db.begin().await?;
        instances::release(&txn, id).await?;
        txn.commit().await
    };
    match timeout(ATTEMPT_LIMIT, released).await {
        Ok(Ok(())) => tracing::info!(instance = %id, "lease given back"),
        Ok(Err(error)) => tracing::warn!(%error, "the lease could not be given back; it runs out"),
        Err(_) => tracing::warn!("the lease could not be given back in time; it runs out"),
    }
}
