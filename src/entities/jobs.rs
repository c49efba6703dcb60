//! `jobs`: the queue's rows. Every move is a compare-and-swap on the state, the attempt and the owner.

use std::time::Duration;

use sea_orm::{
    FromQueryResult, QueryOrder, QuerySelect, Set, Statement,
    entity::prelude::*,
    sea_query::{Condition, ExprTrait, LockType, OnConflict},
};

use super::Txn;
use crate::{
    clock::Timestamp,
    domain::job::{JobState, Queue, Task},
    ids::{InstanceId, JobId, ProjectId},
    storage::transport::Topic,
};

/// A row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "jobs")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: JobId,
    pub queue: Queue,
    /// What is to be done about the subject.
    pub kind: Task,
    /// The project that the queue is fair to.
    pub tenant: ProjectId,
    /// One job of a key runs at a time.
    pub key: String,
    /// One job of a uniqueness key waits or runs.
    pub unique_key: Option<String>,
    /// The domain row that it is about.
    pub subject: Uuid,
    pub state: JobState,
    /// The higher, the sooner.
    pub priority: i32,
    pub run_at: Timestamp,
    /// The number of the newest attempt; 0 before the first.
    pub attempt: i32,
    pub max_attempts: i32,
    /// How often a worker died over it.
    pub crashes: i32,
    /// The life of the instance that holds the claim.
    pub owner: Option<InstanceId>,
    pub cancel_requested_at: Option<Timestamp>,
    /// JSON; what it is depends on the queue.
    pub progress: Option<String>,
    pub error: Option<String>,
    /// The request that wanted it.
    pub request_id: Option<String>,
    /// The trace of that request, as `traceparent` carries it.
    pub trace: Option<String>,
    /// When the sweeper last gave a hint of it.
    pub pushed_at: Option<Timestamp>,
    pub started_at: Option<Timestamp>,
    pub finished_at: Option<Timestamp>,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

/// Work that is wanted.
#[derive(Debug, Clone)]
pub struct NewJob {
    /// What is to be done; it decides the queue.
    pub kind: Task,
    /// Whose turn it uses.
    pub tenant: ProjectId,
    /// One job of this key runs at a time.
    pub key: String,
    /// One job of this key waits or runs.
    pub unique_key: Option<String>,
    /// The domain row.
    pub subject: Uuid,
    /// So many attempts, then it has failed.
    pub max_attempts: i32,
    /// The request that wants it.
    pub request_id: Option<String>,
}

/// Puts a job into the queue, due at once; does nothing and says so when its uniqueness key is taken.
pub async fn enqueue(txn: &Txn, job: NewJob, now: Timestamp) -> Result<Option<JobId>, DbErr> {
    let id = JobId::new();
    let row = ActiveModel {
        id: Set(id),
        queue: Set(job.kind.queue()),
        kind: Set(job.kind),
        tenant: Set(job.tenant),
        key: Set(job.key),
        unique_key: Set(job.unique_key),
        subject: Set(job.subject),
        state: Set(JobState::Queued),
        priority: Set(0),
        run_at: Set(now),
        attempt: Set(0),
        max_attempts: Set(job.max_attempts),
        crashes: Set(0),
        request_id: Set(job.request_id),
        created_at: Set(now),
        updated_at: Set(now),
        ..Default::default()
    };
    let taken = OnConflict::new().do_nothing().to_owned();
    let inserted = Entity::insert(row).on_conflict(taken).exec_without_returning(txn).await?;
    txn.nudge_after_commit(Topic::Queue(job.kind.queue()));
    Ok((inserted == 1).then_some(id))
}

/// The one with this id.
pub async fn find(db: &impl ConnectionTrait, id: JobId) -> Result<Option<Model>, DbErr> {
    Entity::find_by_id(id).one(db).await
}

/// The newest job of each of these subjects.
pub async fn of_subjects(db: &impl ConnectionTrait, subjects: Vec<Uuid>) -> Result<Vec<Model>, DbErr> {
    // Oldest first: who collects them by subject keeps the newest.
    Entity::find().filter(Column::Subject.is_in(subjects)).order_by_asc(Column::CreatedAt).all(db).await
}

/// The job that waits or runs under this uniqueness key.
pub async fn active(db: &impl ConnectionTrait, unique_key: &str) -> Result<Option<Model>, DbErr> {
    Entity::find()
        .filter(Column::UniqueKey.eq(unique_key))
        .filter(Column::State.is_in([JobState::Queued, JobState::Running]))
        .one(db)
        .await
}

/// The same, kept from changing until the transaction ends.
pub async fn find_for_update(txn: &Txn, id: JobId) -> Result<Option<Model>, DbErr> {
    Entity::find_by_id(id).lock(LockType::Update).one(txn).await
}

/// The job about this subject that waits or runs, kept from changing until the transaction ends.
pub async fn active_of(txn: &Txn, subject: Uuid) -> Result<Option<Model>, DbErr> {
    Entity::find()
        .filter(Column::Subject.eq(subject))
        .filter(Column::State.is_in([JobState::Queued, JobState::Running]))
        .lock(LockType::Update)
        .one(txn)
        .await
}

