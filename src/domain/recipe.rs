//! What a commit of ours is made of: enough to make the same one again where the mirror was lost.

use serde::{Deserialize, Serialize};

/// A commit, as it was asked for. Made again on the same parent, it has the same id.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recipe {
    /// 40 hexadecimal digits.
    pub parent: String,
    /// What came of it, likewise.
    pub commit: String,
    /// The whole message.
    pub message: String,
    /// Who wrote it and made it.
    pub author: Author,
    /// Seconds since 1970, in UTC.
    pub time: u64,
    /// What keeps it in the mirror.
    pub name: String,
    /// In the order of their paths.
    pub files: Vec<RecipeFile>,
}

/// Who makes a commit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Author {
    /// As they are called.
    pub name: String,
    /// Where they are reached.
    pub email: String,
}

/// What becomes of one file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecipeFile {
    /// Where it was.
    pub path: String,
    /// Where it is now, if it moved.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub new_path: Option<String>,
    /// The blob that it had.
    pub before: String,
    /// The blob that it has now.
    pub after: String,
    /// Its text now, where that is new; without one it is a blob that the parent's history has.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
}

impl RecipeFile {
    /// Where the file is afterwards.
    pub fn place(&self) -> &str {
        self.new_path.as_deref().unwrap_or(&self.path)
    }
}
