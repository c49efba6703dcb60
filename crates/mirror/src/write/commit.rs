//! A commit made of a parent and a list of changes: in the object database, and under a ref of its own.

use std::time::Duration;

use gix::{ObjectId as RawId, objs::Kind as ObjectKind};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::{
    ChangeName, ChangedFile, CommitError, FileChange, Identity,
    edit::edit,
    names::CHANGES,
    pack::{Object, pack},
};
use crate::{
    git::{Area, Git, Limits},
    id::{CommitId, ObjectId},
    read::{ReadError, root_tree},
    sync::{
        Move, Room, Silent, SyncError, SyncOptions, blocking, breakpoint, exclusively, finish, is_present, move_refs,
        open, sync_folder,
    },
};

/// Longest message, in bytes.
const MAX_MESSAGE: usize = 64 << 10;

/// Faults of old histories that a fetch tolerates: a tree made from one of theirs may have them still.
const STRICT: &str = "--strict=badTimezone=ignore,missingSpaceBeforeDate=ignore,zeroPaddedFilemode=ignore";

/// A commit to be made. All of it together decides the commit's id: asked for twice, it is the same one.
#[derive(Debug, Clone)]
pub struct NewCommit {
    /// The commit that it is made on: any that the mirror has.
    pub parent: CommitId,
    /// What becomes of which files.
    pub changes: Vec<FileChange>,
    /// The whole message, as it is to be kept.
    pub message: String,
    /// Who wrote the change.
    pub author: Identity,
    /// Who makes the commit.
    pub committer: Identity,
    /// When, for both: seconds since 1970, told in UTC.
    pub time: u64,
    /// What keeps it: the ref's name below `refs/hivesync/changes/`.
    pub name: ChangeName,
}

/// How much one commit may be.
#[derive(Debug, Clone)]
pub struct CommitLimits {
    /// Most changes.
    pub max_changes: usize,
    /// Most bytes of one file's new content.
    pub max_file_bytes: u64,
    /// Most bytes of all new content: it is held in memory, and again, compressed, on its way to the disk.
    pub max_bytes: u64,
    /// Most bytes of the folders that changes lead into.
    pub max_folder_bytes: u64,
    /// Most time for all of it.
    pub hard_deadline: Duration,
    /// Bytes that must stay free on the mirror's disk.
    pub least_free_bytes: u64,
}

impl Default for CommitLimits {
    /// 20,000 changes; 32 MiB of one file, 256 MiB of all, 256 MiB of folders; 5 min; 256 MiB stay free.
    fn default() -> Self {
        Self {
            max_changes: 20_000,
            max_file_bytes: 32 << 20,
            max_bytes: 256 << 20,
            max_folder_bytes: 256 << 20,
            hard_deadline: Duration::from_mins(5),
            least_free_bytes: 256 << 20,
        }
    }
}

/// A commit that was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Committed {
    /// Its id.
    pub commit: CommitId,
    /// Its root tree.
    pub tree: ObjectId,
    /// What became of each file, in the order of the changes: their inverses, on top of this commit or a later one, take
    /// it back.
    pub files: Vec<ChangedFile>,
    /// Whether it was there before, made by the same call earlier.
    pub existed: bool,
}

/// A commit that only has to be written.
struct Prepared {
    committed: Committed,
    pack: Option<Vec<u8>>,
}

/// Makes the commit, as the holder of the mirror's lock.
pub(crate) async fn commit(
    git: Git,
    area: Area,
    new: NewCommit,
    limits: CommitLimits,
    cancel: &CancellationToken,
) -> Result<Committed, CommitError> {
    exclusively(area.clone(), cancel, |cancel| async move {
        let deadline = Instant::now() + limits.hard_deadline;
        let stops = Limits { no_progress: limits.hard_deadline, deadline, cancel };
        let work = Work { git, area, limits, stops };
        work.carry_out(new).await
    })
    .await
}

#[derive(Clone)]
struct Work {
    git: Git,
    area: Area,
    limits: CommitLimits,
    stops: Limits,
}

