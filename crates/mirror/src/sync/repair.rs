//! The ladder that a damaged mirror is helped by: the cheapest rung that helps is the last that is climbed.

use serde::{Deserialize, Serialize};

use super::{Damaged, SyncError, Synced, blocking, check, mend::mend, meter::Meter, renew, session::Session, update};
use crate::progress::Stage;

/// What had to be done to a damaged mirror.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Repair {
    /// Files that are made from others (commit-graph, multi-pack-index, bitmaps) were dropped, or those that are always
    /// the same were written again. No object was lost.
    Derived,
    /// Objects were lost, so everything was cloned anew. The damaged repository stands beside the new one, as
    /// `<dir>.damaged`, until the next good sync.
    Cloned {
        /// Refs of our own (`changes/`, `keep/`, `backup/`) whose objects could still be read, and were brought along.
        kept: usize,
        /// Refs of our own that could not be kept.
        lost: usize,
    },
}

/// Updates a mirror that exists, and repairs it first where that is what it takes.
///
/// A mirror is never cloned anew for what a remote or a network did: before that, its own objects have been found
/// missing or damaged. Where they are sound and yet do not fit what was sent, the remote is to blame.
pub(super) async fn update(session: &Session, meter: &mut Meter) -> Result<Synced, SyncError> {
    let cause = if session.options.suspected { None } else { Some(attempt(session, meter).await) };
    let cause = match cause {
        Some(Err(error)) if may_be_damage(&error) => Some(error),
        Some(done) => return done,
        None => None,
    };
    tracing::warn!(cause = cause.as_ref().map(tracing::field::display), "a mirror may be damaged");
    session.check_stop()?;
    meter.enter(Stage::Checking);
    let area = session.area.clone();
    let mended = blocking(move || mend(&area.git_dir)).await?;
    let repaired = mended.then_some(Repair::Derived);
    if mended && cause.is_some() {
        match attempt(session, meter).await {
            Err(error) if may_be_damage(&error) => {}
            done => return done.map(|synced| Synced { repaired, ..synced }),
        }
    }
    match (check::is_sound(session).await?, cause) {
        (false, _) => renew::renew(session, meter).await,
        (true, None) => attempt(session, meter).await.map(|synced| Synced { repaired, ..synced }),
        (true, Some(SyncError::Corrupt { detail, .. })) => Err(SyncError::Corrupt { damaged: Damaged::Remote, detail }),
        (true, Some(error)) => Err(error),
    }
}

async fn attempt(session: &Session, meter: &mut Meter) -> Result<Synced, SyncError> {
    let area = session.area.clone();
    blocking(move || check::glance(&area.git_dir)).await?;
    update::update(session, meter).await
}

/// What Git says of damage has many words; what has no name here may be one of them.
fn may_be_damage(error: &SyncError) -> bool {
    matches!(error, SyncError::Corrupt { damaged: Damaged::Mirror, .. } | SyncError::Git { .. })
}
