//! One life of one child: the threads that pull it along, and the one who watches over it until its end.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::Waker;
use std::time::Duration;

use futures::task::AtomicWaker;
use tokio::sync::oneshot;
use tokio::time::{Instant, MissedTickBehavior, interval_at, timeout};
use tokio_util::sync::CancellationToken;

use crate::event::Events;
use crate::exit::{Exit, Kill};
use crate::meter::{Load, Meter};
use crate::policy::Liveness;
use crate::report::Node;

/// How long a killed life may take to be gone before its thread is taken for blocked.
const KILL_WAIT: Duration = Duration::from_millis(250);

/// What a life shares with its supervisor and with those who talk to it. Readable from any thread.
#[derive(Debug)]
pub(crate) struct Life {
    pub(crate) path: Arc<str>,
    pub(crate) generation: u64,
    /// Asks it to end.
    pub(crate) stop: CancellationToken,
    /// Ends it.
    pub(crate) kill: CancellationToken,
    /// It was given up, its thread being blocked: nobody shall wait for it.
    pub(crate) abandoned: CancellationToken,
    pub(crate) heart: Heart,
    pub(crate) load: Load,
    pub(crate) meter: Arc<Meter>,
    pub(crate) turn: Turn,
}

impl Life {
    pub(crate) fn new(node: &Node, generation: u64, turn: Turn) -> Arc<Self> {
        Arc::new(Self {
            path: Arc::clone(&node.path),
            generation,
            stop: CancellationToken::new(),
            kill: CancellationToken::new(),
            abandoned: CancellationToken::new(),
            heart: Heart::default(),
            load: Load::default(),
            meter: Arc::clone(&node.meter),
            turn,
        })
    }
}

/// A question that anybody polled can answer: are you there?
#[derive(Debug, Default)]
pub(crate) struct Heart {
    asked: AtomicU64,
    answered: AtomicU64,
    waker: AtomicWaker,
}

impl Heart {
    /// Called by the life each time it is polled.
    pub(crate) fn beat(&self, waker: &Waker) {
        self.waker.register(waker);
        self.answered.store(self.asked.load(Ordering::Acquire), Ordering::Release);
    }

    fn ask(&self) {
        self.asked.fetch_add(1, Ordering::AcqRel);
        self.waker.wake();
    }

    fn has_answered(&self) -> bool {
        self.answered.load(Ordering::Acquire) == self.asked.load(Ordering::Acquire)
    }
}

/// Whose turn it is on a thread, so that the one who blocks it can be told from those who stand behind.
#[derive(Debug, Clone, Default)]
pub(crate) struct Turn {
    holder: Arc<AtomicU64>,
    me: u64,
}

impl Turn {
    /// A turn for one more life on the same thread.
    pub(crate) fn another(&self) -> Self {
        static SERIAL: AtomicU64 = AtomicU64::new(1);
        Self { holder: Arc::clone(&self.holder), me: SERIAL.fetch_add(1, Ordering::Relaxed) }
    }

    pub(crate) fn hold<T>(&self, f: impl FnOnce() -> T) -> T {
        self.holder.store(self.me, Ordering::Relaxed);
        let value = f();
        self.holder.store(0, Ordering::Relaxed);
        value
    }

    fn is_anothers(&self) -> bool {
        let holder = self.holder.load(Ordering::Relaxed);
        holder != 0 && holder != self.me
    }
}

/// What a life gets when it is launched.
pub(crate) struct Birth {
    pub(crate) life: Arc<Life>,
    pub(crate) node: Arc<Node>,
    pub(crate) events: Events,
    /// Told once it has started.
    pub(crate) ready: oneshot::Sender<()>,
    /// Told how it ended; dropped when its thread went away under it.
    pub(crate) done: oneshot::Sender<Exit>,
}

/// The times that a child is given.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Care {
    pub(crate) start: Duration,
    pub(crate) grace: Duration,
    pub(crate) liveness: Option<Liveness>,
}

/// The end of a life as its supervisor sees it.
#[derive(Debug)]
pub(crate) struct End {
    pub(crate) exit: Exit,
    /// Its thread does not answer: no new life may be put there.
    pub(crate) abandoned: bool,
}

impl From<Exit> for End {
    fn from(exit: Exit) -> Self {
        Self { exit, abandoned: false }
    }
}

/// Watches over one life. Its end is reported once, at the latest after start time or grace and [`KILL_WAIT`].
pub(crate) struct Watch {
    pub(crate) life: Arc<Life>,
    pub(crate) ready: oneshot::Receiver<()>,
    pub(crate) done: oneshot::Receiver<Exit>,
    pub(crate) care: Care,
}

impl Watch {
    /// Waits until it has started, or has ended before that.
    pub(crate) async fn until_started(mut self) -> Result<Self, End> {
        let life = Arc::clone(&self.life);
        tokio::select! {
            biased;
            Ok(()) = &mut self.ready => Ok(self),
            exit = &mut self.done => Err(exit.unwrap_or(Exit::Killed(Kill::Thread)).into()),
            () = life.stop.cancelled() => Err(self.wind_down().await),
            () = tokio::time::sleep(self.care.start) => Err(self.end_it(Kill::Start).await),
        }
    }

    /// Waits for the end of one that has started.
    pub(crate) async fn until_ended(mut self) -> End {
        let life = Arc::clone(&self.life);
        tokio::select! {
            biased;
            exit = &mut self.done => exit.unwrap_or(Exit::Killed(Kill::Thread)).into(),
            () = life.stop.cancelled() => self.wind_down().await,
            () = deafness(&life.heart, self.care.liveness) => self.end_it(Kill::Deaf).await,
        }
    }

    async fn wind_down(mut self) -> End {
        match timeout(self.care.grace, &mut self.done).await {
            Ok(exit) => exit.unwrap_or(Exit::Killed(Kill::Thread)).into(),
            Err(_late) => self.end_it(Kill::Grace).await,
        }
    }

    async fn end_it(mut self, why: Kill) -> End {
        // Asked before the wait, while the one who blocks the thread still holds the turn.
        let innocent = self.life.turn.is_anothers();
        self.life.load.shut();
        self.life.kill.cancel();
        let abandoned = timeout(KILL_WAIT, &mut self.done).await.is_err();
        if abandoned {
            self.life.abandoned.cancel();
        }
        let why = if abandoned && innocent { Kill::Thread } else { why };
        End { exit: Exit::Killed(why), abandoned }
    }
}

/// Resolves when `misses` beats in a row were not answered; without a liveness rule, never.
async fn deafness(heart: &Heart, rule: Option<Liveness>) {
    let Some(rule) = rule else {
        return std::future::pending().await;
    };
    let mut beats = interval_at(Instant::now() + rule.every, rule.every);
    beats.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut missed = 0;
    heart.ask();
    loop {
        let due = beats.tick().await;
        if heart.has_answered() {
            missed = 0;
            heart.ask();
        } else if due.elapsed() < rule.every / 2 {
            missed += 1;
        }
        // A tick that comes late says that this thread, or the machine, stood still: nobody's fault but ours.
        if missed >= rule.misses.max(1) {
            return;
        }
    }
}
