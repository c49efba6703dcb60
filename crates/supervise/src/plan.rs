//! What a supervisor has to do next: pure, without actors, clocks or threads.
//!
//! Everything follows from three rules. What is doomed stops first, the last child before the others. Where order
//! counts, children start one at a time, the first before the others. A child starts when its time has come.

use tokio::time::Instant;

use crate::exit::Exit;
use crate::policy::{Policy, Restart, Strategy, Tally};

/// The children of one supervisor, by index in the order they were added.
#[derive(Debug)]
pub(crate) struct Plan {
    policy: Policy,
    seats: Vec<Seat>,
    restarts: Tally,
    mode: Mode,
}

#[derive(Debug)]
enum Mode {
    /// The first start, in order; what cannot start ends it.
    Booting,
    Running,
    Ending(Exit),
}

#[derive(Debug)]
struct Seat {
    restart: Restart,
    phase: Phase,
    /// Not before this time a life is wanted; none is, if `None`.
    due: Option<Instant>,
    /// To be stopped although it has not failed.
    doomed: bool,
    /// Restarts in a row.
    streak: u32,
    up_since: Option<Instant>,
    /// Whether it has ever been up.
    known: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    Down,
    Starting,
    Up,
    Stopping,
}

/// What to do next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Step {
    Start(usize),
    Stop(usize),
}

/// What follows from the end of a life.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// It had been asked to end, and comes back in its turn from the given time on, if any.
    Expected(Option<Instant>),
    /// It is over for good.
    Over,
    /// It comes back at this time.
    Back(Instant),
    /// It was one too many, or the first start failed: the supervisor has to end.
    TooMuch,
}

impl Plan {
    pub(crate) fn new(policy: Policy, children: impl IntoIterator<Item = Restart>, now: Instant) -> Self {
        let seats = children.into_iter().map(|restart| Seat::new(restart, now));
        Self { policy, seats: seats.collect(), restarts: Tally::default(), mode: Mode::Booting }
    }

    /// The next step, until there is none for now. A step given counts as taken.
    pub(crate) fn next(&mut self, now: Instant) -> Option<Step> {
        let doomed = self.seats.iter_mut().enumerate().rfind(|(_, seat)| seat.doomed);
        if let Some((index, seat)) = doomed.filter(|(_, seat)| seat.phase != Phase::Stopping) {
            seat.phase = Phase::Stopping;
            return Some(Step::Stop(index));
        }
        let index = self.startable().find(|(_, seat)| seat.is_due(now))?.0;
        let seat = self.seats.get_mut(index)?;
        seat.phase = Phase::Starting;
        seat.due = None;
        Some(Step::Start(index))
    }

    /// When to look again, if nothing happens before.
    pub(crate) fn wake_at(&self) -> Option<Instant> {
        self.startable().filter_map(|(_, seat)| seat.due).min()
    }

    /// Those who may start as soon as their time has come: where order counts, at most the first one who is not up,
    /// and nobody while somebody is being stopped.
    fn startable(&self) -> impl Iterator<Item = (usize, &Seat)> {
        let ordered = self.is_ordered();
        let held_up = ordered && self.seats.iter().any(|seat| seat.doomed);
        let wanted = self.seats.iter().enumerate().filter(|(_, seat)| seat.is_wanted());
        let at_most = if held_up {
            0
        } else if ordered {
            1
        } else {
            usize::MAX
        };
        wanted.take(at_most).filter(|(_, seat)| seat.phase == Phase::Down)
    }

    /// Whether the first start is over.
    pub(crate) fn is_up(&self) -> bool {
        matches!(self.mode, Mode::Running)
    }

    /// Whether this supervisor is on its way out.
    pub(crate) fn is_ending(&self) -> bool {
        matches!(self.mode, Mode::Ending(_))
    }

    pub(crate) fn is_stopping(&self, index: usize) -> bool {
        self.seats.get(index).is_some_and(|seat| seat.phase == Phase::Stopping)
    }

    /// How the supervisor ended, once its last child is gone.
    pub(crate) fn finished(&self) -> Option<Exit> {
        match &self.mode {
            Mode::Ending(exit) if self.seats.iter().all(|seat| seat.phase == Phase::Down) => Some(exit.clone()),
            Mode::Ending(_) | Mode::Booting | Mode::Running => None,
        }
    }

