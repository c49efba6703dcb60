//! Personal access tokens: what programs act with in somebody's name.

use std::time::Duration;

use actix::Message;
use secrecy::SecretString;
use serde_json::json;

use super::standings::Standings;
use crate::{
    actors::World,
    clock::Timestamp,
    domain::{
        caller::{Caller, InPerson},
        event::EventKind,
        failure::{Conflict, Failure, Missing},
        page::{Listed, Page},
        personal::PersonalToken,
        profile::TokenName,
        scope::{Scope, Scopes},
    },
    entities::{
        access_tokens::{self, NewToken, Which},
        events::{self, NewEvent},
        users,
    },
    ids::AccessTokenId,
};

/// So many may somebody have at a time.
const MOST_TOKENS: u64 = 100;
const LONGEST_LIFE: Duration = Duration::from_hours(366 * 24);

/// Owns the budget of questions about personal tokens.
#[derive(Clone)]
pub struct Tokens {
    world: World,
    standings: Standings,
}

/// The caller's tokens, newest first.
#[derive(Message)]
#[rtype(result = "Result<Listed<access_tokens::Model>, Failure>")]
pub struct List {
    /// Whose.
    pub by: Caller,
    /// Whether those that were ended are wanted too.
    pub ended: bool,
    /// Which page of them.
    pub page: Page,
}

/// Makes one.
#[derive(Message)]
#[rtype(result = "Result<Made, Failure>")]
pub struct Make {
    /// Whose.
    pub by: InPerson,
    /// What the owner knows it by.
    pub name: TokenName,
    /// What it may do.
    pub scopes: Scopes,
    /// From then on it opens nothing.
    pub expires_at: Option<Timestamp>,
}

/// Ends one.
#[derive(Message)]
#[rtype(result = "Result<(), Failure>")]
pub struct End {
    /// Whose.
    pub by: InPerson,
    /// Which.
    pub token: AccessTokenId,
}

/// A new token.
pub struct Made {
    /// What is kept of it.
    pub row: access_tokens::Model,
    /// The token itself, which is not.
    pub token: SecretString,
}

answers! {
    Tokens:
    List => list,
    Make => make,
    End => end,
}

impl Tokens {
    /// A gateway that shares what is remembered of tokens.
    pub fn new(world: World, standings: Standings) -> Self {
        Self { world, standings }
    }

    async fn list(&self, list: List) -> Result<Listed<access_tokens::Model>, Failure> {
        let which = if list.ended { Which::All } else { Which::Kept };
        Ok(access_tokens::of_user(self.world.db.read(), list.by.user, which, list.page).await?)
    }

    async fn make(&self, Make { by, name, scopes, expires_at }: Make) -> Result<Made, Failure> {
        let (by, now) = (by.caller, self.world.clock.now());
        if scopes.contains(Scope::Admin) && !by.is_admin {
            return Err(Failure::invalid("scopes", "may hold `admin` for administrators only"));
        }
        if expires_at.is_some_and(|end| end <= now || end > now.plus(LONGEST_LIFE)) {
            return Err(Failure::invalid("expires_at", "must be in the future, and within a year"));
        }
        let token = PersonalToken::from_random(rand::random());
        let new = NewToken { name: name.into_string(), hash: token.hash(), scopes, expires_at };
        let txn = self.world.db.begin().await?;
        // One at a time for each owner, so that the number holds.
        users::find_for_update(&txn, by.user).await?.ok_or(Failure::NotFound(Missing::User))?;
        if access_tokens::count(&txn, by.user).await? >= MOST_TOKENS {
            return Err(Failure::Conflict(Conflict::TooManyTokens));
        }
        let row = access_tokens::insert(&txn, by.user, new, now).await?;
        let payload = json!({ "token_id": row.id, "scopes": row.scopes.to_string(), "expires_at": row.expires_at });
        let event = NewEvent::of_account(EventKind::AccessTokenCreated, Some(by.user), payload, Some(by.request_id));
        events::record(&txn, event, now).await?;
        txn.commit().await?;
        Ok(Made { row, token: token.into_secret() })
    }

    async fn end(&self, End { by, token }: End) -> Result<(), Failure> {
        let (by, now) = (by.caller, self.world.clock.now());
        let txn = self.world.db.begin().await?;
        if !access_tokens::revoke(&txn, by.user, token, now).await? {
            return Err(Failure::NotFound(Missing::Token));
        }
        let payload = json!({ "token_id": token });
        let event = NewEvent::of_account(EventKind::AccessTokenEnded, Some(by.user), payload, Some(by.request_id));
        events::record(&txn, event, now).await?;
        txn.commit().await?;
        self.standings.forget_all();
        Ok(())
    }
}
