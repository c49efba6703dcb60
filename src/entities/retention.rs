//! Which versions of manifests are kept, and which objects the kept ones need.

use sea_orm::{
    Condition, QueryOrder, QuerySelect,
    entity::prelude::*,
    sea_query::{Alias, ExprTrait, Query, SelectStatement},
};

use super::{
    Txn,
    manifests::{Column, Entity},
    refactors,
};
use crate::{clock::Timestamp, domain::refactor::RefactorStatus, ids::ManifestId};

/// Deletes versions that have `keep` newer ones and were made before `moment`, at most `most` of them, the oldest
/// first. Never a project's newest, nor one that something live names.
pub async fn prune(txn: &Txn, keep: u32, moment: Timestamp, most: u64) -> Result<u64, DbErr> {
    let newer = Alias::new("newer");
    let of_newer = |column: Column| Expr::col((newer.clone(), column));
    let has_newer = Query::select()
        .expr(Expr::val(1))
        .from_as(Entity, newer.clone())
        .and_where(of_newer(Column::ProjectId).equals((Entity, Column::ProjectId)))
        .and_where(of_newer(Column::Version).gte(Expr::col((Entity, Column::Version)).add(i64::from(keep))))
        .to_owned();
    let old: Vec<ManifestId> = Entity::find()
        .select_only()
        .column(Column::Id)
        .filter(Column::CreatedAt.lt(moment))
        .filter(Expr::exists(has_newer))
        .filter(unnamed())
        .order_by_asc(Column::CreatedAt)
        .limit(most)
        .into_tuple()
        .all(txn)
        .await?;
    Ok(Entity::delete_many().filter(Column::Id.is_in(old)).exec(txn).await?.rows_affected)
}

/// Only versions that nothing live names. A table that names versions adds its condition here.
fn unnamed() -> Condition {
    Condition::all().add(Expr::exists(refactored()).not())
}

/// Refactors whose proposal is live, and which were computed for a version, or made it.
fn refactored() -> SelectStatement {
    const LIVE: [RefactorStatus; 4] =
        [RefactorStatus::Success, RefactorStatus::Applying, RefactorStatus::Applied, RefactorStatus::Reverting];
    let refactor = |column: refactors::Column| Expr::col((refactors::Entity, column));
    let version = |column| refactor(column).equals((Entity, Column::Version));
    Query::select()
        .expr(Expr::val(1))
        .from(refactors::Entity)
        .and_where(refactor(refactors::Column::ProjectId).equals((Entity, Column::ProjectId)))
        .and_where(refactor(refactors::Column::Status).is_in(LIVE))
        .cond_where(
            Condition::any()
                .add(version(refactors::Column::ManifestVersion))
                .add(version(refactors::Column::AppliedVersion)),
        )
        .to_owned()
}

/// The digests of the roots of all versions: one statement, so that nothing moves while it looks.
pub async fn roots(db: &impl ConnectionTrait) -> Result<Vec<String>, DbErr> {
    Entity::find().select_only().column(Column::ManifestDigest).distinct().into_tuple().all(db).await
}
