//! A mirror that does not exist yet: cloned out of sight, and moved into place when it is whole.

use super::{
    SyncError, Synced, blocking,
    fetch::fetch,
    layout,
    meter::Meter,
    refs::{Branch, Plan, upstream_branch},
    session::Session,
    update::{check_branch, choose_branch, open, synced},
};
use crate::progress::Stage;

pub(super) async fn create(session: &Session, meter: &mut Meter) -> Result<Synced, SyncError> {
    let area = layout::nursery(&session.area);
    let git_dir = area.git_dir.clone();
    blocking(move || layout::lay_out(&git_dir)).await?;
    check_wanted(session, &area).await?;
    let mut snapshot = fetch(session, &area, true, meter).await?;
    // What the laid out HEAD names is nobody's choice, so the remote is asked for its own.
    snapshot.followed = None;
    let branch = choose_branch(session, &area, &snapshot).await?;
    session.check_stop()?;
    meter.enter(Stage::Publishing);
    let plan = Plan { refs_changed: snapshot.staging.len(), ..Plan::default() };
    let home = session.area.clone();
    let tip = blocking(move || {
        let tip = check_branch(&open(&area)?, &snapshot, branch)?;
        if let Some((branch, _)) = &tip {
            layout::set_head(&area.git_dir, &upstream_branch(branch))?;
        }
        layout::write_refs(&area.git_dir, &snapshot.published())?;
        layout::reveal(&area, &home)?;
        Ok(tip)
    })
    .await?;
    Ok(synced(tip, None, &plan, meter))
}

/// Before anything is downloaded: the configured branch exists, as far as the remote tells.
async fn check_wanted(session: &Session, area: &crate::git::Area) -> Result<(), SyncError> {
    let Some(wanted) = &session.options.branch else { return Ok(()) };
    // Such a name cannot exist, and must not become a pattern or an option.
    if gix::validate::reference::name_partial(wanted.as_str().into()).is_err() {
        return Err(SyncError::BranchNotFound(wanted.clone()));
    }
    let heads = session.ask_heads(area, Some(&Branch::from(wanted.as_str()))).await?;
    if heads.has_head && !heads.has_branch {
        return Err(SyncError::BranchNotFound(wanted.clone()));
    }
    Ok(())
}
