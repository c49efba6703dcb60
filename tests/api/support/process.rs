//! A service that runs: its output in files, its address, its end.

use std::{
    fs::{self, File},
    path::PathBuf,
    process::{Child, ExitStatus},
    sync::{
        Arc, Condvar, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::Duration,
};

use rustix::process::{Pid, Signal, kill_process};
use tokio::task::spawn_blocking;

use super::{program::Program, wait_until};

const START_LIMIT: Duration = Duration::from_mins(1);

/// A child process. Dropped, it is killed.
pub(crate) struct Process {
    pid: Pid,
    told_to_stop: AtomicBool,
    ending: Arc<Ending>,
    stdout: PathBuf,
    log: PathBuf,
}

/// How the process ended, once it has.
#[derive(Default)]
struct Ending {
    status: Mutex<Option<ExitStatus>>,
    changed: Condvar,
}

impl Process {
    /// Starts `hivesync serve` on a free port; `life` numbers the files of its output.
    pub(crate) fn serve(program: &Program, life: u32) -> Self {
        let file = |kind| program.home().join(format!("serve-{life}.{kind}"));
        let (stdout, log) = (file("stdout"), file("log"));
        let data_dir = program.data_dir().display().to_string();
        let mut command = program.command(&["serve", "--listen", "127.0.0.1:0", "--data-dir", &data_dir]);
        command.stdout(File::create(&stdout).expect("a file for its output"));
        command.stderr(File::create(&log).expect("a file for its log"));
        let child = command.spawn().expect("the service starts");
        let (pid, ending) = (Pid::from_child(&child), Arc::<Ending>::default());
        let seen = Arc::clone(&ending);
        thread::spawn(move || seen.watch(child));
        Self { pid, told_to_stop: AtomicBool::new(false), ending, stdout, log }
    }

    /// Waits for the line that tells where it listens.
    pub(crate) async fn address(&self) -> String {
        let found = wait_until("the service listens", START_LIMIT, async || {
            let address = self.stdout_line("listening on ");
            if address.is_none() && self.ending.wait(Duration::ZERO).is_some() {
                return Some(Err(format!("the service ended while starting:\n{}", self.log())));
            }
            address.map(Ok)
        });
        found.await.unwrap_or_else(|problem| panic!("{problem}"))
    }

    /// Waits for the line that tells the setup token.
    pub(crate) async fn setup_token(&self) -> String {
        let prefix = "no account yet: the first one registers with the setup token ";
        wait_until("the setup token is printed", START_LIMIT, async || self.stdout_line(prefix)).await
    }

    fn stdout_line(&self, prefix: &str) -> Option<String> {
        let text = fs::read_to_string(&self.stdout).unwrap_or_default();
        // Only whole lines: the last one may still be on its way.
        let whole = text.split_inclusive('\n').filter_map(|line| line.strip_suffix('\n'));
        whole.filter_map(|line| line.strip_prefix(prefix)).map(str::to_owned).next()
    }

    /// All that it logged so far.
    pub(crate) fn log(&self) -> String {
        String::from_utf8_lossy(&fs::read(&self.log).unwrap_or_default()).into_owned()
    }

    pub(crate) fn pid(&self) -> Pid {
        self.pid
    }

    /// Tells it to stop, unless it was told so before: a second time would mean at once.
    pub(crate) fn stop(&self) {
        if !self.told_to_stop.load(Ordering::Relaxed) {
            self.signal(Signal::TERM);
        }
    }

    /// Sends `signal`, unless it has ended already.
    pub(crate) fn signal(&self, signal: Signal) {
        if signal == Signal::TERM {
            self.told_to_stop.store(true, Ordering::Relaxed);
        }
        let ended = self.ending.status.lock().expect("nobody panicked over it");
        if ended.is_none() {
            kill_process(self.pid, signal).expect("a signal to our own child");
        }
    }

    /// How it ended, if it does within `limit`. Holds the thread.
    pub(crate) fn ended(&self, limit: Duration) -> Option<ExitStatus> {
        self.ending.wait(limit)
    }

    /// How it ended, if it does within `limit`.
    pub(crate) async fn ends(&self, limit: Duration) -> Option<ExitStatus> {
        let ending = Arc::clone(&self.ending);
        spawn_blocking(move || ending.wait(limit)).await.expect("waiting does not panic")
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.signal(Signal::KILL);
        self.ending.wait(Duration::from_secs(10));
    }
}

impl Ending {
    fn watch(&self, mut child: Child) {
        let status = child.wait().expect("our own child can be waited for");
        *self.status.lock().expect("nobody panicked over it") = Some(status);
        self.changed.notify_all();
    }

    fn wait(&self, limit: Duration) -> Option<ExitStatus> {
        let status = self.status.lock().expect("nobody panicked over it");
        *self.changed.wait_timeout_while(status, limit, |status| status.is_none()).expect("nobody panicked over it").0
    }
}
