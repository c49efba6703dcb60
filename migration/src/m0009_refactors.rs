//! Refactor jobs, what of them was pushed, and a mirror's head apart from where its remote stands.

use sea_orm_migration::prelude::*;

use crate::{belongs_to, flag, id, index, optional_id, optional_text, optional_time, text, with_times};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, schema: &SchemaManager) -> Result<(), DbErr> {
        for (table, mut column) in [
            // Where the remote stood. The head differs from it while applied changes lie on top.
            ("projects", optional_text("upstream_commit")),
            // What is to be done about the subject.
            ("jobs", ColumnDef::new("kind").text().not_null().default("sync").take()),
        ] {
            schema.alter_table(Table::alter().table(table).add_column(&mut column).take()).await?;
        }
        let heads = "UPDATE projects SET upstream_commit = head_commit";
        schema.get_connection().execute_unprepared(heads).await?;
        for table in [refactors(), pushes()] {
            schema.create_table(table).await?;
        }
        for index in [
            index("refactor_jobs_project", "refactor_jobs", &["project_id", "created_at"]),
            index("refactor_jobs_status", "refactor_jobs", &["project_id", "status"]),
            index("refactor_jobs_proposal", "refactor_jobs", &["proposal_digest"]),
            index("refactor_pushes_job", "refactor_pushes", &["refactor_id", "created_at"]),
        ] {
            schema.create_index(index).await?;
        }
        Ok(())
    }
}

fn refactors() -> TableCreateStatement {
    with_times(
        Table::create()
            .table("refactor_jobs")
            .col(id("id").primary_key())
            .col(id("project_id"))
            .col(optional_id("requested_by"))
            .col(text("kind"))
            // Symbol, new name, scope and options, as they were asked for.
            .col(text("asked"))
            .col(text("status"))
            .col(optional_text("error"))
            .col(optional_text("error_message"))
            .col(flag("retryable"))
            // What it was computed for …
            .col(optional_text("base_commit"))
            .col(ColumnDef::new("manifest_version").integer().null())
            .col(optional_text("manifest_digest"))
            // … and what came of it. The proposal and its patch are objects in storage.
            .col(optional_text("verdict"))
            .col(optional_text("symbol"))
            .col(optional_text("counts"))
            .col(optional_text("proposal_digest"))
            .col(optional_text("patch_digest"))
            // Who wants the present apply or revert, since when; with it, a commit has the same id each time it is made.
            .col(optional_id("approved_by"))
            .col(optional_time("approved_at"))
            // The ids of the edits that were chosen.
            .col(optional_text("chosen"))
            .col(optional_text("applied_commit"))
            .col(ColumnDef::new("applied_version").integer().null())
            // Names what the commit can be made of again.
            .col(optional_text("applied_recipe"))
            .col(optional_time("applied_at"))
            .col(optional_text("reverted_commit"))
            .col(ColumnDef::new("reverted_version").integer().null())
            .col(optional_text("reverted_recipe"))
            .col(optional_time("reverted_at"))
            // Whether what clients see has the change …
            .col(flag("on_head"))
            // … and whether the remote has it by now.
            .col(flag("upstream_contains"))
            .col(optional_time("started_at"))
            .col(optional_time("finished_at"))
            .foreign_key(&mut belongs_to("refactor_jobs", "project_id", "projects")),
    )
    .take()
}

fn pushes() -> TableCreateStatement {
    with_times(
        Table::create()
            .table("refactor_pushes")
            .col(id("id").primary_key())
            .col(id("refactor_id"))
            .col(id("requested_by"))
            .col(text("branch"))
            .col(text("commit"))
            .col(text("status"))
            .col(optional_text("error"))
            .col(optional_text("error_message"))
            .col(optional_time("finished_at"))
            .foreign_key(&mut belongs_to("refactor_pushes", "refactor_id", "refactor_jobs")),
    )
    .take()
}
