//! The collector owns what may be forgotten: old versions of manifests, and objects that no version and no refactor
//! names.
//!
//! Mark and sweep, a page of objects at a time. A publisher that runs meanwhile is safe: what it relies on is named by
//! its project's newest version, or was put within half of the age that is asked for here.

use std::collections::HashMap;

use supervise::Stop;
use tokio::time::sleep;

use crate::{
    actors::World,
    domain::failure::Failure,
    entities::{refactors, retention},
    storage::{
        manifests::{self as stored, PREFIX},
        objects::Key,
        refactors as proposals,
    },
};

/// Versions that one look deletes at most.
const MOST_VERSIONS: u64 = 1_000;
/// Objects that one look considers.
const MOST_OBJECTS: usize = 10_000;

/// Looks every so often until it is told to stop. A look that fails is followed by the next one.
pub async fn collect(world: World, stop: Stop) {
    let mut after = After::default();
    while !stop.is_requested() {
        if let Err(error) = look(&world, &mut after).await {
            let error: &dyn std::error::Error = &error;
            tracing::warn!(error, "old manifests could not be collected");
        }
        tokio::select! {
            () = sleep(world.config.manifests.collect_every()) => {}
            () = stop.requested() => {}
        }
    }
}

/// Where the last look at objects of each kind ended.
#[derive(Default)]
struct After {
    manifests: Option<Key>,
    refactors: Option<Key>,
}

async fn look(world: &World, after: &mut After) -> Result<(), Failure> {
    look_at_manifests(world, &mut after.manifests).await?;
    look_at_refactors(world, &mut after.refactors).await
}

/// Considers the page of proposals, patches and recipes after `after`. Whoever publishes one has just put it.
async fn look_at_refactors(world: &World, after: &mut Option<Key>) -> Result<(), Failure> {
    let old = world.clock.now().minus(world.config.manifests.collect_after());
    let objects = world.objects.as_ref();
    let page = objects.list_page(proposals::PREFIX, after.as_ref(), MOST_OBJECTS).await?;
    *after = page.next;
    let candidates = page.objects.into_iter().filter(|stat| stat.put_at < old);
    let digests = candidates.filter_map(|stat| Some((proposals::digest(&stat.key)?.to_owned(), stat.key)));
    let mut unnamed: HashMap<String, Key> = digests.collect();
    if !unnamed.is_empty() {
        for named in refactors::objects(world.db.read()).await? {
            unnamed.remove(&named);
        }
    }
    for key in unnamed.into_values() {
        objects.delete_older(&key, old).await?;
    }
    Ok(())
}

/// Prunes rows, then considers the page of objects after `after`.
async fn look_at_manifests(world: &World, after: &mut Option<Key>) -> Result<(), Failure> {
    let (settings, now) = (&world.config.manifests, world.clock.now());
    let txn = world.db.begin().await?;
    let pruned = retention::prune(&txn, settings.keep.get(), now.minus(settings.keep_for()), MOST_VERSIONS).await?;
    txn.commit().await?;
    let objects = world.objects.as_ref();
    let old = now.minus(settings.collect_after());
    let page = objects.list_page(PREFIX, after.as_ref(), MOST_OBJECTS).await?;
    *after = page.next;
    let candidates = page.objects.into_iter().filter(|stat| stat.put_at < old);
    let digests = candidates.filter_map(|stat| Some((stored::digest(&stat.key)?.to_owned(), stat.key)));
    let mut unnamed: HashMap<String, Key> = digests.collect();
    forget_named(world, &mut unnamed).await?;
    let mut collected = 0_usize;
    for key in unnamed.into_values() {
        collected += usize::from(objects.delete_older(&key, old).await?);
    }
    if pruned > 0 || collected > 0 {
        tracing::info!(pruned, collected, "old versions of manifests and their objects are gone");
    }
    Ok(())
}

/// Takes out what any version names. Only then is the rest nobody's.
async fn forget_named(world: &World, candidates: &mut HashMap<String, Key>) -> Result<(), Failure> {
    if candidates.is_empty() {
        return Ok(());
    }
    for root in retention::roots(world.db.read()).await? {
        candidates.remove(&root);
        // Without its root nobody reads a manifest: then it names nothing.
        for digest in stored::named(world.objects.as_ref(), &root).await?.unwrap_or_default() {
            candidates.remove(&digest);
        }
        if candidates.is_empty() {
            break;
        }
    }
    Ok(())
}
