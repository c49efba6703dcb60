//! A trial for people: one heading a step with its time, what was seen, a tick for each verified fact.

use std::{
    borrow::Cow,
    env,
    io::{self, IsTerminal, Write},
    time::Duration,
};

use super::record::Step;

/// Headings put their time here, from the right.
const WIDTH: usize = 80;

/// Standard output, if it is for people at all.
pub(super) struct Page {
    silent: bool,
    colours: bool,
}

impl Page {
    /// `silent` for those who want JSON instead.
    pub(super) fn new(silent: bool) -> Self {
        let colours = io::stdout().is_terminal() && env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
        Self { silent, colours }
    }

    /// A step that is over, or was stopped.
    pub(super) fn step(&self, step: &Step) {
        let time = duration(step.took);
        let gap = WIDTH.saturating_sub(step.title.chars().count() + time.chars().count());
        self.line(&format!("{}{:gap$}{}", self.painted("1", step.title), "", self.painted("2", &time)));
        for line in &step.lines {
            self.line(&format!("  {line}"));
        }
        for row in flowed(&step.verified) {
            let ticked = row.iter().map(|claim| format!("{} {claim}", self.painted("32", "✓")));
            self.line(&format!("  {}", ticked.collect::<Vec<_>>().join("  ")));
        }
    }

    /// Why the trial went no further.
    pub(super) fn stopped(&self, message: &str) {
        self.line(&format!("  {} {}", self.painted("31", "✗"), printable(message)));
    }

    pub(super) fn heading(&self, text: &str) {
        self.line(&self.painted("1", text));
    }

    /// A line as it is. Who listens may have gone away; the exit code tells the outcome all the same.
    pub(super) fn line(&self, text: &str) {
        if !self.silent {
            drop(writeln!(io::stdout(), "{text}"));
        }
    }

    fn painted<'t>(&self, code: &str, text: &'t str) -> Cow<'t, str> {
        if self.colours { format!("\x1b[{code}m{text}\x1b[0m").into() } else { text.into() }
    }
}

/// Claims in rows, as many in each as fit.
fn flowed(claims: &[String]) -> Vec<Vec<String>> {
    let mut rows: Vec<Vec<String>> = Vec::new();
    let mut left = 0;
    for claim in claims {
        let claim = printable(claim);
        // With its tick and what stands between two.
        let width = claim.chars().count() + 4;
        match rows.last_mut() {
            Some(row) if width <= left => row.push(claim),
            _ => {
                left = WIDTH;
                rows.push(vec![claim]);
            }
        }
        left = left.saturating_sub(width);
    }
    rows
}

/// `12 ms`, `3.21 s`, `2 min 3 s`.
pub(super) fn duration(time: Duration) -> String {
    match time.as_secs() {
        0 => format!("{} ms", time.as_millis()),
        1..60 => format!("{:.2} s", time.as_secs_f64()),
        seconds => format!("{} min {} s", seconds / 60, seconds % 60),
    }
}

/// Rows with their columns in line: the first to the left, numbers to the right.
pub(super) fn table<const N: usize>(rows: &[[String; N]]) -> Vec<String> {
    let widths: [usize; N] = std::array::from_fn(|column| {
        rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count()).max().unwrap_or(0)
    });
    let cell = |(column, (cell, width)): (usize, (&String, usize))| {
        if column == 0 { format!("{cell:<width$}") } else { format!("{cell:>width$}") }
    };
    rows.iter().map(|row| row.iter().zip(widths).enumerate().map(cell).collect::<Vec<_>>().join("  ")).collect()
}

/// A repository's text, harmless in a terminal: no escape sequences, no turned writing, no second line.
pub(super) fn printable(text: &str) -> String {
    let odd = |c: char| {
        c.is_control() || matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    text.chars()
        .map(|c| {
            if c == '\t' {
                ' '
            } else if odd(c) {
                '\u{fffd}'
            } else {
                c
            }
        })
        .collect()
}

/// The same, cut where it would fill more than `most` columns.
pub(super) fn cut(text: &str, most: usize) -> String {
    let text = printable(text);
    if text.chars().count() <= most {
        return text;
    }
    text.chars().take(most.saturating_sub(1)).chain(['…']).collect()
}

/// The same for a path, which says most at its end.
pub(super) fn cut_path(path: &[u8], most: usize) -> String {
    let text = printable(&String::from_utf8_lossy(path));
    let length = text.chars().count();
    if length <= most {
        return text;
    }
    ['…'].into_iter().chain(text.chars().skip(length + 1 - most)).collect()
}

/// `1 file`, `2 files`.
pub(super) fn counted(number: u64, one: &str, many: &str) -> String {
    format!("{} {}", indicatif::HumanCount(number), if number == 1 { one } else { many })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_stand_in_line() {
        let rows = [["Rust", "7"], ["C", "12"]].map(|row| row.map(str::to_owned));
        assert_eq!(table(&rows), ["Rust   7", "C     12"]);
    }

    #[test]
    fn short_claims_share_a_row_and_long_ones_have_their_own() {
        let (short, long) = ("a".repeat(30), "b".repeat(90));
        let rows = flowed(&[&short, &short, &short, &long, &short].map(String::clone));
        assert_eq!(rows.iter().map(Vec::len).collect::<Vec<_>>(), [2, 1, 1, 1]);
    }

    #[test]
    fn what_a_repository_says_cannot_steer_a_terminal() {
        assert_eq!(printable("a\x1b[31mb\tc\nd\u{202e}e"), "a\u{fffd}[31mb c\u{fffd}d\u{fffd}e");
    }

    #[test]
    fn long_paths_keep_their_end() {
        assert_eq!(cut_path(b"src/cli/try/show.rs", 10), "…y/show.rs");
        assert_eq!(cut_path(b"short", 10), "short");
        assert_eq!(cut("0123456789", 5), "0123…");
    }

    #[test]
    fn times_are_told_in_the_unit_that_suits_them() {
        let told = [12, 3_210, 123_000].map(|milliseconds| duration(Duration::from_millis(milliseconds)));
        assert_eq!(told, ["12 ms", "3.21 s", "2 min 3 s"]);
    }
}
