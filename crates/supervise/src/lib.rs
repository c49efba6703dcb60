#![doc = include_str!("../README.md")]

mod actor;
mod brood;
mod charge;
mod context;
mod dynamic;
mod event;
mod exit;
mod isolate;
mod life;
mod line;
mod meter;
mod plan;
mod policy;
mod report;
mod roster;
mod slot;
mod spec;
mod start;
mod supervisor;
mod task;
mod tree;
mod ward;

pub use context::Context;
pub use dynamic::{Alert, Dynamic, DynamicPolicy};
pub use event::{Event, What};
pub use exit::{Exit, Failure, Kill};
pub use isolate::{Panicked, isolate};
pub use policy::{Backoff, Liveness, Policy, Restart, Strategy};
pub use report::{Kind, LastExit, Report, State};
pub use slot::{AskError, Limits, Recipient, Slot};
pub use spec::Spec;
pub use supervisor::Supervisor;
pub use task::Stop;
pub use tree::{RestartError, Tree, TreeError};
