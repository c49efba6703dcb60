//! Invitations: made and taken back by owners, accepted by whoever holds the token.

use actix::Message;
use serde_json::json;

use super::{
    access::{require, require_alone},
    deed::record,
};
use crate::{
    actors::World,
    clock::Timestamp,
    domain::{
        caller::Caller,
        event::EventKind,
        failure::{Conflict, Failure, Missing},
        invitation::{InvitationStatus, InvitationToken},
        page::{Listed, Page},
        profile::Email,
        role::{Action, Role},
    },
    entities::{
        Txn,
        invitations::{self, NewInvitation},
        members, projects, users,
    },
    ids::{InvitationId, ProjectId},
};

/// A project's invitations that wait at the same time.
const MOST_PENDING: u64 = 100;

/// Owns the budget of questions about invitations.
#[derive(Clone)]
pub struct Invitations {
    world: World,
}

/// An invitation and where it stands.
#[derive(Debug, Clone)]
pub struct Offered {
    /// The row.
    pub row: invitations::Model,
    /// At the moment of the answer.
    pub status: InvitationStatus,
}

/// What the one who accepted an invitation is now.
#[derive(Debug, Clone, Copy)]
pub struct Joined {
    /// In which project.
    pub project: ProjectId,
    /// What.
    pub role: Role,
}

/// A project's invitations.
#[derive(Message)]
#[rtype(result = "Result<Listed<Offered>, Failure>")]
pub struct List {
    /// Who looks.
    pub by: Caller,
    /// Which project.
    pub project: ProjectId,
    /// Which of them.
    pub page: Page,
}

/// Invites somebody. The token is in this answer and nowhere else.
#[derive(Message)]
#[rtype(result = "Result<(Offered, InvitationToken), Failure>")]
pub struct Invite {
    /// Who invites.
    pub by: Caller,
    /// Into which project.
    pub project: ProjectId,
    /// As what.
    pub role: Role,
    /// Whose account it is for, if not anybody's.
    pub email: Option<Email>,
}

/// Takes an invitation back. One that has expired or was taken back already stays so.
#[derive(Message)]
#[rtype(result = "Result<(), Failure>")]
pub struct Revoke {
    /// Who.
    pub by: Caller,
    /// Of which project.
    pub project: ProjectId,
    /// Which.
    pub invitation: InvitationId,
}

/// Accepts an invitation.
#[derive(Message)]
#[rtype(result = "Result<Joined, Failure>")]
pub struct Accept {
    /// Who comes.
    pub by: Caller,
    /// What they were sent; `None` when it is no token at all.
    pub token: Option<InvitationToken>,
}

answers! {
    Invitations:
    List => list,
    Invite => invite,
    Revoke => revoke,
    Accept => accept,
}

impl Invitations {
    /// A gateway to invitations.
    pub fn new(world: World) -> Self {
        Self { world }
    }

    async fn list(&self, list: List) -> Result<Listed<Offered>, Failure> {
        let db = self.world.db.read();
        require(db, &list.by, list.project, Action::ManageMembers).await?;
        let now = self.world.clock.now();
        Ok(invitations::of_project(db, list.project, list.page).await?.map(|row| offered(row, now)))
    }

    async fn invite(&self, invite: Invite) -> Result<(Offered, InvitationToken), Failure> {
        let Invite { by, project, role, email } = invite;
        let now = self.world.clock.now();
        let token = InvitationToken::of(rand::random());
        let txn = self.world.db.begin().await?;
        require_alone(&txn, &by, project, Action::ManageMembers).await?;
        if invitations::pending(&txn, project, now).await? >= MOST_PENDING {
            let way_out = "100 invitations into this project wait already; take some of them back first";
            return Err(Failure::Conflict(Conflict::Other(way_out)));
        }
        let token_hash = token.hash(&self.world.keys);
        let expires_at = now.plus(self.world.config.auth.invitation_life());
        let new = NewInvitation { project, token_hash, role, email, by: by.user, expires_at };
        let row = invitations::insert(&txn, new, now).await?;
        let payload = json!({ "invitation_id": row.id, "role": role });
        record(&txn, &by, project, EventKind::InvitationCreated, payload, now).await?;
        txn.commit().await?;
        Ok((offered(row, now), token))
    }

