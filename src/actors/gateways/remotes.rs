//! Which repository each project mirrors, and what opens it: tried before it is kept, kept sealed, shown without its
//! secret.

use std::sync::Arc;

use actix::Message;
use mirror::{Credential, HostKey, KnownHosts, Probed, Protocol, Remote, RemoteUrl, SyncError};
use serde_json::json;
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;

use super::{
    access::{require, require_alone},
    deed::record,
};
use crate::{
    actors::{
        World,
        mirrors::trouble::{advice, code_of},
    },
    domain::{
        branch::BranchName,
        caller::Caller,
        credential::{CredentialKind, Slot, Wanted},
        event::EventKind,
        failure::{Conflict, Failure},
        role::Action,
    },
    entities::{
        Txn, projects,
        queue::{self, Wish},
        repo_credentials::{self, Model},
        syncs,
    },
    ids::ProjectId,
    storage::limits::{Class, Key},
};

/// Remotes that are looked at at the same time: each look is a `git` process that talks to somebody's host.
const LOOKS: usize = 4;

/// Owns the budget of looks at remotes.
#[derive(Clone)]
pub struct Remotes {
    world: World,
    looks: Arc<Semaphore>,
}

/// Links a project to a repository and wants the first synchronisation.
#[derive(Message)]
#[rtype(result = "Result<Linked, Failure>")]
pub struct Link {
    /// Who.
    pub by: Caller,
    /// Which.
    pub project: ProjectId,
    /// As the user wrote it.
    pub repo_url: String,
    /// Without one the remote's default is followed.
    pub branch: Option<BranchName>,
    /// What opens it, where that is new.
    pub credential: Option<Wanted>,
}

/// What a link leads to.
pub struct Linked {
    /// The first synchronisation.
    pub sync: syncs::Model,
    /// What it is opened with.
    pub credential: Option<Kept>,
}

/// A project's credentials, the current one first.
#[derive(Message)]
#[rtype(result = "Result<Vec<Kept>, Failure>")]
pub struct List {
    /// Who looks.
    pub by: Caller,
    /// Whose.
    pub project: ProjectId,
}

/// Uses another credential from now on, or once a test of it succeeds.
#[derive(Message)]
#[rtype(result = "Result<Kept, Failure>")]
pub struct Keep {
    /// Who.
    pub by: Caller,
    /// Of which project.
    pub project: ProjectId,
    /// Which.
    pub wanted: Wanted,
}

/// Forgets all of a project's.
#[derive(Message)]
#[rtype(result = "Result<(), Failure>")]
pub struct Forget {
    /// Who.
    pub by: Caller,
    /// Whose.
    pub project: ProjectId,
}

/// Tries whether the repository opens.
#[derive(Message)]
#[rtype(result = "Result<Tested, Failure>")]
pub struct Test {
    /// Who.
    pub by: Caller,
    /// Which.
    pub project: ProjectId,
    /// Whether the keys that the host shows now are kept in the place of others.
    pub trust_host_keys: bool,
}

/// A credential without its secret.
pub struct Kept {
    /// The row.
    pub row: Model,
    /// Of the deploy key.
    pub fingerprint: Option<String>,
    /// The keys that the host must show.
    pub host_keys: Vec<HostKey>,
}

/// How a test went.
pub struct Tested {
    /// A code of failed work; `None` when the repository opens.
    pub error: Option<&'static str>,
    /// What was seen and what to do.
    pub message: String,
    /// The branch that the remote's HEAD names.
    pub default_branch: Option<String>,
    /// What was tried.
    pub credential: Option<Kept>,
}

answers! {
    Remotes:
    Link => link,
    List => list,
    Keep => keep,
    Forget => forget,
    Test => test,
}

impl Remotes {
    /// A gateway to remotes.
    pub fn new(world: World) -> Self {
        Self { world, looks: Arc::new(Semaphore::new(LOOKS)) }
    }

    async fn link(&self, link: Link) -> Result<Linked, Failure> {
        let url =
            self.world.remote(&link.repo_url).map_err(|refused| Failure::invalid("repo_url", refused.to_string()))?;
        let (by, now) = (link.by, self.world.clock.now());
        require(self.world.db.read(), &by, link.project, Action::Link).await?;
        if let Some(wanted) = &link.credential {
            self.check("credential.", &url, wanted).await?;
        }
        let txn = self.world.db.begin().await?;
        let (project, _) = require_alone(&txn, &by, link.project, Action::Link).await?;
        self.world.limits.take(Class::Sync, Key::Project(link.project))?;
        let branch = link.branch.map(BranchName::into_string);
        let project = projects::link(&txn, project, url.as_str().to_owned(), branch, now).await?;
        let row = self.credential_of(&txn, project.id, &url, link.credential).await?;
        let payload = json!({ "project_id": project.id });
        record(&txn, &by, project.id, EventKind::RepoLinked, payload, now).await?;
        queue::cancel_superseded(&txn, &project, now).await?;
        let sync = queue::request_sync(&txn, &project, Wish::of(&by), now).await?;
        queue::trace_sync(&txn, &sync, by.trace).await?;
        txn.commit().await?;
        Ok(Linked { sync, credential: row.map(|row| Kept::of(&self.world, row)).transpose()? })
    }

