//! One fetch within its bounds: the disk is watched while it runs, what it brought is counted, and what nobody has
//! checked on its way is refused.

use super::{
    Damaged, SyncError, blocking, meter::Meter, refs::Snapshot, room::Room, session::Session, unchecked::Holdings,
    update::snapshot,
};
use crate::{git::Area, progress::Stage};

/// Fetches into staging, as long as there is room, and reads what the refs are then. `clone`: there was nothing before,
/// so nothing of this machine can be at fault for what does not fit together.
pub(super) async fn fetch(
    session: &Session,
    area: &Area,
    clone: bool,
    meter: &mut Meter,
) -> Result<Snapshot, SyncError> {
    let options = &session.options;
    let room = Room::of(&area.git_dir, options.max_disk_bytes, options.least_free_bytes);
    room.check().await?;
    let before = holdings(area).await?;
    let fetched = room.hold(session.fetch(area, clone, meter), &session.limits.cancel).await;
    let unchecked = drop_unchecked(area, before, meter.has_met_a_pack()).await?;
    if meter.has_too_many_refs() {
        return Err(too_many_refs(options.max_refs));
    }
    match fetched {
        Err(SyncError::Corrupt { detail, .. }) if clone => {
            return Err(SyncError::Corrupt { damaged: Damaged::Remote, detail });
        }
        fetched => fetched?,
    }
    if unchecked {
        return Err(SyncError::Unreachable("it offers files and does not speak Git's protocol".into()));
    }
    room.check_quota().await?;
    meter.enter(Stage::Checking);
    let snapshot = snapshot(area).await?;
    if snapshot.staging.len() > options.max_refs {
        return Err(too_many_refs(options.max_refs));
    }
    Ok(snapshot)
}

async fn holdings(area: &Area) -> Result<Holdings, SyncError> {
    let git_dir = area.git_dir.clone();
    blocking(move || Holdings::of(&git_dir).map_err(SyncError::local("list the mirror's objects"))).await
}

async fn drop_unchecked(area: &Area, before: Holdings, pack_arrived: bool) -> Result<bool, SyncError> {
    let git_dir = area.git_dir.clone();
    let drop_unchecked = move || before.drop_unchecked(&git_dir, pack_arrived);
    blocking(move || drop_unchecked().map_err(SyncError::local("drop what was not checked"))).await
}

fn too_many_refs(max: usize) -> SyncError {
    SyncError::TooLarge(format!("more than {max} branches and tags"))
}
