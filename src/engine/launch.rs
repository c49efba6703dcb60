//! Starts an engine child, asks it, listens to it, and makes sure that it is gone afterwards.

use std::{env, io, path::PathBuf, process::Stdio, time::Duration};

use rustix::process::{Pid, Signal, kill_process_group};
use tokio::{
    io::{AsyncBufRead, AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader, Lines, Take},
    process::{Child, ChildStderr, ChildStdin, ChildStdout, Command},
    time::{Instant, timeout_at},
};
use tokio_util::{sync::CancellationToken, task::AbortOnDropHandle};

use super::{Answer, EngineError, Line, Request};

/// More than all that a child says to one question.
const MOST_STDOUT: u64 = 64 << 20;
const MOST_STDERR: usize = 16 << 10;

/// Limits of one question.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// MiB of memory of the child's own; 0: none.
    pub memory_mb: u64,
    /// From start to end.
    pub time: Duration,
}

/// Asks a child of its own. Dropped or cancelled, the child is killed with all its processes.
pub async fn run(
    request: &Request,
    limits: Limits,
    cancel: &CancellationToken,
    progress: impl FnMut(u64, u64),
) -> Result<Answer, EngineError> {
    let mut group = Group::spawn(limits.memory_mb, Duration::ZERO)?;
    let outcome = group.ask(request, limits.time, cancel, progress).await;
    group.end().await;
    outcome
}

/// A child that leads a process group of its own.
pub(super) struct Group {
    child: Child,
    leader: Option<Pid>,
    stdin: ChildStdin,
    lines: Lines<BufReader<Take<ChildStdout>>>,
    complaints: AbortOnDropHandle<()>,
}

impl Group {
    /// A child that ends when it has answered and nobody asks it again for so long.
    pub(super) fn spawn(memory_mb: u64, patience: Duration) -> io::Result<Self> {
        #[expect(clippy::disallowed_methods, reason = "the one place that starts this program's own child")]
        let mut command = Command::new(program()?);
        command
            .args(["engine", "--memory-mb", &memory_mb.to_string()])
            .args(["--patience-ms", &patience.as_millis().to_string()])
            .env_clear()
            // Git is looked up there, and nothing else of the service's environment is the child's business.
            .envs(env::vars_os().filter(|(name, _)| name == "PATH" || name == "FAILPOINTS"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .process_group(0)
            .kill_on_drop(true);
        let mut child = command.spawn()?;
        let leader = child.id().and_then(|id| i32::try_from(id).ok()).and_then(Pid::from_raw);
        let (Some(stdin), Some(stdout), Some(stderr)) = (child.stdin.take(), child.stdout.take(), child.stderr.take())
        else {
            return Err(io::Error::other("no pipes"));
        };
        let lines = BufReader::new(stdout.take(MOST_STDOUT)).lines();
        let complaints = AbortOnDropHandle::new(tokio::spawn(pass_on(stderr)));
        Ok(Self { child, leader, stdin, lines, complaints })
    }

    /// Asks, and hears the answer. After an error nothing is known of the child: whoever gets one lets go of it.
    pub(super) async fn ask(
        &mut self,
        request: &Request,
        time: Duration,
        cancel: &CancellationToken,
        progress: impl FnMut(u64, u64),
    ) -> Result<Answer, EngineError> {
        let until = Instant::now() + time;
        let conversation = self.converse(request, progress);
        tokio::select! {
            outcome = timeout_at(until, conversation) => outcome.unwrap_or(Err(EngineError::TimedOut)),
            () = cancel.cancelled() => Err(EngineError::Cancelled),
        }
    }

    async fn converse(&mut self, request: &Request, mut progress: impl FnMut(u64, u64)) -> Result<Answer, EngineError> {
        let mut question = serde_json::to_vec(request).map_err(io::Error::other)?;
        question.push(b'\n');
        self.stdin.write_all(&question).await?;
        self.lines.get_mut().get_mut().set_limit(MOST_STDOUT);
        match listen(&mut self.lines, &mut progress).await? {
            Some(Line::Failed { message, corrupt: true }) => Err(EngineError::Corrupt(message)),
            Some(Line::Failed { message, corrupt: false }) => Err(EngineError::Failed(message)),
            Some(Line::Made(made)) => Ok(Answer::Made(made)),
            Some(Line::Proposed(proposed)) => Ok(Answer::Proposed(proposed)),
            Some(Line::Seen { symbol }) => Ok(Answer::Seen(symbol)),
            Some(Line::Unanswered { lack, message }) => Ok(Answer::Unanswered(lack, message)),
            Some(Line::Progress { .. }) | None => {
                // What it complained of is told before its end is.
                let _told = (&mut self.complaints).await;
                Err(EngineError::Died(self.child.wait().await?.to_string()))
            }
        }
    }

    /// Whether it has ended by itself.
    pub(super) fn has_ended(&mut self) -> bool {
        !matches!(self.child.try_wait(), Ok(None))
    }

    /// Ends it with all its processes, and takes leave of it.
    async fn end(mut self) {
        self.kill();
        // It cannot refuse, and if nobody can wait for it there is nothing left to do.
        let _taken_leave_of = self.child.wait().await;
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

/// Hears a child up to the end of its answer, or up to its own.
async fn listen(
    lines: &mut Lines<impl AsyncBufRead + Unpin>,
    progress: &mut impl FnMut(u64, u64),
) -> io::Result<Option<Line>> {
    while let Some(line) = lines.next_line().await? {
        match serde_json::from_str(&line) {
            Ok(Line::Progress { done, total }) => progress(done, total),
            Ok(said) => return Ok(Some(said)),
            Err(error) => tracing::warn!(%error, "engine child said something unknown"),
        }
    }
    Ok(None)
}

/// Writes down what a child complains of. Of one that says more than the most, the rest is heard and forgotten: it must not
/// wait for somebody to hear it.
async fn pass_on(mut stderr: ChildStderr) {
    let (mut piece, mut told) = ([0; 4096], 0);
    while let Ok(count @ 1..) = stderr.read(&mut piece).await {
        if told < MOST_STDERR {
            let said = String::from_utf8_lossy(piece.get(..count).unwrap_or_default()).into_owned();
            tracing::warn!(stderr = said, "engine child complained");
        }
        told = told.saturating_add(count);
    }
}

/// This same program, even after its file was replaced by a newer version.
fn program() -> io::Result<PathBuf> {
    let link = PathBuf::from("/proc/self/exe");
    if link.exists() { Ok(link) } else { env::current_exe() }
}
