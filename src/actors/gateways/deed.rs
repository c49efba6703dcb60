//! What somebody did to a project, written down in the transaction of the deed.

use serde_json::Value;

use crate::{
    clock::Timestamp,
    domain::{caller::Caller, event::EventKind, failure::Failure},
    entities::{
        Txn,
        events::{self, NewEvent},
    },
    ids::ProjectId,
};

/// Records `kind`, done by `by` to `project`; `payload` holds ids and states only.
pub(super) async fn record(
    txn: &Txn,
    by: &Caller,
    project: ProjectId,
    kind: EventKind,
    payload: Value,
    now: Timestamp,
) -> Result<(), Failure> {
    let event = NewEvent {
        kind,
        user: Some(by.user),
        project: Some(project),
        job: None,
        payload,
        request_id: Some(by.request_id.clone()),
    };
    Ok(events::record(txn, event, now).await?)
}
