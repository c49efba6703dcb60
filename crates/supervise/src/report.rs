//! The tree as an operator sees it: where every child stands, read without asking it anything.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use serde::Serialize;
use tokio::sync::Notify;

use crate::exit::Exit;
use crate::life::Life;
use crate::meter::{Load, Meter};

/// A child and all below it, at one moment. Times of day are microseconds since 1970, UTC.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Report {
    /// `root/infra/keeper`.
    pub path: String,
    /// What it is.
    pub kind: Kind,
    /// What it does now.
    pub state: State,
    /// Which life this is, from 1; 0 before the first.
    pub generation: u64,
    /// Lives started after the first.
    pub restarts: u64,
    /// When it came into this state.
    pub since_us: u64,
    /// When the next life starts, while backing off or quarantined.
    pub retry_at_us: Option<u64>,
    /// How its last life ended.
    pub last_exit: Option<LastExit>,
    /// Blocked threads that were left behind for it.
    pub threads_abandoned: u64,
    /// Messages accepted by its slot and not yet taken by it.
    pub mailbox_depth: usize,
    /// The most that ever stood there, over all lives.
    pub mailbox_high_water: usize,
    /// Messages accepted and not yet answered, those in the mailbox included.
    pub in_flight: usize,
    /// Messages answered, over all lives.
    pub handled: u64,
    /// From taking a message to its answer, microseconds, median; the last minutes weigh most.
    pub handle_p50_us: Option<u64>,
    /// The same, 99th percentile.
    pub handle_p99_us: Option<u64>,
    /// Panics that [`Context::isolate`](crate::Context::isolate) turned into answers.
    pub panics_isolated: u64,
    /// The children of a supervisor, in order of start.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub children: Vec<Report>,
}

impl Report {
    /// Finds a report below this one (or this one) by its path.
    pub fn find(&self, path: &str) -> Option<&Self> {
        if self.path == path {
            return Some(self);
        }
        self.children.iter().find_map(|child| child.find(path))
    }
}

/// What a child is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// An actor.
    Actor,
    /// A plain future.
    Task,
    /// A supervisor with children known beforehand; a pool is one.
    Supervisor,
    /// A supervisor of children that come and go.
    Dynamic,
}

/// What a child does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Its factory works, or it has not been polled yet.
    Starting,
    /// It lives.
    Running,
    /// It waits for its next life.
    BackingOff,
    /// It was asked to end.
    Stopping,
    /// It ended and does not come back, or waits for its turn to start.
    Stopped,
    /// It failed too often and is left alone for a while.
    Quarantined,
}

/// How the last life ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LastExit {
    /// As [`Exit::kind`].
    pub kind: &'static str,
    /// As [`Exit::message`].
    pub message: Option<String>,
    /// When.
    pub at_us: u64,
}

/// A child's place in the tree; it outlives the child's lives and those of its supervisors.
#[derive(Debug)]
pub(crate) struct Node {
    pub(crate) path: Arc<str>,
    pub(crate) kind: Kind,
    pub(crate) meter: Arc<Meter>,
    /// Rung to make the supervisor of this node look at `restart_asked`.
    pub(crate) bell: Arc<Notify>,
    pub(crate) restart_asked: AtomicBool,
    abandoned: AtomicU64,
    status: Mutex<Status>,
    children: Mutex<Vec<Arc<Node>>>,
}

#[derive(Debug)]
struct Status {
    state: State,
    since: SystemTime,
    retry_at: Option<SystemTime>,
    generation: u64,
    last_exit: Option<(Exit, SystemTime)>,
    life: Option<Arc<Life>>,
}

impl Node {
    pub(crate) fn new(path: String, kind: Kind, bell: Arc<Notify>) -> Arc<Self> {
        Arc::new(Self {
            path: path.into(),
            kind,
            meter: Arc::default(),
            bell,
            restart_asked: AtomicBool::new(false),
            abandoned: AtomicU64::new(0),
            status: Mutex::new(Status {
                state: State::Stopped,
                since: SystemTime::now(),
                retry_at: None,
                generation: 0,
                last_exit: None,
                life: None,
            }),
            children: Mutex::default(),
        })
    }

    pub(crate) fn generation(&self) -> u64 {
        lock(&self.status).generation
    }

    /// Counts one more life and answers its number.
    pub(crate) fn next_generation(&self) -> u64 {
        let mut status = lock(&self.status);
        status.generation += 1;
        status.generation
    }

    pub(crate) fn live(&self, life: &Arc<Life>) {
        // An order given before is fulfilled by this life.
        self.restart_asked.store(false, Ordering::Release);
        lock(&self.status).life = Some(Arc::clone(life));
        self.enter(State::Starting);
    }

    pub(crate) fn enter(&self, state: State) {
        let mut status = lock(&self.status);
        if status.state != state {
            status.state = state;
            status.since = SystemTime::now();
        }
        status.retry_at = None;
    }

    /// Backing off or quarantined, until `retry_at`.
    pub(crate) fn wait(&self, state: State, retry_at: SystemTime) {
        self.enter(state);
        lock(&self.status).retry_at = Some(retry_at);
    }

    pub(crate) fn ended(&self, exit: &Exit, abandoned: bool) {
        let mut status = lock(&self.status);
        status.last_exit = Some((exit.clone(), SystemTime::now()));
        status.life = None;
        drop(status);
        if abandoned {
            self.abandoned.fetch_add(1, Ordering::Relaxed);
        }
        self.enter(State::Stopped);
    }

    pub(crate) fn adopt(&self, child: &Arc<Self>) {
        lock(&self.children).push(Arc::clone(child));
    }

    pub(crate) fn disown(&self, child: &Arc<Self>) {
        lock(&self.children).retain(|other| !Arc::ptr_eq(other, child));
    }

    pub(crate) fn disown_all(&self) {
        lock(&self.children).clear();
    }

    pub(crate) fn find(self: &Arc<Self>, path: &str) -> Option<Arc<Self>> {
        if *self.path == *path {
            return Some(Arc::clone(self));
        }
        let below = path.strip_prefix(&*self.path)?.starts_with('/');
        let children = lock(&self.children);
        below.then(|| children.iter().find_map(|child| child.find(path)))?
    }

    pub(crate) fn report(&self) -> Report {
        let children = lock(&self.children).clone();
        let status = lock(&self.status);
        let load = status.life.as_ref().map(|life| &life.load);
        Report {
            path: self.path.to_string(),
            kind: self.kind,
            state: status.state,
            generation: status.generation,
            restarts: status.generation.saturating_sub(1),
            since_us: micros(status.since),
            retry_at_us: status.retry_at.map(micros),
            last_exit: status.last_exit.as_ref().map(|(exit, at)| LastExit {
                kind: exit.kind(),
                message: exit.message().map(str::to_owned),
                at_us: micros(*at),
            }),
            threads_abandoned: self.abandoned.load(Ordering::Relaxed),
            mailbox_depth: load.map_or(0, Load::queued),
            mailbox_high_water: self.meter.high_water(),
            in_flight: load.map_or(0, Load::in_flight),
            handled: self.meter.handled(),
            handle_p50_us: self.meter.quantile(50),
            handle_p99_us: self.meter.quantile(99),
            panics_isolated: self.meter.isolated(),
            children: children.iter().map(|child| child.report()).collect(),
        }
    }
}

fn micros(at: SystemTime) -> u64 {
    let since = at.duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_micros()).unwrap_or(u64::MAX)
}

/// What is behind these locks is whole between any two statements, so that a panic elsewhere cannot spoil it.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
