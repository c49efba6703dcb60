//! Running one `git` process to its end: within its limits, with bounded output, or killed with all it started.

use std::{
    io::{self, Cursor},
    process::{ExitStatus, Stdio},
    time::Duration,
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    process::{Child, ChildStderr, ChildStdin, ChildStdout, Command},
    time::{Instant, sleep_until},
};
use tokio_util::sync::CancellationToken;

use super::{GitCommand, Group, bound_memory, redact};

/// Most that a process may print on its standard output, in bytes: some 300,000 refs.
const MAX_STDOUT: usize = 32 << 20;

/// What is kept of the standard error, in bytes, from its end.
const STDERR_TAIL: usize = 16 << 10;

/// How lines begin that the remote wrote.
const REMOTE: &[u8; 8] = b"remote: ";

/// How long a process that has closed its output may take to end.
const LAST_BREATH: Duration = Duration::from_secs(10);

/// When a process is stopped.
#[derive(Debug, Clone)]
pub(crate) struct Limits {
    /// Longest silence, while the process waits for a remote.
    pub(crate) no_progress: Duration,
    /// The end of the whole sync's time.
    pub(crate) deadline: Instant,
    pub(crate) cancel: CancellationToken,
}

/// A process that ended by itself, well or badly.
#[derive(Debug)]
pub(crate) struct Finished {
    pub(crate) status: ExitStatus,
    pub(crate) stdout: Vec<u8>,
    /// The end of what it said, as it said it: for classification, never for people.
    pub(crate) stderr: String,
}

/// Why a process did not get to its end. It and all it started are dead.
#[derive(Debug)]
pub(crate) enum RunError {
    Io(io::Error),
    Cancelled,
    NoProgress,
    Deadline,
    TooMuchOutput,
    /// The watcher had seen enough.
    Stopped,
}

/// Looks at what a process says while it runs.
pub(crate) trait Watch: Send {
    /// Takes the next bytes of the standard error; false stops the process.
    fn hear(&mut self, bytes: &[u8]) -> bool;

    /// Whether silence now means that the remote is silent.
    fn waits_for_remote(&self) -> bool;
}

/// Runs the command, gives it `input`, and waits for its end within the limits. Dropping the future kills the group.
pub(crate) async fn run(
    command: GitCommand,
    input: Option<Vec<u8>>,
    limits: &Limits,
    watch: &mut dyn Watch,
) -> Result<Finished, RunError> {
    let mut command = Command::from(command.build());
    if input.is_some() {
        command.stdin(Stdio::piped());
    }
    let mut child = command.kill_on_drop(true).spawn().map_err(RunError::Io)?;
    // Declared after the child, so dropped before it: the group is killed while its number is still ours.
    let mut group = Group::led_by(child.id().unwrap_or(0));
    child.id().into_iter().for_each(bound_memory);
    let finished = attend(&mut child, input, limits, watch).await;
    if finished.is_err() {
        group.kill();
        // Dead, it ends within moments; not waiting for ever is for processes stuck in the kernel.
        let _ = tokio::time::timeout(LAST_BREATH, child.wait()).await;
    }
    group.disarm();
    finished
}

async fn attend(
    child: &mut Child,
    input: Option<Vec<u8>>,
    limits: &Limits,
    watch: &mut dyn Watch,
) -> Result<Finished, RunError> {
    let mut output = Output {
        stdin: child.stdin.take().zip(input.map(Cursor::new)),
        stdout: child.stdout.take(),
        stderr: child.stderr.take(),
        said: Said::default(),
    };
    output.read_all(limits, watch).await?;
    let status = match tokio::time::timeout(LAST_BREATH, child.wait()).await {
        Ok(status) => status.map_err(RunError::Io)?,
        Err(_) => return Err(RunError::NoProgress),
    };
    let Said { stdout, tail } = output.said;
    let stderr = String::from_utf8_lossy(&tail).into_owned();
    if !status.success() {
        tracing::debug!(%status, said = %redact(&own_words(&stderr)), "git failed");
    }
    Ok(Finished { status, stdout, stderr })
}

