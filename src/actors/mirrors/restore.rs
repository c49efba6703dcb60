//! What only the mirror knows: commits of ours are made again from their recipes where the mirror was lost, and what of
//! them the remote has by now is found out.

use mirror::{CommitId, ReadError, RepoPath};
use tokio_util::sync::CancellationToken;

use super::{commit, content, publish::NotPublished, trouble::Trouble};
use crate::{
    actors::{World, world::blocking},
    clock::Timestamp,
    domain::{failure::Failure, proposal::FileEdits},
    entities::refactors::{self, Model},
    ids::{ProjectId, RefactorId},
};

/// Applied refactors of which it is found out whether the remote has them, the newest.
const MOST_FOLLOWED: u64 = 50;

/// Makes every commit of ours again that the mirror lacks. One whose parent is gone for good, as after a forced push, is
/// left out, and the log says so.
pub async fn restore(world: &World, project: ProjectId, stop: &CancellationToken) -> Result<(), Trouble> {
    let rows = refactors::committed(world.db.read(), project).await?;
    let mut commits: Vec<(Option<Timestamp>, String, String)> = rows.into_iter().flat_map(commits_of).collect();
    commits.sort();
    for (_, commit, digest) in commits {
        if is_there(world, project, &commit).await? {
            continue;
        }
        match again(world, project, &digest, stop).await {
            Ok(made) if made == commit => tracing::info!(%project, commit, "a commit of ours was made again"),
            Ok(made) => tracing::error!(%project, commit, made, "a commit of ours is another one now"),
            Err(error) => {
                let error: &dyn std::error::Error = &error;
                tracing::warn!(%project, commit, error, "a commit of ours could not be made again");
            }
        }
    }
    Ok(())
}

fn commits_of(row: Model) -> impl Iterator<Item = (Option<Timestamp>, String, String)> {
    let made = |at, commit: Option<String>, recipe: Option<String>| Some((at, commit?, recipe?));
    let applied = made(row.applied_at, row.applied_commit, row.applied_recipe);
    let reverted = made(row.reverted_at, row.reverted_commit, row.reverted_recipe);
    applied.into_iter().chain(reverted)
}

/// Makes a commit again from the recipe of this digest; answers with its id.
pub async fn again(
    world: &World,
    project: ProjectId,
    digest: &str,
    stop: &CancellationToken,
) -> Result<String, Trouble> {
    let recipe = content::read(world, digest).await?;
    let new = commit::new_commit(&recipe)?;
    let made = world.mirror(project).commit(new, commit::limits(world), stop.clone()).await?;
    Ok(made.commit.to_string())
}

/// Whether the mirror has a commit.
pub async fn is_there(world: &World, project: ProjectId, commit: &str) -> Result<bool, Trouble> {
    let mirror = world.mirror(project);
    let commit: CommitId = commit.parse().map_err(NotPublished::unreadable)?;
    let look = move || {
        Ok(match mirror.reader().and_then(|reader| reader.commit(commit)) {
            Ok(_) => Ok(true),
            Err(ReadError::NotFound) => Ok(false),
            Err(error) => Err(NotPublished::unreadable(error).into()),
        })
    };
    let seen: Result<Result<bool, Trouble>, Failure> = blocking(look).await;
    seen.map_err(NotPublished::unreadable)?
}

/// Those of the applied refactors that are in `upstream`: each of their files is there as they left it.
pub async fn contained(world: &World, project: ProjectId, upstream: CommitId) -> Result<Vec<RefactorId>, Trouble> {
    let mut contained = Vec::new();
    for row in refactors::applied(world.db.read(), project, MOST_FOLLOWED).await? {
        let Some(digest) = row.applied_recipe.as_deref() else { continue };
        let left = content::expected(&content::read(world, digest).await?);
        if has_all(world, project, upstream, left).await? {
            contained.push(row.id);
        }
    }
    Ok(contained)
}

async fn has_all(world: &World, project: ProjectId, at: CommitId, files: Vec<FileEdits>) -> Result<bool, Trouble> {
    let mirror = world.mirror(project);
    let look = move || {
        let reader = match mirror.reader() {
            Ok(reader) => reader,
            Err(error) => return Ok(Err(NotPublished::unreadable(error).into())),
        };
        let is_there = |file: &FileEdits| {
            let stat = RepoPath::parse(file.path.as_str()).and_then(|path| reader.stat(at, &path));
            stat.is_ok_and(|stat| stat.id.to_string() == file.blob_id)
        };
        Ok(Ok(files.iter().all(is_there)))
    };
    let seen: Result<Result<bool, Trouble>, Failure> = blocking(look).await;
    seen.map_err(NotPublished::unreadable)?
}
