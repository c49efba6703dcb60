//! What opens private repositories.

use sea_orm_migration::prelude::*;

use crate::{belongs_to, id, index, optional_text, text, with_times};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, schema: &SchemaManager) -> Result<(), DbErr> {
        let credentials = with_times(
            Table::create()
                .table("repo_credentials")
                .col(id("id").primary_key())
                .col(id("project_id"))
                // `current` opens the remote; `pending` waits for a test that succeeds.
                .col(text("slot"))
                .col(text("kind"))
                // The one place that it is shown to.
                .col(optional_text("origin"))
                .col(optional_text("username"))
                .col(optional_text("public_key"))
                .col(optional_text("known_hosts"))
                // Sealed.
                .col(text("secret"))
                .foreign_key(&mut belongs_to("repo_credentials", "project_id", "projects")),
        )
        .take();
        schema.create_table(credentials).await?;
        let slot = index("repo_credentials_slot", "repo_credentials", &["project_id", "slot"]).unique().take();
        schema.create_index(slot).await
    }
}
