//! Facts of one blob: all that its bytes say, whatever path it lies at. Kept, so that they are found out once.

mod analyst;
mod store;

pub(crate) use analyst::{Analyst, Unknown};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
pub use store::{Fresh, Key, Known, Store, StoreError};

use crate::{
    hash::Digest,
    kind::{Kind, LfsPointer},
};

/// What the bytes of one blob say.
#[derive(Debug, Serialize, Deserialize)]
pub struct Facts {
    /// What it is.
    pub kind: Kind,
    /// Bytes.
    pub size: u64,
    /// SHA-256 of the bytes.
    pub sha256: Digest,
    /// Linguist's name; only for text, the too large too.
    pub language: Option<String>,
    /// Lines of a text.
    pub lines: Option<u64>,
    /// The pointer that the bytes are.
    pub lfs: Option<LfsPointer>,
    /// The content says that a program wrote it.
    pub generated: bool,
    /// Not all of it follows the grammar, or was parsed.
    pub syntax_errors: bool,
    /// How many symbols there are.
    pub symbol_count: u64,
    /// The canonical JSON of the symbols, if it is text.
    pub symbols: Option<Box<RawValue>>,
    /// The canonical JSON of the imports, if it is text.
    pub imports: Option<Box<RawValue>>,
}
