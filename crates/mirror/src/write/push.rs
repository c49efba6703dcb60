//! One commit pushed to a new branch of the remote, which it never overwrites.

use std::time::Duration;

use gix::bstr::ByteSlice;
use secrecy::ExposeSecret;
use serde::{Deserialize, Serialize};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::{BranchName, PushError};
use crate::{
    git::{Area, Git, Limits, redact, run},
    id::CommitId,
    progress::{Progress, Stage},
    remote::{Pass, Remote, Route, Trust},
    sync::{
        Damaged, Meter, Session, SyncError, SyncOptions, blocking, exclusively, failure, is_present, open, says,
        stopped,
    },
};

/// Most that is told of why a remote declines, in bytes.
const MAX_REASON: usize = 200;

/// How often a push is made when another one of the same branch may have been between.
const MAX_TRIES: usize = 2;

/// What only a remote says that lets us read and not write. `remote:` lines count too: all they can do is to refuse.
const READ_ONLY: &[&str] = &[
    "marked as read only",
    "read-only",
    "not allowed to push",
    "not allowed to upload code",
    "denied to",
    "write access to repository not granted",
    "does not have write access",
    "don't have permission to push",
    "insufficient permission",
    "service not enabled",
];

/// What a remote says when somebody else moved the ref just now, or its name cannot be beside others.
const CONTENDED: &[&str] = &["already exists", "failed to update ref", "cannot lock ref", "failed to lock"];

/// Git's own words for a remote that broke off.
const NO_REPORT: &str = "remote failed to report status";

/// A push to be made.
#[derive(Debug, Clone)]
pub struct Push {
    /// Any commit of the mirror.
    pub commit: CommitId,
    /// The branch to make.
    pub branch: BranchName,
    /// Longest silence of the remote.
    pub no_progress_limit: Duration,
    /// Most time for all of it.
    pub hard_deadline: Duration,
}

/// What a push came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Pushed {
    /// The branch was made.
    Made,
    /// The branch was at this commit already, as after the same push before.
    Already,
}

impl Push {
    /// With 60 s of silence and 10 min in all.
    pub fn new(commit: CommitId, branch: BranchName) -> Self {
        Self { commit, branch, no_progress_limit: Duration::from_mins(1), hard_deadline: Duration::from_mins(10) }
    }
}

/// What the remote made of the branch.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Verdict {
    Made,
    Already,
    Taken,
    /// In the remote's words.
    Declined(String),
}

/// Pushes, as the holder of the mirror's lock.
pub(crate) async fn push(
    git: Git,
    area: Area,
    remote: Remote,
    push: Push,
    progress: Box<dyn FnMut(Progress) + Send>,
    cancel: &CancellationToken,
) -> Result<Pushed, PushError> {
    exclusively(area.clone(), cancel, |cancel| async move {
        let mut meter = Meter::new(progress, None, usize::MAX);
        meter.enter(Stage::Connecting);
        check_commit(&area, push.commit).await?;
        let limits =
            Limits { no_progress: push.no_progress_limit, deadline: Instant::now() + push.hard_deadline, cancel };
        let route = Route::open(remote, git.resolver(), &area.scratch, Trust::Pinned, &limits.cancel).await?;
        let options = SyncOptions {
            no_progress_limit: push.no_progress_limit,
            hard_deadline: push.hard_deadline,
            ..SyncOptions::default()
        };
        let mut session = Session { git, area, route, options, limits };
        let mut verdict = settle(&session, &push, &mut meter).await;
        if session.takes_suffix(&verdict) {
            let again = settle(&session, &push, &mut meter).await;
            verdict = session.after_suffix(again).map(|(verdict, _)| verdict);
        }
        match verdict? {
            Verdict::Made => Ok(Pushed::Made),
            Verdict::Already => Ok(Pushed::Already),
            Verdict::Taken => Err(PushError::BranchTaken),
            Verdict::Declined(reason) => Err(PushError::Declined { reason: shown(&session.route, &reason) }),
        }
    })
    .await
}

async fn check_commit(area: &Area, commit: CommitId) -> Result<(), PushError> {
    let area = area.clone();
    let is_there = blocking(move || {
        let has = |repo: gix::Repository| repo.find_header(commit.gix()).is_ok_and(|it| it.kind().is_commit());
        Ok(is_present(&area) && has(open(&area)?))
    });
    if is_there.await? { Ok(()) } else { Err(PushError::NoSuchCommit(commit)) }
}

/// Pushes, and once more where somebody else was quicker: then the remote says what the branch has become.
async fn settle(session: &Session, push: &Push, meter: &mut Meter) -> Result<Verdict, SyncError> {
    let mut tries = 1;
    loop {
        let verdict = send(session, push, meter).await?;
        let contended = matches!(&verdict, Verdict::Declined(reason) if CONTENDED.iter().any(|it| reason.contains(it)));
        if !contended || tries == MAX_TRIES {
            return Ok(verdict);
        }
        tries += 1;
    }
}

