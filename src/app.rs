//! The one place that knows the order of start and stop.
//!
//! Start: directory and lock → keys → git → schema → database → listener → tree → server → ready.
//! Stop: not ready → a moment for the load balancer → server → tree in reverse → database.

use std::{
    fs::{DirBuilder, File, TryLockError},
    io,
    net::{SocketAddr, TcpListener},
    os::unix::fs::DirBuilderExt,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use actix_web::{dev::ServerHandle, web::Data};
use mirror::{Git, GitUnusable};
use supervise::{Exit, Tree, TreeError};
use tokio::{runtime::Handle, task::JoinHandle, time::sleep};

use crate::{
    actors::{
        World,
        gateways::hashing::Hashing,
        infra::disk::Room,
        tree::{self, Gateways},
        world::Work,
    },
    clock::Clock,
    config::{self, Config},
    domain::failure::Failure,
    engine::warm::Warm,
    entities::{
        Db,
        db::{self, MigrateError},
    },
    http::{AppState, health::Readiness, server},
    storage::{
        files::Files,
        keys::{self, KeysError},
        limits::Limiter,
        transport::Local,
    },
    telemetry,
};

/// Held by the `serve` that uses a data directory.
const LOCK: &str = "serve.lock";
/// What the tree is allowed beyond the grace of its jobs.
const STOP_MARGIN: Duration = Duration::from_secs(20);

/// Why the service did not start; the message says what to do.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The data directory cannot be used.
    #[error("the data directory {path} cannot be used: {source}")]
    DataDir {
        /// As configured.
        path: String,
        /// Why.
        source: io::Error,
    },
    /// Another `hivesync serve` uses it.
    #[error("the data directory is used by another `hivesync serve`; stop it, or give this one its own `--data-dir`")]
    Locked,
    /// No key ring.
    #[error(transparent)]
    Keys(#[from] KeysError),
    /// No usable git.
    #[error(transparent)]
    Git(#[from] GitUnusable),
    /// The schema is not up to date.
    #[error(transparent)]
    Migrate(#[from] MigrateError),
    /// The database cannot be reached.
    #[error("the database cannot be reached: {0}")]
    Database(#[from] sea_orm::DbErr),
    /// The listener's address.
    #[error("cannot listen on {address}: {source}")]
    Listen {
        /// As configured.
        address: SocketAddr,
        /// Why.
        source: io::Error,
    },
    /// Numbers for Prometheus cannot be served.
    #[error("metrics cannot be served: {0}")]
    Metrics(#[from] metrics_exporter_prometheus::BuildError),
    /// An actor did not start.
    #[error(transparent)]
    Tree(#[from] TreeError),
    /// Passwords cannot be hashed.
    #[error("passwords cannot be hashed: {0}")]
    Hashing(#[from] Failure),
    /// A part panicked while it started.
    #[error("the service failed while starting: {0}")]
    Panicked(#[from] tokio::task::JoinError),
}

/// A service that answers.
pub struct App {
    /// Where it listens.
    pub address: SocketAddr,
    /// What it is made of, for those who share the process.
    pub world: World,
    tree: Tree,
    server: ServerHandle,
    serving: JoinHandle<io::Result<()>>,
    readiness: Readiness,
    // Held as long as the service runs.
    _lock: File,
}

/// Opens what actors are given, on the threads of `work`. The schema is brought up to date first.
pub async fn open(mut config: Config, work: Handle) -> Result<World, StartError> {
    config.data_dir = data_dir(&config.data_dir)?;
    let keys = keys::load(&config)?;
    let work = Work::on(work);
    let opened = work.run(async move {
        let git = find_git(&config.git).await?;
        let url = config.database_url();
        db::migrate(&url, &config.data_dir).await?;
        let transport = Arc::new(Local::default());
        let db = Db::connect(&url, config.database.max_connections.get(), transport).await?;
        Ok::<_, StartError>((config, git, db))
    });
    let (config, git, db) = opened.await??;
    let objects = Files::open(config.objects_dir());
    let objects = objects.map_err(|source| unusable(&config.data_dir, source))?;
    let room = Room::of(config.storage.least_free_mb);
    room.look(&config.data_dir).map_err(|source| unusable(&config.data_dir, source))?;
    Ok(World {
        warm: Arc::new(Warm::new(config.refactor.warm, config.refactor.warm_time())),
        limits: Arc::new(Limiter::new(&config.limits)),
        config: Arc::new(config),
        clock: Clock::system(),
        keys: Arc::new(keys),
        db,
        objects: Arc::new(objects),
        room,
        git: Arc::new(git),
        work,
    })
}

impl App {
    /// Starts all of it on the present actix system, working on the threads of `work`.
    pub async fn start(config: Config, work: Handle) -> Result<Self, StartError> {
        let lock = lock(&data_dir(&config.data_dir)?)?;
        if let Some(listen) = config.metrics.listen() {
            let _on_work_threads = work.enter();
            telemetry::serve_metrics(listen)?;
        }
        let world = open(config, work).await?;
        let wanted = world.config.http.listen;
        let listener = TcpListener::bind(wanted).and_then(|listener| Ok((listener.local_addr()?, listener)));
        let (address, listener) = listener.map_err(|source| StartError::Listen { address: wanted, source })?;
        let hashing = Hashing::at(world.config.auth.hash_cost()).await?;
        let (tree, gateways) = tree::plant(&world, hashing, address.to_string()).await?;
        let readiness = Readiness::with(world.room.clone());
        let server = serve(&world, gateways, readiness.clone(), listener);
        let server = server.map_err(|source| StartError::Listen { address: wanted, source })?;
        let handle = server.handle();
        let serving = actix_web::rt::spawn(server);
        readiness.set_ready();
        Ok(Self { address, world, tree, server: handle, serving, readiness, _lock: lock })
    }

    /// Ends when the supervision tree has given up, and says how.
    pub async fn failed(&self) -> Exit {
        self.tree.wait().await
    }

    /// Stops in order. What was accepted is answered; jobs that do not end in the grace are given back.
    pub async fn stop(self) -> Result<(), Failure> {
        let http = &self.world.config.http;
        self.readiness.set_draining();
        sleep(http.drain_delay()).await;
        self.server.stop(true).await;
        let served = self.serving.await;
        let exit = self.tree.stop(http.shutdown_grace() + STOP_MARGIN).await;
        tracing::info!(%exit, "tree stopped");
        let db = self.world.db.clone();
        self.world.work.run(db.close()).await??;
        served?.map_err(Failure::internal)
    }
}

fn serve(
    world: &World,
    gateways: Gateways,
    readiness: Readiness,
    listener: TcpListener,
) -> io::Result<actix_web::dev::Server> {
    let state = AppState {
        gateways,
        objects: Arc::clone(&world.objects),
        readiness,
        limits: Arc::clone(&world.limits),
        room: world.room.clone(),
    };
    server::serve(listener, Data::new(state), &world.config.http)
}

/// The command that the settings name, or the first on the path, with the authorities that it is to trust.
pub async fn find_git(config: &config::Git) -> Result<Git, GitUnusable> {
    let is_given = |path: &Path| !path.as_os_str().is_empty();
    let git = if is_given(&config.program) { Git::at(&config.program).await? } else { Git::locate().await? };
    Ok(if is_given(&config.ca_file) { git.trusting(&config.ca_file) } else { git })
}

/// The directory, made where it is missing, as an absolute path: children do not run where we do.
fn data_dir(path: &Path) -> Result<PathBuf, StartError> {
    let made = DirBuilder::new().recursive(true).mode(0o700).create(path);
    made.and_then(|()| path.canonicalize()).map_err(|source| unusable(path, source))
}

fn unusable(path: &Path, source: io::Error) -> StartError {
    StartError::DataDir { path: path.display().to_string(), source }
}

/// Whether a `serve` uses the directory now.
pub fn is_served(data_dir: &Path) -> io::Result<bool> {
    let file = match File::open(data_dir.join(LOCK)) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
        file => file?,
    };
    match file.try_lock_shared() {
        Ok(()) => Ok(false),
        Err(TryLockError::WouldBlock) => Ok(true),
        Err(TryLockError::Error(error)) => Err(error),
    }
}

fn lock(data_dir: &Path) -> Result<File, StartError> {
    let file = File::create(data_dir.join(LOCK)).map_err(|source| unusable(data_dir, source))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(StartError::Locked),
        Err(TryLockError::Error(source)) => Err(unusable(data_dir, source)),
    }
}
