//! Which names a symbol can take.

use ruff_python_stdlib::{identifiers::is_identifier, keyword::is_keyword};
use unicode_normalization::UnicodeNormalization as _;

use crate::language::{Refusal, Symbol, SymbolKind};

/// The name as it is written: Python takes names in their normal form (PEP 3131), so that is what is written.
pub(super) fn spell(symbol: &Symbol, new_name: &str) -> Result<String, Refusal> {
    let normal: String = new_name.nfkc().collect();
    let refuse = |code, message: String| Err(Refusal { code, message });
    if is_keyword(&normal) {
        return refuse("keyword", format!("`{new_name}` is a keyword of Python"));
    }
    if !is_identifier(&normal) {
        return refuse(
            "invalid_name",
            "a name begins with a letter or `_` and goes on with letters, digits and `_`".into(),
        );
    }
    if normal != new_name {
        return refuse("invalid_name", format!("Python reads it as `{normal}`: use that"));
    }
    let is_special = normal.len() > 4 && normal.starts_with("__") && normal.ends_with("__");
    if is_special && symbol.kind != SymbolKind::Module {
        return refuse(
            "special_name",
            "names with two underscores on each side mean something to Python itself".into(),
        );
    }
    Ok(normal)
}