/// The next job that `me` may take: due, its key free, its mirror not another living instance's; and of those the
/// one whose tenant was served longest ago, so that nobody's many jobs stand before another's first.
pub async fn next_due(
    txn: &Txn,
    queue: Queue,
    me: InstanceId,
    now: Timestamp,
    database_now: Timestamp,
) -> Result<Option<Model>, DbErr> {
    const SQL: &str = "\
        SELECT j.* FROM jobs j \
        LEFT JOIN (SELECT tenant, MAX(started_at) AS at FROM jobs WHERE queue = $1 GROUP BY tenant) served \
            ON served.tenant = j.tenant \
        WHERE j.queue = $1 AND j.state = 'queued' AND j.run_at <= $2 \
            AND NOT EXISTS (SELECT 1 FROM jobs r WHERE r.key = j.key AND r.state = 'running') \
            AND NOT EXISTS (SELECT 1 FROM mirror_owners o JOIN instances i ON i.id = o.instance_id \
                WHERE o.project_id = j.tenant AND o.instance_id <> $3 AND i.lease_until > $4) \
        ORDER BY j.priority DESC, COALESCE(served.at, 0), j.run_at, j.id LIMIT 1";
    let values = [queue.into(), now.into(), me.into(), database_now.into()];
    let statement = Statement::from_sql_and_values(txn.get_database_backend(), SQL, values);
    Model::find_by_statement(statement).one(txn).await
}

/// Takes a queued job for `me`: one more attempt. Says whether it was still there to take.
pub async fn take(txn: &Txn, job: &Model, me: InstanceId, now: Timestamp) -> Result<bool, DbErr> {
    let taken = Entity::update_many()
        .col_expr(Column::State, Expr::value(JobState::Running))
        .col_expr(Column::Attempt, Expr::value(job.attempt.saturating_add(1)))
        .col_expr(Column::Owner, Expr::value(me))
        .col_expr(Column::StartedAt, Expr::value(now))
        .col_expr(Column::Progress, Expr::value(None::<String>))
        .col_expr(Column::UpdatedAt, Expr::value(now))
        .filter(Column::Id.eq(job.id))
        .filter(Column::State.eq(JobState::Queued))
        .filter(Column::Attempt.eq(job.attempt))
        .exec(txn)
        .await?;
    Ok(taken.rows_affected == 1)
}

/// That `owner` runs attempt number `attempt` of a job; void once somebody else moved the job on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Held {
    /// Which job.
    pub job: JobId,
    /// From 1.
    pub attempt: i32,
    /// The life of an instance.
    pub owner: InstanceId,
}

impl Held {
    fn still(self) -> Condition {
        Condition::all()
            .add(Column::Id.eq(self.job))
            .add(Column::State.eq(JobState::Running))
            .add(Column::Attempt.eq(self.attempt))
            .add(Column::Owner.eq(self.owner))
    }
}

/// Where a job goes when a run of it is over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Move {
    /// The new state.
    pub state: JobState,
    /// When it is due again, if it is queued.
    pub run_at: Timestamp,
    /// What is added to its attempts: −1 when this one did not count.
    pub attempts: i32,
    /// What is added to its crashes.
    pub crashes: i32,
    /// Why.
    pub error: Option<String>,
}

/// Moves a held job on. `false`: somebody else has it, and nothing may be published in its name.
pub async fn leave(txn: &Txn, held: Held, to: &Move, now: Timestamp) -> Result<bool, DbErr> {
    let finished_at = (to.state != JobState::Queued).then_some(now);
    let moved = Entity::update_many()
        .col_expr(Column::State, Expr::value(to.state))
        .col_expr(Column::RunAt, Expr::value(to.run_at))
        .col_expr(Column::Attempt, Expr::col(Column::Attempt).add(to.attempts))
        .col_expr(Column::Crashes, Expr::col(Column::Crashes).add(to.crashes))
        .col_expr(Column::Owner, Expr::value(None::<Uuid>))
        .col_expr(Column::Error, Expr::value(to.error.clone()))
        .col_expr(Column::FinishedAt, Expr::value(finished_at))
        .col_expr(Column::UpdatedAt, Expr::value(now))
        .filter(held.still())
        .exec(txn)
        .await?;
    Ok(moved.rows_affected == 1)
}

/// Writes how far it is, if the claim still holds; says whether somebody asked for its end.
pub async fn report(txn: &Txn, held: Held, progress: String, now: Timestamp) -> Result<bool, DbErr> {
    Entity::update_many()
        .col_expr(Column::Progress, Expr::value(progress))
        .col_expr(Column::UpdatedAt, Expr::value(now))
        .filter(held.still())
        .exec(txn)
        .await?;
    let job = find(txn, held.job).await?;
    Ok(job.is_none_or(|job| job.cancel_requested_at.is_some()))
}

/// A tenant's jobs that wait or run.
pub async fn active_of_tenant(db: &impl ConnectionTrait, tenant: ProjectId) -> Result<Vec<Model>, DbErr> {
    Entity::find()
        .filter(Column::Tenant.eq(tenant))
        .filter(Column::State.is_in([JobState::Queued, JobState::Running]))
        .all(db)
        .await
}

