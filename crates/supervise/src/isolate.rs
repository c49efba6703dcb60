//! A panic in a piece of work becomes an error for the one who asked for it.

use std::future::{Future, poll_fn};
use std::task::Poll;

use crate::exit::caught;

/// The work panicked; the actor that ran it lives on.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("panicked: {message}")]
pub struct Panicked {
    /// What the panic said.
    pub message: String,
}

/// Runs `work` so that its panic is an error here and nothing else.
///
/// What the work shared with others through locks or cells may be left half changed: give it what it owns, or what
/// is safe to see so. A panic while another one unwinds aborts the process, by the language's rule; this cannot be
/// caught.
///
/// ```
/// # async fn work() -> u32 { 7 }
/// # #[actix::main] async fn main() {
/// let answer = supervise::isolate(work()).await;
/// assert_eq!(answer, Ok(7));
/// # }
/// ```
///
/// # Errors
/// [`Panicked`], with the panic's message.
pub async fn isolate<F: Future>(work: F) -> Result<F::Output, Panicked> {
    let mut work = Box::pin(work);
    let outcome = poll_fn(|cx| match caught(|| work.as_mut().poll(cx)) {
        Ok(Poll::Pending) => Poll::Pending,
        Ok(Poll::Ready(output)) => Poll::Ready(Ok(output)),
        Err(message) => Poll::Ready(Err(Panicked { message })),
    })
    .await;
    // What is left of broken work may panic again as it goes; the first message says more.
    if let Err(message) = caught(|| drop(work)) {
        tracing::debug!(%message, "work panicked again while it was dropped");
    }
    outcome
}

#[cfg(test)]
mod tests {
    #![allow(clippy::panic, reason = "panics are the subject")]

    use super::*;

    struct Sour;
    impl Drop for Sour {
        fn drop(&mut self) {
            panic!("sour");
        }
    }

    #[tokio::test]
    async fn a_panic_is_the_callers_error() {
        let outcome = isolate(async { panic!("lost my head") }).await;
        assert_eq!(outcome, Err::<(), _>(Panicked { message: "lost my head".into() }));
    }

    #[tokio::test]
    async fn a_panic_in_a_destructor_of_the_work_is_caught_too() {
        let outcome = isolate(async {
            let _sour = Sour;
            tokio::task::yield_now().await;
        })
        .await;
        assert_eq!(outcome, Err(Panicked { message: "sour".into() }));
    }
}
