//! How deeply a text is nested, at most: counted from its tokens before anything recursive looks at it.

use ruff_python_ast::token::TokenKind;
use ruff_python_parser::{Mode, lexer};

/// What is open at one level of brackets.
#[derive(Debug, Default, Clone, Copy)]
struct Level {
    /// Operators since the last comma: each may be a level of the tree.
    operators: usize,
    /// Attributes, calls and subscripts since the last operator.
    postfixes: usize,
    /// The deepest chain of those.
    longest: usize,
    /// The deepest bracket that was closed since the last comma.
    inner: usize,
    /// The deepest of all that a comma has ended.
    ended: usize,
}

impl Level {
    fn depth(&self) -> usize {
        self.ended.max(self.operators + self.longest.max(self.postfixes) + self.inner)
    }

    fn end_part(&mut self) {
        *self = Self { ended: self.depth(), ..Self::default() };
    }

    fn operate(&mut self) {
        self.longest = self.longest.max(self.postfixes);
        self.postfixes = 0;
        self.operators += 1;
    }
}

/// An upper bound of the depth of the tree that a text is parsed to.
pub(super) fn depth(text: &str, mode: Mode) -> usize {
    let mut tokens = lexer::lex(text, mode);
    let (mut open, mut level) = (Vec::new(), Level::default());
    let (mut indentation, mut deepest) = (0usize, 0);
    loop {
        use TokenKind as T;
        match tokens.next_token() {
            T::EndOfFile => return deepest.max(indentation + open.len() + level.depth()),
            T::Lpar | T::Lsqb | T::Lbrace | T::FStringStart | T::TStringStart => {
                open.push(std::mem::take(&mut level));
                deepest = deepest.max(indentation + open.len());
            }
            T::Rpar | T::Rsqb | T::Rbrace | T::FStringEnd | T::TStringEnd => {
                let inner = level.depth() + 1;
                level = open.pop().unwrap_or_default();
                level.inner = level.inner.max(inner);
                level.postfixes += 1;
            }
            T::Dot => level.postfixes += 1,
            T::Comma | T::Semi => level.end_part(),
            T::Newline => {
                deepest = deepest.max(indentation + open.len() + level.depth());
                level = Level::default();
            }
            T::Indent => indentation += 1,
            T::Dedent => indentation = indentation.saturating_sub(1),
            kind => {
                if is_operator(kind) {
                    level.operate();
                }
            }
        }
    }
}

/// Whether a token can put one expression into another.
fn is_operator(kind: TokenKind) -> bool {
    kind.is_operator() || kind.is_keyword()
}

#[cfg(test)]
mod tests {
    use super::{Mode, depth};

    fn of(text: &str) -> usize {
        depth(text, Mode::Module)
    }

    #[test]
    fn brackets_operators_and_chains_count() {
        assert!(of(&"(".repeat(1_000)) >= 1_000);
        assert!(of(&"not ".repeat(1_000)) >= 1_000);
        assert!(of(&format!("x{}", ".y".repeat(1_000))) >= 1_000);
        assert!(of(&format!("x{}", "()".repeat(1_000))) >= 1_000);
        assert!(of(&format!("x = {}1", "1 + ".repeat(1_000))) >= 1_000);
        assert!(of(&format!("x = {}1", "lambda: ".repeat(1_000))) >= 1_000);
    }

    #[test]
    fn a_long_list_is_not_deep() {
        assert!(of(&format!("x = [{}]", "f(a.b, c[0]) + 1, ".repeat(1_000))) < 12);
        assert!(of(&"x = a.b.c(1)\n".repeat(1_000)) < 12);
    }
}
