//! A database for one test: a file of its own, or a copy of a migrated template on the server that
//! `HIVESYNC_TEST_POSTGRES` names.

use std::{
    collections::hash_map::DefaultHasher,
    env, fs,
    future::Future,
    hash::{Hash, Hasher},
    path::{Path, PathBuf},
    thread,
};

use reqwest::Url;
use sea_orm::{
    ConnectOptions, ConnectionTrait, Database as Connector, DatabaseConnection, FromQueryResult, JsonValue, Statement,
};
use serde_json::Value;
use tokio::runtime;
use uuid::Uuid;

use super::{app::KEYS, program::Program};

/// Any number that no one else locks on the server.
const TEMPLATE_LOCK: i64 = 0x6869_7665_7465_7374;

/// Where a test's rows are. Dropped, it is gone.
pub(crate) enum Database {
    Sqlite { file: PathBuf },
    Postgres { server: Url, name: String },
}

impl Database {
    /// An empty one, for the data directory `data_dir`.
    pub(crate) async fn new(data_dir: &Path, home: &Path) -> Self {
        match env::var("HIVESYNC_TEST_POSTGRES") {
            Ok(server) if !server.is_empty() => {
                Self::on_server(Url::parse(&server).expect("HIVESYNC_TEST_POSTGRES is a URL"), home).await
            }
            _ => Self::Sqlite { file: data_dir.join("hivesync.db") },
        }
    }

    /// An empty one on this server of `PostgreSQL`.
    pub(crate) async fn on_server(server: Url, home: &Path) -> Self {
        let name = format!("hivesync_test_{}", Uuid::now_v7().simple());
        copy_template(&server, &name, home).await;
        Self::Postgres { server, name }
    }

    /// Begins to write to the embedded database and does not end.
    pub(crate) async fn other_writer(&self) -> Option<OtherWriter> {
        let Self::Sqlite { .. } = self else { return None };
        let db = self.open("rw").await;
        db.execute_unprepared("BEGIN IMMEDIATE").await.expect("the writer's place");
        Some(OtherWriter(db))
    }

    /// What the service is told, when it is not embedded.
    pub(crate) fn url(&self) -> Option<String> {
        match self {
            Self::Sqlite { .. } => None,
            Self::Postgres { server, name } => Some(named(server, name).to_string()),
        }
    }

    /// Does what `sql` says, while the service may be running; answers with how many rows that changed.
    pub(crate) async fn alter(&self, sql: &str) -> u64 {
        let db = self.open("rw").await;
        let done = db.execute_unprepared(sql).await;
        db.close().await.expect("the connection closes");
        done.unwrap_or_else(|error| panic!("{sql}: {error}")).rows_affected()
    }

    /// `mode`: what a file is opened for.
    async fn open(&self, mode: &str) -> DatabaseConnection {
        let url = self.url().unwrap_or_else(|| match self {
            Self::Sqlite { file } => format!("sqlite://{}?mode={mode}", file.display()),
            Self::Postgres { .. } => unreachable!("it has a URL"),
        });
        connect(&url).await
    }

    /// The rows that `sql` finds.
    pub(crate) async fn rows(&self, sql: &str) -> Vec<Value> {
        let db = self.open("ro").await;
        let statement = Statement::from_string(db.get_database_backend(), sql);
        let found = JsonValue::find_by_statement(statement).all(&db).await;
        db.close().await.expect("the connection closes");
        found.unwrap_or_else(|error| panic!("{sql}: {error}"))
    }

    /// The same as [`Self::rows`], where nothing can be awaited.
    pub(crate) fn rows_now(&self, sql: &str) -> Vec<Value> {
        on_a_thread(|| self.rows(sql))
    }
}

/// Somebody who holds the one writer's place of an embedded database.
pub(crate) struct OtherWriter(DatabaseConnection);

impl OtherWriter {
    /// Lets the others write again.
    pub(crate) async fn ends(self) {
        self.0.execute_unprepared("ROLLBACK").await.expect("nothing was written");
        self.0.close().await.expect("the connection closes");
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        if let Self::Postgres { server, name } = self {
            on_a_thread(|| async {
                let db = connect(server.as_str()).await;
                let dropped = db.execute_unprepared(&format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)")).await;
                assert!(dropped.is_ok() || thread::panicking(), "{dropped:?}");
            });
        }
    }
}

/// A test's runtime waits for nothing while it drops its values.
fn on_a_thread<T: Send, F: Future<Output = T>>(work: impl FnOnce() -> F + Send) -> T {
    thread::scope(|scope| {
        let worker = scope.spawn(|| {
            let runtime = runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
            runtime.block_on(work())
        });
        worker.join().expect("the database can be asked")
    })
}

async fn connect(url: &str) -> DatabaseConnection {
    let mut options = ConnectOptions::new(url);
    options.max_connections(1).sqlx_logging(false);
    Connector::connect(options).await.unwrap_or_else(|error| panic!("the test's database: {error}"))
}

fn named(server: &Url, name: &str) -> Url {
    let mut url = server.clone();
    url.set_path(name);
    url
}

/// Copies a migrated database, made first where this schema has none yet.
async fn copy_template(server: &Url, name: &str, home: &Path) {
    let db = connect(server.as_str()).await;
    let run = async |sql: String| db.execute_unprepared(&sql).await.unwrap_or_else(|error| panic!("{sql}: {error}"));
    let template = format!("hivesync_template_{:016x}", schema_hash());
    // Of the session, which ends with this connection, whatever happens.
    run(format!("SELECT pg_advisory_lock({TEMPLATE_LOCK})")).await;
    let sql = format!("SELECT 1 AS there FROM pg_database WHERE datname = '{template}'");
    let statement = Statement::from_string(db.get_database_backend(), sql);
    if db.query_one_raw(statement).await.expect("the server's databases").is_none() {
        let unfinished = format!("{template}_unfinished");
        run(format!("DROP DATABASE IF EXISTS {unfinished} WITH (FORCE)")).await;
        run(format!("CREATE DATABASE {unfinished}")).await;
        let program = Program::at(home).with("HIVESYNC_DATABASE__URL", named(server, &unfinished).as_str());
        program.with("HIVESYNC_SECRETS__KEYS", KEYS).run(&["migrate"]).await.succeeded();
        run(format!("ALTER DATABASE {unfinished} RENAME TO {template}")).await;
    }
    run(format!("SELECT pg_advisory_unlock({TEMPLATE_LOCK})")).await;
    run(format!("CREATE DATABASE {name} TEMPLATE {template}")).await;
    db.close().await.expect("the connection closes");
}

/// Changes with the migrations, so that an old template is never taken for a new one.
fn schema_hash() -> u64 {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("migration/src");
    let entries = fs::read_dir(folder).expect("the migrations' sources");
    let mut files: Vec<_> = entries.map(|entry| entry.expect("a file").path()).collect();
    files.sort();
    let mut hasher = DefaultHasher::new();
    for file in files.iter().filter(|file| file.is_file()) {
        fs::read(file).expect("a migration's source").hash(&mut hasher);
    }
    hasher.finish()
}
