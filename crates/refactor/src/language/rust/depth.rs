//! Which texts the parser is not given, because their nesting would lead it, or what walks its tree, too deep; and the
//! thread with room for what it is given.

use std::thread;

use ra_ap_parser::{Edition, LexedStr, SyntaxKind};

use crate::limits::{MOST_DEPTH, Stopped};

/// Tokens without a comma, semicolon or brace between them, over all brackets that are open: what a recursive parser
/// may go down by. Real code stays below a few hundred.
const MOST_STRETCH: usize = 2_500;
/// Bytes of stack for a text that is as deep as is allowed. Each counts, used or not, where a process's memory is limited.
const STACK: usize = 64 << 20;

/// Whether a text is nested too deeply.
pub(super) fn is_too_deep(text: &str) -> bool {
    let tokens = LexedStr::new(Edition::LATEST, text);
    let mut open = vec![0usize];
    let mut total = 0;
    let mut was_block = false;
    for kind in (0..tokens.len()).map(|index| tokens.kind(index)).filter(|kind| !kind.is_trivia()) {
        if was_block && kind != SyntaxKind::ELSE_KW {
            total -= open.last_mut().map(std::mem::take).unwrap_or_default();
        }
        was_block = kind == SyntaxKind::R_CURLY;
        match kind {
            SyntaxKind::L_PAREN | SyntaxKind::L_BRACK | SyntaxKind::L_CURLY => open.push(0),
            SyntaxKind::R_PAREN | SyntaxKind::R_BRACK | SyntaxKind::R_CURLY if open.len() > 1 => {
                total -= open.pop().unwrap_or_default();
            }
            SyntaxKind::COMMA | SyntaxKind::SEMICOLON => {
                total -= open.last_mut().map(std::mem::take).unwrap_or_default();
            }
            _ => {}
        }
        if let Some(last) = open.last_mut() {
            *last += 1;
            total += 1;
        }
        if open.len() > MOST_DEPTH || total > MOST_STRETCH {
            return true;
        }
    }
    false
}

/// The work did not come to its end: the library that was asked gave up in its own way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct GaveUp;

/// Why a question has no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Failure {
    /// It took too long, or nobody wants to know any more.
    Stopped(Stopped),
    /// See [`GaveUp`].
    GaveUp,
}

impl From<Stopped> for Failure {
    fn from(stopped: Stopped) -> Self {
        Self::Stopped(stopped)
    }
}

impl From<GaveUp> for Failure {
    fn from(_: GaveUp) -> Self {
        Self::GaveUp
    }
}

/// Does work on a thread of its own, with room for deep recursion, and from which a panic does not spread.
pub(super) fn deep<T: Send>(work: impl FnOnce() -> T + Send) -> Result<T, GaveUp> {
    at_once([work]).pop().unwrap_or(Err(GaveUp))
}

/// Does several works, each on such a thread, and gives their results in order.
pub(super) fn at_once<T: Send, W: FnOnce() -> T + Send>(works: impl IntoIterator<Item = W>) -> Vec<Result<T, GaveUp>> {
    thread::scope(|scope| {
        let start = |work| thread::Builder::new().name("rust".to_owned()).stack_size(STACK).spawn_scoped(scope, work);
        let started: Vec<_> = works.into_iter().map(start).collect();
        let ended = started.into_iter().map(|thread| thread.ok().and_then(|thread| thread.join().ok()).ok_or(GaveUp));
        ended.collect()
    })
}

#[cfg(test)]
mod tests {
    use super::is_too_deep;

    #[test]
    fn ordinary_code_is_not_too_deep() {
        assert!(!is_too_deep("fn main() { if a { b(c[1], -2) } else if d { } else { } }"));
        assert!(!is_too_deep(&"fn f() { g(1, 2); }\n".repeat(20_000)));
        assert!(!is_too_deep(&format!("const A: [u8; 9] = [{}];", "1, ".repeat(100_000))));
    }

    #[test]
    fn nesting_and_chains_without_an_end_are_too_deep() {
        for (open, close) in
            [("(", ")"), ("{", "}"), ("!", ""), ("a + ", ""), ("if a { } else ", ""), ("&", ""), ("x.y().", "")]
        {
            let text = format!("fn f() {{ {}a{} }}", open.repeat(50_000), close.repeat(50_000));
            assert!(is_too_deep(&text), "{open}");
        }
    }
}
