//! The supervision tree: what leans on what, and what is started again with what.

use std::{
    future::Future,
    sync::{Arc, OnceLock},
    time::Duration,
};

use actix::Actor;
use strum::IntoEnumIterator;
use supervise::{Context, DynamicPolicy, Limits, Policy, Slot, Spec, Stop, Supervisor, Tree, TreeError};

use super::{
    World,
    gateways::{
        Accounts, Code, Hooks, Idempotency, Identity, Invitations, Members, Notifier, Operations, Projects, Refactors,
        Remotes, Sessions, Syncs, Tokens, Users, hashing::Hashing, passwords::Passwords, standings::Standings,
    },
    infra::{
        collector, disk,
        keeper::{self, Membership},
        sequencer, sweeper,
    },
    jobs::{Dispatcher, Pulses},
    mirrors::{MirrorActor, Mirrors},
};
use crate::{domain::job::Queue, telemetry};

/// Questions that one gateway has in hand at most.
const IN_FLIGHT: usize = 256;
/// What the tree allows its last child beyond the drain of jobs.
const MARGIN: Duration = Duration::from_secs(10);

/// Where handlers ask.
#[derive(Clone)]
pub struct Gateways {
    /// Who sent a request.
    pub identity: Slot<Identity>,
    /// Accounts.
    pub accounts: Slot<Accounts>,
    /// Signed-in devices.
    pub sessions: Slot<Sessions>,
    /// Personal tokens.
    pub tokens: Slot<Tokens>,
    /// Everybody's accounts, for administrators.
    pub users: Slot<Users>,
    /// Projects.
    pub projects: Slot<Projects>,
    /// Who belongs to a project.
    pub members: Slot<Members>,
    /// Who may come into one.
    pub invitations: Slot<Invitations>,
    /// Which repositories are mirrored, and what opens them.
    pub remotes: Slot<Remotes>,
    /// Synchronisations.
    pub syncs: Slot<Syncs>,
    /// Renames: proposed, applied, taken back, pushed.
    pub refactors: Slot<Refactors>,
    /// Push hooks of Git hosts.
    pub hooks: Slot<Hooks>,
    /// Manifests, files, search.
    pub code: Slot<Code>,
    /// Notifications.
    pub notifier: Slot<Notifier>,
    /// Requests that may come twice.
    pub idempotency: Slot<Idempotency>,
    /// For operators.
    pub operations: Slot<Operations>,
}

impl Gateways {
    /// Slots that nobody answers at yet.
    fn new(time: Duration) -> Self {
        Self {
            identity: slot(time),
            accounts: slot(time),
            sessions: slot(time),
            tokens: slot(time),
            users: slot(time),
            projects: slot(time),
            members: slot(time),
            invitations: slot(time),
            remotes: slot(time),
            syncs: slot(time),
            refactors: slot(time),
            hooks: slot(time),
            code: slot(time),
            notifier: slot(time),
            idempotency: slot(time),
            operations: slot(time),
        }
    }
}

fn slot<A: Actor<Context = Context<A>>>(time: Duration) -> Slot<A> {
    Slot::with(Limits { in_flight: IN_FLIGHT, time, ..Limits::default() })
}

/// Plants the tree for an instance that listens at `address`; answers once all of it has started.
pub async fn plant(world: &World, hashing: Hashing, address: String) -> Result<(Tree, Gateways), TreeError> {
    let gateways = Gateways::new(world.config.http.request_timeout());
    let membership = Membership::default();
    let mirrors = Mirrors::new(DynamicPolicy::default());
    let pulses = Pulses::default();
    let shown = Arc::new(OnceLock::new());
    let operations = Operations::new(world.clone(), membership.clone(), pulses.clone(), Arc::clone(&shown));
    let dispatcher = |queue| Dispatcher {
        world: world.clone(),
        queue,
        membership: membership.clone(),
        mirrors: mirrors.clone(),
        pulses: pulses.clone(),
    };
    let dispatchers: Vec<_> = Queue::iter().map(dispatcher).collect();
    let root = Supervisor::new("root", Policy::rest_for_one())
        .on_event(telemetry::count)
        .child(Spec::supervisor(infra(world, address, membership.clone())))
        .child(mirror_actors(world, &mirrors))
        .child(Spec::supervisor(jobs(world, dispatchers)))
        .child(Spec::supervisor(answering(world, &gateways, &mirrors, hashing, operations)));
    let tree = root.start().await?;
    // Set once: this is the only place.
    drop(shown.set(tree.clone()));
    Ok((tree, gateways))
}

