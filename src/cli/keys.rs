//! `hivesync keys`: the master keys of an embedded service, by name; their secrets are never shown.

use clap::{Args, Subcommand};
use secrecy::ExposeSecret;
use serde_json::json;

use super::{DataDir, Failed};
use crate::{
    app,
    config::Config,
    domain::keys::KeyRing,
    storage::keys::{self, KeysError},
};

/// List and change the master keys.
#[derive(Debug, Args)]
pub struct Keys {
    #[command(subcommand)]
    task: Task,
}

#[derive(Debug, Subcommand)]
enum Task {
    /// Print the keys' names, the current one first.
    List(Place),
    /// Put a new key in front; the others still open what they closed.
    ///
    /// A service that runs goes on with the keys it started with: restart it.
    Rotate(Place),
}

#[derive(Debug, Args)]
struct Place {
    /// Print one JSON document instead.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    data: DataDir,
}

impl Keys {
    pub(super) fn run(self) -> Result<(), Failed> {
        match self.task {
            Task::List(place) => list(place),
            Task::Rotate(place) => rotate(place),
        }
    }
}

fn list(place: Place) -> Result<(), Failed> {
    let config = place.data.config()?;
    let ring = if config.secrets.keys.expose_secret().is_empty() {
        keys::kept(&config)?.ok_or(KeysError::Absent)?
    } else {
        KeyRing::parse(&config.secrets.keys)?
    };
    if place.json {
        println!("{}", document(&ring));
    } else {
        for (at, kid) in ring.kids().enumerate() {
            println!("{kid}  {}", if at == 0 { "current" } else { "former" });
        }
    }
    Ok(())
}

fn rotate(place: Place) -> Result<(), Failed> {
    let config = place.data.config()?;
    let ring = keys::rotate(&config)?;
    if place.json {
        println!("{}", document(&ring));
        return Ok(());
    }
    let mut kids = ring.kids();
    let current = kids.next().unwrap_or_default();
    println!(
        "{current} is the current key from the next start on; kept beside it: {}",
        kids.collect::<Vec<_>>().join(", ")
    );
    if is_served(&config) {
        println!("a service runs on the data directory: restart it to take the new key up");
    }
    Ok(())
}

/// Only words for people depend on it, so that not to know is as good as no.
fn is_served(config: &Config) -> bool {
    app::is_served(&config.data_dir).unwrap_or(false)
}

fn document(ring: &KeyRing) -> serde_json::Value {
    let kids: Vec<_> = ring.kids().collect();
    json!({ "current": kids.first(), "former": kids.get(1..) })
}
