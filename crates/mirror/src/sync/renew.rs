//! A mirror that has lost objects: cloned anew beside the old one, which is read until the two change places.

use super::{
    Repair, SyncError, Synced, blocking,
    check::{succeeds, underived},
    fetch::fetch,
    layout,
    meter::Meter,
    publish::check_tip,
    refs::{Plan, Refs, Snapshot, upstream_branch},
    salvage::salvage,
    session::Session,
    update::{Tip, check_branch, choose_branch, open, synced},
};
use crate::{git::Area, id::CommitId, progress::Stage};

/// Most refs that are tried one by one when they cannot be kept all together: each costs a process.
const MAX_TRIES: usize = 1_000;

pub(super) async fn renew(session: &Session, meter: &mut Meter) -> Result<Synced, SyncError> {
    let nursery = layout::nursery(&session.area);
    let (new, old) = (nursery.git_dir.clone(), session.area.git_dir.clone());
    let salvaged = blocking(move || {
        layout::lay_out(&new)?;
        Ok(salvage(&old))
    })
    .await?;
    let mut snapshot = fetch(session, &nursery, true, meter).await?;
    snapshot.remember(salvaged);
    if !session.options.allow_mass_deletion {
        snapshot.check_deletions()?;
    }
    let branch = choose_branch(session, &nursery, &snapshot).await?;
    let area = nursery.clone();
    let (snapshot, found) = blocking(move || {
        let found = compare(&area, &snapshot, branch)?;
        Ok((snapshot, found))
    })
    .await?;
    let (tip, before, mut plan) = found;
    let wanted = snapshot.own(&plan);
    let asked = wanted.len();
    let kept = rescue(session, &nursery, wanted, &snapshot.staging).await?;
    let repaired = Repair::Cloned { kept: kept.len(), lost: asked - kept.len() };
    plan.backed_up = plan.backups().filter(|it| kept.contains_key(&it.name)).count();
    session.check_stop()?;
    meter.enter(Stage::Publishing);
    publish(session, nursery, &snapshot, kept, tip.clone()).await?;
    tracing::warn!(?repaired, "a damaged mirror was cloned anew");
    Ok(Synced { repaired: Some(repaired), ..synced(tip, before, &plan, meter) })
}

/// The new tip, where the old one was if that is still known, and what has changed. A tip that the remote no longer
/// leads to is lost unless it can be rescued.
fn compare(
    nursery: &Area,
    snapshot: &Snapshot,
    branch: Option<super::refs::Branch>,
) -> Result<(Tip, Option<CommitId>, Plan), SyncError> {
    let repo = open(nursery)?;
    let tip = check_branch(&repo, snapshot, branch)?;
    let before = snapshot.before().filter(|id| repo.has_object(id));
    let before = before.map(|id| check_tip(&repo, id)).transpose()?;
    Ok((tip, before, snapshot.plan(|from, _| !repo.has_object(from))))
}

/// Brings along all objects that these refs lead to and the clone has not, as far as they can be read; the refs for
/// which that succeeded. The old repository lends its objects to the clone for the time that takes.
async fn rescue(session: &Session, nursery: &Area, mut wanted: Refs, known: &Refs) -> Result<Refs, SyncError> {
    if wanted.is_empty() {
        return Ok(wanted);
    }
    let (new, old) = (nursery.git_dir.clone(), session.area.git_dir.clone());
    blocking(move || layout::borrow_objects(&new, &old)).await?;
    if !pack(session, nursery, &wanted, known).await? {
        let mut kept = Refs::new();
        for (name, id) in wanted.into_iter().take(MAX_TRIES) {
            let one = Refs::from([(name, id)]);
            if pack(session, nursery, &one, known).await? {
                kept.extend(one);
            }
        }
        wanted = kept;
    }
    let new = nursery.git_dir.clone();
    blocking(move || layout::return_objects(&new)).await?;
    Ok(wanted)
}

/// Packs what these refs lead to and the known ones do not; whether all of it could be read.
async fn pack(session: &Session, nursery: &Area, wanted: &Refs, known: &Refs) -> Result<bool, SyncError> {
    let mut input: Vec<String> = wanted.values().map(ToString::to_string).collect();
    input.push("--not".into());
    input.extend(known.values().map(ToString::to_string));
    let command = session.git.local(nursery).args(["pack-objects", "--revs", "--quiet", "--non-empty"]);
    let command = underived(command).operands([nursery.git_dir.join("objects/pack/pack")]);
    succeeds(command, Some(input.join("\n").into_bytes()), &session.limits, &session.options).await
}

async fn publish(session: &Session, nursery: Area, snapshot: &Snapshot, kept: Refs, tip: Tip) -> Result<(), SyncError> {
    let home = session.area.clone();
    let mut refs = snapshot.published();
    refs.extend(kept);
    blocking(move || {
        if let Some((branch, _)) = &tip {
            layout::set_head(&nursery.git_dir, &upstream_branch(branch))?;
        }
        layout::write_refs(&nursery.git_dir, &refs)?;
        layout::replace(&nursery, &home)
    })
    .await
}
