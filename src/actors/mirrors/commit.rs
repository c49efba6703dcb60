//! What somebody approved of becomes a commit of the mirror, and the head; or what takes it back does.
//!
//! Each step may be done again: the commit's id follows from the approval and the head, its recipe's name from its
//! bytes, and rows are written last, together.

use std::sync::Arc;

use mirror::{After, ChangeName, CommitError, CommitId, CommitLimits, FileChange, Identity, NewCommit, RepoPath};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use super::{
    again, content,
    publish::{self, NotPublished},
    task::Gauge,
    trouble::Trouble,
};
use crate::{
    actors::{World, world::breakpoint},
    domain::{
        job::{Outcome, Task},
        recipe::{Author, Recipe},
        refactor::Asked,
        sync::Stage,
    },
    entities::{
        manifests::{self, NewManifest},
        mirror_owners, projects,
        queue::{self, Achieved, Changed, Claim, Refactored},
        refactors, users,
    },
    ids::RefactorId,
    storage::refactors as stored,
};

/// A commit that was kept, and what it stands on.
struct Kept {
    recipe: Recipe,
    digest: String,
}

/// Commits, keeps the recipe, makes the manifest, publishes.
pub async fn attempt(
    world: &World,
    claim: &Claim,
    stop: &CancellationToken,
    gauge: &Arc<watch::Sender<Gauge>>,
) -> Result<(), Trouble> {
    breakpoint("commit-task");
    gauge.send_replace(Gauge::at(Stage::Running));
    let recipe = recipe(world, claim, stop, gauge).await?;
    let recipe = commit(world, claim, recipe, stop).await?;
    breakpoint("committed");
    let digest = keep(world, &recipe).await?;
    breakpoint("recipe-kept");
    let commit: CommitId = recipe.commit.parse().map_err(NotPublished::unreadable)?;
    let made = publish::manifest(world, claim, commit, stop, gauge).await?;
    gauge.send_replace(Gauge::at(Stage::Finalizing));
    publish(world, claim, &Kept { recipe, digest }, made).await
}

/// What is to be committed on top of the present head.
async fn recipe(
    world: &World,
    claim: &Claim,
    stop: &CancellationToken,
    gauge: &Arc<watch::Sender<Gauge>>,
) -> Result<Recipe, Trouble> {
    let db = world.db.read();
    let row = refactors::find(db, RefactorId(claim.job.subject)).await?.ok_or(Trouble::Gone)?;
    let project = projects::find(db, claim.job.tenant).await?.ok_or(Trouble::Gone)?;
    let parent = project.head_commit.ok_or(Trouble::NotSynced)?;
    let approved_at = row.approved_at.ok_or(Trouble::Gone)?;
    let user = users::find(db, row.approved_by.ok_or(Trouble::Gone)?).await?.ok_or(Trouble::Gone)?;
    let head = parent.parse().map_err(NotPublished::unreadable)?;
    let asked: Asked = serde_json::from_str(&row.asked).map_err(NotPublished::unreadable)?;
    let title = asked.title(row.symbol.as_deref());
    let (files, message, name) = match claim.job.kind {
        Task::Apply => {
            let proposal = content::proposal(world, &row).await?;
            let files = content::approved(world, &row, &proposal, head).await?;
            if row.base_commit.as_ref() != Some(&parent) {
                again::check(world, claim, &proposal, asked, stop, gauge).await?;
            }
            (files, format!("{title}\n\nHiveSync-Refactor: {}\n", row.id), row.id.to_string())
        }
        Task::Revert => {
            let files = content::taken_back(world, &row, head).await?;
            let reverted = row.applied_commit.unwrap_or_default();
            let message =
                format!("Revert \"{title}\"\n\nThis reverts commit {reverted}.\n\nHiveSync-Refactor: {}\n", row.id);
            (files, message, format!("{}-revert", row.id))
        }
        Task::Sync | Task::Compute | Task::Push => return Err(Trouble::Gone),
    };
    let local = user.email.split('@').next().unwrap_or_default().to_owned();
    let author = Author { name: user.display_name.unwrap_or(local), email: user.email };
    let time = u64::try_from(approved_at.seconds()).unwrap_or(0);
    Ok(Recipe { parent, commit: String::new(), message, author, time, name, files })
}

