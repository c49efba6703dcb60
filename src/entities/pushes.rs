//! `refactor_pushes`: what was to be pushed, written down before it is, and what came of it.

use sea_orm::{QueryOrder, QuerySelect, Set, entity::prelude::*};

use super::Txn;
use crate::{
    clock::Timestamp,
    domain::refactor::PushStatus,
    ids::{PushId, RefactorId, UserId},
};

/// Pushes of one refactor that are shown.
const MOST_SHOWN: u64 = 20;

/// A row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "refactor_pushes")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: PushId,
    pub refactor_id: RefactorId,
    pub requested_by: UserId,
    pub branch: String,
    pub commit: String,
    pub status: PushStatus,
    /// A code of the contract.
    pub error: Option<String>,
    pub error_message: Option<String>,
    pub finished_at: Option<Timestamp>,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

/// The one with this id.
pub async fn find(db: &impl ConnectionTrait, id: PushId) -> Result<Option<Model>, DbErr> {
    Entity::find_by_id(id).one(db).await
}

/// A refactor's, newest first.
pub async fn of(db: &impl ConnectionTrait, refactor: RefactorId) -> Result<Vec<Model>, DbErr> {
    Entity::find()
        .filter(Column::RefactorId.eq(refactor))
        .order_by_desc(Column::CreatedAt)
        .order_by_desc(Column::Id)
        .limit(MOST_SHOWN)
        .all(db)
        .await
}

/// The newest of several refactors, as many as are shown of each if they have equally many.
pub async fn of_all(
    db: &impl ConnectionTrait,
    refactors: impl ExactSizeIterator<Item = RefactorId>,
) -> Result<Vec<Model>, DbErr> {
    let most = MOST_SHOWN.saturating_mul(u64::try_from(refactors.len()).unwrap_or(u64::MAX));
    Entity::find()
        .filter(Column::RefactorId.is_in(refactors))
        .order_by_desc(Column::CreatedAt)
        .order_by_desc(Column::Id)
        .limit(most)
        .all(db)
        .await
}

/// One of the same commit to the same branch that has not failed.
pub async fn same(
    db: &impl ConnectionTrait,
    refactor: RefactorId,
    branch: &str,
    commit: &str,
) -> Result<Option<Model>, DbErr> {
    Entity::find()
        .filter(Column::RefactorId.eq(refactor))
        .filter(Column::Branch.eq(branch))
        .filter(Column::Commit.eq(commit))
        .filter(Column::Status.ne(PushStatus::Failed))
        .one(db)
        .await
}

/// Writes down that a commit is to be pushed.
pub async fn insert(
    txn: &Txn,
    refactor: RefactorId,
    by: UserId,
    branch: &str,
    commit: &str,
    now: Timestamp,
) -> Result<Model, DbErr> {
    let row = ActiveModel {
        id: Set(PushId::new()),
        refactor_id: Set(refactor),
        requested_by: Set(by),
        branch: Set(branch.to_owned()),
        commit: Set(commit.to_owned()),
        status: Set(PushStatus::Pending),
        error: Set(None),
        error_message: Set(None),
        finished_at: Set(None),
        created_at: Set(now),
        updated_at: Set(now),
    };
    row.insert(txn).await
}

/// Writes down what came of it.
pub async fn settle(
    txn: &Txn,
    id: PushId,
    status: PushStatus,
    error: Option<&str>,
    message: Option<&str>,
    now: Timestamp,
) -> Result<(), DbErr> {
    let finished_at = (status != PushStatus::Pending).then_some(now);
    Entity::update_many()
        .col_expr(Column::Status, Expr::value(status))
        .col_expr(Column::Error, Expr::value(error))
        .col_expr(Column::ErrorMessage, Expr::value(message))
        .col_expr(Column::FinishedAt, Expr::value(finished_at))
        .col_expr(Column::UpdatedAt, Expr::value(now))
        .filter(Column::Id.eq(id))
        .exec(txn)
        .await?;
    Ok(())
}
