//! Push hooks: Git hosts announce pushes, and prove it with a secret that they share with the project.

use std::time::Duration;

use actix::Message;
use bytes::Bytes;
use moka::sync::Cache;
use secrecy::SecretSlice;
use serde_json::json;

use super::{access::require_alone, deed::record};
use crate::{
    actors::World,
    domain::{
        caller::Caller,
        event::EventKind,
        failure::{Failure, TokenFault},
        hook::{Delivery, HookSecret, Push},
        role::Action,
        vault::{Nonce, Vault},
    },
    entities::{
        projects::{self, Model as Project},
        triggers::{self, Pushed},
    },
    ids::ProjectId,
};

/// A delivery that comes again within this time is known.
const MEMORY: Duration = Duration::from_hours(1);
const MOST_REMEMBERED: u64 = 10_000;

/// Owns the budget of deliveries, and the memory of those that came.
#[derive(Clone)]
pub struct Hooks {
    world: World,
    /// Saves work and no more: a delivery that is taken twice leads to one synchronisation.
    seen: Cache<(ProjectId, String), ()>,
}

/// Sets the secret that a Git host shares with the project, in place of the one before.
#[derive(Message)]
#[rtype(result = "Result<HookSecret, Failure>")]
pub struct SetSecret {
    /// Who.
    pub by: Caller,
    /// Of which project.
    pub project: ProjectId,
    /// Without one it is made.
    pub secret: Option<HookSecret>,
}

/// A Git host announces something.
#[derive(Message)]
#[rtype(result = "Result<Heard, Failure>")]
pub struct Deliver {
    /// To which project, if there is such a one.
    pub project: ProjectId,
    /// What the headers say, if they prove anything.
    pub delivery: Option<Delivery>,
    /// As it was sent.
    pub body: Bytes,
    /// For the synchronisation.
    pub request_id: String,
}

/// What became of a genuine delivery.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Heard {
    /// It is no push, not of the branch that is followed, or came before: nothing is to be done.
    Nothing,
    /// A push, and what it leads to.
    Push(Pushed),
}

answers! {
    Hooks:
    SetSecret => set_secret,
    Deliver => deliver,
}

impl Hooks {
    /// A gateway that heard nothing yet.
    pub fn new(world: World) -> Self {
        let seen = Cache::builder().max_capacity(MOST_REMEMBERED).time_to_live(MEMORY).build();
        Self { world, seen }
    }

    async fn set_secret(&self, set: SetSecret) -> Result<HookSecret, Failure> {
        let SetSecret { by, project, secret } = set;
        let now = self.world.clock.now();
        let secret = secret.unwrap_or_else(|| HookSecret::of(rand::random()));
        let (place, nonce) = (Project::hook_secret_place(project), Nonce(rand::random()));
        let sealed = Vault::new(&self.world.keys).seal(place, secret.reveal().as_bytes(), nonce);
        let sealed = sealed.map_err(Failure::internal)?;
        let txn = self.world.db.begin().await?;
        require_alone(&txn, &by, project, Action::ManageHooks).await?;
        projects::set_hook_secret(&txn, project, sealed, now).await?;
        record(&txn, &by, project, EventKind::HookSecretSet, json!({ "project_id": project }), now).await?;
        txn.commit().await?;
        Ok(secret)
    }

    async fn deliver(&self, deliver: Deliver) -> Result<Heard, Failure> {
        let Deliver { project: id, delivery, body, request_id } = deliver;
        // One answer for every fault, so that a stranger does not learn which projects there are.
        let refused = || Failure::Unauthenticated(TokenFault::Invalid);
        let project = projects::find(self.world.db.read(), id).await?;
        let secret = project.as_ref().and_then(|project| self.secret(project));
        let is_known = secret.is_some();
        let against = secret.unwrap_or_else(|| SecretSlice::from(rand::random::<[u8; 32]>().to_vec()));
        let genuine = delivery.filter(|delivery| delivery.is_genuine(&against, &body) && is_known);
        let delivery = genuine.ok_or_else(refused)?;
        let key = delivery.id.map(|delivery| (id, delivery));
        if !delivery.is_push || key.as_ref().is_some_and(|key| self.seen.contains_key(key)) {
            return Ok(Heard::Nothing);
        }
        let heard = self.hear(id, &Push::parse(&body)?, request_id).await?;
        if let Some(key) = key {
            self.seen.insert(key, ());
        }
        Ok(heard)
    }

    async fn hear(&self, id: ProjectId, push: &Push, request_id: String) -> Result<Heard, Failure> {
        let txn = self.world.db.begin().await?;
        let Some(project) = projects::find_for_update(&txn, id).await? else { return Ok(Heard::Nothing) };
        let (asked_for, known) = (project.branch.as_deref(), project.head_branch.as_deref());
        if project.repo_url.is_none() || !push.concerns(asked_for, known) {
            return Ok(Heard::Nothing);
        }
        let interval = self.world.config.limits.sync_interval();
        let pushed = triggers::push(&txn, &project, interval, request_id, self.world.clock.now()).await?;
        txn.commit().await?;
        Ok(Heard::Push(pushed))
    }

    /// The project's secret, if it has one. One that cannot be opened is the operator's to hear of, not the host's.
    fn secret(&self, project: &Project) -> Option<SecretSlice<u8>> {
        let sealed = project.hook_secret.as_ref()?;
        let opened = Vault::new(&self.world.keys).open(Project::hook_secret_place(project.id), sealed);
        opened.inspect_err(|error| tracing::error!(project = %project.id, %error, "a hook's secret is lost")).ok()
    }
}
