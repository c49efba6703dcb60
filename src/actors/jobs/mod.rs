//! One dispatcher a queue: it owns a budget of running jobs, claims what is due and sees each claim to its end.

pub mod dispatcher;
pub mod pulse;

pub use dispatcher::Dispatcher;
pub use pulse::{Pulse, Pulses};
