//! One actor a mirror, by project: started on demand, retired when idle, quarantined when it keeps failing.

pub mod actor;
pub mod again;
pub mod commit;
pub mod compute;
pub mod content;
pub mod credential;
pub mod publish;
pub mod push;
pub mod restore;
pub mod stale;
pub mod sync;
pub mod task;
pub mod tend;
pub mod trouble;

use std::{path::PathBuf, time::Duration};

use mirror::{CommitId, Mirror, Policy, Protocol, RemoteUrl, UrlRefused};
use supervise::Dynamic;

pub use self::actor::MirrorActor;
use super::World;
use crate::{
    config,
    engine::{
        self,
        launch::Limits,
        manifest::{SNAPSHOT, SYMBOLS},
    },
    ids::ProjectId,
};

/// What starting a child and reading a repository may take besides the question itself.
const CHILD_MARGIN: Duration = Duration::from_secs(5);

/// The way to the mirrors' actors.
pub type Mirrors = Dynamic<ProjectId, MirrorActor>;

impl World {
    /// The project's mirror on this machine, which need not be there.
    pub fn mirror(&self, project: ProjectId) -> Mirror {
        Mirror::new(self.git.as_ref().clone(), self.config.mirrors_dir().join(project.to_string()))
    }

    /// What is derived from the mirror and may be dropped at any time.
    pub fn mirror_cache(&self, project: ProjectId) -> PathBuf {
        self.config.mirrors_dir().join(format!("{project}.cache"))
    }

    /// What is searched of the project at `commit`.
    pub fn snapshot(&self, project: ProjectId, commit: &str) -> PathBuf {
        self.mirror_cache(project).join(format!("{commit}.{SNAPSHOT}"))
    }

    /// The names of the project's symbols at `commit`.
    pub fn symbols(&self, project: ProjectId, commit: &str) -> PathBuf {
        self.mirror_cache(project).join(format!("{commit}.{SYMBOLS}"))
    }

    /// The project's files at a commit, for a question about their symbols that may take so long, and the limits of the
    /// child that answers it.
    pub fn code(&self, project: ProjectId, commit: CommitId, time: Duration) -> (engine::Code, Limits) {
        let code = engine::Code {
            mirror: self.mirror(project).dir().to_path_buf(),
            git: self.git.program().to_path_buf(),
            commit,
            cache: self.mirror_cache(project),
            time_ms: u64::try_from(time.as_millis()).unwrap_or(u64::MAX),
        };
        // A child that sees its time pass says so; one that does not is killed a little later.
        (code, Limits { memory_mb: self.config.engine.memory_mb, time: time + CHILD_MARGIN })
    }

    /// Checks an address by what the operator allows.
    pub fn remote(&self, url: &str) -> Result<RemoteUrl, UrlRefused> {
        RemoteUrl::parse(url, &policy(&self.config.git))
    }
}

fn policy(git: &config::Git) -> Policy {
    let allowed = |name: &String| match name.as_str() {
        "https" => Some(Protocol::Https),
        "ssh" => Some(Protocol::Ssh),
        "http" => Some(Protocol::Http),
        "git" => Some(Protocol::Git),
        "file" => Some(Protocol::File),
        _ => None,
    };
    Policy {
        protocols: git.protocols.iter().filter_map(allowed).collect(),
        allow_private_hosts: git.allow_private_hosts,
    }
}
