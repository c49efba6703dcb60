//! Which version of a thing somebody has, and means to change (RFC 9110, sections 8.8.3 and 13.1.1).

use std::fmt::Debug;

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use sha2::{Digest, Sha256};

use super::failure::Failure;

/// Enough of a digest that no two versions of one thing share it.
const TAG_BYTES: usize = 16;

/// A version's name: the inside of a strong entity tag.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Version(String);

/// What a client wants to find before it changes something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Expected {
    /// Any version, as long as the thing is there.
    Any,
    /// One of these.
    OneOf(Vec<Version>),
}

impl Version {
    /// The version of a thing that is exactly so. Its `Debug` form holds every field by name, those to come included,
    /// so that none can be forgotten here.
    pub fn of(thing: &impl Debug) -> Self {
        let digest = Sha256::digest(format!("{thing:?}"));
        let (tag, _) = digest.split_at(TAG_BYTES);
        Self(BASE64_URL_SAFE_NO_PAD.encode(tag))
    }

    /// The inside of the tag.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Expected {
    /// Reads the value of `If-Match`. A weak tag is kept out: it never says that two versions are the same.
    pub fn parse(text: &str) -> Result<Self, Failure> {
        let text = text.trim();
        if text == "*" {
            return Ok(Self::Any);
        }
        let malformed = || Failure::invalid("If-Match", "must be `*` or entity tags in quotes, comma-separated");
        let mut versions = Vec::new();
        for tag in text.split(',').map(str::trim) {
            let strong = tag.strip_prefix("W/").unwrap_or(tag);
            let inside = strong.strip_prefix('"').and_then(|tag| tag.strip_suffix('"')).ok_or_else(malformed)?;
            if inside.contains('"') {
                return Err(malformed());
            }
            if strong == tag {
                versions.push(Version(inside.to_owned()));
            }
        }
        Ok(Self::OneOf(versions))
    }

    /// Whether a thing of this version may be changed; otherwise why not.
    pub fn check(&self, present: &Version) -> Result<(), Failure> {
        let met = match self {
            Self::Any => true,
            Self::OneOf(versions) => versions.contains(present),
        };
        if met { Ok(()) } else { Err(Failure::PreconditionFailed) }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_version_is_expected_by_its_strong_tag_or_by_a_star() {
        let present = Version::of(&("name", 1));
        let tag = format!("\"{}\"", present.as_str());
        for given in ["*".to_owned(), tag.clone(), format!("\"other\", {tag}")] {
            assert!(Expected::parse(&given).unwrap().check(&present).is_ok(), "{given}");
        }
        for given in ["\"other\"".to_owned(), format!("W/{tag}")] {
            assert!(Expected::parse(&given).unwrap().check(&present).is_err(), "{given}");
        }
    }

    #[test]
    fn every_field_counts() {
        assert_ne!(Version::of(&("name", Some(1))), Version::of(&("name", None::<i32>)));
        assert_eq!(Version::of(&("name", 1)), Version::of(&("name", 1)));
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(text: String) {
            let _ = Expected::parse(&text);
        }
    }

    #[test]
    fn what_is_no_list_of_tags_is_refused() {
        for text in ["", "abc", "\"", "\"a\" \"b\"", "\"a\",", "w/\"a\""] {
            assert!(Expected::parse(text).is_err(), "{text}");
        }
    }
}
