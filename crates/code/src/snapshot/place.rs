//! Where in a text a match is, and what is shown of its line.

use std::ops::Range;

use crate::symbols::code_points;

/// Bytes shown before a match, and after it, at most.
const AROUND: usize = 80;

/// Bytes of a match that are shown at most.
const INSIDE: usize = 80;

/// A position that only moves forward, so that all matches of a file together cost one pass over it.
#[derive(Default)]
pub(super) struct Place {
    at: usize,
    lines: usize,
    line_start: usize,
    code_points: usize,
}

impl Place {
    pub(super) fn move_to(&mut self, text: &[u8], at: usize) {
        let passed = text.get(self.at..at).unwrap_or_default();
        match memchr::memrchr(b'\n', passed) {
            Some(last) => {
                self.lines += memchr::memchr_iter(b'\n', passed).count();
                self.line_start = self.at + last + 1;
                self.code_points = code_points(text.get(self.line_start..at).unwrap_or_default());
            }
            None => self.code_points += code_points(passed),
        }
        self.at = at;
    }

    pub(super) fn line(&self) -> u32 {
        u32::try_from(self.lines + 1).unwrap_or(u32::MAX)
    }

    pub(super) fn column(&self) -> u32 {
        u32::try_from(self.code_points + 1).unwrap_or(u32::MAX)
    }

    /// The part of the line round the match that the position is at, cut between characters.
    pub(super) fn snippet(&self, text: &[u8], found: &Range<usize>) -> String {
        let continues = |at: usize| text.get(at).is_some_and(|byte| byte & 0b1100_0000 == 0b1000_0000);
        let mut start = self.line_start.max(found.start.saturating_sub(AROUND));
        while continues(start) && start < found.start {
            start += 1;
        }
        let limit = found.end.min(found.start + INSIDE) + AROUND;
        let shown = text.get(found.start..limit.min(text.len())).unwrap_or_default();
        let mut end = found.start + memchr::memchr(b'\n', shown).unwrap_or(shown.len());
        while continues(end) && end > found.start {
            end -= 1;
        }
        let line = text.get(start..end).unwrap_or_default();
        String::from_utf8_lossy(line.strip_suffix(b"\r").unwrap_or(line)).into_owned()
    }
}
