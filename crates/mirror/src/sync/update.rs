//! A mirror that exists: fetch into staging, compare, publish.

use tokio::time::Instant;

use super::{
    Damaged, SyncError, Synced, blocking,
    fetch::fetch,
    meter::Meter,
    publish::{check_tip, is_lost},
    refs::{Branch, Plan, Snapshot},
    session::Session,
};
use crate::{
    git::{Area, redact},
    id::CommitId,
    progress::Stage,
};

/// The branch to follow and its commit.
pub(super) type Tip = Option<(Branch, CommitId)>;

pub(super) async fn update(session: &Session, meter: &mut Meter) -> Result<Synced, SyncError> {
    let snapshot = fetch(session, &session.area, false, meter).await?;
    if !session.options.allow_mass_deletion {
        snapshot.check_deletions()?;
    }
    let branch = choose_branch(session, &session.area, &snapshot).await?;
    let followed = snapshot.followed.clone();
    let (tip, before, plan) = compare(session, snapshot, branch).await?;
    meter.enter(Stage::Publishing);
    session.publish(&plan).await?;
    if let Some((branch, _)) = &tip
        && followed.as_ref() != Some(branch)
    {
        session.follow(branch).await?;
    }
    Ok(synced(tip, before, &plan, meter))
}

pub(super) fn synced(tip: Tip, before: Option<CommitId>, plan: &Plan, meter: &Meter) -> Synced {
    let (branch, head) = tip.unzip();
    Synced {
        head,
        branch: branch.map(|it| it.to_string()),
        before,
        refs_changed: plan.refs_changed,
        backed_up: plan.backed_up,
        received_bytes: meter.received(),
        address: None,
        repaired: None,
    }
}

/// The refs as they are now.
pub(super) async fn snapshot(area: &Area) -> Result<Snapshot, SyncError> {
    let area = area.clone();
    blocking(move || Snapshot::read(&open(&area)?)).await
}

/// The configured branch, or the remote's default one. The remote is asked for its default branch's name only when
/// its HEAD is not where the followed branch is: while they agree, following either comes to the same.
pub(super) async fn choose_branch(
    session: &Session,
    area: &Area,
    snapshot: &Snapshot,
) -> Result<Option<Branch>, SyncError> {
    if !snapshot.has_branches() {
        return Ok(None);
    }
    if let Some(wanted) = &session.options.branch {
        let branch = Branch::from(wanted.as_str());
        return match snapshot.staged(&branch) {
            Some(_) => Ok(Some(branch)),
            None => Err(SyncError::BranchNotFound(wanted.clone())),
        };
    }
    let followed = snapshot.followed.as_ref().and_then(|it| snapshot.staged(it));
    if snapshot.staged_head.is_some() && snapshot.staged_head != followed {
        let heads = session.ask_heads(area, None).await?;
        let default = heads.default.filter(|it| snapshot.staged(it).is_some());
        if default.is_some() {
            return Ok(default);
        }
    }
    Ok(snapshot.fallback_branch())
}

/// Checks the new tip, finds what a force-push would lose, and plans the moves.
async fn compare(
    session: &Session,
    snapshot: Snapshot,
    branch: Option<Branch>,
) -> Result<(Tip, Option<CommitId>, Plan), SyncError> {
    let (area, limits) = (session.area.clone(), session.limits.clone());
    blocking(move || {
        let mut repo = open(&area)?;
        repo.object_cache_size_if_unset(8 << 20);
        let tip = check_branch(&repo, &snapshot, branch)?;
        let head = tip.as_ref().map(|(_, id)| id.gix());
        let before = snapshot.before().map(|id| check_tip(&repo, id)).transpose()?;
        // Each look may lead through all of history: none after the sync's end, which keeps what was not looked at.
        let is_over = || limits.cancel.is_cancelled() || Instant::now() >= limits.deadline;
        Ok((tip, before, snapshot.plan(|from, to| is_over() || is_lost(&repo, from, to, head))))
    })
    .await
}

pub(super) fn check_branch(repo: &gix::Repository, at: &Snapshot, branch: Option<Branch>) -> Result<Tip, SyncError> {
    let Some(branch) = branch else { return Ok(None) };
    match at.staged(&branch) {
        Some(id) => Ok(Some((branch, check_tip(repo, id)?))),
        None => Ok(None),
    }
}

pub(crate) fn open(area: &Area) -> Result<gix::Repository, SyncError> {
    let opened = crate::read::open_repository(&area.git_dir);
    let repo =
        opened.map_err(|error| SyncError::Corrupt { damaged: Damaged::Mirror, detail: redact(&error.to_string()) })?;
    Ok(repo.to_thread_local())
}
