//! The whole tree in one's hand: wait for it, stop it, look at it.

use std::collections::HashSet;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use actix::Arbiter;
use tokio::sync::{Notify, watch};
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use crate::charge::{Blueprint, Charge, Starting, Station};
use crate::event::Events;
use crate::exit::{Exit, Kill};
use crate::life::{Care, Life};
use crate::report::{Kind, Node, Report};
use crate::spec::{Child, Spec};
use crate::supervisor::{Supervisor, Team, TeamStart};

/// How long a tree that is ended at once may take to be gone.
const LAST_WAIT: Duration = Duration::from_secs(1);

/// Why a tree did not start.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TreeError {
    /// It is to be started on a thread of an actix system.
    #[error("not on a thread of an actix system")]
    NoSystem,
    /// Two children of one supervisor have the same id.
    #[error("two children are called {path}")]
    DuplicateId {
        /// Where.
        path: String,
    },
    /// A child did not start; those started before it were stopped again.
    #[error("tree did not start: {exit}")]
    NotStarted {
        /// How the root ended, with the reason of the child below.
        exit: Exit,
    },
}

/// Why a child was not restarted on demand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RestartError {
    /// There is no child of this path; the root is nobody's child.
    #[error("no such child")]
    Unknown,
    /// The tree is on its way out, or gone.
    #[error("tree has stopped")]
    Stopped,
}

/// A tree that was started. Cloned freely, usable from any thread; dropping it does not stop the tree.
#[derive(Clone)]
pub struct Tree {
    root: Arc<Node>,
    life: Arc<Life>,
    phase: watch::Receiver<Phase>,
}

#[derive(Debug, Clone)]
enum Phase {
    Starting,
    Up,
    Ended(Exit),
}

impl Tree {
    /// Waits until all children have started.
    ///
    /// # Errors
    /// [`TreeError::NotStarted`], also when the tree was stopped before it was up.
    pub async fn ready(&self) -> Result<(), TreeError> {
        match self.reach(|phase| !matches!(phase, Phase::Starting)).await {
            Phase::Ended(exit) => Err(TreeError::NotStarted { exit }),
            Phase::Starting | Phase::Up => Ok(()),
        }
    }

    /// Waits for the end of the root, which comes by [`stop`](Self::stop) or because too much went wrong.
    ///
    /// Everything but [`Exit::Shutdown`] should end the process with a code other than zero.
    pub async fn wait(&self) -> Exit {
        match self.reach(|phase| matches!(phase, Phase::Ended(_))).await {
            Phase::Ended(exit) => exit,
            Phase::Starting | Phase::Up => Exit::Killed(Kill::Thread),
        }
    }

    /// Stops the tree in reverse order, each child within its grace; what is left at the `deadline` is killed.
    ///
    /// Before the tree is up, during a restart, twice, or after its end: harmless, and answered with how it ended.
    pub async fn stop(&self, deadline: Duration) -> Exit {
        self.life.stop.cancel();
        if let Ok(exit) = timeout(deadline, self.wait()).await {
            return exit;
        }
        self.life.kill.cancel();
        let last = timeout(LAST_WAIT, self.wait()).await;
        last.unwrap_or(Exit::Killed(Kill::Deadline))
    }

    /// How the tree stands. Reads counters, asks nobody, waits for nobody.
    pub fn report(&self) -> Report {
        self.root.report()
    }

    /// Orders a fresh life for the child at `path`, and by the strategy for those who lean on it. Does not wait for it.
    ///
    /// A child that backs off, is quarantined or has ended is started at once. It does not count as a failure.
    pub fn restart(&self, path: &str) -> Result<(), RestartError> {
        if self.life.stop.is_cancelled() || matches!(&*self.phase.borrow(), Phase::Ended(_)) {
            return Err(RestartError::Stopped);
        }
        let node = self.root.find(path).filter(|node| !Arc::ptr_eq(node, &self.root));
        let node = node.ok_or(RestartError::Unknown)?;
        node.restart_asked.store(true, Ordering::Release);
        node.bell.notify_one();
        Ok(())
    }

