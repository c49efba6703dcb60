//! One file a resource: shapes, conversions, handlers. A handler converts, asks, renders; nothing else.

#![allow(unreachable_pub, reason = "the route macros keep a handler's `pub` on a function inside another one")]

pub mod accept;
pub mod accounts;
pub mod answer;
pub mod body;
pub mod caller;
pub mod client;
pub mod compress;
pub mod cors;
pub mod credentials;
pub mod description;
pub mod diff;
pub mod edge;
pub mod error;
pub mod etag;
pub mod export;
pub mod files;
pub mod health;
pub mod hooks;
pub mod idempotency;
pub mod invitations;
pub mod list;
pub mod manifest;
pub mod masking;
pub mod members;
pub mod notifications;
pub mod openapi;
pub mod projects;
pub mod proposal_views;
pub mod protection;
pub mod rates;
pub mod raw;
pub mod refactor_views;
pub mod refactors;
pub mod room;
pub mod routes;
pub mod search;
pub mod server;
pub mod sessions;
pub mod symbols;
pub mod syncs;
pub mod terms;
pub mod tokens;
pub mod users;

use std::sync::Arc;

use actix_web::web::Data;

use crate::{
    actors::{infra::disk::Room, tree::Gateways},
    http::health::Readiness,
    storage::{limits::Limiter, objects::Objects},
};

/// What handlers reach.
pub struct AppState {
    /// Where they ask.
    pub gateways: Gateways,
    /// What large answers are streamed from; handlers read what a gateway has allowed them.
    pub objects: Arc<dyn Objects>,
    /// Whether this instance takes work.
    pub readiness: Readiness,
    /// How often somebody may ask.
    pub limits: Arc<Limiter>,
    /// Whether there is room to write.
    pub room: Room,
}

/// The state, as handlers take it.
pub type State = Data<AppState>;
