//! Everybody's accounts, as administrators and operators see and change them.

use actix::Message;
use secrecy::SecretString;
use serde_json::{Value, json};

use super::{accounts, passwords::Passwords, standings::Standings};
use crate::{
    actors::World,
    clock::Timestamp,
    domain::{
        caller::Caller,
        event::EventKind,
        failure::{Conflict, Failure, Missing},
        page::{Listed, Page},
        password,
        patch::Patch,
        profile::{DisplayName, Email, Reason},
    },
    entities::{
        Txn, access_tokens,
        events::{self, NewEvent},
        sessions,
        users::{self, NewUser},
    },
    ids::UserId,
};

/// Owns the budget of administrators' questions about accounts.
#[derive(Clone)]
pub struct Users {
    world: World,
    passwords: Passwords,
    standings: Standings,
}

/// Everybody, newest first.
#[derive(Message)]
#[rtype(result = "Result<Listed<users::Model>, Failure>")]
pub struct List {
    /// Only the one with this address.
    pub email: Option<Email>,
    /// Which page of them.
    pub page: Page,
}

/// One of them.
#[derive(Message)]
#[rtype(result = "Result<users::Model, Failure>")]
pub struct Get(pub UserId);

/// Makes an account, whatever the registration policy.
#[derive(Message)]
#[rtype(result = "Result<users::Model, Failure>")]
pub struct Create {
    /// Which administrator.
    pub by: Caller,
    /// Not yet taken.
    pub email: Email,
    /// Good enough or refused; without one nobody can sign in until an operator gives one.
    pub password: Option<SecretString>,
    /// What the person is called.
    pub display_name: Option<DisplayName>,
    /// Whether they administer the service.
    pub is_admin: bool,
    /// For the event.
    pub reason: Reason,
}

/// Changes what somebody may do; `None` leaves it as it is.
#[derive(Message)]
#[rtype(result = "Result<users::Model, Failure>")]
pub struct Change {
    /// Which administrator.
    pub by: Caller,
    /// Whose account.
    pub user: UserId,
    /// Whether they administer the service.
    pub is_admin: Option<bool>,
    /// Whether the account is disabled.
    pub disabled: Option<bool>,
    /// For the event.
    pub reason: Reason,
}

answers! {
    Users:
    List => list,
    Get => get,
    Create => create,
    Change => change,
}

impl Users {
    /// A gateway that shares passwords' budget and what is remembered of sessions.
    pub fn new(world: World, passwords: Passwords, standings: Standings) -> Self {
        Self { world, passwords, standings }
    }

    async fn list(&self, list: List) -> Result<Listed<users::Model>, Failure> {
        Ok(users::list(self.world.db.read(), list.email.as_ref(), list.page).await?)
    }

    async fn get(&self, Get(user): Get) -> Result<users::Model, Failure> {
        users::find(self.world.db.read(), user).await?.ok_or(Failure::NotFound(Missing::User))
    }

    async fn create(&self, create: Create) -> Result<users::Model, Failure> {
        let Create { by, email, password, display_name, is_admin, reason } = create;
        let display_name = display_name.map(DisplayName::into_string);
        let password_hash = match password {
            None => String::new(),
            Some(password) => {
                password::check(&password, &[email.as_str(), display_name.as_deref().unwrap_or_default()])?;
                self.passwords.hash(password).await?
            }
        };
        let now = self.world.clock.now();
        let txn = self.world.db.begin().await?;
        let user = accounts::add(&txn, NewUser { email, display_name, password_hash, is_admin }, now).await?;
        let payload = json!({ "user_id": user.id, "is_admin": is_admin, "reason": reason.into_string() });
        let event = NewEvent::of_account(EventKind::UserRegistered, Some(by.user), payload, Some(by.request_id));
        events::record(&txn, event, now).await?;
        txn.commit().await?;
        Ok(user)
    }

