//! Every setting, typed, from `config/default.toml`, the environment and the command line, in this order.

mod effective;
mod given;
mod http;
mod sections;
mod table;

use std::{net::SocketAddr, path::PathBuf};

use config::{File, FileFormat};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use tracing_subscriber::EnvFilter;

use self::given::Given;
pub use self::{
    effective::{Effective, Origin, effective},
    http::{ForwardedHeader, Http},
    sections::{
        Auth, Database, Engine, Git, HashCost, Limits, Manifests, Metrics, Refactor, Registration, Secrets, Storage,
        Sync,
    },
    table::{Setting, settings},
};

/// Everything that is wrong with the configuration, each fault with its setting and what to do.
#[derive(Debug, thiserror::Error)]
#[error("configuration: {}", .0.join("; "))]
pub struct ConfigError(pub Vec<String>);

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
    /// What is left free.
    pub storage: Storage,
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
    /// Limits of refactors.
    pub refactor: Refactor,
    /// How long manifests are kept.
    pub manifests: Manifests,
    /// Rates.
    pub limits: Limits,
    /// Prometheus.
    pub metrics: Metrics,
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
        Self::from_variables(given::environment(), overrides)
    }

    /// Reads `variables` instead of the environment.
    pub fn from_variables(
        variables: impl IntoIterator<Item = (String, String)>,
        overrides: Overrides,
    ) -> Result<Self, ConfigError> {
        let (mut given, mut faults) = given::read(variables);
        // Each alone, so that each is judged, and the rest can be judged without those that are wrong.
        let mut unfit = Vec::new();
        given.retain(|one| match Self::read([one]) {
            Ok(_) => true,
            Err(error) => {
                unfit.push(one.setting.path());
                faults.push(error.to_string());
                false
            }
        });
        let mut config = Self::read(&given).map_err(|error| ConfigError(vec![error.to_string()]))?;
        config.http.listen = overrides.listen.unwrap_or(config.http.listen);
        config.data_dir = overrides.data_dir.unwrap_or(config.data_dir);
        match config.check() {
            Ok(config) if faults.is_empty() => return Ok(config),
            Ok(_) => {}
            Err(ConfigError(more)) => {
                faults.extend(more.into_iter().filter(|fault| !unfit.iter().any(|path| fault.starts_with(path))));
            }
        }
        Err(ConfigError(faults))
    }

    fn read<'a>(given: impl IntoIterator<Item = &'a Given>) -> Result<Self, config::ConfigError> {
        config::Config::builder()
            .add_source(File::from_str(table::DEFAULTS, FileFormat::Toml))
            .add_source(given::source(given))
            .build()?
            .try_deserialize()
    }

    fn check(self) -> Result<Self, ConfigError> {
        let mut faults = Vec::new();
        if !self.metrics.listen.is_empty() && self.metrics.listen().is_none() {
            faults.push(format!("metrics.listen is {:?}; write an address and a port", self.metrics.listen));
        }
        faults.extend(self.auth.hash_cost().fault());
        if let Err(error) = EnvFilter::try_new(&self.log) {
            faults.push(format!("log is {:?}: {error}; write a level, or `info,hivesync::actors=debug`", self.log));
        }
        let ca_file = &self.git.ca_file;
        let is_usable = ca_file.as_os_str().is_empty() || ca_file.is_absolute() && ca_file.is_file();
        if !is_usable {
            faults.push(format!("git.ca_file is {}; write the absolute path of a PEM file", ca_file.display()));
        }
        for protocol in &self.git.protocols {
            if !["https", "ssh", "http", "git", "file"].contains(&protocol.as_str()) {
                faults.push(format!("git.protocols holds {protocol:?}; known are https, ssh, http, git and file"));
            }
        }
        faults.extend(self.http.faults());
        if !self.embedded() && self.secrets.keys.expose_secret().is_empty() {
            faults.push("secrets.keys is missing; with a database of your own, give `kid:64 hex digits`".to_owned());
        }
        if faults.is_empty() { Ok(self) } else { Err(ConfigError(faults)) }
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
