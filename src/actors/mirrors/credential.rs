//! What opens a project's remote: its row unsealed, and a look at a remote before anything leans on it.

use std::time::Duration;

use mirror::{Credential, CredentialRefused, DeployKey, KnownHosts, Login, Probed, Remote, RemoteUrl, probe};
use rand::random;
use secrecy::{ExposeSecret, SecretString};
use tokio_util::sync::CancellationToken;

use crate::{
    actors::World,
    domain::{
        credential::{CredentialKind, Slot, Wanted},
        failure::Failure,
        vault::{Nonce, Vault, VaultFault},
    },
    entities::repo_credentials::{self, Model},
    ids::{CredentialId, ProjectId},
};

/// A remote that does not answer a look by then does not answer.
const LOOK_LIMIT: Duration = Duration::from_secs(20);

/// Why a kept credential cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum Unopened {
    /// The database failed.
    #[error("the database failed")]
    Database(#[from] sea_orm::DbErr),
    /// The secret cannot be unsealed.
    #[error(transparent)]
    Vault(#[from] VaultFault),
    /// What was unsealed is none, or does not fit the address.
    #[error(transparent)]
    Refused(#[from] CredentialRefused),
}

impl From<Unopened> for Failure {
    fn from(error: Unopened) -> Self {
        match error {
            Unopened::Database(error) => error.into(),
            Unopened::Vault(_) | Unopened::Refused(_) => Self::internal(error),
        }
    }
}

impl World {
    /// `url` with what opens it: the project's credential for this place, the current one before the pending one.
    pub async fn opened(&self, project: ProjectId, url: RemoteUrl) -> Result<Remote, Unopened> {
        let rows = repo_credentials::of_project(self.db.read(), project).await?;
        // Shown to another place, a secret would be given away.
        let row = rows.iter().find(|row| row.origin == url.origin());
        let Some(row) = row else { return Ok(url.into()) };
        let mut credential = self.unsealed(row)?;
        if let Credential::Ssh { known_hosts, .. } = &mut credential
            && known_hosts.is_empty()
        {
            *known_hosts = self.first_seen(row, &url).await?;
        }
        Ok(Remote::new(url, credential)?)
    }

    /// The keys that the host shows when it is met for the first time, which from then on it must show.
    async fn first_seen(&self, row: &Model, url: &RemoteUrl) -> Result<KnownHosts, Unopened> {
        let remote = Remote::new(url.clone(), self.unsealed(row)?)?;
        let seen = self.look_at(remote, &CancellationToken::new()).await.host_keys;
        if !seen.is_empty() {
            let txn = self.db.begin().await?;
            repo_credentials::pin(&txn, row.id, &seen.to_string(), self.clock.now()).await?;
            txn.commit().await?;
        }
        Ok(seen)
    }

    /// What a row keeps.
    pub fn unsealed(&self, row: &Model) -> Result<Credential, Unopened> {
        let secret = Vault::new(&self.keys).open(repo_credentials::place(row.id), &row.secret)?;
        let secret = SecretString::from(String::from_utf8_lossy(secret.expose_secret()).into_owned());
        Ok(match row.kind {
            CredentialKind::HttpsToken => {
                Credential::Https(Login::parse(row.username.as_deref().unwrap_or_default(), secret)?)
            }
            CredentialKind::SshKey => Credential::Ssh {
                key: DeployKey::parse(&secret)?,
                known_hosts: KnownHosts::parse(row.known_hosts.as_deref().unwrap_or_default())?,
            },
        })
    }

    /// A row for what somebody wants, its secret sealed. A deploy key is made here.
    pub fn sealed(
        &self,
        project: ProjectId,
        slot: Slot,
        origin: Option<String>,
        wanted: &Wanted,
    ) -> Result<Model, Failure> {
        let (id, now) = (CredentialId::new(), self.clock.now());
        let mut row = Part::of(project, wanted)?;
        let secret = row.secret.expose_secret().as_bytes();
        let secret = Vault::new(&self.keys).seal(repo_credentials::place(id), secret, Nonce(random()));
        Ok(Model {
            id,
            project_id: project,
            slot,
            kind: wanted.kind(),
            origin,
            username: row.username.take(),
            public_key: row.public_key.take(),
            known_hosts: row.known_hosts.take(),
            secret: secret.map_err(Failure::internal)?,
            created_at: now,
            updated_at: now,
        })
    }

    /// Looks whether a remote is there and opens.
    pub async fn look_at(&self, remote: Remote, stop: &CancellationToken) -> Probed {
        let folder = self.config.mirrors_dir().join("probes");
        probe(&self.git, &folder, remote, LOOK_LIMIT, stop.clone()).await
    }
}

/// What of a row depends on the kind of credential.
struct Part {
    username: Option<String>,
    public_key: Option<String>,
    known_hosts: Option<String>,
    secret: SecretString,
}

impl Part {
    fn of(project: ProjectId, wanted: &Wanted) -> Result<Self, Failure> {
        Ok(match wanted {
            Wanted::HttpsToken(login) => Self {
                username: Some(login.username().to_owned()),
                public_key: None,
                known_hosts: None,
                secret: login.token().clone(),
            },
            Wanted::SshKey(known_hosts) => {
                let key = DeployKey::generate(&format!("hivesync {project}")).map_err(Failure::internal)?;
                Self {
                    username: None,
                    public_key: Some(key.public_line().to_owned()),
                    known_hosts: (!known_hosts.is_empty()).then(|| known_hosts.to_string()),
                    secret: key.private_pem().clone(),
                }
            }
        })
    }
}
