//! The sections of the configuration, one type each; every setting is explained in `config/default.toml`.

use std::{
    net::SocketAddr,
    num::{NonZeroU32, NonZeroUsize},
    path::PathBuf,
    time::Duration,
};

use secrecy::SecretString;
use serde::Deserialize;

/// Section `database`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Database {
    /// Holds a password: never shown. Empty means embedded.
    pub url: SecretString,
    /// Connections to `PostgreSQL`.
    pub max_connections: NonZeroU32,
}

/// Section `storage`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Storage {
    /// MiB on the disk of the data directory; with less free nothing new is written.
    pub least_free_mb: u64,
}

impl Storage {
    /// What is under way may take this much of it, so that it can end; then it is stopped.
    pub fn reserve_bytes(&self) -> u64 {
        self.least_free_mb.saturating_mul(1 << 20) / 2
    }
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
    invitation_days: NonZeroU32,
    argon2_memory_kib: u32,
    argon2_passes: u32,
    argon2_lanes: u32,
}

/// What a password's hash costs (RFC 9106).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HashCost {
    /// KiB.
    pub memory_kib: u32,
    /// Over all of the memory.
    pub passes: u32,
    /// Parts of the memory that could be worked on at once.
    pub lanes: u32,
}

impl HashCost {
    /// What OWASP's password storage cheat sheet asks for at the least: (KiB, passes).
    const LEAST: [(u32, u32); 5] = [(47_104, 1), (19_456, 2), (12_288, 3), (9_216, 4), (7_168, 5)];
    const MOST_MEMORY_KIB: u32 = 1 << 20;
    const MOST_PASSES: u32 = 100;
    const MOST_LANES: u32 = 16;

    /// What is wrong with it, if anything.
    pub(super) fn fault(self) -> Option<String> {
        let Self { memory_kib, passes, lanes } = self;
        let enough = Self::LEAST.iter().any(|(memory, least)| memory_kib >= *memory && passes >= *least);
        if !enough {
            return Some(format!(
                "auth.argon2_memory_kib {memory_kib} with auth.argon2_passes {passes} is too cheap to guess; \
                 take 19456 with 2, or 47104 with 1, or more"
            ));
        }
        let bounded = memory_kib <= Self::MOST_MEMORY_KIB && passes <= Self::MOST_PASSES;
        if !bounded || !(1..=Self::MOST_LANES).contains(&lanes) {
            return Some(format!(
                "auth.argon2_memory_kib goes up to {}, auth.argon2_passes up to {}, auth.argon2_lanes from 1 to {}",
                Self::MOST_MEMORY_KIB,
                Self::MOST_PASSES,
                Self::MOST_LANES,
            ));
        }
        None
    }
}

impl Auth {
    /// What a new password's hash costs.
    pub fn hash_cost(&self) -> HashCost {
        HashCost { memory_kib: self.argon2_memory_kib, passes: self.argon2_passes, lanes: self.argon2_lanes }
    }

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

    /// An invitation is good for so long.
    pub fn invitation_life(&self) -> Duration {
        days(self.invitation_days.get())
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
    /// Authorities to trust for https, by absolute path; empty: the system's.
    pub ca_file: PathBuf,
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
    most_repo_mb: u64,
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

    /// Most that one repository may take, in bytes.
    pub fn most_repo_bytes(&self) -> Option<u64> {
        (self.most_repo_mb > 0).then(|| self.most_repo_mb.saturating_mul(1 << 20))
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

/// Section `refactor`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Refactor {
    /// At the same time on one instance.
    pub concurrent: NonZeroUsize,
    time_limit_s: NonZeroU32,
    look_limit_s: NonZeroU32,
    /// Engine children that stay after their answer.
    pub warm: usize,
    warm_s: u32,
}

impl Refactor {
    /// The hard limit of one proposal, of one commit, and of one push.
    pub fn time_limit(&self) -> Duration {
        seconds(self.time_limit_s.get())
    }

    /// The same of finding out which symbol stands somewhere.
    pub fn look_limit(&self) -> Duration {
        seconds(self.look_limit_s.get())
    }

    /// So long a child stays after its answer.
    pub fn warm_time(&self) -> Duration {
        seconds(self.warm_s)
    }
}

/// Section `manifests`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifests {
    /// Versions of each project, the newest among them.
    pub keep: NonZeroU32,
    keep_days: u32,
    collect_after_h: NonZeroU32,
    collect_every_s: NonZeroU32,
}

impl Manifests {
    /// A version younger than this is kept, however many are newer.
    pub fn keep_for(&self) -> Duration {
        days(self.keep_days)
    }

    /// An object that nothing names is collected when it is older than this.
    pub fn collect_after(&self) -> Duration {
        seconds(self.collect_after_h.get()) * 3_600
    }

    /// Between two collections.
    pub fn collect_every(&self) -> Duration {
        seconds(self.collect_every_s.get())
    }
}

/// Section `limits`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Limits {
    /// Rates only; quotas always hold.
    pub enabled: bool,
    /// Signing in and registering, by client address.
    pub auth_per_minute: NonZeroU32,
    /// Looking, by user; by client address without one.
    pub read_per_minute: NonZeroU32,
    /// Changing, by user; by client address without one.
    pub write_per_minute: NonZeroU32,
    /// Synchronising, by project.
    pub sync_per_minute: NonZeroU32,
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
    pub(super) listen: String,
}

impl Metrics {
    /// Where Prometheus may read, if anywhere.
    pub fn listen(&self) -> Option<SocketAddr> {
        self.listen.parse().ok()
    }
}

pub(super) fn seconds(count: u32) -> Duration {
    Duration::from_secs(count.into())
}

fn days(count: u32) -> Duration {
    seconds(count) * 86_400
}