    pub(crate) fn plant(root: Supervisor) -> Result<Self, TreeError> {
        Arbiter::try_current().ok_or(TreeError::NoSystem)?;
        let events = root.events.clone();
        let blueprint = build(Spec::supervisor(root), None, &Arc::default(), &events)?;
        let root = Arc::clone(&blueprint.node);
        let (mut charge, mut station) = (Charge::new(blueprint), Station::new(false));
        let (life, start) = charge.launch(&mut station);
        let (phase, seen) = watch::channel(Phase::Starting);
        actix::spawn(reign(charge, station, start, phase));
        Ok(Self { root, life, phase: seen })
    }

    pub(crate) fn stop_on_drop(&self) -> StopOnDrop {
        StopOnDrop(Some(self.life.stop.clone()))
    }

    async fn reach(&self, reached: impl Fn(&Phase) -> bool) -> Phase {
        let mut phase = self.phase.clone();
        // The other end is dropped without a word only when the thread of the tree ends under it.
        let gone = Phase::Ended(Exit::Killed(Kill::Thread));
        phase.wait_for(reached).await.map_or(gone, |phase| phase.clone())
    }
}

impl fmt::Debug for Tree {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tree").field("root", &self.root.path).finish_non_exhaustive()
    }
}

/// Stops a tree that nobody will hold.
pub(crate) struct StopOnDrop(Option<CancellationToken>);

impl StopOnDrop {
    pub(crate) fn disarm(mut self) {
        self.0 = None;
    }
}

impl Drop for StopOnDrop {
    fn drop(&mut self) {
        if let Some(stop) = &self.0 {
            stop.cancel();
        }
    }
}

/// The only life of the root.
async fn reign(mut root: Charge, mut station: Station, start: Starting, phase: watch::Sender<Phase>) {
    let end = match start.await {
        Ok(watch) => {
            root.started();
            phase.send_replace(Phase::Up);
            watch.until_ended().await
        }
        Err(end) => end,
    };
    root.ended(&end, &mut station);
    phase.send_replace(Phase::Ended(end.exit));
}

/// Gives a child and all below it their places.
fn build(
    spec: Spec,
    parent: Option<&Arc<Node>>,
    bell: &Arc<Notify>,
    events: &Events,
) -> Result<Arc<Blueprint>, TreeError> {
    let path = match parent {
        Some(parent) => format!("{}/{}", parent.path, spec.id),
        None => spec.id.clone(),
    };
    let care = Care { start: spec.start_time(), grace: spec.grace_time(), liveness: spec.liveness };
    let (restart, own_thread) = (spec.restart, spec.own_thread);
    let (node, start) = match spec.what {
        Child::Single(start) => (Node::new(path, start.kind(), Arc::clone(bell)), start),
        Child::Team(team) => {
            let node = Node::new(path, Kind::Supervisor, Arc::clone(bell));
            let team = build_team(team, &node, events)?;
            (node, Arc::new(TeamStart(Arc::new(team))) as _)
        }
    };
    if let Some(parent) = parent {
        parent.adopt(&node);
    }
    Ok(Arc::new(Blueprint { node, start, restart, care, own_thread, events: events.clone() }))
}

fn build_team(team: Supervisor, node: &Arc<Node>, events: &Events) -> Result<Team, TreeError> {
    let bell = Arc::default();
    let mut seen = HashSet::new();
    let mut children = Vec::with_capacity(team.children.len());
    for child in team.children {
        if !seen.insert(child.id.clone()) {
            let path = format!("{}/{}", node.path, child.id);
            return Err(TreeError::DuplicateId { path });
        }
        children.push(build(child, Some(node), &bell, events)?);
    }
    Ok(Team { policy: team.policy, children, bell })
}
