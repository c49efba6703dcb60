//! HiveSync's backend: the single source of truth behind its apps and plugins.
//!
//! The map, in reading order. Imports go from the bottom of this list to its top, never back.

pub mod clock;
pub mod config;
pub mod ids;
pub mod telemetry;

pub mod domain;
pub mod engine;
pub mod entities;
pub mod storage;

pub mod actors;

pub mod http;

pub mod app;

pub mod cli;
