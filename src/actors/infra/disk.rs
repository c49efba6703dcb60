//! The disk guard owns the word on whether there is room to write: without it nothing new is begun, and reads go on.

use std::{
    io,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use supervise::Stop;
use tokio::time::sleep;

use crate::{
    actors::{World, world::blocking},
    domain::failure::Failure,
};

const LOOK_EVERY: Duration = Duration::from_secs(2);

/// Whether the data directory's disk has room; clones share the answer.
#[derive(Debug, Clone, Default)]
pub struct Room {
    short: Arc<AtomicBool>,
    /// In bytes; 0: whatever there is will do.
    least: u64,
}

impl Room {
    /// Room, until a look says otherwise; `least_free_mb` MiB are wanted free.
    pub fn of(least_free_mb: u64) -> Self {
        Self { short: Arc::default(), least: least_free_mb.saturating_mul(1 << 20) }
    }

    /// Whether only reading is possible.
    pub fn is_short(&self) -> bool {
        self.short.load(Ordering::Acquire)
    }

    /// Looks at the disk of `folder`; answers with the free bytes.
    pub fn look(&self, folder: &Path) -> io::Result<u64> {
        let free = free(folder)?;
        let was_short = self.is_short();
        let short = free < self.wanted(was_short);
        if short != was_short {
            self.short.store(short, Ordering::Release);
            let (free_mb, least_mb) = (free >> 20, self.least >> 20);
            if short {
                tracing::error!(
                    free_mb,
                    least_mb,
                    "the disk is nearly full; nothing new is written until there is room"
                );
            } else {
                tracing::info!(free_mb, least_mb, "the disk has room again");
            }
        }
        Ok(free)
    }

    /// A little more than the least must be free again, so that the answer does not change with every file.
    fn wanted(&self, short: bool) -> u64 {
        if short { self.least.saturating_add(self.least / 16) } else { self.least }
    }
}

/// Bytes that we may still write on the disk of `folder`.
pub fn free(folder: &Path) -> io::Result<u64> {
    let stat = rustix::fs::statvfs(folder)?;
    Ok(stat.f_bavail.saturating_mul(stat.f_frsize))
}

/// Looks every other second until it is told to stop. A disk that does not answer leaves the last word standing.
pub async fn guard(world: World, stop: Stop) {
    while !stop.is_requested() {
        let (room, data_dir) = (world.room.clone(), world.config.data_dir.clone());
        let look = async {
            // One look at a time, however long a disk takes that hangs.
            let looked = blocking(move || room.look(&data_dir).map_err(Failure::internal)).await;
            if let Err(Failure::Internal(error)) = looked {
                tracing::warn!(error = &*error as &dyn std::error::Error, "the disk's free space cannot be read");
            }
            sleep(LOOK_EVERY).await;
        };
        tokio::select! {
            () = look => {}
            () = stop.requested() => {}
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

    use super::*;

    #[test]
    fn a_disk_with_less_than_the_least_is_short_until_there_is_a_little_more() {
        let folder = tempfile::tempdir().unwrap();
        let plenty = Room::of(0);
        plenty.look(folder.path()).unwrap();
        assert!(!plenty.is_short());
        let never = Room::of(u64::MAX >> 20);
        never.look(folder.path()).unwrap();
        assert!(never.is_short() && never.clone().is_short());
        let room = Room::of(512);
        assert_eq!((room.wanted(false), room.wanted(true)), (512 << 20, 544 << 20));
    }
}
