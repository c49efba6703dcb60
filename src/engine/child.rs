//! The child's side: limits itself, does what it is asked for, says how it went, and waits a while for the next question.

use std::{
    io::{self, Read, Write},
    sync::mpsc::{Receiver, RecvTimeoutError, sync_channel},
    thread,
    time::Duration,
};

use refactor::Known;
use rustix::process::{Resource, Rlimit, Signal, getrlimit, nice, set_parent_process_death_signal, setrlimit};

use super::{
    Line, Request, manifest,
    rename::{self, Question},
    tree::Fault,
};

/// More than one is ever asked. A child that was asked so much ends, and another begins.
const MOST_STDIN: u64 = 1 << 20;

/// What is known of a text takes about a dozen times its bytes; all of it shall not take more than a fifth of the memory.
const KNOWN_SHARE: u64 = 64;
/// MiB of texts that something is known of, where memory has no limit.
const MOST_KNOWN_MB: u64 = 64;

/// Steps of priority below the service: whoever reads goes before what is computed (nice(2)).
const BEHIND_READERS: i32 = 10;

/// Reads a request from standard input, works, and writes lines to standard output. Then waits for another, if somebody
/// asks it in time.
///
/// # Errors
/// Only when it cannot listen or speak; a failure of the work is said, not returned.
pub fn run(memory_mb: u64, patience: Duration) -> io::Result<()> {
    // It must not outlive the service that reads its answer.
    set_parent_process_death_signal(Some(Signal::KILL))?;
    // Where this is refused it is merely as quick as the rest.
    let _priority = nice(BEHIND_READERS);
    if memory_mb > 0 {
        let most = Some(memory_mb.saturating_mul(1 << 20));
        let before = getrlimit(Resource::Data);
        setrlimit(Resource::Data, Rlimit { current: most, maximum: before.maximum })?;
    }
    let most_mb = if memory_mb > 0 { memory_mb.div_ceil(KNOWN_SHARE) } else { MOST_KNOWN_MB };
    let desk = Desk {
        requests: listen()?,
        patience,
        known: Known::new(),
        most_known: usize::try_from(most_mb << 20).unwrap_or(usize::MAX),
    };
    let mut next = Some(desk.requests.recv().map_err(io::Error::other)??);
    while let Some(request) = next {
        fail::fail_point!("engine-child");
        next = match request {
            Request::Manifest(request) => {
                answer(manifest::make(&request, &progress).map(Line::Made))?;
                desk.next()?
            }
            Request::Rename(request) => rename::attend(Question::Rename(request), &desk)?,
            Request::Look(request) => rename::attend(Question::Look(request), &desk)?,
        };
    }
    Ok(())
}

/// Where requests come in, and what is known from earlier ones.
pub(super) struct Desk {
    requests: Receiver<io::Result<Request>>,
    patience: Duration,
    pub(super) known: Known,
    most_known: usize,
}

impl Desk {
    /// The next request; nothing when nobody asks in time, or any more.
    pub(super) fn next(&self) -> io::Result<Option<Request>> {
        if self.known.text_bytes() > self.most_known {
            self.known.forget();
        }
        match self.requests.recv_timeout(self.patience) {
            Ok(request) => request.map(Some),
            Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => Ok(None),
        }
    }
}

/// Reads requests on a thread of its own, so that one can wait for them in vain.
fn listen() -> io::Result<Receiver<io::Result<Request>>> {
    let (sender, receiver) = sync_channel(1);
    let read = move || {
        let stdin = io::stdin().lock().take(MOST_STDIN);
        for request in serde_json::Deserializer::from_reader(stdin).into_iter::<Request>() {
            if sender.send(request.map_err(io::Error::from)).is_err() {
                break;
            }
        }
    };
    thread::Builder::new().name("requests".to_owned()).spawn(read)?;
    Ok(receiver)
}

/// Says how the work went.
pub(super) fn answer(end: Result<Line, Fault>) -> io::Result<()> {
    write(&end.unwrap_or_else(|fault| Line::Failed { message: fault.message, corrupt: fault.corrupt }))
}

/// Says how far the work is. Progress that nobody reads any more is no reason to stop: the parent's end is.
pub(super) fn progress(done: u64, total: u64) {
    drop(write(&Line::Progress { done, total }));
}

fn write(line: &Line) -> io::Result<()> {
    let mut stdout = io::stdout().lock();
    serde_json::to_writer(&mut stdout, line)?;
    stdout.write_all(b"\n")?;
    stdout.flush()
}
