//! One file of a manifest, and its canonical JSON.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde::{Deserialize, Serialize, Serializer};
use serde_json::value::RawValue;

use crate::{
    blob::BlobId,
    hash::Digest,
    kind::{Kind, LfsPointer},
    symbols::{Import, Symbol},
};

/// One file of a manifest, as it is read back.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "WireIn")]
#[allow(clippy::struct_excessive_bools, reason = "four things that are true or not of a file, each by itself")]
pub struct FileRecord {
    /// Raw bytes of the path.
    pub path: Vec<u8>,
    /// Git's file mode.
    pub mode: u32,
    /// The blob, or a submodule's commit.
    pub blob_id: BlobId,
    /// Bytes; 0 for a submodule.
    pub size: u64,
    /// SHA-256 of the content; absent for a submodule.
    pub sha256: Option<Digest>,
    /// What it is.
    pub kind: Kind,
    /// Linguist's name of the language; only for text, the too large too.
    pub language: Option<String>,
    /// Made by a program, by an attribute, its path or its first lines.
    pub generated: bool,
    /// Somebody else's code, by an attribute or its path.
    pub vendored: bool,
    /// Documentation, by an attribute or its path.
    pub documentation: bool,
    /// Lines of a text; a last line without an end counts.
    pub lines: Option<u64>,
    /// Where the content of an LFS file is.
    pub lfs: Option<LfsPointer>,
    /// The file has syntax errors, or was not parsed to its end: symbols may be missing.
    pub syntax_errors: bool,
    /// In the order of their start.
    pub symbols: Vec<Symbol>,
    /// In the order of their lines.
    pub imports: Vec<Import>,
}

/// The canonical form of a record: members in the order of RFC 8785, integers below 2^53, and strings
/// whose escapes are those of `serde_json`, which are the RFC's. Symbols and imports are taken over as
/// they were once written, so that a file that did not change is not taken apart again.
#[derive(Serialize)]
#[allow(clippy::struct_excessive_bools, reason = "four things that are true or not of a file, each by itself")]
pub(crate) struct Wire<'a> {
    pub(crate) blob_id: BlobId,
    pub(crate) documentation: bool,
    pub(crate) generated: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) imports: Option<&'a RawValue>,
    pub(crate) kind: Kind,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) language: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) lfs: Option<LfsPointer>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) lines: Option<u64>,
    pub(crate) mode: Octal,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) path: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) path_b64: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) sha256: Option<Digest>,
    pub(crate) size: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) symbols: Option<&'a RawValue>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub(crate) syntax_errors: bool,
    pub(crate) vendored: bool,
}

/// A path in JSON: member `path`, or `path_b64` (standard base64, RFC 4648) when it is not UTF-8.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum PathText {
    /// The path itself.
    #[serde(rename = "path")]
    Text(String),
    /// The path's bytes in standard base64.
    #[serde(rename = "path_b64")]
    Base64(String),
}

/// A path in base64 that cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("path_b64 is not standard base64")]
pub struct NotAPath(#[source] base64::DecodeError);

impl PathText {
    /// The JSON form of raw bytes.
    pub fn of(path: &[u8]) -> Self {
        match std::str::from_utf8(path) {
            Ok(text) => Self::Text(text.to_owned()),
            Err(_) => Self::Base64(STANDARD.encode(path)),
        }
    }

    /// The raw bytes.
    pub fn bytes(&self) -> Result<Vec<u8>, NotAPath> {
        match self {
            Self::Text(text) => Ok(text.as_bytes().to_vec()),
            Self::Base64(text) => STANDARD.decode(text).map_err(NotAPath),
        }
    }
}

/// A file mode as six octal digits.
pub(crate) struct Octal(pub(crate) u32);

impl Serialize for Octal {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(&format_args!("{:06o}", self.0))
    }
}

#[derive(Deserialize)]
#[allow(clippy::struct_excessive_bools, reason = "four things that are true or not of a file, each by itself")]
struct WireIn {
    blob_id: BlobId,
    documentation: bool,
    generated: bool,
    #[serde(default)]
    imports: Vec<Import>,
    kind: Kind,
    language: Option<String>,
    lfs: Option<LfsPointer>,
    lines: Option<u64>,
    mode: String,
    path: Option<String>,
    path_b64: Option<String>,
    sha256: Option<Digest>,
    size: u64,
    #[serde(default)]
    symbols: Vec<Symbol>,
    #[serde(default)]
    syntax_errors: bool,
    vendored: bool,
}

impl TryFrom<WireIn> for FileRecord {
    type Error = String;

    fn try_from(wire: WireIn) -> Result<Self, String> {
        let path = match (wire.path, wire.path_b64) {
            (Some(text), None) => PathText::Text(text),
            (None, Some(text)) => PathText::Base64(text),
            _ => return Err("a file has one of path and path_b64".to_owned()),
        };
        Ok(Self {
            path: path.bytes().map_err(|error| error.to_string())?,
            mode: u32::from_str_radix(&wire.mode, 8).map_err(|error| error.to_string())?,
            blob_id: wire.blob_id,
            size: wire.size,
            sha256: wire.sha256,
            kind: wire.kind,
            language: wire.language,
            generated: wire.generated,
            vendored: wire.vendored,
            documentation: wire.documentation,
            lines: wire.lines,
            lfs: wire.lfs,
            syntax_errors: wire.syntax_errors,
            symbols: wire.symbols,
            imports: wire.imports,
        })
    }
}
