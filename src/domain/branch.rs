//! The name of a branch to follow, parsed at the edge.

use super::failure::Failure;

/// A name that Git accepts below `refs/heads/`; whether there is such a branch is not known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BranchName(String);

impl BranchName {
    /// At most 255 bytes, and the rules of git-check-ref-format(1).
    pub fn parse(field: &str, text: &str) -> Result<Self, Failure> {
        let odd = |c: char| c.is_control() || " ~^:?*[\\".contains(c);
        let well_formed = text.len() <= 255
            && text != "@"
            && !text.starts_with('-')
            && !text.ends_with('.')
            && !text.chars().any(odd)
            && !["..", "@{"].iter().any(|sequence| text.contains(sequence))
            && text.split('/').all(is_component);
        if well_formed {
            Ok(Self(text.to_owned()))
        } else {
            Err(Failure::invalid(field, "must be the name of a branch, as in `main` or `team/topic`"))
        }
    }

    /// The text.
    pub fn into_string(self) -> String {
        self.0
    }
}

fn is_component(text: &str) -> bool {
    !text.is_empty() && !text.starts_with('.') && text.strip_suffix(".lock").is_none()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

    use super::*;

    #[test]
    fn names_that_git_accepts_are_kept_as_they_are() {
        for text in ["main", "team/topic", "release-1.0", "é", "a@b", "@a", "x.locks"] {
            assert_eq!(BranchName::parse("branch", text).unwrap().into_string(), text);
        }
    }

    #[test]
    fn names_that_git_refuses_are_refused() {
        let long = "x".repeat(256);
        for text in [
            "", "@", "-x", "a b", "a..b", "a@{1}", "a~1", "a^", "a:b", "a?", "a*", "a[", "a\\b", "a\0", "a\n", "/a",
            "a/", "a//b", ".a", "a/.b", "a.", "a.lock", "a.lock/b", &long,
        ] {
            assert!(BranchName::parse("branch", text).is_err(), "{text:?}");
        }
    }
}
