//! Accounts: how somebody gets one, changes it, and ends it.

use actix::Message;
use sea_orm::SqlErr;
use secrecy::SecretString;
use serde_json::json;

use super::{
    admission,
    passwords::{Claim, Passwords, Proved},
    standings::Standings,
};
use crate::{
    actors::World,
    clock::Timestamp,
    config::Registration,
    domain::{
        caller::{Caller, InPerson},
        event::EventKind,
        failure::{Conflict, Failure, Missing, OwnedProject},
        page::{Listed, Page},
        password,
        patch::Patch,
        profile::{DisplayName, Email},
        setup,
    },
    entities::{
        Txn,
        events::{self, NewEvent},
        members, projects,
        sessions::{self, Device},
        users::{self, NewUser},
    },
    ids::UserId,
};

const CLOSED: &str = "nobody can make an account here; ask an administrator for one";
const NOT_THE_SETUP_TOKEN: &str = "this is not the setup token, which `hivesync admin setup-token` prints";

/// Owns the budget of questions about one's own account.
#[derive(Clone)]
pub struct Accounts {
    world: World,
    passwords: Passwords,
    standings: Standings,
}

/// Makes an account, as the registration policy allows.
#[derive(Message)]
#[rtype(result = "Result<users::Model, Failure>")]
pub struct Register {
    /// Not yet taken.
    pub email: Email,
    /// Good enough or refused.
    pub password: SecretString,
    /// What the person is called.
    pub display_name: Option<DisplayName>,
    /// What the first account needs.
    pub setup_token: Option<SecretString>,
    /// What others need where the policy is `invite`.
    pub invitation: Option<SecretString>,
    /// For the event.
    pub request_id: String,
}

/// Who the caller is.
#[derive(Message)]
#[rtype(result = "Result<users::Model, Failure>")]
pub struct Me(pub Caller);

/// Changes one's own account.
#[derive(Message)]
#[rtype(result = "Result<users::Model, Failure>")]
pub struct Edit {
    /// Whose.
    pub by: InPerson,
    /// What to be called.
    pub display_name: Patch<DisplayName>,
    /// Another password, and proof that the present one is known.
    pub password: Option<NewPassword>,
}

/// A change of password.
pub struct NewPassword {
    /// The present one.
    pub current: SecretString,
    /// The one from now on.
    pub new: SecretString,
    /// Where from.
    pub device: Device,
}

/// Ends one's own account.
#[derive(Message)]
#[rtype(result = "Result<(), Failure>")]
pub struct End {
    /// Whose.
    pub by: InPerson,
    /// Once more.
    pub password: SecretString,
    /// Where from.
    pub device: Device,
}

/// What the caller did, newest first.
#[derive(Message)]
#[rtype(result = "Result<Listed<events::Model>, Failure>")]
pub struct Deeds {
    /// Whose.
    pub by: Caller,
    /// Which page of them.
    pub page: Page,
}

answers! {
    Accounts:
    Register => register,
    Me => me,
    Edit => edit,
    End => end,
    Deeds => deeds,
}

impl Accounts {
    /// A gateway that shares passwords' budget and what is remembered of sessions.
    pub fn new(world: World, passwords: Passwords, standings: Standings) -> Self {
        Self { world, passwords, standings }
    }

    async fn register(&self, new: Register) -> Result<users::Model, Failure> {
        let is_first = users::none_yet(self.world.db.read()).await?;
        self.admit(is_first, new.setup_token.as_ref())?;
        let invitation = if is_first { None } else { admission::invitation(&self.world, &new).await? };
        let name = new.display_name.map(DisplayName::into_string);
        password::check(&new.password, &[new.email.as_str(), name.as_deref().unwrap_or_default()])?;
        let password_hash = self.passwords.hash(new.password).await?;
        let user = NewUser { email: new.email, display_name: name, password_hash, is_admin: is_first };
        let txn = self.world.db.begin().await?;
        // Somebody else may have made the first account while the password was hashed.
        if is_first && !users::none_yet_until_end(&txn).await? {
            return Err(Failure::NotAdmitted(CLOSED));
        }
        admission::bind(&txn, invitation, &user.email, self.world.clock.now()).await?;
        insert(&self.world, txn, user, Some(new.request_id)).await
    }

    fn admit(&self, is_first: bool, setup_token: Option<&SecretString>) -> Result<(), Failure> {
        if !is_first {
            return match self.world.config.auth.registration {
                // Whether an invitation was given is looked at next.
                Registration::Open | Registration::Invite => Ok(()),
                Registration::Closed => Err(Failure::NotAdmitted(CLOSED)),
            };
        }
        let token = setup_token.ok_or_else(|| Failure::missing("setup_token"))?;
        if setup::matches(&self.world.keys, token) { Ok(()) } else { Err(Failure::NotAdmitted(NOT_THE_SETUP_TOKEN)) }
    }

    async fn me(&self, Me(caller): Me) -> Result<users::Model, Failure> {
        let user = users::find(self.world.db.read(), caller.user).await?;
        user.ok_or(Failure::NotFound(Missing::User))
    }

    async fn edit(&self, edit: Edit) -> Result<users::Model, Failure> {
        let Edit { by, display_name, password } = edit;
        match password {
            None => self.rename(by.caller, display_name).await,
            Some(password) => self.change_password(by, display_name, password).await,
        }
    }

