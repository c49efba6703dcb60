//! One file a resource: shapes, conversions, handlers. A handler converts, asks, renders; nothing else.

#![allow(unreachable_pub, reason = "the route macros keep a handler's `pub` on a function inside another one")]

pub mod accounts;
pub mod body;
pub mod caller;
pub mod edge;
pub mod error;
pub mod etag;
pub mod files;
pub mod health;
pub mod list;
pub mod manifest;
pub mod notifications;
pub mod openapi;
pub mod projects;
pub mod routes;
pub mod search;
pub mod server;
pub mod syncs;

use std::sync::Arc;

use actix_web::web::Data;

use crate::{actors::tree::Gateways, http::health::Readiness, storage::objects::Objects};

/// What handlers reach.
pub struct AppState {
    /// Where they ask.
    pub gateways: Gateways,
    /// What large answers are streamed from; handlers read what a gateway has allowed them.
    pub objects: Arc<dyn Objects>,
    /// Whether this instance takes work.
    pub readiness: Readiness,
}

/// The state, as handlers take it.
pub type State = Data<AppState>;