    async fn revoke(&self, revoke: Revoke) -> Result<(), Failure> {
        let Revoke { by, project, invitation } = revoke;
        let now = self.world.clock.now();
        let txn = self.world.db.begin().await?;
        require_alone(&txn, &by, project, Action::ManageMembers).await?;
        let row = invitations::find(&txn, invitation).await?.filter(|row| row.project_id == project);
        let row = row.ok_or(Failure::NotFound(Missing::Invitation))?;
        match row.status(now) {
            InvitationStatus::Accepted => {
                let way_out = "the invitation was accepted; remove the member instead";
                return Err(Failure::Conflict(Conflict::Other(way_out)));
            }
            InvitationStatus::Revoked => return Ok(()),
            InvitationStatus::Pending | InvitationStatus::Expired => {}
        }
        invitations::revoke(&txn, invitation, now).await?;
        let payload = json!({ "invitation_id": invitation });
        record(&txn, &by, project, EventKind::InvitationRevoked, payload, now).await?;
        Ok(txn.commit().await?)
    }

    async fn accept(&self, Accept { by, token }: Accept) -> Result<Joined, Failure> {
        let unknown = || Failure::NotFound(Missing::Invitation);
        let hashes = token.ok_or_else(unknown)?.hashes(&self.world.keys);
        let now = self.world.clock.now();
        let txn = self.world.db.begin().await?;
        let found = invitations::find_by_token(&txn, hashes).await?.ok_or_else(unknown)?;
        let project = found.project_id;
        // From here on nobody else comes or goes; what was read before may have changed.
        projects::find_for_update(&txn, project).await?.ok_or_else(unknown)?;
        let invitation = invitations::find(&txn, found.id).await?.ok_or_else(unknown)?;
        let present = members::find(&txn, project, by.user).await?;
        let again = invitation.accepted_by == Some(by.user);
        if let Some(member) = present.as_ref().filter(|member| again || member.role >= invitation.role) {
            // The answer was lost on the way, or there is nothing to gain: then it still waits for somebody else.
            check_open(&invitation, again, now)?;
            return Ok(Joined { project, role: member.role });
        }
        check_open(&invitation, false, now)?;
        let user = users::find(&txn, by.user).await?.filter(|user| invitation.is_for(&user.email));
        user.ok_or(Failure::Forbidden)?;
        admit(&txn, &invitation, &by, present, now).await?;
        txn.commit().await?;
        Ok(Joined { project, role: invitation.role })
    }
}

/// Lets the caller in, or up.
async fn admit(
    txn: &Txn,
    invitation: &invitations::Model,
    by: &Caller,
    present: Option<members::Model>,
    now: Timestamp,
) -> Result<(), Failure> {
    let project = invitation.project_id;
    match present {
        Some(member) => members::change_role(txn, &member, invitation.role, now).await?,
        None => members::insert(txn, project, by.user, invitation.role, now).await?,
    }
    invitations::accept(txn, invitation.id, by.user, now).await?;
    let payload = json!({ "invitation_id": invitation.id, "user_id": by.user, "role": invitation.role });
    record(txn, by, project, EventKind::InvitationAccepted, payload, now).await
}

fn check_open(invitation: &invitations::Model, used_by_caller: bool, now: Timestamp) -> Result<(), Failure> {
    let over = match invitation.status(now) {
        InvitationStatus::Pending => return Ok(()),
        InvitationStatus::Accepted if used_by_caller => return Ok(()),
        InvitationStatus::Accepted => "the invitation was used already; ask for a new one",
        InvitationStatus::Revoked => "the invitation was taken back; ask for a new one",
        InvitationStatus::Expired => "the invitation has expired; ask for a new one",
    };
    Err(Failure::Conflict(Conflict::Other(over)))
}

fn offered(row: invitations::Model, now: Timestamp) -> Offered {
    let status = row.status(now);
    Offered { row, status }
}
