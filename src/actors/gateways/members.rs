//! Members: who belongs to a project, and as what.

use std::collections::HashMap;

use actix::Message;
use serde_json::json;

use super::{
    access::{require, require_alone},
    deed::record,
};
use crate::{
    actors::World,
    domain::{
        caller::Caller,
        event::EventKind,
        failure::{Conflict, Failure, Missing},
        page::{Listed, Page},
        role::{Action, Role},
    },
    entities::{Txn, invitations, members, users},
    ids::{ProjectId, UserId},
};

/// Owns the budget of questions about members.
#[derive(Clone)]
pub struct Members {
    world: World,
}

/// Somebody who belongs to a project.
#[derive(Debug, Clone)]
pub struct Member {
    /// What they are there, since when.
    pub row: members::Model,
    /// What they are called, if they said so.
    pub display_name: Option<String>,
    /// Their address, for those who may know it.
    pub email: Option<String>,
}

/// What somebody was made.
#[derive(Debug, Clone)]
pub struct Appointed {
    /// As they are now.
    pub member: Member,
    /// Whether they did not belong to the project before.
    pub is_new: bool,
}

/// Everybody in a project.
#[derive(Message)]
#[rtype(result = "Result<Listed<Member>, Failure>")]
pub struct List {
    /// Who looks.
    pub by: Caller,
    /// Which project.
    pub project: ProjectId,
    /// Which of them.
    pub page: Page,
}

/// Somebody in a project.
#[derive(Debug, Clone)]
pub struct One {
    /// Who asks.
    pub by: Caller,
    /// Which project.
    pub project: ProjectId,
    /// About whom.
    pub user: UserId,
}

/// One member.
#[derive(Message)]
#[rtype(result = "Result<Member, Failure>")]
pub struct Get(pub One);

/// Makes somebody something in the project, whether they belong to it already or not.
#[derive(Message)]
#[rtype(result = "Result<Appointed, Failure>")]
pub struct Appoint {
    /// Whom, by whom.
    pub one: One,
    /// What.
    pub role: Role,
}

/// Lets somebody go; who asks it of themselves leaves.
#[derive(Message)]
#[rtype(result = "Result<(), Failure>")]
pub struct Remove(pub One);

answers! {
    Members:
    List => list,
    Get => get,
    Appoint => appoint,
    Remove => remove,
}

impl Members {
    /// A gateway to members.
    pub fn new(world: World) -> Self {
        Self { world }
    }

    async fn list(&self, list: List) -> Result<Listed<Member>, Failure> {
        let db = self.world.db.read();
        let (_, role) = require(db, &list.by, list.project, Action::Read).await?;
        let found = members::of_project(db, list.project, list.page).await?;
        let ids = found.items.iter().map(|member| member.user_id).collect();
        let people: HashMap<_, _> = users::of_ids(db, ids).await?.into_iter().map(|user| (user.id, user)).collect();
        Ok(found.map(|row| {
            let user = people.get(&row.user_id).cloned();
            seen_by(&list.by, role, row, user)
        }))
    }

    async fn get(&self, Get(one): Get) -> Result<Member, Failure> {
        let db = self.world.db.read();
        let (_, role) = require(db, &one.by, one.project, Action::Read).await?;
        let row = members::find(db, one.project, one.user).await?.ok_or(Failure::NotFound(Missing::Member))?;
        let user = users::find(db, one.user).await?;
        Ok(seen_by(&one.by, role, row, user))
    }

    async fn appoint(&self, Appoint { one, role }: Appoint) -> Result<Appointed, Failure> {
        let One { by, project, user } = &one;
        let now = self.world.clock.now();
        let txn = self.world.db.begin().await?;
        require_alone(&txn, by, *project, Action::ManageMembers).await?;
        users::find(&txn, *user).await?.ok_or(Failure::NotFound(Missing::Member))?;
        let before = members::find(&txn, *project, *user).await?;
        let is_new = before.is_none();
        let kind = match before {
            None => {
                members::insert(&txn, *project, *user, role, now).await?;
                Some(EventKind::MemberAdded)
            }
            Some(member) if member.role == role => None,
            Some(member) => {
                if role < Role::Owner {
                    lose_an_owner(&txn, &member).await?;
                    invitations::revoke_of(&txn, *project, *user, now).await?;
                }
                members::change_role(&txn, &member, role, now).await?;
                Some(EventKind::MemberRoleChanged)
            }
        };
        if let Some(kind) = kind {
            record(&txn, by, *project, kind, json!({ "user_id": user, "role": role }), now).await?;
        }
        txn.commit().await?;
        let member = self.get(Get(one)).await?;
        Ok(Appointed { member, is_new })
    }

    async fn remove(&self, Remove(one): Remove) -> Result<(), Failure> {
        let One { by, project, user } = one;
        let now = self.world.clock.now();
        let action = if by.user == user { Action::Read } else { Action::ManageMembers };
        let txn = self.world.db.begin().await?;
        require_alone(&txn, &by, project, action).await?;
        let member = members::find(&txn, project, user).await?.ok_or(Failure::NotFound(Missing::Member))?;
        lose_an_owner(&txn, &member).await?;
        members::remove(&txn, project, user).await?;
        invitations::revoke_of(&txn, project, user, now).await?;
        let payload = json!({ "user_id": user, "role": member.role });
        record(&txn, &by, project, EventKind::MemberRemoved, payload, now).await?;
        Ok(txn.commit().await?)
    }
}

/// Whether the project still has an owner when `member` is none any more.
async fn lose_an_owner(txn: &Txn, member: &members::Model) -> Result<(), Failure> {
    let is_last =
        member.role == Role::Owner && members::other_owners(txn, member.project_id, member.user_id).await? == 0;
    if is_last {
        let way_out = "the project would be left without an owner; make somebody else an owner first, or delete it";
        return Err(Failure::Conflict(Conflict::Other(way_out)));
    }
    Ok(())
}

/// Addresses are for those who manage members, and for the one whose address it is.
fn seen_by(by: &Caller, role: Role, row: members::Model, user: Option<users::Model>) -> Member {
    let knows = role.may(Action::ManageMembers) || by.user == row.user_id;
    let (display_name, email) = user.map_or((None, None), |user| (user.display_name, Some(user.email)));
    Member { row, display_name, email: email.filter(|_| knows) }
}
