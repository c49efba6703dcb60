//! The budget for password hashes: each takes 19 MiB and a core for some 20 ms.

use std::{sync::Arc, thread::available_parallelism};

use secrecy::SecretString;
use tokio::sync::Semaphore;

use crate::{
    actors::world::blocking,
    domain::{failure::Failure, password},
};

const MOST_AT_ONCE: usize = 2;
const MOST_WAITING: usize = 64;

/// Hashes passwords, few at a time, with a bounded queue in front.
#[derive(Clone)]
pub struct Hashing {
    running: Arc<Semaphore>,
    admitted: Arc<Semaphore>,
}

impl Default for Hashing {
    fn default() -> Self {
        let cores = available_parallelism().map_or(1, usize::from).min(MOST_AT_ONCE);
        Self { running: Arc::new(Semaphore::new(cores)), admitted: Arc::new(Semaphore::new(cores + MOST_WAITING)) }
    }
}

impl Hashing {
    /// The PHC string of `password`.
    pub async fn hash(&self, password: SecretString) -> Result<String, Failure> {
        self.run(move || password::hash(&password).map_err(|error| Failure::internal(error.to_string()))).await
    }

    /// Whether `password` made `hash`; costs the same without one.
    pub async fn verify(&self, password: SecretString, hash: Option<String>) -> Result<bool, Failure> {
        self.run(move || Ok(password::verify(&password, hash.as_deref()))).await
    }

    async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T, Failure> + Send + 'static,
    ) -> Result<T, Failure> {
        let Ok(_admitted) = Arc::clone(&self.admitted).try_acquire_owned() else { return Err(Failure::Busy) };
        let running = Arc::clone(&self.running).acquire_owned().await;
        blocking(move || {
            // Held by the work itself: a caller that goes away does not make room before its hash is done.
            let _running = running;
            work()
        })
        .await
    }
}
