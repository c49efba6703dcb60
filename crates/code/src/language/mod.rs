//! Languages by name, after GitHub's linguist: its data, its order of evidence, its names.

mod detect;
mod generated;
mod heuristics;
mod modeline;
mod paths;
mod shebang;
mod table;

pub use detect::Hint;
pub(crate) use generated::is_generated_by_content;
pub use paths::{is_documentation, is_generated, is_vendored};
pub use table::{LINGUIST_VERSION, Language, LanguageType};

/// How many bytes at the front of a file the detection looks at.
pub const CONSIDERED: usize = 50 * 1024;
