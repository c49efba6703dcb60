//! Symbols and imports of a file, by tree-sitter: one file a language says what to look at, one walk does it.

mod c;
mod cpp;
mod doc;
mod extract;
mod go;
mod grammar;
mod java;
mod javascript;
mod model;
mod parse;
mod place;
mod python;
mod rust;
mod typescript;
mod walk;

pub use extract::{Extracted, Extractor};
pub use grammar::{GRAMMARS, Grammar};
pub use model::{Import, Range, Symbol, SymbolKind};
pub use parse::Stopped;
pub(crate) use place::code_points;
