//! Invitations into projects.

use sea_orm_migration::prelude::*;

use crate::{belongs_to, id, index, optional_id, optional_text, optional_time, text, time, with_times};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, schema: &SchemaManager) -> Result<(), DbErr> {
        let invitations = with_times(
            Table::create()
                .table("invitations")
                .col(id("id").primary_key())
                .col(id("project_id"))
                // The token itself is kept nowhere.
                .col(text("token_hash").unique_key())
                .col(text("role"))
                // Whose account it is for; without one anybody's.
                .col(optional_text("email"))
                .col(id("created_by"))
                .col(time("expires_at"))
                .col(optional_id("accepted_by"))
                .col(optional_time("accepted_at"))
                .col(optional_time("revoked_at"))
                .foreign_key(&mut belongs_to("invitations", "project_id", "projects"))
                // Who has no account any more invites nobody.
                .foreign_key(&mut belongs_to("invitations", "created_by", "users")),
        )
        .take();
        schema.create_table(invitations).await?;
        schema.create_index(index("invitations_project", "invitations", &["project_id", "created_at"])).await?;
        schema.create_index(index("invitations_expiry", "invitations", &["expires_at"])).await
    }
}
