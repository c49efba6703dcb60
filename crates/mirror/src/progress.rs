//! What `git --progress` prints, as data: split on carriage returns and newlines, one report a line.

use serde::{Deserialize, Serialize};

/// Longest line kept; a longer one is cut, which no real progress line notices.
const MAX_LINE: usize = 512;

/// What a sync or a push is doing, in the order it does it. Stages may be skipped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// Waiting for the remote's first word.
    Connecting,
    /// The remote finds out what to send.
    Counting,
    /// The remote packs it.
    Compressing,
    /// Objects go to the remote, in a push.
    Sending,
    /// Objects arrive.
    Receiving,
    /// Objects that came as differences are rebuilt; from here on all work is local.
    Resolving,
    /// Connectivity and refs are checked.
    Checking,
    /// The mirror's refs are moved.
    Publishing,
}

/// How far a sync or a push has come. What Git has not said is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Progress {
    /// What is being done.
    pub stage: Stage,
    /// Of this stage, 0 to 100.
    pub percent: Option<u8>,
    /// Bytes received or sent so far, rounded as Git rounds them for people.
    pub bytes: Option<u64>,
    /// Objects done in this stage.
    pub objects: Option<u64>,
    /// Objects this stage has to do.
    pub total_objects: Option<u64>,
}

impl Progress {
    pub(crate) fn at(stage: Stage) -> Self {
        Self { stage, percent: None, bytes: None, objects: None, total_objects: None }
    }

    /// Reads one line, such as `Receiving objects:  45% (450/1000), 12.00 MiB | 3.00 MiB/s` or
    /// `remote: Counting objects: 7, done.` Any other line is none; no input makes it fail.
    ///
    /// Only the stages that happen at the remote are believed of lines that the remote sent (`remote: …`).
    pub fn parse(line: &[u8]) -> Option<Self> {
        let line = String::from_utf8_lossy(line);
        let line = line.trim();
        let (line, from_remote) = line.strip_prefix("remote: ").map_or((line, false), |rest| (rest, true));
        let (title, rest) = line.split_once(':')?;
        let stage = match (title, from_remote) {
            ("Enumerating objects" | "Counting objects", true) => Stage::Counting,
            ("Compressing objects", true) => Stage::Compressing,
            ("Writing objects", false) => Stage::Sending,
            ("Receiving objects" | "Unpacking objects", false) => Stage::Receiving,
            ("Resolving deltas", false) => Stage::Resolving,
            ("Checking connectivity" | "Checking objects", false) => Stage::Checking,
            _ => return None,
        };
        let mut fields = rest.split(',').map(str::trim);
        let (percent, objects, total_objects) = counters(fields.next()?)?;
        let bytes = fields.next().and_then(bytes);
        Some(Self { stage, percent, bytes, objects: Some(objects), total_objects })
    }
}

/// `45% (450/1000)` or `450`.
fn counters(text: &str) -> Option<(Option<u8>, u64, Option<u64>)> {
    let Some((percent, of)) = text.split_once('%') else {
        return Some((None, text.parse().ok()?, None));
    };
    let percent: u8 = percent.trim().parse().ok()?;
    let (done, total) = of.trim().strip_prefix('(')?.strip_suffix(')')?.split_once('/')?;
    (percent <= 100).then_some((Some(percent), done.parse().ok()?, Some(total.parse().ok()?)))
}

/// `230 bytes` or `12.00 MiB | 3.00 MiB/s`, without floating point.
fn bytes(text: &str) -> Option<u64> {
    let amount = text.split('|').next()?.trim();
    let (number, unit) = amount.split_once(' ')?;
    let scale: u64 = match unit {
        "byte" | "bytes" => 1,
        "KiB" => 1 << 10,
        "MiB" => 1 << 20,
        "GiB" => 1 << 30,
        _ => return None,
    };
    let (whole, hundredths) = number.split_once('.').unwrap_or((number, "0"));
    if hundredths.len() > 2 {
        return None;
    }
    let hundredths: u64 = format!("{hundredths:0<2}").parse().ok()?;
    let whole: u64 = whole.parse().ok()?;
    whole.checked_mul(scale)?.checked_add(hundredths.checked_mul(scale)? / 100)
}