/// Makes the commit, and notes its id. One of the same name that stood on another head was never seen by anybody: the
/// worker died before it could be shown, and the head moved since.
async fn commit(world: &World, claim: &Claim, mut recipe: Recipe, stop: &CancellationToken) -> Result<Recipe, Trouble> {
    let mirror = world.mirror(claim.job.tenant);
    let new = new_commit(&recipe)?;
    let made = match mirror.commit(new.clone(), limits(world), stop.clone()).await {
        Err(CommitError::NameTaken(name)) => {
            mirror.forget_changes(vec![name], stop.clone()).await?;
            mirror.commit(new, limits(world), stop.clone()).await?
        }
        made => made?,
    };
    for (file, changed) in recipe.files.iter_mut().zip(&made.files) {
        file.after = changed.after.to_string();
    }
    recipe.commit = made.commit.to_string();
    Ok(recipe)
}

/// How much one commit may be, by the settings.
pub fn limits(world: &World) -> CommitLimits {
    CommitLimits {
        hard_deadline: world.config.refactor.time_limit(),
        least_free_bytes: world.config.storage.reserve_bytes(),
        ..CommitLimits::default()
    }
}

/// A recipe, as the mirror takes it.
pub fn new_commit(recipe: &Recipe) -> Result<NewCommit, Trouble> {
    let path = |text: &str| RepoPath::parse(text).map_err(NotPublished::unreadable);
    let changes = recipe.files.iter().map(|file| -> Result<FileChange, NotPublished> {
        let after = match &file.text {
            Some(text) => After::Bytes(text.clone().into_bytes()),
            None => After::Blob(file.after.parse().map_err(NotPublished::unreadable)?),
        };
        Ok(FileChange {
            path: path(&file.path)?,
            new_path: file.new_path.as_deref().map(path).transpose()?,
            before: file.before.parse().map_err(NotPublished::unreadable)?,
            after,
        })
    });
    let email = &recipe.author.email;
    // A name of which nothing is left without what no commit can hold, gives way to the address.
    let author = Identity::parse(&recipe.author.name, email).or_else(|_| Identity::parse(email, email));
    let author = author.map_err(NotPublished::unreadable)?;
    Ok(NewCommit {
        parent: recipe.parent.parse().map_err(NotPublished::unreadable)?,
        changes: changes.collect::<Result<_, NotPublished>>()?,
        message: recipe.message.clone(),
        committer: author.clone(),
        author,
        time: recipe.time,
        name: ChangeName::parse(&recipe.name).map_err(NotPublished::unreadable)?,
    })
}

/// Keeps what the commit can be made of again; answers with its digest.
async fn keep(world: &World, recipe: &Recipe) -> Result<String, Trouble> {
    let bytes = content::packed(recipe).map_err(NotPublished::unreadable)?;
    Ok(stored::put(world.objects.as_ref(), bytes).await.map_err(NotPublished::from)?)
}

/// Makes it the head. Nothing is written unless the claim and the mirror are still ours, and the head is what the commit
/// stands on.
async fn publish(world: &World, claim: &Claim, kept: &Kept, made: Option<NewManifest>) -> Result<(), Trouble> {
    breakpoint("commit-publish");
    let now = world.clock.now();
    let txn = world.db.begin().await?;
    // The project's row first, as everywhere.
    projects::find_for_update(&txn, claim.job.tenant).await?.ok_or(Trouble::Gone)?;
    let Some(fence) = mirror_owners::fenced(&txn, &claim.ownership).await? else {
        return Err(NotPublished::Lost.into());
    };
    let Recipe { parent, commit, .. } = &kept.recipe;
    let version = match made {
        Some(made) => manifests::publish(&fence, made, now).await?.version,
        None => manifests::newest(&txn, claim.job.tenant).await?.ok_or(Trouble::Moved)?.version,
    };
    if !projects::advance_head(&fence, parent, commit, now).await? {
        return Err(Trouble::Moved);
    }
    let changed = Changed { commit: commit.clone(), version, recipe: kept.digest.clone() };
    let refactored =
        if claim.job.kind == Task::Apply { Refactored::Applied(changed) } else { Refactored::Reverted(changed) };
    if !queue::settle(&txn, claim.held, &Outcome::Done(Achieved::Refactored(refactored)), now).await? {
        return Err(NotPublished::Lost.into());
    }
    breakpoint("commit-settled");
    txn.commit().await?;
    breakpoint("commit-published");
    Ok(())
}