/// One ref is moved, so all or nothing is. The lease says that it must not exist: an empty one never lets a branch that
/// exists be moved, not even forward.
async fn send(session: &Session, push: &Push, meter: &mut Meter) -> Result<Verdict, SyncError> {
    let branch = push.branch.full();
    let lease = format!("--force-with-lease={branch}:");
    let refspec = format!("{}:{branch}", push.commit);
    let command = session.git.local(&session.area).args([
        "push",
        "--porcelain",
        "--progress",
        "--no-verify",
        "--no-follow-tags",
        "--no-signed",
        "--recurse-submodules=no",
        // The name is a branch's: it holds nothing that could end or change the option.
        &lease,
    ]);
    let (command, url) = command.reaching(&session.route, session.limits.no_progress);
    let command = command.operands([&url, &refspec]);
    let finished = run(command, None, &session.limits, meter).await;
    let finished = finished.map_err(|error| stopped(error, &session.limits, &session.options))?;
    match Verdict::read(&finished.stdout, &refspec) {
        Some(Verdict::Declined(reason)) => declined(reason, &finished.stderr),
        Some(verdict) => Ok(verdict),
        None => Err(refusal(&finished.stderr)),
    }
}

/// Whether it is the remote that declines: it may have waited in vain for a pack that this side could not make, or be gone.
fn declined(reason: String, stderr: &str) -> Result<Verdict, SyncError> {
    let failure = failure(stderr);
    if matches!(failure, SyncError::Corrupt { damaged: Damaged::Mirror, .. }) {
        Err(failure)
    } else if reason == NO_REPORT {
        Err(SyncError::Unreachable("the connection failed".into()))
    } else {
        Ok(Verdict::Declined(reason))
    }
}

impl Verdict {
    /// Reads the line of git-push(1)'s porcelain output that is about this refspec: `<flag>\t<from>:<to>\t<summary>`.
    fn read(answer: &[u8], refspec: &str) -> Option<Self> {
        answer.lines().find_map(|line| {
            let (flag, rest) = line.split_once_str("\t")?;
            let (about, summary) = rest.split_once_str("\t")?;
            if about != refspec.as_bytes() {
                return None;
            }
            let summary = summary.to_str_lossy();
            let (_, reason) = summary.split_once('(').unwrap_or_default();
            match flag {
                b"*" => Some(Self::Made),
                b"=" => Some(Self::Already),
                // Refused by this side: the branch is there.
                b"!" if summary.starts_with("[rejected]") => Some(Self::Taken),
                b"!" => Some(Self::Declined(reason.strip_suffix(')').unwrap_or(reason).to_owned())),
                _ => None,
            }
        })
    }
}

/// Why a push came to no verdict.
fn refusal(stderr: &str) -> SyncError {
    if says(stderr, READ_ONLY) { SyncError::AuthFailed } else { failure(stderr) }
}

/// A remote's reason as it may be shown. It knows the token, and may say it.
fn shown(route: &Route, reason: &str) -> String {
    let reason = match &route.pass {
        Pass::Login(login) => reason.replace(login.token().expose_secret(), "<token>"),
        Pass::Keys(..) | Pass::None => reason.to_owned(),
    };
    let mut reason = redact(&reason).replace('\n', " ");
    reason.truncate(reason.floor_char_boundary(MAX_REASON));
    if reason.is_empty() { "it gave no reason".into() } else { reason }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ABOUT: &str = "1111:refs/heads/a";

    fn read(line: &str) -> Option<Verdict> {
        Verdict::read(format!("To ssh://h/x\n{line}\nDone\n").as_bytes(), ABOUT)
    }

    #[test]
    fn the_line_about_the_branch_decides() {
        assert_eq!(read("*\t1111:refs/heads/a\t[new branch]"), Some(Verdict::Made));
        assert_eq!(read("=\t1111:refs/heads/a\t[up to date]"), Some(Verdict::Already));
        assert_eq!(read("!\t1111:refs/heads/a\t[rejected] (stale info)"), Some(Verdict::Taken));
        let declined = |reason: &str| Some(Verdict::Declined(reason.into()));
        assert_eq!(read("!\t1111:refs/heads/a\t[remote rejected] (hook (x) declined)"), declined("hook (x) declined"));
        assert_eq!(read("!\t1111:refs/heads/a\t[remote rejected]"), declined(""));
        for other in ["*\t1111:refs/heads/ab\t[new branch]", " \t1111:refs/heads/a\t1..2", "Everything up-to-date", ""]
        {
            assert_eq!(read(other), None, "{other}");
        }
    }

    #[test]
    fn a_remote_that_only_lets_us_read_refuses_the_push() {
        for said in [
            "ERROR: The key you are authenticating with has been marked as read only.\nfatal: Could not read from remote",
            "ERROR: Permission to a/b.git denied to deploy key\nfatal: Could not read from remote repository.",
            "remote: ERROR: You are not allowed to push code to this project.\nfatal: Could not read from remote",
            "fatal: unable to access 'https://h/a/': The requested URL returned error: 403",
            "fatal: Authentication failed for 'https://h/a/'",
        ] {
            assert!(matches!(refusal(said), SyncError::AuthFailed), "{said}");
        }
        let broken = "fatal: the remote end hung up unexpectedly";
        assert!(matches!(refusal(broken), SyncError::Unreachable(_)));
    }
}
