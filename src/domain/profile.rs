//! What people call themselves and their projects, parsed at the edge.

use std::fmt;

use super::failure::Failure;

/// An email address in lower case; whether mail arrives there is not known.
#[derive(Clone, PartialEq, Eq)]
pub struct Email(String);

impl Email {
    /// At most 254 bytes (RFC 5321), one `@` with something on both sides, nothing invisible.
    pub fn parse(text: &str) -> Result<Self, Failure> {
        let text = text.trim().to_lowercase();
        let visible = !text.chars().any(|c| c.is_whitespace() || c.is_control());
        let parts = text.rsplit_once('@');
        let split = parts.is_some_and(|(local, host)| !local.is_empty() && !local.contains('@') && is_host(host));
        if visible && split && text.len() <= 254 {
            Ok(Self(text))
        } else {
            Err(Failure::invalid("email", "must be an email address, as in `name@example.org`"))
        }
    }

    /// The address, for the database.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

fn is_host(host: &str) -> bool {
    !host.is_empty() && !host.starts_with(['.', '-']) && !host.ends_with(['.', '-']) && !host.contains("..")
}

/// Masked, as logs may show it.
impl fmt::Debug for Email {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let first = self.0.chars().next().unwrap_or('?');
        write!(f, "{first}…@…")
    }
}

/// A name that people read: trimmed, 1 to `MOST` characters, on one line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line<const MOST: usize>(String);

/// What a person is called.
pub type DisplayName = Line<100>;
/// What a project is called.
pub type ProjectName = Line<200>;
/// What a token is called by its owner.
pub type TokenName = Line<100>;
/// Why an administrator did something.
pub type Reason = Line<500>;

impl<const MOST: usize> Line<MOST> {
    /// `field` is named in the refusal.
    pub fn parse(field: &str, text: &str) -> Result<Self, Failure> {
        let text = text.trim();
        if text.is_empty() || text.chars().count() > MOST || text.chars().any(char::is_control) {
            return Err(Failure::invalid(field, format!("must be one line of 1 to {MOST} characters")));
        }
        Ok(Self(text.to_owned()))
    }

    /// The text.
    pub fn into_string(self) -> String {
        self.0
    }
}

/// What a project is about: at most 4,000 characters, without control characters but new lines and tabs.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Description(String);

impl Description {
    /// Parses the field `description`.
    pub fn parse(text: &str) -> Result<Self, Failure> {
        let text = text.trim();
        let odd = |c: char| c.is_control() && !matches!(c, '\n' | '\t' | '\r');
        if text.chars().count() > 4_000 || text.chars().any(odd) {
            return Err(Failure::invalid("description", "must be text of at most 4000 characters"));
        }
        Ok(Self(text.to_owned()))
    }

    /// The text.
    pub fn into_string(self) -> String {
        self.0
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

    use super::*;

    #[test]
    fn addresses_are_lower_case_and_have_two_sides() {
        assert_eq!(Email::parse(" Ada@Example.ORG ").unwrap().as_str(), "ada@example.org");
        for text in ["", "ada", "@example.org", "ada@", "a b@c.d", "a@b@c", "a@.d", "a@b..c", "a\n@b.c"] {
            assert!(Email::parse(text).is_err(), "{text:?}");
        }
    }

    #[test]
    fn addresses_are_masked_in_logs() {
        assert_eq!(format!("{:?}", Email::parse("ada@example.org").unwrap()), "a…@…");
    }

    #[test]
    fn names_are_one_visible_line() {
        assert_eq!(ProjectName::parse("name", " a b ").unwrap().into_string(), "a b");
        for text in ["", "  ", "a\nb", "a\0b", &"x".repeat(201)] {
            assert!(ProjectName::parse("name", text).is_err(), "{text:?}");
        }
    }
}
