//! Requests that may come twice: claimed before they are done, kept with their answer afterwards.

use std::{sync::Arc, time::Duration};

use actix::Message;
use uuid::Uuid;

use crate::{
    actors::World,
    domain::{
        failure::Failure,
        idempotency::{IdempotencyKey, Memory, Scope, Seal, Verdict},
    },
    entities::{
        Txn,
        idempotency_keys::{self, Model, NewClaim},
    },
};

/// What a request may take beyond the time in which its answer must begin, before it is given up for dead.
const MARGIN: Duration = Duration::from_secs(5);
/// How often somebody else may come first while a key is claimed.
const RACES: usize = 3;

/// Owns the budget of questions about repeated requests.
#[derive(Clone)]
pub struct Idempotency {
    world: World,
}

/// Wants to do a request that carries a key.
#[derive(Message)]
#[rtype(result = "Result<Claimed, Failure>")]
pub struct Claim {
    /// The client's.
    pub key: IdempotencyKey,
    /// Where it counts.
    pub scope: Scope,
    /// The path and the query.
    pub address: String,
    /// As it was sent.
    pub body: bytes::Bytes,
}

/// What became of the wish.
pub enum Claimed {
    /// Do it, then keep the answer or let the key go.
    Work(Hold),
    /// It was done; this was answered.
    Replay(Vec<u8>),
    /// It is being done, for so long at most.
    Running(Duration),
    /// The key belongs to another request.
    Mismatch,
}

/// That somebody works on a request; void once another one took it over.
#[derive(Clone)]
pub struct Hold {
    seal: Arc<Seal>,
    claim: Uuid,
}

/// Keeps the answer to a request that was done.
#[derive(Message)]
#[rtype(result = "Result<(), Failure>")]
pub struct Keep {
    /// From the claim.
    pub hold: Hold,
    /// Sealed before it is written.
    pub answer: Vec<u8>,
}

/// Lets a key go whose request came to no answer worth keeping, so that it can be tried again at once.
#[derive(Message)]
#[rtype(result = "Result<(), Failure>")]
pub struct Release(pub Hold);

answers! {
    Idempotency:
    Claim => claim,
    Keep => keep,
    Release => release,
}

impl Idempotency {
    /// A gateway to repeated requests.
    pub fn new(world: World) -> Self {
        Self { world }
    }

    async fn claim(&self, claim: Claim) -> Result<Claimed, Failure> {
        let mut seals = claim.key.seals(&self.world.keys, &claim.scope);
        for _ in 0..RACES {
            let txn = self.world.db.begin().await?;
            let names = seals.iter().map(|seal| seal.name.clone()).collect();
            let found = idempotency_keys::find_for_update(&txn, names).await?;
            // The seal that the row was made with; a new row is made with the current key's.
            let at = found.as_ref().and_then(|row| seals.iter().position(|seal| seal.name == row.name));
            let seal = seals.swap_remove(at.unwrap_or(0));
            let outcome = match found {
                Some(row) => Some(self.judge(&txn, &claim, row, seal).await?),
                None => self.begin(&txn, &claim, seal).await?,
            };
            txn.commit().await?;
            if let Some(outcome) = outcome {
                return Ok(outcome);
            }
            seals = claim.key.seals(&self.world.keys, &claim.scope);
        }
        Err(Failure::Busy)
    }

    /// Claims a key that nobody has; `None` when somebody was faster.
    async fn begin(&self, txn: &Txn, claim: &Claim, seal: Seal) -> Result<Option<Claimed>, Failure> {
        let new = self.new_claim(claim, &seal);
        let hold = Hold { seal: Arc::new(seal), claim: new.claim };
        let first = idempotency_keys::insert(txn, new, self.world.clock.now()).await?;
        Ok(first.then_some(Claimed::Work(hold)))
    }

    async fn judge(&self, txn: &Txn, claim: &Claim, row: Model, seal: Seal) -> Result<Claimed, Failure> {
        let now = self.world.clock.now();
        let memory = Memory {
            same_request: row.fingerprint == seal.fingerprint(&claim.address, &claim.body),
            answered: row.answer.is_some(),
            locked_until: row.locked_until,
            since: row.created_at,
        };
        match memory.verdict(now) {
            Verdict::Mismatch => Ok(Claimed::Mismatch),
            Verdict::Running(left) => Ok(Claimed::Running(left)),
            Verdict::Replay => {
                let answer = row.answer.as_deref().and_then(|closed| seal.open(closed));
                answer.map(Claimed::Replay).ok_or_else(|| Failure::internal("a kept answer was altered"))
            }
            Verdict::Work => {
                let new = self.new_claim(claim, &seal);
                let hold = Hold { seal: Arc::new(seal), claim: new.claim };
                idempotency_keys::take_over(txn, new, now).await?;
                Ok(Claimed::Work(hold))
            }
        }
    }

    fn new_claim(&self, claim: &Claim, seal: &Seal) -> NewClaim {
        NewClaim {
            name: seal.name.clone(),
            user: claim.scope.user,
            fingerprint: seal.fingerprint(&claim.address, &claim.body),
            claim: Uuid::new_v4(),
            locked_until: self.world.clock.now().plus(self.world.config.http.request_timeout() + MARGIN),
        }
    }

    async fn keep(&self, Keep { hold, answer }: Keep) -> Result<(), Failure> {
        let sealed = hold.seal.close(&answer, rand::random());
        let sealed = sealed.ok_or_else(|| Failure::internal("an answer is too large to be sealed"))?;
        let txn = self.world.db.begin().await?;
        idempotency_keys::keep(&txn, &hold.seal.name, hold.claim, sealed, self.world.clock.now()).await?;
        Ok(txn.commit().await?)
    }

    async fn release(&self, Release(hold): Release) -> Result<(), Failure> {
        let txn = self.world.db.begin().await?;
        idempotency_keys::release(&txn, &hold.seal.name, hold.claim).await?;
        Ok(txn.commit().await?)
    }
}
