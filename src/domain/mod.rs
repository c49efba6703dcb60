//! The rules, without I/O: nothing in here awaits, asks the time or touches a disk.

pub mod access;
pub mod branch;
pub mod caller;
pub mod event;
pub mod failure;
pub mod job;
pub mod keys;
pub mod page;
pub mod password;
pub mod profile;
pub mod refresh;
pub mod role;
pub mod setup;
pub mod sync;
