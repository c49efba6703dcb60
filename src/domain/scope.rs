//! Scopes: what a personal token may do of what its owner may.

use std::{fmt, str::FromStr};

use sea_orm::DeriveValueType;
use serde::{Deserialize, Serialize};
use strum::IntoEnumIterator;
use utoipa::ToSchema;

use super::failure::Failure;

/// A part of what somebody may do.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    Serialize,
    Deserialize,
    ToSchema,
    strum::Display,
    strum::EnumString,
    strum::EnumIter,
)]
#[serde(rename_all = "lowercase")]
#[strum(serialize_all = "lowercase")]
pub enum Scope {
    /// Look: every GET.
    Read,
    /// Change: every other method.
    Write,
    /// Make previews and hand them their bundles.
    Preview,
    /// Administer, where the owner does; besides `read` or `write`.
    Admin,
}

/// A set of scopes with something in it. Stored as their names with a space between.
#[derive(Clone, Copy, PartialEq, Eq, Hash, DeriveValueType)]
#[sea_orm(value_type = "String")]
pub struct Scopes(u8);

/// A stored text that is no set of scopes.
#[derive(Debug, thiserror::Error)]
#[error("no scopes")]
pub struct NoScopes;

impl Scope {
    fn bit(self) -> u8 {
        match self {
            Self::Read => 1,
            Self::Write => 2,
            Self::Preview => 4,
            Self::Admin => 8,
        }
    }
}

impl Scopes {
    /// The set of these; the field `scopes` is refused without any.
    pub fn parse(scopes: &[Scope]) -> Result<Self, Failure> {
        Self::of(scopes.iter().copied()).ok_or_else(|| Failure::invalid("scopes", "must name at least one scope"))
    }

    fn of(scopes: impl Iterator<Item = Scope>) -> Option<Self> {
        let bits = scopes.fold(0, |bits, scope| bits | scope.bit());
        (bits != 0).then_some(Self(bits))
    }

    /// Whether it holds this one.
    pub fn contains(self, scope: Scope) -> bool {
        self.0 & scope.bit() != 0
    }

    /// Those in it, in the order of their definition.
    pub fn iter(self) -> impl Iterator<Item = Scope> {
        Scope::iter().filter(move |scope| self.contains(*scope))
    }
}

impl fmt::Display for Scopes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<_> = self.iter().map(|scope| scope.to_string()).collect();
        f.write_str(&names.join(" "))
    }
}

impl fmt::Debug for Scopes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Scopes {
    type Err = NoScopes;

    fn from_str(text: &str) -> Result<Self, NoScopes> {
        let scopes: Option<Vec<Scope>> = text.split(' ').map(|name| name.parse().ok()).collect();
        scopes.and_then(|scopes| Self::of(scopes.into_iter())).ok_or(NoScopes)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

    use super::*;

    #[test]
    fn what_is_stored_is_read_back() {
        let scopes = Scopes::parse(&[Scope::Admin, Scope::Read, Scope::Read]).unwrap();
        assert_eq!(scopes.to_string(), "read admin");
        assert_eq!("read admin".parse::<Scopes>().unwrap(), scopes);
        assert!(scopes.contains(Scope::Read) && !scopes.contains(Scope::Write));
        assert_eq!(scopes.iter().collect::<Vec<_>>(), [Scope::Read, Scope::Admin]);
    }

    #[test]
    fn nothing_and_unknown_names_are_no_scopes() {
        assert!(Scopes::parse(&[]).is_err());
        for text in ["", " ", "all", "read  write", "READ"] {
            assert!(text.parse::<Scopes>().is_err(), "{text:?}");
        }
    }
}
