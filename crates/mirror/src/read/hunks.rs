//! Where the lines of a file come from in its state before: the one step that blame and a range's log take again and
//! again. Lines count from 0 here.

use std::ops::Range;

use gix::{
    ObjectId as RawId,
    diff::blob::{Algorithm, Diff, InternedInput},
    objs::Kind as ObjectKind,
};

use super::{Kind, ReadError, read_object};

/// Largest file whose lines are followed, in bytes.
pub(super) const MAX_TEXT: u64 = 4 << 20;

/// What differs between a file's state before and its state after, in order.
pub(super) struct Hunks(Vec<gix::diff::blob::Hunk>);

/// Consecutive lines: where they are in some state of the file, and where in the state that was asked about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Span {
    pub(super) at: u32,
    pub(super) asked: u32,
    pub(super) length: u32,
}

impl Span {
    /// The lines from `from` to before `to` of the present state, moved by `shift` to another one.
    fn part(self, from: u32, to: u32, shift: i64) -> Self {
        let skipped = from.saturating_sub(self.at);
        Self { at: moved(from, shift), asked: self.asked + skipped, length: to.saturating_sub(from) }
    }
}

/// The text of a blob whose lines can be followed. `None` for what is none, or is too large.
pub(super) fn text(repo: &gix::Repository, at_path: Option<(Kind, RawId)>) -> Result<Option<Vec<u8>>, ReadError> {
    let Some((_, id)) = at_path.filter(|(kind, _)| kind.is_blob()) else { return Ok(None) };
    let mut bytes = Vec::new();
    match read_object(repo, id, ObjectKind::Blob, MAX_TEXT, &mut bytes) {
        Ok(()) => Ok(Some(bytes)),
        Err(ReadError::TooLarge { .. }) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Lines of a text; a last one without an end counts.
pub(super) fn count(text: &[u8]) -> u32 {
    u32::try_from(text.split_inclusive(|byte| *byte == b'\n').count()).unwrap_or(u32::MAX)
}

impl Hunks {
    /// Compares by lines, as Git does unless it is told otherwise.
    pub(super) fn between(before: &[u8], after: &[u8]) -> Self {
        let input = InternedInput::new(before, after);
        let mut diff = Diff::compute(Algorithm::Myers, &input);
        diff.postprocess_lines(&input);
        Self(diff.hunks().collect())
    }

    /// How far a line that is the same in both is moved on the way back; `line` is one of the state after.
    fn shift(&self, line: u32) -> i64 {
        let passed = self.0.partition_point(|hunk| hunk.after.end <= line);
        let last = passed.checked_sub(1).and_then(|last| self.0.get(last));
        last.map_or(0, |hunk| i64::from(hunk.before.end) - i64::from(hunk.after.end))
    }

    /// Takes a span of the state after apart: what is the same before, placed there; and what is new, left in place.
    pub(super) fn split(&self, span: Span, same: &mut Vec<Span>, new: &mut Vec<Span>) {
        let (mut line, end) = (span.at, span.at.saturating_add(span.length));
        let first = self.0.partition_point(|hunk| hunk.after.end <= line);
        for hunk in self.0.iter().skip(first).take_while(|hunk| hunk.after.start < end) {
            if line < hunk.after.start {
                same.push(span.part(line, hunk.after.start, self.shift(line)));
                line = hunk.after.start;
            }
            let stop = hunk.after.end.min(end);
            if line < stop {
                new.push(span.part(line, stop, 0));
                line = stop;
            }
        }
        if line < end {
            same.push(span.part(line, end, self.shift(line)));
        }
    }

    /// The range of the state before that a range of the state after comes from, empty where all of it is new; and
    /// whether anything in it differs.
    pub(super) fn back(&self, range: &Range<u32>) -> (Range<u32>, bool) {
        let differs = self.0.iter().any(|hunk| {
            let is_inside = hunk.after.start > range.start && hunk.after.start < range.end;
            let overlaps = hunk.after.start < range.end && hunk.after.end > range.start;
            if hunk.after.is_empty() { is_inside } else { overlaps }
        });
        let around = |line: u32| self.0.iter().find(|hunk| hunk.after.contains(&line));
        let last = range.end.saturating_sub(1);
        let start =
            around(range.start).map_or_else(|| moved(range.start, self.shift(range.start)), |it| it.before.start);
        let end = around(last).map_or_else(|| moved(last, self.shift(last)).saturating_add(1), |it| it.before.end);
        (start..end.max(start), differs)
    }
}

fn moved(line: u32, shift: i64) -> u32 {
    u32::try_from(i64::from(line) + shift).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::{Hunks, Span};

    const BEFORE: &[u8] = b"a\nb\nc\nd\ne\n";
    const AFTER: &[u8] = b"a\nnew\nb\nC\nd\n";

    #[test]
    fn a_span_is_taken_apart_at_what_is_new() {
        let (mut same, mut new) = (Vec::new(), Vec::new());
        let span = Span { at: 0, asked: 10, length: 5 };
        Hunks::between(BEFORE, AFTER).split(span, &mut same, &mut new);
        let place = |at, asked, length| Span { at, asked, length };
        assert_eq!(same, [place(0, 10, 1), place(1, 12, 1), place(3, 14, 1)]);
        assert_eq!(new, [place(1, 11, 1), place(3, 13, 1)]);
    }

    #[test]
    fn a_range_is_taken_back_to_what_it_comes_from() {
        let hunks = Hunks::between(BEFORE, AFTER);
        for (range, before, differs) in [
            (0..1, 0..1, false),
            (1..2, 1..1, true),
            (2..3, 1..2, false),
            (2..5, 1..4, true),
            (3..4, 2..3, true),
            (4..5, 3..4, false),
        ] {
            assert_eq!(hunks.back(&range), (before, differs), "{range:?}");
        }
        assert_eq!(Hunks::between(b"a\nb\nc\n", b"a\nc\n").back(&(0..2)), (0..3, true));
    }
}
