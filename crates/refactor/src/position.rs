//! From bytes to lines and columns, and back. Lines end with a line feed; a carriage return before it belongs to the end.

use std::{borrow::Cow, cell::Cell};

/// Where the lines of a text begin.
#[derive(Debug)]
pub(crate) struct Lines<'t> {
    text: Cow<'t, str>,
    starts: Vec<usize>,
    /// The last place that was asked for. The next is often behind it in the same line, which may be a long one.
    last: Cell<Option<(usize, Position)>>,
}

/// A place for people and editors; all from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Position {
    pub(crate) line: u32,
    /// In code points. A byte order mark at the start of the file does not count: editors do not show it.
    pub(crate) column: u32,
    /// In UTF-16 code units, as editors' protocols count.
    pub(crate) utf16_column: u32,
}

const BYTE_ORDER_MARK: char = '\u{feff}';

impl<'t> Lines<'t> {
    pub(crate) fn new(text: impl Into<Cow<'t, str>>) -> Self {
        let text = text.into();
        let ends = memchr::memchr_iter(b'\n', text.as_bytes()).map(|at| at + 1);
        let starts = std::iter::once(0).chain(ends).collect();
        Self { text, starts, last: Cell::new(None) }
    }

    /// The whole text.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// The place of a byte; of one inside a character, that character's.
    pub(crate) fn position(&self, at: usize) -> Position {
        let line = self.starts.partition_point(|start| *start <= at).saturating_sub(1);
        let known = self.last.get().filter(|(from, last)| *from <= at && last.line == count(line + 1));
        let (from, column, utf16_column) = match known {
            Some((from, last)) => (from, last.column, last.utf16_column),
            None => (self.visible_start(line), 1, 1),
        };
        let end = self.boundary(at).max(from);
        let before = self.text.get(from..end).unwrap_or_default();
        let position = Position {
            line: count(line + 1),
            column: column.saturating_add(count(before.chars().count())),
            utf16_column: utf16_column.saturating_add(count(before.encode_utf16().count())),
        };
        self.last.set(Some((end, position)));
        position
    }

    /// The byte of a place, if there is one: a line's end counts.
    pub(crate) fn offset(&self, line: u32, column: u32) -> Option<usize> {
        let line = usize::try_from(line.checked_sub(1)?).ok()?;
        let column = usize::try_from(column.checked_sub(1)?).ok()?;
        let text = self.line(line)?;
        let start = *self.starts.get(line)?;
        let mark = if line == 0 && text.starts_with(BYTE_ORDER_MARK) { BYTE_ORDER_MARK.len_utf8() } else { 0 };
        let visible = text.get(mark..)?;
        let ends = std::iter::once(visible.len());
        let inside = visible.char_indices().map(|(at, _)| at).chain(ends).nth(column)?;
        Some(start + mark + inside)
    }

    /// A line's text without its end; from 0.
    pub(crate) fn line(&self, index: usize) -> Option<&str> {
        let line = self.with_end(index)?;
        let line = line.strip_suffix('\n').unwrap_or(line);
        Some(line.strip_suffix('\r').unwrap_or(line))
    }

    /// A line's text with its end; from 0. After a last line feed there is an empty line.
    pub(crate) fn with_end(&self, index: usize) -> Option<&str> {
        let start = *self.starts.get(index)?;
        let end = self.starts.get(index + 1).copied().unwrap_or(self.text.len());
        self.text.get(start..end)
    }

    /// Where the part of a line begins that editors show.
    fn visible_start(&self, line: usize) -> usize {
        let start = self.starts.get(line).copied().unwrap_or(0);
        if line == 0 && self.text.starts_with(BYTE_ORDER_MARK) { BYTE_ORDER_MARK.len_utf8() } else { start }
    }

    /// A byte, or the first of the character that it is inside of.
    fn boundary(&self, at: usize) -> usize {
        let mut end = at.min(self.text.len());
        while !self.text.is_char_boundary(end) {
            end -= 1;
        }
        end
    }
}

fn count(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use proptest::{prop_assert_eq, proptest};

    use super::Lines;

    proptest! {
        #[test]
        fn a_place_leads_back_to_its_byte(text in "(\u{feff})?[a-zé𝒳\r\n]{0,40}", pick in 0usize..200) {
            let mark = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
            let inside: Vec<_> = text.char_indices().map(|(at, _)| at).filter(|at| *at >= mark).collect();
            if let Some(at) = inside.get(pick % inside.len().max(1)) {
                let lines = Lines::new(text.as_str());
                let position = lines.position(*at);
                let (before, after) = text.split_at(*at);
                let ended = after.starts_with('\n') && before.ends_with('\r');
                if !ended {
                    prop_assert_eq!(lines.offset(position.line, position.column), Some(*at));
                }
            }
        }
    }
}