impl Work {
    async fn carry_out(&self, new: NewCommit) -> Result<Committed, CommitError> {
        let (work, name) = (self.clone(), new.name.clone());
        let Prepared { committed, pack } = blocking(move || Ok(work.prepare(new))).await??;
        if committed.existed {
            return Ok(committed);
        }
        if let Some(pack) = pack {
            self.keep(pack).await?;
        }
        breakpoint("commit-objects").await;
        self.check_stop()?;
        let made = Move { name: name.full().into(), from: None, to: Some(committed.commit.gix()) };
        move_refs(&self.git, &self.area, &[made]).await?;
        self.make_durable(CHANGES).await?;
        breakpoint("commit-ref").await;
        Ok(committed)
    }

    /// All that can be done in memory. Blocks.
    fn prepare(&self, mut new: NewCommit) -> Result<Prepared, CommitError> {
        check_text(&new)?;
        if !is_present(&self.area) {
            return Err(CommitError::NoSuchCommit(new.parent));
        }
        let mut repo = open(&self.area)?;
        // Nobody else writes: what is not there does not come while this looks.
        repo.objects.refresh_never();
        let parent = match root_tree(&repo, new.parent) {
            Err(ReadError::NotFound) => return Err(CommitError::NoSuchCommit(new.parent)),
            parent => parent?,
        };
        let check = || self.check_stop();
        let changes = std::mem::take(&mut new.changes);
        let edited = edit(&repo, parent, changes, &self.limits, &check)?;
        let made = Object::new(ObjectKind::Commit, header(&new, edited.tree))?;
        let (commit, tree) = (CommitId::from(made.id), edited.tree.into());
        let existed = is_named(&repo, &new.name, made.id)?;
        let mut objects = edited.objects;
        objects.push(made);
        let pack = if existed { None } else { pack(&repo, objects, &check)? };
        Ok(Prepared { committed: Committed { commit, tree, files: edited.files, existed }, pack })
    }

    /// Hands the objects to Git, which checks each and that all they name is there, and makes them safe from a power cut.
    async fn keep(&self, pack: Vec<u8>) -> Result<(), CommitError> {
        Room::of(&self.area.git_dir, None, self.limits.least_free_bytes).check_for(pack.len() as u64).await?;
        let command = self.git.local(&self.area).args(["index-pack", "--stdin", STRICT]).config("core.fsync", "all");
        // Only for what a message says of the limit.
        let options = SyncOptions { hard_deadline: self.limits.hard_deadline, ..SyncOptions::default() };
        finish(command, Some(pack), &self.stops, &options, &mut Silent { remote: false }).await?;
        self.make_durable("objects/pack").await
    }

    /// Makes the names in a folder of the mirror safe from a power cut.
    async fn make_durable(&self, folder: &str) -> Result<(), CommitError> {
        let folder = self.area.git_dir.join(folder);
        blocking(move || sync_folder(&folder).map_err(SyncError::local("write the mirror"))).await.map_err(Into::into)
    }

    /// Until the ref is moved, it can be stopped.
    fn check_stop(&self) -> Result<(), CommitError> {
        if self.stops.cancel.is_cancelled() {
            return Err(CommitError::Cancelled);
        }
        if Instant::now() >= self.stops.deadline {
            return Err(CommitError::TimedOut(self.limits.hard_deadline));
        }
        Ok(())
    }
}

/// Whether the change's ref leads to this commit. That it leads to another one is an error.
fn is_named(repo: &gix::Repository, name: &ChangeName, commit: RawId) -> Result<bool, CommitError> {
    let Some(found) = repo.try_find_reference(&name.full()).map_err(CommitError::damaged)? else { return Ok(false) };
    if found.target().try_id() == Some(&commit) { Ok(true) } else { Err(CommitError::NameTaken(name.clone())) }
}

fn check_text(new: &NewCommit) -> Result<(), CommitError> {
    if new.message.trim().is_empty() {
        return Err(CommitError::Malformed("its message is empty"));
    }
    if new.message.len() > MAX_MESSAGE || new.message.contains('\0') {
        return Err(CommitError::Malformed("its message is over 64 KiB or holds a NUL"));
    }
    if i64::try_from(new.time).is_err() {
        return Err(CommitError::Malformed("its time is none"));
    }
    Ok(())
}

/// The bytes of the commit object.
fn header(new: &NewCommit, tree: RawId) -> Vec<u8> {
    let NewCommit { parent, message, author, committer, time, .. } = new;
    let (author, committer) = (author.header(), committer.header());
    let lines = format!(
        "tree {tree}\nparent {parent}\nauthor {author} {time} +0000\ncommitter {committer} {time} +0000\n\n{message}"
    );
    lines.into_bytes()
}
