//! Parsing within bounds: a count of the parser's steps, and a flag that ends it from outside.

use std::{
    ops::ControlFlow,
    sync::atomic::{AtomicBool, Ordering},
};

use tree_sitter::{ParseOptions, Parser, Tree};

/// Bytes that allow one step more; a step is a hundred of the parser's operations. A parser that is not led
/// astray takes one step for some hundreds of bytes.
const BYTES_A_STEP: usize = 32;

/// The parse was ended from outside; nothing is known of the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("cancelled while parsing")]
pub struct Stopped;

/// Parses all of `content`. `Ok(None)` when it took more steps than `steps` and its size allow: counted and
/// not timed, so that the answer is the same on every machine.
pub(super) fn parse(
    parser: &mut Parser,
    content: &[u8],
    steps: u32,
    stop: &AtomicBool,
) -> Result<Option<Tree>, Stopped> {
    let mut left = (content.len() / BYTES_A_STEP).saturating_add(steps as usize);
    let mut progress = |_: &tree_sitter::ParseState| match left.checked_sub(1) {
        Some(fewer) if !stop.load(Ordering::Relaxed) => {
            left = fewer;
            ControlFlow::Continue(())
        }
        _ => ControlFlow::Break(()),
    };
    let options = ParseOptions::new().progress_callback(&mut progress);
    let tree = parser.parse_with_options(&mut |at, _| content.get(at..).unwrap_or_default(), None, Some(options));
    if tree.is_none() {
        // Otherwise the next file would go on where this one ended.
        parser.reset();
        if stop.load(Ordering::Relaxed) {
            return Err(Stopped);
        }
    }
    Ok(tree)
}
