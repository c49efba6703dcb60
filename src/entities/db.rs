//! The database: one writer and several readers on `SQLite`, one pool on `PostgreSQL`, and the write transaction.

use std::{
    borrow::Cow,
    fs::File,
    future::ready,
    path::Path,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use migration::{Migrator, MigratorTrait};
use sea_orm::{
    ConnectOptions, ConnectionTrait, Database, DatabaseConnection, DatabaseTransaction, DbBackend, DbErr, ExecResult,
    QueryResult, RuntimeErr, SqliteTransactionMode, Statement, TransactionOptions, TransactionTrait,
    sqlx::{
        Connection as _, SqliteConnection,
        sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous},
    },
};
use secrecy::{ExposeSecret, SecretString};

use crate::{
    clock::Timestamp,
    domain::failure::Failure,
    storage::transport::{Topic, Transport},
};

/// A writer waits so long for another process's write (`hivesync admin` beside `hivesync serve`).
const BUSY_LIMIT: Duration = Duration::from_secs(5);
const ACQUIRE_LIMIT: Duration = Duration::from_secs(10);
const READERS: u32 = 4;
/// Names of advisory locks: any numbers that no other program locks on this database.
const MIGRATION_LOCK: i64 = 0x6869_7665_7379_6e63;
/// Held by the one who turns events into notifications.
pub(super) const SEQUENCER_LOCK: i64 = MIGRATION_LOCK + 1;

/// A handle on the database; clones share the connections.
#[derive(Clone)]
pub struct Db {
    read: DatabaseConnection,
    write: DatabaseConnection,
    transport: Arc<dyn Transport>,
}

impl Db {
    /// Opens `url` (`sqlite:` or `postgres:`) with at most `max_connections` to `PostgreSQL`.
    pub async fn connect(
        url: &SecretString,
        max_connections: u32,
        transport: Arc<dyn Transport>,
    ) -> Result<Self, DbErr> {
        let url = url.expose_secret();
        if url.starts_with("sqlite:") {
            let write = Database::connect(sqlite(url, 1, false)).await?;
            let read = Database::connect(sqlite(url, READERS, true)).await?;
            return Ok(Self { read, write, transport });
        }
        let write = Database::connect(options(url, max_connections)).await?;
        Ok(Self { read: write.clone(), write, transport })
    }

    /// For queries outside a transaction.
    pub fn read(&self) -> &DatabaseConnection {
        &self.read
    }

    /// Begins a transaction that may write. On `SQLite` it is the only one from here on: keep it short.
    pub async fn begin(&self) -> Result<Txn, DbErr> {
        let options = TransactionOptions {
            // A deferred one that reads first fails at once when another wrote meanwhile, whatever the time limit.
            sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
            ..TransactionOptions::default()
        };
        let inner = self.write.begin_with_options(options).await?;
        Ok(Txn { inner, topics: Mutex::default(), transport: Arc::clone(&self.transport) })
    }

    /// Where hints of committed work arrive.
    pub fn transport(&self) -> &dyn Transport {
        self.transport.as_ref()
    }

    /// Closes every connection, when what runs on them has ended.
    pub async fn close(self) -> Result<(), DbErr> {
        self.read.close().await?;
        self.write.close().await
    }
}

/// A write transaction; dropped without `commit`, it never happened.
pub struct Txn {
    inner: DatabaseTransaction,
    topics: Mutex<Vec<Topic>>,
    transport: Arc<dyn Transport>,
}

impl Txn {
    /// Says, once the transaction is committed and not before, that there is news.
    pub fn nudge_after_commit(&self, topic: Topic) {
        let mut topics = self.topics.lock().unwrap_or_else(PoisonError::into_inner);
        if !topics.contains(&topic) {
            topics.push(topic);
        }
    }

    /// Makes it last, then gives the hints.
    pub async fn commit(self) -> Result<(), DbErr> {
        self.inner.commit().await?;
        for topic in self.topics.into_inner().unwrap_or_else(PoisonError::into_inner) {
            self.transport.nudge(topic);
        }
        Ok(())
    }
}

#[async_trait::async_trait]
impl ConnectionTrait for Txn {
    fn get_database_backend(&self) -> DbBackend {
        self.inner.get_database_backend()
    }

    async fn execute_raw(&self, statement: Statement) -> Result<ExecResult, DbErr> {
        self.inner.execute_raw(statement).await
    }

