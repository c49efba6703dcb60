//! The service seen from outside: the real binary, real HTTP, real Git, a database of its own for each test.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::print_stderr,
    reason = "a test that cannot go on should stop"
)]

mod support;

mod accounts;
mod commands;
mod crashes;
mod errors;
mod faults;
mod files;
mod fixtures;
mod health;
mod held;
mod interrupted;
mod manifests;
mod notifications;
mod openapi;
mod projects;
mod queue;
mod refresh;
mod search;
mod shutdown;
mod supervision;
mod syncs;
mod tokens;
