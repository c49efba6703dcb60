//! Every setting, typed, from `config/default.toml`, the environment and the command line, in this order.

use std::{
    collections::HashMap,
    net::SocketAddr,
    num::{NonZeroU32, NonZeroUsize},
    path::{Path, PathBuf},
    time::Duration,
};

use config::{Environment, File, FileFormat, Source};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use tracing_subscriber::EnvFilter;

const DEFAULTS: &str = include_str!("../config/default.toml");
const PREFIX: &str = "HIVESYNC_";
/// The settings that stand in no section.
const TOP_LEVEL: [&str; 2] = ["DATA_DIR", "LOG"];

/// What is wrong with the configuration; the message names each fault and what to do.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// A value of the wrong type, or a name that does not exist.
    #[error("configuration: {0}")]
    Invalid(#[from] config::ConfigError),
    /// A file named by a `…_FILE` variable that cannot be read.
    #[error("configuration: {name} names {path}, which cannot be read: {source}")]
    Unreadable {
        /// The variable.
        name: String,
        /// What it says.
        path: String,
        /// Why not.
        source: std::io::Error,
    },
    /// Names that no setting has.
    #[error("configuration: {}", .0.join("; "))]
    Unknown(Vec<String>),
    /// Values that are well-formed alone and wrong together.
    #[error("configuration: {}", .0.join("; "))]
    Inconsistent(Vec<String>),
}

/// The whole configuration of one process.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Where everything local lives.
    pub data_dir: PathBuf,
    /// A filter of `tracing-subscriber`.
    pub log: String,
    /// The listener and its limits.
    pub http: Http,
    /// Where rows live.
    pub database: Database,
    /// Accounts and tokens.
    pub auth: Auth,
    /// The master keys.
    pub secrets: Secrets,
    /// What Git may do.
    pub git: Git,
    /// Limits of synchronisations.
    pub sync: Sync,
    /// Limits of the child that reads content.
    pub engine: Engine,
    /// Rates.
    pub limits: Limits,
    /// Prometheus.
    pub metrics: Metrics,
}

/// Section `http`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Http {
    /// Port 0 takes a free one.
    pub listen: SocketAddr,
    /// Seconds until an answer must have begun.
    request_timeout_s: NonZeroU32,
    drain_delay_s: u32,
    shutdown_grace_s: u32,
}

impl Http {
    /// An answer must have begun after this time.
    pub fn request_timeout(&self) -> Duration {
        seconds(self.request_timeout_s.get())
    }

    /// From "not ready" until connections are refused.
    pub fn drain_delay(&self) -> Duration {
        seconds(self.drain_delay_s)
    }

    /// What is under way may take this long once the service stops.
    pub fn shutdown_grace(&self) -> Duration {
        seconds(self.shutdown_grace_s)
    }
}

/// Section `database`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Database {
    /// Holds a password: never shown. Empty means embedded.
    pub url: SecretString,
    /// Connections to `PostgreSQL`.
    pub max_connections: NonZeroU32,
}

/// Section `auth`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Auth {
    /// Who may make an account.
    pub registration: Registration,
    access_token_s: NonZeroU32,
    session_idle_days: NonZeroU32,
    session_max_days: NonZeroU32,
}

impl Auth {
    /// Life of an access token.
    pub fn access_token_life(&self) -> Duration {
        seconds(self.access_token_s.get())
    }

    /// A session that is not refreshed for so long ends.
    pub fn session_idle(&self) -> Duration {
        days(self.session_idle_days.get())
    }

    /// A session ends after this time in any case.
    pub fn session_max(&self) -> Duration {
        days(self.session_max_days.get())
    }
}

/// Who may make an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Registration {
    /// Anybody who reaches the service.
    Open,
    /// Those who were invited.
    Invite,
    /// Nobody; an administrator makes accounts.
    Closed,
}

/// Section `secrets`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Secrets {
    /// `kid:hex`, comma-separated, current first.
    pub keys: SecretString,
}

