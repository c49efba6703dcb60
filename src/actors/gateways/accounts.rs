//! Accounts and sessions: who somebody is, and for how long that is believed.

use std::time::Duration;

use actix::Message;
use moka::future::Cache;
use sea_orm::SqlErr;
use secrecy::SecretString;
use serde_json::json;

use super::hashing::Hashing;
use crate::{
    actors::World,
    clock::Timestamp,
    config::Registration,
    domain::{
        access::{self, Access},
        caller::Caller,
        event::EventKind,
        failure::{Conflict, Failure, Missing, TokenFault},
        password,
        profile::{DisplayName, Email},
        refresh::{RefreshToken, Rotation},
        setup,
    },
    entities::{
        Txn,
        events::{self, NewEvent},
        sessions,
        users::{self, NewUser},
    },
    ids::{SessionId, UserId},
};

/// How long an ended session may still be believed on another instance.
const STANDING_LIFE: Duration = Duration::from_secs(5);
const MOST_STANDINGS: u64 = 100_000;

/// Owns the budget of password hashes, and what is remembered of sessions.
#[derive(Clone)]
pub struct Accounts {
    world: World,
    hashing: Hashing,
    standings: Cache<SessionId, Standing>,
    /// Sessions that were ended here. A look at the database that began before the end may come back after it, and
    /// what it saw must not be believed.
    ended: Cache<SessionId, ()>,
}

/// What is remembered of a session.
#[derive(Debug, Clone, Copy)]
struct Standing {
    user: UserId,
    is_admin: bool,
    revoked: bool,
    counter: i32,
    confirmed: bool,
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
    /// For the event.
    pub request_id: String,
}

/// Signs a device in.
#[derive(Message)]
#[rtype(result = "Result<SignedIn, Failure>")]
pub struct Login {
    /// Known or not: the answer and its time are the same.
    pub email: Option<Email>,
    /// Right or wrong.
    pub password: SecretString,
}

/// Exchanges a refresh token for a newer one.
#[derive(Message)]
#[rtype(result = "Result<SignedIn, Failure>")]
pub struct Refresh {
    /// The client's newest, or the one before when an answer was lost.
    pub token: SecretString,
    /// For the event.
    pub request_id: String,
}

/// Ends this session, or all of the user's.
#[derive(Message)]
#[rtype(result = "Result<(), Failure>")]
pub struct Logout {
    /// Whose.
    pub by: Caller,
    /// Whether every device is signed out.
    pub all: bool,
}

/// Who the caller is.
#[derive(Message)]
#[rtype(result = "Result<users::Model, Failure>")]
pub struct Me(pub Caller);

/// Proves who sent a request.
#[derive(Message)]
#[rtype(result = "Result<Caller, Failure>")]
pub struct Authenticate {
    /// An access token.
    pub token: SecretString,
    /// Becomes part of the caller.
    pub request_id: String,
}

/// What a client gets when it signs in or refreshes.
pub struct SignedIn {
    /// For `Authorization: Bearer`.
    pub access_token: String,
    /// How long it is good for.
    pub expires_in: Duration,
    /// For the next refresh.
    pub refresh_token: SecretString,
    /// Whose they are.
    pub user: users::Model,
}

answers! {
    Accounts:
    Register => register,
    Login => login,
    Refresh => refresh,
    Logout => logout,
    Me => me,
    Authenticate => authenticate,
}

impl Accounts {
    /// A gateway that remembers nothing yet.
    pub fn new(world: World) -> Self {
        let standings = Cache::builder().max_capacity(MOST_STANDINGS).time_to_live(STANDING_LIFE).build();
        let ended = Cache::builder().max_capacity(MOST_STANDINGS).time_to_live(2 * STANDING_LIFE).build();
        Self { world, hashing: Hashing::default(), standings, ended }
    }

