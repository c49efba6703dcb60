//! Proving passwords: who guesses waits longer and longer, and what does not wait costs one hash, whoever is meant.

use std::sync::Arc;

use secrecy::SecretString;
use uuid::Uuid;

use super::hashing::Hashing;
use crate::{
    actors::World,
    domain::{
        failure::Failure,
        profile::Email,
        throttle::{self, Attempt, Keys},
    },
    entities::{
        Txn,
        sessions::{self, Device},
        users::{self, Change},
    },
    ids::UserId,
    storage::attempts::{self, Attempts},
};

/// Owns the budget of hashes, and the counts of failed attempts; clones share both.
#[derive(Clone)]
pub struct Passwords {
    world: World,
    hashing: Hashing,
    attempts: Arc<dyn Attempts>,
}

/// A password that somebody gave for an account.
pub struct Claim {
    /// Known or not; `None`: what was given is no address.
    pub email: Option<Email>,
    /// Right or wrong.
    pub password: SecretString,
    /// Where from.
    pub device: Device,
}

/// An account whose password somebody knew.
pub struct Proved {
    user: users::Model,
    renewed: Option<String>,
}

impl Passwords {
    /// Counts within this process.
    pub fn new(world: World, hashing: Hashing) -> Self {
        Self { world, hashing, attempts: Arc::new(attempts::Local::default()) }
    }

    /// The PHC string of a new password.
    pub async fn hash(&self, password: SecretString) -> Result<String, Failure> {
        self.hashing.hash(password).await
    }

    /// The account, if the password is its own. Whether there is such an account is told neither by the answer nor by
    /// its time.
    pub async fn prove(&self, claim: Claim) -> Result<Option<Proved>, Failure> {
        let user = match &claim.email {
            Some(email) => users::find_by_email(self.world.db.read(), email).await?,
            None => None,
        };
        let keys = self.begin(&claim, user.as_ref()).await?;
        let hash = user.as_ref().map(|user| user.password_hash.clone());
        let verdict = match (self.hashing.verify(claim.password, hash).await, keys) {
            (Ok(verdict), Some(keys)) if verdict.right => {
                self.attempts.succeeded(keys).await;
                verdict
            }
            (Err(failure), Some(keys)) => {
                self.attempts.withdrawn(keys).await;
                return Err(failure);
            }
            (verdict, _) => verdict?,
        };
        Ok(user.filter(|_| verdict.right).map(|user| Proved { user, renewed: verdict.renewed }))
    }

    /// Counts the attempt, or says how long it must wait; `None` where rates are not limited.
    async fn begin(&self, claim: &Claim, user: Option<&users::Model>) -> Result<Option<Keys>, Failure> {
        let config = &self.world.config;
        if !config.limits.enabled {
            return Ok(None);
        }
        let (network, now) = (claim.device.network(), self.world.clock.now());
        // Asked for an unknown account as well, so that it takes as long.
        let id = user.map_or(UserId(Uuid::nil()), |user| user.id);
        let since = now.minus(config.auth.session_max());
        let known = sessions::knows(self.world.db.read(), id, &network, since).await?;
        let attempt = Attempt { known, pardoned: user.and_then(|user| user.unlocked_at), now };
        let keys = Keys::of(claim.email.as_ref().map_or("", Email::as_str), &network);
        let begun = self.attempts.begin(keys, attempt).await;
        begun.map_err(|retry_in| Failure::RateLimited { retry_in, policy: throttle::POLICY.to_owned() })?;
        Ok(Some(keys))
    }

    /// The account as it is now, its hash renewed where that was due, and kept from changing until `txn` ends.
    ///
    /// # Errors
    /// `Busy` when the password was changed since it was proved; `Disabled`.
    pub async fn hold(&self, txn: &Txn, proved: Proved) -> Result<users::Model, Failure> {
        let user = users::find_for_update(txn, proved.user.id).await?.ok_or(Failure::Busy)?;
        if user.password_hash != proved.user.password_hash {
            return Err(Failure::Busy);
        }
        if user.disabled_at.is_some() {
            return Err(Failure::Disabled);
        }
        let Some(renewed) = proved.renewed else { return Ok(user) };
        let change = Change { password_hash: Some(renewed), ..Change::default() };
        Ok(users::change(txn, user, change, self.world.clock.now()).await?)
    }
}
