//! How much of one file is looked at. The limits are part of the extractor: other limits, other manifests.

use serde::{Deserialize, Serialize};

/// Bounds of the work on one file. All of them count bytes or steps, none counts time, so that a slow
/// machine and a fast one write the same manifest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limits {
    /// Text with more bytes than this is hashed and not parsed.
    pub text_bytes: u64,
    /// A file's symbols after this many are left out; its imports likewise. With 0 nothing is parsed.
    pub symbols: u32,
    /// How many hundreds of parser steps a file may take, over those that its size allows.
    pub parser_steps: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self { text_bytes: 5 * 1024 * 1024, symbols: 20_000, parser_steps: 5_000 }
    }
}
