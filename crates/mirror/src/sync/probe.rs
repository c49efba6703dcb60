//! Trying a remote before it is kept: is it there, does the credential open it, which keys does its host have.

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::{SyncError, SyncOptions, blocking, detached, layout, lock::Lock, session::Session};
use crate::{
    git::{Area, Git, Limits},
    remote::{KnownHosts, Pass, Remote, Route, Trust},
};

/// How many probes may run at once in one folder.
const SLOTS: u8 = 8;

/// What a probe saw.
#[derive(Debug)]
pub struct Probed {
    /// What is there, or why it is not seen.
    pub found: Result<Found, SyncError>,
    /// Over ssh, the host's keys: those that were pinned, or, if there were none, those that it showed, whether or not it
    /// then let anybody in. Pin them once somebody has compared their fingerprints; else on first use, in trust.
    pub host_keys: KnownHosts,
}

/// A repository that can be reached and opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// The branch that HEAD names, lossily where it is not UTF-8; none if it names none that exists.
    pub default_branch: Option<String>,
    /// Whether it has no branch at all.
    pub is_empty: bool,
    /// The address that worked, where it is not the one given: the remote redirects what does not end in `.git`.
    pub address: Option<String>,
}

/// Looks at a remote without a mirror, through the same checks and with the same credential as a sync would.
///
/// `folder`, an absolute path, holds what the call leaves until it ends; what a killed process left there is removed by
/// later probes in the same one. At most 8 at once; one more is [`SyncError::Locked`]. Dropping the future cancels the
/// probe, as does the token.
pub async fn probe(
    git: &Git,
    folder: &Path,
    remote: impl Into<Remote>,
    time_limit: Duration,
    cancel: CancellationToken,
) -> Probed {
    let (git, folder, remote) = (git.clone(), folder.to_owned(), remote.into());
    let probed = detached(&cancel, |cancel| in_slot(git, folder, remote, time_limit, cancel)).await;
    probed.unwrap_or_else(|error| Probed { found: Err(error), host_keys: KnownHosts::default() })
}

async fn in_slot(
    git: Git,
    folder: PathBuf,
    remote: Remote,
    time_limit: Duration,
    cancel: CancellationToken,
) -> Result<Probed, SyncError> {
    let (area, lock) = blocking(move || take_slot(&folder)).await?;
    let scratch = area.scratch.clone();
    let probed = look(git, area, remote, time_limit, cancel).await;
    let cleared = blocking(move || layout::clear(&scratch).map_err(SyncError::local("clear the probe's folder"))).await;
    if let Err(error) = cleared {
        // The next holder of the lock tries again.
        tracing::warn!(%error, "a probe's folder is left behind");
    }
    drop(lock);
    probed
}

/// The first slot that nobody holds. What dead holders left in the others is swept on the way.
fn take_slot(folder: &Path) -> Result<(Area, Lock), SyncError> {
    let mut taken = None;
    for number in 0..SLOTS {
        let area = layout::area(&folder.join(format!("probe-{number}")));
        if taken.is_some() && !area.scratch.exists() {
            continue;
        }
        match layout::acquire(&area) {
            Ok(lock) if taken.is_none() => taken = Some((area, lock)),
            Ok(_lock) => layout::clear(&area.scratch).map_err(SyncError::local("clear a probe's folder"))?,
            Err(SyncError::Locked) => {}
            Err(error) => return Err(error),
        }
    }
    taken.ok_or(SyncError::Locked)
}

async fn look(
    git: Git,
    area: Area,
    remote: Remote,
    time_limit: Duration,
    cancel: CancellationToken,
) -> Result<Probed, SyncError> {
    let limits = Limits { no_progress: time_limit, deadline: Instant::now() + time_limit, cancel };
    let options = SyncOptions { no_progress_limit: time_limit, hard_deadline: time_limit, ..SyncOptions::default() };
    let route = Route::open(remote, git.resolver(), &area.scratch, Trust::FirstUse, &limits.cancel).await?;
    let mut session = Session { git, area, route, options, limits };
    let mut found = find(&session).await;
    if session.takes_suffix(&found) {
        let again = session.after_suffix(find(&session).await);
        found = again.map(|(found, address)| Found { address, ..found });
    }
    let host_keys = host_keys(session.route).await?;
    Ok(Probed { found, host_keys })
}

/// Asks for HEAD, and only if that leads nowhere for all branches, of which there may be many.
async fn find(session: &Session) -> Result<Found, SyncError> {
    let heads = session.ask_heads(&session.area, None).await?;
    let is_empty = !heads.has_head && !session.has_branches().await?;
    let default_branch = heads.default.filter(|_| heads.has_head).map(|it| it.to_string());
    Ok(Found { default_branch, is_empty, address: None })
}

async fn host_keys(route: Route) -> Result<KnownHosts, SyncError> {
    let Pass::Keys(folder, _) = route.pass else { return Ok(KnownHosts::default()) };
    let text = blocking(move || folder.known_hosts().map_err(SyncError::local("read the host's keys"))).await?;
    // What `ssh` wrote, it can read; what we cannot is not shown as known.
    Ok(KnownHosts::parse(&text).unwrap_or_default())
}
