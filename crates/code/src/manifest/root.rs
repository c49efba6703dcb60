//! The root document: which commit, by which extractor, in which shards.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::record::PathText;
use crate::{hash::Digest, kind::Kind, language::LINGUIST_VERSION, limits::Limits, symbols::GRAMMARS};

/// Name and version of the manifest's form.
pub const SCHEMA: &str = "hivesync.manifest/1";

/// Git's hash; blob ids are of this kind.
pub const OBJECT_FORMAT: &str = "sha1";

/// Tells our manifests from those that another program might make of the same schema.
const EXTRACTOR_NAME: &str = "hivesync";

/// Grows with every change that makes other bytes of the same commit.
const EXTRACTOR_VERSION: &str = "1";

/// What made the manifest. Two manifests of one commit and one extractor are the same bytes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Extractor {
    /// Versions of the grammars by language.
    pub grammars: BTreeMap<String, String>,
    /// Version of linguist's data.
    pub languages: String,
    /// How much of one file is looked at.
    pub limits: Limits,
    /// Name of the program.
    pub name: String,
    /// Version of its rules.
    pub version: String,
}

/// Files of one language.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LanguageCount {
    /// Sum of sizes in bytes.
    pub bytes: u64,
    /// Number of files, vendored and generated ones too.
    pub files: u64,
    /// Sum of lines.
    pub lines: u64,
}

/// What a manifest, or one shard of it, holds in all.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// Sum of sizes in bytes.
    pub bytes: u64,
    /// Number of files.
    pub files: u64,
    /// Number of files by kind.
    pub kinds: BTreeMap<Kind, u64>,
    /// Text files by language; a text of no known language is in none.
    pub languages: BTreeMap<String, LanguageCount>,
    /// Number of symbols.
    pub symbols: u64,
}

/// One shard, as the root names it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShardEntry {
    /// Length of its canonical bytes, uncompressed.
    pub bytes: u64,
    /// SHA-256 of its canonical bytes, uncompressed.
    pub digest: Digest,
    /// Number of files, at least one.
    pub files: u64,
    /// Path of its first file.
    pub first: PathText,
    /// Path of its last file.
    pub last: PathText,
    /// The directory that it is cut from, ending in `/`; empty for the top.
    pub prefix: PathText,
}

/// The root document of a manifest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Root {
    /// The commit's id, hexadecimal.
    pub commit: String,
    /// Digest over the content alone, see [`super::ContentDigest`].
    pub content_digest: Digest,
    /// Sums over all files.
    pub counts: Counts,
    /// What made it.
    pub extractor: Extractor,
    /// `sha1`.
    pub object_format: String,
    /// [`SCHEMA`].
    pub schema: String,
    /// In the order of their paths.
    pub shards: Vec<ShardEntry>,
    /// The tree's id, hexadecimal.
    pub tree: String,
}

/// Why bytes are not the root that was asked for.
#[derive(Debug, thiserror::Error)]
pub enum RootError {
    /// The bytes are not those that the digest names: damaged or mixed up.
    #[error("the manifest's root has digest {found}, not {wanted}")]
    Digest {
        /// What was asked for.
        wanted: Digest,
        /// What the bytes have.
        found: Digest,
    },
    /// The bytes are as they were written, and not a root of this schema.
    #[error("the manifest's root cannot be read")]
    Form(#[source] serde_json::Error),
    /// Written by a version with another schema.
    #[error("the manifest has schema {0:?}, this program reads {SCHEMA:?}")]
    Schema(String),
}

impl Extractor {
    /// This program's own identity, with the limits it is run with.
    pub fn current(limits: Limits) -> Self {
        Self {
            grammars: GRAMMARS
                .iter()
                .map(|(language, version)| ((*language).to_owned(), (*version).to_owned()))
                .collect(),
            languages: LINGUIST_VERSION.to_owned(),
            limits,
            name: EXTRACTOR_NAME.to_owned(),
            version: EXTRACTOR_VERSION.to_owned(),
        }
    }

    /// A digest of all of it: facts of one extractor are never taken for another's.
    pub fn fingerprint(&self) -> Result<Digest, serde_json::Error> {
        serde_json_canonicalizer::to_vec(self).map(|bytes| Digest::of(&bytes))
    }
}

impl Counts {
    /// Adds a file.
    pub(crate) fn add(&mut self, kind: Kind, language: Option<&str>, size: u64, lines: u64, symbols: u64) {
        self.files += 1;
        self.bytes += size;
        self.symbols += symbols;
        *self.kinds.entry(kind).or_default() += 1;
        if let Some(language) = language {
            let count = match self.languages.get_mut(language) {
                Some(count) => count,
                None => self.languages.entry(language.to_owned()).or_default(),
            };
            count.files += 1;
            count.bytes += size;
            count.lines += lines;
        }
    }
}

impl Root {
    /// Reads a root document and checks that it is the one that `digest` names.
    pub fn parse(bytes: &[u8], digest: Digest) -> Result<Self, RootError> {
        let found = Digest::of(bytes);
        if found != digest {
            return Err(RootError::Digest { wanted: digest, found });
        }
        let root: Self = serde_json::from_slice(bytes).map_err(RootError::Form)?;
        if root.schema == SCHEMA { Ok(root) } else { Err(RootError::Schema(root.schema)) }
    }

    /// The shards that may hold files whose path begins with `prefix`, in order. A prefix is compared byte
    /// by byte: a directory is asked for with its `/`.
    pub fn shards_under<'a>(&'a self, prefix: &'a [u8]) -> impl Iterator<Item = &'a ShardEntry> {
        self.shards.iter().filter(move |shard| match (shard.first.bytes(), shard.last.bytes()) {
            (Ok(first), Ok(last)) => {
                let before = last.as_slice() < prefix;
                let after = first.as_slice() > prefix && !first.starts_with(prefix);
                !before && !after
            }
            _ => true,
        })
    }
}
