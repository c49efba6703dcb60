//! One sync's dealings with the remote: who is asked, with which limits, and what the answers mean.

use gix::bstr::{BString, ByteSlice};

use super::{SyncError, SyncOptions, classify, meter::Meter, refs::Branch};
use crate::{
    git::{Area, Finished, Git, GitCommand, Limits, Watch, run},
    remote::{Route, UrlRefused},
};

/// What one sync, or one push, works with.
pub(crate) struct Session {
    pub(crate) git: Git,
    /// Of the mirror, not of the nursery.
    pub(crate) area: Area,
    pub(crate) route: Route,
    pub(crate) options: SyncOptions,
    pub(crate) limits: Limits,
}

/// What the remote says about its HEAD and one branch.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Heads {
    /// Whether HEAD leads to a commit.
    pub(super) has_head: bool,
    /// The branch that HEAD names.
    pub(super) default: Option<Branch>,
    /// Whether the branch that was asked for exists.
    pub(super) has_branch: bool,
}

/// Every ref that a mirror takes, into staging. An exact `HEAD` would fail the whole fetch on a remote that has none
/// (empty, or HEAD on a branch not there); a pattern that only HEAD can match takes it if it exists.
const STAGING: &[&str] = &[
    "+HEA*:refs/hivesync/staging/HEA*",
    "+refs/heads/*:refs/hivesync/staging/heads/*",
    "+refs/tags/*:refs/hivesync/staging/tags/*",
];

impl Session {
    /// Fetches everything the remote has into staging.
    ///
    /// Staging stays between syncs, so that a remote with nothing new moves no ref. It is pruned first, one by one,
    /// not `--atomic`: that aborts when `feat` becomes `feat/x`.
    pub(super) async fn fetch(&self, area: &Area, clone: bool, meter: &mut Meter) -> Result<(), SyncError> {
        let mut command = self.git.local(area).args([
            "fetch",
            "--progress",
            "--prune",
            "--no-tags",
            "--no-write-fetch-head",
            "--no-auto-maintenance",
            "--no-recurse-submodules",
            // Without it every branch of a shallow remote would be left out, in silence and with success.
            "--update-shallow",
        ]);
        if clone {
            // Its refs become one file, durably, right after: not thousands that each wait for the disk.
            command = command.config("core.fsync", "-reference");
        }
        let (command, url) = command.reaching(&self.route, self.limits.no_progress);
        let command = command.operands(std::iter::once(url.as_str()).chain(STAGING.iter().copied()));
        self.finish(command, None, &self.limits, meter).await.map(drop)
    }

    /// Asks for HEAD's name, which a fetch does not tell, and for one branch. The remote may send all of its refs
    /// for an answer, so this is asked only when the answer may be news.
    pub(super) async fn ask_heads(&self, area: &Area, branch: Option<&Branch>) -> Result<Heads, SyncError> {
        let command = self.git.local(area).args(["ls-remote", "--symref"]);
        let (command, url) = command.reaching(&self.route, self.limits.no_progress);
        let name = branch.map(|it| format!("refs/heads/{it}"));
        let command = command.operands([Some(url.as_str()), Some("HEAD"), name.as_deref()].into_iter().flatten());
        let answer = self.finish(command, None, &self.limits, &mut Silent { remote: true }).await?;
        Ok(Heads::read(&answer.stdout, name.as_deref()))
    }

    /// Whether the remote has any branch.
    pub(super) async fn has_branches(&self) -> Result<bool, SyncError> {
        let command = self.git.local(&self.area).args(["ls-remote", "--heads"]);
        let (command, url) = command.reaching(&self.route, self.limits.no_progress);
        let answer = self.finish(command.operands([url]), None, &self.limits, &mut Silent { remote: true }).await?;
        Ok(!answer.stdout.is_empty())
    }

    /// Whether what failed may succeed when it is done again: the remote redirects, and the address had no `.git` yet.
    pub(crate) fn takes_suffix<T>(&mut self, outcome: &Result<T, SyncError>) -> bool {
        matches!(outcome, Err(SyncError::UrlRefused(UrlRefused::Redirected))) && self.route.take_suffix()
    }

    /// What the second attempt came to. Whether something was where the remote's redirect led, nobody looks.
    pub(crate) fn after_suffix<T>(&self, outcome: Result<T, SyncError>) -> Result<(T, Option<String>), SyncError> {
        match outcome {
            Ok(done) => Ok((done, Some(self.route.url.to_string()))),
            Err(SyncError::NotFound) => Err(UrlRefused::Redirected.into()),
            Err(error) => Err(error),
        }
    }

    /// Runs a process that talks to nobody.
    pub(super) async fn local(
        &self,
        command: GitCommand,
        input: Option<Vec<u8>>,
        limits: &Limits,
    ) -> Result<(), SyncError> {
        self.finish(command, input, limits, &mut Silent { remote: false }).await.map(drop)
    }

    async fn finish(
        &self,
        command: GitCommand,
        input: Option<Vec<u8>>,
        limits: &Limits,
        watch: &mut dyn Watch,
    ) -> Result<Finished, SyncError> {
        finish(command, input, limits, &self.options, watch).await
    }
}

/// Runs a process to its end, and says what it means that it failed or was stopped.
pub(crate) async fn finish(
    command: GitCommand,
    input: Option<Vec<u8>>,
    limits: &Limits,
    options: &SyncOptions,
    watch: &mut dyn Watch,
) -> Result<Finished, SyncError> {
    match run(command, input, limits, watch).await {
        Ok(finished) if finished.status.success() => Ok(finished),
        Ok(finished) => Err(classify::failure(&finished.stderr)),
        Err(error) => Err(classify::stopped(error, limits, options)),
    }
}

impl Heads {
    /// Reads `ref: refs/heads/main\tHEAD` and `<id>\t<name>` lines, and ignores all others: the pattern `HEAD` also
    /// matches `refs/heads/x/HEAD`.
    fn read(answer: &[u8], branch: Option<&str>) -> Self {
        let mut heads = Self::default();
        for line in answer.lines() {
            match line.split_once_str("\t") {
                Some((value, b"HEAD")) => match value.strip_prefix(b"ref: refs/heads/") {
                    Some(name) => heads.default = Some(BString::from(name)),
                    None => heads.has_head = true,
                },
                Some((_, name)) => heads.has_branch |= branch.is_some_and(|it| it.as_bytes() == name),
                None => {}
            }
        }
        heads
    }
}

/// Hears nothing.
pub(crate) struct Silent {
    pub(crate) remote: bool,
}

impl Watch for Silent {
    fn hear(&mut self, _: &[u8]) -> bool {
        true
    }

    fn waits_for_remote(&self) -> bool {
        self.remote
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_remotes_own_head_and_the_branch_asked_for_are_read() {
        let answer = b"ref: refs/heads/trunk\tHEAD\naaaa\tHEAD\nbbbb\trefs/heads/x/HEAD\nbbbb\trefs/heads/dev\n";
        let heads = Heads::read(answer, Some("refs/heads/dev"));
        assert_eq!(heads, Heads { has_head: true, default: Some("trunk".into()), has_branch: true });
        assert_eq!(Heads::read(b"", Some("refs/heads/dev")), Heads::default());
        assert!(!Heads::read(b"bbbb\trefs/heads/x/refs/heads/dev\n", Some("refs/heads/dev")).has_branch);
    }
}
