//! The child's side: limits itself, does the one thing that it is asked for, says how it went.

use std::io::{self, Read, Write};

use rustix::process::{Resource, Rlimit, Signal, getrlimit, set_parent_process_death_signal, setrlimit};

use super::{Line, Request, manifest, rename};

/// Longer than any request.
const MOST_STDIN: u64 = 1 << 20;

/// Reads a request from standard input, works, and writes lines to standard output.
///
/// # Errors
/// Only when it cannot listen or speak; a failure of the work is said, not returned.
pub fn run(memory_mb: u64) -> io::Result<()> {
    // It must not outlive the service that reads its answer.
    set_parent_process_death_signal(Some(Signal::KILL))?;
    if memory_mb > 0 {
        let most = Some(memory_mb.saturating_mul(1 << 20));
        let before = getrlimit(Resource::Data);
        setrlimit(Resource::Data, Rlimit { current: most, maximum: before.maximum })?;
    }
    let mut text = String::new();
    io::stdin().take(MOST_STDIN).read_to_string(&mut text)?;
    let request: Request = serde_json::from_str(&text)?;
    fail::fail_point!("engine-child");
    let progress = |done, total| say(&Line::Progress { done, total });
    let end = match request {
        Request::Manifest(request) => manifest::make(&request, &progress).map(Line::Made),
        Request::Rename(request) => rename::propose(&request, &progress),
        Request::Look(request) => rename::look(&request),
    };
    write(&end.unwrap_or_else(|fault| Line::Failed { message: fault.message, corrupt: fault.corrupt }))
}

/// Progress that nobody reads any more is no reason to stop: the parent's end is.
fn say(line: &Line) {
    drop(write(line));
}

fn write(line: &Line) -> io::Result<()> {
    let mut stdout = io::stdout().lock();
    serde_json::to_writer(&mut stdout, line)?;
    stdout.write_all(b"\n")?;
    stdout.flush()
}
