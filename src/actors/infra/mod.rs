//! What everything else leans on: this instance's lease, room on the disk, the sweep, the telling of what happened.

pub mod collector;
pub mod disk;
pub mod keeper;
pub mod retirement;
pub mod sequencer;
pub mod sweeper;
