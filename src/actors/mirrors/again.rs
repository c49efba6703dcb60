//! What was approved of for an older head is computed again for the present one: files that no edit touches may have
//! come to use the name.

use std::{collections::BTreeSet, sync::Arc};

use tokio::{fs, sync::watch};
use tokio_util::sync::CancellationToken;

use super::{
    compute::{base, compute},
    publish::{NotPublished, out},
    task::Gauge,
    trouble::Trouble,
};
use crate::{
    actors::World,
    domain::{failure::StaleFile, proposal::Stored, refactor::Asked},
    engine::Lack,
    entities::queue::Claim,
};

/// Goes on only if the same edits come out, with the same doubts; else names the files in which the two differ.
pub async fn check(
    world: &World,
    claim: &Claim,
    approved: &Stored,
    asked: Asked,
    stop: &CancellationToken,
    gauge: &Arc<watch::Sender<Gauge>>,
) -> Result<(), Trouble> {
    let base = base(world, claim).await?;
    let made = match compute(world, claim, &base, asked, stop, gauge).await {
        Err(Trouble::Unanswered(Lack::TimedOut | Lack::TooLarge, message)) => {
            return Err(Trouble::Unanswered(Lack::TimedOut, message));
        }
        // There is no such symbol any more, or its new name is another's.
        Err(Trouble::Unanswered(..)) => return Err(stale(approved.paths())),
        made => made?,
    };
    let out = out(world, claim.job.tenant).await?;
    let again = fs::read(out.join(&made.proposal)).await?;
    fs::remove_dir_all(&out).await?;
    let again: Stored = serde_json::from_slice(&again).map_err(NotPublished::unreadable)?;
    let differing = approved.differs_in(&again);
    if differing.is_empty() { Ok(()) } else { Err(stale(differing)) }
}

fn stale(paths: BTreeSet<String>) -> Trouble {
    Trouble::Stale(paths.into_iter().map(|path| StaleFile { path, edits: Vec::new() }).collect())
}
