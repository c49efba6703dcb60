//! A unified diff in Git's extended form (git-diff(1), "Generating patch text with -p"), as `git apply` takes it.
//!
//! An edit never adds or removes a line, so a file's lines correspond one to one and nothing has to be searched.

use std::fmt::Write as _;

/// Lines of context on each side of a change.
const CONTEXT: usize = 3;

/// A file as it was and as it will be.
pub(crate) struct Versions<'v> {
    pub(crate) path: &'v str,
    pub(crate) new_path: &'v str,
    pub(crate) before: &'v str,
    pub(crate) after: &'v str,
}

/// Appends the difference of a file; nothing if there is none.
pub(crate) fn append(out: &mut String, versions: &Versions<'_>) {
    let (before, after) = (lines(versions.before), lines(versions.after));
    let changed: Vec<usize> = (0..before.len()).filter(|index| before.get(*index) != after.get(*index)).collect();
    let moved = versions.path != versions.new_path;
    if changed.is_empty() && !moved {
        return;
    }
    let (old, new) = (quoted("a/", versions.path), quoted("b/", versions.new_path));
    // Writing into a string does not fail.
    let _infallible = writeln!(out, "diff --git {old} {new}");
    if moved {
        let (from, to) = (quoted("", versions.path), quoted("", versions.new_path));
        let _infallible = writeln!(out, "rename from {from}\nrename to {to}");
    }
    if !changed.is_empty() {
        let _infallible = writeln!(out, "--- {old}\n+++ {new}");
    }
    for hunk in hunks(&changed, before.len()) {
        append_hunk(out, &hunk, &before, &after);
    }
}

/// Groups of changed lines with their context, from the first line to the one after the last.
fn hunks(changed: &[usize], count: usize) -> Vec<std::ops::Range<usize>> {
    let mut hunks: Vec<std::ops::Range<usize>> = Vec::new();
    for line in changed {
        let (start, end) = (line.saturating_sub(CONTEXT), (line + CONTEXT + 1).min(count));
        match hunks.last_mut() {
            Some(last) if start <= last.end => last.end = end,
            _ => hunks.push(start..end),
        }
    }
    hunks
}

fn append_hunk(out: &mut String, hunk: &std::ops::Range<usize>, before: &[&str], after: &[&str]) {
    let (first, count) = (hunk.start + 1, hunk.len());
    let _infallible = writeln!(out, "@@ -{first},{count} +{first},{count} @@");
    let mut index = hunk.start;
    while index < hunk.end {
        let run = (index..hunk.end).take_while(|line| before.get(*line) != after.get(*line)).count();
        if run == 0 {
            append_line(out, ' ', before.get(index));
        }
        for line in index..index + run {
            append_line(out, '-', before.get(line));
        }
        for line in index..index + run {
            append_line(out, '+', after.get(line));
        }
        index += run.max(1);
    }
}

fn append_line(out: &mut String, mark: char, line: Option<&&str>) {
    let line = line.copied().unwrap_or_default();
    out.push(mark);
    out.push_str(line);
    if !line.ends_with('\n') {
        out.push_str("\n\\ No newline at end of file\n");
    }
}

/// Lines with their ends.
fn lines(text: &str) -> Vec<&str> {
    text.split_inclusive('\n').collect()
}

/// A path as Git writes it: in quotes, with escapes, if it holds anything that a line or a parser would trip over
/// (git-config(1), `core.quotePath`; bytes above 0x7f stay as they are, which Git reads as well).
fn quoted(side: &str, path: &str) -> String {
    let is_plain = |byte: u8| !matches!(byte, 0..=0x1f | 0x7f | b'"' | b'\\');
    if path.bytes().all(is_plain) {
        // A tab ends a path with a space in it, where Git would otherwise look for the time.
        return format!("{side}{path}");
    }
    let mut out = format!("\"{side}");
    for character in path.chars() {
        match character {
            '"' | '\\' => out.extend(['\\', character]),
            '\t' => out.push_str("\\t"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            other if other.is_ascii_control() => {
                let _infallible = write!(out, "\\{:03o}", u32::from(other));
            }
            other => out.push(other),
        }
    }
    out.push('"');
    out
}
