//! Answers that are given again to the same request, and the trace that a job belongs to.

use sea_orm_migration::prelude::*;

use crate::{belongs_to, id, index, optional_text, text, time, with_times};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, schema: &SchemaManager) -> Result<(), DbErr> {
        let keys = with_times(
            Table::create()
                .table("idempotency_keys")
                // Made of the key, the person and the route; nobody can tell them from it.
                .col(text("name").primary_key())
                .col(id("user_id"))
                .col(text("fingerprint"))
                // Changes with each one who works on the request; only the last one may keep an answer.
                .col(id("claim"))
                .col(time("locked_until"))
                .col(ColumnDef::new("answer").binary().null())
                .foreign_key(&mut belongs_to("idempotency_keys", "user_id", "users")),
        )
        .take();
        schema.create_table(keys).await?;
        schema.create_index(index("idempotency_keys_age", "idempotency_keys", &["created_at"])).await?;
        schema.create_index(index("idempotency_keys_user", "idempotency_keys", &["user_id"])).await?;
        schema.alter_table(Table::alter().table("jobs").add_column(optional_text("trace")).take()).await
    }
}
