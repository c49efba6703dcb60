//! The way to a remote for the length of one call: its address looked up, checked and pinned, its key at hand.

use std::path::Path;

use tokio_util::sync::CancellationToken;

use super::{
    Credential, DeployKey, KnownHosts, Login, Protocol, Remote, RemoteUrl, Resolve,
    address::{Pinned, pin},
    keys::KeyFolder,
};
use crate::sync::{SyncError, blocking};

/// Everything a process needs to reach the remote, and nothing else. Dropped, it takes the key's file with it.
#[derive(Debug)]
pub(crate) struct Route {
    pub(crate) url: RemoteUrl,
    pub(crate) pinned: Option<Pinned>,
    pub(crate) pass: Pass,
}

/// What opens the remote, in the form that Git takes it in.
#[derive(Debug)]
pub(crate) enum Pass {
    None,
    Login(Login),
    Keys(KeyFolder, Trust),
}

/// Which hosts' keys `ssh` accepts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Trust {
    /// Those that are pinned.
    Pinned,
    /// If none is pinned: the first that is seen, which is then known.
    FirstUse,
}

impl Route {
    /// Looks the host up and lays the key ready, in or by the scratch folder, whose lock the caller holds.
    pub(crate) async fn open(
        remote: Remote,
        resolver: &dyn Resolve,
        scratch: &Path,
        trust: Trust,
        cancel: &CancellationToken,
    ) -> Result<Self, SyncError> {
        let (url, credential) = remote.into_parts();
        let pinned = tokio::select! {
            pinned = pin(&url, resolver) => pinned?,
            () = cancel.cancelled() => return Err(SyncError::Cancelled),
        };
        let pass = match credential {
            Credential::Https(login) => Pass::Login(login),
            Credential::Ssh { key, known_hosts } => {
                let trust = if known_hosts.is_empty() { trust } else { Trust::Pinned };
                Pass::Keys(keys(scratch, Some(key), known_hosts).await?, trust)
            }
            Credential::None if url.protocol() == Protocol::Ssh => {
                Pass::Keys(keys(scratch, None, KnownHosts::default()).await?, trust)
            }
            Credential::None => Pass::None,
        };
        Ok(Self { url, pinned, pass })
    }

    /// Some hosts answer `…/x` with a redirect to `…/x.git`. That one address is worth a try: it is of the same origin,
    /// and made here, so that what the remote named is never looked at. False if this already ends so.
    pub(crate) fn take_suffix(&mut self) -> bool {
        match self.url.with_git_suffix() {
            Some(url) => self.url = url,
            None => return false,
        }
        true
    }
}

async fn keys(scratch: &Path, key: Option<DeployKey>, known_hosts: KnownHosts) -> Result<KeyFolder, SyncError> {
    let scratch = scratch.to_owned();
    let write = move || KeyFolder::create(&scratch, key.as_ref(), &known_hosts);
    blocking(move || write().map_err(SyncError::local("write the deploy key"))).await
}
