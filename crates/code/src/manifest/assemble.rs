//! From an entry and its facts to the canonical line of its record.

use serde_json::value::RawValue;

use super::record::{Octal, PathText, Wire};
use crate::{
    attributes::Attributes,
    blob::Entry,
    facts::Facts,
    hash::Digest,
    kind::{Kind, Mode},
    language::{Hint, is_documentation, is_generated, is_vendored},
};

/// An entry with what its attributes say.
pub(crate) struct Tagged<'e> {
    pub(crate) entry: &'e Entry,
    pub(crate) attributes: Attributes,
}

/// What the sums and the content digest need of a file after its line is written.
pub(crate) struct Tally {
    pub(crate) kind: Kind,
    pub(crate) language: Option<String>,
    pub(crate) size: u64,
    pub(crate) lines: u64,
    pub(crate) symbols: u64,
    pub(crate) sha256: Option<Digest>,
}

impl Tagged<'_> {
    /// What path and attributes say of the language.
    pub(crate) fn hint(&self) -> Hint {
        match Mode::of(self.entry.mode) {
            // A link's target has no language, whatever the link is called.
            Mode::Symlink | Mode::Submodule => Hint::Extension(" link".to_owned()),
            Mode::File if self.attributes.binary => Hint::Binary,
            Mode::File => Hint::of(&self.entry.path, self.attributes.language.as_deref()),
        }
    }

    /// Appends the record. Without facts the entry is a submodule.
    pub(crate) fn write(&self, facts: Option<&Facts>, out: &mut Vec<u8>) -> serde_json::Result<()> {
        let path = &self.entry.path;
        let (text, encoded) = match PathText::of(path) {
            PathText::Text(text) => (Some(text), None),
            PathText::Base64(encoded) => (None, Some(encoded)),
        };
        let by_content = facts.is_some_and(|facts| facts.generated);
        let wire = Wire {
            blob_id: self.entry.id,
            documentation: self.attributes.documentation.unwrap_or_else(|| is_documentation(path)),
            generated: self.attributes.generated.unwrap_or_else(|| by_content || is_generated(path)),
            imports: facts.and_then(|facts| facts.imports.as_deref()),
            kind: facts.map_or(Kind::Submodule, |facts| facts.kind),
            language: facts.and_then(|facts| facts.language.as_deref()),
            lfs: facts.and_then(|facts| facts.lfs),
            lines: facts.and_then(|facts| facts.lines),
            mode: Octal(self.entry.mode),
            path: text.as_deref(),
            path_b64: encoded,
            sha256: facts.map(|facts| facts.sha256),
            size: facts.map_or(0, |facts| facts.size),
            symbols: facts.and_then(|facts| facts.symbols.as_deref()),
            syntax_errors: facts.is_some_and(|facts| facts.syntax_errors),
            vendored: self.attributes.vendored.unwrap_or_else(|| is_vendored(path)),
        };
        serde_json::to_writer(out, &wire)
    }
}

impl Tally {
    /// The figures of a file; without facts, of a submodule.
    pub(crate) fn of(facts: Option<&Facts>) -> Self {
        Self {
            kind: facts.map_or(Kind::Submodule, |facts| facts.kind),
            language: facts.and_then(|facts| facts.language.clone()),
            size: facts.map_or(0, |facts| facts.size),
            lines: facts.and_then(|facts| facts.lines).unwrap_or(0),
            symbols: facts.map_or(0, |facts| facts.symbol_count),
            sha256: facts.map(|facts| facts.sha256),
        }
    }
}

/// The same record without symbols and imports, canonical too.
pub(crate) fn compact(record: &RawValue) -> serde_json::Result<Vec<u8>> {
    #[derive(serde::Deserialize)]
    struct Short<'a>(#[serde(borrow)] std::collections::BTreeMap<&'a str, &'a RawValue>);
    let Short(mut members) = serde_json::from_str(record.get())?;
    members.remove("symbols");
    members.remove("imports");
    serde_json::to_vec(&members)
}
