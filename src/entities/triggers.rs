//! What wants a synchronisation besides people: a push at the remote, and the clock. Both are times in the project's
//! row, so that nothing is forgotten, and become synchronisations when nothing of the project waits or runs.

use std::time::Duration;

use sea_orm::{FromQueryResult, Statement, prelude::*, sea_query::Condition};

use super::{
    Txn,
    projects::{Column, Entity, Model},
    queue::{self, Wish},
    syncs,
};
use crate::{
    clock::Timestamp,
    domain::{job::JobState, sync::Cause},
    ids::{ProjectId, SyncId},
};

/// What a push at the remote leads to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Pushed {
    /// This synchronisation, which begins after the push, brings it.
    Brought(syncs::Model),
    /// One that begins at this time or later will bring it.
    Due(Timestamp),
}

/// Something was pushed. A synchronisation that has not begun will bring it; one that runs may have looked before, and
/// one that would begin less than `interval` after the last is put off: then it is due later, once for all pushes. The
/// caller has locked the project's row.
pub async fn push(
    txn: &Txn,
    project: &Model,
    interval: Duration,
    request_id: String,
    now: Timestamp,
) -> Result<Pushed, DbErr> {
    if let Some(job) = queue::active(txn, project).await? {
        let sync = syncs::find(txn, SyncId(job.subject)).await?;
        match (job.state, sync) {
            (JobState::Queued, Some(sync)) => return Ok(Pushed::Brought(sync)),
            _ => return put_off(txn, project.id, now).await,
        }
    }
    let earliest = syncs::newest(txn, project.id).await?.map_or(now, |newest| newest.created_at.plus(interval));
    if earliest > now {
        return put_off(txn, project.id, earliest).await;
    }
    let wish = Wish { cause: Cause::Push, user: None, request_id: Some(request_id) };
    queue::request_sync(txn, project, wish, now).await.map(Pushed::Brought)
}

async fn put_off(txn: &Txn, project: ProjectId, at: Timestamp) -> Result<Pushed, DbErr> {
    let later = Condition::any().add(Column::PushDueAt.is_null()).add(Column::PushDueAt.gt(at));
    Entity::update_many()
        .col_expr(Column::PushDueAt, Expr::value(at))
        .filter(Column::Id.eq(project))
        .filter(later)
        .exec(txn)
        .await?;
    Ok(Pushed::Due(at))
}

/// Projects that are due and of which no synchronisation waits or runs; at most so many, the longest due first.
pub async fn due(db: &impl ConnectionTrait, most: u64, now: Timestamp) -> Result<Vec<ProjectId>, DbErr> {
    const SQL: &str = "\
        SELECT p.id FROM projects p \
        WHERE p.repo_url IS NOT NULL AND (p.sync_due_at <= $1 OR p.push_due_at <= $1) \
            AND NOT EXISTS (SELECT 1 FROM jobs j \
                WHERE j.tenant = p.id AND j.queue = 'repo_sync' AND j.state IN ('queued', 'running')) \
        ORDER BY COALESCE(p.push_due_at, p.sync_due_at) LIMIT $2";
    let values = [now.into(), i64::try_from(most).unwrap_or(i64::MAX).into()];
    let statement = Statement::from_sql_and_values(db.get_database_backend(), SQL, values);
    let rows = Due::find_by_statement(statement).all(db).await?;
    Ok(rows.into_iter().map(|row| row.id).collect())
}

#[derive(FromQueryResult)]
struct Due {
    id: ProjectId,
}

/// Turns what is due into a synchronisation, or into the one that waits already, be it for a person's decision.
/// `None`: somebody else was faster.
pub async fn request_due(txn: &Txn, project: ProjectId, now: Timestamp) -> Result<Option<syncs::Model>, DbErr> {
    let Some(project) = super::projects::find_for_update(txn, project).await? else { return Ok(None) };
    let is_pushed = project.push_due_at.is_some_and(|due| due <= now);
    if !take(txn, &project, now).await? {
        return Ok(None);
    }
    let cause = if is_pushed { Cause::Push } else { Cause::Schedule };
    let wish = Wish { cause, user: None, request_id: None };
    queue::request_sync(txn, &project, wish, now).await.map(Some)
}

/// Moves the times on, if they stand where they were read: of several who look at once one goes on.
async fn take(txn: &Txn, project: &Model, now: Timestamp) -> Result<bool, DbErr> {
    let next = project.sync_interval_s.map(|interval| now.plus(interval.pause(project.sync_failures)));
    let taken = Entity::update_many()
        .col_expr(Column::SyncDueAt, Expr::value(next))
        .col_expr(Column::PushDueAt, Expr::value(None::<Timestamp>))
        .filter(Column::Id.eq(project.id))
        .filter(Condition::any().add(Column::SyncDueAt.lte(now)).add(Column::PushDueAt.lte(now)))
        .exec(txn)
        .await?;
    Ok(taken.rows_affected == 1)
}

/// A synchronisation begins: it brings whatever was pushed until now.
pub async fn began(txn: &Txn, project: ProjectId) -> Result<(), DbErr> {
    Entity::update_many()
        .col_expr(Column::PushDueAt, Expr::value(None::<Timestamp>))
        .filter(Column::Id.eq(project))
        .filter(Column::PushDueAt.is_not_null())
        .exec(txn)
        .await?;
    Ok(())
}

/// A synchronisation ended, well or not: the schedule goes on from here. Returns how many failed in a row.
pub async fn ended(txn: &Txn, project: ProjectId, well: bool, now: Timestamp) -> Result<i32, DbErr> {
    let Some(project) = super::projects::find(txn, project).await? else { return Ok(0) };
    let failures = if well { 0 } else { project.sync_failures.saturating_add(1) };
    let next = project.sync_interval_s.map(|interval| now.plus(interval.pause(failures)));
    Entity::update_many()
        .col_expr(Column::SyncFailures, Expr::value(failures))
        .col_expr(Column::SyncDueAt, Expr::value(next))
        .filter(Column::Id.eq(project.id))
        .exec(txn)
        .await?;
    Ok(failures)
}
