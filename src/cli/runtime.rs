//! Threads for commands: one that actors live on, others that work is done on.

use std::{future::Future, io, time::Duration};

use actix_web::rt::System;
use tokio::runtime::{Builder, Handle};

/// Work that has not ended by then is left behind.
const LEFT_BEHIND: Duration = Duration::from_secs(5);

/// Runs `main` on an actix system; it is given the threads for work.
///
/// # Errors
/// The threads cannot be had, or what `main` fails with.
pub fn run<T, E: From<io::Error>, F: Future<Output = Result<T, E>>>(main: impl FnOnce(Handle) -> F) -> Result<T, E> {
    let work = Builder::new_multi_thread().enable_all().thread_name("work").build()?;
    let done = System::new().block_on(main(work.handle().clone()));
    work.shutdown_timeout(LEFT_BEHIND);
    done
}
