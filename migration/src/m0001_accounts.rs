//! People and their signed-in devices.

use sea_orm_migration::prelude::*;

use crate::{belongs_to, flag, id, index, number, optional_text, optional_time, text, time, with_times};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, schema: &SchemaManager) -> Result<(), DbErr> {
        let users = with_times(
            Table::create()
                .table("users")
                .col(id("id").primary_key())
                .col(text("email").unique_key())
                .col(optional_text("display_name"))
                .col(text("password_hash"))
                .col(flag("is_admin"))
                // The number of the newest notification; only the sequencer moves it.
                .col(time("last_notification")),
        )
        .take();
        let sessions = with_times(
            Table::create()
                .table("sessions")
                .col(id("id").primary_key())
                .col(id("user_id"))
                .col(number("counter"))
                .col(flag("confirmed"))
                .col(time("refreshed_at"))
                .col(optional_time("revoked_at"))
                .foreign_key(&mut belongs_to("sessions", "user_id", "users")),
        )
        .take();
        schema.create_table(users).await?;
        schema.create_table(sessions).await?;
        schema.create_index(index("sessions_user", "sessions", &["user_id"])).await
    }
}