    async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
        self.inner.execute_unprepared(sql).await
    }

    async fn query_one_raw(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        self.inner.query_one_raw(statement).await
    }

    async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        self.inner.query_all_raw(statement).await
    }
}

/// Brings the schema up to date, one process at a time.
pub async fn migrate(url: &SecretString, data_dir: &Path) -> Result<(), MigrateError> {
    let url = url.expose_secret();
    if url.starts_with("sqlite:") {
        let lock = File::create(data_dir.join("migrate.lock"))?;
        lock.lock()?;
        let db = Database::connect(sqlite(url, 1, false)).await?;
        Migrator::up(&db, None).await?;
        db.close().await?;
        return Ok(());
    }
    // One connection, so that the lock and the migration share a session; closing it unlocks.
    let db = Database::connect(options(url, 1)).await?;
    db.execute_unprepared(&format!("SELECT pg_advisory_lock({MIGRATION_LOCK})")).await?;
    Migrator::up(&db, None).await?;
    db.close().await?;
    Ok(())
}

/// Why the schema is not up to date.
#[derive(Debug, thiserror::Error)]
pub enum MigrateError {
    /// The database refused.
    #[error("the database could not be migrated: {0}")]
    Database(#[from] DbErr),
    /// The lock file could not be had.
    #[error("the lock on the data directory could not be had: {0}")]
    Lock(#[from] std::io::Error),
}

/// The database's own time, for leases, which every instance must judge by one clock.
pub async fn now(connection: &impl ConnectionTrait) -> Result<Timestamp, DbErr> {
    let backend = connection.get_database_backend();
    let sql = if backend == DbBackend::Postgres {
        "SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint AS now"
    } else {
        "SELECT CAST(unixepoch('subsec') * 1000000 AS INTEGER) AS now"
    };
    let row = connection.query_one_raw(Statement::from_string(backend, sql)).await?;
    let row = row.ok_or_else(|| DbErr::RecordNotFound("the database's time".into()))?;
    Ok(Timestamp(row.try_get("", "now")?))
}

fn options(url: &str, max_connections: u32) -> ConnectOptions {
    let mut options = ConnectOptions::new(url);
    options
        .max_connections(max_connections)
        .acquire_timeout(ACQUIRE_LIMIT)
        .connect_timeout(ACQUIRE_LIMIT)
        .sqlx_logging(false);
    options
}

fn sqlite(url: &str, connections: u32, read_only: bool) -> ConnectOptions {
    let mut options = options(url, connections);
    // A file of this machine does not go away, and to ask for it each time costs as much as a query. What can happen is
    // that SQLite ends a transaction by itself, on a full disk: what the connection then thinks that it is in would
    // never be ended, and would hold up every other writer.
    options
        .test_before_acquire(false)
        .map_sqlx_sqlite_before_acquire(|connection, _| Box::pin(ready(Ok(is_between_transactions(connection)))));
    options.map_sqlx_sqlite_opts(move |sqlite: SqliteConnectOptions| {
        sqlite
            .journal_mode(SqliteJournalMode::Wal)
            // What was acknowledged survives a power cut.
            .synchronous(SqliteSynchronous::Full)
            .foreign_keys(true)
            .busy_timeout(BUSY_LIMIT)
            .read_only(read_only)
    });
    options
}

fn is_between_transactions(connection: &SqliteConnection) -> bool {
    !connection.is_in_transaction()
}

impl From<DbErr> for Failure {
    fn from(error: DbErr) -> Self {
        match (&error, code(&error).as_deref()) {
            // `SQLITE_BUSY`: another process has been writing for longer than we wait.
            (DbErr::ConnectionAcquire(_), _) | (_, Some("5")) => Self::Busy,
            // `SQLITE_FULL`, and `disk_full` of PostgreSQL.
            (_, Some("13" | "53100")) => Self::StorageFull,
            _ => Self::Dependency(error.into()),
        }
    }
}

/// What the database calls an error.
fn code(error: &DbErr) -> Option<String> {
    let (DbErr::Conn(RuntimeErr::SqlxError(inner))
    | DbErr::Exec(RuntimeErr::SqlxError(inner))
    | DbErr::Query(RuntimeErr::SqlxError(inner))) = error
    else {
        return None;
    };
    inner.as_database_error()?.code().map(Cow::into_owned)
}
