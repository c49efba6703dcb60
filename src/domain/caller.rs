//! Who asks, and by what they proved it.

use super::{
    scope::{Scope, Scopes},
    trace::Trace,
};
use crate::ids::{AccessTokenId, SessionId, UserId};

/// Somebody who proved who they are, and the request they did it in.
#[derive(Debug, Clone)]
pub struct Caller {
    /// Who.
    pub user: UserId,
    /// By what.
    pub proof: Proof,
    /// Whether they administer the service, and the proof lets them.
    pub is_admin: bool,
    /// The request's id, which goes into jobs, events and logs.
    pub request_id: String,
    /// The trace that the request belongs to, which goes into jobs and logs.
    pub trace: Option<Trace>,
}

/// By what somebody proved who they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Proof {
    /// They signed in on this device; it may do all that they may.
    Session(SessionId),
    /// A program of theirs shows this personal token.
    Token(AccessTokenId, Scopes),
}

/// Somebody who signed in on a device. A personal token does not make one.
#[derive(Debug, Clone)]
pub struct InPerson {
    /// Who.
    pub caller: Caller,
    /// On which device.
    pub session: SessionId,
}

impl Proof {
    /// The personal token, where it is one.
    pub fn token(self) -> Option<AccessTokenId> {
        match self {
            Self::Session(_) => None,
            Self::Token(token, _) => Some(token),
        }
    }

    /// Whether it lets its owner do what `scope` stands for.
    pub fn allows(self, scope: Scope) -> bool {
        match self {
            Self::Session(_) => true,
            Self::Token(_, scopes) => scopes.contains(scope),
        }
    }
}

impl Caller {
    /// The same, if they are here themselves.
    pub fn in_person(self) -> Option<InPerson> {
        match self.proof {
            Proof::Session(session) => Some(InPerson { caller: self, session }),
            Proof::Token(..) => None,
        }
    }
}