    async fn register(&self, new: Register) -> Result<users::Model, Failure> {
        let is_first = users::none_yet(self.world.db.read()).await?;
        self.admit(is_first, new.setup_token.as_ref())?;
        let name = new.display_name.map(DisplayName::into_string);
        password::check(&new.password, &[new.email.as_str(), name.as_deref().unwrap_or_default()])?;
        let password_hash = self.hashing.hash(new.password).await?;
        let user = NewUser { email: new.email, display_name: name, password_hash, is_admin: is_first };
        let txn = self.world.db.begin().await?;
        // Somebody else may have made the first account while the password was hashed.
        if is_first && !users::none_yet_until_end(&txn).await? {
            return Err(Failure::Forbidden);
        }
        insert(&self.world, txn, user, Some(new.request_id)).await
    }

    fn admit(&self, is_first: bool, setup_token: Option<&SecretString>) -> Result<(), Failure> {
        if !is_first {
            return match self.world.config.auth.registration {
                Registration::Open => Ok(()),
                Registration::Invite | Registration::Closed => Err(Failure::Forbidden),
            };
        }
        let token = setup_token.ok_or_else(|| Failure::missing("setup_token"))?;
        if setup::matches(&self.world.keys, token) { Ok(()) } else { Err(Failure::Forbidden) }
    }

    async fn login(&self, login: Login) -> Result<SignedIn, Failure> {
        let user = match &login.email {
            Some(email) => users::find_by_email(self.world.db.read(), email).await?,
            None => None,
        };
        let hash = user.as_ref().map(|user| user.password_hash.clone());
        let right = self.hashing.verify(login.password, hash).await?;
        let user = user.filter(|_| right).ok_or(Failure::Unauthenticated(TokenFault::Invalid))?;
        let now = self.world.clock.now();
        let txn = self.world.db.begin().await?;
        let session = sessions::insert(&txn, user.id, now).await?;
        txn.commit().await?;
        self.sign_in(user, session.id, session.counter, now)
    }

    async fn refresh(&self, refresh: Refresh) -> Result<SignedIn, Failure> {
        let invalid = || Failure::Unauthenticated(TokenFault::Invalid);
        let token = RefreshToken::open(&self.world.keys, &refresh.token).ok_or_else(invalid)?;
        let now = self.world.clock.now();
        let txn = self.world.db.begin().await?;
        let session = sessions::find_for_update(&txn, token.session).await?.ok_or_else(invalid)?;
        self.check_life(&session, now)?;
        let counter = match token.rotate(session.counter, session.confirmed) {
            Rotation::Next(counter) => {
                sessions::rotate(&txn, &session, counter, now).await?;
                counter
            }
            Rotation::Again(counter) => counter,
            Rotation::Stolen => {
                self.end_stolen(txn, &session, refresh.request_id, now).await?;
                return Err(Failure::Unauthenticated(TokenFault::Revoked));
            }
        };
        let user = users::find(&txn, session.user_id).await?.ok_or_else(invalid)?;
        txn.commit().await?;
        self.standings.invalidate(&session.id).await;
        self.sign_in(user, session.id, counter, now)
    }

    fn check_life(&self, session: &sessions::Model, now: Timestamp) -> Result<(), Failure> {
        let auth = &self.world.config.auth;
        let idle = session.refreshed_at.plus(auth.session_idle()) <= now;
        if session.revoked_at.is_some() {
            Err(Failure::Unauthenticated(TokenFault::Revoked))
        } else if idle || session.created_at.plus(auth.session_max()) <= now {
            Err(Failure::Unauthenticated(TokenFault::Expired))
        } else {
            Ok(())
        }
    }

    async fn end_stolen(
        &self,
        txn: Txn,
        session: &sessions::Model,
        request_id: String,
        now: Timestamp,
    ) -> Result<(), Failure> {
        tracing::warn!(session = %session.id, "a used refresh token came back; its session is ended");
        sessions::revoke(&txn, session.id, now).await?;
        let event = NewEvent {
            kind: EventKind::RefreshTokenReused,
            user: Some(session.user_id),
            project: None,
            job: None,
            payload: json!({ "session_id": session.id }),
            request_id: Some(request_id),
        };
        events::record(&txn, event, now).await?;
        txn.commit().await?;
        self.end(&[session.id]).await;
        Ok(())
    }

    async fn end(&self, sessions: &[SessionId]) {
        for session in sessions {
            self.ended.insert(*session, ()).await;
            self.standings.invalidate(session).await;
        }
    }

