//! What opens a remote that is not public, parsed once and never shown, and the remote that it opens.

use std::fmt;

use secrecy::{ExposeSecret, SecretString};

use super::{DeployKey, KnownHosts, Protocol, RemoteUrl};

/// Longest user name and longest token, in bytes. Git's helper protocol and HTTP headers stop near 8,000.
const MAX_LENGTH: usize = 4_096;

/// What a remote is opened with. Secrets are wiped from memory when dropped, and no `Debug` shows them.
#[derive(Debug, Clone, Default)]
pub enum Credential {
    /// Nothing: the remote is public.
    #[default]
    None,
    /// For `https`: given to the remote's own origin only, when it asks.
    Https(Login),
    /// For `ssh`.
    Ssh {
        /// What the remote knows the public half of.
        key: DeployKey,
        /// The only host keys that are accepted. Without any, a sync accepts none and a probe the first it sees.
        known_hosts: KnownHosts,
    },
}

/// A user name and a token, as HTTP's basic authentication takes them (RFC 7617).
#[derive(Clone)]
pub struct Login {
    username: SecretString,
    token: SecretString,
}

/// Why a credential is not used. No message repeats any of it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CredentialRefused {
    /// Empty, too long, or with a colon or a control character in it.
    #[error("the user name is empty or too long, or holds a colon or a control character")]
    Username,
    /// Empty, too long, or with a control character in it.
    #[error("the token is empty or too long, or holds a control character")]
    Token,
    /// Another format, damaged, or locked by a passphrase, which nobody could type.
    #[error("the private key is not one in OpenSSH's format without a passphrase")]
    Key,
    /// Not `host kind key`, or too much of it.
    #[error("line {line} of the known hosts is not a host, a kind and a key")]
    KnownHosts {
        /// Counted from 1.
        line: usize,
    },
    /// A token for an address that is not `https`, a key for one that is not `ssh`.
    #[error("the credential does not fit the repository url: a token is for https, a key for ssh")]
    Protocol,
}

/// An address and what opens it, of one kind.
#[derive(Debug, Clone)]
pub struct Remote {
    url: RemoteUrl,
    credential: Credential,
}

impl Login {
    /// Hosts that look at the token only take any user name. Line ends are refused: they end an answer to Git.
    pub fn parse(username: &str, token: SecretString) -> Result<Self, CredentialRefused> {
        if username.contains(':') || !is_plain(username) {
            return Err(CredentialRefused::Username);
        }
        if !is_plain(token.expose_secret()) {
            return Err(CredentialRefused::Token);
        }
        Ok(Self { username: username.into(), token })
    }

    /// Who.
    pub fn username(&self) -> &str {
        self.username.expose_secret()
    }

    /// The secret, for safe keeping.
    pub fn token(&self) -> &SecretString {
        &self.token
    }
}

fn is_plain(text: &str) -> bool {
    !text.is_empty() && text.len() <= MAX_LENGTH && !text.chars().any(char::is_control)
}

impl fmt::Debug for Login {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Login").finish_non_exhaustive()
    }
}

impl Remote {
    /// Fails when the credential is of another transport than the address: nothing secret is sent unencrypted.
    pub fn new(url: RemoteUrl, credential: Credential) -> Result<Self, CredentialRefused> {
        let fits = match &credential {
            Credential::None => true,
            Credential::Https(_) => url.protocol() == Protocol::Https,
            Credential::Ssh { .. } => url.protocol() == Protocol::Ssh,
        };
        if fits { Ok(Self { url, credential }) } else { Err(CredentialRefused::Protocol) }
    }

    /// Where it is.
    pub fn url(&self) -> &RemoteUrl {
        &self.url
    }

    pub(super) fn into_parts(self) -> (RemoteUrl, Credential) {
        (self.url, self.credential)
    }
}

impl From<RemoteUrl> for Remote {
    /// A public one.
    fn from(url: RemoteUrl) -> Self {
        Self { url, credential: Credential::None }
    }
}

impl From<&RemoteUrl> for Remote {
    /// A public one.
    fn from(url: &RemoteUrl) -> Self {
        url.clone().into()
    }
}

impl From<&Self> for Remote {
    fn from(remote: &Self) -> Self {
        remote.clone()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

    use super::*;
    use crate::remote::Policy;

    fn login() -> Login {
        Login::parse("joe@example.com", "hunter2".into()).unwrap()
    }

    #[test]
    fn a_login_is_one_line_each_and_its_user_name_holds_no_colon() {
        assert!(Login::parse("x-access-token", "ghp_0 %\"'$`é".into()).is_ok());
        for username in ["", "a:b", "a\nhost=evil", "a\0", &"a".repeat(4_097)] {
            assert_eq!(Login::parse(username, "t".into()).unwrap_err(), CredentialRefused::Username);
        }
        for token in ["", "t\nhost=evil", "t\r", "t\0", &"t".repeat(4_097)] {
            assert_eq!(Login::parse("u", token.into()).unwrap_err(), CredentialRefused::Token);
        }
    }

    #[test]
    fn a_credential_goes_only_where_it_fits() {
        let policy = Policy { protocols: vec![Protocol::Https, Protocol::Http, Protocol::Ssh], ..Policy::default() };
        let url = |text| RemoteUrl::parse(text, &policy).unwrap();
        let https = Credential::Https(login());
        let key = DeployKey::generate("").unwrap();
        let ssh = Credential::Ssh { key, known_hosts: KnownHosts::default() };
        for (text, credential, fits) in [
            ("https://h/a", &https, true),
            ("http://h/a", &https, false),
            ("git@h:a", &https, false),
            ("git@h:a", &ssh, true),
            ("ssh://h:2222/a", &ssh, true),
            ("https://h/a", &ssh, false),
            ("http://h/a", &Credential::None, true),
        ] {
            assert_eq!(Remote::new(url(text), credential.clone()).is_ok(), fits, "{text} {credential:?}");
        }
    }

    #[test]
    fn nothing_of_a_login_is_shown() {
        let policy = Policy::default();
        let remote = RemoteUrl::parse("https://h/a", &policy).unwrap();
        let remote = Remote::new(remote, Credential::Https(login())).unwrap();
        let shown = format!("{remote:?}");
        assert!(!shown.contains("joe") && !shown.contains("hunter2"), "{shown}");
    }
}
