//! Where a mirror comes from: which addresses are allowed, the host's addresses, checked and pinned, and what opens it.

mod address;
mod credential;
mod hosts;
mod key;
mod keys;
mod resolve;
mod route;
mod url;

pub(crate) use address::Pinned;
pub use credential::{Credential, CredentialRefused, Login, Remote};
pub use hosts::{HostKey, KnownHosts};
pub use key::DeployKey;
pub(crate) use keys::sweep;
pub use resolve::{Resolve, Resolving, SystemResolver};
pub(crate) use route::{Pass, Route, Trust};
pub use url::{Policy, Protocol, RemoteUrl, UrlRefused};
