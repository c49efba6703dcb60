//! Projects, who belongs to them, their synchronisations and manifests.

use sea_orm_migration::prelude::*;

use crate::{belongs_to, flag, id, index, number, optional_id, optional_text, optional_time, text, with_times};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, schema: &SchemaManager) -> Result<(), DbErr> {
        for table in [projects(), members(), syncs(), manifests()] {
            schema.create_table(table).await?;
        }
        for index in [
            index("project_members_user", "project_members", &["user_id"]),
            index("repo_syncs_project", "repo_syncs", &["project_id", "created_at"]),
            index("project_manifests_version", "project_manifests", &["project_id", "version"]).unique().take(),
        ] {
            schema.create_index(index).await?;
        }
        Ok(())
    }
}

fn projects() -> TableCreateStatement {
    with_times(
        Table::create()
            .table("projects")
            .col(id("id").primary_key())
            .col(text("name"))
            .col(text("description"))
            .col(optional_text("repo_url"))
            // The branch asked for; without one the remote's default is followed.
            .col(optional_text("branch"))
            // What the mirror stands at, as last published.
            .col(optional_text("head_commit"))
            .col(optional_text("head_branch"))
            .col(optional_time("last_synced_at")),
    )
    .take()
}

fn members() -> TableCreateStatement {
    with_times(
        Table::create()
            .table("project_members")
            .col(id("project_id"))
            .col(id("user_id"))
            .col(text("role"))
            .primary_key(Index::create().col("project_id").col("user_id"))
            .foreign_key(&mut belongs_to("project_members", "project_id", "projects"))
            .foreign_key(&mut belongs_to("project_members", "user_id", "users")),
    )
    .take()
}

fn syncs() -> TableCreateStatement {
    with_times(
        Table::create()
            .table("repo_syncs")
            .col(id("id").primary_key())
            .col(id("project_id"))
            .col(optional_id("requested_by"))
            .col(text("status"))
            // Whether deleting most branches was agreed to.
            .col(flag("released"))
            .col(optional_text("commit_before"))
            .col(optional_text("commit_after"))
            .col(optional_text("error"))
            .col(optional_text("error_message"))
            .col(optional_time("started_at"))
            .col(optional_time("finished_at"))
            .foreign_key(&mut belongs_to("repo_syncs", "project_id", "projects")),
    )
    .take()
}

fn manifests() -> TableCreateStatement {
    with_times(
        Table::create()
            .table("project_manifests")
            .col(id("id").primary_key())
            .col(id("project_id"))
            .col(number("version"))
            .col(text("commit"))
            .col(text("manifest_digest"))
            .col(text("content_digest"))
            .col(text("extractor"))
            .col(text("counts"))
            .col(ColumnDef::new("previous_version").integer().null())
            .foreign_key(&mut belongs_to("project_manifests", "project_id", "projects")),
    )
    .take()
}
