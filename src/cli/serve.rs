//! `hivesync serve`: the service, until a signal or until its supervision tree gives up.

use clap::Args;
use secrecy::ExposeSecret;
use tokio::{
    runtime::Handle,
    signal::unix::{Signal, SignalKind, signal},
};

use super::{Failed, runtime};
use crate::{
    app::App,
    config::{Config, Overrides},
    domain::setup,
    entities::users,
    telemetry,
};

/// Run the service.
#[derive(Debug, Args)]
pub struct Serve {
    #[command(flatten)]
    listen: super::Listen,
    #[command(flatten)]
    data: super::DataDir,
}

impl Serve {
    pub(super) fn run(self) -> Result<(), Failed> {
        let config = Config::load(Overrides { listen: self.listen.listen, data_dir: self.data.data_dir })?;
        telemetry::log(&config.log)?;
        runtime::run(|work| serve(config, work))
    }
}

async fn serve(config: Config, work: Handle) -> Result<(), Failed> {
    let mut signals = Signals::new()?;
    let app = App::start(config, work).await?;
    println!("listening on http://{}", app.address);
    invite_first_user(&app).await?;
    let gave_up = tokio::select! {
        () = signals.next() => None,
        exit = app.failed() => Some(exit),
    };
    tracing::info!("stopping");
    let stopping = app.stop();
    tokio::select! {
        stopped = stopping => stopped?,
        () = signals.next() => return Err("stopped at once by a second signal".into()),
    }
    match gave_up {
        None => Ok(()),
        Some(exit) => Err(format!("the supervision tree gave up: {exit}").into()),
    }
}

async fn invite_first_user(app: &App) -> Result<(), Failed> {
    let db = app.world.db.clone();
    let none_yet = app.world.work.run(async move { users::none_yet(db.read()).await });
    if none_yet.await?? {
        let token = setup::token(&app.world.keys);
        println!("no account yet: the first one registers with the setup token {}", token.expose_secret());
    }
    Ok(())
}

/// What asks for a stop.
pub(super) struct Signals {
    terminate: Signal,
    interrupt: Signal,
}

impl Signals {
    pub(super) fn new() -> std::io::Result<Self> {
        Ok(Self { terminate: signal(SignalKind::terminate())?, interrupt: signal(SignalKind::interrupt())? })
    }

    pub(super) async fn next(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}