    async fn rename(&self, by: Caller, name: Patch<DisplayName>) -> Result<users::Model, Failure> {
        let now = self.world.clock.now();
        let txn = self.world.db.begin().await?;
        let user = users::find_for_update(&txn, by.user).await?.ok_or(Failure::NotFound(Missing::User))?;
        let change = users::Change { display_name: name, ..users::Change::default() };
        let user = users::change(&txn, user, change, now).await?;
        let payload = json!({ "user_id": user.id });
        let event = NewEvent::of_account(EventKind::ProfileChanged, Some(user.id), payload, Some(by.request_id));
        events::record(&txn, event, now).await?;
        txn.commit().await?;
        Ok(user)
    }

    async fn change_password(
        &self,
        by: InPerson,
        display_name: Patch<DisplayName>,
        NewPassword { current, new, device }: NewPassword,
    ) -> Result<users::Model, Failure> {
        let user = self.me(Me(by.caller.clone())).await?;
        password::check(&new, &[&user.email, user.display_name.as_deref().unwrap_or_default()])?;
        let proved = self.prove(&user, "current_password", current, device).await?;
        let hash = self.passwords.hash(new).await?;
        let now = self.world.clock.now();
        let txn = self.world.db.begin().await?;
        let user = self.passwords.hold(&txn, proved).await?;
        let change = users::Change { display_name, password_hash: Some(hash), ..users::Change::default() };
        let user = users::change(&txn, user, change, now).await?;
        let ended = sessions::revoke_others(&txn, user.id, by.session, now).await?;
        let payload = json!({ "user_id": user.id, "sessions_ended": ended });
        let request_id = Some(by.caller.request_id);
        let event = NewEvent::of_account(EventKind::PasswordChanged, Some(user.id), payload, request_id);
        events::record(&txn, event, now).await?;
        txn.commit().await?;
        self.standings.forget_all();
        Ok(user)
    }

    /// The caller knows their password, or the field that held it is refused.
    async fn prove(
        &self,
        user: &users::Model,
        field: &str,
        password: SecretString,
        device: Device,
    ) -> Result<Proved, Failure> {
        let email = Some(Email::parse(&user.email)?);
        let proved = self.passwords.prove(Claim { email, password, device }).await?;
        proved.ok_or_else(|| Failure::invalid(field, "is not the account's password"))
    }

    async fn end(&self, End { by, password, device }: End) -> Result<(), Failure> {
        let user = self.me(Me(by.caller.clone())).await?;
        let proved = self.prove(&user, "password", password, device).await?;
        let now = self.world.clock.now();
        let txn = self.world.db.begin().await?;
        let has_other_admin = users::has_other_admin(&txn, user.id).await?;
        let user = self.passwords.hold(&txn, proved).await?;
        if user.is_admin && !has_other_admin {
            return Err(Failure::Conflict(Conflict::LastAdministrator));
        }
        let alone = owned_alone(&txn, user.id).await?;
        if !alone.is_empty() {
            return Err(Failure::SoleOwner(alone));
        }
        let payload = json!({ "user_id": user.id });
        let request_id = Some(by.caller.request_id);
        let event = NewEvent::of_account(EventKind::AccountEnded, Some(user.id), payload, request_id);
        events::record(&txn, event, now).await?;
        users::delete(&txn, user.id).await?;
        txn.commit().await?;
        self.standings.forget_all();
        Ok(())
    }

    async fn deeds(&self, deeds: Deeds) -> Result<Listed<events::Model>, Failure> {
        Ok(events::of_user(self.world.db.read(), deeds.by.user, deeds.page).await?)
    }
}

/// The projects that nobody owns but `user`. Nobody else stops to own them until the transaction ends.
async fn owned_alone(txn: &Txn, user: UserId) -> Result<Vec<OwnedProject>, Failure> {
    let owned = projects::owned_for_update(txn, user).await?;
    let owners = members::owners(txn, owned.iter().map(|project| project.id)).await?;
    let shared = |project: &projects::Model| owners.iter().any(|(owned, by)| *owned == project.id && *by != user);
    let alone = owned.into_iter().filter(|project| !shared(project));
    Ok(alone.map(|project| OwnedProject { id: project.id, name: project.name }).collect())
}

/// Makes an account, whoever decided that it may be made.
pub async fn create(world: &World, user: NewUser, request_id: Option<String>) -> Result<users::Model, Failure> {
    insert(world, world.db.begin().await?, user, request_id).await
}

async fn insert(world: &World, txn: Txn, user: NewUser, request_id: Option<String>) -> Result<users::Model, Failure> {
    let now = world.clock.now();
    let user = add(&txn, user, now).await?;
    let payload = json!({ "user_id": user.id, "is_admin": user.is_admin });
    let event = NewEvent::of_account(EventKind::UserRegistered, Some(user.id), payload, request_id);
    events::record(&txn, event, now).await?;
    txn.commit().await?;
    Ok(user)
}

/// The row of a new account; a taken address is refused as such.
pub(super) async fn add(txn: &Txn, user: NewUser, now: Timestamp) -> Result<users::Model, Failure> {
    users::insert(txn, user, now).await.map_err(|error| match error.sql_err() {
        Some(SqlErr::UniqueConstraintViolation(_)) => Failure::Conflict(Conflict::EmailTaken),
        _ => error.into(),
    })
}
