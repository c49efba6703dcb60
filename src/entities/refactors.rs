//! `refactor_jobs`: one row a refactor; proposals and recipes are objects in storage, attempts and progress its job's.

use sea_orm::{Condition, QueryOrder, QuerySelect, Set, entity::prelude::*, sea_query::ExprTrait};

use super::{Txn, keyset::older};
use crate::{
    clock::Timestamp,
    domain::{
        page::{Listed, Page, Place},
        refactor::{RefactorKind, RefactorStatus},
    },
    ids::{ProjectId, RefactorId, UserId},
};

/// A row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "refactor_jobs")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: RefactorId,
    pub project_id: ProjectId,
    pub requested_by: Option<UserId>,
    pub kind: RefactorKind,
    /// JSON: what was asked for.
    pub asked: String,
    pub status: RefactorStatus,
    /// A code of the contract.
    pub error: Option<String>,
    pub error_message: Option<String>,
    pub retryable: bool,
    /// The commit that the proposal was computed for.
    pub base_commit: Option<String>,
    pub manifest_version: Option<i32>,
    pub manifest_digest: Option<String>,
    pub verdict: Option<String>,
    /// The symbol's old name.
    pub symbol: Option<String>,
    /// JSON: how every token of the old name was classed.
    pub counts: Option<String>,
    /// Names the proposal in storage.
    pub proposal_digest: Option<String>,
    /// Names its patch in storage.
    pub patch_digest: Option<String>,
    /// Who wants the newest apply or revert.
    pub approved_by: Option<UserId>,
    pub approved_at: Option<Timestamp>,
    /// JSON: which edits.
    pub chosen: Option<String>,
    pub applied_commit: Option<String>,
    /// The manifest of that commit.
    pub applied_version: Option<i32>,
    /// Names what the commit can be made of again.
    pub applied_recipe: Option<String>,
    pub applied_at: Option<Timestamp>,
    pub reverted_commit: Option<String>,
    pub reverted_version: Option<i32>,
    pub reverted_recipe: Option<String>,
    pub reverted_at: Option<Timestamp>,
    /// Whether what clients see of the project has the change.
    pub on_head: bool,
    /// Whether the remote had the change when it last moved.
    pub upstream_contains: bool,
    pub started_at: Option<Timestamp>,
    pub finished_at: Option<Timestamp>,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

/// The one with this id.
pub async fn find(db: &impl ConnectionTrait, id: RefactorId) -> Result<Option<Model>, DbErr> {
    Entity::find_by_id(id).one(db).await
}

/// Those of these projects, newest first.
pub async fn of_projects(
    db: &impl ConnectionTrait,
    projects: Vec<ProjectId>,
    page: Page,
) -> Result<Listed<Model>, DbErr> {
    let found = Entity::find()
        .filter(Column::ProjectId.is_in(projects))
        .filter(older(page.before, Column::CreatedAt, Column::Id))
        .order_by_desc(Column::CreatedAt)
        .order_by_desc(Column::Id)
        .limit(page.rows_to_read())
        .all(db)
        .await?;
    Ok(page.cut(found, |row| Place { at: row.created_at, id: row.id.0 }))
}

/// How many of a project wait to be computed, or are.
pub async fn waiting(db: &impl ConnectionTrait, project: ProjectId) -> Result<u64, DbErr> {
    Entity::find()
        .filter(Column::ProjectId.eq(project))
        .filter(Column::Status.is_in([RefactorStatus::Queued, RefactorStatus::Running]))
        .count(db)
        .await
}

/// Those of a project that made a commit, in the order of their applying.
pub async fn committed(db: &impl ConnectionTrait, project: ProjectId) -> Result<Vec<Model>, DbErr> {
    Entity::find()
        .filter(Column::ProjectId.eq(project))
        .filter(Column::AppliedCommit.is_not_null())
        .order_by_asc(Column::AppliedAt)
        .order_by_asc(Column::Id)
        .all(db)
        .await
}

