//! A refactor's proposal: computed in the engine child from the head's files, stored, published under the fence.

use std::sync::Arc;

use mirror::CommitId;
use tokio::{fs, sync::watch};
use tokio_util::sync::CancellationToken;

use super::{
    publish::{NotPublished, out},
    task::Gauge,
    trouble::Trouble,
};
use crate::{
    actors::{World, world::breakpoint},
    domain::{
        job::Outcome,
        refactor::Asked,
        sync::{Progress, Stage},
    },
    engine::{self, Answer, EngineError, ManifestName, RenameRequest, Request},
    entities::{
        manifests, mirror_owners, projects,
        queue::{self, Achieved, Claim, Proposed, Refactored},
        refactors,
    },
    ids::RefactorId,
    storage::refactors as stored,
};

/// What a proposal is computed for.
pub struct Base {
    commit: CommitId,
    manifest: ManifestName,
}

/// Computes, stores, publishes.
pub async fn attempt(
    world: &World,
    claim: &Claim,
    stop: &CancellationToken,
    gauge: &Arc<watch::Sender<Gauge>>,
) -> Result<(), Trouble> {
    breakpoint("compute-task");
    gauge.send_replace(Gauge::at(Stage::UpdatingFiles));
    let row = refactors::find(world.db.read(), RefactorId(claim.job.subject)).await?.ok_or(Trouble::Gone)?;
    let asked: Asked = serde_json::from_str(&row.asked).map_err(NotPublished::unreadable)?;
    let base = base(world, claim).await?;
    let made = compute(world, claim, &base, asked, stop, gauge).await?;
    gauge.send_replace(Gauge::at(Stage::Finalizing));
    let proposed = keep(world, claim, base, made).await?;
    breakpoint("compute-publish");
    publish(world, claim, proposed).await
}

/// The head that clients see, with its manifest.
pub async fn base(world: &World, claim: &Claim) -> Result<Base, Trouble> {
    let (db, project) = (world.db.read(), claim.job.tenant);
    let head = projects::find(db, project).await?.ok_or(Trouble::Gone)?.head_commit;
    let newest = manifests::newest(db, project).await?.filter(|newest| Some(&newest.commit) == head.as_ref());
    let manifest = newest.ok_or(Trouble::NotSynced)?;
    if !world.mirror(project).is_present() {
        return Err(Trouble::NotSynced);
    }
    let commit = manifest.commit.parse().map_err(NotPublished::unreadable)?;
    let name = ManifestName { version: manifest.version, manifest_digest: manifest.manifest_digest };
    Ok(Base { commit, manifest: name })
}

/// Asks the engine child, which writes what it made into the mirror's own folder for that.
pub async fn compute(
    world: &World,
    claim: &Claim,
    base: &Base,
    asked: Asked,
    stop: &CancellationToken,
    gauge: &Arc<watch::Sender<Gauge>>,
) -> Result<engine::Proposed, Trouble> {
    let (code, limits) = world.code(claim.job.tenant, base.commit, world.config.refactor.time_limit());
    let out = out(world, claim.job.tenant).await?;
    let request = Request::Rename(RenameRequest { code, asked, manifest: base.manifest.clone(), out });
    let show = |done: u64, total: u64| {
        let percent = done.saturating_mul(100).checked_div(total).and_then(|percent| u8::try_from(percent).ok());
        let progress = Progress { percent: percent.unwrap_or(100), bytes: 0, objects: total };
        gauge.send_replace(Gauge { stage: Stage::UpdatingFiles, progress });
    };
    match world.warm.run(&request, limits, stop, show).await? {
        Answer::Proposed(made) => Ok(made),
        Answer::Unanswered(lack, message) => Err(Trouble::Unanswered(lack, message)),
        Answer::Made(_) | Answer::Seen(_) => Err(EngineError::Astray.into()),
    }
}

/// Stores what the child wrote.
async fn keep(world: &World, claim: &Claim, base: Base, made: engine::Proposed) -> Result<Proposed, Trouble> {
    let out = out(world, claim.job.tenant).await?;
    for name in [&made.proposal, &made.patch] {
        let bytes = fs::read(out.join(name)).await?;
        stored::put(world.objects.as_ref(), bytes).await.map_err(NotPublished::from)?;
    }
    fs::remove_dir_all(&out).await?;
    Ok(Proposed {
        base_commit: base.commit.to_string(),
        manifest_version: base.manifest.version,
        manifest_digest: base.manifest.manifest_digest,
        verdict: made.verdict,
        symbol: made.symbol,
        counts: made.counts.to_string(),
        proposal_digest: made.proposal,
        patch_digest: made.patch,
    })
}

/// Shows it. Nothing is written unless the claim and the mirror are still ours.
async fn publish(world: &World, claim: &Claim, proposed: Proposed) -> Result<(), Trouble> {
    let txn = world.db.begin().await?;
    // The project's row first, as everywhere.
    projects::find_for_update(&txn, claim.job.tenant).await?.ok_or(Trouble::Gone)?;
    if mirror_owners::fenced(&txn, &claim.ownership).await?.is_none() {
        return Err(NotPublished::Lost.into());
    }
    let outcome = Outcome::Done(Achieved::Refactored(Refactored::Proposed(proposed)));
    if !queue::settle(&txn, claim.held, &outcome, world.clock.now()).await? {
        return Err(NotPublished::Lost.into());
    }
    txn.commit().await?;
    Ok(())
}
