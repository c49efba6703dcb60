//! In which language a file is.

use serde::Serialize;

/// The languages that share one binder, because their files use each other's names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Family {
    /// Python and its stubs.
    Python,
    /// JavaScript, TypeScript, JSX, TSX.
    Script,
    /// Rust.
    Rust,
    /// Go.
    Go,
    /// Java.
    Java,
    /// C and C++.
    C,
}

/// Whether a file is in a language with names, by its path.
pub fn is_code(path: &str) -> bool {
    family(path).is_some()
}

/// The family of a program whose name has no ending, by the interpreter that its first line asks for (execve(2)).
pub(crate) fn family_of_script(path: &str, content: &[u8]) -> Option<Family> {
    let name = path.rsplit('/').next().unwrap_or(path);
    let line = content.strip_prefix(b"#!")?.split(|byte| *byte == b'\n').next()?;
    let line = std::str::from_utf8(line).ok().filter(|_| !name.contains('.'))?;
    let mut words = line.split_whitespace();
    let called = |word: Option<&str>| word.map(|word| word.rsplit('/').next().unwrap_or(word).to_owned());
    let program = match called(words.next())? {
        env if env == "env" => called(words.find(|word| !word.starts_with('-') && !word.contains('=')))?,
        program => program,
    };
    match program.trim_end_matches(|it: char| it.is_ascii_digit() || it == '.') {
        "python" | "pypy" => Some(Family::Python),
        "node" | "nodejs" | "deno" | "bun" | "tsx" | "ts-node" => Some(Family::Script),
        _ => None,
    }
}

/// The family that a path belongs to.
pub(crate) fn family(path: &str) -> Option<Family> {
    let name = path.rsplit('/').next().unwrap_or(path);
    let (_, extension) = name.rsplit_once('.')?;
    Some(match extension {
        "py" | "pyi" => Family::Python,
        "js" | "jsx" | "mjs" | "cjs" | "ts" | "tsx" | "mts" | "cts" => Family::Script,
        "rs" => Family::Rust,
        "go" => Family::Go,
        "java" => Family::Java,
        "c" | "h" | "cc" | "cpp" | "cxx" | "hh" | "hpp" | "hxx" | "inl" | "ipp" => Family::C,
        _ => return None,
    })
}
