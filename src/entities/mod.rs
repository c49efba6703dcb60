//! One table each: the row and the queries on it. The caller owns the transaction; writing takes a [`Txn`].

#![allow(missing_docs, reason = "columns are named for what they hold; where that is not enough they have a comment")]

pub mod access_tokens;
pub mod db;
pub mod events;
pub mod idempotency_keys;
pub mod instances;
pub mod invitations;
pub mod jobs;
pub mod keyset;
pub mod manifests;
pub mod members;
pub mod mirror_owners;
pub mod notifications;
pub mod projects;
pub mod pushes;
pub mod queue;
pub mod refactors;
pub mod repo_credentials;
pub mod retention;
pub mod schema;
pub mod sessions;
pub mod syncs;
pub mod triggers;
pub mod users;

pub use db::{Db, Txn};