/// Those of a project that stand applied, the newest first.
pub async fn applied(db: &impl ConnectionTrait, project: ProjectId, most: u64) -> Result<Vec<Model>, DbErr> {
    Entity::find()
        .filter(Column::ProjectId.eq(project))
        .filter(Column::Status.eq(RefactorStatus::Applied))
        .order_by_desc(Column::AppliedAt)
        .limit(most)
        .all(db)
        .await
}

/// The head goes with the remote: of what was applied it has what the remote has, and that is these.
pub async fn follow(txn: &Txn, project: ProjectId, contained: Vec<RefactorId>, now: Timestamp) -> Result<(), DbErr> {
    let there = Expr::col(Column::Id).is_in(contained);
    // Who sees no change has none: versions stay as they are.
    let differs = Condition::any()
        .add(Condition::all().add(there.clone()).add(Column::UpstreamContains.eq(false)))
        .add(Condition::all().add(there.clone()).add(Column::OnHead.eq(false)))
        .add(Condition::all().add(there.clone().not()).add(Column::UpstreamContains.eq(true)))
        .add(Condition::all().add(there.clone().not()).add(Column::OnHead.eq(true)));
    Entity::update_many()
        .col_expr(Column::OnHead, there.clone())
        .col_expr(Column::UpstreamContains, there)
        .col_expr(Column::UpdatedAt, Expr::value(now))
        .filter(Column::ProjectId.eq(project))
        .filter(differs)
        .exec(txn)
        .await?;
    Ok(())
}

/// A refactor that somebody asks for.
pub async fn insert(txn: &Txn, project: ProjectId, by: UserId, asked: String, now: Timestamp) -> Result<Model, DbErr> {
    let row = ActiveModel {
        id: Set(RefactorId::new()),
        project_id: Set(project),
        requested_by: Set(Some(by)),
        kind: Set(RefactorKind::Rename),
        asked: Set(asked),
        status: Set(RefactorStatus::Queued),
        retryable: Set(false),
        on_head: Set(false),
        upstream_contains: Set(false),
        created_at: Set(now),
        updated_at: Set(now),
        ..Default::default()
    };
    row.insert(txn).await
}

/// Moves it from one status to another, and says whether it still stood there.
pub async fn advance(
    txn: &Txn,
    id: RefactorId,
    from: RefactorStatus,
    to: RefactorStatus,
    now: Timestamp,
) -> Result<bool, DbErr> {
    let moved = Entity::update_many()
        .col_expr(Column::Status, Expr::value(to))
        .col_expr(Column::UpdatedAt, Expr::value(now))
        .filter(Column::Id.eq(id))
        .filter(Column::Status.eq(from))
        .exec(txn)
        .await?;
    Ok(moved.rows_affected == 1)
}

/// An attempt begins; the time of the first one is kept.
pub async fn start(txn: &Txn, id: RefactorId, status: RefactorStatus, now: Timestamp) -> Result<(), DbErr> {
    Entity::update_many()
        .col_expr(Column::Status, Expr::value(status))
        .col_expr(Column::StartedAt, Expr::col(Column::StartedAt).if_null(now))
        .col_expr(Column::UpdatedAt, Expr::value(now))
        .filter(Column::Id.eq(id))
        .exec(txn)
        .await?;
    Ok(())
}

/// Keeps who wants it applied or taken back, and which edits of it.
pub async fn approve(
    txn: &Txn,
    id: RefactorId,
    by: UserId,
    chosen: Option<String>,
    now: Timestamp,
) -> Result<(), DbErr> {
    let mut approved = Entity::update_many()
        .col_expr(Column::ApprovedBy, Expr::value(by))
        .col_expr(Column::ApprovedAt, Expr::value(now))
        .col_expr(Column::Error, Expr::value(None::<String>))
        .col_expr(Column::ErrorMessage, Expr::value(None::<String>));
    if let Some(chosen) = chosen {
        approved = approved.col_expr(Column::Chosen, Expr::value(chosen));
    }
    approved.filter(Column::Id.eq(id)).exec(txn).await?;
    Ok(())
}

/// What went wrong, as the row keeps it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Fault {
    /// A code of the contract.
    pub code: Option<String>,
    /// For people.
    pub message: Option<String>,
    /// Whether asking again may help.
    pub retryable: bool,
}

