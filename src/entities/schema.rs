//! `seaql_migrations`: how a database's schema stands to what this program knows.

use migration::{Migrator, MigratorTrait};
use sea_orm::{ConnectionTrait, DbBackend, DbErr, Statement};

use super::Txn;

/// How a database's schema stands to this program's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Schema {
    /// Nobody has been there yet.
    Empty,
    /// So many steps are missing.
    Behind(usize),
    /// It is this program's; with the last step.
    Current(String),
    /// It has a step that this program does not know.
    Newer(String),
}

/// Looks, and changes nothing.
pub async fn state(db: &impl ConnectionTrait) -> Result<Schema, DbErr> {
    let backend = db.get_database_backend();
    let exists = if backend == DbBackend::Postgres {
        "SELECT 1 AS found WHERE to_regclass('seaql_migrations') IS NOT NULL"
    } else {
        "SELECT 1 AS found FROM sqlite_master WHERE type = 'table' AND name = 'seaql_migrations'"
    };
    if db.query_one_raw(Statement::from_string(backend, exists)).await?.is_none() {
        return Ok(Schema::Empty);
    }
    let rows = db.query_all_raw(Statement::from_string(backend, "SELECT version FROM seaql_migrations")).await?;
    let applied = rows.iter().map(|row| row.try_get("", "version")).collect::<Result<Vec<String>, DbErr>>()?;
    Ok(compare(&applied, &Migrator::migrations().iter().map(|step| step.name().to_owned()).collect::<Vec<_>>()))
}

fn compare(applied: &[String], known: &[String]) -> Schema {
    if let Some(newer) = applied.iter().filter(|step| !known.contains(step)).max() {
        return Schema::Newer(newer.clone());
    }
    match (known.iter().filter(|step| !applied.contains(step)).count(), known.last()) {
        (0, Some(last)) => Schema::Current(last.clone()),
        (missing, _) if missing == known.len() => Schema::Empty,
        (missing, _) => Schema::Behind(missing),
    }
}

/// Fails where the database may only be read. `SQLite` has said so already when the transaction began.
pub async fn check_writable(txn: &Txn) -> Result<(), DbErr> {
    if txn.get_database_backend() != DbBackend::Postgres {
        return Ok(());
    }
    let sql = "SELECT 1 AS found WHERE current_setting('transaction_read_only') = 'off'";
    match txn.query_one_raw(Statement::from_string(DbBackend::Postgres, sql)).await? {
        Some(_) => Ok(()),
        None => Err(DbErr::Custom("the server is read-only".into())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn steps(names: &[&str]) -> Vec<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    #[test]
    fn a_schema_is_judged_by_the_steps_that_it_has() {
        let known = steps(&["m1", "m2", "m3"]);
        assert_eq!(compare(&known, &known), Schema::Current("m3".into()));
        assert_eq!(compare(&steps(&["m1"]), &known), Schema::Behind(2));
        assert_eq!(compare(&[], &known), Schema::Empty);
        assert_eq!(compare(&steps(&["m1", "m2", "m3", "m9"]), &known), Schema::Newer("m9".into()));
    }
}
