//! What a change wants of a field that may be empty: a field that is left out is not one that is `null` (RFC 7396).

use serde::{Deserialize, Deserializer};

/// Kept, emptied or set. With `#[serde(default)]`, what is left out is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Patch<T> {
    /// It stays as it is.
    #[default]
    Keep,
    /// It is empty from now on.
    Clear,
    /// It is this from now on.
    Set(T),
}

impl<T> Patch<T> {
    /// The same with the value made into something else, where that can be done.
    pub fn try_map<U, E>(self, make: impl FnOnce(T) -> Result<U, E>) -> Result<Patch<U>, E> {
        Ok(match self {
            Self::Keep => Patch::Keep,
            Self::Clear => Patch::Clear,
            Self::Set(value) => Patch::Set(make(value)?),
        })
    }

    /// Calls `set` with what the field holds from now on, if that is said.
    pub fn apply(self, set: impl FnOnce(Option<T>)) {
        match self {
            Self::Keep => {}
            Self::Clear => set(None),
            Self::Set(value) => set(Some(value)),
        }
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Patch<T> {
    fn deserialize<D: Deserializer<'de>>(value: D) -> Result<Self, D::Error> {
        Ok(Option::deserialize(value)?.map_or(Self::Clear, Self::Set))
    }
}

/// For `#[serde(default, deserialize_with = …)]` on a field that can be left out, but not be empty: `null` is refused.
pub fn given<'de, T: Deserialize<'de>, D: Deserializer<'de>>(value: D) -> Result<Option<T>, D::Error> {
    T::deserialize(value).map(Some)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

    use super::*;

    #[derive(Deserialize)]
    struct Change {
        #[serde(default)]
        name: Patch<String>,
    }

    #[test]
    fn left_out_null_and_given_are_three_wishes() {
        let wish = |json: &str| serde_json::from_str::<Change>(json).unwrap().name;
        assert_eq!(wish("{}"), Patch::Keep);
        assert_eq!(wish(r#"{"name": null}"#), Patch::Clear);
        assert_eq!(wish(r#"{"name": "Ada"}"#), Patch::Set("Ada".to_owned()));
        assert!(serde_json::from_str::<Change>(r#"{"name": 1}"#).is_err());
    }
}
