//! Which versions of manifests are kept, and which objects the kept ones need.

use sea_orm::{
    Condition, QueryOrder, QuerySelect,
    entity::prelude::*,
    sea_query::{Alias, ExprTrait, Query},
};

use super::{
    Txn,
    manifests::{Column, Entity},
};
use crate::{clock::Timestamp, ids::ManifestId};

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

/// Only versions that nothing live names. A table that names versions adds its condition here, such as
/// `Column::Id.not_in_subquery(…)`.
fn unnamed() -> Condition {
    Condition::all()
}

/// The digests of the roots of all versions: one statement, so that nothing moves while it looks.
pub async fn roots(db: &impl ConnectionTrait) -> Result<Vec<String>, DbErr> {
    Entity::find().select_only().column(Column::ManifestDigest).distinct().into_tuple().all(db).await
}