    /// A child has started.
    pub(crate) fn started(&mut self, index: usize, now: Instant) {
        if let Some(seat) = self.seats.get_mut(index) {
            seat.up_since = Some(now);
            seat.known = true;
            if seat.phase == Phase::Starting {
                seat.phase = Phase::Up;
            }
        }
        self.settle();
    }

    /// A life has ended, or did not come about.
    pub(crate) fn ended(&mut self, index: usize, exit: &Exit, now: Instant) -> Verdict {
        let Some(seat) = self.seats.get_mut(index) else {
            return Verdict::Over;
        };
        let lived = seat.up_since.take().map(|since| now.duration_since(since));
        seat.phase = Phase::Down;
        if std::mem::take(&mut seat.doomed) {
            return Verdict::Expected(seat.due);
        }
        if lived.is_some_and(|lived| lived >= self.policy.window) {
            seat.streak = 0;
        }
        let verdict = self.judge(index, exit, now);
        self.settle();
        verdict
    }

    /// An operator wants a new life for a child; so it gets, and those who lean on it. Not counted as a failure.
    pub(crate) fn restart(&mut self, index: usize, now: Instant) {
        if self.is_ending() {
            return;
        }
        if let Some(seat) = self.seats.get_mut(index) {
            seat.streak = 0;
            seat.due = Some(now);
            seat.doomed = seat.phase != Phase::Down;
        }
        self.take_along(index, now);
    }

    /// Ends all children in reverse order, and then the supervisor with `exit`. The first one who says so is heard.
    pub(crate) fn end(&mut self, exit: Exit) {
        if self.is_ending() {
            return;
        }
        self.mode = Mode::Ending(exit);
        for seat in &mut self.seats {
            seat.due = None;
            seat.doomed = seat.phase != Phase::Down;
        }
    }

    fn judge(&mut self, index: usize, exit: &Exit, now: Instant) -> Verdict {
        let Some(seat) = self.seats.get_mut(index) else {
            return Verdict::Over;
        };
        if matches!(self.mode, Mode::Booting) && !seat.known {
            return Verdict::TooMuch;
        }
        if !seat.restart.follows(exit) {
            return Verdict::Over;
        }
        let count = self.restarts.add(now, self.policy.window);
        if count > usize::try_from(self.policy.max_restarts).unwrap_or(usize::MAX) {
            return Verdict::TooMuch;
        }
        seat.streak = seat.streak.saturating_add(1);
        let due = now + self.policy.backoff.draw(seat.streak);
        seat.due = Some(due);
        self.take_along(index, due);
        Verdict::Back(due)
    }

    /// Dooms those who share the fate of `index`, and has them back at `due`.
    fn take_along(&mut self, index: usize, due: Instant) {
        let strategy = self.policy.strategy;
        for (other, seat) in self.seats.iter_mut().enumerate() {
            let shares = match strategy {
                Strategy::OneForOne => false,
                Strategy::OneForAll => other != index,
                Strategy::RestForOne => other > index,
            };
            if !shares {
                continue;
            }
            if seat.phase != Phase::Down {
                seat.doomed = true;
                seat.due = (seat.restart != Restart::Temporary).then_some(due);
            } else if let Some(before) = seat.due {
                seat.due = Some(before.max(due));
            }
        }
    }

    fn settle(&mut self) {
        let done = self.seats.iter().all(|seat| seat.due.is_none() && seat.phase != Phase::Starting);
        if matches!(self.mode, Mode::Booting) && done {
            self.mode = Mode::Running;
        }
    }

    fn is_ordered(&self) -> bool {
        !self.is_up() || self.policy.strategy != Strategy::OneForOne
    }
}

impl Seat {
    fn new(restart: Restart, now: Instant) -> Self {
        Self { restart, phase: Phase::Down, due: Some(now), doomed: false, streak: 0, up_since: None, known: false }
    }

    /// Whether it is on its way up: those behind it wait for it, where order counts.
    fn is_wanted(&self) -> bool {
        self.phase == Phase::Starting || self.due.is_some()
    }

    fn is_due(&self, now: Instant) -> bool {
        self.phase == Phase::Down && self.due.is_some_and(|due| due <= now)
    }
}

#[cfg(test)]
mod tests;
