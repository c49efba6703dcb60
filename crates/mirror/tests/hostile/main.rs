//! Remotes, repositories and addresses made by somebody who means harm. Each ends in an answer that says what it is, runs
//! nothing, tells nothing, and leaves the mirror that was there readable.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::disallowed_methods,
    clippy::indexing_slicing,
    reason = "a test that cannot go on should stop, and may start programs"
)]

#[path = "../support/mod.rs"]
mod support;

mod bombs;
mod content;
mod phases;
mod urls;
mod web;
