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
mod administration;
mod applied;
mod commands;
mod configuration;
mod conventions;
mod crashes;
mod devices;
mod diffs;
mod doctor;
mod errors;
mod faults;
mod files;
mod fixtures;
mod full_disk;
mod hashing;
mod health;
mod held;
mod hooks;
mod hostile_input;
mod idempotency;
mod interrupted;
mod invitations;
mod keys;
mod leases;
mod leaving;
mod locked;
mod manifests;
mod meetings;
mod members;
mod notifications;
mod openapi;
mod passwords;
mod personal;
mod postgres;
mod preconditions;
mod private;
mod projects;
mod pushed;
mod queue;
mod rates;
mod raw;
mod refactor_crashes;
mod refactor_input;
mod refactors;
mod refresh;
mod rename_command;
mod retention;
mod retirement;
mod roles;
mod schedule;
mod search;
mod secrets;
mod shutdown;
mod soak;
mod supervision;
mod syncs;
mod throttling;
mod tokens;
mod warm;
