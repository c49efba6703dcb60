//! The supervisor behind a [`Dynamic`]: one ward for each key, each judged by its own failures.

use std::collections::HashMap;
use std::fmt;
use std::hash::Hash;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use actix::Actor;
use futures::FutureExt;
use futures::future::LocalBoxFuture;
use futures::stream::{FuturesUnordered, StreamExt};
use tokio::sync::{Notify, mpsc, oneshot};
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use crate::charge::Station;
use crate::context::Context;
use crate::dynamic::{Alert, Dynamic, KeyFactory, Order};
use crate::event::{Events, What};
use crate::exit::{Exit, Kill};
use crate::life::{Birth, End, Watch};
use crate::report::Node;
use crate::slot::Slot;
use crate::ward::{Next, Ward};

/// Runs the supervisor of children that come and go, for one life of its own.
pub(crate) async fn tend<K, A>(
    dynamic: Dynamic<K, A>,
    factory: Arc<KeyFactory<K, A>>,
    orders: mpsc::Receiver<Order<K, A>>,
    birth: Birth,
) where
    K: Clone + Eq + Hash + fmt::Display + Send + Sync + 'static,
    A: Actor<Context = Context<A>>,
{
    let Birth { life, node, events, ready, done } = birth;
    let mut brood = Brood::new(dynamic, factory, node, events);
    let _ = ready.send(());
    let exit = tokio::select! {
        biased;
        () = life.kill.cancelled() => Exit::Killed(Kill::Deadline),
        exit = brood.run(&life.stop, orders) => exit,
    };
    // What still lives is killed with the brood, before anybody hears of the end.
    drop(brood);
    let _ = done.send(exit);
}

enum News {
    Started(Result<Watch, End>),
    Ended(End),
    /// The wait number so and so is over.
    Due(u64),
    /// A life lived through its trial.
    Proven(u64),
}

struct Brood<K, A>
where
    K: Clone + Eq + Hash + fmt::Display + Send + Sync + 'static,
    A: Actor<Context = Context<A>>,
{
    dynamic: Dynamic<K, A>,
    factory: Arc<KeyFactory<K, A>>,
    node: Arc<Node>,
    events: Events,
    bell: Arc<Notify>,
    wards: HashMap<K, Ward<A>>,
    stations: Vec<Station>,
    /// Children placed so far; the next thread in turn.
    placed: usize,
    watched: FuturesUnordered<LocalBoxFuture<'static, (K, News)>>,
    ending: Option<Exit>,
}

