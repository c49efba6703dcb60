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

/// Whether path or content say that a program wrote this text; attributes, which go before both, are not asked.
pub fn is_generated_text(path: &[u8], hint: &Hint, text: &[u8]) -> bool {
    let by_content = || {
        let language = hint.language(text).map(|language| language.name.as_str());
        let ends = memchr::memchr_iter(b'\n', text).count() as u64;
        let lines = ends + u64::from(text.last().is_some_and(|byte| *byte != b'\n'));
        is_generated_by_content(language, text, text.len() as u64, lines)
    };
    is_generated(path) || by_content()
}

/// How many bytes at the front of a file the detection looks at.
pub const CONSIDERED: usize = 50 * 1024;
