//! A bound on what one `git` process may hold in memory: a pack of a few kilobytes can describe objects of gigabytes.

/// Most private memory of a process, in bytes: enough to rebuild an object of 512 MiB, the largest that Git's own servers
/// send as a difference, from a base of that size, in two threads.
#[cfg(target_os = "linux")]
const MAX_MEMORY: u64 = 2 << 30;

/// Bounds the process with this number, and those that it starts from now on. Files that are mapped do not count.
#[cfg(target_os = "linux")]
pub(crate) fn bound_memory(pid: u32) {
    use rustix::process::{Pid, Resource, Rlimit, prlimit};

    let limit = Rlimit { current: Some(MAX_MEMORY), maximum: Some(MAX_MEMORY) };
    let pid = i32::try_from(pid).ok().and_then(Pid::from_raw);
    // Without a number it would bound this very process.
    if let Some(pid) = pid
        && let Err(error) = prlimit(Some(pid), Resource::Data, limit)
    {
        // It may have ended already.
        tracing::debug!(%error, "the memory of a git process is not bounded");
    }
}

/// Where another process's limits cannot be set, there is none.
#[cfg(not(target_os = "linux"))]
pub(crate) fn bound_memory(_: u32) {}
