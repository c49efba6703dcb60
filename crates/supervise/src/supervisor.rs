//! A supervisor of children known beforehand: its builder, and the loop that carries its plan out.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use actix::ArbiterHandle;
use futures::FutureExt;
use futures::future::LocalBoxFuture;
use futures::stream::{FuturesUnordered, StreamExt};
use tokio::sync::{Notify, oneshot};
use tokio::time::{Instant, sleep_until};

use crate::charge::{Blueprint, Charge, Station};
use crate::event::{Event, Events, What};
use crate::exit::{Exit, Kill};
use crate::life::{Birth, End, Watch};
use crate::plan::{Plan, Step, Verdict};
use crate::policy::Policy;
use crate::report::{Kind, Node, State};
use crate::roster::Vacancy;
use crate::spec::Spec;
use crate::start::Start;
use crate::tree::{Tree, TreeError};

/// Starts its children in the order they were added, keeps them alive by its policy, stops them in reverse order.
///
/// All supervisors of a tree run on the thread that started it, and so do children without a thread of their own.
pub struct Supervisor {
    pub(crate) id: String,
    pub(crate) policy: Policy,
    pub(crate) children: Vec<Spec>,
    pub(crate) events: Events,
}

impl Supervisor {
    /// A supervisor without children; `id` is its name in paths.
    pub fn new(id: impl Into<String>, policy: Policy) -> Self {
        Self { id: id.into(), policy, children: Vec::new(), events: Events::default() }
    }

    /// Adds a child, which leans on those added before it.
    #[must_use]
    pub fn child(mut self, spec: Spec) -> Self {
        self.children.push(spec);
        self
    }

    /// Has `listener` called for all that happens in the tree. Only the root's listener is heard.
    ///
    /// It is called on the tree's thread: it should count and go. Its panics are caught.
    #[must_use]
    pub fn on_event(mut self, listener: impl Fn(&Event) + Send + Sync + 'static) -> Self {
        self.events = Events::to(listener);
        self
    }

    /// Starts the tree with this supervisor as its root, on the present thread, and waits until all of it has started.
    ///
    /// Dropped before, it stops what has started.
    ///
    /// # Errors
    /// [`TreeError`]; what had started before is stopped then.
    pub async fn start(self) -> Result<Tree, TreeError> {
        let tree = self.launch()?;
        let guard = tree.stop_on_drop();
        tree.ready().await?;
        guard.disarm();
        Ok(tree)
    }

    /// Begins to start the tree and does not wait; [`Tree::ready`] does.
    ///
    /// # Errors
    /// [`TreeError::NoSystem`], [`TreeError::DuplicateId`].
    pub fn launch(self) -> Result<Tree, TreeError> {
        Tree::plant(self)
    }
}

impl fmt::Debug for Supervisor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Supervisor")
            .field("id", &self.id)
            .field("policy", &self.policy)
            .field("children", &self.children)
            .finish_non_exhaustive()
    }
}

/// Starts a supervisor over and over, each time with the same children.
pub(crate) struct TeamStart(pub(crate) Arc<Team>);

/// A supervisor whose children have their places in the tree.
pub(crate) struct Team {
    pub(crate) policy: Policy,
    pub(crate) children: Vec<Arc<Blueprint>>,
    pub(crate) bell: Arc<Notify>,
}

impl Start for TeamStart {
    fn kind(&self) -> Kind {
        Kind::Supervisor
    }

    fn launch(&self, birth: Birth, arbiter: &ArbiterHandle) -> bool {
        let team = Arc::clone(&self.0);
        arbiter.spawn_fn(move || {
            actix::spawn(govern(team, birth));
        })
    }

    fn vacate(&self, vacancy: Vacancy) {
        for child in &self.0.children {
            child.start.vacate(vacancy);
        }
    }
}

async fn govern(team: Arc<Team>, birth: Birth) {
    let Birth { life, node, events, ready, done } = birth;
    let mut office = Office::new(&team, node, events, ready);
    let exit = tokio::select! {
        biased;
        () = life.kill.cancelled() => Exit::Killed(Kill::Deadline),
        exit = office.run(&life.stop) => exit,
    };
    // What still lives is killed with the office, before anybody hears of the end.
    drop(office);
    let _ = done.send(exit);
}

/// What a watched life comes to next.
enum News {
    Started(Result<Watch, End>),
    Ended(End),
}