    /// What opens `url` from now on: what is wanted, or what fits of the project's own, or, over ssh, a new key.
    /// What belongs to another place is forgotten, for here it would be given away.
    async fn credential_of(
        &self,
        txn: &Txn,
        project: ProjectId,
        url: &RemoteUrl,
        wanted: Option<Wanted>,
    ) -> Result<Option<Model>, Failure> {
        let (origin, kind) = (url.origin(), kind_for(url));
        let mut fitting = Vec::new();
        for row in repo_credentials::of_project(txn, project).await? {
            let is_here = row.origin.is_none() || row.origin == origin;
            if is_here && Some(row.kind) == kind {
                repo_credentials::bind(txn, row.id, origin.as_deref(), self.world.clock.now()).await?;
                fitting.push(repo_credentials::Model { origin: origin.clone(), ..row });
            } else {
                repo_credentials::remove(txn, project, Some(row.slot)).await?;
            }
        }
        let made = || (kind == Some(CredentialKind::SshKey)).then(|| Wanted::SshKey(KnownHosts::default()));
        let wanted = if fitting.is_empty() { wanted.or_else(made) } else { wanted };
        match wanted {
            Some(wanted) => {
                let row = self.world.sealed(project, Slot::Current, origin, &wanted)?;
                Ok(Some(repo_credentials::replace(txn, row).await?))
            }
            None => Ok(fitting.into_iter().next()),
        }
    }

    async fn list(&self, list: List) -> Result<Vec<Kept>, Failure> {
        let db = self.world.db.read();
        require(db, &list.by, list.project, Action::Link).await?;
        let rows = repo_credentials::of_project(db, list.project).await?;
        rows.into_iter().map(|row| Kept::of(&self.world, row)).collect()
    }

    async fn keep(&self, keep: Keep) -> Result<Kept, Failure> {
        let (project, _) = require(self.world.db.read(), &keep.by, keep.project, Action::Link).await?;
        let remote = linked(&self.world, &project)?;
        if let Some(url) = &remote {
            self.check("", url, &keep.wanted).await?;
        }
        let txn = self.world.db.begin().await?;
        require_alone(&txn, &keep.by, keep.project, Action::Link).await?;
        let kept = repo_credentials::of_project(&txn, keep.project).await?;
        let opens = kept.iter().any(|row| row.slot == Slot::Current && row.kind == CredentialKind::SshKey);
        // A key opens nothing until somebody has shown it to the host; until then the one in use stays.
        let slot = if opens && keep.wanted.kind() == CredentialKind::SshKey { Slot::Pending } else { Slot::Current };
        let origin = remote.as_ref().and_then(RemoteUrl::origin);
        let row = repo_credentials::replace(&txn, self.world.sealed(project.id, slot, origin, &keep.wanted)?).await?;
        self.note_change(&txn, &keep.by, project.id).await?;
        txn.commit().await?;
        Kept::of(&self.world, row)
    }

    /// Refuses, by the names of the fields below `parent`, what does not fit the address, and a token that does not open
    /// it. A key cannot be tried before somebody has shown it to the host.
    async fn check(&self, parent: &str, url: &RemoteUrl, wanted: &Wanted) -> Result<(), Failure> {
        if kind_for(url) != Some(wanted.kind()) {
            let problem = "does not fit the address: a token opens https, a key opens ssh";
            return Err(Failure::invalid(format!("{parent}type"), problem));
        }
        let Wanted::HttpsToken(login) = wanted else { return Ok(()) };
        let remote = Remote::new(url.clone(), Credential::Https(login.clone())).map_err(Failure::internal)?;
        let found = self.look_at(remote).await?.found;
        found.map(drop).map_err(|error| {
            let problem = match advice(&error) {
                refused if matches!(error, SyncError::AuthFailed | SyncError::NotFound) => refused,
                other => format!("could not be tried: {other}"),
            };
            Failure::invalid(format!("{parent}token"), problem)
        })
    }

