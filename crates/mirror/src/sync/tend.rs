//! Housekeeping: packs rolled together as they pile up, what nothing leads to set aside and dropped, a commit-graph.

use std::{
    fs, io,
    path::Path,
    time::{Duration, SystemTime},
};

use serde::{Deserialize, Serialize};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::{
    SyncError, SyncOptions, blocking, check, exclusively, is_present,
    room::Room,
    room::bytes_below,
    session::{Silent, finish},
};
use crate::git::{Area, Git, GitCommand, Limits};

/// Its time is that of the last repack of everything.
const MARK: &str = "hivesync-repacked";

/// How a mirror is tended.
#[derive(Debug, Clone)]
pub struct TendOptions {
    /// Packs that may pile up before the small ones are rolled together.
    pub max_packs: usize,
    /// Least time between two repacks of everything, which also set aside what nothing leads to any more.
    pub full_every: Duration,
    /// How long that is kept, from when it came or was last used, before such a repack drops it.
    pub keep_unreachable: Duration,
    /// Most time for all of it.
    pub hard_deadline: Duration,
    /// Bytes that must stay free on the disk; a repack needs as many again as the mirror's packs have.
    pub least_free_bytes: u64,
}

impl Default for TendOptions {
    /// 12 packs; everything at most once a week; the unreachable kept for two weeks; 30 min; 256 MiB.
    fn default() -> Self {
        Self {
            max_packs: 12,
            full_every: Duration::from_hours(7 * 24),
            keep_unreachable: Duration::from_hours(14 * 24),
            hard_deadline: Duration::from_mins(30),
            least_free_bytes: 256 << 20,
        }
    }
}

/// How packs are put together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Repack {
    /// The small ones, so that each that is left has at least twice the objects of all smaller ones.
    Small,
    /// All into one. What no ref leads to goes into a pack of its own, and out of it when its time has come.
    All,
}

/// What tending came to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tended {
    /// What was done; none if there was nothing to do.
    pub repacked: Option<Repack>,
    /// Packs before and after.
    pub packs: (usize, usize),
    /// Bytes of all objects' files before and after.
    pub bytes: (u64, u64),
}

/// What is to be done, as far as counting files tells: the cheap question before [`tend`]. Blocking, for microseconds.
pub(crate) fn due(git_dir: &Path, options: &TendOptions) -> io::Result<Option<Repack>> {
    let packs = check::packs(git_dir)?;
    let is_set_aside = packs.iter().any(|index| index.with_extension("mtimes").exists());
    let may_shrink = packs.len() > 1 || is_set_aside;
    // A new mirror is one pack with nothing in it that could go: its time counts from when it was made.
    let last = [MARK, "config"].map(|it| fs::metadata(git_dir.join(it)).and_then(|it| it.modified()));
    let last = last.into_iter().flatten().max();
    // A clock that was set back makes it due: nothing is lost by that.
    let age = last.map_or(Duration::MAX, |last| SystemTime::now().duration_since(last).unwrap_or(Duration::MAX));
    Ok(if may_shrink && age >= options.full_every {
        Some(Repack::All)
    } else {
        (packs.len() > options.max_packs).then_some(Repack::Small)
    })
}

/// Does what is due, under the mirror's lock.
pub(crate) async fn tend(
    git: Git,
    area: Area,
    options: TendOptions,
    cancel: &CancellationToken,
) -> Result<Tended, SyncError> {
    exclusively(area.clone(), cancel, |cancel| async move {
        let limits =
            Limits { no_progress: options.hard_deadline, deadline: Instant::now() + options.hard_deadline, cancel };
        let repacked = look(&area, &options).await?;
        let before = measure(&area).await?;
        if let Some(repack) = repacked {
            let work = Work { git, area: area.clone(), options, limits };
            let room = Room::of(&area.git_dir, None, work.options.least_free_bytes);
            room.check_for(before.1).await?;
            room.hold(work.carry_out(repack), &work.limits.cancel).await?;
        }
        let after = measure(&area).await?;
        let tended = Tended { repacked, packs: (before.0, after.0), bytes: (before.1, after.1) };
        tracing::debug!(?tended, "a mirror was tended");
        Ok(tended)
    })
    .await
}

async fn look(area: &Area, options: &TendOptions) -> Result<Option<Repack>, SyncError> {
    let (area, options) = (area.clone(), options.clone());
    blocking(move || {
        if is_present(&area) { due(&area.git_dir, &options).map_err(SyncError::local("count packs")) } else { Ok(None) }
    })
    .await
}

/// Packs, and bytes of all objects' files.
async fn measure(area: &Area) -> Result<(usize, u64), SyncError> {
    let git_dir = area.git_dir.clone();
    let measure = move || Ok((check::packs(&git_dir)?.len(), bytes_below(&git_dir.join("objects"), 1)?));
    blocking(move || measure().map_err(SyncError::local("measure the mirror"))).await
}

struct Work {
    git: Git,
    area: Area,
    options: TendOptions,
    limits: Limits,
}

impl Work {
    /// New packs are in place before old ones go, and readers that miss an object look for it in new packs.
    ///
    /// No multi-pack-index and no bitmaps: the first would be one more file to go wrong, for what a dozen packs never
    /// need, and nobody fetches from a mirror.
    async fn carry_out(&self, repack: Repack) -> Result<(), SyncError> {
        let expiry = format!("--cruft-expiration={}.seconds.ago", self.options.keep_unreachable.as_secs());
        let command = self.git.local(&self.area).args(["repack", "-q", "-d", "-n", "--no-write-bitmap-index"]);
        let command = match repack {
            Repack::Small => command.args(["--geometric=2"]),
            Repack::All => command.args(["--cruft", &expiry]),
        };
        // It has time, and others have not: one thread, and little memory.
        let gently = command.config("pack.threads", "1").config("pack.windowMemory", "64m");
        self.run(check::underived(gently)).await?;
        // Beside new layers, old ones may still name commits that have just been dropped.
        let split = if repack == Repack::All { "--split=replace" } else { "--split" };
        let graph = self.git.local(&self.area).args(["commit-graph", "write", "--reachable", "--no-progress", split]);
        self.run(graph).await?;
        if repack == Repack::All {
            let mark = self.area.git_dir.join(MARK);
            blocking(move || fs::write(mark, b"").map_err(SyncError::local("mark the mirror"))).await?;
        }
        Ok(())
    }

    async fn run(&self, command: GitCommand) -> Result<(), SyncError> {
        // Only for what a message says of the limit.
        let options = SyncOptions { hard_deadline: self.options.hard_deadline, ..SyncOptions::default() };
        finish(command, None, &self.limits, &options, &mut Silent { remote: false }).await.map(drop)
    }
}
