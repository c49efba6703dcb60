//! Who sent a request: an access token or a personal token, checked, and the account behind it.

use std::{sync::Arc, time::Duration};

use actix::Message;
use secrecy::SecretString;
use tokio::{sync::Semaphore, time::timeout};

use super::standings::{Look, SessionStanding, Standings, TokenStanding};
use crate::{
    actors::World,
    clock::Timestamp,
    domain::{
        access::{self, Access},
        caller::{Caller, Proof},
        failure::{Failure, TokenFault},
        personal::{PersonalToken, TokenHash},
        scope::Scope,
    },
    entities::{Db, access_tokens, sessions, users},
    ids::{AccessTokenId, SessionId},
};

/// A use is written down when the last one that was is older.
const NOTED_EVERY: Duration = Duration::from_mins(1);
/// So many are written down at a time; others are left out.
const MOST_NOTES: usize = 8;
const NOTE_LIMIT: Duration = Duration::from_secs(10);

/// Owns the budget of questions about who somebody is, and of notes of when they were last here.
#[derive(Clone)]
pub struct Identity {
    world: World,
    standings: Standings,
    notes: Arc<Semaphore>,
}

/// Proves who sent a request.
#[derive(Message)]
#[rtype(result = "Result<Caller, Failure>")]
pub struct Authenticate {
    /// An access token, or a personal one.
    pub token: SecretString,
    /// Becomes part of the caller.
    pub request_id: String,
}

answers! {
    Identity:
    Authenticate => authenticate,
}

/// What was used.
#[derive(Clone, Copy)]
enum Used {
    Session(SessionId),
    Token(AccessTokenId),
}

impl Identity {
    /// A gateway that shares what it remembers by `standings`.
    pub fn new(world: World, standings: Standings) -> Self {
        Self { world, standings, notes: Arc::new(Semaphore::new(MOST_NOTES)) }
    }

    async fn authenticate(&self, request: Authenticate) -> Result<Caller, Failure> {
        let Authenticate { token, request_id } = request;
        if PersonalToken::is_meant(&token) {
            self.by_token(&token, request_id).await
        } else {
            self.by_session(&token, request_id).await
        }
    }

    async fn by_session(&self, token: &SecretString, request_id: String) -> Result<Caller, Failure> {
        let now = self.world.clock.now();
        let access = access::verify(&self.world.keys, token, now).map_err(Failure::Unauthenticated)?;
        let look = self.standings.look();
        let standing = self.session(look, access, now).await?;
        if standing.ended || standing.user != access.user {
            return Err(Failure::Unauthenticated(TokenFault::Revoked));
        }
        if standing.ends <= now {
            return Err(Failure::Unauthenticated(TokenFault::Expired));
        }
        if standing.counter == access.generation && !standing.confirmed {
            self.confirm(look, access, standing).await?;
        }
        let Access { user, session, .. } = access;
        let (proof, is_admin) = (Proof::Session(session), standing.is_admin);
        Ok(Caller { user, proof, is_admin, request_id, trace: None })
    }

    /// What is remembered of the session, read anew when the token is newer than that.
    async fn session(&self, look: Look, access: Access, now: Timestamp) -> Result<SessionStanding, Failure> {
        let remembered = self.standings.session(access.session).await;
        if let Some(standing) = remembered.filter(|standing| standing.counter >= access.generation) {
            return Ok(standing);
        }
        let revoked = Failure::Unauthenticated(TokenFault::Revoked);
        let db = self.world.db.read();
        let Some(session) = sessions::find(db, access.session).await? else { return Err(revoked) };
        let Some(user) = users::find(db, session.user_id).await? else { return Err(revoked) };
        let ended = session.revoked_at.is_some() || user.disabled_at.is_some();
        if !ended {
            self.note(Used::Session(session.id), session.used_at.max(Some(session.refreshed_at)), now);
        }
        let standing = SessionStanding {
            user: user.id,
            is_admin: user.is_admin,
            ended,
            ends: session.ends(&self.world.config.auth),
            counter: session.counter,
            confirmed: session.confirmed,
        };
        self.standings.remember_session(look, access.session, standing).await;
        Ok(standing)
    }

    /// The client has the newest tokens: from now on an older refresh token is a stolen one.
    async fn confirm(&self, look: Look, access: Access, standing: SessionStanding) -> Result<(), Failure> {
        let txn = self.world.db.begin().await?;
        sessions::confirm(&txn, access.session, access.generation).await?;
        txn.commit().await?;
        let standing = SessionStanding { confirmed: true, ..standing };
        self.standings.remember_session(look, access.session, standing).await;
        Ok(())
    }

    async fn by_token(&self, token: &SecretString, request_id: String) -> Result<Caller, Failure> {
        let fault = |fault| Failure::Unauthenticated(fault);
        let hash = PersonalToken::parse(token).ok_or(fault(TokenFault::Invalid))?.hash();
        let now = self.world.clock.now();
        let standing = self.token(hash, now).await?.ok_or(fault(TokenFault::Invalid))?;
        if standing.ended {
            return Err(fault(TokenFault::Revoked));
        }
        if standing.ends.is_some_and(|end| end <= now) {
            return Err(fault(TokenFault::Expired));
        }
        let is_admin = standing.is_admin && standing.scopes.contains(Scope::Admin);
        let proof = Proof::Token(standing.id, standing.scopes);
        Ok(Caller { user: standing.user, proof, is_admin, request_id, trace: None })
    }

    /// What is remembered of the token; `None`: it was never given, or is long over.
    async fn token(&self, hash: TokenHash, now: Timestamp) -> Result<Option<TokenStanding>, Failure> {
        if let Some(standing) = self.standings.token(&hash).await {
            return Ok(Some(standing));
        }
        let (db, look) = (self.world.db.read(), self.standings.look());
        let Some(token) = access_tokens::find_by_hash(db, &hash).await? else { return Ok(None) };
        let Some(user) = users::find(db, token.user_id).await? else { return Ok(None) };
        let ended = token.revoked_at.is_some() || user.disabled_at.is_some();
        if !ended && token.expires_at.is_none_or(|end| now < end) {
            self.note(Used::Token(token.id), token.used_at, now);
        }
        let standing = TokenStanding {
            id: token.id,
            user: user.id,
            is_admin: user.is_admin,
            scopes: token.scopes,
            ended,
            ends: token.expires_at,
        };
        self.standings.remember_token(look, hash, standing).await;
        Ok(Some(standing))
    }

    /// Writes down a use, unless the last one is from just now. The request does not wait for it, and it is left out
    /// while the database is busy: nothing hangs on it.
    fn note(&self, used: Used, last: Option<Timestamp>, now: Timestamp) {
        if last.is_some_and(|last| now.since(last) < NOTED_EVERY) {
            return;
        }
        let Ok(permit) = Arc::clone(&self.notes).try_acquire_owned() else { return };
        let db = self.world.db.clone();
        let noting = async move {
            let _permit = permit;
            match timeout(NOTE_LIMIT, write(&db, used, now)).await {
                Ok(Ok(())) => {}
                Ok(Err(error)) => tracing::debug!(%error, "a use was not noted"),
                Err(_) => tracing::debug!("a use was not noted in time"),
            }
        };
        drop(self.world.work.run(noting).detach());
    }
}

async fn write(db: &Db, used: Used, now: Timestamp) -> Result<(), Failure> {
    let txn = db.begin().await?;
    match used {
        Used::Session(id) => sessions::note_use(&txn, id, now).await?,
        Used::Token(id) => access_tokens::note_use(&txn, id, now).await?,
    }
    Ok(txn.commit().await?)
}
