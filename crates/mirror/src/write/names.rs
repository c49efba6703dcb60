//! Names of what is made here: of a change's own ref, and of a branch on a remote.

use std::fmt;

use gix::bstr::ByteSlice;

/// Where the changes' refs stand.
pub(super) const CHANGES: &str = "refs/hivesync/changes/";

/// Longest name of a change, in bytes.
const MAX_CHANGE: usize = 100;

/// Longest name of a branch, in bytes; the files that hold refs allow no longer ones.
const MAX_BRANCH: usize = 244;

/// The name of a change's commit below `refs/hivesync/changes/`: letters, digits, `-` and `_`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ChangeName(String);

/// The name of a branch as `git check-ref-format --branch` accepts it, without `refs/heads/`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BranchName(String);

/// The text is no such name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NameRefused {
    /// Of a change.
    #[error("the name of a change is 1 to 100 letters, digits, - and _")]
    Change,
    /// Of a branch.
    #[error("not the name of a branch: {0}")]
    Branch(&'static str),
}

impl ChangeName {
    /// Parses a name, usually the id of the job that makes the change.
    pub fn parse(text: &str) -> Result<Self, NameRefused> {
        let is_plain = text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'));
        let fits = !text.is_empty() && text.len() <= MAX_CHANGE;
        if is_plain && fits { Ok(Self(text.to_owned())) } else { Err(NameRefused::Change) }
    }

    /// The full name of its ref.
    pub(super) fn full(&self) -> String {
        format!("{CHANGES}{}", self.0)
    }
}

impl BranchName {
    /// Parses a name such as `feature/x`. Nothing is expanded: `@{-1}` is no name.
    pub fn parse(text: &str) -> Result<Self, NameRefused> {
        if text.is_empty() || text.len() > MAX_BRANCH {
            return Err(NameRefused::Branch("it is empty or too long"));
        }
        if text.starts_with('-') {
            return Err(NameRefused::Branch("it begins with a dash"));
        }
        // Git reads both as the branch that is checked out.
        if text == "HEAD" || text == "@" {
            return Err(NameRefused::Branch("it means another branch"));
        }
        let branch = Self(text.to_owned());
        match gix::validate::reference::name(branch.full().as_bytes().as_bstr()) {
            Ok(_) => Ok(branch),
            Err(_) => Err(NameRefused::Branch("it holds what no name of a branch may hold")),
        }
    }

    /// The name as it was parsed.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The full name of its ref on the remote.
    pub(super) fn full(&self) -> String {
        format!("refs/heads/{}", self.0)
    }
}

impl fmt::Display for ChangeName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Display for BranchName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_has_a_plain_name() {
        for good in ["0192f0c4-aaaa-7000-8000-000000000000", "a_b", "A"] {
            assert!(ChangeName::parse(good).is_ok(), "{good}");
        }
        for bad in ["", "a/b", "a.lock", "..", "a b", "é", "a\n", &"a".repeat(101)] {
            assert_eq!(ChangeName::parse(bad), Err(NameRefused::Change), "{bad}");
        }
    }
}
