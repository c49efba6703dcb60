//! `project_manifests`: which manifest a project has had; the bodies are objects in storage.

use sea_orm::{QueryOrder, QuerySelect, Set, entity::prelude::*};

use super::mirror_owners::Fence;
use crate::{
    clock::Timestamp,
    ids::{ManifestId, ProjectId},
};

/// A row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "project_manifests")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: ManifestId,
    pub project_id: ProjectId,
    /// 1, 2, 3 … for each project.
    pub version: i32,
    pub commit: String,
    /// Names the root document in storage.
    pub manifest_digest: String,
    pub content_digest: String,
    /// What made it: another one may make another manifest of the same commit.
    pub extractor: String,
    /// JSON.
    pub counts: String,
    pub previous_version: Option<i32>,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

/// A project's newest.
pub async fn newest(db: &impl ConnectionTrait, project: ProjectId) -> Result<Option<Model>, DbErr> {
    Entity::find().filter(Column::ProjectId.eq(project)).order_by_desc(Column::Version).one(db).await
}

/// The newest version of each of these projects that has any.
pub async fn newest_versions(
    db: &impl ConnectionTrait,
    projects: &[ProjectId],
) -> Result<Vec<(ProjectId, i32)>, DbErr> {
    Entity::find()
        .select_only()
        .column(Column::ProjectId)
        .column_as(Column::Version.max(), "version")
        .filter(Column::ProjectId.is_in(projects.iter().copied()))
        .group_by(Column::ProjectId)
        .into_tuple()
        .all(db)
        .await
}

/// The one with this version.
pub async fn find(db: &impl ConnectionTrait, project: ProjectId, version: i32) -> Result<Option<Model>, DbErr> {
    Entity::find().filter(Column::ProjectId.eq(project)).filter(Column::Version.eq(version)).one(db).await
}

/// What a manifest's row says besides its place in the sequence.
#[derive(Debug, Clone)]
pub struct NewManifest {
    /// 40 hexadecimal digits.
    pub commit: String,
    /// 64 hexadecimal digits.
    pub manifest_digest: String,
    /// 64 hexadecimal digits.
    pub content_digest: String,
    /// The identity of what made it.
    pub extractor: String,
    /// JSON.
    pub counts: String,
}

/// Publishes a manifest. The version grows only when the digest differs from the newest one's.
pub async fn publish(fence: &Fence<'_>, manifest: NewManifest, now: Timestamp) -> Result<Model, DbErr> {
    let newest = newest(fence.txn(), fence.project()).await?;
    if let Some(same) = newest.as_ref().filter(|row| row.manifest_digest == manifest.manifest_digest) {
        return Ok(same.clone());
    }
    let previous_version = newest.map(|row| row.version);
    let row = ActiveModel {
        id: Set(ManifestId::new()),
        project_id: Set(fence.project()),
        version: Set(previous_version.unwrap_or(0).saturating_add(1)),
        commit: Set(manifest.commit),
        manifest_digest: Set(manifest.manifest_digest),
        content_digest: Set(manifest.content_digest),
        extractor: Set(manifest.extractor),
        counts: Set(manifest.counts),
        previous_version: Set(previous_version),
        created_at: Set(now),
        updated_at: Set(now),
    };
    row.insert(fence.txn()).await
}
