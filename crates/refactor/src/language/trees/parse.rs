//! From a text to a tree, within bounds: bytes, steps of the parser, levels of the tree, the time that is left.

use std::ops::ControlFlow;

use tree_sitter::{Language, Node, ParseOptions, ParseState, Parser, Tree};
use tree_sitter_language::LanguageFn;

use super::lexemes::{Flaw, Kinds, Lexemes, Survey};
use crate::{
    language::Unparsed,
    limits::{Budget, MOST_FILE_BYTES},
};

/// Levels of the deepest tree that is walked: ten for each of [`MOST_DEPTH`](crate::limits::MOST_DEPTH), because a level
/// of brackets makes up to ten of nodes.
const MOST_LEVELS: u32 = 4_000;
/// Stack that a walk of [`MOST_LEVELS`] may take, also in builds that do not optimise. Only what is used of it costs memory.
const STACK: usize = 64 << 20;
/// Bytes that allow one step more; a step is a hundred of the parser's operations. One that is not led astray takes a
/// step for some hundreds of bytes.
const BYTES_A_STEP: usize = 32;
/// Steps that a file of any size may take.
const FREE_STEPS: usize = 20_000;

/// A grammar, and which of its leaves are lexemes of what kind.
pub(in crate::language) struct Grammar {
    language: Language,
    kinds: Kinds,
}

impl Grammar {
    /// Kinds of nodes are called as the grammar calls them. Names are leaves; comments and strings are told apart only
    /// to say what a word is that is no name.
    pub(in crate::language) fn new(language: LanguageFn, names: &[&str], comments: &[&str], strings: &[&str]) -> Self {
        let language = Language::new(language);
        let kinds = Kinds::new(&language, names, comments, strings);
        Self { language, kinds }
    }

    /// Whether a node is a name.
    pub(in crate::language) fn is_name(&self, node: Node<'_>) -> bool {
        self.kinds.is_name(node)
    }
}

/// A text that was parsed.
pub(in crate::language) struct Parsed<'p> {
    /// The text, for the nodes of the tree.
    pub(in crate::language) text: &'p str,
    /// The whole of the tree.
    pub(in crate::language) root: Node<'p>,
    /// The names, comments and strings.
    pub(in crate::language) lexemes: Lexemes,
    /// Where the text breaks the grammar, from the first to the last.
    pub(in crate::language) flaws: Vec<Flaw>,
}

/// Parses a text and makes its facts, on a stack that holds any walk down the tree.
///
/// Fails with [`Unparsed::TooComplex`] for what is too large or too deep, and when the budget ends it; whoever asks looks
/// at the budget afterwards. What breaks the grammar is read all the same: see [`Parsed::flaws`].
pub(in crate::language) fn read<F>(
    grammar: &Grammar,
    text: &str,
    budget: &Budget<'_>,
    facts: impl FnOnce(Parsed<'_>) -> F,
) -> Result<F, Unparsed> {
    if text.len() > MOST_FILE_BYTES {
        return Err(Unparsed::TooComplex);
    }
    let tree = parse(grammar, text, budget).ok_or(Unparsed::TooComplex)?;
    let Survey { lexemes, flaws } = Survey::of(&tree, &grammar.kinds, MOST_LEVELS).ok_or(Unparsed::TooComplex)?;
    let parsed = Parsed { text, root: tree.root_node(), lexemes, flaws };
    Ok(stacker::maybe_grow(STACK, STACK, || facts(parsed)))
}

/// The tree of a text, or nothing if that took too long. Steps are counted, so that the answer is the same on every
/// machine; only the budget is timed.
fn parse(grammar: &Grammar, text: &str, budget: &Budget<'_>) -> Option<Tree> {
    let mut parser = Parser::new();
    parser.set_language(&grammar.language).ok()?;
    let mut left = FREE_STEPS + text.len() / BYTES_A_STEP;
    let mut progress = |_: &ParseState| match left.checked_sub(1) {
        Some(fewer) if budget.check().is_ok() => {
            left = fewer;
            ControlFlow::Continue(())
        }
        Some(_) | None => ControlFlow::Break(()),
    };
    let options = ParseOptions::new().progress_callback(&mut progress);
    let bytes = text.as_bytes();
    parser.parse_with_options(&mut |at, _| bytes.get(at..).unwrap_or_default(), None, Some(options))
}
