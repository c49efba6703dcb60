//! Names: which letters make one, which are taken by the language, and how they are written all the same.

use crate::{language::Refusal, words::is_letter};

/// Words of the language that can be names when `r#` stands before them.
const KEYWORDS: [&str; 52] = [
    "abstract", "as", "async", "await", "become", "box", "break", "const", "continue", "do", "dyn", "else", "enum",
    "extern", "false", "final", "fn", "for", "gen", "if", "impl", "in", "let", "loop", "macro", "match", "mod", "move",
    "mut", "override", "priv", "pub", "ref", "return", "static", "struct", "trait", "true", "try", "type", "typeof",
    "unsafe", "unsized", "use", "virtual", "where", "while", "yield", "crate", "self", "super", "Self",
];
/// Words that cannot be names at all.
const NEVER: [&str; 5] = ["crate", "self", "super", "Self", "_"];

/// A name without what marks it as one: `r#`, or the quote of a lifetime.
pub(super) fn bare(name: &str) -> &str {
    name.strip_prefix("r#").or_else(|| name.strip_prefix('\'')).unwrap_or(name)
}

/// How a name is written.
pub(super) fn spell(new_name: &str, quoted: bool) -> Result<String, Refusal> {
    let refusal = |code, message: String| Err(Refusal { code, message });
    if new_name.starts_with('\'') && !quoted {
        return refusal("not_a_name", "only a lifetime or a label begins with a quote".to_owned());
    }
    let name = bare(new_name);
    let mut letters = name.chars();
    let begins = letters.next().is_some_and(|first| first == '_' || unicode_ident::is_xid_start(first));
    if !begins || !letters.all(is_letter) {
        return refusal("not_a_name", "write letters, digits and underscores, and no digit first".to_owned());
    }
    if NEVER.contains(&name) || (quoted && name == "static") {
        return refusal("keyword", format!("`{name}` is a word of the language"));
    }
    Ok(match (quoted, KEYWORDS.contains(&name)) {
        (true, true) => return refusal("keyword", format!("`{name}` is a word of the language")),
        (true, false) => format!("'{name}"),
        (false, true) => format!("r#{name}"),
        (false, false) => name.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::spell;

    #[test]
    fn a_keyword_is_written_raw() {
        assert_eq!(spell("type", false).as_deref(), Ok("r#type"));
        assert_eq!(spell("r#type", false).as_deref(), Ok("r#type"));
        assert_eq!(spell("r#plain", false).as_deref(), Ok("plain"));
    }

    #[test]
    fn what_is_no_name_is_refused() {
        for name in ["", "1a", "a-b", "a b", "self", "Self", "crate", "_", "'a", "r#self"] {
            assert!(spell(name, false).is_err(), "{name}");
        }
    }

    #[test]
    fn a_lifetime_keeps_its_quote() {
        assert_eq!(spell("b", true).as_deref(), Ok("'b"));
        assert_eq!(spell("'b", true).as_deref(), Ok("'b"));
        assert!(spell("'static", true).is_err());
        assert!(spell("'fn", true).is_err());
    }
}
