//! For those who run the service: what it leans on, who works, how the tree stands.

use std::{
    collections::BTreeMap,
    future::Future,
    sync::{Arc, OnceLock},
    time::{Duration, Instant},
};

use actix::Message;
use bytes::Bytes;
use futures::{StreamExt, future, stream};
use moka::future::Cache;
use sea_orm::DbErr;
use serde::Serialize;
use strum::IntoEnumIterator;
use supervise::{Report, Tree};
use utoipa::ToSchema;

use crate::{
    actors::{
        World,
        infra::keeper::Membership,
        jobs::{Pulse, Pulses},
        world::blocking,
    },
    clock::Timestamp,
    domain::{
        failure::Failure,
        job::{JobState, Queue},
    },
    entities::{instances, jobs},
    ids::InstanceId,
    storage::objects::Key,
};

const PROBE_LIMIT: Duration = Duration::from_secs(2);
const PROBE_LIFE: Duration = Duration::from_secs(5);

/// Owns the budget of probes: however many ask, one probe every five seconds.
#[derive(Clone)]
pub struct Operations {
    world: World,
    membership: Membership,
    pulses: Pulses,
    tree: Arc<OnceLock<Tree>>,
    probed: Cache<(), Arc<Deep>>,
}

/// Probes what the service leans on.
#[derive(Message)]
#[rtype(result = "Result<Arc<Deep>, Failure>")]
pub struct Probe;

/// Who works on what.
#[derive(Message)]
#[rtype(result = "Result<Workers, Failure>")]
pub struct GetWorkers;

/// How the supervision tree stands.
#[derive(Message)]
#[rtype(result = "Result<Report, Failure>")]
pub struct GetActors;

/// What the service leans on, and how that is.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Deep {
    /// `ok` when every check is.
    pub status: Health,
    /// By name.
    pub checks: BTreeMap<&'static str, Check>,
}

/// How something is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Health {
    /// As it should be.
    Ok,
    /// Does not work.
    Failed,
}

/// One check.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Check {
    /// How it is.
    pub status: Health,
    /// What is wrong, for machines.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<&'static str>,
    /// What was seen.
    pub observed: String,
    /// What to do about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hint: Option<&'static str>,
}

/// Who works on what, in the fleet and here.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Workers {
    /// Every instance with a row.
    pub instances: Vec<Instance>,
    /// Every role of this instance, by queue.
    pub workers: Vec<Worker>,
}

/// One life of one process.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Instance {
    /// Its id.
    pub id: InstanceId,
    /// Where it listens.
    pub address: String,
    /// Which version runs there.
    pub version: String,
    /// When it last renewed its lease.
    pub last_heartbeat: Timestamp,
    /// Until when it counts as alive.
    pub lease_until: Timestamp,
    /// Whether this answer comes from it.
    pub this: bool,
}

/// One role.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Worker {
    /// Its queue.
    pub queue: String,
    /// Jobs that wait, in the fleet.
    pub backlog: i64,
    /// Jobs by state, in the fleet.
    pub jobs: BTreeMap<String, i64>,
    /// What it did here.
    #[serde(flatten)]
    pub pulse: Pulse,
}

answers! {
    Operations:
    Probe => probe,
    GetWorkers => workers,
    GetActors => actors,
}

impl Operations {
    /// A gateway for operators; `tree` is filled in once the tree stands.
    pub fn new(world: World, membership: Membership, pulses: Pulses, tree: Arc<OnceLock<Tree>>) -> Self {
        let probed = Cache::builder().max_capacity(1).time_to_live(PROBE_LIFE).build();
        Self { world, membership, pulses, tree, probed }
    }

    async fn probe(&self, _: Probe) -> Result<Arc<Deep>, Failure> {
        // Those who come while a probe runs wait for its answer.
        Ok(self.probed.get_with((), async { Arc::new(self.look().await) }).await)
    }