    async fn change(&self, change: Change) -> Result<users::Model, Failure> {
        let now = self.world.clock.now();
        let txn = self.world.db.begin().await?;
        let has_other_admin = users::has_other_admin(&txn, change.user).await?;
        let user = users::find_for_update(&txn, change.user).await?.ok_or(Failure::NotFound(Missing::User))?;
        let steps_down = change.is_admin == Some(false) || change.disabled == Some(true);
        if steps_down && user.is_admin && user.disabled_at.is_none() && !has_other_admin {
            return Err(Failure::Conflict(Conflict::LastAdministrator));
        }
        let is_admin = change.is_admin.filter(|is_admin| *is_admin != user.is_admin);
        let disabled = change.disabled.filter(|disabled| *disabled != user.disabled_at.is_some());
        let by = By { administrator: change.by, reason: change.reason.into_string(), now };
        if let Some(is_admin) = is_admin {
            by.record(&txn, EventKind::UserRightsChanged, json!({ "user_id": user.id, "is_admin": is_admin })).await?;
        }
        match disabled {
            Some(true) => {
                let (sessions, tokens) = end_all(&txn, user.id, now).await?;
                let ended = json!({ "user_id": user.id, "sessions_ended": sessions, "tokens_ended": tokens });
                by.record(&txn, EventKind::UserDisabled, ended).await?;
            }
            Some(false) => by.record(&txn, EventKind::UserEnabled, json!({ "user_id": user.id })).await?,
            None => {}
        }
        let disabled_at = match disabled {
            Some(true) => Patch::Set(now),
            Some(false) => Patch::Clear,
            None => Patch::Keep,
        };
        let user =
            users::change(&txn, user, users::Change { is_admin, disabled_at, ..Default::default() }, now).await?;
        txn.commit().await?;
        self.standings.forget_all();
        Ok(user)
    }
}

/// Which administrator does something, when and why.
struct By {
    administrator: Caller,
    reason: String,
    now: Timestamp,
}

impl By {
    async fn record(&self, txn: &Txn, kind: EventKind, mut payload: Value) -> Result<(), Failure> {
        if let Some(members) = payload.as_object_mut() {
            members.insert("reason".to_owned(), json!(self.reason));
        }
        let Caller { user, request_id, .. } = &self.administrator;
        let event = NewEvent::of_account(kind, Some(*user), payload, Some(request_id.clone()));
        Ok(events::record(txn, event, self.now).await?)
    }
}

/// Ends all of somebody's sessions and tokens; says how many of each.
async fn end_all(txn: &Txn, user: UserId, now: Timestamp) -> Result<(u64, u64), Failure> {
    Ok((sessions::revoke_all(txn, user, now).await?, access_tokens::revoke_all(txn, user, now).await?))
}

/// Gives an account another password, as an operator at the machine; its sessions and tokens end, its failed sign-ins
/// are forgiven.
pub async fn reset_password(world: &World, email: &Email, password_hash: String) -> Result<users::Model, Failure> {
    let now = world.clock.now();
    let txn = world.db.begin().await?;
    let user = users::find_by_email_for_update(&txn, email).await?.ok_or(Failure::NotFound(Missing::User))?;
    let (sessions, tokens) = end_all(&txn, user.id, now).await?;
    let payload = json!({ "user_id": user.id, "sessions_ended": sessions, "tokens_ended": tokens });
    let change = users::Change { password_hash: Some(password_hash), unlocked: true, ..users::Change::default() };
    let user = users::change(&txn, user, change, now).await?;
    events::record(&txn, NewEvent::of_account(EventKind::PasswordReset, None, payload, None), now).await?;
    txn.commit().await?;
    Ok(user)
}

/// Forgives an account's failed sign-ins and enables it, as an operator at the machine.
pub async fn unlock(world: &World, email: &Email) -> Result<users::Model, Failure> {
    let now = world.clock.now();
    let txn = world.db.begin().await?;
    let user = users::find_by_email_for_update(&txn, email).await?.ok_or(Failure::NotFound(Missing::User))?;
    let payload = json!({ "user_id": user.id, "was_disabled": user.disabled_at.is_some() });
    let change = users::Change { disabled_at: Patch::Clear, unlocked: true, ..users::Change::default() };
    let user = users::change(&txn, user, change, now).await?;
    events::record(&txn, NewEvent::of_account(EventKind::UserUnlocked, None, payload, None), now).await?;
    txn.commit().await?;
    Ok(user)
}