/// Cuts a stream of bytes into lines at CR and LF, wherever the reads fall. Holds at most one cut line.
#[derive(Debug, Default)]
pub(crate) struct Splitter {
    line: Vec<u8>,
}

impl Splitter {
    /// Calls `each` for every line that `bytes` completes, empty ones left out.
    pub(crate) fn feed(&mut self, bytes: &[u8], each: &mut dyn FnMut(&[u8])) {
        for &byte in bytes {
            if byte != b'\r' && byte != b'\n' {
                if self.line.len() < MAX_LINE {
                    self.line.push(byte);
                }
            } else if !self.line.is_empty() {
                each(&self.line);
                self.line.clear();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn every_form_git_prints_is_read() {
        let receiving = Progress::parse(b"Receiving objects:  45% (450/1000), 12.50 MiB | 3.00 MiB/s").unwrap();
        assert_eq!(receiving.stage, Stage::Receiving);
        assert_eq!((receiving.percent, receiving.objects, receiving.total_objects), (Some(45), Some(450), Some(1000)));
        assert_eq!(receiving.bytes, Some(13_107_200));

        let done = Progress::parse(b"Receiving objects: 100% (3/3), 230 bytes | 230.00 KiB/s, done.").unwrap();
        assert_eq!(done.bytes, Some(230));

        let counting = Progress::parse(b"remote: Enumerating objects: 7, done.        ").unwrap();
        assert_eq!((counting.stage, counting.objects, counting.percent), (Stage::Counting, Some(7), None));
        assert_eq!(Progress::parse(b"remote: Compressing objects:   5% (1/20)").unwrap().stage, Stage::Compressing);
        assert_eq!(Progress::parse(b"Resolving deltas: 100% (9/9), done.").unwrap().stage, Stage::Resolving);
    }

    #[test]
    fn a_remote_cannot_pretend_that_objects_arrived() {
        assert_eq!(Progress::parse(b"remote: Receiving objects: 100% (3/3), 9.00 GiB | 1 KiB/s"), None);
        assert_eq!(Progress::parse(b"Counting objects: 100% (3/3)"), None);
    }

    #[test]
    fn lines_are_cut_at_both_ends_of_line_wherever_the_reads_fall() {
        let mut seen = Vec::new();
        let mut splitter = Splitter::default();
        for part in ["one\rt", "wo\n\n", "three", "\r\n"] {
            splitter.feed(part.as_bytes(), &mut |line| seen.push(String::from_utf8_lossy(line).into_owned()));
        }
        assert_eq!(seen, ["one", "two", "three"]);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(256))]

        #[test]
        fn no_line_makes_the_parser_fail(line in proptest::collection::vec(any::<u8>(), 0..80)) {
            let _ = Progress::parse(&line);
        }

        #[test]
        fn a_line_that_resembles_progress_never_claims_more_than_a_hundred_percent(
            line in "(remote: )?(Receiving objects|Resolving deltas|Counting objects): [0-9%(/), .|KMGiBbytes]{0,40}"
        ) {
            if let Some(progress) = Progress::parse(line.as_bytes()) {
                prop_assert!(progress.percent.is_none_or(|it| it <= 100));
            }
        }

        #[test]
        fn the_cut_does_not_depend_on_the_reads(
            text in "[ab\r\n]{0,60}", at in 0_usize..60
        ) {
            let at = at.min(text.len());
            let (mut whole, mut halves) = (Vec::new(), Vec::new());
            Splitter::default().feed(text.as_bytes(), &mut |line| whole.push(line.to_vec()));
            let mut splitter = Splitter::default();
            let (left, right) = text.as_bytes().split_at(at);
            splitter.feed(left, &mut |line| halves.push(line.to_vec()));
            splitter.feed(right, &mut |line| halves.push(line.to_vec()));
            prop_assert_eq!(whole, halves);
        }
    }
}