    async fn look(&self) -> Deep {
        let checks = future::join_all([
            Box::pin(check("database", "DATABASE_DOWN", "look at the database's log and its disk", self.database()))
                as future::BoxFuture<'_, (&'static str, Check)>,
            Box::pin(check(
                "storage",
                "STORAGE_DOWN",
                "look at the disk and the rights of the data directory",
                self.storage(),
            )),
            Box::pin(check("git", "GIT_UNUSABLE", "install git 2.39 or newer, or set git.program", self.git())),
            Box::pin(check("disk", "DISK_LOW", "free space on the disk of the data directory", self.disk())),
            Box::pin(check(
                "lease",
                "LEASE_LOST",
                "the instance cannot renew its lease in the database",
                future::ready(self.lease()),
            )),
            Box::pin(check("queues", "QUEUE_UNREADABLE", "look at the database's log", self.queues())),
        ])
        .await;
        let checks: BTreeMap<_, _> = checks.into_iter().collect();
        let all_ok = checks.values().all(|check| check.status == Health::Ok);
        Deep { status: if all_ok { Health::Ok } else { Health::Failed }, checks }
    }

    async fn database(&self) -> Result<String, String> {
        let started = Instant::now();
        let written = async {
            let txn = self.world.db.begin().await?;
            instances::probe(&txn).await?;
            txn.commit().await
        };
        written.await.map_err(|error: DbErr| error.to_string())?;
        Ok(format!("a write took {} ms", started.elapsed().as_millis()))
    }

    async fn storage(&self) -> Result<String, String> {
        let started = Instant::now();
        let key = Key::parse("probe/health").ok_or("no key")?;
        let bytes = stream::iter([Ok(Bytes::from_static(b"probe"))]).boxed();
        self.world.objects.put_stream(&key, bytes, 16).await.map_err(|error| error.to_string())?;
        self.world.objects.delete(&key).await.map_err(|error| error.to_string())?;
        Ok(format!("a write took {} ms", started.elapsed().as_millis()))
    }

    async fn git(&self) -> Result<String, String> {
        let git = mirror::Git::at(self.world.git.program()).await.map_err(|error| error.to_string())?;
        Ok(format!("git {}", git.version()))
    }

    async fn disk(&self) -> Result<String, String> {
        let (room, data_dir) = (self.world.room.clone(), self.world.config.data_dir.clone());
        // A file system that hangs must hold up neither the other probes nor the time limit.
        let free = blocking(move || room.look(&data_dir).map_err(Failure::internal));
        let free = free.await.map_err(|error| error.to_string())?;
        let seen = format!("{} MiB free", free >> 20);
        if self.world.room.is_short() { Err(format!("{seen}; nothing new is written")) } else { Ok(seen) }
    }

    fn lease(&self) -> Result<String, String> {
        self.membership.current().map(|life| format!("held by {}", life.id)).ok_or_else(|| "no lease".into())
    }

    async fn queues(&self) -> Result<String, String> {
        let rows = jobs::backlog(self.world.db.read()).await.map_err(|error| error.to_string())?;
        let count = |state| rows.iter().filter(|row| row.state == state).map(|row| row.jobs).sum::<i64>();
        let (queued, running, dead) = (count(JobState::Queued), count(JobState::Running), count(JobState::Dead));
        Ok(format!("{queued} queued, {running} running, {dead} dead"))
    }

    async fn workers(&self, _: GetWorkers) -> Result<Workers, Failure> {
        let db = self.world.db.read();
        let me = self.membership.current().map(|life| life.id);
        let instances = instances::all(db).await?.into_iter().map(|row| Instance {
            this: Some(row.id) == me,
            id: row.id,
            address: row.address,
            version: row.version,
            last_heartbeat: row.updated_at,
            lease_until: row.lease_until,
        });
        let rows = jobs::backlog(db).await?;
        let workers = Queue::iter().map(|queue| {
            let jobs: BTreeMap<_, _> =
                rows.iter().filter(|row| row.queue == queue).map(|row| (row.state.to_string(), row.jobs)).collect();
            let backlog = jobs.get(&JobState::Queued.to_string()).copied().unwrap_or(0);
            Worker { queue: queue.to_string(), backlog, jobs, pulse: self.pulses.of(queue) }
        });
        Ok(Workers { instances: instances.collect(), workers: workers.collect() })
    }

    fn actors(&self, _: GetActors) -> future::Ready<Result<Report, Failure>> {
        future::ready(self.tree.get().map(Tree::report).ok_or(Failure::Busy))
    }
}

async fn check(
    name: &'static str,
    code: &'static str,
    hint: &'static str,
    probe: impl Future<Output = Result<String, String>>,
) -> (&'static str, Check) {
    let failed = |observed| Check { status: Health::Failed, code: Some(code), observed, hint: Some(hint) };
    let check = match tokio::time::timeout(PROBE_LIMIT, probe).await {
        Ok(Ok(observed)) => Check { status: Health::Ok, code: None, observed, hint: None },
        Ok(Err(observed)) => failed(observed),
        Err(_) => failed(format!("no answer within {} s", PROBE_LIMIT.as_secs())),
    };
    (name, check)
}
