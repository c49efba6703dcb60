//! What a commit of ours changes: from a proposal and a choice, or from the recipe of what is taken back.

use std::io;

use mirror::{CommitId, ReadError};

use super::{publish::NotPublished, stale::not_present, trouble::Trouble};
use crate::{
    actors::{World, world::blocking},
    domain::{
        failure::{Failure, StaleFile},
        proposal::{Chosen, FileEdits, Stored},
        recipe::{Recipe, RecipeFile},
    },
    entities::refactors,
    ids::ProjectId,
    storage::refactors as stored,
};

/// zstd's, for texts that are read once in a mirror's life.
const LEVEL: i32 = 3;

/// A refactor's proposal, from storage.
pub async fn proposal(world: &World, row: &refactors::Model) -> Result<Stored, Trouble> {
    let digest = row.proposal_digest.as_deref().ok_or(Trouble::Gone)?;
    let proposal = stored::read(world.objects.as_ref(), digest).await.map_err(NotPublished::from)?;
    Ok(serde_json::from_slice(&proposal).map_err(NotPublished::unreadable)?)
}

/// The files that an approval changes, with their new texts; all of them, or the edits that no longer fit.
pub async fn approved(
    world: &World,
    row: &refactors::Model,
    proposal: &Stored,
    head: CommitId,
) -> Result<Vec<RecipeFile>, Trouble> {
    let chosen = row.chosen.as_deref().ok_or(Trouble::Gone)?;
    let chosen: Chosen = serde_json::from_str(chosen).map_err(NotPublished::unreadable)?;
    let files = proposal.changes(&chosen);
    at(world, row.project_id, head, files, Trouble::Stale, |reader, files| {
        let mut blobs = reader.blobs();
        files.into_iter().map(|file| rewritten(&mut blobs, file)).collect()
    })
    .await
}

fn rewritten(blobs: &mut mirror::Blobs, file: FileEdits) -> Result<RecipeFile, Trouble> {
    let id = file.blob_id.parse::<mirror::ObjectId>().map_err(|error| NotPublished::unreadable(error.to_string()))?;
    let mut bytes = Vec::new();
    blobs.read(id, &mut bytes).map_err(of_read)?;
    let text = String::from_utf8(bytes).map_err(NotPublished::unreadable)?;
    let after = file.apply(&text).ok_or_else(|| NotPublished::unreadable("an edit does not fit its file"))?;
    let (path, new_path) = (file.path, file.new_path);
    Ok(RecipeFile { path, new_path, before: file.blob_id, after: String::new(), text: Some(after) })
}

/// The files that a revert changes back.
pub async fn taken_back(world: &World, row: &refactors::Model, head: CommitId) -> Result<Vec<RecipeFile>, Trouble> {
    let applied = read(world, row.applied_recipe.as_deref().ok_or(Trouble::Gone)?).await?;
    let files = expected(&applied);
    at(world, row.project_id, head, files, Trouble::ChangedSince, |_, _| Ok(())).await?;
    let back = |file: RecipeFile| RecipeFile {
        path: file.place().to_owned(),
        new_path: file.new_path.is_some().then_some(file.path),
        before: file.after,
        after: file.before,
        text: None,
    };
    Ok(applied.files.into_iter().map(back).collect())
}

/// What must still stand where a commit put it, so that it can be taken back.
pub fn expected(applied: &Recipe) -> Vec<FileEdits> {
    let left = |file: &RecipeFile| FileEdits {
        path: file.place().to_owned(),
        new_path: None,
        blob_id: file.after.clone(),
        edits: Vec::new(),
    };
    applied.files.iter().map(left).collect()
}

/// Goes on with the mirror's reader if each file is at `head` what its edits were made for.
async fn at<T: Send + 'static>(
    world: &World,
    project: ProjectId,
    head: CommitId,
    files: Vec<FileEdits>,
    otherwise: fn(Vec<StaleFile>) -> Trouble,
    go_on: impl FnOnce(&mirror::Reader, Vec<FileEdits>) -> Result<T, Trouble> + Send + 'static,
) -> Result<T, Trouble> {
    let mirror = world.mirror(project);
    let work = move || {
        if !mirror.is_present() {
            return Ok(Err(Trouble::NotSynced));
        }
        let reader = match mirror.reader() {
            Ok(reader) => reader,
            Err(error) => return Ok(Err(of_read(error))),
        };
        Ok(match not_present(&reader, head, &files) {
            Ok(faults) if faults.is_empty() => go_on(&reader, files),
            Ok(faults) => Err(otherwise(faults)),
            Err(error) => Err(of_read(error)),
        })
    };
    let done: Result<Result<T, Trouble>, Failure> = blocking(work).await;
    done.map_err(NotPublished::unreadable)?
}

/// A mirror that cannot be read is mended by a synchronisation.
fn of_read(error: ReadError) -> Trouble {
    if matches!(error, ReadError::NotFound) {
        Trouble::NotSynced
    } else {
        Trouble::Publish(NotPublished::unreadable(error))
    }
}

/// A recipe in the form that it is stored in.
pub fn packed(recipe: &Recipe) -> io::Result<Vec<u8>> {
    zstd::encode_all(serde_json::to_vec(recipe)?.as_slice(), LEVEL)
}

/// Reads a recipe from storage.
pub async fn read(world: &World, digest: &str) -> Result<Recipe, Trouble> {
    let bytes = stored::read(world.objects.as_ref(), digest).await.map_err(NotPublished::from)?;
    let json = zstd::decode_all(bytes.as_slice()).map_err(NotPublished::unreadable)?;
    Ok(serde_json::from_slice(&json).map_err(NotPublished::unreadable)?)
}
