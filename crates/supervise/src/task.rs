//! A plain future as a supervised child.

use std::future::{Future, poll_fn};
use std::sync::Arc;

use actix::ArbiterHandle;
use futures::future::LocalBoxFuture;
use tokio_util::sync::CancellationToken;

use crate::exit::{Exit, Failure, Kill};
use crate::isolate::isolate;
use crate::life::{Birth, Life};
use crate::report::Kind;
use crate::roster::Vacancy;
use crate::start::Start;

/// Tells a task, or work beside an actor, that it shall come to its end within its grace.
#[derive(Debug, Clone)]
pub struct Stop(CancellationToken);

impl Stop {
    pub(crate) fn new(token: CancellationToken) -> Self {
        Self(token)
    }

    /// Resolves when the stop was asked; at once if it was already.
    pub async fn requested(&self) {
        self.0.cancelled().await;
    }

    /// Whether the stop was asked.
    pub fn is_requested(&self) -> bool {
        self.0.is_cancelled()
    }
}

type Make = dyn Fn(Stop) -> LocalBoxFuture<'static, Result<(), Failure>> + Send + Sync;

/// Starts a task over and over.
pub(crate) struct TaskStart(Arc<Make>);

impl TaskStart {
    pub(crate) fn new<F, Fut>(make: F) -> Self
    where
        F: Fn(Stop) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<(), Failure>> + 'static,
    {
        Self(Arc::new(move |stop| Box::pin(make(stop))))
    }
}

impl Start for TaskStart {
    fn kind(&self) -> Kind {
        Kind::Task
    }

    fn launch(&self, birth: Birth, arbiter: &ArbiterHandle) -> bool {
        let make = Arc::clone(&self.0);
        arbiter.spawn_fn(move || {
            actix::spawn(live(make, birth));
        })
    }

    fn vacate(&self, _: Vacancy) {}
}

async fn live(make: Arc<Make>, birth: Birth) {
    let Birth { life, ready, done, .. } = birth;
    let stop = Stop::new(life.stop.child_token());
    // Called within the future, so that a panic of the closure itself is caught as well.
    let work = isolate(async move { make(stop).await });
    let _ = ready.send(());
    let exit = tokio::select! {
        biased;
        () = life.kill.cancelled() => Exit::Killed(Kill::Deadline),
        outcome = beating(&life, work) => match outcome {
            Ok(Ok(())) if life.stop.is_cancelled() => Exit::Shutdown,
            Ok(Ok(())) => Exit::Normal,
            Ok(Err(failure)) => failure.into(),
            Err(panicked) => Exit::Panicked(panicked.message),
        },
    };
    let _ = done.send(exit);
}

/// Shows at each poll of the work that it is alive.
pub(crate) async fn beating<F: Future>(life: &Life, work: F) -> F::Output {
    let mut work = std::pin::pin!(work);
    poll_fn(|cx| {
        life.heart.beat(cx.waker());
        life.turn.hold(|| work.as_mut().poll(cx))
    })
    .await
}