type Watching = LocalBoxFuture<'static, (usize, News)>;

/// A supervisor at work.
struct Office {
    plan: Plan,
    charges: Vec<(Charge, Station)>,
    watched: FuturesUnordered<Watching>,
    bell: Arc<Notify>,
    node: Arc<Node>,
    events: Events,
    ready: Option<oneshot::Sender<()>>,
}

impl Office {
    fn new(team: &Team, node: Arc<Node>, events: Events, ready: oneshot::Sender<()>) -> Self {
        let restarts = team.children.iter().map(|child| child.restart);
        let charge = |child: &Arc<Blueprint>| {
            let station = Station::new(child.own_thread);
            child.start.vacate(Vacancy::Starting);
            (Charge::new(Arc::clone(child)), station)
        };
        Self {
            plan: Plan::new(team.policy, restarts, Instant::now()),
            charges: team.children.iter().map(charge).collect(),
            watched: FuturesUnordered::new(),
            bell: Arc::clone(&team.bell),
            node,
            events,
            ready: Some(ready),
        }
    }

    async fn run(&mut self, stop: &tokio_util::sync::CancellationToken) -> Exit {
        loop {
            self.advance();
            if let Some(exit) = self.plan.finished() {
                return exit;
            }
            let wake = self.plan.wake_at();
            tokio::select! {
                biased;
                () = stop.cancelled(), if !self.plan.is_ending() => self.plan.end(Exit::Shutdown),
                Some((index, news)) = self.watched.next(), if !self.watched.is_empty() => self.hear(index, news),
                () = self.bell.notified() => self.look_for_orders(),
                () = sleep_until(wake.unwrap_or_else(Instant::now)), if wake.is_some() => {}
            }
        }
    }

    fn advance(&mut self) {
        while let Some(step) = self.plan.next(Instant::now()) {
            match step {
                Step::Start(index) => self.start(index),
                Step::Stop(index) => {
                    if let Some((charge, _)) = self.charges.get(index) {
                        charge.stop();
                    }
                }
            }
        }
        if self.plan.is_up()
            && let Some(ready) = self.ready.take()
        {
            let _ = ready.send(());
        }
    }

    fn start(&mut self, index: usize) {
        if let Some((charge, station)) = self.charges.get_mut(index) {
            let (_, started) = charge.launch(station);
            let news = async move { (index, News::Started(started.await)) };
            self.watched.push(news.boxed_local());
        }
    }

    fn hear(&mut self, index: usize, news: News) {
        match news {
            News::Started(Ok(watch)) => {
                if let Some((charge, _)) = self.charges.get(index) {
                    charge.started();
                }
                self.plan.started(index, Instant::now());
                self.resume_stop(index);
                let news = async move { (index, News::Ended(watch.until_ended().await)) };
                self.watched.push(news.boxed_local());
            }
            News::Started(Err(end)) | News::Ended(end) => self.bury(index, &end),
        }
    }

    /// A child that came up just when it was asked to stop is shown as what it does.
    fn resume_stop(&self, index: usize) {
        if self.plan.is_stopping(index)
            && let Some((charge, _)) = self.charges.get(index)
        {
            charge.node().enter(State::Stopping);
        }
    }

    fn bury(&mut self, index: usize, end: &End) {
        let Some((charge, station)) = self.charges.get_mut(index) else {
            return;
        };
        charge.ended(end, station);
        match self.plan.ended(index, &end.exit, Instant::now()) {
            Verdict::Expected(Some(due)) => charge.await_turn(due),
            Verdict::Expected(None) | Verdict::Over => {
                charge.close();
                station.release();
            }
            Verdict::Back(due) => charge.back_off(due),
            Verdict::TooMuch => {
                charge.close();
                let exit = Exit::Failed(format!("{}: {}", charge.node().path, end.exit));
                let what = What::Escalated(exit.clone());
                self.events.emit(&self.node.path, self.node.generation(), what);
                self.plan.end(exit);
            }
        }
    }

    fn look_for_orders(&mut self) {
        for (index, (charge, _)) in self.charges.iter().enumerate() {
            if charge.node().restart_asked.swap(false, Ordering::AcqRel) {
                charge.emit(What::RestartAsked);
                self.plan.restart(index, Instant::now());
            }
        }
    }
}
