//! Which grammar reads which language, and which rules go with it.

use tree_sitter::{Language, Node};

use super::{
    c, cpp,
    doc::DocStyle,
    go, java, javascript, python, rust, typescript,
    walk::{Step, Walk},
};

/// A grammar that files are parsed with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Grammar {
    /// C.
    C,
    /// C++.
    Cpp,
    /// Go.
    Go,
    /// Java.
    Java,
    /// JavaScript, with JSX.
    JavaScript,
    /// Python.
    Python,
    /// Rust.
    Rust,
    /// TypeScript with JSX.
    Tsx,
    /// TypeScript.
    TypeScript,
}

/// Name and version of the package behind each grammar; part of the extractor's identity.
pub const GRAMMARS: [(&str, &str); 9] = [
    ("tree-sitter", "0.26.13"),
    ("tree-sitter-c", "0.24.2"),
    ("tree-sitter-cpp", "0.23.4"),
    ("tree-sitter-go", "0.25.0"),
    ("tree-sitter-java", "0.23.5"),
    ("tree-sitter-javascript", "0.25.0"),
    ("tree-sitter-python", "0.25.0"),
    ("tree-sitter-rust", "0.24.2"),
    ("tree-sitter-typescript", "0.23.2"),
];

impl Grammar {
    /// The grammar for one of linguist's languages, if there is one.
    pub fn of(language: &str) -> Option<Self> {
        Some(match language {
            "C" => Self::C,
            "C++" => Self::Cpp,
            "Go" => Self::Go,
            "Java" => Self::Java,
            "JavaScript" => Self::JavaScript,
            "Python" => Self::Python,
            "Rust" => Self::Rust,
            "TSX" => Self::Tsx,
            "TypeScript" => Self::TypeScript,
            _ => return None,
        })
    }

    pub(super) fn language(self) -> Language {
        match self {
            Self::C => tree_sitter_c::LANGUAGE,
            Self::Cpp => tree_sitter_cpp::LANGUAGE,
            Self::Go => tree_sitter_go::LANGUAGE,
            Self::Java => tree_sitter_java::LANGUAGE,
            Self::JavaScript => tree_sitter_javascript::LANGUAGE,
            Self::Python => tree_sitter_python::LANGUAGE,
            Self::Rust => tree_sitter_rust::LANGUAGE,
            Self::Tsx => tree_sitter_typescript::LANGUAGE_TSX,
            Self::TypeScript => tree_sitter_typescript::LANGUAGE_TYPESCRIPT,
        }
        .into()
    }

    pub(super) fn docs(self) -> DocStyle {
        match self {
            Self::C | Self::Cpp | Self::Go => DocStyle::AnyComment,
            Self::Rust => DocStyle::TripleSlash,
            Self::Java | Self::JavaScript | Self::Tsx | Self::TypeScript => DocStyle::Starred,
            Self::Python => DocStyle::Docstring,
        }
    }

    /// The language's rule for one node.
    pub(super) fn visit<'t>(self, walk: &mut Walk<'_>, node: Node<'t>) -> Step<'t> {
        match self {
            Self::C => c::visit(walk, node),
            Self::Cpp => cpp::visit(walk, node),
            Self::Go => go::visit(walk, node),
            Self::Java => java::visit(walk, node),
            Self::JavaScript => javascript::visit(walk, node),
            Self::Python => python::visit(walk, node),
            Self::Rust => rust::visit(walk, node),
            Self::Tsx | Self::TypeScript => typescript::visit(walk, node),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::GRAMMARS;

    #[test]
    fn the_versions_written_into_manifests_are_those_in_use() {
        let lock = include_str!("../../../../Cargo.lock");
        for (name, version) in GRAMMARS {
            assert!(lock.contains(&format!("name = \"{name}\"\nversion = \"{version}\"")), "{name} {version}");
        }
    }
}
