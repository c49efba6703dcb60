//! From a text to its facts: parse, walk, and say what each comment and string is.

use ruff_python_ast::{
    Expr, Stmt, Suite,
    token::{TokenKind, Tokens},
};
use ruff_python_parser::{Mode, ParseOptions, parse_unchecked};
use ruff_text_size::{Ranged, TextRange};

use super::{Facts, Span, depth::depth, walker::Walker};
use crate::{
    language::{Prose, Unparsed},
    limits::{MOST_DEPTH, MOST_FILE_BYTES},
};

/// Stack that reading a tree of [`MOST_DEPTH`] levels may take, with room to spare in builds that do not optimise.
const STACK: usize = 32 << 20;

/// Reads a file's text. A syntax error does not keep it from understanding the rest.
///
/// Fails with [`Unparsed::TooComplex`] for what is too large or too deeply nested.
pub(crate) fn read(text: &str) -> Result<Facts, Unparsed> {
    if text.len() > MOST_FILE_BYTES || depth(text, Mode::Module) > MOST_DEPTH {
        return Err(Unparsed::TooComplex);
    }
    stacker::maybe_grow(STACK, STACK, || walk(text)).ok_or(Unparsed::TooComplex)
}

fn walk(text: &str) -> Option<Facts> {
    let parsed = parse_unchecked(text, ParseOptions::from(Mode::Module)).try_into_module()?;
    let mut facts = Walker::new(text).module(&parsed.syntax().body);
    facts.prose = prose(parsed.tokens());
    document(&mut facts, &parsed.syntax().body);
    let first = parsed.errors().iter().min_by_key(|error| error.location.start());
    facts.error = first.map(|error| (error.location.start().to_usize(), error.error.to_string()));
    Some(facts)
}

/// A range as the facts keep it.
pub(super) fn span(range: TextRange) -> Span {
    range.start().to_u32()..range.end().to_u32()
}

/// The comments and strings. What is code inside of a formatted string is none of them.
fn prose(tokens: &Tokens) -> Vec<(Span, Prose)> {
    let kind = |kind: TokenKind| {
        let is_text = matches!(kind, TokenKind::String | TokenKind::FStringMiddle | TokenKind::TStringMiddle);
        if is_text { Some(Prose::String) } else { (kind == TokenKind::Comment).then_some(Prose::Comment) }
    };
    tokens.iter().filter_map(|token| Some((span(token.range()), kind(token.kind())?))).collect()
}

/// Marks the strings that document a module, class or function, or the assignment before them.
fn document(facts: &mut Facts, module: &Suite) {
    let mut bodies = vec![module];
    let mut spans = Vec::new();
    while let Some(body) = bodies.pop() {
        for statement in body {
            match statement {
                Stmt::Expr(it) => {
                    if let Expr::StringLiteral(text) = it.value.as_ref() {
                        spans.extend(text.value.iter().map(|part| part.range().start().to_u32()));
                    }
                }
                Stmt::ClassDef(it) => bodies.push(&it.body),
                Stmt::FunctionDef(it) => bodies.push(&it.body),
                other => inner_bodies(other, &mut bodies),
            }
        }
    }
    spans.sort_unstable();
    for (span, prose) in &mut facts.prose {
        if *prose == Prose::String && spans.binary_search(&span.start).is_ok() {
            *prose = Prose::Documentation;
        }
    }
}

/// The blocks of the statements that may hold definitions, other than these themselves.
fn inner_bodies<'a>(statement: &'a Stmt, bodies: &mut Vec<&'a Suite>) {
    if let Stmt::If(it) = statement {
        bodies.push(&it.body);
        bodies.extend(it.elif_else_clauses.iter().map(|clause| &clause.body));
    } else if let Stmt::Try(it) = statement {
        bodies.extend([&it.body, &it.orelse, &it.finalbody]);
        bodies.extend(it.handlers.iter().filter_map(|one| Some(&one.as_except_handler()?.body)));
    } else if let Stmt::With(it) = statement {
        bodies.push(&it.body);
    }
}
