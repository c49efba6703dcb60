//! What everything else leans on: this instance's lease, the sweep, and the telling of what happened.

pub mod keeper;
pub mod sequencer;
pub mod sweeper;
