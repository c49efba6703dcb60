//! Whether somebody may do something with a project. Who may not see it is told that it is not there.

use sea_orm::ConnectionTrait;

use crate::{
    domain::{
        caller::Caller,
        failure::{Failure, Missing},
        role::{Action, Role},
    },
    entities::{Txn, members, projects},
    ids::ProjectId,
};

/// The project and the caller's role in it, if the role allows `action`.
pub(super) async fn require(
    db: &impl ConnectionTrait,
    caller: &Caller,
    project: ProjectId,
    action: Action,
) -> Result<(projects::Model, Role), Failure> {
    let role = members::role(db, project, caller.user).await?.ok_or(Failure::NotFound(Missing::Project))?;
    if !role.may(action) {
        return Err(Failure::Forbidden);
    }
    let project = projects::find(db, project).await?.ok_or(Failure::NotFound(Missing::Project))?;
    Ok((project, role))
}

/// The same, and nobody comes, goes or becomes something else in the project until `txn` ends.
pub(super) async fn require_alone(
    txn: &Txn,
    caller: &Caller,
    project: ProjectId,
    action: Action,
) -> Result<(projects::Model, Role), Failure> {
    // Asked first without a lock: a stranger holds up nobody. Asked again with it: the role may have changed.
    require(txn, caller, project, action).await?;
    projects::find_for_update(txn, project).await?;
    require(txn, caller, project, action).await
}