impl<K, A> Brood<K, A>
where
    K: Clone + Eq + Hash + fmt::Display + Send + Sync + 'static,
    A: Actor<Context = Context<A>>,
{
    fn new(dynamic: Dynamic<K, A>, factory: Arc<KeyFactory<K, A>>, node: Arc<Node>, events: Events) -> Self {
        let threads = dynamic.policy().threads;
        let stations = (0..threads.max(1)).map(|_| Station::new(threads > 0));
        Self {
            stations: stations.collect(),
            dynamic,
            factory,
            node,
            events,
            bell: Arc::default(),
            wards: HashMap::new(),
            placed: 0,
            watched: FuturesUnordered::new(),
            ending: None,
        }
    }

    async fn run(&mut self, stop: &CancellationToken, mut orders: mpsc::Receiver<Order<K, A>>) -> Exit {
        loop {
            if let Some(exit) = self.ending.take_if(|_| self.wards.is_empty()) {
                return exit;
            }
            tokio::select! {
                biased;
                () = stop.cancelled(), if self.ending.is_none() => self.end(Exit::Shutdown),
                Some((key, news)) = self.watched.next(), if !self.watched.is_empty() => self.hear(&key, news),
                Some(order) = orders.recv() => self.obey(order),
                () = self.bell.notified() => self.restart_those_asked(),
            }
        }
    }

    fn obey(&mut self, order: Order<K, A>) {
        match order {
            // Nobody is started on the way out; the caller finds the slot closed.
            Order::Start(_, slot) if self.ending.is_some() => Ward::<A>::refuse(&slot),
            Order::Start(key, slot) => self.take_in(&key, slot),
            Order::Retire(key, done) => self.retire(&key, done),
        }
    }

    fn take_in(&mut self, key: &K, slot: Slot<A>) {
        let path = format!("{}/{key}", self.node.path);
        let factory = Arc::clone(&self.factory);
        let named = key.clone();
        let make = Arc::new(move || factory(named.clone()));
        let station = self.placed % self.stations.len().max(1);
        self.placed = self.placed.wrapping_add(1);
        let ward = Ward::new(path, slot, make, station, self.dynamic.policy(), &self.bell, &self.events);
        self.node.adopt(ward.charge.node());
        self.wards.insert(key.clone(), ward);
        self.launch(key);
    }

    fn launch(&mut self, key: &K) {
        let Some(ward) = self.wards.get_mut(key) else {
            return;
        };
        if let Some(station) = self.stations.get_mut(ward.station) {
            let start = ward.launch(station);
            self.watch(key, async move { News::Started(start.await) });
        }
    }

    fn watch(&self, key: &K, news: impl Future<Output = News> + 'static) {
        let key = key.clone();
        self.watched.push(async move { (key, news.await) }.boxed_local());
    }

    fn hear(&mut self, key: &K, news: News) {
        match news {
            News::Started(Ok(watch)) => self.note_start(key, watch),
            News::Started(Err(end)) | News::Ended(end) => self.bury(key, &end),
            News::Due(wait) => {
                if self.wards.get(key).is_some_and(|ward| ward.waits_for(wait)) {
                    self.launch(key);
                }
            }
            News::Proven(generation) => {
                if let Some(ward) = self.wards.get_mut(key) {
                    ward.prove(generation);
                }
            }
        }
    }

    fn note_start(&mut self, key: &K, watch: Watch) {
        let Some(ward) = self.wards.get_mut(key) else {
            return;
        };
        ward.started();
        let generation = watch.life.generation;
        let trial = ward.is_on_trial().then(|| self.dynamic.policy().window);
        self.watch(key, async move { News::Ended(watch.until_ended().await) });
        if let Some(trial) = trial {
            self.watch(key, async move {
                sleep(trial).await;
                News::Proven(generation)
            });
        }
    }

    fn bury(&mut self, key: &K, end: &End) {
        let Some(ward) = self.wards.get_mut(key) else {
            return;
        };
        let Some(station) = self.stations.get_mut(ward.station) else {
            return;
        };
        let policy = *self.dynamic.policy();
        match ward.ended(end, station, &policy) {
            Next::Leave => self.let_go(key),
            Next::Launch => self.launch(key),
            Next::Wait(delay) => self.wait(key, delay),
            Next::Quarantine { round, pause } => {
                self.wait(key, pause);
                self.dynamic.alert(&Alert { key: key.clone(), exit: end.exit.clone(), round, retry_in: pause });
                self.escalate_if_many(&end.exit);
            }
        }
    }

    fn wait(&mut self, key: &K, delay: Duration) {
        if let Some(ward) = self.wards.get_mut(key) {
            let wait = ward.wait();
            self.watch(key, async move {
                sleep(delay).await;
                News::Due(wait)
            });
        }
    }

    /// Forgets a child that has ended, unless somebody waits for it already.
    fn let_go(&mut self, key: &K) {
        let dynamic = self.dynamic.clone();
        let mut register = dynamic.register();
        let Some(ward) = self.wards.get_mut(key) else {
            return;
        };
        if let Some(delay) = ward.is_wanted_again(dynamic.policy()).filter(|_| self.ending.is_none()) {
            drop(register);
            self.wait(key, delay);
            return;
        }
        register.slots.remove(key);
        drop(register);
        if let Some(ward) = self.wards.remove(key) {
            self.node.disown(ward.charge.node());
            ward.farewell();
        }
    }

    fn retire(&mut self, key: &K, done: oneshot::Sender<()>) {
        let Some(ward) = self.wards.get_mut(key) else {
            // Not there, or its start is ordered and not obeyed yet: orders are obeyed in turn.
            let _ = done.send(());
            return;
        };
        if ward.retire(Some(done)) {
            self.let_go(key);
        }
    }

    fn restart_those_asked(&mut self) {
        let mut idle = Vec::new();
        for (key, ward) in &mut self.wards {
            if ward.charge.node().restart_asked.swap(false, Ordering::AcqRel) && ward.restart() {
                idle.push(key.clone());
            }
        }
        for key in &idle {
            self.launch(key);
        }
    }

    fn escalate_if_many(&mut self, exit: &Exit) {
        let policy = self.dynamic.policy();
        let failing = self.wards.values().filter(|ward| ward.is_on_trial()).count();
        #[allow(clippy::cast_precision_loss, reason = "counts of children are small")]
        let share = failing as f64 / self.wards.len().max(1) as f64;
        if failing < policy.escalate_least || share < policy.escalate_share || self.ending.is_some() {
            return;
        }
        let reason = format!("{failing} of {} children failing, last: {exit}", self.wards.len());
        let exit = Exit::Failed(reason);
        let what = What::Escalated(exit.clone());
        self.events.emit(&self.node.path, self.node.generation(), what);
        self.end(exit);
    }

    /// Stops all children at once, each within its grace, and then this supervisor with `exit`.
    fn end(&mut self, exit: Exit) {
        self.ending = Some(exit);
        self.dynamic.register().orders = None;
        let idle: Vec<K> =
            self.wards.iter_mut().filter_map(|(key, ward)| ward.retire(None).then(|| key.clone())).collect();
        for key in &idle {
            self.let_go(key);
        }
    }
}

impl<K, A> Drop for Brood<K, A>
where
    K: Clone + Eq + Hash + fmt::Display + Send + Sync + 'static,
    A: Actor<Context = Context<A>>,
{
    fn drop(&mut self) {
        let mut register = self.dynamic.register();
        register.orders = None;
        // Those that were ordered and never taken in have no ward that would close them.
        for (_, slot) in register.slots.drain() {
            Ward::<A>::refuse(&slot);
        }
        drop(register);
        self.node.disown_all();
    }
}
