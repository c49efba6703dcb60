//! From a text to its facts, on a stack of its own: a parser goes down as deep as its text, and so do those who walk its tree.

use oxc_allocator::Allocator;
use oxc_parser::{ParseOptions, Parser};
use oxc_semantic::SemanticBuilder;
use oxc_span::SourceType;

use super::{depth, facts::Facts, read};
use crate::{language::Unparsed, limits::MOST_FILE_BYTES};

/// Bytes of the stack that a file is parsed on. Only what is used of it costs memory.
pub(super) const STACK: usize = 256 << 20;

/// Reads a file's facts. What is broken is read as far as the parser finds its way; [`Facts::error`] says where it is.
pub(super) fn facts(path: &str, text: &str) -> Result<Facts, Unparsed> {
    let kind = kind(path);
    if text.len() > MOST_FILE_BYTES || !depth::is_bearable(text, kind.is_jsx()) {
        return Err(Unparsed::TooComplex);
    }
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new().stack_size(STACK);
        let parsed = thread.spawn_scoped(scope, || parse(text, kind)).map(std::thread::ScopedJoinHandle::join);
        match parsed {
            Ok(Ok(facts)) => facts,
            // A parser that gives up with a panic, or no thread to be had: nothing is known of the file.
            Ok(Err(_)) | Err(_) => Err(Unparsed::TooComplex),
        }
    })
}

/// The dialect of a file. JSX is allowed wherever it cannot be taken for something else.
fn kind(path: &str) -> SourceType {
    let name = path.rsplit('/').next().unwrap_or(path);
    let kind = SourceType::from_path(name).unwrap_or_default();
    if kind.is_typescript() { kind } else { kind.with_jsx(true) }
}

/// A number for the dialect of a file: what says different things in two of them has two.
pub(super) fn dialect(path: &str) -> u8 {
    let kind = kind(path);
    let traits = [
        kind.is_typescript(),
        kind.is_typescript_definition(),
        kind.is_jsx(),
        kind.is_module(),
        kind.is_script(),
        kind.is_commonjs(),
    ];
    traits.into_iter().fold(0, |number, is_so| 2 * number + u8::from(is_so))
}

fn parse(text: &str, kind: SourceType) -> Result<Facts, Unparsed> {
    let allocator = Allocator::default();
    let options =
        ParseOptions { preserve_parens: false, allow_return_outside_function: true, ..ParseOptions::default() };
    let parsed = Parser::new(&allocator, text, kind).with_options(options).parse();
    let error = parsed.diagnostics.iter().next().map(|first| {
        let at = first.labels.iter().map(|label| label.offset() as usize).min();
        (at.unwrap_or(0), first.message.to_string())
    });
    if parsed.panicked {
        let (at, message) = error.unwrap_or((0, "the parser gave up".to_owned()));
        return Err(Unparsed::Syntax { at, message });
    }
    let semantic = SemanticBuilder::new().with_check_syntax_error(false).build(&parsed.program).semantic;
    let mut facts = read::read(&parsed.program, semantic.scoping());
    facts.error = error;
    Ok(facts)
}