    async fn look_at(&self, remote: Remote) -> Result<Probed, Failure> {
        let Ok(_look) = self.looks.try_acquire() else { return Err(Failure::Busy) };
        Ok(self.world.look_at(remote, &CancellationToken::new()).await)
    }

    async fn forget(&self, forget: Forget) -> Result<(), Failure> {
        let txn = self.world.db.begin().await?;
        require_alone(&txn, &forget.by, forget.project, Action::Link).await?;
        if repo_credentials::remove(&txn, forget.project, None).await? > 0 {
            self.note_change(&txn, &forget.by, forget.project).await?;
        }
        Ok(txn.commit().await?)
    }

    async fn test(&self, test: Test) -> Result<Tested, Failure> {
        let (project, _) = require(self.world.db.read(), &test.by, test.project, Action::Link).await?;
        let url = linked(&self.world, &project)?.ok_or(Failure::Conflict(Conflict::RepoNotLinked))?;
        let rows = repo_credentials::of_project(self.world.db.read(), project.id).await?;
        let row = rows.into_iter().rfind(|row| row.origin == url.origin());
        let mut credential = row.as_ref().map(|row| self.world.unsealed(row)).transpose()?.unwrap_or_default();
        if let Credential::Ssh { known_hosts, .. } = &mut credential
            && test.trust_host_keys
        {
            *known_hosts = KnownHosts::default();
        }
        let remote = Remote::new(url, credential).map_err(Failure::internal)?;
        let probed = self.look_at(remote).await?;
        let row = match row {
            Some(row) => Some(self.learn(&test.by, row, &probed).await?),
            None => None,
        };
        let credential = row.map(|row| Kept::of(&self.world, row)).transpose()?;
        Ok(match probed.found {
            Ok(found) => Tested {
                error: None,
                message: if found.is_empty { "it opens, and is empty".into() } else { "it opens".into() },
                default_branch: found.default_branch,
                credential,
            },
            Err(error) => {
                Tested { error: Some(code_of(&error)), message: advice(&error), default_branch: None, credential }
            }
        })
    }

    /// Keeps what a test has shown: the host's keys, and that a pending credential opens the repository.
    async fn learn(&self, by: &Caller, mut row: Model, probed: &Probed) -> Result<Model, Failure> {
        let now = self.world.clock.now();
        let txn = self.world.db.begin().await?;
        // The look took its time: who asked for it may have become somebody else meanwhile.
        require_alone(&txn, by, row.project_id, Action::Link).await?;
        let (pinned, seen) = (row.known_hosts.clone(), probed.host_keys.to_string());
        if row.kind == CredentialKind::SshKey && !probed.host_keys.is_empty() && pinned.as_ref() != Some(&seen) {
            repo_credentials::pin(&txn, row.id, &seen, now).await?;
            row.known_hosts = Some(seen);
        }
        let is_promoted = probed.found.is_ok() && row.slot == Slot::Pending;
        if is_promoted {
            repo_credentials::promote(&txn, &row, now).await?;
            row.slot = Slot::Current;
        }
        if is_promoted || row.known_hosts != pinned {
            self.note_change(&txn, by, row.project_id).await?;
        }
        txn.commit().await?;
        Ok(row)
    }

    /// Writes down that what opens a remote, or whom it is shown to, is another.
    async fn note_change(&self, txn: &Txn, by: &Caller, project: ProjectId) -> Result<(), Failure> {
        let payload = json!({ "project_id": project });
        record(txn, by, project, EventKind::CredentialChanged, payload, self.world.clock.now()).await
    }
}

impl Kept {
    /// What may be shown of a row.
    pub fn of(world: &World, row: Model) -> Result<Self, Failure> {
        let (fingerprint, host_keys) = match world.unsealed(&row)? {
            Credential::Ssh { key, known_hosts } => (Some(key.fingerprint().to_owned()), known_hosts.keys().to_vec()),
            Credential::Https(_) | Credential::None => (None, Vec::new()),
        };
        Ok(Self { row, fingerprint, host_keys })
    }
}

/// The address that the project is linked to, if it is, and the operator still allows it.
fn linked(world: &World, project: &projects::Model) -> Result<Option<RemoteUrl>, Failure> {
    let Some(url) = &project.repo_url else { return Ok(None) };
    world.remote(url).map(Some).map_err(|refused| Failure::invalid("repo_url", refused.to_string()))
}

/// The kind of credential that opens this address; `None` where none does.
fn kind_for(url: &RemoteUrl) -> Option<CredentialKind> {
    match url.protocol() {
        Protocol::Https => Some(CredentialKind::HttpsToken),
        Protocol::Ssh => Some(CredentialKind::SshKey),
        Protocol::Http | Protocol::Git | Protocol::File => None,
    }
}
