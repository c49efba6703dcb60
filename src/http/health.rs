//! Health: whether the process answers, whether this instance takes work, and how everything behind it is.

use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicU8, Ordering},
    },
};

use actix_web::{get, web::Json};
use serde::Serialize;
use utoipa::ToSchema;

use super::{State, caller::Administrator, error::ApiError};
use crate::{
    actors::{
        gateways::operations::{Deep, GetActors, GetWorkers, Health, Probe, Workers},
        infra::disk::Room,
    },
    domain::caller::Caller,
};

/// Whether this instance takes work; clones share it.
#[derive(Clone)]
pub struct Readiness {
    phase: Arc<AtomicU8>,
    room: Room,
}

const STARTING: u8 = 0;
const READY: u8 = 1;

impl Readiness {
    /// It does not yet; later it does as long as there is `room`.
    pub fn with(room: Room) -> Self {
        Self { phase: Arc::new(AtomicU8::new(STARTING)), room }
    }

    /// From now on it does.
    pub fn set_ready(&self) {
        self.phase.store(READY, Ordering::Release);
    }

    /// From now on it does not any more.
    pub fn set_draining(&self) {
        self.phase.store(READY + 1, Ordering::Release);
    }

    /// Whether it has begun to stop.
    pub fn is_draining(&self) -> bool {
        self.phase.load(Ordering::Acquire) > READY
    }

    fn state(&self) -> &'static str {
        match self.phase.load(Ordering::Acquire) {
            STARTING => "starting",
            READY if self.room.is_short() => "read-only",
            READY => "ready",
            _ => "draining",
        }
    }
}

/// The process answers.
#[derive(Debug, Serialize, ToSchema)]
pub struct Alive {
    #[schema(example = "ok")]
    status: &'static str,
    version: &'static str,
}

/// Whether this instance takes work.
#[derive(Debug, Serialize, ToSchema)]
pub struct ReadyView {
    #[schema(example = "ready")]
    status: &'static str,
}

/// How everything behind the service is: for administrators with what was seen, else the states only.
#[derive(Debug, Serialize, ToSchema)]
#[serde(untagged)]
pub enum DeepView {
    /// For administrators.
    Whole(Deep),
    /// For any account.
    Brief {
        /// `ok` when every check is.
        status: Health,
        /// By name.
        checks: BTreeMap<&'static str, Health>,
    },
}

/// Whether the process answers
///
/// Touches nothing else.
#[utoipa::path(operation_id = "health", tag = "health", responses((status = OK, body = Alive)), security(()))]
#[get("/health")]
pub async fn alive() -> Json<Alive> {
    Json(Alive { status: "ok", version: env!("CARGO_PKG_VERSION") })
}

/// Whether this instance takes work
///
/// For load balancers: reasons of this instance only, so a database's hiccup does not take all instances away.
#[utoipa::path(operation_id = "health_ready", tag = "health", responses((status = OK, body = ReadyView)), security(()))]
#[get("/health/ready")]
pub async fn ready(state: State) -> Result<Json<ReadyView>, ApiError> {
    match state.readiness.state() {
        status @ "ready" => Ok(Json(ReadyView { status })),
        status => Err(ApiError::not_ready(status)),
    }
}

/// How everything behind the service is
#[utoipa::path(operation_id = "health_deep", tag = "health", responses((status = OK, body = DeepView)))]
#[get("/health/deep")]
pub async fn deep(state: State, caller: Caller) -> Result<Json<DeepView>, ApiError> {
    let deep = state.gateways.operations.ask(Probe).await?;
    let view = if caller.is_admin {
        DeepView::Whole(Deep::clone(&deep))
    } else {
        let checks = deep.checks.iter().map(|(name, check)| (*name, check.status)).collect();
        DeepView::Brief { status: deep.status, checks }
    };
    Ok(Json(view))
}

/// Who works on what
#[utoipa::path(operation_id = "health_workers", tag = "health", responses((status = OK, body = Workers)))]
#[get("/health/workers")]
pub async fn workers(state: State, _: Administrator) -> Result<Json<Workers>, ApiError> {
    Ok(Json(state.gateways.operations.ask(GetWorkers).await?))
}

/// How the supervision tree stands
#[utoipa::path(operation_id = "health_actors", tag = "health", responses((status = OK, body = Object)))]
#[get("/health/actors")]
pub async fn actors(state: State, _: Administrator) -> Result<Json<supervise::Report>, ApiError> {
    Ok(Json(state.gateways.operations.ask(GetActors).await?))
}
