//! Calls that are given the name of something: `getField("hive")`, `MethodByName(found)`.

use std::ops::Range;

use super::lexemes::{Lexeme, Lexemes};
use crate::words::Words;

/// The longest list of arguments that is looked at, in bytes.
const MOST_ARGUMENTS: usize = 4_096;

/// Fewer letters say nothing about a name.
const LEAST_PIECE: usize = 2;

/// Where functions of these names are called with no literal text among their arguments, or handed on: which name they are given is
/// data.
pub(in crate::language) fn asked_by_data<'t>(
    text: &'t str,
    lexemes: &'t Lexemes,
    functions: &'t [&'t str],
) -> impl Iterator<Item = Range<usize>> + 't {
    functions.iter().flat_map(move |function| {
        let places: Vec<_> = Words::new(function).of(text).collect();
        let is_code = |range: &Range<usize>| matches!(lexemes.at(range), Lexeme::Name(_));
        places.into_iter().filter(is_code).filter(|range| !has_literal(text, lexemes, range.end))
    })
}

/// Texts to which something is added, or that are formats, and with which a name may be put together: `"get" + suffix`, `"get%s"`.
pub(in crate::language) fn pieces_of<'t>(
    text: &'t str,
    lexemes: &'t Lexemes,
    name: &'t str,
) -> impl Iterator<Item = Range<usize>> + 't {
    lexemes.strings().filter(move |whole| {
        let bytes = text.as_bytes();
        let Some(quoted) = text.get(whole.clone()) else { return false };
        let letters = quoted.trim_matches('"');
        let begins = |begin: &str| begin.len() >= LEAST_PIECE && begin.len() < name.len() && name.starts_with(begin);
        let format = letters.split_once(['%', '{']).map(|(begin, _)| begin);
        let is_end = letters.len() >= LEAST_PIECE && letters.len() < name.len() && name.ends_with(letters);
        format.is_some_and(begins)
            || begins(letters) && behind(bytes, whole.end) == Some(b'+')
            || is_end && before(bytes, whole.start) == Some(b'+')
    })
}

/// Whether one of the arguments that begin there is a text, written out.
fn has_literal(text: &str, lexemes: &Lexemes, from: usize) -> bool {
    let bytes = text.as_bytes();
    let end = bytes.len().min(from + MOST_ARGUMENTS);
    let (mut at, mut depth) = (from, 0_usize);
    while at < end {
        if let Lexeme::String(whole) = lexemes.at(&(at..at + 1)) {
            if depth == 1 && ends_part(before(bytes, whole.start)) && ends_part(behind(bytes, whole.end)) {
                return true;
            }
            at = whole.end.max(at + 1);
            continue;
        }
        match bytes.get(at) {
            Some(b'(' | b'[' | b'{') => depth += 1,
            Some(b')' | b']' | b'}') if depth <= 1 => return false,
            Some(b')' | b']' | b'}') => depth -= 1,
            Some(byte) if depth == 0 && !byte.is_ascii_whitespace() => return false,
            _ => {}
        }
        at += 1;
    }
    false
}

/// The last byte before a place that is no white space.
fn before(bytes: &[u8], at: usize) -> Option<u8> {
    bytes.get(..at)?.iter().rev().find(|byte| !byte.is_ascii_whitespace()).copied()
}

fn behind(bytes: &[u8], at: usize) -> Option<u8> {
    bytes.get(at..)?.iter().find(|byte| !byte.is_ascii_whitespace()).copied()
}

fn ends_part(byte: Option<u8>) -> bool {
    matches!(byte, Some(b'(' | b',' | b')'))
}
