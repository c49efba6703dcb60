//! Processes that outlived a service which was killed: found by the home that we gave them, and ended.

use std::{fs, path::Path};

use rustix::process::{Pid, Signal, kill_process};

/// Ends every process whose home is this folder. Whoever calls holds the lock on it, so that they are a dead holder's:
/// one that waits for a silent remote would wait for ever. Where there is no `/proc`, none is found.
pub(crate) fn end_orphans(home: &Path) {
    let variable = [b"HOME=", home.as_os_str().as_encoded_bytes()].concat();
    for process in fs::read_dir("/proc").into_iter().flatten().flatten() {
        let number = process.file_name().to_str().and_then(|name| name.parse().ok());
        let Some(pid) = number.and_then(Pid::from_raw) else { continue };
        // Not to be read: it has ended, or is somebody else's.
        let Ok(environment) = fs::read(process.path().join("environ")) else { continue };
        if environment.split(|byte| *byte == 0).any(|entry| entry == variable) {
            tracing::info!(pid = pid.as_raw_nonzero(), "ending a process that a dead service left behind");
            // The only failure is that it has ended by itself.
            let _ = kill_process(pid, Signal::KILL);
        }
    }
}
