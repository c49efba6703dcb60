//! The name of a branch to follow, parsed at the edge.

use super::failure::Failure;

/// A name that Git accepts below `refs/heads/`; whether there is such a branch is not known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BranchName(String);

impl BranchName {
    /// What the mirror takes for one: the rules of git-check-ref-format(1), and a length that files of refs can have.
    pub fn parse(field: &str, text: &str) -> Result<Self, Failure> {
        match mirror::BranchName::parse(text) {
            Ok(name) => Ok(Self(name.to_string())),
            Err(_) => Err(Failure::invalid(field, "must be the name of a branch, as in `main` or `team/topic`")),
        }
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
    fn names_that_git_accepts_are_kept_as_they_are() {
        for text in ["main", "team/topic", "release-1.0", "é", "a@b", "@a", "x.locks"] {
            assert_eq!(BranchName::parse("branch", text).unwrap().into_string(), text);
        }
    }

    #[test]
    fn names_that_git_refuses_are_refused() {
        let long = "x".repeat(245);
        for text in [
            "", "@", "HEAD", "-x", "a b", "a..b", "a@{1}", "a~1", "a^", "a:b", "a?", "a*", "a[", "a\\b", "a\0", "a\n",
            "/a", "a/", "a//b", ".a", "a/.b", "a.", "a.lock", "a.lock/b", &long,
        ] {
            assert!(BranchName::parse("branch", text).is_err(), "{text:?}");
        }
    }
}
