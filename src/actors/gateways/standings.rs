//! What is remembered of sessions and personal tokens, so that most requests are believed without a look at the
//! database. Nothing is remembered for longer than five seconds: what was ended elsewhere is refused by then.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use moka::future::Cache;

use crate::{
    clock::Timestamp,
    domain::{personal::TokenHash, scope::Scopes},
    ids::{AccessTokenId, SessionId, UserId},
};

const LIFE: Duration = Duration::from_secs(5);
const MOST: u64 = 100_000;

/// Clones share what is remembered.
#[derive(Clone)]
pub struct Standings {
    sessions: Cache<SessionId, SessionStanding>,
    tokens: Cache<TokenHash, TokenStanding>,
    /// How often something was forgotten.
    forgotten: Arc<AtomicU64>,
}

/// When somebody began to look at the database. What they saw is not remembered if something was forgotten since: a
/// look that crosses a sign-out would bring the session back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Look(u64);

/// What is remembered of a session.
#[derive(Debug, Clone, Copy)]
pub struct SessionStanding {
    /// Whose it is.
    pub user: UserId,
    /// Whether they administer the service.
    pub is_admin: bool,
    /// Whether it, or the account, was ended.
    pub ended: bool,
    /// When it ends by itself.
    pub ends: Timestamp,
    /// The newest refresh token's counter.
    pub counter: i32,
    /// Whether something that came with that token was used.
    pub confirmed: bool,
}

/// What is remembered of a personal token.
#[derive(Debug, Clone, Copy)]
pub struct TokenStanding {
    /// Which it is.
    pub id: AccessTokenId,
    /// Whose it is.
    pub user: UserId,
    /// Whether they administer the service.
    pub is_admin: bool,
    /// What it may do.
    pub scopes: Scopes,
    /// Whether it, or the account, was ended.
    pub ended: bool,
    /// When it ends by itself, if it does.
    pub ends: Option<Timestamp>,
}

impl Default for Standings {
    fn default() -> Self {
        Self {
            sessions: Cache::builder().max_capacity(MOST).time_to_live(LIFE).build(),
            tokens: Cache::builder().max_capacity(MOST).time_to_live(LIFE).build(),
            forgotten: Arc::default(),
        }
    }
}

impl Standings {
    /// Begins a look at the database.
    pub fn look(&self) -> Look {
        Look(self.forgotten.load(Ordering::SeqCst))
    }

    /// What is remembered of a session.
    pub async fn session(&self, id: SessionId) -> Option<SessionStanding> {
        self.sessions.get(&id).await
    }

    /// Remembers what a look has shown.
    pub async fn remember_session(&self, look: Look, id: SessionId, standing: SessionStanding) {
        self.sessions.insert(id, standing).await;
        // In this order: whoever forgets after this check forgets this too.
        if self.look() != look {
            self.sessions.invalidate(&id).await;
        }
    }

    /// What is remembered of a token.
    pub async fn token(&self, hash: &TokenHash) -> Option<TokenStanding> {
        self.tokens.get(hash).await
    }

    /// Remembers what a look has shown.
    pub async fn remember_token(&self, look: Look, hash: TokenHash, standing: TokenStanding) {
        self.tokens.insert(hash.clone(), standing).await;
        if self.look() != look {
            self.tokens.invalidate(&hash).await;
        }
    }

    /// The session is not what it was.
    pub async fn forget_session(&self, id: SessionId) {
        self.forgotten.fetch_add(1, Ordering::SeqCst);
        self.sessions.invalidate(&id).await;
    }

    /// Many sessions or tokens are not what they were: each is looked at again.
    pub fn forget_all(&self) {
        self.forgotten.fetch_add(1, Ordering::SeqCst);
        self.sessions.invalidate_all();
        self.tokens.invalidate_all();
    }
}
