//! What wants synchronisations besides people: push hooks and the schedule.

use sea_orm_migration::prelude::*;

use crate::{index, optional_text, optional_time};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, schema: &SchemaManager) -> Result<(), DbErr> {
        let columns = [
            // Sealed; what Git hosts sign their deliveries with.
            ("projects", optional_text("hook_secret")),
            // A push wants a synchronisation that begins then or later.
            ("projects", optional_time("push_due_at")),
            // The time between two scheduled synchronisations, and when the next is due.
            ("projects", ColumnDef::new("sync_interval_s").integer().null().take()),
            ("projects", optional_time("sync_due_at")),
            // Failed synchronisations since the last success.
            ("projects", ColumnDef::new("sync_failures").integer().not_null().default(0).take()),
            ("repo_syncs", ColumnDef::new("cause").text().not_null().default("person").take()),
            // Written down, and nobody is told.
            ("events", ColumnDef::new("quiet").boolean().not_null().default(false).take()),
        ];
        for (table, mut column) in columns {
            // One at a time: SQLite takes no more.
            schema.alter_table(Table::alter().table(table).add_column(&mut column).take()).await?;
        }
        for (name, column) in [("projects_push_due", "push_due_at"), ("projects_sync_due", "sync_due_at")] {
            schema.create_index(index(name, "projects", &[column])).await?;
        }
        Ok(())
    }
}
