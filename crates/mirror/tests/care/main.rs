//! What keeps a mirror well: repair, housekeeping, room on the disk, removal.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::disallowed_methods,
    clippy::indexing_slicing,
    clippy::print_stderr,
    reason = "a test that cannot go on should stop, may start programs, and says why it is skipped"
)]

#[path = "../support/mod.rs"]
mod support;

mod killed;
mod remove;
mod repair;
mod room;
mod tend;
