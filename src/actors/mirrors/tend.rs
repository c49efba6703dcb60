//! Housekeeping of a mirror that has nothing else to do: packs rolled together, what nothing leads to dropped in time.

use mirror::{SyncError, TendOptions};
use tokio_util::sync::CancellationToken;

use crate::{
    actors::{World, world::blocking},
    ids::ProjectId,
};

/// Does what is due, if anything is. Stopped, it is taken up again after a later synchronisation.
pub async fn tend(world: World, project: ProjectId, stop: CancellationToken) {
    let options = TendOptions::default();
    let (mirror, wanted) = (world.mirror(project), options.clone());
    if !blocking(move || Ok(mirror.needs_tending(&wanted))).await.unwrap_or(false) {
        return;
    }
    match world.mirror(project).tend(options, stop).await {
        Ok(tended) => tracing::info!(%project, ?tended, "mirror tended"),
        Err(SyncError::Cancelled) => {}
        Err(error) => tracing::warn!(%project, %error, "a mirror could not be tended"),
    }
}
