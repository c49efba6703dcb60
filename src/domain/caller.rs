//! Who asks, proved by a token.

use crate::ids::{SessionId, UserId};

/// Somebody who proved who they are, and the request they did it in.
#[derive(Debug, Clone)]
pub struct Caller {
    /// Who.
    pub user: UserId,
    /// On which device.
    pub session: SessionId,
    /// Whether they administer the service.
    pub is_admin: bool,
    /// The request's id, which goes into jobs, events and logs.
    pub request_id: String,
}
