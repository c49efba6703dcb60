//! The server that is tried: the real one, on a thread of its own, so that nothing the client does holds it up.

use std::{
    error::Error,
    net::{SocketAddr, TcpStream},
    thread,
    time::Duration,
};

use secrecy::SecretString;
use tokio::{
    runtime::Handle,
    sync::oneshot::{self, Receiver, Sender},
};
use tokio_util::sync::{CancellationToken, DropGuard};

use super::{
    api::Api,
    record::{Problem, Step, chain},
    wire::Status,
};
use crate::{app::App, cli::runtime, config::Config, domain::setup};

/// Nobody who listens takes longer to accept.
const KNOCK: Duration = Duration::from_secs(1);

/// A server that answers; stopped when dropped.
pub(super) struct Server {
    address: SocketAddr,
    pub(super) setup_token: SecretString,
    guard: DropGuard,
    ended: Receiver<Result<(), Problem>>,
}

/// What a server says once it listens.
type Begun = (SocketAddr, SecretString);

impl Server {
    /// Starts it, and waits until it takes work.
    pub(super) async fn start(config: Config, step: &mut Step) -> Result<Self, Problem> {
        let until = CancellationToken::new();
        // From here on, who gives up waiting stops it.
        let guard = until.clone().drop_guard();
        let (begun, begins) = oneshot::channel();
        let (end, ended) = oneshot::channel();
        thread::Builder::new().name("server".into()).spawn(move || {
            // Nobody listens any more only where the trial was interrupted.
            drop(end.send(runtime::run(|work| serve(config, work, begun, until))));
        })?;
        let Ok((address, setup_token)) = begins.await else {
            // It ended before it began; why, it says at its end.
            return Err(end_of(ended).await.err().unwrap_or_else(silent));
        };
        let server = Self { address, setup_token, guard, ended };
        let ready: Status = Api::new(server.url())?.get("/health/ready", &[]).await?;
        step.saw("address", address.to_string());
        let claim = format!("it answers at http://{address} and takes work");
        step.verify(ready.status == "ready", claim, || format!("it is {}", ready.status))?;
        Ok(server)
    }

    pub(super) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Ends when the server has ended although nobody asked for it.
    pub(super) async fn gave_up(&mut self) -> Problem {
        let ended = (&mut self.ended).await;
        ended.ok().and_then(Result::err).unwrap_or_else(silent)
    }

    /// Stops it in order, and sees that it is gone.
    pub(super) async fn stop(self, step: &mut Step) -> Result<(), Problem> {
        let Self { address, guard, ended, .. } = self;
        drop(guard);
        end_of(ended).await?;
        step.verify(true, "it ended in order", String::new)?;
        let gone = TcpStream::connect_timeout(&address, KNOCK).is_err();
        step.verify(gone, "nobody listens there any more", || "somebody still answers".into())
    }
}

async fn serve(config: Config, work: Handle, begun: Sender<Begun>, stop: CancellationToken) -> Result<(), Problem> {
    let app = App::start(config, work).await.map_err(|error| problem(&error))?;
    drop(begun.send((app.address, setup::token(&app.world.keys))));
    let gave_up = tokio::select! {
        () = stop.cancelled() => None,
        exit = app.failed() => Some(exit),
    };
    app.stop().await.map_err(|error| problem(&error))?;
    match gave_up {
        None => Ok(()),
        Some(exit) => Err(Problem::Server(format!("its supervision tree gave up: {exit}"))),
    }
}

async fn end_of(ended: Receiver<Result<(), Problem>>) -> Result<(), Problem> {
    ended.await.unwrap_or_else(|_| Err(silent()))
}

fn silent() -> Problem {
    Problem::Server("it ended without a word; its log may say more".into())
}

/// An error with its causes, as one that may leave its thread.
fn problem(error: &dyn Error) -> Problem {
    Problem::Server(chain(error))
}
