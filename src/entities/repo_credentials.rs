//! `repo_credentials`: what opens a project's remote, and what waits to.

use sea_orm::{Set, entity::prelude::*};

use super::Txn;
use crate::{
    clock::Timestamp,
    domain::{
        credential::{CredentialKind, Slot},
        vault::{Place, Sealed},
    },
    ids::{CredentialId, ProjectId},
};

/// A row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "repo_credentials")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: CredentialId,
    pub project_id: ProjectId,
    pub slot: Slot,
    pub kind: CredentialKind,
    /// The one place that it is shown to: scheme, host and port. `None` until the project is linked.
    pub origin: Option<String>,
    pub username: Option<String>,
    /// As a host's list of deploy keys takes it.
    pub public_key: Option<String>,
    /// The keys that the host must show.
    pub known_hosts: Option<String>,
    /// A token, or a private key.
    pub secret: Sealed,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

/// Where the secret of a row is sealed for.
pub fn place(id: CredentialId) -> Place {
    Place { table: "repo_credentials", column: "secret", row: id.0 }
}

/// A project's, the current one first.
pub async fn of_project(db: &impl ConnectionTrait, project: ProjectId) -> Result<Vec<Model>, DbErr> {
    let mut found = Entity::find().filter(Column::ProjectId.eq(project)).all(db).await?;
    found.sort_by_key(|row| row.slot != Slot::Current);
    Ok(found)
}

/// Keeps one, in the place of the one that was in its slot.
pub async fn replace(txn: &Txn, row: Model) -> Result<Model, DbErr> {
    remove(txn, row.project_id, Some(row.slot)).await?;
    let row = ActiveModel {
        id: Set(row.id),
        project_id: Set(row.project_id),
        slot: Set(row.slot),
        kind: Set(row.kind),
        origin: Set(row.origin),
        username: Set(row.username),
        public_key: Set(row.public_key),
        known_hosts: Set(row.known_hosts),
        secret: Set(row.secret),
        created_at: Set(row.created_at),
        updated_at: Set(row.updated_at),
    };
    row.insert(txn).await
}

/// Removes what is in `slot`, or all of a project's.
pub async fn remove(txn: &Txn, project: ProjectId, slot: Option<Slot>) -> Result<u64, DbErr> {
    let mut rows = Entity::delete_many().filter(Column::ProjectId.eq(project));
    if let Some(slot) = slot {
        rows = rows.filter(Column::Slot.eq(slot));
    }
    Ok(rows.exec(txn).await?.rows_affected)
}

/// Binds one that was made before its project was linked to the place that it is linked to.
pub async fn bind(txn: &Txn, id: CredentialId, origin: Option<&str>, now: Timestamp) -> Result<(), DbErr> {
    Entity::update_many()
        .col_expr(Column::Origin, Expr::value(origin))
        .col_expr(Column::UpdatedAt, Expr::value(now))
        .filter(Column::Id.eq(id))
        .filter(Column::Origin.is_null())
        .exec(txn)
        .await?;
    Ok(())
}

/// Pins the keys that the host must show from now on.
pub async fn pin(txn: &Txn, id: CredentialId, known_hosts: &str, now: Timestamp) -> Result<(), DbErr> {
    Entity::update_many()
        .col_expr(Column::KnownHosts, Expr::value(known_hosts))
        .col_expr(Column::UpdatedAt, Expr::value(now))
        .filter(Column::Id.eq(id))
        .exec(txn)
        .await?;
    Ok(())
}

/// Makes the pending one the current one, if it is still there.
pub async fn promote(txn: &Txn, pending: &Model, now: Timestamp) -> Result<(), DbErr> {
    let still = Entity::find_by_id(pending.id).one(txn).await?.is_some_and(|row| row.slot == Slot::Pending);
    if !still {
        return Ok(());
    }
    remove(txn, pending.project_id, Some(Slot::Current)).await?;
    Entity::update_many()
        .col_expr(Column::Slot, Expr::value(Slot::Current))
        .col_expr(Column::UpdatedAt, Expr::value(now))
        .filter(Column::Id.eq(pending.id))
        .exec(txn)
        .await?;
    Ok(())
}
