//! The end of a mirror: all that was it or stood beside it, under its lock, and the lock's file last.

use super::{SyncError, blocking, layout};
use crate::git::Area;

/// Removes the repository, what was kept of a damaged one, the scratch folder and the lock's file. What is not there is
/// as good as removed. Runs to its end even if the future is dropped.
pub(crate) async fn remove(area: Area) -> Result<(), SyncError> {
    blocking(move || {
        let failed = || SyncError::local("remove the mirror");
        let Some(lock) = layout::acquire_to_remove(&area)? else { return Ok(()) };
        layout::remove(&area).map_err(failed())?;
        lock.remove().map_err(failed())
    })
    .await
}
