//! Starts an engine child, listens to it, and makes sure that it is gone afterwards.

use std::{env, path::PathBuf, process::Stdio, time::Duration};

use rustix::process::{Pid, Signal, kill_process_group};
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader, copy, sink},
    process::{Child, Command},
    time::{Instant, timeout_at},
};
use tokio_util::sync::CancellationToken;

use super::{Answer, EngineError, Line, Request};

/// More than the longest line that a child says.
const MOST_STDOUT: u64 = 64 << 20;
const MOST_STDERR: u64 = 16 << 10;

/// Limits of one child.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// MiB of memory of its own; 0: none.
    pub memory_mb: u64,
    /// From start to end.
    pub time: Duration,
}

/// Runs a child to its end. Dropped or cancelled, the child is killed with all its processes.
pub async fn run(
    request: &Request,
    limits: Limits,
    cancel: &CancellationToken,
    mut progress: impl FnMut(u64, u64),
) -> Result<Answer, EngineError> {
    let mut group = Group::spawn(limits)?;
    let until = Instant::now() + limits.time;
    let conversation = group.converse(request, &mut progress);
    let outcome = tokio::select! {
        outcome = timeout_at(until, conversation) => outcome.unwrap_or(Err(EngineError::TimedOut)),
        () = cancel.cancelled() => Err(EngineError::Cancelled),
    };
    group.kill();
    outcome
}

/// A child that leads a process group of its own.
struct Group {
    child: Child,
    leader: Option<Pid>,
}

impl Group {
    fn spawn(limits: Limits) -> Result<Self, EngineError> {
        #[expect(clippy::disallowed_methods, reason = "the one place that starts this program's own child")]
        let mut command = Command::new(program()?);
        command
            .args(["engine", "--memory-mb", &limits.memory_mb.to_string()])
            .env_clear()
            // Git is looked up there, and nothing else of the service's environment is the child's business.
            .envs(env::vars_os().filter(|(name, _)| name == "PATH" || name == "FAILPOINTS"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .process_group(0)
            .kill_on_drop(true);
        let child = command.spawn()?;
        let leader = child.id().and_then(|id| i32::try_from(id).ok()).and_then(Pid::from_raw);
        Ok(Self { child, leader })
    }

    async fn converse(
        &mut self,
        request: &Request,
        progress: &mut impl FnMut(u64, u64),
    ) -> Result<Answer, EngineError> {
        let (Some(mut stdin), Some(stdout), Some(stderr)) =
            (self.child.stdin.take(), self.child.stdout.take(), self.child.stderr.take())
        else {
            return Err(EngineError::Died("no pipes".into()));
        };
        let asked = async {
            let request = serde_json::to_vec(request).map_err(std::io::Error::other)?;
            stdin.write_all(&request).await?;
            drop(stdin);
            Ok::<(), std::io::Error>(())
        };
        let mut complaints = Vec::new();
        let complaining = async {
            let mut stderr = stderr.take(MOST_STDERR);
            stderr.read_to_end(&mut complaints).await?;
            // A child that says more must not wait for somebody to hear it.
            copy(&mut stderr.into_inner(), &mut sink()).await
        };
        let ((), end, _) = tokio::try_join!(asked, listen(stdout, progress), complaining)?;
        let status = self.child.wait().await?;
        if !complaints.is_empty() {
            tracing::warn!(%status, stderr = %String::from_utf8_lossy(&complaints), "engine child complained");
        }
        match end {
            Some(Line::Failed { message, corrupt: true }) => Err(EngineError::Corrupt(message)),
            Some(Line::Failed { message, corrupt: false }) => Err(EngineError::Failed(message)),
            _ if !status.success() => Err(EngineError::Died(status.to_string())),
            Some(Line::Made(made)) => Ok(Answer::Made(made)),
            Some(Line::Proposed(proposed)) => Ok(Answer::Proposed(proposed)),
            Some(Line::Seen { symbol }) => Ok(Answer::Seen(symbol)),
            Some(Line::Unanswered { lack, message }) => Ok(Answer::Unanswered(lack, message)),
            Some(Line::Progress { .. }) | None => Err(EngineError::Died(status.to_string())),
        }
    }

    fn kill(&mut self) {
        if let Some(leader) = self.leader.take() {
            // An error means that nobody of the group is left.
            let _nobody_left = kill_process_group(leader, Signal::KILL);
        }
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        self.kill();
    }
}

async fn listen(
    stdout: impl tokio::io::AsyncRead + Unpin,
    progress: &mut impl FnMut(u64, u64),
) -> Result<Option<Line>, std::io::Error> {
    let mut lines = BufReader::new(stdout.take(MOST_STDOUT)).lines();
    let mut end = None;
    while let Some(line) = lines.next_line().await? {
        match serde_json::from_str(&line) {
            Ok(Line::Progress { done, total }) => progress(done, total),
            Ok(said) => end = Some(said),
            Err(error) => tracing::warn!(%error, "engine child said something unknown"),
        }
    }
    Ok(end)
}

/// This same program, even after its file was replaced by a newer version.
fn program() -> std::io::Result<PathBuf> {
    let link = PathBuf::from("/proc/self/exe");
    if link.exists() { Ok(link) } else { env::current_exe() }
}