/// What was said on this side: a remote was given our secrets, and may say them.
fn own_words(stderr: &str) -> String {
    let lines = stderr.split_inclusive(['\r', '\n']);
    lines.filter(|line| !line.as_bytes().starts_with(REMOTE)).collect()
}

struct Output {
    stdin: Option<(ChildStdin, Cursor<Vec<u8>>)>,
    stdout: Option<ChildStdout>,
    stderr: Option<ChildStderr>,
    said: Said,
}

#[derive(Default)]
struct Said {
    stdout: Vec<u8>,
    tail: Vec<u8>,
}

impl Output {
    /// Reads both pipes to their ends. The process ends when it has closed both.
    async fn read_all(&mut self, limits: &Limits, watch: &mut dyn Watch) -> Result<(), RunError> {
        let (mut out, mut err) = (vec![0; 64 << 10], vec![0; 8 << 10]);
        let mut heard = Instant::now();
        while self.stdout.is_some() || self.stderr.is_some() {
            let silence = if watch.waits_for_remote() { heard + limits.no_progress } else { limits.deadline };
            tokio::select! {
                biased;
                () = limits.cancel.cancelled() => return Err(RunError::Cancelled),
                () = sleep_until(limits.deadline) => return Err(RunError::Deadline),
                () = sleep_until(silence) => return Err(RunError::NoProgress),
                written = write(&mut self.stdin), if self.stdin.is_some() => {
                    self.stdin = None;
                    // A process that ends early does not read on; its status says why.
                    if let Err(error) = written && error.kind() != io::ErrorKind::BrokenPipe {
                        return Err(RunError::Io(error));
                    }
                }
                read = read(&mut self.stdout, &mut out), if self.stdout.is_some() => {
                    let bytes = read.map_err(RunError::Io)?;
                    self.said.keep_stdout(bytes)?;
                    if bytes.is_empty() { self.stdout = None }
                }
                read = read(&mut self.stderr, &mut err), if self.stderr.is_some() => {
                    let bytes = read.map_err(RunError::Io)?;
                    self.said.keep_tail(bytes);
                    if !watch.hear(bytes) { return Err(RunError::Stopped) }
                    if bytes.is_empty() { self.stderr = None }
                }
            }
            heard = Instant::now();
        }
        Ok(())
    }
}

impl Said {
    fn keep_stdout(&mut self, bytes: &[u8]) -> Result<(), RunError> {
        if self.stdout.len() + bytes.len() > MAX_STDOUT {
            return Err(RunError::TooMuchOutput);
        }
        self.stdout.extend_from_slice(bytes);
        Ok(())
    }

    fn keep_tail(&mut self, bytes: &[u8]) {
        self.tail.extend_from_slice(bytes);
        // Cut now and then, not at each read.
        if self.tail.len() > 2 * STDERR_TAIL {
            let cut = self.tail.len() - STDERR_TAIL;
            // The rest of a line does not say who wrote it: it counts as the remote's, which is believed nothing.
            self.tail.splice(..cut, *REMOTE);
        }
    }
}

/// Writes what is left; what an interrupted call has written stays written.
async fn write(stdin: &mut Option<(ChildStdin, Cursor<Vec<u8>>)>) -> io::Result<()> {
    match stdin {
        Some((pipe, input)) => pipe.write_all_buf(input).await,
        None => Ok(()),
    }
}

async fn read<'a, R: AsyncReadExt + Unpin>(pipe: &mut Option<R>, buffer: &'a mut [u8]) -> io::Result<&'a [u8]> {
    let Some(pipe) = pipe else { return Ok(&[]) };
    let read = pipe.read(buffer).await?;
    Ok(buffer.get(..read).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_remote_says_is_never_taken_for_our_own_words_however_much_it_says() {
        for line in ["remote: token\n".to_owned(), format!("remote: {}\n", "token ".repeat(1_000))] {
            let mut said = Said::default();
            for piece in line.repeat(100_000 / line.len() + 1).as_bytes().chunks(1_001) {
                said.keep_tail(piece);
            }
            said.keep_tail(b"fatal: declined\n");
            let tail = String::from_utf8_lossy(&said.tail);
            assert!(tail.len() > STDERR_TAIL, "{}", tail.len());
            assert_eq!(own_words(&tail), "fatal: declined\n");
        }
    }
}