/// Asks for the end of a job that runs. From now on the same work may be wanted anew.
pub async fn request_cancel(txn: &Txn, id: JobId, now: Timestamp) -> Result<(), DbErr> {
    Entity::update_many()
        .col_expr(Column::CancelRequestedAt, Expr::col(Column::CancelRequestedAt).if_null(now))
        .col_expr(Column::UniqueKey, Expr::value(None::<String>))
        .col_expr(Column::UpdatedAt, Expr::value(now))
        .filter(Column::Id.eq(id))
        .exec(txn)
        .await?;
    Ok(())
}

/// Ends a job that has not begun; says whether it had not.
pub async fn cancel_queued(txn: &Txn, id: JobId, now: Timestamp) -> Result<bool, DbErr> {
    let cancelled = Entity::update_many()
        .col_expr(Column::State, Expr::value(JobState::Cancelled))
        .col_expr(Column::FinishedAt, Expr::value(now))
        .col_expr(Column::UpdatedAt, Expr::value(now))
        .filter(Column::Id.eq(id))
        .filter(Column::State.eq(JobState::Queued))
        .exec(txn)
        .await?;
    Ok(cancelled.rows_affected == 1)
}

/// Notes the trace that a job about this subject belongs to, unless one that waits or runs belongs to another already.
pub async fn set_trace(txn: &Txn, subject: Uuid, trace: String) -> Result<(), DbErr> {
    Entity::update_many()
        .col_expr(Column::Trace, Expr::value(trace))
        .filter(Column::Subject.eq(subject))
        .filter(Column::State.is_in([JobState::Queued, JobState::Running]))
        .filter(Column::Trace.is_null())
        .exec(txn)
        .await?;
    Ok(())
}

/// Jobs of this instance that somebody wants ended.
pub async fn to_cancel(db: &impl ConnectionTrait, owner: InstanceId) -> Result<Vec<Model>, DbErr> {
    Entity::find()
        .filter(Column::State.eq(JobState::Running))
        .filter(Column::Owner.eq(owner))
        .filter(Column::CancelRequestedAt.is_not_null())
        .all(db)
        .await
}

/// Running jobs whose instance's lease is over.
pub async fn orphans(txn: &Txn, database_now: Timestamp) -> Result<Vec<Model>, DbErr> {
    const SQL: &str = "\
        SELECT j.* FROM jobs j WHERE j.state = 'running' AND NOT EXISTS \
        (SELECT 1 FROM instances i WHERE i.id = j.owner AND i.lease_until > $1) ORDER BY j.id LIMIT 100";
    let statement = Statement::from_sql_and_values(txn.get_database_backend(), SQL, [database_now.into()]);
    Model::find_by_statement(statement).all(txn).await
}

/// Queues with a job that is due, so that a hint is given again.
pub async fn due_queues(db: &impl ConnectionTrait, now: Timestamp) -> Result<Vec<Queue>, DbErr> {
    Entity::find()
        .select_only()
        .column(Column::Queue)
        .distinct()
        .filter(Column::State.eq(JobState::Queued))
        .filter(Column::RunAt.lte(now))
        .into_tuple()
        .all(db)
        .await
}

/// How many jobs stand where, for operators.
#[derive(Debug, Clone, PartialEq, Eq, FromQueryResult)]
pub struct Backlog {
    /// Which queue.
    pub queue: Queue,
    /// Which state.
    pub state: JobState,
    /// How many.
    pub jobs: i64,
    /// When the newest of them ended.
    pub newest: Option<i64>,
}

/// How many jobs stand where.
pub async fn backlog(db: &impl ConnectionTrait) -> Result<Vec<Backlog>, DbErr> {
    Entity::find()
        .select_only()
        .column(Column::Queue)
        .column(Column::State)
        .column_as(Column::Id.count(), "jobs")
        .column_as(Column::FinishedAt.max(), "newest")
        .group_by(Column::Queue)
        .group_by(Column::State)
        .into_model()
        .all(db)
        .await
}

/// Forgets jobs that ended well, or were ended, longer ago than `done`, and failed ones older than `failed`.
pub async fn prune(txn: &Txn, done: Duration, failed: Duration, now: Timestamp) -> Result<u64, DbErr> {
    let over = |states: &[JobState], age: Duration| {
        Condition::all().add(Column::State.is_in(states.iter().copied())).add(Column::FinishedAt.lt(now.minus(age)))
    };
    let which = Condition::any()
        .add(over(&[JobState::Done, JobState::Cancelled], done))
        .add(over(&[JobState::Failed, JobState::Dead], failed));
    Ok(Entity::delete_many().filter(which).exec(txn).await?.rows_affected)
}

/// Takes all jobs of a deleted project away.
pub async fn delete_of(txn: &Txn, tenant: ProjectId) -> Result<(), DbErr> {
    Entity::delete_many().filter(Column::Tenant.eq(tenant)).exec(txn).await?;
    Ok(())
}
