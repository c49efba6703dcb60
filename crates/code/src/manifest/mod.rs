//! The manifest: what a commit's tree holds, byte for byte the same wherever it is made.
//!
//! A manifest is a root document and a list of shards. Each shard is the canonical JSON (RFC 8785) of an
//! array of file records, in the order of raw path bytes; shards follow one another in that order too.

mod assemble;
mod build;
mod crew;
mod diff;
mod digest;
mod lookup;
mod output;
mod read;
mod record;
mod root;
mod split;
mod work;

pub use build::{Build, BuildError, Built, Progress, ShardSink, build};
pub use diff::{
    DiffLimits, FileChanges, FileCounts, FileSide, ManifestDiff, RenamedFile, SymbolChanges, SymbolCounts, SymbolSide,
    diff,
};
pub use digest::ContentDigest;
pub use lookup::Lookup;
pub use read::{ReadError, Shard, ShardSource, files};
pub use record::{FileRecord, NotAPath, PathText};
pub use root::{Counts, Extractor, LanguageCount, OBJECT_FORMAT, Root, RootError, SCHEMA, ShardEntry};
