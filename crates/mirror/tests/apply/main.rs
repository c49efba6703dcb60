//! Commits in the mirror: what is made, refused, kept, taken back and pushed.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::disallowed_methods,
    clippy::indexing_slicing,
    clippy::print_stderr,
    reason = "a test that cannot go on should stop, may start programs, and says why it is skipped"
)]

#[path = "../support/https.rs"]
mod https;
#[path = "../support/sshd.rs"]
mod sshd;
#[path = "../support/mod.rs"]
mod support;

mod asked;
mod commits;
mod contains;
mod kept;
mod killed;
mod oracle;
mod paths;
mod push;
mod push_cut_off;
mod push_refused;
mod refused;
