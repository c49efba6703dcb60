//! `events`: what happened, written in the transaction of the deed; the sequencer tells people of it.

use sea_orm::{DbBackend, QueryOrder, QuerySelect, Set, Statement, entity::prelude::*};

use super::{Txn, db::SEQUENCER_LOCK};
use crate::{
    clock::Timestamp,
    domain::{
        event::EventKind,
        page::{Listed, Page, Place},
    },
    ids::{JobId, ProjectId, UserId},
    storage::transport::Topic,
};

/// A row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "events")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: i64,
    pub kind: EventKind,
    /// Who did it, when a person did.
    pub user_id: Option<UserId>,
    pub project_id: Option<ProjectId>,
    pub job_id: Option<JobId>,
    /// JSON: ids and states.
    pub payload: String,
    pub request_id: Option<String>,
    /// Whether the sequencer has seen it.
    pub sequenced: bool,
    /// Written down, and nobody is told.
    pub quiet: bool,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

/// Something that happened.
#[derive(Debug, Clone)]
pub struct NewEvent {
    /// What.
    pub kind: EventKind,
    /// By whom.
    pub user: Option<UserId>,
    /// Where.
    pub project: Option<ProjectId>,
    /// Through which job.
    pub job: Option<JobId>,
    /// Ids and states.
    pub payload: serde_json::Value,
    /// The request that led to it.
    pub request_id: Option<String>,
}

impl NewEvent {
    /// Something about accounts, which belongs to no project.
    pub fn of_account(
        kind: EventKind,
        by: Option<UserId>,
        payload: serde_json::Value,
        request_id: Option<String>,
    ) -> Self {
        Self { kind, user: by, project: None, job: None, payload, request_id }
    }
}

/// Writes it down, and wakes the sequencer once it is committed.
pub async fn record(txn: &Txn, event: NewEvent, now: Timestamp) -> Result<(), DbErr> {
    write(txn, event, false, now).await
}

/// The same for what nobody is told of.
pub async fn record_quietly(txn: &Txn, event: NewEvent, now: Timestamp) -> Result<(), DbErr> {
    write(txn, event, true, now).await
}

async fn write(txn: &Txn, event: NewEvent, quiet: bool, now: Timestamp) -> Result<(), DbErr> {
    let row = ActiveModel {
        kind: Set(event.kind),
        user_id: Set(event.user),
        project_id: Set(event.project),
        job_id: Set(event.job),
        payload: Set(event.payload.to_string()),
        request_id: Set(event.request_id),
        sequenced: Set(false),
        quiet: Set(quiet),
        created_at: Set(now),
        updated_at: Set(now),
        ..Default::default()
    };
    Entity::insert(row).exec_without_returning(txn).await?;
    txn.nudge_after_commit(Topic::Events);
    Ok(())
}

/// What `user` did, newest first.
pub async fn of_user(db: &impl ConnectionTrait, user: UserId, page: Page) -> Result<Listed<Model>, DbErr> {
    let mut found = Entity::find().filter(Column::UserId.eq(user));
    if let Some(before) = page.before {
        found = found.filter(Column::Id.lt(number(before)));
    }
    let found = found.order_by_desc(Column::Id).limit(page.rows_to_read()).all(db).await?;
    Ok(page.cut(found, Model::place))
}

impl Model {
    /// Events are numbered; a list's cursor has room for an id of the other tables' kind.
    fn place(&self) -> Place {
        Place { at: self.created_at, id: Uuid::from_u64_pair(0, self.id.unsigned_abs()) }
    }
}

fn number(place: Place) -> i64 {
    i64::try_from(place.id.as_u64_pair().1).unwrap_or(i64::MAX)
}

/// Takes the turn to tell people of events, until the transaction ends; says whether it was free.
pub async fn take_turn(txn: &Txn) -> Result<bool, DbErr> {
    if txn.get_database_backend() != DbBackend::Postgres {
        // The one writer is `txn`.
        return Ok(true);
    }
    let sql = format!("SELECT pg_try_advisory_xact_lock({SEQUENCER_LOCK}) AS mine");
    let row = txn.query_one_raw(Statement::from_string(DbBackend::Postgres, sql)).await?;
    row.map_or(Ok(false), |row| row.try_get("", "mine"))
}

/// The oldest ones that nobody was told of.
pub async fn waiting(txn: &Txn, most: u64) -> Result<Vec<Model>, DbErr> {
    Entity::find().filter(Column::Sequenced.eq(false)).order_by_asc(Column::Id).limit(most).all(txn).await
}

/// Notes that they were dealt with.
pub async fn mark_sequenced(txn: &Txn, ids: Vec<i64>, now: Timestamp) -> Result<(), DbErr> {
    Entity::update_many()
        .col_expr(Column::Sequenced, Expr::value(true))
        .col_expr(Column::UpdatedAt, Expr::value(now))
        .filter(Column::Id.is_in(ids))
        .exec(txn)
        .await?;
    Ok(())
}
