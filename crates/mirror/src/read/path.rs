//! Paths inside a repository, parsed once: relative, forward, and nothing but names.

use std::fmt;

use super::ReadError;

/// Longest path accepted, in bytes.
const MAX_PATH: usize = 16 << 10;

/// A path from the root of a repository's tree, in raw bytes. Empty is the root itself.
///
/// It never leads upwards or out of the repository; whether it leads to anything is another question.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RepoPath(Vec<u8>);

impl RepoPath {
    /// The root folder.
    pub fn root() -> Self {
        Self(Vec::new())
    }

    /// Parses `src/main.rs`; refuses absolute paths, empty parts, `.`, `..`, NUL bytes and paths of over 16 KiB.
    pub fn parse(path: impl AsRef<[u8]>) -> Result<Self, ReadError> {
        let path = path.as_ref();
        if path.is_empty() {
            return Ok(Self::root());
        }
        if path.len() > MAX_PATH {
            return Err(ReadError::InvalidPath("it is too long"));
        }
        if path.contains(&0) {
            return Err(ReadError::InvalidPath("it holds a NUL byte"));
        }
        for part in path.split(|byte| *byte == b'/') {
            match part {
                b"" => return Err(ReadError::InvalidPath("a part of it is empty")),
                b"." | b".." => return Err(ReadError::InvalidPath("a part of it is . or ..")),
                _ => {}
            }
        }
        Ok(Self(path.to_vec()))
    }

    /// The bytes, without a leading or closing slash.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// Whether it is the root folder.
    pub fn is_root(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn parts(&self) -> impl Iterator<Item = &[u8]> {
        self.0.split(|byte| *byte == b'/').filter(|part| !part.is_empty())
    }
}

impl fmt::Debug for RepoPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&String::from_utf8_lossy(&self.0), f)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::RepoPath;

    #[test]
    fn only_forward_relative_paths_are_paths() {
        for good in ["", "a", "a/b.rs", "-x", "a b", "..a/b..", ".git"] {
            assert!(RepoPath::parse(good).is_ok(), "{good}");
        }
        for bad in ["/", "/a", "a/", "a//b", ".", "..", "a/../b", "a/./b", "a\0b"] {
            assert!(RepoPath::parse(bad).is_err(), "{bad}");
        }
        assert!(RepoPath::parse(b"caf\xe9").is_ok());
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(128))]

        #[test]
        fn the_parts_of_a_path_make_the_path(path in "[a.\\-/]{0,12}") {
            if let Ok(parsed) = RepoPath::parse(&path) {
                prop_assert_eq!(parsed.parts().collect::<Vec<_>>().join(&b'/'), path.as_bytes());
            }
        }
    }
}
