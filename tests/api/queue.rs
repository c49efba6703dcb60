//! The queue and the ownership of mirrors, at their border to the service: rows in, rows out, several instances.

use std::{sync::Arc, time::Duration};

use hivesync::{
    clock::Timestamp,
    domain::{
        job::{JobError, JobState, Outcome, Queue, Task},
        profile::{Description, ProjectName},
        sync::{Cause, SyncStatus},
    },
    entities::{
        Db, db, instances,
        jobs::{self, NewJob},
        mirror_owners, projects,
        queue::{self, Achieved, Claim, Synced, Wish},
        syncs,
    },
    ids::{InstanceId, ProjectId, SyncId},
    storage::transport::Local,
};
use tempfile::TempDir;
use uuid::Uuid;

use super::support::Database;

const LEASE: Duration = Duration::from_secs(15);
const DONE: Outcome<Achieved> = Outcome::Done(Achieved::Synced(Synced::Success { before: None, after: None }));

/// A database with two living instances.
struct Fleet {
    db: Db,
    first: InstanceId,
    second: InstanceId,
    // Dropped last.
    _database: Database,
    _folder: TempDir,
}

impl Fleet {
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let database = Database::new(folder.path(), folder.path()).await;
        let url =
            database.url().unwrap_or_else(|| format!("sqlite://{}/hivesync.db?mode=rwc", folder.path().display()));
        db::migrate(&url.clone().into(), folder.path()).await.unwrap();
        let db = Db::connect(&url.into(), 8, Arc::new(Local::default())).await.unwrap();
        let (first, second) = (InstanceId::new(), InstanceId::new());
        let fleet = Self { db, first, second, _database: database, _folder: folder };
        fleet.renew(first, LEASE).await;
        fleet.renew(second, LEASE).await;
        fleet
    }

    async fn renew(&self, instance: InstanceId, lease: Duration) {
        let txn = self.db.begin().await.unwrap();
        instances::register(&txn, instance, "test", lease).await.unwrap();
        txn.commit().await.unwrap();
    }

    /// The instance's lease is over at once.
    async fn dies(&self, instance: InstanceId) {
        self.renew(instance, Duration::ZERO).await;
    }

    async fn project(&self) -> projects::Model {
        let txn = self.db.begin().await.unwrap();
        let name = ProjectName::parse("name", "p").unwrap();
        let project = projects::insert(&txn, name, Description::default(), now()).await.unwrap();
        let project = projects::link(&txn, project, "https://example.org/r".into(), None, now()).await.unwrap();
        txn.commit().await.unwrap();
        project
    }

    async fn request(&self, project: &projects::Model) -> syncs::Model {
        let txn = self.db.begin().await.unwrap();
        let wish = Wish { cause: Cause::Person, user: None, request_id: None };
        let sync = queue::request_sync(&txn, project, wish, now()).await.unwrap();
        txn.commit().await.unwrap();
        sync
    }

    async fn claim(&self, instance: InstanceId) -> Option<Claim> {
        queue::claim(&self.db, Queue::RepoSync, instance, later()).await.unwrap()
    }

    async fn settle(&self, claim: &Claim, outcome: &Outcome<Achieved>) -> bool {
        let txn = self.db.begin().await.unwrap();
        let settled = queue::settle(&txn, claim.held, outcome, now()).await.unwrap();
        txn.commit().await.unwrap();
        settled
    }

    async fn sync(&self, id: SyncId) -> syncs::Model {
        syncs::find(self.db.read(), id).await.unwrap().unwrap()
    }

    async fn job(&self, claim: &Claim) -> jobs::Model {
        jobs::find(self.db.read(), claim.job.id).await.unwrap().unwrap()
    }

    async fn enqueue(&self, tenant: ProjectId, key: &str) {
        let job = NewJob {
            kind: Task::Sync,
            tenant,
            key: key.to_owned(),
            unique_key: None,
            subject: Uuid::now_v7(),
            max_attempts: 5,
            request_id: None,
        };
        let txn = self.db.begin().await.unwrap();
        jobs::enqueue(&txn, job, now()).await.unwrap();
        txn.commit().await.unwrap();
    }
}

const NOW: Timestamp = Timestamp(1_900_000_000_000_000);

fn now() -> Timestamp {
    NOW
}

/// Long after every delay between attempts.
fn later() -> Timestamp {
    NOW.plus(Duration::from_hours(24))
}

