//! Children that stay: one that has answered a question about a mirror's files waits for the next for a while, with these
//! files and all that it found out about them in memory. The next answer takes milliseconds then.

use std::{
    path::{Path, PathBuf},
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio_util::sync::CancellationToken;

use super::{
    Answer, EngineError, Request,
    launch::{self, Group, Limits},
};

/// Owns the children that wait, so many at most. Each ends by itself when nobody asks it in time.
pub struct Warm {
    most: usize,
    patience: Duration,
    /// By how long they wait, the longest first.
    waiting: Mutex<Vec<Waiting>>,
}

struct Waiting {
    mirror: PathBuf,
    group: Group,
}

impl Warm {
    /// Lets so many wait, each for so long. With none, each question has a child of its own.
    pub fn new(most: usize, patience: Duration) -> Self {
        Self { most, patience, waiting: Mutex::default() }
    }

    /// Asks a child that knows the mirror's files, or else a new one. Dropped or cancelled, the child is killed with all its
    /// processes; so it is after an error.
    pub async fn run(
        &self,
        request: &Request,
        limits: Limits,
        cancel: &CancellationToken,
        mut progress: impl FnMut(u64, u64),
    ) -> Result<Answer, EngineError> {
        let Some(mirror) = request.mirror_that_is_read().filter(|_| self.most > 0) else {
            return launch::run(request, limits, cancel, progress).await;
        };
        if let Some(group) = self.take(mirror) {
            match self.ask(mirror, group, (request, limits, cancel), &mut progress).await {
                // It ended a moment ago because nobody had asked it, or had less memory left than a new one has.
                Err(EngineError::Died(_) | EngineError::Io(_)) => {}
                outcome => return outcome,
            }
        }
        let group = Group::spawn(limits.memory_mb, self.patience)?;
        self.ask(mirror, group, (request, limits, cancel), &mut progress).await
    }

    async fn ask(
        &self,
        mirror: &Path,
        mut group: Group,
        (request, limits, cancel): (&Request, Limits, &CancellationToken),
        progress: &mut impl FnMut(u64, u64),
    ) -> Result<Answer, EngineError> {
        let answer = group.ask(request, limits.time, cancel, progress).await?;
        self.keep(Waiting { mirror: mirror.to_path_buf(), group });
        Ok(answer)
    }

    /// One that knows the mirror and still waits.
    fn take(&self, mirror: &Path) -> Option<Group> {
        let mut waiting = self.waiting();
        waiting.retain_mut(|one| !one.group.has_ended());
        let at = waiting.iter().rposition(|one| one.mirror == mirror)?;
        Some(waiting.remove(at).group)
    }

    /// Lets one wait, in the place of whoever has waited longest if there are enough.
    fn keep(&self, one: Waiting) {
        let mut waiting = self.waiting();
        waiting.retain_mut(|one| !one.group.has_ended());
        waiting.push(one);
        let surplus = waiting.len().saturating_sub(self.most);
        waiting.drain(..surplus);
    }

    fn waiting(&self) -> MutexGuard<'_, Vec<Waiting>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
