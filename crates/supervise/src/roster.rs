//! Who is behind a slot, or why nobody is.

use std::sync::Arc;

use actix::Actor;
use tokio::time::Instant;

use crate::context::Context;
use crate::line::Line;
use crate::slot::{AskError, Slot};

/// Why a seat is empty.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Vacancy {
    /// Its actor is starting, or will.
    Starting,
    /// Its next actor starts then.
    Until(Instant),
    /// It is left alone until then.
    Quarantined(Instant),
    /// Nobody comes any more.
    Closed,
}

impl Vacancy {
    /// Whether it is of use to wait until `deadline`. For a quarantined one it is not: its trial may well fail.
    pub(crate) fn may_end_by(self, deadline: Instant) -> bool {
        match self {
            Self::Starting => true,
            Self::Until(at) => at <= deadline,
            Self::Quarantined(_) | Self::Closed => false,
        }
    }

    /// The sooner an actor comes, the lower.
    fn rank(self) -> (u8, Option<Instant>) {
        match self {
            Self::Starting => (0, None),
            Self::Until(at) => (1, Some(at)),
            Self::Quarantined(at) => (2, Some(at)),
            Self::Closed => (3, None),
        }
    }
}

impl From<Vacancy> for AskError {
    fn from(vacancy: Vacancy) -> Self {
        match vacancy {
            Vacancy::Starting | Vacancy::Until(_) | Vacancy::Closed => Self::Down,
            Vacancy::Quarantined(at) => Self::Quarantined { retry_in: at.saturating_duration_since(Instant::now()) },
        }
    }
}

/// The seats behind a slot: one for an actor, several for a pool.
pub(crate) struct Roster<A: Actor<Context = Context<A>>>(Vec<Seat<A>>);

struct Seat<A: Actor<Context = Context<A>>> {
    generation: u64,
    holder: Result<Arc<Line<A>>, Vacancy>,
}

pub(crate) enum Pick<A: Actor<Context = Context<A>>> {
    Line(Arc<Line<A>>),
    Nobody(Vacancy),
}

impl<A: Actor<Context = Context<A>>> Default for Roster<A> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<A: Actor<Context = Context<A>>> Roster<A> {
    /// The actor with the least in hand; among equals the next in turn.
    pub(crate) fn pick(&self, turn: usize) -> Pick<A> {
        let (ahead, behind) = self.0.split_at(turn.checked_rem(self.0.len()).unwrap_or(0));
        let lines = behind.iter().chain(ahead).filter_map(|seat| seat.holder.as_ref().ok());
        let open = lines.filter(|line| !line.life.load.is_shut());
        match open.min_by_key(|line| line.life.load.in_flight()) {
            Some(line) => Pick::Line(Arc::clone(line)),
            None => Pick::Nobody(self.vacancy()),
        }
    }

    fn vacancy(&self) -> Vacancy {
        // A seat whose actor has shut its door, but whose supervisor has not said yet what follows, is about to change.
        let vacancies = self.0.iter().map(|seat| seat.holder.as_ref().err().copied().unwrap_or(Vacancy::Starting));
        vacancies.min_by_key(|vacancy| vacancy.rank()).unwrap_or(Vacancy::Starting)
    }

    fn seat(&mut self, index: usize) -> Option<&mut Seat<A>> {
        while self.0.len() <= index {
            self.0.push(Seat { generation: 0, holder: Err(Vacancy::Starting) });
        }
        self.0.get_mut(index)
    }
}

/// One seat behind a slot, as the child sees it that sits there.
pub(crate) struct Chair<A: Actor<Context = Context<A>>> {
    pub(crate) slot: Slot<A>,
    pub(crate) index: usize,
}

impl<A: Actor<Context = Context<A>>> Clone for Chair<A> {
    fn clone(&self) -> Self {
        Self { slot: self.slot.clone(), index: self.index }
    }
}

impl<A: Actor<Context = Context<A>>> Chair<A> {
    /// From now on only life `generation` may sit here.
    pub(crate) fn expect(&self, generation: u64) {
        self.slot.change(|roster| {
            roster.seat(self.index).is_some_and(|seat| {
                seat.generation = generation;
                seat.holder = Err(Vacancy::Starting);
                true
            })
        });
    }

    /// Puts the actor of `line` here, unless another life is expected by now.
    pub(crate) fn take(&self, line: Arc<Line<A>>) {
        self.slot.change(|roster| {
            let seat = roster.seat(self.index);
            let Some(seat) = seat.filter(|seat| seat.generation == line.life.generation) else {
                return false;
            };
            seat.holder = Ok(line);
            true
        });
    }

    pub(crate) fn vacate(&self, vacancy: Vacancy) {
        self.slot.change(|roster| {
            roster.seat(self.index).is_some_and(|seat| {
                seat.generation = 0;
                seat.holder = Err(vacancy);
                true
            })
        });
    }
}
