//! Who wrote a change and who committed it, in the form that a commit can hold.

/// Longest name and longest address, in bytes.
const MAX_LENGTH: usize = 1_024;

/// What Git cuts off at both ends of names and addresses, besides spaces and control characters.
const CRUD: &str = ".,:;<>\"\\'";

/// A name and an address that fit into a commit's header.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    name: String,
    email: String,
}

/// Nothing is left of a name or an address without what no commit can hold, or too much.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the {0} is empty or too long for a commit")]
pub struct IdentityRefused(&'static str);

impl Identity {
    /// Cleans both as Git does: without angle brackets and control characters, and without marks at their ends.
    pub fn parse(name: &str, email: &str) -> Result<Self, IdentityRefused> {
        let name = cleaned(name).ok_or(IdentityRefused("name"))?;
        let email = cleaned(email).ok_or(IdentityRefused("e-mail address"))?;
        Ok(Self { name, email })
    }

    /// `name <email>`, as a commit's header has it before the time.
    pub(super) fn header(&self) -> String {
        format!("{} <{}>", self.name, self.email)
    }
}

fn cleaned(text: &str) -> Option<String> {
    let kept: String = text.chars().filter(|c| !c.is_control() && !matches!(c, '<' | '>')).collect();
    let kept = kept.trim_matches(|c: char| c == ' ' || CRUD.contains(c));
    (!kept.is_empty() && kept.len() <= MAX_LENGTH).then(|| kept.to_owned())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

    use super::*;

    #[test]
    fn what_no_header_can_hold_is_left_out() {
        let both = |name, email| Identity::parse(name, email).map(|it| it.header());
        assert_eq!(both(" Zoë O'Neil. ", "<zoe@example.com>").unwrap(), "Zoë O'Neil <zoe@example.com>");
        assert_eq!(both("a> 0 +0000\ncommitter b", "e\0").unwrap(), "a 0 +0000committer b <e>");
        assert_eq!(both("<\n>", "e").unwrap_err(), IdentityRefused("name"));
        assert_eq!(both("a", " ").unwrap_err(), IdentityRefused("e-mail address"));
        assert_eq!(both(&"a".repeat(1_025), "e").unwrap_err(), IdentityRefused("name"));
    }
}
