//! Sessions: devices that people sign in on, kept signed in by refresh tokens, and signed out.

use std::time::Duration;

use actix::Message;
use secrecy::SecretString;
use serde_json::{Value, json};

use super::{
    passwords::{Claim, Passwords},
    standings::Standings,
};
use crate::{
    actors::World,
    clock::Timestamp,
    domain::{
        access::{self, Access},
        caller::{Caller, InPerson},
        event::EventKind,
        failure::{Failure, Missing, TokenFault},
        page::{Listed, Page},
        refresh::{RefreshToken, Rotation},
    },
    entities::{
        Txn,
        events::{self, NewEvent},
        sessions::{self, Which},
        users,
    },
    ids::SessionId,
};

/// Owns the budget of questions about sessions.
#[derive(Clone)]
pub struct Sessions {
    world: World,
    passwords: Passwords,
    standings: Standings,
}

/// Signs a device in.
#[derive(Message)]
#[rtype(result = "Result<SignedIn, Failure>")]
pub struct Login {
    /// Who, on which device, with which password.
    pub claim: Claim,
    /// For the event.
    pub request_id: String,
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
    pub by: InPerson,
    /// Whether every device is signed out.
    pub all: bool,
}

/// The caller's sessions, newest first.
#[derive(Message)]
#[rtype(result = "Result<Listed<sessions::Model>, Failure>")]
pub struct List {
    /// Whose.
    pub by: Caller,
    /// Whether those that are over are wanted too.
    pub over: bool,
    /// Which page of them.
    pub page: Page,
}

/// Ends one of the caller's sessions.
#[derive(Message)]
#[rtype(result = "Result<(), Failure>")]
pub struct End {
    /// Whose.
    pub by: InPerson,
    /// Which.
    pub session: SessionId,
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
    Sessions:
    Login => login,
    Refresh => refresh,
    Logout => logout,
    List => list,
    End => end,
}

impl Sessions {
    /// A gateway that shares passwords' budget and what is remembered of sessions.
    pub fn new(world: World, passwords: Passwords, standings: Standings) -> Self {
        Self { world, passwords, standings }
    }

    async fn login(&self, login: Login) -> Result<SignedIn, Failure> {
        let device = login.claim.device.clone();
        let proved = self.passwords.prove(login.claim).await?;
        let proved = proved.ok_or(Failure::Unauthenticated(TokenFault::Invalid))?;
        let now = self.world.clock.now();
        let txn = self.world.db.begin().await?;
        let user = self.passwords.hold(&txn, proved).await?;
        let session = sessions::insert(&txn, user.id, device, now).await?;
        let payload = json!({ "session_id": session.id });
        let event = NewEvent::of_account(EventKind::SessionStarted, Some(user.id), payload, Some(login.request_id));
        events::record(&txn, event, now).await?;
        txn.commit().await?;
        self.sign_in(user, session.id, session.counter, now)
    }

    async fn refresh(&self, refresh: Refresh) -> Result<SignedIn, Failure> {
        let invalid = || Failure::Unauthenticated(TokenFault::Invalid);
        let token = RefreshToken::open(&self.world.keys, &refresh.token).ok_or_else(invalid)?;
        let now = self.world.clock.now();
        let txn = self.world.db.begin().await?;
        let session = sessions::find_for_update(&txn, token.session).await?.ok_or_else(invalid)?;
        let user = users::find(&txn, session.user_id).await?.ok_or_else(invalid)?;
        self.check_life(&session, &user, now)?;
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
        txn.commit().await?;
        self.standings.forget_session(session.id).await;
        self.sign_in(user, session.id, counter, now)
    }

    fn check_life(&self, session: &sessions::Model, user: &users::Model, now: Timestamp) -> Result<(), Failure> {
        if session.revoked_at.is_some() || user.disabled_at.is_some() {
            Err(Failure::Unauthenticated(TokenFault::Revoked))
        } else if session.ends(&self.world.config.auth) <= now {
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
        let payload = json!({ "session_id": session.id });
        let by = Some(session.user_id);
        let event = NewEvent::of_account(EventKind::RefreshTokenReused, by, payload, Some(request_id));
        events::record(&txn, event, now).await?;
        txn.commit().await?;
        self.standings.forget_session(session.id).await;
        Ok(())
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

    async fn logout(&self, Logout { by, all }: Logout) -> Result<(), Failure> {
        if !all {
            let session = by.session;
            return match self.end(End { by, session }).await {
                // Ended a moment ago: what was asked for is so.
                Err(Failure::NotFound(_)) => Ok(()),
                ended => ended,
            };
        }
        let txn = self.world.db.begin().await?;
        let ended = sessions::revoke_all(&txn, by.caller.user, self.world.clock.now()).await?;
        self.record_end(&txn, by, json!({ "sessions": ended })).await?;
        txn.commit().await?;
        self.standings.forget_all();
        Ok(())
    }

    async fn list(&self, list: List) -> Result<Listed<sessions::Model>, Failure> {
        let living = || Which::living(&self.world.config.auth, self.world.clock.now());
        let which = if list.over { Which::All } else { living() };
        Ok(sessions::of_user(self.world.db.read(), list.by.user, which, list.page).await?)
    }

    async fn end(&self, End { by, session }: End) -> Result<(), Failure> {
        let txn = self.world.db.begin().await?;
        if !sessions::revoke_own(&txn, by.caller.user, session, self.world.clock.now()).await? {
            return Err(Failure::NotFound(Missing::Session));
        }
        self.record_end(&txn, by, json!({ "session_id": session })).await?;
        txn.commit().await?;
        self.standings.forget_session(session).await;
        Ok(())
    }

    async fn record_end(&self, txn: &Txn, by: InPerson, payload: Value) -> Result<(), Failure> {
        let Caller { user, request_id, .. } = by.caller;
        let event = NewEvent::of_account(EventKind::SessionEnded, Some(user), payload, Some(request_id));
        Ok(events::record(txn, event, self.world.clock.now()).await?)
    }
}