#[tokio::test]
async fn a_job_is_claimed_once_however_many_ask() {
    let fleet = Fleet::new().await;
    let sync = fleet.request(&fleet.project().await).await;
    let asked = (0..8).map(|n| fleet.claim(if n % 2 == 0 { fleet.first } else { fleet.second }));
    let claims: Vec<_> = futures::future::join_all(asked).await.into_iter().flatten().collect();
    assert_eq!(claims.len(), 1);
    assert_eq!(claims[0].held.attempt, 1);
    assert_eq!(fleet.sync(sync.id).await.status, SyncStatus::Running);
}

#[tokio::test]
async fn two_syncs_asked_at_once_are_one() {
    let fleet = Fleet::new().await;
    let project = fleet.project().await;
    let asked = (0..6).map(|_| fleet.request(&project));
    let mut ids: Vec<_> = futures::future::join_all(asked).await.into_iter().map(|sync| sync.id).collect();
    ids.dedup();
    assert_eq!(ids.len(), 1);
    let page = hivesync::domain::page::Page { limit: 100, before: None };
    let rows = syncs::of_project(fleet.db.read(), project.id, page).await.unwrap();
    assert_eq!(rows.items.len(), 1);
}

#[tokio::test]
async fn a_lost_claim_settles_nothing() {
    let fleet = Fleet::new().await;
    let sync = fleet.request(&fleet.project().await).await;
    let claim = fleet.claim(fleet.first).await.unwrap();
    fleet.dies(fleet.first).await;
    assert_eq!(queue::rescue(&fleet.db, now()).await.unwrap(), 1);
    assert!(!fleet.settle(&claim, &DONE).await);
    let sync = fleet.sync(sync.id).await;
    assert_eq!((sync.status, sync.error.as_deref()), (SyncStatus::Pending, Some("WORKER_CRASHED")));
    assert_eq!(fleet.job(&claim).await.crashes, 1);
}

#[tokio::test]
async fn what_a_living_instance_runs_is_not_rescued() {
    let fleet = Fleet::new().await;
    fleet.request(&fleet.project().await).await;
    let claim = fleet.claim(fleet.first).await.unwrap();
    assert_eq!(queue::rescue(&fleet.db, now()).await.unwrap(), 0);
    assert!(fleet.settle(&claim, &DONE).await);
    assert!(!fleet.settle(&claim, &DONE).await, "a job ends once");
}

#[tokio::test]
async fn a_mirror_changes_hands_only_after_its_owners_lease_and_stale_owners_are_fenced_off() {
    let fleet = Fleet::new().await;
    let project = fleet.project().await;
    fleet.request(&project).await;
    let claim = fleet.claim(fleet.first).await.unwrap();
    fleet.settle(&claim, &DONE).await;
    fleet.request(&project).await;
    assert!(fleet.claim(fleet.second).await.is_none(), "the owner lives");
    fleet.dies(fleet.first).await;
    let taken = fleet.claim(fleet.second).await.unwrap();
    assert_eq!(taken.ownership.epoch, claim.ownership.epoch + 1);
    // The old owner comes back to life, and believes that the mirror is still its own.
    fleet.renew(fleet.first, LEASE).await;
    let txn = fleet.db.begin().await.unwrap();
    assert!(mirror_owners::fenced(&txn, &claim.ownership).await.unwrap().is_none());
    assert!(mirror_owners::fenced(&txn, &taken.ownership).await.unwrap().is_some());
}

#[tokio::test]
async fn the_tenant_that_was_served_longest_ago_goes_first() {
    let fleet = Fleet::new().await;
    let (busy, quiet) = (fleet.project().await.id, fleet.project().await.id);
    for n in 0..4 {
        fleet.enqueue(busy, &format!("busy:{n}")).await;
    }
    fleet.enqueue(quiet, "quiet:0").await;
    let mut order = Vec::new();
    for _ in 0..3 {
        let claim = fleet.claim(fleet.first).await.unwrap();
        order.push(claim.job.tenant);
        fleet.settle(&claim, &DONE).await;
    }
    assert!(order[..2].contains(&busy) && order[..2].contains(&quiet), "{order:?}");
}

