//! Access: devices by which people are signed in, accounts that are held back, personal tokens.

use sea_orm_migration::prelude::*;

use crate::{belongs_to, id, index, optional_text, optional_time, text, with_times};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, schema: &SchemaManager) -> Result<(), DbErr> {
        // SQLite adds one column at a time.
        for (table, column) in [
            ("users", optional_time("disabled_at")),
            // Failed sign-ins before this moment are forgiven.
            ("users", optional_time("unlocked_at")),
            ("sessions", optional_text("user_agent")),
            // Where the device was when it signed in.
            ("sessions", optional_text("address")),
            ("sessions", optional_text("network")),
            ("sessions", optional_time("used_at")),
        ] {
            schema.alter_table(Table::alter().table(table).add_column(column).take()).await?;
        }
        schema.create_table(access_tokens()).await?;
        for index in [
            index("access_tokens_hash", "access_tokens", &["hash"]).unique().take(),
            index("access_tokens_user", "access_tokens", &["user_id", "created_at"]),
            index("events_user", "events", &["user_id", "id"]),
        ] {
            schema.create_index(index).await?;
        }
        Ok(())
    }
}

fn access_tokens() -> TableCreateStatement {
    with_times(
        Table::create()
            .table("access_tokens")
            .col(id("id").primary_key())
            .col(id("user_id"))
            .col(text("name"))
            // SHA-256 of the token, in hexadecimal.
            .col(text("hash"))
            .col(text("scopes"))
            .col(optional_time("expires_at"))
            .col(optional_time("used_at"))
            .col(optional_time("revoked_at"))
            .foreign_key(&mut belongs_to("access_tokens", "user_id", "users")),
    )
    .take()
}
