//! Where bytes and hints live: objects by content, and the transport of the queue.

pub mod files;
pub mod keys;
pub mod manifests;
pub mod objects;
pub mod transport;