#[tokio::test]
async fn one_job_of_a_key_runs_and_does_not_hold_up_the_others() {
    let fleet = Fleet::new().await;
    let project = fleet.project().await.id;
    fleet.enqueue(project, "same").await;
    fleet.enqueue(project, "same").await;
    fleet.enqueue(project, "other").await;
    let first = fleet.claim(fleet.first).await.unwrap();
    let second = fleet.claim(fleet.first).await.unwrap();
    assert_eq!((first.job.key.as_str(), second.job.key.as_str()), ("same", "other"));
    assert!(fleet.claim(fleet.first).await.is_none());
    fleet.settle(&first, &DONE).await;
    assert_eq!(fleet.claim(fleet.first).await.unwrap().job.key, "same");
}

#[tokio::test]
async fn the_third_crash_makes_a_job_dead_and_its_sync_failed() {
    let fleet = Fleet::new().await;
    let sync = fleet.request(&fleet.project().await).await;
    for _ in 0..3 {
        let claim = fleet.claim(fleet.first).await.unwrap();
        fleet.settle(&claim, &Outcome::Crashed).await;
    }
    assert!(fleet.claim(fleet.first).await.is_none());
    let sync = fleet.sync(sync.id).await;
    assert_eq!((sync.status, sync.error.as_deref()), (SyncStatus::Failed, Some("WORKER_CRASHED")));
    let job = jobs::of_subjects(fleet.db.read(), vec![sync.id.0]).await.unwrap().remove(0);
    assert_eq!((job.state, job.crashes), (JobState::Dead, 3));
}

#[tokio::test]
async fn a_snoozed_run_counts_no_attempt_and_a_failed_one_waits() {
    let fleet = Fleet::new().await;
    let sync = fleet.request(&fleet.project().await).await;
    let claim = fleet.claim(fleet.first).await.unwrap();
    fleet.settle(&claim, &Outcome::Snooze(Duration::ZERO)).await;
    assert_eq!(fleet.job(&claim).await.attempt, 0);
    let claim = fleet.claim(fleet.first).await.unwrap();
    let error = JobError { code: "REPO_UNREACHABLE", message: "away".into() };
    fleet.settle(&claim, &Outcome::Retry { error, after: Some(Duration::from_mins(10)) }).await;
    let (job, sync) = (fleet.job(&claim).await, fleet.sync(sync.id).await);
    assert_eq!((job.state, job.attempt), (JobState::Queued, 1));
    assert!(job.run_at >= now().plus(Duration::from_mins(10)));
    assert_eq!((sync.status, sync.error.as_deref()), (SyncStatus::Pending, Some("REPO_UNREACHABLE")));
    let soon = queue::claim(&fleet.db, Queue::RepoSync, fleet.first, now()).await.unwrap();
    assert!(soon.is_none(), "it is not due yet");
}

#[tokio::test]
async fn a_cancelled_job_ends_at_once_when_it_waits_and_with_its_run_when_it_runs() {
    let fleet = Fleet::new().await;
    let project = fleet.project().await;
    let waiting = fleet.request(&project).await;
    let cancel = async |sync: &syncs::Model| {
        let txn = fleet.db.begin().await.unwrap();
        let running = queue::cancel_sync(&txn, sync, now()).await.unwrap();
        txn.commit().await.unwrap();
        running
    };
    assert!(cancel(&waiting).await.is_none());
    assert_eq!(fleet.sync(waiting.id).await.status, SyncStatus::Cancelled);
    let running = fleet.request(&project).await;
    let claim = fleet.claim(fleet.first).await.unwrap();
    assert!(cancel(&running).await.is_some());
    assert_eq!(fleet.sync(running.id).await.status, SyncStatus::Running);
    fleet.settle(&claim, &Outcome::Snooze(Duration::ZERO)).await;
    assert_eq!(fleet.sync(running.id).await.status, SyncStatus::Cancelled);
}

#[tokio::test]
async fn old_jobs_are_forgotten_and_young_ones_kept() {
    let fleet = Fleet::new().await;
    let project = fleet.project().await;
    fleet.request(&project).await;
    let claim = fleet.claim(fleet.first).await.unwrap();
    fleet.settle(&claim, &DONE).await;
    fleet.request(&project).await;
    let week = Duration::from_hours(7 * 24);
    let prune = async |at: Timestamp| {
        let txn = fleet.db.begin().await.unwrap();
        let pruned = jobs::prune(&txn, week, week * 12, at).await.unwrap();
        txn.commit().await.unwrap();
        pruned
    };
    assert_eq!(prune(now().plus(week)).await, 0);
    assert_eq!(prune(now().plus(week + Duration::from_secs(1))).await, 1);
    assert!(fleet.claim(fleet.first).await.is_some(), "what waits is not forgotten");
}