/// Section `git`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Git {
    /// The command's absolute path; empty: the first `git` on the PATH.
    pub program: PathBuf,
    /// Allowed transports.
    pub protocols: Vec<String>,
    /// Whether private address ranges may be reached.
    pub allow_private_hosts: bool,
}

/// Section `sync`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sync {
    /// At the same time on one instance.
    pub concurrent: NonZeroUsize,
    stall_limit_s: NonZeroU32,
    time_limit_s: NonZeroU32,
    idle_s: NonZeroU32,
}

impl Sync {
    /// Without progress for so long, a synchronisation is given up.
    pub fn stall_limit(&self) -> Duration {
        seconds(self.stall_limit_s.get())
    }

    /// The hard limit of one synchronisation.
    pub fn time_limit(&self) -> Duration {
        seconds(self.time_limit_s.get())
    }

    /// A mirror's actor without work is retired after this time.
    pub fn idle(&self) -> Duration {
        seconds(self.idle_s.get())
    }
}

/// Section `engine`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Engine {
    /// 0: as many as the machine has cores.
    pub threads: usize,
    /// MiB of address space; 0: no limit.
    pub memory_mb: u64,
    time_limit_s: NonZeroU32,
}

impl Engine {
    /// The hard limit of one run of the child.
    pub fn time_limit(&self) -> Duration {
        seconds(self.time_limit_s.get())
    }
}

/// Section `limits`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Limits {
    /// Rates only; quotas always hold.
    pub enabled: bool,
    sync_interval_s: u32,
}

impl Limits {
    /// The least time between two synchronisations that nobody forces.
    pub fn sync_interval(&self) -> Duration {
        if self.enabled { seconds(self.sync_interval_s) } else { Duration::ZERO }
    }
}

/// Section `metrics`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Metrics {
    /// Empty: nowhere.
    listen: String,
}

impl Metrics {
    /// Where Prometheus may read, if anywhere.
    pub fn listen(&self) -> Option<SocketAddr> {
        self.listen.parse().ok()
    }
}

/// What the command line sets, above all else.
#[derive(Debug, Clone, Default)]
pub struct Overrides {
    /// `--listen`
    pub listen: Option<SocketAddr>,
    /// `--data-dir`
    pub data_dir: Option<PathBuf>,
}

impl Config {
    /// Reads this process's environment.
    pub fn load(overrides: Overrides) -> Result<Self, ConfigError> {
        Self::from_variables(std::env::vars_os().filter_map(text), overrides)
    }

    /// Reads `variables` instead of the environment.
    pub fn from_variables(
        variables: impl IntoIterator<Item = (String, String)>,
        overrides: Overrides,
    ) -> Result<Self, ConfigError> {
        let variables = ours(variables)?;
        check_names(&variables)?;
        let environment = Environment::with_prefix("HIVESYNC")
            .prefix_separator("_")
            .separator("__")
            .list_separator(",")
            .with_list_parse_key("git.protocols")
            .try_parsing(true)
            .source(Some(variables));
        let mut config: Self = config::Config::builder()
            .add_source(File::from_str(DEFAULTS, FileFormat::Toml))
            .add_source(environment)
            .build()?
            .try_deserialize()?;
        config.http.listen = overrides.listen.unwrap_or(config.http.listen);
        config.data_dir = overrides.data_dir.unwrap_or(config.data_dir);
        config.check()
    }

    fn check(self) -> Result<Self, ConfigError> {
        let mut faults = Vec::new();
        if !self.metrics.listen.is_empty() && self.metrics.listen().is_none() {
            faults.push(format!("metrics.listen is {:?}; write an address and a port", self.metrics.listen));
        }
        if let Err(error) = EnvFilter::try_new(&self.log) {
            faults.push(format!("log is {:?}: {error}; write a level, or `info,hivesync::actors=debug`", self.log));
        }
        for protocol in &self.git.protocols {
            if !["https", "ssh", "http", "git", "file"].contains(&protocol.as_str()) {
                faults.push(format!("git.protocols holds {protocol:?}; known are https, ssh, http, git and file"));
            }
        }
        if !self.embedded() && self.secrets.keys.expose_secret().is_empty() {
            faults.push("secrets.keys is missing; with a database of your own, give `kid:64 hex digits`".to_owned());
        }
        if faults.is_empty() { Ok(self) } else { Err(ConfigError::Inconsistent(faults)) }
    }

