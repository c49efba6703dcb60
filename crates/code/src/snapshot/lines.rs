//! Single lines of a snapshot's texts, for showing places that something else has found.

use super::{Snapshot, SnapshotError, place::Place};

/// Reads lines. Keeps the text it read last, so places asked for in the order of paths and lines cost one read and
/// one pass a file.
pub struct LineReader<'s> {
    snapshot: &'s Snapshot,
    path: Vec<u8>,
    text: Vec<u8>,
    /// A line's number and where it begins.
    line: u32,
    start: usize,
}

impl Snapshot {
    /// A reader of single lines.
    pub fn lines(&self) -> LineReader<'_> {
        LineReader { snapshot: self, path: Vec::new(), text: Vec::new(), line: 1, start: 0 }
    }
}

impl LineReader<'_> {
    /// The line of this number, from 1, at most about 160 bytes of it, without its end. Empty where there is no such
    /// line, or no text at the path.
    pub fn read(&mut self, path: &[u8], line: u32) -> Result<String, SnapshotError> {
        if self.path != path {
            self.text = self.snapshot.text(path)?.unwrap_or_default();
            path.clone_into(&mut self.path);
            (self.line, self.start) = (1, 0);
        }
        if line < self.line {
            (self.line, self.start) = (1, 0);
        }
        while self.line < line {
            let rest = self.text.get(self.start..).unwrap_or_default();
            let Some(end) = memchr::memchr(b'\n', rest) else { return Ok(String::new()) };
            self.start += end + 1;
            self.line += 1;
        }
        let rest = self.text.get(self.start..).unwrap_or_default();
        let line = memchr::memchr(b'\n', rest).and_then(|end| rest.get(..end)).unwrap_or(rest);
        Ok(Place::default().snippet(line, &(0..line.len())))
    }
}
