//! From the bytes of a file to its symbols and imports.

use std::{collections::HashMap, sync::atomic::AtomicBool};

use tree_sitter::Parser;

use super::{
    Grammar, Import, Symbol,
    parse::{Stopped, parse},
    place::ranges,
    walk::{Found, walk},
};
use crate::{hash::Digest, limits::Limits};

/// What a file declares.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Extracted {
    /// In the order of their start.
    pub symbols: Vec<Symbol>,
    /// In the order of their lines.
    pub imports: Vec<Import>,
    /// The file does not follow its grammar in some place, or a limit was reached: something may be missing.
    pub syntax_errors: bool,
}

/// Parsers of one thread, one a grammar, made when first needed.
#[derive(Default)]
pub struct Extractor {
    parsers: HashMap<Grammar, Parser>,
}

impl Extractor {
    /// Symbols and imports of a file. Never fails for what the file holds: where it does not follow its
    /// grammar, what was understood is given. Where no symbols are wanted, nothing is parsed. Fails only when `stop` is
    /// set meanwhile.
    pub fn extract(
        &mut self,
        grammar: Grammar,
        content: &[u8],
        limits: &Limits,
        stop: &AtomicBool,
    ) -> Result<Extracted, Stopped> {
        if limits.symbols == 0 {
            return Ok(Extracted::default());
        }
        let missed = Extracted { syntax_errors: true, ..Extracted::default() };
        let Some(parser) = self.parser(grammar) else {
            return Ok(missed);
        };
        let Some(tree) = parse(parser, content, limits.parser_steps, stop)? else {
            return Ok(missed);
        };
        let walk = walk(&tree, content, grammar, limits.symbols);
        let is_full = walk.found.len() >= limits.symbols as usize;
        Ok(Extracted {
            syntax_errors: tree.root_node().has_error() || is_full,
            imports: walk.imports,
            symbols: finish(content, walk.found),
        })
    }

    fn parser(&mut self, grammar: Grammar) -> Option<&mut Parser> {
        let parser = self.parsers.entry(grammar).or_default();
        if parser.language().is_none() {
            // Fails only for a grammar built for another parser; a test parses with each.
            parser.set_language(&grammar.language()).ok()?;
        }
        Some(parser)
    }
}

/// Adds places and hashes, and tells repeated descriptors apart.
fn finish(content: &[u8], mut found: Vec<Found>) -> Vec<Symbol> {
    // Stable: symbols of one statement keep their order.
    found.sort_by_key(|one| one.bytes.0);
    let bytes: Vec<_> = found.iter().map(|one| one.bytes).collect();
    let mut seen: HashMap<String, u32> = HashMap::with_capacity(found.len());
    let mut hashed: ((usize, usize), Digest) = ((0, 0), Digest::of(b""));
    let places = ranges(content, &bytes);
    found
        .into_iter()
        .zip(places)
        .map(|(one, range)| {
            // `int a, b, c;` is three symbols with one range.
            if hashed.0 != one.bytes {
                hashed = (one.bytes, Digest::of(content.get(one.bytes.0..one.bytes.1).unwrap_or_default()));
            }
            let times = seen.entry(one.descriptor.clone()).and_modify(|times| *times += 1).or_insert(1);
            let descriptor = if *times > 1 { format!("{}#{times}", one.descriptor) } else { one.descriptor };
            Symbol { body_sha256: hashed.1, descriptor, doc: one.doc, kind: one.kind, name: one.name, range }
        })
        .collect()
}
