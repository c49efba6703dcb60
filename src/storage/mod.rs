//! Where bytes, hints and counts live: objects by content, the transport of the queue, failed sign-ins.

pub mod attempts;
pub mod files;
pub mod keys;
pub mod limits;
pub mod manifests;
pub mod objects;
pub mod refactors;
pub mod transport;
