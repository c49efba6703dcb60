//! `hivesync healthcheck`: asks a running service whether it takes work, for images without curl.

use std::{net::SocketAddr, time::Duration};

use clap::Args;

use super::{Failed, runtime};
use crate::config::{Config, Overrides};

/// Ask the service on this machine whether it is ready.
#[derive(Debug, Args)]
pub struct Healthcheck {
    /// Where it listens, instead of `HIVESYNC_HTTP__LISTEN`.
    #[arg(long, value_name = "ADDR")]
    listen: Option<SocketAddr>,
}

impl Healthcheck {
    pub(super) fn run(self) -> Result<(), Failed> {
        let config = Config::load(Overrides { listen: self.listen, ..Overrides::default() })?;
        runtime::run(|_| ask(reachable(config.http.listen)))
    }
}

/// Where a service that listens at `address` is reached from this machine.
pub(super) fn reachable(mut address: SocketAddr) -> SocketAddr {
    if address.ip().is_unspecified() {
        address.set_ip(if address.is_ipv4() { [127, 0, 0, 1].into() } else { [0, 0, 0, 0, 0, 0, 0, 1_u16].into() });
    }
    address
}

async fn ask(address: SocketAddr) -> Result<(), Failed> {
    let client = reqwest::Client::builder().no_proxy().timeout(Duration::from_secs(5)).build()?;
    let answer = client.get(format!("http://{address}/health/ready")).send().await?;
    if answer.status().is_success() {
        return Ok(());
    }
    Err(format!("not ready: {}", answer.text().await?).into())
}