    /// Whether the database is a file of this machine.
    pub fn embedded(&self) -> bool {
        let url = self.database.url.expose_secret();
        url.is_empty() || url.starts_with("sqlite:")
    }

    /// The database's URL: the one given, or the embedded database in the data directory.
    pub fn database_url(&self) -> SecretString {
        if self.database.url.expose_secret().is_empty() {
            format!("sqlite://{}?mode=rwc", self.data_dir.join("hivesync.db").display()).into()
        } else {
            self.database.url.clone()
        }
    }

    /// Where the bare mirrors live.
    pub fn mirrors_dir(&self) -> PathBuf {
        self.data_dir.join("mirrors")
    }

    /// Where stored objects live.
    pub fn objects_dir(&self) -> PathBuf {
        self.data_dir.join("objects")
    }

    /// Where the key ring that the first embedded start makes is kept.
    pub fn keys_file(&self) -> PathBuf {
        self.data_dir.join("secrets.keys")
    }
}

/// Keeps the variables that are settings, with those read that a `…_FILE` names.
///
/// `HIVESYNC_FOO` without a section is somebody else's (orchestrators inject such names) and is passed over.
fn ours(variables: impl IntoIterator<Item = (String, String)>) -> Result<HashMap<String, String>, ConfigError> {
    let mut settings = HashMap::new();
    for (name, value) in variables {
        let Some(key) = name.strip_prefix(PREFIX) else { continue };
        if let Some(secret) = key.strip_suffix("_FILE").filter(|key| key.contains("__")) {
            settings.insert(format!("{PREFIX}{secret}"), read(&name, &value)?);
        } else if key.contains("__") || TOP_LEVEL.contains(&key) {
            settings.insert(name, value);
        }
    }
    Ok(settings)
}

/// Refuses names that no setting has, each with the nearest one that there is.
fn check_names(variables: &HashMap<String, String>) -> Result<(), ConfigError> {
    let known = known_names()?;
    let mut faults = Vec::new();
    for name in variables.keys().filter(|name| !known.contains(&name.to_uppercase())) {
        let likeness = |known: &&String| strsim::normalized_damerau_levenshtein(name, known);
        let nearest = known.iter().max_by(|a, b| likeness(a).total_cmp(&likeness(b)));
        let nearest = nearest.map_or("", |nearest| nearest.as_str());
        faults.push(format!("there is no setting {name}; did you mean {nearest}?"));
    }
    faults.sort();
    if faults.is_empty() { Ok(()) } else { Err(ConfigError::Unknown(faults)) }
}

/// The variable of each setting in `config/default.toml`.
fn known_names() -> Result<Vec<String>, config::ConfigError> {
    let mut names = Vec::new();
    for (name, value) in File::from_str(DEFAULTS, FileFormat::Toml).collect()? {
        match value.into_table() {
            Ok(section) => names.extend(section.keys().map(|key| format!("{PREFIX}{name}__{key}").to_uppercase())),
            Err(_) => names.push(format!("{PREFIX}{name}").to_uppercase()),
        }
    }
    Ok(names)
}

fn read(name: &str, path: &str) -> Result<String, ConfigError> {
    match std::fs::read_to_string(Path::new(path)) {
        Ok(text) => Ok(text.trim_end().to_owned()),
        Err(source) => Err(ConfigError::Unreadable { name: name.to_owned(), path: path.to_owned(), source }),
    }
}

fn text((name, value): (std::ffi::OsString, std::ffi::OsString)) -> Option<(String, String)> {
    Some((name.into_string().ok()?, value.into_string().ok()?))
}

fn seconds(count: u32) -> Duration {
    Duration::from_secs(count.into())
}

fn days(count: u32) -> Duration {
    seconds(count) * 86_400
}