    fn sign_in(
        &self,
        user: users::Model,
        session: SessionId,
        counter: i32,
        now: Timestamp,
    ) -> Result<SignedIn, Failure> {
        let expires_in = self.world.config.auth.access_token_life();
        let access = Access { user: user.id, session, generation: counter };
        let access_token =
            access::issue(&self.world.keys, access, now, now.plus(expires_in)).map_err(Failure::internal)?;
        let refresh_token = RefreshToken { session, counter }.seal(&self.world.keys);
        Ok(SignedIn { access_token, expires_in, refresh_token, user })
    }

    async fn logout(&self, logout: Logout) -> Result<(), Failure> {
        let (by, now) = (logout.by, self.world.clock.now());
        let txn = self.world.db.begin().await?;
        let ended = if logout.all {
            sessions::revoke_all(&txn, by.user, now).await?
        } else {
            sessions::revoke(&txn, by.session, now).await?;
            vec![by.session]
        };
        txn.commit().await?;
        self.end(&ended).await;
        Ok(())
    }

    async fn me(&self, Me(caller): Me) -> Result<users::Model, Failure> {
        let user = users::find(self.world.db.read(), caller.user).await?;
        user.ok_or(Failure::NotFound(Missing::Resource))
    }

    async fn authenticate(&self, request: Authenticate) -> Result<Caller, Failure> {
        let access = access::verify(&self.world.keys, &request.token, self.world.clock.now())
            .map_err(Failure::Unauthenticated)?;
        let standing = self.standing(access).await?;
        let ended = standing.revoked || self.ended.contains_key(&access.session);
        if ended || standing.user != access.user {
            return Err(Failure::Unauthenticated(TokenFault::Revoked));
        }
        if standing.counter == access.generation && !standing.confirmed {
            self.confirm(access, standing).await?;
        }
        let Access { user, session, .. } = access;
        Ok(Caller { user, session, is_admin: standing.is_admin, request_id: request.request_id })
    }

    /// What is remembered of the session, read anew when the token is newer than that.
    async fn standing(&self, access: Access) -> Result<Standing, Failure> {
        let remembered = self.standings.get(&access.session).await;
        if let Some(standing) = remembered.filter(|standing| standing.counter >= access.generation) {
            return Ok(standing);
        }
        let revoked = Failure::Unauthenticated(TokenFault::Revoked);
        let db = self.world.db.read();
        let Some(session) = sessions::find(db, access.session).await? else { return Err(revoked) };
        let Some(user) = users::find(db, session.user_id).await? else { return Err(revoked) };
        let standing = Standing {
            user: user.id,
            is_admin: user.is_admin,
            revoked: session.revoked_at.is_some(),
            counter: session.counter,
            confirmed: session.confirmed,
        };
        self.standings.insert(access.session, standing).await;
        Ok(standing)
    }

    /// The client has the newest tokens: from now on an older refresh token is a stolen one.
    async fn confirm(&self, access: Access, standing: Standing) -> Result<(), Failure> {
        let txn = self.world.db.begin().await?;
        sessions::confirm(&txn, access.session, access.generation).await?;
        txn.commit().await?;
        self.standings.insert(access.session, Standing { confirmed: true, ..standing }).await;
        Ok(())
    }
}

/// Makes an account, whoever decided that it may be made.
pub async fn create(world: &World, user: NewUser, request_id: Option<String>) -> Result<users::Model, Failure> {
    insert(world, world.db.begin().await?, user, request_id).await
}

async fn insert(world: &World, txn: Txn, user: NewUser, request_id: Option<String>) -> Result<users::Model, Failure> {
    let now = world.clock.now();
    let user = users::insert(&txn, user, now).await.map_err(|error| match error.sql_err() {
        Some(SqlErr::UniqueConstraintViolation(_)) => Failure::Conflict(Conflict::EmailTaken),
        _ => error.into(),
    })?;
    let event = NewEvent {
        kind: EventKind::UserRegistered,
        user: Some(user.id),
        project: None,
        job: None,
        payload: json!({ "user_id": user.id, "is_admin": user.is_admin }),
        request_id,
    };
    events::record(&txn, event, now).await?;
    txn.commit().await?;
    Ok(user)
}
