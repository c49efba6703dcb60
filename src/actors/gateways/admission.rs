//! Admission by invitation: who may make an account where the registration policy is `invite`.

use super::accounts::Register;
use crate::{
    actors::World,
    clock::Timestamp,
    config::Registration,
    domain::{
        failure::Failure,
        invitation::{InvitationStatus, InvitationToken},
        profile::Email,
    },
    entities::{Txn, invitations},
    ids::InvitationId,
};

/// The same for all that may be wrong with one: a stranger learns nothing of invitations by trying.
const NOT_OPEN: Failure =
    Failure::NotAdmitted("no invitation of this token is open to this address; ask for a new one");

/// The invitation that lets `new` make an account, where one is needed.
pub(super) async fn invitation(world: &World, new: &Register) -> Result<Option<InvitationId>, Failure> {
    if world.config.auth.registration != Registration::Invite {
        return Ok(None);
    }
    let token = new.invitation.as_ref().ok_or_else(|| Failure::missing("invitation"))?;
    let token = InvitationToken::parse(token).ok_or(NOT_OPEN)?;
    let found = invitations::find_by_token(world.db.read(), token.hashes(&world.keys)).await?;
    let open = found.filter(|found| {
        found.status(world.clock.now()) == InvitationStatus::Pending && found.is_for(new.email.as_str())
    });
    open.map(|open| Some(open.id)).ok_or(NOT_OPEN)
}

/// Binds the invitation to the new account's address, so that it lets nobody else make one.
pub(super) async fn bind(
    txn: &Txn,
    invitation: Option<InvitationId>,
    email: &Email,
    now: Timestamp,
) -> Result<(), Failure> {
    match invitation {
        Some(id) if !invitations::bind(txn, id, email, now).await? => Err(NOT_OPEN),
        Some(_) | None => Ok(()),
    }
}
