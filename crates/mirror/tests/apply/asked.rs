//! What the tests ask for: commits by one author at one time, and pushes.

use mirror::{
    BranchName, ChangeName, CommitError, CommitId, CommitLimits, Committed, FileChange, Identity, Mirror, NewCommit,
    ObjectId, Push, PushError, Pushed, Remote, RepoPath,
};
use tokio_util::sync::CancellationToken;

use super::support::World;

/// 2026-01-02T03:04:05Z.
pub(super) const TIME: u64 = 1_767_323_045;

pub(super) fn path(text: &str) -> RepoPath {
    RepoPath::parse(text).unwrap()
}

pub(super) fn name(text: &str) -> ChangeName {
    ChangeName::parse(text).unwrap()
}

pub(super) fn new(parent: CommitId, ref_name: &str, changes: Vec<FileChange>) -> NewCommit {
    NewCommit {
        parent,
        changes,
        message: "Rename a to b\n".into(),
        author: Identity::parse("Ada", "ada@example.com").unwrap(),
        committer: Identity::parse("HiveSync", "hivesync@example.com").unwrap(),
        time: TIME,
        name: name(ref_name),
    }
}

pub(super) async fn make(mirror: &Mirror, new: NewCommit) -> Result<Committed, CommitError> {
    mirror.commit(new, CommitLimits::default(), CancellationToken::new()).await
}

/// Commits on top of the upstream's head.
pub(super) async fn commit(world: &World, ref_name: &str, changes: Vec<FileChange>) -> Result<Committed, CommitError> {
    make(&world.mirror, new(world.tip("HEAD"), ref_name, changes)).await
}

/// The blob at a path of the upstream's head.
pub(super) fn blob(world: &World, path: &str) -> ObjectId {
    world.git(&["rev-parse", &format!("HEAD:{path}")]).trim().parse().unwrap()
}

pub(super) fn rewrite(world: &World, at: &str, content: &str) -> FileChange {
    FileChange::rewrite(path(at), blob(world, at), content.into())
}

pub(super) fn rename(world: &World, at: &str, to: &str) -> FileChange {
    FileChange::rename(path(at), path(to), blob(world, at))
}

/// A mirror of a small project with a change under the name `one`, which rewrites `src/a.rs`.
pub(super) async fn changed() -> (World, Committed) {
    let world = World::new().await;
    world.commit("src/a.rs", "fn a() {}\n");
    world.sync().await.unwrap();
    let committed = commit(&world, "one", vec![rewrite(&world, "src/a.rs", "fn b() {}\n")]).await.unwrap();
    (world, committed)
}

pub(super) fn branch(text: &str) -> BranchName {
    BranchName::parse(text).unwrap()
}

pub(super) async fn push_to(
    world: &World,
    remote: impl Into<Remote>,
    commit: CommitId,
    to: &str,
) -> Result<Pushed, PushError> {
    let push = Push::new(commit, branch(to));
    world.mirror.push(remote, push, |_| {}, CancellationToken::new()).await
}
