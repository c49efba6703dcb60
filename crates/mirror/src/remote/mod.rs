//! Where a mirror comes from: which addresses are allowed, and the host's addresses, checked and pinned.

mod address;
mod url;

pub(crate) use address::{Pinned, pin};
pub use url::{Policy, Protocol, RemoteUrl, UrlRefused};