/// What a run leaves in the row besides its status.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Left {
    /// Nothing new.
    Nothing,
    /// A proposal.
    Proposal(NewProposal),
    /// The commit that applies it.
    Applied(NewCommit),
    /// The commit that takes it back.
    Reverted(NewCommit),
}

/// A proposal in storage.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewProposal {
    /// The commit that it was computed for.
    pub base_commit: String,
    /// The manifest of that commit.
    pub manifest_version: i32,
    /// Its digest.
    pub manifest_digest: String,
    /// As the proposal says it.
    pub verdict: String,
    /// The symbol's old name.
    pub symbol: String,
    /// JSON.
    pub counts: String,
    /// 64 hexadecimal digits.
    pub proposal_digest: String,
    /// 64 hexadecimal digits.
    pub patch_digest: String,
}

/// A commit of the mirror, with its recipe in storage.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewCommit {
    /// 40 hexadecimal digits.
    pub commit: String,
    /// The manifest of it.
    pub version: i32,
    /// 64 hexadecimal digits.
    pub recipe: String,
}

/// Writes down how a run ended.
pub async fn settle(
    txn: &Txn,
    id: RefactorId,
    status: RefactorStatus,
    left: &Left,
    fault: &Fault,
    now: Timestamp,
) -> Result<(), DbErr> {
    let finished_at = (!status.is_at_work()).then_some(now);
    let update = Entity::update_many()
        .col_expr(Column::Status, Expr::value(status))
        .col_expr(Column::Error, Expr::value(fault.code.clone()))
        .col_expr(Column::ErrorMessage, Expr::value(fault.message.clone()))
        .col_expr(Column::Retryable, Expr::value(fault.retryable))
        .col_expr(Column::FinishedAt, Expr::value(finished_at))
        .col_expr(Column::UpdatedAt, Expr::value(now));
    let update = match left.clone() {
        Left::Nothing => update,
        Left::Proposal(made) => update
            .col_expr(Column::BaseCommit, Expr::value(made.base_commit))
            .col_expr(Column::ManifestVersion, Expr::value(made.manifest_version))
            .col_expr(Column::ManifestDigest, Expr::value(made.manifest_digest))
            .col_expr(Column::Verdict, Expr::value(made.verdict))
            .col_expr(Column::Symbol, Expr::value(made.symbol))
            .col_expr(Column::Counts, Expr::value(made.counts))
            .col_expr(Column::ProposalDigest, Expr::value(made.proposal_digest))
            .col_expr(Column::PatchDigest, Expr::value(made.patch_digest)),
        Left::Applied(made) => update
            .col_expr(Column::AppliedCommit, Expr::value(made.commit))
            .col_expr(Column::AppliedVersion, Expr::value(made.version))
            .col_expr(Column::AppliedRecipe, Expr::value(made.recipe))
            .col_expr(Column::OnHead, Expr::value(true))
            .col_expr(Column::AppliedAt, Expr::value(now)),
        Left::Reverted(made) => update
            .col_expr(Column::RevertedCommit, Expr::value(made.commit))
            .col_expr(Column::RevertedVersion, Expr::value(made.version))
            .col_expr(Column::RevertedRecipe, Expr::value(made.recipe))
            .col_expr(Column::OnHead, Expr::value(false))
            .col_expr(Column::RevertedAt, Expr::value(now)),
    };
    update.filter(Column::Id.eq(id)).exec(txn).await?;
    Ok(())
}

/// The digests of all proposals, patches and recipes that rows name: one statement, so that nothing moves while it looks.
pub async fn objects(db: &impl ConnectionTrait) -> Result<Vec<String>, DbErr> {
    type Named = (Option<String>, Option<String>, Option<String>, Option<String>);
    let rows: Vec<Named> = Entity::find()
        .select_only()
        .columns([Column::ProposalDigest, Column::PatchDigest, Column::AppliedRecipe, Column::RevertedRecipe])
        .into_tuple()
        .all(db)
        .await?;
    Ok(rows.into_iter().flat_map(|row| [row.0, row.1, row.2, row.3]).flatten().collect())
}