fn infra(world: &World, address: String, membership: Membership) -> Supervisor {
    let config = Arc::clone(&world.config);
    let keeper =
        Spec::task("keeper", move |stop| keeper::keep(Arc::clone(&config), address.clone(), membership.clone(), stop));
    Supervisor::new("infra", Policy::rest_for_one())
        .child(keeper.own_thread())
        .child(working(world, "disk", disk::guard))
        .child(working(world, "sweeper", sweeper::sweep))
        .child(working(world, "sequencer", sequencer::sequence))
        .child(working(world, "collector", collector::collect))
}

fn mirror_actors(world: &World, mirrors: &Mirrors) -> Spec {
    let world = world.clone();
    Spec::dynamic("mirrors", mirrors, move |project| {
        let actor = MirrorActor::new(world.clone(), project);
        async move { Ok(actor) }
    })
}

fn jobs(world: &World, dispatchers: Vec<Dispatcher>) -> Supervisor {
    let grace = world.config.http.shutdown_grace() + MARGIN;
    dispatchers.into_iter().fold(Supervisor::new("jobs", Policy::default()), |jobs, dispatcher| {
        let queue = dispatcher.queue.to_string();
        let task = working(world, &queue, move |_, stop| dispatcher.clone().run(stop));
        jobs.child(task.grace(grace))
    })
}

fn answering(
    world: &World,
    gateways: &Gateways,
    mirrors: &Mirrors,
    hashing: Hashing,
    operations: Operations,
) -> Supervisor {
    let (passwords, standings) = (Passwords::new(world.clone(), hashing), Standings::default());
    let accounts = Accounts::new(world.clone(), passwords.clone(), standings.clone());
    let sessions = Sessions::new(world.clone(), passwords.clone(), standings.clone());
    let users = Users::new(world.clone(), passwords, standings.clone());
    Supervisor::new("gateways", Policy::default())
        .child(gateway("identity", &gateways.identity, Identity::new(world.clone(), standings.clone())))
        .child(gateway("accounts", &gateways.accounts, accounts))
        .child(gateway("sessions", &gateways.sessions, sessions))
        .child(gateway("tokens", &gateways.tokens, Tokens::new(world.clone(), standings)))
        .child(gateway("users", &gateways.users, users))
        .child(gateway("projects", &gateways.projects, Projects::new(world.clone(), mirrors.clone())))
        .child(gateway("members", &gateways.members, Members::new(world.clone())))
        .child(gateway("invitations", &gateways.invitations, Invitations::new(world.clone())))
        .child(gateway("remotes", &gateways.remotes, Remotes::new(world.clone())))
        .child(gateway("syncs", &gateways.syncs, Syncs::new(world.clone(), mirrors.clone())))
        .child(gateway("refactors", &gateways.refactors, Refactors::new(world.clone(), mirrors.clone())))
        .child(gateway("hooks", &gateways.hooks, Hooks::new(world.clone())))
        .child(gateway("code", &gateways.code, Code::new(world.clone())))
        .child(gateway("notifier", &gateways.notifier, Notifier::new(world.clone())))
        .child(gateway("idempotency", &gateways.idempotency, Idempotency::new(world.clone())))
        .child(gateway("operations", &gateways.operations, operations))
}

/// A gateway is a budget, not a state: each life is a copy of the same.
fn gateway<A>(id: &str, slot: &Slot<A>, actor: A) -> Spec
where
    A: Actor<Context = Context<A>> + Clone + Send + Sync,
{
    Spec::actor(id, slot, move || {
        let actor = actor.clone();
        async move { Ok(actor) }
    })
}

/// A task that lives on the tree's thread and works on the work threads.
fn working<F, Fut>(world: &World, id: &str, work: F) -> Spec
where
    F: Fn(World, Stop) -> Fut + Send + Sync + 'static,
    Fut: Future<Output = ()> + Send + 'static,
{
    let world = world.clone();
    Spec::task(id, move |stop| {
        let running = world.work.run(work(world.clone(), stop));
        async move { Ok(running.await?) }
    })
}
