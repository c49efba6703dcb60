//! The budget for password hashes: each takes 19 MiB, or as much as was configured, and a core for some 20 ms.

use std::{sync::Arc, thread::available_parallelism};

use secrecy::SecretString;
use tokio::sync::Semaphore;

use crate::{
    actors::world::blocking,
    config::HashCost,
    domain::{
        failure::Failure,
        password::{Hasher, Verdict},
    },
};

const MOST_AT_ONCE: usize = 2;
const MOST_WAITING: usize = 64;

/// Hashes passwords, few at a time, with a bounded queue in front.
#[derive(Clone)]
pub struct Hashing {
    hasher: Arc<Hasher>,
    running: Arc<Semaphore>,
    admitted: Arc<Semaphore>,
}

impl Hashing {
    /// At this cost. Takes as long as one hash.
    pub async fn at(cost: HashCost) -> Result<Self, Failure> {
        let hasher = Arc::new(Hasher::new(cost).map_err(|error| Failure::internal(error.to_string()))?);
        let cores = available_parallelism().map_or(1, usize::from).min(MOST_AT_ONCE);
        let hashing = Self {
            hasher: Arc::clone(&hasher),
            running: Arc::new(Semaphore::new(cores)),
            admitted: Arc::new(Semaphore::new(cores + MOST_WAITING)),
        };
        blocking(move || {
            hasher.warm_up();
            Ok(hashing)
        })
        .await
    }

    /// The PHC string of `password`.
    pub async fn hash(&self, password: SecretString) -> Result<String, Failure> {
        self.run(move |hasher| hasher.hash(&password).map_err(|error| Failure::internal(error.to_string()))).await
    }

    /// Whether `password` made `hash`; costs the same without one.
    pub async fn verify(&self, password: SecretString, hash: Option<String>) -> Result<Verdict, Failure> {
        self.run(move |hasher| Ok(hasher.verify(&password, hash.as_deref()))).await
    }

    async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Hasher) -> Result<T, Failure> + Send + 'static,
    ) -> Result<T, Failure> {
        let Ok(admitted) = Arc::clone(&self.admitted).try_acquire_owned() else { return Err(Failure::Busy) };
        let running = Arc::clone(&self.running).acquire_owned().await;
        let hasher = Arc::clone(&self.hasher);
        blocking(move || {
            // Held by the work itself: a caller that goes away does not make room before its hash is done.
            let (_admitted, _running) = (admitted, running);
            work(&hasher)
        })
        .await
    }
}
