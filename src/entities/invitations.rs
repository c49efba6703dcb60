//! `invitations`: who may come into which project, as what, until when.

use sea_orm::{QueryOrder, QuerySelect, Set, entity::prelude::*, sea_query::Condition};

use super::{Txn, keyset::older};
use crate::{
    clock::Timestamp,
    domain::{
        invitation::{Course, InvitationStatus, TokenHash},
        page::{Listed, Page, Place},
        profile::Email,
        role::Role,
    },
    ids::{InvitationId, ProjectId, UserId},
};

/// A row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "invitations")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: InvitationId,
    pub project_id: ProjectId,
    pub token_hash: TokenHash,
    pub role: Role,
    /// Whose account it is for; in lower case, and without one anybody's.
    pub email: Option<String>,
    pub created_by: UserId,
    pub expires_at: Timestamp,
    pub accepted_by: Option<UserId>,
    pub accepted_at: Option<Timestamp>,
    pub revoked_at: Option<Timestamp>,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl Model {
    /// Where it stands.
    pub fn status(&self, now: Timestamp) -> InvitationStatus {
        let Self { expires_at, accepted_at, revoked_at, .. } = *self;
        Course { expires_at, accepted_at, revoked_at }.status(now)
    }

    /// Whether the account with this address may use it.
    pub fn is_for(&self, email: &str) -> bool {
        self.email.as_ref().is_none_or(|bound| bound == email)
    }
}

/// A new invitation.
pub struct NewInvitation {
    /// Into which project.
    pub project: ProjectId,
    /// What is kept of its token.
    pub token_hash: TokenHash,
    /// What the one who comes will be.
    pub role: Role,
    /// Whose account it is for, if not anybody's.
    pub email: Option<Email>,
    /// Who invites.
    pub by: UserId,
    /// Until when.
    pub expires_at: Timestamp,
}

/// The one with this id.
pub async fn find(db: &impl ConnectionTrait, id: InvitationId) -> Result<Option<Model>, DbErr> {
    Entity::find_by_id(id).one(db).await
}

/// The one whose token has one of these hashes.
pub async fn find_by_token(db: &impl ConnectionTrait, hashes: Vec<TokenHash>) -> Result<Option<Model>, DbErr> {
    Entity::find().filter(Column::TokenHash.is_in(hashes)).one(db).await
}

/// A project's, newest first.
pub async fn of_project(db: &impl ConnectionTrait, project: ProjectId, page: Page) -> Result<Listed<Model>, DbErr> {
    let invitations = Entity::find()
        .filter(Column::ProjectId.eq(project))
        .filter(older(page.before, Column::CreatedAt, Column::Id))
        .order_by_desc(Column::CreatedAt)
        .order_by_desc(Column::Id)
        .limit(page.rows_to_read())
        .all(db)
        .await?;
    Ok(page.cut(invitations, |row| Place { at: row.created_at, id: row.id.0 }))
}

/// How many of a project's still wait for somebody.
pub async fn pending(db: &impl ConnectionTrait, project: ProjectId, now: Timestamp) -> Result<u64, DbErr> {
    Entity::find().filter(Column::ProjectId.eq(project)).filter(waits(now)).count(db).await
}

/// Invites.
pub async fn insert(txn: &Txn, new: NewInvitation, now: Timestamp) -> Result<Model, DbErr> {
    let row = ActiveModel {
        id: Set(InvitationId::new()),
        project_id: Set(new.project),
        token_hash: Set(new.token_hash),
        role: Set(new.role),
        email: Set(new.email.map(|email| email.as_str().to_owned())),
        created_by: Set(new.by),
        expires_at: Set(new.expires_at),
        accepted_by: Set(None),
        accepted_at: Set(None),
        revoked_at: Set(None),
        created_at: Set(now),
        updated_at: Set(now),
    };
    row.insert(txn).await
}

/// Notes that `user` came in by it; says whether it still waited.
pub async fn accept(txn: &Txn, id: InvitationId, user: UserId, now: Timestamp) -> Result<bool, DbErr> {
    let accepted = Entity::update_many()
        .col_expr(Column::AcceptedBy, Expr::value(user))
        .col_expr(Column::AcceptedAt, Expr::value(now))
        .col_expr(Column::UpdatedAt, Expr::value(now))
        .filter(Column::Id.eq(id))
        .filter(waits(now))
        .exec(txn)
        .await?;
    Ok(accepted.rows_affected == 1)
}

/// Binds one that waits to an address; says whether it waited and was not another's. From now on one account only
/// comes in by it.
pub async fn bind(txn: &Txn, id: InvitationId, email: &Email, now: Timestamp) -> Result<bool, DbErr> {
    let free = Condition::any().add(Column::Email.is_null()).add(Column::Email.eq(email.as_str()));
    let bound = Entity::update_many()
        .col_expr(Column::Email, Expr::value(email.as_str()))
        .col_expr(Column::UpdatedAt, Expr::value(now))
        .filter(Column::Id.eq(id))
        .filter(waits(now))
        .filter(free)
        .exec(txn)
        .await?;
    Ok(bound.rows_affected == 1)
}

/// Takes one back, unless it came to an end already.
pub async fn revoke(txn: &Txn, id: InvitationId, now: Timestamp) -> Result<(), DbErr> {
    revoke_where(txn, Condition::all().add(Column::Id.eq(id)), now).await
}

/// Takes back what `user` offered in `project`.
pub async fn revoke_of(txn: &Txn, project: ProjectId, user: UserId, now: Timestamp) -> Result<(), DbErr> {
    let theirs = Condition::all().add(Column::ProjectId.eq(project)).add(Column::CreatedBy.eq(user));
    revoke_where(txn, theirs, now).await
}

/// Forgets those that would have expired before `before`, whatever became of them.
pub async fn prune(txn: &Txn, before: Timestamp) -> Result<u64, DbErr> {
    Ok(Entity::delete_many().filter(Column::ExpiresAt.lt(before)).exec(txn).await?.rows_affected)
}

async fn revoke_where(txn: &Txn, which: Condition, now: Timestamp) -> Result<(), DbErr> {
    Entity::update_many()
        .col_expr(Column::RevokedAt, Expr::value(now))
        .col_expr(Column::UpdatedAt, Expr::value(now))
        .filter(which)
        .filter(Column::AcceptedAt.is_null())
        .filter(Column::RevokedAt.is_null())
        .exec(txn)
        .await?;
    Ok(())
}

fn waits(now: Timestamp) -> Condition {
    Condition::all().add(Column::AcceptedAt.is_null()).add(Column::RevokedAt.is_null()).add(Column::ExpiresAt.gt(now))
}
