//! Who owns what. An actor keeps a state, an order or a budget; what it does with them are plain functions.
//!
//! `ask` goes down only: gateways → jobs → mirrors → infra; news goes up as messages that nobody waits for.

pub mod gateways;
pub mod infra;
pub mod jobs;
pub mod mirrors;
pub mod tree;
pub mod world;

pub use world::World;
