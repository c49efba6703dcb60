//! Looking up the addresses behind a host's name, by the system or by whoever knows better.

use std::{fmt, io, net::IpAddr, pin::Pin};

/// A lookup under way.
pub type Resolving<'a> = Pin<Box<dyn Future<Output = io::Result<Vec<IpAddr>>> + Send + 'a>>;

/// Whom hosts' names are asked from. What it answers is checked and pinned for the length of one call; the next call
/// asks again.
pub trait Resolve: fmt::Debug + Send + Sync {
    /// Every address of the name, which is never an address itself.
    fn resolve<'a>(&'a self, host: &'a str) -> Resolving<'a>;
}

/// The system's own resolver, with its hosts file and its name servers.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemResolver;

impl Resolve for SystemResolver {
    fn resolve<'a>(&'a self, host: &'a str) -> Resolving<'a> {
        Box::pin(async move {
            let found = tokio::net::lookup_host((host, 0)).await?;
            Ok(found.map(|it| it.ip()).collect())
        })
    }
}
