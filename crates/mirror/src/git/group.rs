//! A process group that does not outlive its owner: `git` starts helpers, and all of them go together.

use std::process::Child;

use rustix::process::{Pid, Signal, kill_process_group};

/// Kills a process and everything it started when dropped, unless told that it has ended.
///
/// Disarm it only once the leader has been waited for, and drop it before that otherwise: until then the system
/// keeps the group's number from being given to strangers.
#[derive(Debug)]
pub(crate) struct Group(Option<Pid>);

impl Group {
    /// The group led by the process with this number.
    pub(crate) fn led_by(pid: u32) -> Self {
        Self(i32::try_from(pid).ok().and_then(Pid::from_raw))
    }

    /// The group led by this child.
    pub(crate) fn of(child: &Child) -> Self {
        Self::led_by(child.id())
    }

    /// The leader has been waited for.
    pub(crate) fn disarm(&mut self) {
        self.0 = None;
    }

    /// Ends every process of the group at once. Does not wait for them.
    pub(crate) fn kill(&self) {
        if let Some(pid) = self.0 {
            // The only failure is that none is left, which is what was wanted.
            let _ = kill_process_group(pid, Signal::KILL);
        }
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        self.kill();
    }
}
