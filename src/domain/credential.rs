//! What opens a private remote: a token over https, a deploy key over ssh.

use mirror::{CredentialRefused, KnownHosts, Login};
use sea_orm::DeriveValueType;
use secrecy::SecretString;
use serde::Serialize;
use utoipa::ToSchema;

use super::failure::Failure;

/// How a remote is opened.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema, DeriveValueType, strum::Display, strum::EnumString,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
#[sea_orm(value_type = "String")]
pub enum CredentialKind {
    /// A user name and a token, over https.
    HttpsToken,
    /// A key that the service made, over ssh.
    SshKey,
}

/// What a credential is there for.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema, DeriveValueType, strum::Display, strum::EnumString,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
#[sea_orm(value_type = "String")]
pub enum Slot {
    /// It opens the remote.
    Current,
    /// It takes the current one's place once a test of it succeeds.
    Pending,
}

/// A credential that somebody wants to be used.
#[derive(Debug, Clone)]
pub enum Wanted {
    /// Theirs.
    HttpsToken(Login),
    /// One that the service makes, for a host with these keys; with none, the first ones that it shows are kept.
    SshKey(KnownHosts),
}

/// Hosts that look at the token only take any user name; this one is what they suggest.
const USUAL_NAME: &str = "git";

impl Wanted {
    /// A token of a user, `git` without one. `parent` stands before the names of the fields in a refusal.
    pub fn token(parent: &str, username: Option<&str>, token: SecretString) -> Result<Self, Failure> {
        let login = Login::parse(username.unwrap_or(USUAL_NAME), token);
        login.map(Self::HttpsToken).map_err(|refused| of_refused(parent, &refused))
    }

    /// A key for a host that shows one of these keys.
    pub fn key(parent: &str, known_hosts: Option<&str>) -> Result<Self, Failure> {
        let known_hosts = KnownHosts::parse(known_hosts.unwrap_or_default());
        known_hosts.map(Self::SshKey).map_err(|refused| of_refused(parent, &refused))
    }

    /// Which kind it is.
    pub fn kind(&self) -> CredentialKind {
        match self {
            Self::HttpsToken(_) => CredentialKind::HttpsToken,
            Self::SshKey(_) => CredentialKind::SshKey,
        }
    }
}

fn of_refused(parent: &str, refused: &CredentialRefused) -> Failure {
    let field = match refused {
        CredentialRefused::Username => "username",
        CredentialRefused::Token => "token",
        CredentialRefused::KnownHosts { .. } => "known_hosts",
        CredentialRefused::Key | CredentialRefused::Protocol => "type",
    };
    Failure::invalid(format!("{parent}{field}"), refused.to_string())
}
