//! The database: reached, its schema, whether it can be written, and its clock beside ours.

use std::{path::Path, sync::Arc, time::Duration};

use sea_orm::DbErr;
use secrecy::ExposeSecret;
use tokio::time::timeout;

use super::Finding;
use crate::{
    clock::{Clock, Timestamp},
    config::Config,
    entities::{
        Db, db,
        schema::{self, Schema},
    },
    storage::transport::Local,
};

const NAME: &str = "database";
/// Longer than a writer waits for another one.
const LIMIT: Duration = Duration::from_secs(8);
/// Leases go by the database's clock, so this matters only to tokens and to people who read times.
const MOST_SKEW: Duration = Duration::from_secs(2);

pub(super) async fn look(config: &Config) -> Vec<Finding> {
    let file = config.data_dir.join("hivesync.db");
    if config.database.url.expose_secret().is_empty() && !Path::new(&file).exists() {
        return vec![Finding::ok(NAME, "there is no embedded database yet; the first start makes it")];
    }
    match timeout(LIMIT, examine(config)).await {
        Ok(Ok(findings)) => findings,
        Ok(Err(error)) => vec![down(error.to_string())],
        Err(_) => vec![down(format!("no answer within {} s", LIMIT.as_secs()))],
    }
}

fn down(seen: String) -> Finding {
    Finding::failed(NAME, "DATABASE_DOWN", seen, "look at database.url, at the database's log, and at its disk")
}

async fn examine(config: &Config) -> Result<Vec<Finding>, DbErr> {
    let db = Db::connect(&config.database_url(), 2, Arc::new(Local::default())).await?;
    let schema = schema::state(db.read()).await?;
    let written = write(&db).await;
    let (theirs, ours) = (db::now(db.read()).await?, Clock::system().now());
    db.close().await?;
    Ok(vec![reached(config, written), of_schema(schema), of_clock(theirs, ours)])
}

/// Begins what may write and lets it go: on `SQLite` that takes the one writer's place, on `PostgreSQL` it asks whether
/// the server is one that may be written to.
async fn write(db: &Db) -> Result<(), DbErr> {
    let txn = db.begin().await?;
    schema::check_writable(&txn).await
}

fn reached(config: &Config, written: Result<(), DbErr>) -> Finding {
    let kind = if config.embedded() { "SQLite" } else { "PostgreSQL" };
    match written {
        Ok(()) => Finding::ok(NAME, format!("{kind} answers and can be written")),
        Err(error) => {
            let hint = "look at the rights of its files, at its disk, and at who else writes to it";
            Finding::failed(NAME, "DATABASE_READ_ONLY", format!("{kind} answers; a write does not work: {error}"), hint)
        }
    }
}

fn of_schema(schema: Schema) -> Finding {
    match schema {
        Schema::Empty => Finding::ok("schema", "the database is empty; the first start fills it"),
        Schema::Current(last) => Finding::ok("schema", format!("up to date, at {last}")),
        Schema::Behind(steps) => {
            let hint = "back up, then start the service or run hivesync migrate";
            Finding::warning("schema", "SCHEMA_BEHIND", format!("{steps} steps behind this program"), hint)
        }
        Schema::Newer(step) => {
            let hint = "a newer version of the service has been here: run that one, or restore a backup";
            Finding::failed("schema", "SCHEMA_NEWER", format!("it has the step {step}, unknown to this program"), hint)
        }
    }
}

fn of_clock(theirs: Timestamp, ours: Timestamp) -> Finding {
    let apart = theirs.since(ours).max(ours.since(theirs));
    let seen = format!("{} ms from the database's", apart.as_millis());
    if apart > MOST_SKEW {
        let hint = "let both machines keep time (chrony, systemd-timesyncd)";
        Finding::warning("clock", "CLOCK_SKEW", seen, hint)
    } else {
        Finding::ok("clock", seen)
    }
}

#[cfg(test)]
mod tests {
    use super::{super::Status, *};

    #[test]
    fn clocks_that_differ_either_way_are_told() {
        let at = Timestamp(1_700_000_000_000_000);
        assert_eq!(of_clock(at, at.plus(Duration::from_secs(1))).status, Status::Ok);
        assert_eq!(of_clock(at, at.plus(Duration::from_secs(3))).status, Status::Warning);
        assert_eq!(of_clock(at.plus(Duration::from_secs(3)), at).status, Status::Warning);
    }
}
