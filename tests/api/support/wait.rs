//! Waiting for a condition, with a deadline, instead of sleeping.

use std::time::Duration;

use tokio::time::{Instant, sleep};

const PAUSE: Duration = Duration::from_millis(15);

/// Looks again and again until there is something to see, and answers with it.
///
/// # Panics
/// When `limit` has passed without it, naming `what` was waited for.
pub(crate) async fn wait_until<T>(what: &str, limit: Duration, mut look: impl AsyncFnMut() -> Option<T>) -> T {
    let started = Instant::now();
    loop {
        if let Some(seen) = look().await {
            return seen;
        }
        assert!(started.elapsed() < limit, "waited {limit:?} in vain: {what}");
        sleep(PAUSE).await;
    }
}
