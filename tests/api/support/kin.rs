//! Processes that belong to a service: its children, and those that it left behind.

use std::fs;

use rustix::process::{Pid, Signal, kill_process};

use super::TestApp;

/// A process that runs.
#[derive(Debug)]
pub(crate) struct Relative {
    pid: i32,
    parent: i32,
    command: String,
    environment: String,
}

impl TestApp {
    /// Processes that the service started and that run.
    pub(crate) fn children(&self) -> Vec<Relative> {
        let me = self.pid();
        running().into_iter().filter(|process| process.parent == me).collect()
    }

    /// Processes that work in the service's folder, the service itself aside, whoever is their parent now.
    pub(crate) fn workers(&self) -> Vec<Relative> {
        let mirrors = self.program().data_dir().join("mirrors").display().to_string();
        let ours = |process: &Relative| process.command.contains(&mirrors) || process.environment.contains(&mirrors);
        running().into_iter().filter(ours).collect()
    }
}

impl Relative {
    /// The engine child, which reads a repository's content.
    pub(crate) fn is_engine(&self) -> bool {
        self.command.contains(" engine ")
    }

    /// Whether it still runs.
    pub(crate) fn runs(&self) -> bool {
        look(self.pid).is_some_and(|now| now.command == self.command)
    }

    /// Ends it as a crash would.
    pub(crate) fn kill(&self) {
        let pid = Pid::from_raw(self.pid).expect("a process id");
        let _ended_by_itself = kill_process(pid, Signal::KILL);
    }
}

fn running() -> Vec<Relative> {
    let entries = fs::read_dir("/proc").expect("a Linux machine").flatten();
    entries.filter_map(|entry| look(entry.file_name().to_str()?.parse().ok()?)).collect()
}

/// `None` when it has just ended, or has ended and is not waited for yet.
fn look(pid: i32) -> Option<Relative> {
    let words = |name| {
        let bytes = fs::read(format!("/proc/{pid}/{name}")).unwrap_or_default();
        String::from_utf8_lossy(&bytes).replace('\0', " ")
    };
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The name in brackets may hold anything, so what counts is what stands behind the last one.
    let mut fields = stat.rsplit_once(") ")?.1.split(' ');
    let (state, parent) = (fields.next()?, fields.next()?.parse().ok()?);
    let command = words("cmdline");
    (state != "Z").then(|| Relative { pid, parent, command, environment: words("environ") })
}
