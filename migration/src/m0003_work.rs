//! The queue, the instances that work on it, who owns which mirror, and what happened.

use sea_orm_migration::prelude::*;

use crate::{belongs_to, flag, id, index, number, optional_id, optional_text, optional_time, text, time, with_times};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, schema: &SchemaManager) -> Result<(), DbErr> {
        for table in [jobs(), instances(), mirror_owners(), events(), notifications()] {
            schema.create_table(table).await?;
        }
        for index in [
            index("jobs_due", "jobs", &["queue", "state", "run_at"]),
            index("jobs_service", "jobs", &["queue", "tenant", "started_at"]),
            index("jobs_subject", "jobs", &["subject"]),
            index("jobs_end", "jobs", &["state", "finished_at"]),
            index("jobs_one_running", "jobs", &["key"]).unique().and_where(Expr::col("state").eq("running")).take(),
            index("jobs_one_waiting", "jobs", &["unique_key"])
                .unique()
                .and_where(Expr::col("state").is_in(["queued", "running"]))
                .take(),
            index("events_waiting", "events", &["id"]).and_where(Expr::col("sequenced").eq(false)).take(),
            index("notifications_number", "notifications", &["user_id", "number"]).unique().take(),
            index("notifications_unread", "notifications", &["user_id", "read_at"]),
        ] {
            schema.create_index(index).await?;
        }
        Ok(())
    }
}

fn jobs() -> TableCreateStatement {
    with_times(
        Table::create()
            .table("jobs")
            .col(id("id").primary_key())
            .col(text("queue"))
            .col(id("tenant"))
            // One job of a key runs at a time …
            .col(text("key"))
            // … and one of a uniqueness key waits or runs.
            .col(optional_text("unique_key"))
            // The domain row that the job is about.
            .col(id("subject"))
            .col(text("state"))
            .col(number("priority"))
            .col(time("run_at"))
            .col(number("attempt"))
            .col(number("max_attempts"))
            .col(number("crashes"))
            // The instance's life that holds the claim.
            .col(optional_id("owner"))
            .col(optional_time("cancel_requested_at"))
            .col(optional_text("progress"))
            .col(optional_text("error"))
            .col(optional_text("request_id"))
            .col(optional_time("pushed_at"))
            .col(optional_time("started_at"))
            .col(optional_time("finished_at")),
    )
    .take()
}

fn instances() -> TableCreateStatement {
    with_times(
        Table::create()
            .table("instances")
            .col(id("id").primary_key())
            .col(time("lease_until"))
            .col(text("address"))
            .col(text("version")),
    )
    .take()
}

fn mirror_owners() -> TableCreateStatement {
    with_times(
        Table::create()
            .table("mirror_owners")
            .col(id("project_id").primary_key())
            .col(id("instance_id"))
            // Grows with each change of owner and never falls.
            .col(time("epoch"))
            .foreign_key(&mut belongs_to("mirror_owners", "project_id", "projects")),
    )
    .take()
}

fn events() -> TableCreateStatement {
    with_times(
        Table::create()
            .table("events")
            .col(ColumnDef::new("id").big_integer().not_null().auto_increment().primary_key())
            .col(text("kind"))
            .col(optional_id("user_id"))
            .col(optional_id("project_id"))
            .col(optional_id("job_id"))
            .col(text("payload"))
            .col(optional_text("request_id"))
            .col(flag("sequenced")),
    )
    .take()
}

fn notifications() -> TableCreateStatement {
    with_times(
        Table::create()
            .table("notifications")
            .col(id("id").primary_key())
            .col(id("user_id"))
            // 1, 2, 3 … for each user, without gaps.
            .col(time("number"))
            .col(text("kind"))
            .col(optional_id("project_id"))
            .col(optional_id("job_id"))
            .col(text("payload"))
            .col(optional_time("read_at"))
            .foreign_key(&mut belongs_to("notifications", "user_id", "users")),
    )
    .take()
}
